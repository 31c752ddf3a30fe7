//! The report of a migration: the page, the files, and what `rekey verify-report` finds in one that was changed.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tests::browser::Browser;
use tests::html::Page;
use tests::migrations::{act, confirm, key_for, overtaken, plan, wait};
use tests::server::{Server, data, run};
use tests::setting;

const FLAGS: [&str; 3] = ["--sandbox", "--sandbox-latency-ms", "5"];
const DEMO: &str = "kms-encryption-demo";
/// With more objects, so that a migration can be paused in the middle.
const LARGER: &str = "website-assets";

fn sandbox(folder: &Path) -> Server {
    let server = Server::start(folder, &FLAGS, &[]);
    assert_eq!(server.post("/api/v1/imports/sandbox", &json!({})).0, 204);
    server
}

/// A migration of the demo bucket that has ended; its id.
fn ended(server: &Server) -> String {
    let key = key_for(server, DEMO);
    let (id, _) = plan(server, &format!("bucket={DEMO}&key={key}"));
    confirm(server, &id, DEMO);
    assert_eq!(wait(server, &id)["live"]["state"], "succeeded");
    id
}

fn report(server: &Server, id: &str) -> Value {
    server.json(&format!("/api/v1/migrations/{id}/report"))
}

/// What the check says to a document.
fn verify(folder: &Path, document: &Value, more: &[&str]) -> Output {
    let file = folder.join("report.json");
    fs::write(&file, document.to_string()).expect("a file");
    let mut arguments = vec!["verify-report", file.to_str().expect("a UTF-8 path")];
    arguments.extend(more);
    run(&arguments)
}

/// Exit code and standard error of a refusal.
fn refused(folder: &Path, document: &Value) -> (Option<i32>, String) {
    let output = verify(folder, document, &[]);
    assert!(output.stdout.is_empty());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), error)
}

#[test]
fn a_report_is_whole_until_somebody_changes_it() {
    let folder = data();
    let server = sandbox(folder.path());
    let id = ended(&server);
    let document = report(&server, &id);
    let last = document["chain"]["last"].as_str().expect("a hash").to_string();
    let verdict = &document["statement"]["summary"]["verdict"];

    let output = verify(folder.path(), &document, &["--noted", &last]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.starts_with("Whole:") && said.contains(verdict.as_str().expect("a verdict")),
        "{said}"
    );
    let output = verify(folder.path(), &document, &["--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        told,
        json!({ "whole": true, "migration": id, "entries": document["chain"]["entries"], "last_hash": last, "verdict": verdict })
    );

    let mut altered = document.clone();
    altered["entries"][0]["entry"]["by"] = "somebody".into();
    let (code, error) = refused(folder.path(), &altered);
    assert!(
        code == Some(2) && error.contains("Entry 1 was altered"),
        "{error}"
    );
    let output = verify(folder.path(), &altered, &["--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (
            output.status.code(),
            &told["whole"],
            &told["seq"],
            &told["problem"]
        ),
        (Some(2), &json!(false), &json!(1), &json!("altered"))
    );

    let mut shorter = document.clone();
    let entries = shorter["entries"].as_array_mut().expect("entries");
    let count = entries.len();
    entries.pop();
    let (code, error) = refused(folder.path(), &shorter);
    assert!(
        code == Some(2) && error.contains(&format!("from entry {count} on")),
        "{error}"
    );

    let mut praised = document.clone();
    praised["statement"]["summary"]["tally"]["failed"]["objects"] = 7.into();
    let (code, error) = refused(folder.path(), &praised);
    assert!(
        code == Some(2) && error.contains("`summary.tally.failed.objects` says 7"),
        "{error}"
    );
    let missing = run(&["verify-report", "/nonexistent/report.json"]);
    assert_eq!(missing.status.code(), Some(2));
}

/// The rule that the report states is enough to check it: a few lines of Python come to the same hashes.
#[test]
fn the_chain_can_be_checked_without_rekey() {
    const CHECK: &str = r#"
import hashlib, json, sys
document = json.load(open(sys.argv[1]))
def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def chained(before, value):
    return hashlib.sha256(before + canonical(value)).digest()
last = chained(b"", document["opening"])
for link in document["entries"]:
    link = dict(link)
    stated = link.pop("hash")
    last = chained(last, link)
    assert last.hex() == stated, link["seq"]
print(last.hex(), chained(last, document["statement"]).hex())
"#;
    let folder = data();
    let server = sandbox(folder.path());
    let id = ended(&server);
    let (_, text) = server.get(&format!("/api/v1/migrations/{id}/report"));
    let file = folder.path().join("report.json");
    fs::write(&file, &text).expect("a file");
    let output = Command::new(setting("REKEY_MOTO_PYTHON"))
        .args(["-c", CHECK])
        .arg(&file)
        .output()
        .expect("Python starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let hash = |name: &str| document["chain"][name].as_str().expect("a hash").to_string();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        format!("{} {}", hash("last"), hash("seal"))
    );
}

#[test]
fn exceptions_are_named_on_the_page_and_in_the_files() {
    let folder = data();
    let id = overtaken(folder.path(), &FLAGS, LARGER, 1);
    let server = Server::sandbox(folder.path());
    assert_eq!(act(&server, &id, "resume", "").0, 200);
    let ended = wait(&server, &id);
    assert_eq!(ended["live"]["state"], "succeeded-with-exceptions");

    let document = report(&server, &id);
    let summary = &document["statement"]["summary"];
    let exceptions = summary["exceptions"].as_array().expect("exceptions");
    assert!(!exceptions.is_empty(), "{summary}");
    assert_eq!(summary["exceptions_not_named"], 0, "every one has its name");
    // Nothing failed; what read back differently is in triage all the same, and can be tried again.
    assert_eq!(ended["live"]["tally"]["failed"]["objects"], 0);
    let group = &ended["failures"][0];
    assert_eq!(group["cause"], "changed-meanwhile", "{group}");
    assert_eq!(group["count"].as_u64(), Some(exceptions.len() as u64));
    assert_eq!(ended["failures_not_named"], summary["exceptions_not_named"]);
    let actions = ended["actions"].as_array().expect("actions");
    assert!(actions.contains(&"retry".into()), "{actions:?}");
    let commands: Vec<(&str, &str)> = document["statement"]["commands"]
        .as_array()
        .expect("commands")
        .iter()
        .map(|one| {
            (
                one["command"].as_str().unwrap_or(""),
                one["by"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        commands,
        [
            ("confirmed", "operator"),
            ("pause-requested", "operator"),
            ("resumed", "operator")
        ]
    );
    let output = verify(folder.path(), &document, &[]);
    assert_eq!(output.status.code(), Some(0));

    let (status, body) = server.get(&format!("/migrations/{id}/report"));
    assert_eq!(status, 200);
    let page = Page::new(&body);
    assert_eq!(page.texts("h1").len(), 1);
    let main = page.main();
    let shown = [
        summary["verdict"].as_str().expect("a verdict"),
        exceptions[0]["key"].as_str().expect("a key"),
        "Changed by another writer",
        exceptions[0]["message"].as_str().expect("a message"),
        "operator asked for a pause.",
        document["chain"]["last"].as_str().expect("a hash"),
    ];
    for text in shown {
        assert!(main.contains(text), "{text} is not on the page");
    }
    let (_, table) = server.get(&format!("/api/v1/migrations/{id}/report.csv"));
    let not_named = summary["exceptions_not_named"].as_u64().expect("a count");
    let rows = 1 + exceptions.len() + usize::from(not_named > 0);
    assert_eq!(table.lines().count(), rows);
    assert!(table.contains(exceptions[0]["key"].as_str().expect("a key")));
    let (_, table) = server.get(&format!("/api/v1/migrations/{id}/report/buckets.csv"));
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 2, "a head and one bucket: {table}");
    let bucket = &summary["buckets"][0];
    let (tally, read) = (&bucket["tally"], &bucket["read_back"]);
    for (column, expected) in [
        ("bucket", &bucket["bucket"]),
        ("rows", &bucket["rows"]),
        ("to_convert", &bucket["planned"]),
        (
            "updated",
            &tally["converted"]["UpdateObjectEncryption"]["objects"],
        ),
        ("failed", &tally["failed"]["objects"]),
        ("read_back", &read["checked"]),
        ("not_as_asked", &read["exceptions"]),
    ] {
        let place = lines[0].iter().position(|name| *name == column).expect(column);
        let expected = expected.to_string();
        assert_eq!(lines[1][place], expected.trim_matches('"'), "{column}");
    }
    // They are under a key that the plan leaves alone, and stay exceptions.
    assert_eq!(act(&server, &id, "retry", "").0, 200);
    assert_eq!(wait(&server, &id)["live"]["state"], "succeeded-with-exceptions");
    let again = report(&server, &id);
    let of = |summary: &Value| {
        let named = summary["exceptions"].as_array().map_or(0, Vec::len) as u64;
        named + summary["exceptions_not_named"].as_u64().expect("a count")
    };
    let retried = &again["statement"]["summary"];
    assert_eq!(of(retried), of(summary), "each is an exception once");
    assert_eq!(retried["verdict"], summary["verdict"]);
    for path in [
        "/api/v1/migrations/m-none/report/buckets.csv",
        "/api/v1/migrations/m-none/report/later.csv",
        "/migrations/m-none/report",
        "/api/v1/migrations/m-none/report",
        "/api/v1/migrations/m-none/report.csv",
    ] {
        assert_eq!(server.get(path).0, 404, "{path}");
    }
}

/// The newest delivery that the account tells of for a bucket: when it was taken, and its manifest.
fn newest(server: &Server, bucket: &str) -> (u64, String) {
    let found = server.json(&format!("/api/v1/discovery?bucket={bucket}"));
    let newest = &found["buckets"][0]["inventories"]["Ok"][0]["newest"]["Ok"];
    let manifest = newest["manifest"].as_str().unwrap_or_else(|| panic!("{found}"));
    (newest["taken"].as_u64().expect("a time"), manifest.to_string())
}

#[test]
fn the_sandbox_delivers_what_was_migrated_anew_so_that_it_can_be_compared() {
    const BEGUN: u64 = 1_795_136_400_000;
    let folder = data();
    let server = sandbox(folder.path());
    let id = ended(&server);
    let (taken, manifest) = newest(&server, DEMO);
    assert!(taken > BEGUN, "{manifest} is of before the migration");
    let (unchanged, _) = newest(&server, "claims-documents-prod");
    assert_eq!(unchanged, BEGUN, "nothing of it was changed");
    let _ = server.import(&manifest, "");
    let page = server.json(&format!("/api/v1/migrations/{id}"));
    let later = page["later"].as_array().expect("later lists");
    assert_eq!((later.len(), &later[0]["bucket"]), (1, &json!(DEMO)), "{later:?}");
    assert_eq!(
        later[0]["objects"], page["plan"]["buckets"][0]["rows"],
        "{later:?}"
    );
    assert_eq!(later[0]["under_kms"], later[0]["objects"], "{later:?}");
}

/// Objects that came under a legal hold stay as they were; those that the plan leaves out do too, and are none of its.
#[test]
fn a_later_inventory_names_the_objects_of_the_plan_that_are_not_under_kms() {
    const HELD: &str = "payments-ledger-prod";
    let folder = data();
    let server = sandbox(folder.path());
    let key = key_for(&server, HELD);
    let (id, _) = plan(&server, &format!("bucket={HELD}&key={key}&in_flight=32"));
    confirm(&server, &id, HELD);
    assert_eq!(wait(&server, &id)["live"]["state"], "succeeded-with-exceptions");
    let names = |table: &str, version: usize| -> BTreeSet<(String, String)> {
        let rows = table
            .lines()
            .skip(1)
            .map(|row| row.split(',').collect::<Vec<_>>());
        rows.map(|row| (row[1].to_string(), row[version].to_string()))
            .collect()
    };
    let later = format!("/api/v1/migrations/{id}/report/later.csv");
    let (status, none) = server.get(&later);
    assert_eq!(
        status, 404,
        "no list is later yet, which is not that nothing was found: {none}"
    );
    assert!(
        none.contains("No inventory that was taken after the end"),
        "{none}"
    );
    let (_, manifest) = newest(&server, HELD);
    let _ = server.import(&manifest, "");
    let (status, listed) = server.get(&later);
    let (_, failed) = server.get(&format!("/api/v1/migrations/{id}/report.csv"));
    assert_eq!(status, 200, "{listed}");
    assert_eq!(names(&listed, 2), names(&failed, 2));
    assert_eq!(names(&listed, 2).len(), 3, "{listed}");
    let others = &report(&server, &id)["statement"]["later"][0]["others"];
    let others: u64 = others
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert!(
        others > 3,
        "the list has others that the plan leaves out: {others}"
    );
    let (_, html) = server.get(&format!("/migrations/{id}/report"));
    assert!(html.contains("report/later.csv"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_a_click_away_and_compares_with_a_later_list() {
    let folder = data();
    let server = sandbox(folder.path());
    let id = ended(&server);
    let browser = Browser::start(390, 844, true).await;
    browser
        .open(&format!("{}/migrations/{id}", server.address()))
        .await;
    browser.shows("now under key").await;
    let click = "(() => { document.querySelector(\"main a[href$='/report']\").click(); return true; })()";
    browser.value(click).await;
    browser.shows("Proof that nothing was altered").await;
    browser.shows("No exceptions").await;
    browser.shows("No later inventory yet").await;
    let overflow = browser
        .value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        .await;
    assert_eq!(overflow, 0, "the report is wider than a phone");

    let list = json!({ "buckets": [{
        "accountId": "111122223333",
        "bucketName": DEMO,
        "region": "eu-west-2",
        "lastUpdated": "2099-01-01T00:00:00+00:00",
        "objectCount": 10_000,
        "sizeInBytes": 1_000_000,
        "objectCountByEncryptionType": {
            "customerManaged": 0, "kmsManaged": 9990, "s3Managed": 10, "unencrypted": 0, "unknown": 0
        }
    }] });
    let file = folder.path().join("macie.json");
    fs::write(&file, list.to_string()).expect("a file");
    let _ = server.import(file.to_str().expect("a UTF-8 path"), "");
    for page in [format!("/migrations/{id}/report"), format!("/migrations/{id}")] {
        browser.open(&format!("{}{page}", server.address())).await;
        browser
            .shows("9,990 of 10,000 objects under KMS; 10 SSE-S3.")
            .await;
    }
    browser.close().await;
}
