//! Looking at objects and listing them, and what is not there.

use super::place::{Place, Spec};
use cloud::{Fault, ObjectRef};
use model::inventory::EncryptionStatus;
use model::quantity::Bytes;
use std::collections::BTreeSet;

pub(super) async fn head_shows_what_was_put(place: &Place) {
    let object = place.object("contract/head.pdf");
    let spec = Spec::dressed("sixteen bytes...");
    place.neighbour.put(&object, &spec);
    let facts = place.account.objects.head(&object).await.expect("the object");
    assert_eq!(facts.size, Bytes(16));
    assert_eq!(facts.metadata, spec.metadata);
    assert_eq!(facts.headers, spec.headers);
    assert_eq!(facts.storage_class, spec.class);
    assert!(facts.last_modified.is_some() && !facts.locked && facts.e_tag.len() == 32);
    let hidden = place.differences.hides_default_encryption;
    let expected = if hidden {
        EncryptionStatus::NotSse
    } else {
        EncryptionStatus::SseS3
    };
    assert_eq!(facts.encryption.status, expected);
    let tags = place.account.objects.tags(&object).await.expect("the tags");
    assert_eq!(tags, spec.tags);
    let read = place.account.objects.read(&object, 7).await.expect("the body");
    assert_eq!(read, b"sixteen");
}

pub(super) async fn versions_are_listed_page_by_page(place: &Place) {
    let object = place.versioned_object("contract/deleted.txt");
    place.neighbour.put(&object, &Spec::plain("one"));
    place.neighbour.put(&object, &Spec::plain("other"));
    place.neighbour.delete(&object);
    let (versions, pages) = place.listing(&place.versioned).await;
    assert!(pages > 1, "{} versions in one page", versions.len());
    assert!(versions.is_sorted_by(|one, next| one.key <= next.key));
    let named: BTreeSet<_> = versions
        .iter()
        .map(|version| (&version.key, &version.version_id))
        .collect();
    assert_eq!(named.len(), versions.len(), "no version comes twice");
    let keys: BTreeSet<_> = versions.iter().map(|version| &version.key).collect();
    assert_eq!(
        versions.iter().filter(|version| version.current).count(),
        keys.len()
    );
    let deleted: Vec<_> = versions
        .iter()
        .filter(|version| version.key == object.key)
        .collect();
    let shape: Vec<_> = deleted
        .iter()
        .map(|version| (version.current, version.delete_marker, version.size))
        .collect();
    assert_eq!(
        shape,
        [
            (true, true, Bytes(0)),
            (false, false, Bytes(5)),
            (false, false, Bytes(3))
        ]
    );
    let error = place
        .account
        .objects
        .head(&object)
        .await
        .expect_err("a deleted object");
    assert_eq!(error.fault, Fault::NotFound);
}

pub(super) async fn what_is_missing_is_not_found(place: &Place) {
    let object = place.object("contract/missing.txt");
    let elsewhere = ObjectRef {
        bucket: "rekey-no-such-bucket".to_string(),
        ..object.clone()
    };
    for missing in [&object, &elsewhere] {
        let error = place.account.objects.head(missing).await.expect_err("nothing");
        assert_eq!(error.fault, Fault::NotFound, "{error}");
        let error = place.account.objects.read(missing, 1).await.expect_err("nothing");
        assert_eq!(error.fault, Fault::NotFound, "{error}");
    }
    let error = place
        .account
        .buckets
        .settings(&elsewhere.bucket)
        .await
        .expect_err("no bucket");
    assert_eq!(error.fault, Fault::NotFound, "{error}");
    let names: Vec<_> = place.account.buckets.list().await.expect("the buckets");
    assert!(names.iter().any(|bucket| bucket.name == place.versioned));
}
