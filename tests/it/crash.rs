//! SIGKILL in the middle of a migration, at many points: the next process goes on by itself and ends where an
//! uninterrupted run ends, and no object was copied twice.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tests::migrations::{confirm, key_for, plan, total, wait};
use tests::server::{Server, data};

/// A sandbox whose requests take a moment, so that a kill finds some in flight.
pub(crate) const FLAGS: [&str; 3] = ["--sandbox", "--sandbox-latency-ms", "5"];

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
pub(crate) fn copies(folder: &Path) -> BTreeMap<String, u64> {
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
