//! SIGKILL of the binary at an entry of each kind: what the next process makes of the journal as it was then.

use crate::crash::{FLAGS, copies};
use model::migration::EntryKind;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use tests::migrations::{act, confirm, key_for, overtaken, plan, total, wait};
use tests::server::{Server, data};
use tests::setting;

/// Does something that makes the server write an entry of this kind, ends it at that very entry, and gives the kinds of
/// all entries that it had written by then.
fn killed_at(
    server: Server,
    folder: &Path,
    id: &str,
    kind: &str,
    provoke: impl FnOnce(&Server) + Send,
) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kill_at.py");
    let mut killer = Command::new(setting("REKEY_MOTO_PYTHON"))
        .arg(script)
        .arg(folder.join("rekey.sqlite"))
        .args([id, kind, &server.id().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut said = BufReader::new(killer.stdout.take().expect("standard output is piped"));
    let mut ready = String::new();
    said.read_line(&mut ready).expect("a line");
    provoke(&server);
    let mut kinds = String::new();
    said.read_to_string(&mut kinds).expect("text");
    assert!(killer.wait().expect("its end").success(), "no {kind}");
    let log = server.kill();
    let kinds: Vec<String> = serde_json::from_str(&kinds).unwrap_or_else(|error| panic!("{error}: {log}"));
    assert!(kinds.iter().any(|found| found == kind), "{kind}: {kinds:?}");
    kinds
}

/// A command whose answer may be lost, because the server dies of it.
fn tell(server: &Server, id: &str, action: &str, argument: &str) {
    let order = serde_json::json!({ "action": action, "argument": argument });
    server.send(&format!("/api/v1/migrations/{id}/actions"), &order);
}

/// Plans for single buckets of the sandbox, the smallest first.
fn plans_of_buckets(server: &Server, count: usize, more: &str) -> Vec<(String, String)> {
    let overview = server.json("/api/v1/overview?order=objects");
    let buckets = overview["overview"]["buckets"].as_array().expect("buckets");
    let names = buckets.iter().rev().filter_map(|bucket| bucket["name"].as_str());
    let plan_of = |name: &str| {
        let key = key_for(server, name);
        let (id, _) = plan(server, &format!("bucket={name}&key={key}&in_flight=32{more}"));
        (name.to_string(), id)
    };
    // Logs are delivered to one of them, which must stay as it is.
    let may_move = names.filter(|name| *name != "access-logs-eu");
    may_move.take(count).map(plan_of).collect()
}

/// A bucket of the sandbox in which objects come under a legal hold after the inventory, and how many.
const HELD: (&str, u64) = ("payments-ledger-prod", 3);

/// Waits for the end, and looks whether every row has its outcome and everything converted reads back so.
fn ends_whole(server: &Server, id: &str, what: &str) {
    let page = wait(server, id);
    let state = page["live"]["state"].as_str().expect("a state");
    assert!(
        state.starts_with("succeeded"),
        "{what}: {state}: {}",
        page["stopped"]
    );
    let here = &page["buckets"][0];
    assert_eq!(
        total(&page["live"]["tally"]),
        here["rows"].as_u64().expect("rows"),
        "{what}"
    );
    let held = if here["bucket"] == HELD.0 { HELD.1 } else { 0 };
    assert_eq!(here["failed"], held, "{what}");
    let verified = &here["verified"];
    assert_eq!(verified["met"], verified["checked"], "{what}: {verified}");
    assert_eq!(verified["checked"], here["done"], "{what}: {verified}");
}

fn nothing_copied_twice(folder: &Path) {
    let twice: Vec<_> = copies(folder)
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .collect();
    assert!(twice.is_empty(), "copied twice: {twice:?}");
}

/// The entries of a run by this server alone.
const KINDS_OF_A_RUN: [&str; 10] = [
    "Confirmed",
    "RunnerStarted",
    "DefaultEncryptionIntended",
    "DefaultEncryptionSet",
    "BatchIntended",
    "MethodProved",
    "CanaryPassed",
    "BatchDone",
    "VerificationStarted",
    "BucketVerified",
];

/// The entries of a run that S3 Batch Operations does.
const KINDS_OF_A_JOB: [&str; 4] = ["ManifestIntended", "JobIntended", "JobCreated", "JobEnded"];

/// Kills a run of its own at an entry of each kind, and sees it through.
fn killed_at_each(kinds: &[&str], more: &str) {
    let folder = data();
    let mut server = Server::start(folder.path(), &FLAGS, &[]);
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    for (kind, (bucket, id)) in kinds.iter().zip(plans_of_buckets(&server, kinds.len(), more)) {
        let kinds = killed_at(server, folder.path(), &id, kind, |server| {
            tell(server, &id, "confirm", &bucket);
        });
        server = Server::start(folder.path(), &FLAGS, &[]);
        ends_whole(
            &server,
            &id,
            &format!("{bucket}, killed at {kind} after {kinds:?}"),
        );
    }
    nothing_copied_twice(folder.path());
}

#[test]
fn killed_at_each_kind_of_entry_about_a_job_it_ends_whole() {
    killed_at_each(&KINDS_OF_A_JOB, "&executor=jobs");
}

#[test]
fn killed_at_each_kind_of_entry_of_a_run_it_ends_whole() {
    killed_at_each(&KINDS_OF_A_RUN, "");
}

/// What is told before the kill, the entry at which it comes, and the state in which it comes to rest.
type Told = (
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);
const COMMANDS: [Told; 6] = [
    (&[("pause", "")], "PauseRequested", "paused"),
    (&[("pause", "")], "Paused", "paused"),
    (&[("pause", ""), ("resume", "")], "Resumed", "succeeded"),
    (&[("share", "70")], "ShareChanged", "succeeded"),
    (&[("cancel", "")], "CancelRequested", "cancelled"),
    (&[("cancel", "")], "Cancelled", "cancelled"),
];

#[test]
fn killed_at_each_command_it_does_what_was_asked() {
    let folder = data();
    let mut server = Server::start(folder.path(), &FLAGS, &[]);
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let plans = plans_of_buckets(&server, COMMANDS.len() + 2, "");
    // The two smallest are through before anything could be asked of them.
    for ((commands, kind, state), (bucket, id)) in COMMANDS.iter().zip(&plans[2..]) {
        killed_at(server, folder.path(), id, kind, |server| {
            confirm(server, id, bucket);
            for (action, argument) in *commands {
                if *action == "resume" {
                    assert_eq!(wait(server, id)["live"]["state"], "paused");
                }
                tell(server, id, action, argument);
            }
        });
        server = Server::start(folder.path(), &FLAGS, &[]);
        let page = wait(&server, id);
        let rests = page["live"]["state"].as_str().expect("a state");
        assert!(rests.starts_with(state), "{kind}: {rests}");
        if *state == "paused" {
            assert_eq!(act(&server, id, "resume", "").0, 200);
        }
        if *state != "cancelled" {
            ends_whole(&server, id, kind);
        }
    }
    nothing_copied_twice(folder.path());
}

#[test]
fn killed_when_it_has_stopped_it_asks_again_and_goes_on() {
    let folder = data();
    let server = Server::start(folder.path(), &FLAGS, &[]);
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let (bucket, id) = plans_of_buckets(&server, 3, "").pop().expect("a plan");
    // Without the inventory's files there is nothing to go by.
    let deliveries = folder.path().join("sandbox/deliveries");
    let away = folder.path().join("away");
    fs::rename(&deliveries, &away).expect("the deliveries are moved");
    killed_at(server, folder.path(), &id, "Stopped", |server| {
        tell(server, &id, "confirm", &bucket);
    });
    let server = Server::start(folder.path(), &FLAGS, &[]);
    assert_eq!(wait(&server, &id)["live"]["state"], "stopped");
    // A restart may have made other deliveries; the plan's are the ones that were moved.
    if deliveries.exists() {
        fs::remove_dir_all(&deliveries).expect("they are removed");
    }
    fs::rename(&away, &deliveries).expect("the deliveries are back");
    assert_eq!(act(&server, &id, "resume", "").0, 200);
    ends_whole(&server, &id, "stopped");
}

/// What is told of a run in which some objects are held, and the entry at which the kill comes.
const ENDS: [(&str, &str, &str); 2] = [
    ("confirm", HELD.0, "SucceededWithExceptions"),
    ("retry", "", "RetryRequested"),
];

/// A bucket with few objects.
const DEMO: &str = "kms-encryption-demo";

fn demo(server: &Server) -> String {
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let key = key_for(server, DEMO);
    plan(server, &format!("bucket={DEMO}&key={key}")).0
}

#[test]
fn killed_at_its_end_it_has_ended() {
    let folder = data();
    let server = Server::start(folder.path(), &FLAGS, &[]);
    let id = demo(&server);
    killed_at(server, folder.path(), &id, "Succeeded", |server| {
        tell(server, &id, "confirm", DEMO);
    });
    let server = Server::start(folder.path(), &FLAGS, &[]);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded");
    let seq = page["live"]["seq"].as_u64().expect("a position");
    assert_eq!(
        server.json(&format!("/api/v1/migrations/{id}"))["live"]["seq"],
        seq
    );
    ends_whole(&server, &id, "Succeeded");

    let key = key_for(&server, HELD.0);
    let (id, _) = plan(&server, &format!("bucket={}&key={key}&in_flight=32", HELD.0));
    let mut server = server;
    for (action, argument, kind) in ENDS {
        killed_at(server, folder.path(), &id, kind, |server| {
            tell(server, &id, action, argument);
        });
        server = Server::start(folder.path(), &FLAGS, &[]);
        // What was asked for is done without a second word; the objects under a legal hold fail again.
        assert_eq!(
            wait(&server, &id)["live"]["state"],
            "succeeded-with-exceptions",
            "{kind}"
        );
        ends_whole(&server, &id, kind);
    }
    nothing_copied_twice(folder.path());
}

/// What is told of a setting, one after the other, and the entry at which the kill comes.
const SETTINGS: [(&str, &str); 5] = [
    ("enforce", "SettingRequested"),
    ("enforce", "SettingIntended"),
    ("enforce", "SettingChanged"),
    // The policy holds uploads to the key: the default stays.
    ("restore-default", "SettingRefused"),
    ("release", "SettingChanged"),
];

#[test]
fn killed_at_each_kind_of_entry_about_a_setting_it_goes_on_when_it_is_asked_again() {
    let folder = data();
    let mut server = Server::start(folder.path(), &FLAGS, &[]);
    let id = demo(&server);
    confirm(&server, &id, DEMO);
    assert_eq!(wait(&server, &id)["live"]["state"], "succeeded");
    let held = |page: &Value| {
        page["buckets"][0]["settings"]
            .to_string()
            .contains("\"enforcement\"")
    };
    for (action, kind) in SETTINGS {
        killed_at(server, folder.path(), &id, kind, |server| {
            tell(server, &id, action, "")
        });
        server = Server::start(folder.path(), &FLAGS, &[]);
        let page = server.json(&format!("/api/v1/migrations/{id}"));
        assert_eq!(page["live"]["state"], "succeeded", "{action} {kind}");
        match (action, kind) {
            ("enforce", "SettingChanged") => assert!(held(&page), "{page}"),
            ("release", _) => assert!(!held(&page), "{page}"),
            ("restore-default", _) => {
                assert!(held(&page), "{page}");
                let (status, answer) = act(&server, &id, action, "");
                assert_eq!(status, 409, "{answer}");
            }
            _ => {
                let (status, page) = act(&server, &id, action, "");
                assert_eq!(status, 200, "{kind}: {page}");
                assert!(held(&page), "{kind}: {page}");
                assert_eq!(page["buckets"][0]["setting_open"], Value::Null, "{kind}");
            }
        }
    }
    let (status, page) = act(&server, &id, "restore-default", "");
    assert_eq!(status, 200, "{page}");
    assert_eq!(page["actions"], serde_json::json!(["delete-key"]));
}

#[test]
fn killed_while_exceptions_are_named_it_names_each_once() {
    let folder = data();
    let id = overtaken(folder.path(), &FLAGS, "website-assets", 250);
    let server = Server::start(folder.path(), &FLAGS, &[]);
    killed_at(server, folder.path(), &id, "ExceptionsFound", |server| {
        tell(server, &id, "resume", "");
    });
    let server = Server::start(folder.path(), &FLAGS, &[]);
    let page = wait(&server, &id);
    assert_eq!(page["live"]["state"], "succeeded-with-exceptions");
    let listed = page["buckets"][0]["verified"]["exceptions"]
        .as_array()
        .map(Vec::len);
    assert_eq!(listed, Some(20), "the page has the first, the report all");
    let report = server.json(&format!("/api/v1/migrations/{id}/report"));
    let summary = &report["statement"]["summary"];
    let exceptions = summary["exceptions"].as_array().expect("exceptions");
    let names: BTreeSet<String> = exceptions.iter().map(|one| one["key"].to_string()).collect();
    assert_eq!(names.len(), exceptions.len(), "each is named once");
    let counted = &summary["buckets"][0]["read_back"]["exceptions"];
    let failed = &summary["tally"]["failed"]["objects"];
    let sum = counted.as_u64().expect("a count") + failed.as_u64().expect("a count");
    assert_eq!(
        (names.len() as u64, summary["exceptions_not_named"].as_u64()),
        (sum, Some(0))
    );
    assert!(names.len() > 200, "{} exceptions", names.len());
}

#[test]
fn the_kill_comes_at_every_kind_of_entry() {
    let alone = ["Stopped", "Succeeded", "ExceptionsFound"];
    let killed: BTreeSet<&str> = alone
        .into_iter()
        .chain(KINDS_OF_A_RUN)
        .chain(KINDS_OF_A_JOB)
        .chain(COMMANDS.map(|(_, kind, _)| kind))
        .chain(ENDS.map(|(.., kind)| kind))
        .chain(SETTINGS.map(|(_, kind)| kind))
        .collect();
    let all: BTreeSet<&str> = EntryKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(killed, all);
}
