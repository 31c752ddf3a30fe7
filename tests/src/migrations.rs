//! Migrations through the API, as an operator's script would run them.

use crate::server::{Server, data};
use serde_json::{Value, json};
use std::path::Path;

/// A server on the sandbox, with an inventory of each of its buckets imported.
///
/// # Panics
/// When the import fails.
#[must_use]
pub fn started() -> (tempfile::TempDir, Server) {
    let folder = data();
    let server = Server::sandbox(folder.path());
    let (status, answer) = server.post("/api/v1/imports/sandbox", &json!({}));
    assert_eq!(status, 204, "{answer}");
    (folder, server)
}

/// Stores the plan of a draft and gives its id and name.
///
/// # Panics
/// When the plan is refused.
#[must_use]
pub fn plan(server: &Server, query: &str) -> (String, Value) {
    let query = format!("{query}&noted=on");
    let (status, begun) = server.post("/api/v1/migrations", &json!({ "query": query }));
    assert_eq!(status, 201, "{query}: {begun}");
    let id = begun["id"].as_str().expect("an id").to_string();
    let page = server.json(&format!("/api/v1/migrations/{id}"));
    (id, page)
}

/// Does something with a migration.
#[must_use]
pub fn act(server: &Server, id: &str, action: &str, argument: &str) -> (u16, Value) {
    server.post(
        &format!("/api/v1/migrations/{id}/actions"),
        &json!({ "action": action, "argument": argument }),
    )
}

/// Confirms a plan by its name.
///
/// # Panics
/// When the confirmation is refused.
pub fn confirm(server: &Server, id: &str, name: &str) {
    let (status, answer) = act(server, id, "confirm", name);
    assert_eq!(status, 200, "{answer}");
}

/// Waits until a migration has ended, paused or stopped, and gives its page.
#[must_use]
pub fn wait(server: &Server, id: &str) -> Value {
    const RESTING: [&str; 5] = [
        "paused",
        "stopped",
        "cancelled",
        "succeeded",
        "succeeded-with-exceptions",
    ];
    server.follow(&format!("/events/migrations/{id}"), |live| {
        live["state"]
            .as_str()
            .is_some_and(|state| RESTING.contains(&state))
    });
    server.json(&format!("/api/v1/migrations/{id}"))
}

/// Sum of the objects of a tally's part: a count, or counts by name.
#[must_use]
pub fn objects(part: &Value) -> u64 {
    match part.get("objects") {
        Some(count) => count.as_u64().unwrap_or(0),
        None => part
            .as_object()
            .map_or(0, |parts| parts.values().map(objects).sum()),
    }
}

/// All outcomes of a tally.
#[must_use]
pub fn total(tally: &Value) -> u64 {
    ["converted", "already", "left_out", "gone", "failed"]
        .into_iter()
        .map(|part| objects(&tally[part]))
        .sum()
}

/// The first enabled customer managed key that a draft of a bucket offers.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn key_for(server: &Server, bucket: &str) -> String {
    let key = keys_for(server, bucket).into_iter().next();
    key.unwrap_or_else(|| panic!("no usable key for {bucket}"))
}

/// The enabled customer managed keys that a draft of a bucket offers.
fn keys_for(server: &Server, bucket: &str) -> Vec<String> {
    let page = server.json(&format!("/api/v1/plans?bucket={bucket}"));
    let keys = page["keys"].as_array().expect("keys");
    let usable = keys
        .iter()
        .filter(|key| key["obstacle"].is_null() && !key["title"].as_str().unwrap_or("").contains("aws/s3"));
    let arns = usable.filter_map(|key| key["arn"].as_str());
    arns.map(ToString::to_string).collect()
}

/// A migration on the sandbox that is paused after so many conversions, while another one takes its objects away to
/// another key: what it had converted by then reads back as something else. Gives its id; nobody serves the folder.
///
/// # Panics
/// When either cannot be run.
#[must_use]
pub fn overtaken(folder: &Path, flags: &[&str], bucket: &str, converted: u64) -> String {
    let start = || {
        let server = Server::start(folder, flags, &[]);
        assert_eq!(server.post("/api/v1/imports/sandbox", &json!({})).0, 204);
        server
    };
    let server = start();
    let keys = keys_for(&server, bucket);
    let (id, _) = plan(&server, &format!("bucket={bucket}&key={}&in_flight=4", keys[0]));
    confirm(&server, &id, bucket);
    let _ = server.follow(&format!("/events/migrations/{id}"), |live| {
        objects(&live["tally"]["converted"]) >= converted
    });
    assert_eq!(act(&server, &id, "pause", "").0, 200);
    assert_eq!(wait(&server, &id)["live"]["state"], "paused");
    // The other server knows nothing of this migration.
    assert!(server.stop().0.success());
    move_store(folder, "rekey.sqlite", "aside");
    let others = start();
    let draft = format!("bucket={bucket}&key={}&rekey=1&name=other", keys[1]);
    let (other, _) = plan(&others, &draft);
    confirm(&others, &other, "other");
    assert_eq!(wait(&others, &other)["live"]["state"], "succeeded");
    assert!(others.stop().0.success());
    move_store(folder, "rekey.sqlite", "others");
    move_store(folder, "aside", "rekey.sqlite");
    id
}

/// Renames the files of a server's store.
fn move_store(folder: &Path, from: &str, to: &str) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if let Some(rest) = name.strip_prefix(from) {
            std::fs::rename(&path, folder.join(format!("{to}{rest}"))).expect("a rename");
        }
    }
}
