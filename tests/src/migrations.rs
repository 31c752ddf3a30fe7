//! Migrations through the API, as an operator's script would run them.

use crate::server::{Server, data};
use serde_json::{Value, json};

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
    let page = server.json(&format!("/api/v1/plans?bucket={bucket}"));
    let keys = page["keys"].as_array().expect("keys");
    let usable = keys
        .iter()
        .find(|key| key["obstacle"].is_null() && !key["title"].as_str().unwrap_or("").contains("aws/s3"));
    usable.unwrap_or_else(|| panic!("no usable key: {page}"))["arn"]
        .as_str()
        .expect("an ARN")
        .to_string()
}
