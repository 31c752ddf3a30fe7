//! Sources that know less than an inventory, or other things: CloudWatch's daily figures, Macie's totals, and the keys of an
//! S3 Metadata table.

use serde_json::{Value, json};
use tests::html::Page;
use tests::samples::{self, expected};
use tests::server::{PATIENCE, Server, agent, data, rekey};

fn main_of(server: &Server, path: &str) -> String {
    let (status, text) = server.get(path);
    assert_eq!(status, 200, "{path}: {text}");
    Page::new(&text).main()
}

fn bucket<'o>(overview: &'o Value, name: &str) -> &'o Value {
    let buckets = overview["overview"]["buckets"].as_array().expect("buckets");
    let found = buckets.iter().find(|bucket| bucket["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {overview}"))
}

#[test]
fn a_bucket_without_an_inventory_is_counted_by_cloudwatch_until_something_better_comes() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let page = Page::new(&server.get("/import?bucket=website-assets").1);
    let offered = page.attributes("#account td form input[name=location]", "value");
    assert_eq!(offered, ["cloudwatch://website-assets"]);
    let id = server.import("cloudwatch://website-assets", "");
    let snapshot = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(
        (&snapshot["source"]["kind"], &snapshot["source"]["location"]),
        (&json!("cloudwatch"), &json!("cloudwatch://website-assets"))
    );
    assert!(
        snapshot["source"]["as_of"].is_i64(),
        "the day is told: {snapshot}"
    );
    assert!(snapshot["objects"].as_u64().is_some_and(|objects| objects > 0));
    for group in snapshot["groups"].as_array().expect("groups") {
        assert_eq!(
            (&group["encryption_status"], &group["region"]),
            (&json!("UNKNOWN"), &json!("eu-central-1"))
        );
    }
    let overview = server.json("/api/v1/overview");
    let attention = bucket(&overview, "website-assets")["attention"].to_string();
    assert!(attention.contains("encryption not known"), "{attention}");
    assert!(main_of(&server, "/").contains("coarse"));
    let draft = server.json("/api/v1/plans?bucket=website-assets");
    let obstacle = draft["buckets"][0]["obstacle"].as_str().expect("an obstacle");
    assert!(
        obstacle.contains("only CloudWatch's counts are known"),
        "{obstacle}"
    );

    // Macie knows how they are encrypted, so its older counts are the better ones.
    let _ = server.import("macie://eu-central-1?bucket=website-assets", "");
    let overview = server.json("/api/v1/overview");
    assert_eq!(bucket(&overview, "website-assets")["kind"], "macie");

    let refused = server
        .try_import("cloudwatch://nobodys-bucket", "eu-west-2")
        .expect_err("there is none");
    assert!(refused["message"].as_str().is_some(), "{refused}");
    for wrong in [
        "cloudwatch://",
        "cloudwatch://a/b",
        "macie://eu-west-2?prefix=a",
        "macie://12/eu-west-2",
    ] {
        let (status, refused) = server.post("/api/v1/imports", &json!({ "location": wrong }));
        assert_eq!(status, 422, "{wrong}: {refused}");
    }
}

#[test]
fn macies_totals_stand_beside_the_buckets_and_a_name_leaves_one() {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let id = server.import("macie://", "");
    let all = server.json(&format!("/api/v1/snapshots/{id}"));
    let totals = all["totals"].as_array().expect("totals");
    let sum = |what: &str| totals.iter().filter_map(|one| one[what].as_u64()).sum::<u64>();
    assert_eq!(
        (Some(sum("objects")), Some(sum("bytes"))),
        (all["objects"].as_u64(), all["bytes"].as_u64())
    );
    assert!(
        !all["warnings"].to_string().contains("add up"),
        "{}",
        all["warnings"]
    );
    let page = main_of(&server, "/import");
    assert!(page.contains("Macie’s own totals"), "{page}");

    let id = server.import("macie://eu-central-1?bucket=website-assets", "");
    let one = server.json(&format!("/api/v1/snapshots/{id}"));
    let groups = one["groups"].as_array().expect("groups");
    assert!(
        groups.iter().all(|group| group["bucket"] == "website-assets"),
        "{one}"
    );
    assert_eq!(one["totals"], Value::Null, "totals are of all buckets");
}

#[test]
fn a_table_by_other_software_says_what_is_under_which_key() {
    let expected = expected("s3-metadata");
    let keys = expected["keys"].as_array().expect("keys");
    let folder = data();
    let text = |path: &std::path::Path| path.to_str().expect("a path").to_string();
    let sample = samples::path("s3-metadata");
    let output = rekey()
        .args(["import", &text(&sample), "--region", "eu-west-2", "--json"])
        .args(["--data", &text(folder.path())])
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("one document");
    for what in ["rows", "objects", "bytes", "delete_markers", "keys"] {
        assert_eq!(printed[what], expected[what], "{what}");
    }
    assert_eq!(printed["source"]["kind"], "metadata");

    // The pages show it, and say what a migration needs besides.
    let server = Server::sandbox(folder.path());
    let page = main_of(&server, "/import");
    assert!(page.contains("Objects by KMS key"), "{page}");
    for share in keys {
        let key = share["key"].as_str().expect("a key");
        assert!(page.contains(key), "{key}: {page}");
    }
    let draft = server.json("/api/v1/plans?bucket=statements-archive");
    let obstacle = draft["buckets"][0]["obstacle"].as_str().expect("an obstacle");
    assert!(obstacle.contains("import its inventory"), "{obstacle}");

    // The same files from a browser are the same snapshot.
    let files = ["00000-0-4b1f.parquet", "00001-0-4b1f.parquet"];
    let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"region\"\r\n\r\neu-west-2\r\n".to_vec();
    for file in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"delivery\"; filename=\"{file}\"\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(std::fs::read(sample.join("data").join(file)).expect("a file"));
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    let response = agent()
        .post(format!("{}/import/upload", server.address()))
        .header("content-type", "multipart/form-data; boundary=edge")
        .send(&body)
        .expect("an answer");
    assert_eq!(response.status().as_u16(), 303);
    let ended = || server.json("/api/v1/imports")[0]["ended"].clone();
    let begun = std::time::Instant::now();
    while ended().is_null() {
        assert!(begun.elapsed() < PATIENCE, "the import does not end");
    }
    assert_eq!(ended()["Ok"][0], printed["snapshot"], "{}", ended());
}
