//! Deliveries written by other software, with the right answers.

use serde_json::Value;
use std::path::PathBuf;

/// A path below `tests/samples`.
#[must_use]
pub fn path(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(below)
}

/// The same as text.
///
/// # Panics
/// When it is not UTF-8.
#[must_use]
pub fn text(below: &str) -> String {
    path(below).to_str().expect("a UTF-8 path").to_string()
}

/// The right answer of a sample.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn expected(sample: &str) -> Value {
    let path = path(sample).join("expected.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("the expected answer is JSON")
}

/// A snapshot in the shape of the right answers: prefixes and size bands folded away, dates in their notation.
///
/// # Panics
/// When a field is missing.
#[must_use]
pub fn folded(snapshot: &Value) -> Value {
    use std::collections::BTreeMap;
    type Key = (String, String, String, bool);
    let mut groups: BTreeMap<Key, (u64, u64, u64, u64, i64, i64)> = BTreeMap::new();
    for group in snapshot["groups"].as_array().expect("groups") {
        let word = |name: &str| group[name].as_str().unwrap_or_default().to_string();
        let number = |name: &str| {
            group[name]
                .as_u64()
                .unwrap_or_else(|| panic!("{name} in {group}"))
        };
        let key = (
            word("storage_class"),
            word("encryption_status"),
            word("bucket_key_status"),
            group["current"].as_bool().expect("current"),
        );
        let sum = groups.entry(key).or_insert((0, 0, 0, 0, i64::MAX, i64::MIN));
        sum.0 += number("objects");
        sum.1 += number("bytes");
        sum.2 += number("over_5_gib");
        sum.3 += number("locked");
        sum.4 = sum.4.min(group["oldest"].as_i64().expect("oldest"));
        sum.5 = sum.5.max(group["newest"].as_i64().expect("newest"));
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|((class, encryption, bucket_key, current), sum)| {
            serde_json::json!({
                "storage_class": class, "encryption_status": encryption, "bucket_key_status": bucket_key,
                "current": current, "objects": sum.0, "bytes": sum.1, "over_5_gib": sum.2, "locked": sum.3,
                "oldest": sum.4, "newest": sum.5,
            })
        })
        .collect();
    serde_json::json!({
        "rows": snapshot["rows"], "objects": snapshot["objects"], "delete_markers": snapshot["delete_markers"],
        "bytes": snapshot["bytes"], "groups": groups,
    })
}

/// The right answer with its dates as milliseconds, in our order.
///
/// # Panics
/// When a date cannot be read.
#[must_use]
pub fn comparable(expected: &Value) -> Value {
    let mut expected = expected.clone();
    let groups = expected["groups"].as_array_mut().expect("groups");
    for group in groups.iter_mut() {
        for field in ["oldest", "newest"] {
            let text = group[field].as_str().expect("a date");
            let date =
                model::time::UnixMillis::parse_iso(text).unwrap_or_else(|| panic!("{text} is no date"));
            group[field] = date.0.into();
        }
    }
    groups.sort_by_key(|group| {
        let word = |name: &str| group[name].as_str().unwrap_or_default().to_string();
        (
            word("storage_class"),
            word("encryption_status"),
            word("bucket_key_status"),
            group["current"].as_bool(),
        )
    });
    expected
}
