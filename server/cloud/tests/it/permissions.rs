//! The permissions that the product lists against the operations that it calls: read from the source of the module that
//! speaks to AWS, so that a call without its permission, or a permission without its call, is seen.

use model::permissions::{FREE_OPERATIONS, PERMISSIONS};
use std::collections::BTreeSet;
use std::path::Path;

/// `ListObjectsV2` as the SDK names its method: `list_objects_v2`; `GetAWSDefaultServiceQuota`:
/// `get_aws_default_service_quota`.
fn method(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut name = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let capital = |at: usize| letters.get(at).is_some_and(char::is_ascii_uppercase);
        // Inside an abbreviation only the letter that begins the next word begins one.
        let inside = place > 0 && capital(place - 1) && (capital(place + 1) || place + 1 == letters.len());
        if letter.is_ascii_uppercase() && place > 0 && !inside {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// How often a text holds this call.
fn calls(source: &str, method: &str) -> usize {
    source.matches(&format!(".{method}()")).count()
}

#[test]
fn what_is_listed_is_what_is_called() {
    let listed: BTreeSet<&str> = PERMISSIONS
        .iter()
        .flat_map(|permission| permission.operations)
        .copied()
        .chain(FREE_OPERATIONS)
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut called = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the module") {
        let path = entry.expect("a file").path();
        let source = std::fs::read_to_string(&path).expect("its source");
        let sent: usize = ["send", "into_paginator", "send_with_plugins"]
            .iter()
            .map(|end| calls(&source, end))
            .sum();
        let mut known = 0;
        for operation in &listed {
            let here = calls(&source, &method(operation));
            known += here;
            if here > 0 {
                called.insert(*operation);
            }
        }
        assert_eq!(
            sent,
            known,
            "{} sends {sent} requests, of which {known} are operations that a permission of model::permissions names: add \
             the missing ones there",
            path.display()
        );
    }
    assert_eq!(
        listed, called,
        "model::permissions names operations that nothing calls"
    );
}
