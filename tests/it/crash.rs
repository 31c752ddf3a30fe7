//! SIGKILL in the middle of a migration, at many points: the next process goes on by itself and ends where an
//! uninterrupted run ends, and no object was copied twice.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use tests::migrations::{act, confirm, key_for, plan, total, wait};
use tests::server::{Server, data};
use tests::setting;

/// A sandbox whose requests take a moment, so that a kill finds some in flight.
const FLAGS: [&str; 3] = ["--sandbox", "--sandbox-latency-ms", "5"];

fn prepared(folder: &Path) -> (Server, String, Vec<String>) {
    let server = Server::start(folder, &FLAGS, &[]);
    assert_eq!(
        server.post("/api/v1/imports/sandbox", &serde_json::json!({})).0,
        204
    );
    let overview = server.json("/api/v1/overview?order=objects");
    let buckets = overview["overview"]["buckets"].as_array().expect("buckets");
    let names: Vec<String> = buckets
        .iter()
        .take(3)
        .map(|bucket| bucket["name"].as_str().expect("a name").to_string())
        .collect();
    let mut keys: Vec<String> = names.iter().map(|name| key_for(&server, name)).collect();
    keys.sort();
    keys.dedup();
    let mut query = names
        .iter()
        .map(|name| format!("bucket={name}&"))
        .collect::<String>();
    query.push_str(&keys.iter().map(|key| format!("key={key}&")).collect::<String>());
    let (id, page) = plan(&server, &(query + "name=crash&in_flight=32"));
    assert_eq!(page["plan"]["name"], "crash");
    (server, id, names)
}

/// What must be the same however often it was interrupted: everything but the split between converted and already.
fn outcome(page: &Value) -> Value {
    let buckets = page["buckets"].as_array().expect("buckets");
    let rows: Vec<Value> = buckets
        .iter()
        .map(|bucket| {
            serde_json::json!([
                bucket["bucket"],
                bucket["done"],
                bucket["failed"],
                bucket["gone"],
                bucket["left_out"]
            ])
        })
        .collect();
    serde_json::json!({ "state": page["live"]["state"], "buckets": rows, "left_out": page["left_out"] })
}

/// How often each object was copied, by the sandbox's own record.
fn copies(folder: &Path) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(folder.join("sandbox/effects.jsonl")).expect("the record of effects");
    let mut copies = BTreeMap::new();
    for line in text.lines() {
        let Ok(effect) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if effect["effect"] == "copy" {
            *copies
                .entry(format!("{}/{}", effect["bucket"], effect["key"]))
                .or_insert(0) += 1;
        }
    }
    copies
}

#[test]
fn killed_at_many_points_it_ends_like_an_uninterrupted_run() {
    let whole = data();
    let (server, id, _) = prepared(whole.path());
    confirm(&server, &id, "crash");
    let page = wait(&server, &id);
    let expected = outcome(&page);
    assert!(
        expected["state"]
            .as_str()
            .expect("a state")
            .starts_with("succeeded"),
        "{expected}"
    );
    let expected_copies = copies(whole.path());
    assert!(
        !expected_copies.is_empty(),
        "the buckets hold objects that need a copy"
    );
    drop(server);

    let folder = data();
    let (mut server, id, _) = prepared(folder.path());
    confirm(&server, &id, "crash");
    let mut kills = 0;
    // Each life of the server is ended some journal entries further than the one before.
    for more in [1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let began = server.json(&format!("/api/v1/migrations/{id}"))["live"]["seq"]
            .as_u64()
            .expect("a position");
        let live = server.follow(&format!("/events/migrations/{id}"), |live| {
            live["seq"].as_u64().is_some_and(|seq| seq >= began + more) || ended(live)
        });
        server.kill();
        kills += u32::from(!ended(&live));
        server = Server::start(folder.path(), &FLAGS, &[]);
    }
    assert!(kills >= 5, "only {kills} kills found it running");
    let page = wait(&server, &id);
    assert_eq!(outcome(&page), expected);
    let rows: u64 = page["plan"]["buckets"]
        .as_array()
        .expect("buckets")
        .iter()
        .map(|bucket| bucket["rows"].as_u64().expect("rows"))
        .sum();
    assert_eq!(total(&page["live"]["tally"]), rows);
    let copies = copies(folder.path());
    let twice: Vec<_> = copies.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "copied twice: {twice:?}");
    assert_eq!(copies, expected_copies);
}

fn ended(live: &Value) -> bool {
    live["state"]
        .as_str()
        .is_some_and(|state| state.starts_with("succeeded") || state == "stopped")
}

#[test]
fn a_stopped_server_takes_the_migration_up_again() {
    let folder = data();
    let (server, id, _) = prepared(folder.path());
    confirm(&server, &id, "crash");
    server.follow(&format!("/events/migrations/{id}"), |live| {
        total(&live["tally"]) > 0
    });
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let server = Server::start(folder.path(), &FLAGS, &[]);
    let page = wait(&server, &id);
    assert!(
        page["live"]["state"]
            .as_str()
            .expect("a state")
            .starts_with("succeeded"),
        "{}",
        page["stopped"]
    );
}

/// Does something that makes the server write an entry of this kind, ends it at that very entry, and gives the kinds of
/// all entries that there were.
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
    let kinds = ["ManifestIntended", "JobIntended", "JobCreated", "JobEnded"];
    killed_at_each(&kinds, "&executor=jobs");
}

#[test]
fn killed_at_each_kind_of_entry_of_a_run_it_ends_whole() {
    killed_at_each(&KINDS_OF_A_RUN, "");
}

#[test]
fn killed_at_each_command_it_does_what_was_asked() {
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
