//! Imports through the command line and the server: right answers, compared whole, and what bad input leads to.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tests::samples::{self, comparable, expected, folded};
use tests::server::{Server, agent, data, run};

fn import(source: &str, directory: &Path) -> Value {
    let output = run(&[
        "import",
        source,
        "--data",
        directory.to_str().expect("a path"),
        "--json",
    ]);
    assert!(
        output.status.success(),
        "{source}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

#[test]
fn every_sample_in_every_format_gives_the_right_answer() {
    let folder = data();
    for sample in ["all-versions", "current-only"] {
        for format in ["csv", "orc", "parquet"] {
            let snapshot = import(&samples::text(&format!("{sample}/{format}")), folder.path());
            assert_eq!(
                folded(&snapshot),
                comparable(&expected(sample)),
                "{sample} as {format}"
            );
        }
    }
    let snapshot = import(&samples::text("london-10tb"), folder.path());
    assert_eq!(folded(&snapshot), comparable(&expected("london-10tb")));
}

#[test]
fn the_same_delivery_twice_is_one_snapshot() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let first = server.import(&samples::text("current-only/csv"), "eu-west-2");
    let second = server.import(&samples::text("current-only/csv"), "eu-west-2");
    assert_eq!(first, second);
    assert_eq!(
        server
            .json("/api/v1/snapshots")
            .as_array()
            .expect("snapshots")
            .len(),
        1
    );
}

#[test]
fn macie_counts_are_coarse_and_say_so() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let id = server.import(&samples::text("macie/describe-buckets.json"), "");
    let snapshot = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(snapshot["source"]["kind"], "macie");
    let groups = snapshot["groups"].as_array().expect("groups");
    assert!(groups.iter().all(|group| group["storage_class"] == "UNKNOWN"));
    assert!(!snapshot["warnings"].as_array().expect("warnings").is_empty());
    let (status, page) = server.get("/");
    assert_eq!(status, 200);
    assert!(
        page.contains("latest versions only"),
        "the overview marks Macie's counts"
    );
}

/// A copy of a sample that a test may damage.
fn damaged(sample: &str, folder: &Path) -> (PathBuf, PathBuf) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a directory");
        for entry in fs::read_dir(from).expect("a directory") {
            let entry = entry.expect("an entry");
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target)
            } else {
                fs::copy(entry.path(), target).map(drop).expect("a copy")
            }
        }
    }
    copy(&samples::path(sample), folder);
    let find = |name: &str| {
        let mut open = vec![folder.to_path_buf()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(
                    fs::read_dir(&path)
                        .expect("a directory")
                        .map(|entry| entry.expect("an entry").path()),
                );
            } else if path.to_string_lossy().ends_with(name) {
                return path;
            }
        }
        panic!("{name} is not in the sample")
    };
    (find("manifest.json"), find(".csv.gz"))
}

#[test]
fn damaged_deliveries_are_refused_and_leave_nothing() {
    type Damage = fn(&Path, &Path);
    let cases: [(&str, Damage, &str); 5] = [
        (
            "a wrong checksum",
            |manifest, _| fs::write(manifest.with_extension("checksum"), "0".repeat(32)).expect("a file"),
            "MD5",
        ),
        (
            "a delivery that is not whole",
            |manifest, _| fs::remove_file(manifest.with_extension("checksum")).expect("a file"),
            "manifest.checksum",
        ),
        (
            "a truncated file",
            |_, file| {
                let content = fs::read(file).expect("a file");
                fs::write(file, &content[..content.len() / 2]).expect("a file");
            },
            ".csv.gz",
        ),
        (
            "a missing file",
            |_, file| fs::remove_file(file).expect("a file"),
            ".csv.gz",
        ),
        (
            "a manifest that is none",
            |manifest, _| fs::write(manifest, "{\"hello\": 1}").expect("a file"),
            "manifest",
        ),
    ];
    let store = data();
    let server = Server::sandbox(store.path());
    for (what, damage, named) in cases {
        let folder = data();
        let (manifest, file) = damaged("current-only/csv", folder.path());
        damage(&manifest, &file);
        let error = server
            .try_import(manifest.to_str().expect("a path"), "")
            .expect_err(what);
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(named), "{what}: {message}");
        assert_eq!(error["kind"], "input", "{what}");
    }
    assert_eq!(server.json("/api/v1/snapshots"), serde_json::json!([]));
}

fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file
            .map(|file| format!("; filename=\"{file}\""))
            .unwrap_or_default();
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes(),
        );
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

fn upload(server: &Server, body: Vec<u8>) -> u16 {
    let response = agent()
        .post(format!("{}/import/upload", server.address()))
        .header("content-type", "multipart/form-data; boundary=edge")
        .send(&body)
        .expect("an answer");
    response.status().as_u16()
}

#[test]
fn a_delivery_can_be_uploaded() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let copy = data();
    let (manifest, file) = damaged("current-only/csv", copy.path());
    let checksum = fs::read(manifest.with_extension("checksum")).expect("a file");
    let manifest = fs::read(&manifest).expect("a file");
    let files: Vec<(String, Vec<u8>)> = fs::read_dir(file.parent().expect("a directory"))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (
                path.file_name().expect("a name").to_string_lossy().into_owned(),
                fs::read(&path).expect("a file"),
            )
        })
        .collect();
    let mut parts: Vec<(&str, Option<&str>, &[u8])> = vec![
        ("region", None, b"eu-west-2"),
        ("delivery", Some("manifest.json"), &manifest),
        ("delivery", Some("manifest.checksum"), &checksum),
    ];
    parts.extend(
        files
            .iter()
            .map(|(name, content)| ("delivery", Some(name.as_str()), content.as_slice())),
    );
    assert_eq!(upload(&server, multipart(&parts)), 303);
    let began = std::time::Instant::now();
    while server.json("/api/v1/imports")[0]["ended"].is_null() {
        assert!(
            began.elapsed() < tests::server::PATIENCE,
            "the import does not end"
        );
    }
    let snapshots = server.json("/api/v1/snapshots");
    assert_eq!(
        snapshots[0]["objects"],
        3000,
        "{}",
        server.json("/api/v1/imports")
    );
}

#[test]
fn an_upload_over_the_limit_is_refused_and_leaves_nothing() {
    let folder = data();
    let server = Server::start(folder.path(), &["--sandbox", "--upload-limit-mib", "1"], &[]);
    let content = vec![b'x'; 2 << 20];
    assert_eq!(
        upload(
            &server,
            multipart(&[("delivery", Some("manifest.json"), &content)])
        ),
        422
    );
    let left = fs::read_dir(folder.path().join("uploads")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
    assert_eq!(server.json("/api/v1/imports"), serde_json::json!([]));
}

#[test]
fn a_folder_of_many_deliveries_is_one_import_or_none() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let root = samples::path("current-only");
    let run = server.try_import(&root.display().to_string(), "eu-west-2");
    let _ = run.expect("all three formats");
    let snapshots = server.json("/api/v1/snapshots");
    let formats: Vec<&str> = snapshots
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|snapshot| snapshot["format"].as_str())
        .collect();
    assert_eq!(formats.len(), 3, "{formats:?}");
    assert_eq!(
        server.json("/api/v1/imports")[0]["sources"],
        serde_json::json!([3, 3])
    );

    let (other, copy) = (data(), data());
    let server = Server::sandbox(other.path());
    let _whole = damaged("current-only/csv", &copy.path().join("a"));
    let (manifest, _) = damaged("current-only/csv", &copy.path().join("b"));
    fs::write(
        manifest.with_extension("checksum"),
        "00000000000000000000000000000000",
    )
    .expect("written");
    let refused = server.try_import(&copy.path().display().to_string(), "eu-west-2");
    assert_eq!(refused.expect_err("one is damaged")["kind"], "input");
    assert_eq!(
        server.json("/api/v1/snapshots"),
        serde_json::json!([]),
        "the whole one neither"
    );
}
