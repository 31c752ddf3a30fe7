//! What an object holds before and after its conversion, and what a method changed that it must keep: read in full for
//! `canary`, as far as a look tells for `trial`.

use super::object::by_inventory;
use super::work::BucketWork;
use crate::limits::CANARY_BODY_MAX;
use crate::retry::{Ended, Patience, patiently};
use cloud::{CloudError, Fault, ObjectFacts};
use model::format::grouped;
use model::method::Method;
use model::row::ObjectRow;
use std::collections::BTreeMap;

/// What an object holds, as far as it can be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    facts: ObjectFacts,
    tags: Option<BTreeMap<String, String>>,
    grants: Option<BTreeMap<String, String>>,
    pub(super) body: Option<Vec<u8>>,
}

/// Reads an object as far as that is possible: bodies that are archived or under another's key are left out.
pub(super) async fn whole(work: &BucketWork, row: &ObjectRow) -> Result<Whole, CloudError> {
    let current = by_inventory(row, work) == Ok(Method::CopyObject);
    let object = work.object(&row.key, row.version_id.as_ref().filter(|_| !current));
    let objects = &work.shared.account.objects;
    let facts = read(work, &row.key, || objects.head(&object)).await?;
    let tags = read(work, &row.key, || objects.tags(&object)).await;
    let tags = if_told(tags)?;
    let grants = read(work, &row.key, || objects.grants(&object)).await;
    let grants = if_told(grants)?;
    let body = read(work, &row.key, || objects.read(&object, CANARY_BODY_MAX)).await;
    let body = if_told(body)?;
    Ok(Whole {
        facts,
        tags,
        grants,
        body,
    })
}

/// What was read, or none where this object or server does not give it.
fn if_told<T>(read: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => match error.fault {
            Fault::NeedsRestore | Fault::Refused | Fault::NotSupported | Fault::NotFound => Ok(None),
            _ => Err(error),
        },
    }
}

/// Repeats a read while its errors pass and the run goes on.
async fn read<T, F: Future<Output = Result<T, CloudError>>>(
    work: &BucketWork,
    key: &str,
    request: impl Fn() -> F,
) -> Result<T, CloudError> {
    match patiently(key, Patience::default(), work.wind_down.cancelled(), request).await {
        Ok(read) => Ok(read),
        Err(Ended::Failed(error) | Ended::BrokenOff(error)) => Err(error),
    }
}

/// What a method changed that it must keep; none when it kept all.
pub(super) fn difference(method: Method, before: &Whole, after: &Whole) -> Option<String> {
    let kept = [
        ("tags", before.tags == after.tags),
        ("grants", before.grants == after.grants),
        ("body", before.body == after.body),
    ];
    changed_facts(method, &before.facts, &after.facts).or_else(|| changed_part(&kept))
}

/// The same as far as a look without the body tells. What encryption an object has is not compared.
pub(super) fn changed_facts(method: Method, before: &ObjectFacts, after: &ObjectFacts) -> Option<String> {
    if before.size != after.size {
        return Some(format!(
            "it had {} bytes and has {}",
            grouped(before.size.0),
            grouped(after.size.0)
        ));
    }
    if before.storage_class != after.storage_class {
        return Some(format!(
            "its class was {} and is {}",
            before.storage_class, after.storage_class
        ));
    }
    let kept = [
        ("metadata", before.metadata == after.metadata),
        ("headers", before.headers == after.headers),
    ];
    if let Some(changed) = changed_part(&kept) {
        return Some(changed);
    }
    if method != Method::UpdateObjectEncryption {
        return None;
    }
    if before.e_tag != after.e_tag {
        return Some(format!("its ETag was {} and is {}", before.e_tag, after.e_tag));
    }
    (before.last_modified != after.last_modified)
        .then(|| "its date changed, as if it had been written anew".to_string())
}

/// The first part that is not as it was.
fn changed_part(kept: &[(&str, bool)]) -> Option<String> {
    let (what, _) = kept.iter().find(|(_, kept)| !kept)?;
    Some(format!("its {what} changed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::encryption::ObjectEncryption;
    use model::inventory::{EncryptionStatus, StorageClass};
    use model::quantity::Bytes;
    use model::time::UnixMillis;

    fn seen() -> Whole {
        let one = |name: &str| BTreeMap::from([(name.to_string(), "value".to_string())]);
        Whole {
            facts: ObjectFacts {
                size: Bytes(3),
                e_tag: "abc".to_string(),
                last_modified: Some(UnixMillis(1)),
                storage_class: StorageClass::Standard,
                encryption: ObjectEncryption {
                    status: EncryptionStatus::SseS3,
                    key: None,
                    bucket_key: false,
                },
                version_id: None,
                metadata: one("owner"),
                headers: one("content-type"),
                locked: false,
            },
            tags: Some(one("team")),
            grants: Some(one("READ")),
            body: Some(b"abc".to_vec()),
        }
    }

    /// A part of an object, and how it is changed.
    type Part = (&'static str, fn(&mut Whole));

    #[test]
    fn whatever_a_method_must_keep_is_compared() {
        let parts: [Part; 7] = [
            ("bytes", |whole| whole.facts.size = Bytes(4)),
            ("class", |whole| {
                whole.facts.storage_class = StorageClass::StandardIa
            }),
            ("metadata", |whole| whole.facts.metadata.clear()),
            ("headers", |whole| whole.facts.headers.clear()),
            ("tags", |whole| whole.tags = Some(BTreeMap::new())),
            ("grants", |whole| whole.grants = Some(BTreeMap::new())),
            ("body", |whole| whole.body = Some(b"abd".to_vec())),
        ];
        for method in [Method::CopyObject, Method::UpdateObjectEncryption] {
            assert_eq!(difference(method, &seen(), &seen()), None);
            for (name, change) in parts {
                let mut after = seen();
                change(&mut after);
                let found = difference(method, &seen(), &after);
                assert!(found.is_some_and(|text| text.contains(name)), "{name}");
            }
        }
        let rewritten: [Part; 2] = [
            ("ETag", |whole| whole.facts.e_tag = "def".to_string()),
            ("date", |whole| whole.facts.last_modified = None),
        ];
        for (name, change) in rewritten {
            let mut after = seen();
            change(&mut after);
            assert_eq!(difference(Method::CopyObject, &seen(), &after), None);
            let found = difference(Method::UpdateObjectEncryption, &seen(), &after);
            assert!(found.is_some_and(|text| text.contains(name)), "{name}");
        }
    }
}
