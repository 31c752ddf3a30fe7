//! Inventories from S3: a whole migration that begins with one, and what becomes of deliveries that are not whole.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tests::bucket::Bucket;
use tests::migrations::{confirm, objects, plan, total, wait};
use tests::peers::{KEPT, Kind, Peer, fixture};
use tests::samples::{self, comparable, expected, folded};
use tests::server::{PATIENCE, Server, data, rekey};

/// Objects of the migration.
const OBJECTS: u64 = 200;

const CONFIGURATION: &str = "inventory/web-assets/all-objects/";

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

fn serve(store: &Path, flags: &[&str], variables: &[(impl AsRef<str>, String)]) -> Server {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_str()))
        .collect();
    Server::start(store, flags, &variables)
}

/// Every file below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    let (mut open, mut found) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(path) = open.pop() {
        let entries = fs::read_dir(&path).into_iter().flatten();
        for entry in entries.map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                open.push(entry);
            } else {
                let below = entry.strip_prefix(folder).expect("below it");
                found.push(text(below).to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn from_an_inventory_in_s3_to_the_last_object_converted() {
    let peer = Peer::start(Kind::MiniStack);
    let made_in = data();
    let made = fixture(&peer, &["make", text(made_in.path()), &OBJECTS.to_string()]);
    let (bucket, key) = (
        made["bucket"].as_str().expect("a bucket"),
        made["key"].as_str().expect("a key"),
    );
    let _ = fixture(&peer, &["upload", text(made_in.path()), "reports"]);
    let before = fixture(&peer, &["read", bucket]);
    // What is read from here on is read from S3.
    drop(made_in);

    let store = data();
    let server = serve(store.path(), &["--allow-changes"], &peer.variables());
    let id = server.import("s3://reports/inventory/", "us-east-1");
    let snapshot = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(
        snapshot["source"]["location"],
        "s3://reports/inventory/ledger/all/2026-11-20T01-00Z/manifest.json"
    );
    assert_eq!(snapshot["objects"], OBJECTS);
    // This server does not know the update, as the tests of peers show; so objects are copied.
    let query = format!("bucket={bucket}&key={key}&method=copy-only&in_flight=16");
    let (id, page) = plan(&server, &query);
    assert_eq!(page["plan"]["buckets"][0]["rows"], OBJECTS);
    confirm(&server, &id, bucket);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded", "{}", page["failures"]);
    assert_eq!(total(&page["live"]["tally"]), OBJECTS);
    assert_eq!(objects(&page["live"]["tally"]["converted"]), OBJECTS);
    assert_eq!(page["buckets"][0]["verified"]["met"], OBJECTS);

    let after = fixture(&peer, &["read", bucket]);
    let (before, after) = (
        before["objects"].as_array().expect("objects"),
        after["objects"].as_array().expect("objects"),
    );
    assert_eq!(after.len() as u64, OBJECTS);
    for (old, new) in before.iter().zip(after) {
        assert_eq!(
            (new["encryption"].as_str(), new["key"].as_str()),
            (Some("aws:kms"), Some(key)),
            "{new}"
        );
        for kept in KEPT {
            assert_eq!(new[kept], old[kept], "{kept} of {}", new["name"]);
        }
    }
}

/// A copy of a sample as a bucket holds it, and the keys of its data files.
fn delivered(folder: &Path) -> Vec<String> {
    for file in files(&samples::path("current-only/csv")) {
        let to = folder.join(&file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(samples::path("current-only/csv").join(&file), to).expect("a copy");
    }
    let data = files(folder).into_iter().filter(|file| file.ends_with(".csv.gz"));
    data.collect()
}

fn manifest() -> String {
    format!("s3://reports/{CONFIGURATION}2026-11-20T01-00Z/manifest.json")
}

fn message(error: &Value) -> String {
    format!("{} {}", error["message"], error["hint"])
}

#[test]
fn a_prefix_means_the_newest_complete_delivery() {
    let (home, store) = (data(), data());
    let _ = delivered(home.path());
    let dated = |date: &str| home.path().join(format!("{CONFIGURATION}{date}"));
    let whole = dated("2026-11-20T01-00Z");
    // Newer ones, one still being written, one whose checksum is another's.
    for (date, checksum) in [
        ("2026-11-22T01-00Z", None),
        ("2026-11-21T01-00Z", Some("0".repeat(32))),
    ] {
        fs::create_dir_all(dated(date)).expect("a folder");
        fs::copy(whole.join("manifest.json"), dated(date).join("manifest.json")).expect("a manifest");
        if let Some(checksum) = checksum {
            fs::write(dated(date).join("manifest.checksum"), checksum).expect("a checksum");
        }
    }
    let peer = Peer::start(Kind::MiniStack);
    let _ = fixture(&peer, &["upload", text(home.path()), "reports"]);
    let server = serve(store.path(), &[], &peer.variables());
    let id = server.import("s3://reports/inventory/", "eu-west-2");
    let snapshot = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(snapshot["source"]["location"], manifest());
    assert_eq!(folded(&snapshot), comparable(&expected("current-only")));

    let newest = manifest().replace("-20T", "-22T");
    let refused = server.try_import(&newest, "").expect_err("it is not complete");
    assert!(message(&refused).contains("no manifest.checksum"), "{refused}");
    for (location, part) in [
        ("s3://nobodys-bucket/inventory/", "s3://nobodys-bucket"),
        ("s3://reports/elsewhere/", "below s3://reports/elsewhere/"),
    ] {
        let refused = server.try_import(location, "").expect_err("nothing is there");
        assert!(message(&refused).contains(part), "{refused}");
    }
    let (status, refused) = server.post(
        "/api/v1/imports",
        &serde_json::json!({ "location": "s3://../etc" }),
    );
    assert_eq!(status, 422, "{refused}");
}

#[test]
fn an_import_that_broke_off_goes_on_with_what_is_missing() {
    let (home, store) = (data(), data());
    let keys = delivered(home.path());
    let last = home.path().join(keys.last().expect("a file"));
    let content = fs::read(&last).expect("a file");
    fs::remove_file(&last).expect("removed");
    let bucket = Bucket::of(home.path(), "reports");
    let server = serve(store.path(), &[], &bucket.variables());
    let refused = server.try_import(&manifest(), "").expect_err("a file is missing");
    assert!(
        message(&refused).contains(keys.last().expect("a key")),
        "{refused}"
    );
    assert_eq!(server.json("/api/v1/snapshots"), serde_json::json!([]));
    let kept = files(&store.path().join("deliveries"));
    assert!(kept.iter().all(|file| !file.ends_with(".part")), "{kept:?}");

    // Whatever had arrived is there whole, and is not fetched again.
    let arrived: Vec<&String> = keys
        .iter()
        .filter(|key| kept.contains(&format!("reports/{key}")))
        .collect();
    for key in &arrived {
        let here = fs::read(store.path().join("deliveries/reports").join(key)).expect("a file");
        assert_eq!(here, fs::read(home.path().join(key)).expect("a file"));
    }
    fs::write(&last, content).expect("written");
    let _ = bucket.reads();
    let id = server.import(&manifest(), "");
    let fetched = bucket.reads();
    for key in &keys {
        assert_eq!(
            fetched.contains(key),
            !arrived.contains(&key),
            "{key}: {fetched:?}"
        );
    }
    let snapshot = server.json(&format!("/api/v1/snapshots/{id}"));
    assert_eq!(
        folded(&snapshot),
        comparable(&expected("current-only")),
        "each file counts once"
    );
    let region = &snapshot["groups"][0]["region"];
    assert_eq!(region, "eu-west-2", "a bucket is where its reports are");
}

/// Holds one download until it is let go, so that a process can be ended in the middle of it.
#[derive(Default)]
struct Held {
    begun: AtomicBool,
    let_go: AtomicBool,
}

impl Held {
    fn wait(&self) {
        self.begun.store(true, Ordering::SeqCst);
        while !self.let_go.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }
}

#[test]
fn an_import_whose_process_was_killed_goes_on_and_counts_each_file_once() {
    let (home, store) = (data(), data());
    let keys = delivered(home.path());
    let last = keys.last().expect("a file").clone();
    let held = Arc::new(Held::default());
    let (holding, holds) = (Arc::clone(&held), last.clone());
    let bucket = Bucket::cutting(home.path(), "reports", move |key, length| {
        if key == holds && !holding.let_go.load(Ordering::SeqCst) {
            holding.wait();
        }
        length
    });
    let server = serve(store.path(), &[], &bucket.variables());
    let order = serde_json::json!({ "location": manifest(), "region": "" });
    assert_eq!(server.post("/api/v1/imports", &order).0, 202);
    let here = || files(&store.path().join("deliveries"));
    let rest = || keys.iter().filter(|key| **key != last);
    let begun = Instant::now();
    while !held.begun.load(Ordering::SeqCst) || !rest().all(|key| here().contains(&format!("reports/{key}")))
    {
        assert!(
            begun.elapsed() < PATIENCE,
            "the other files do not arrive: {:?}",
            here()
        );
    }
    let _ = server.kill();
    held.let_go.store(true, Ordering::SeqCst);
    assert!(
        !here().contains(&format!("reports/{last}")),
        "it had not come whole: {:?}",
        here()
    );

    let server = serve(store.path(), &[], &bucket.variables());
    assert_eq!(
        server.json("/api/v1/snapshots"),
        serde_json::json!([]),
        "half an import is none"
    );
    let _ = bucket.reads();
    let id = server.import(&manifest(), "");
    let fetched = bucket.reads();
    let again: Vec<&String> = keys.iter().filter(|key| fetched.contains(key)).collect();
    assert_eq!(again, [&last], "only what had not come is fetched: {fetched:?}");
    assert_eq!(
        folded(&server.json(&format!("/api/v1/snapshots/{id}"))),
        comparable(&expected("current-only")),
        "each file counts once"
    );
    assert_eq!(server.json("/api/v1/snapshots").as_array().map(Vec::len), Some(1));
    assert!(here().iter().all(|file| !file.ends_with(".part")), "{:?}", here());
}

#[test]
fn a_damaged_file_on_disk_is_fetched_again() {
    let (home, store) = (data(), data());
    let keys = delivered(home.path());
    let bucket = Bucket::of(home.path(), "reports");
    let import = || {
        let output = rekey()
            .args(["import", &manifest(), "--data", text(store.path()), "--json"])
            .envs(bucket.variables())
            .output()
            .expect("the binary starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let snapshot: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(folded(&snapshot), comparable(&expected("current-only")));
    };
    import();
    let damaged: PathBuf = store.path().join("deliveries/reports").join(&keys[0]);
    let mut content = fs::read(&damaged).expect("a file");
    content[100] ^= 1;
    fs::write(&damaged, content).expect("written");
    let _ = bucket.reads();
    import();
    let fetched = bucket.reads();
    assert_eq!(
        keys.iter().filter(|key| fetched.contains(key)).count(),
        1,
        "{fetched:?}"
    );
}

#[test]
fn what_arrives_cut_or_changed_is_refused_and_not_kept() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let changed: Damage = |content| {
        let mut changed = content.to_vec();
        changed[200] ^= 1;
        changed
    };
    let shorter: Damage = |content| content[..content.len() - 1].to_vec();
    for (damage, part) in [
        (Some(changed), "MD5"),
        (Some(shorter), "bytes instead of"),
        (None, "broke off after 7 of"),
    ] {
        let (home, store) = (data(), data());
        let keys = delivered(home.path());
        let victim = keys[1].clone();
        if let Some(damage) = damage {
            let content = fs::read(home.path().join(&victim)).expect("a file");
            fs::write(home.path().join(&victim), damage(&content)).expect("written");
        }
        let (cut, breaks_off) = (victim.clone(), damage.is_none());
        let bucket = Bucket::cutting(home.path(), "reports", move |key, length| {
            if breaks_off && key == cut { 7 } else { length }
        });
        let server = serve(store.path(), &[], &bucket.variables());
        let refused = server.try_import(&manifest(), "").expect_err("it is damaged");
        let message = message(&refused);
        assert!(message.contains(part) && message.contains(&victim), "{message}");
        assert_eq!(refused["kind"], "input");
        let kept = files(&store.path().join("deliveries"));
        assert!(
            !kept
                .iter()
                .any(|file| file.contains(&victim) || file.ends_with(".part")),
            "{kept:?}"
        );
        if breaks_off {
            assert_eq!(
                bucket.reads().iter().filter(|key| **key == victim).count(),
                3,
                "it is tried again"
            );
        }
    }
}
