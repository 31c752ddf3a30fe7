//! Copies onto the object itself: what they keep, what they make, and what they refuse.

use super::place::{Place, Seen, Spec};
use cloud::{CopyOrder, Fault, ObjectRef};
use model::inventory::{EncryptionStatus, StorageClass};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

pub(super) async fn copy_keeps_all_but_the_encryption(place: &Place) {
    let object = place.object("contract/copy.pdf");
    place.neighbour.put(&object, &Spec::dressed("to be copied"));
    let before = place.neighbour.look(&object);
    assert!(
        before.headers.len() > 6 && before.metadata.len() > 1,
        "{before:?}"
    );
    if place.differences.keeps_acls {
        let everybody = |grant: &String| grant.starts_with("READ ") && grant.ends_with("/AllUsers");
        assert!(before.grants.iter().any(everybody), "{before:?}");
    }
    for target in [&place.target, &place.other] {
        place.copy(&object, target).await.expect("a copy");
        let after = place.neighbour.look(&object);
        assert!(place.is_under(&after, target), "{after:?}");
        let unsealed = |seen: &Seen| Seen {
            encryption: None,
            key: None,
            bucket_key: false,
            ..seen.clone()
        };
        assert_eq!(
            unsealed(&after),
            unsealed(&before),
            "all but the encryption is kept"
        );
        let facts = place.account.objects.head(&object).await.expect("the copy");
        assert!(
            facts
                .encryption
                .meets(target, !place.differences.forgets_bucket_key),
            "{facts:?}"
        );
    }
}

pub(super) async fn what_is_locked_stays_as_it_is(place: &Place) {
    let object = ObjectRef {
        bucket: place.locked.clone(),
        ..place.object("contract/held.txt")
    };
    place.neighbour.put(
        &object,
        &Spec {
            held: true,
            ..Spec::plain("held")
        },
    );
    let before = place.neighbour.look(&object);
    assert!(!before.lock.is_empty(), "{before:?}");
    let error = place
        .copy(&object, &place.target)
        .await
        .expect_err("a copy would be without the lock");
    assert_eq!(error.fault, Fault::Locked, "{error}");
    assert_eq!(place.neighbour.look(&object), before);
}

pub(super) async fn copy_in_a_versioned_bucket_makes_a_version(place: &Place) {
    let object = place.versioned_object("contract/versions.txt");
    let first = place
        .neighbour
        .put(&object, &Spec::plain("first"))
        .expect("a version");
    place.copy(&object, &place.target).await.expect("a copy");
    let old = ObjectRef {
        version_id: Some(first.clone()),
        ..object.clone()
    };
    let old = place.account.objects.head(&old).await.expect("the old version");
    assert_ne!(
        old.encryption.status,
        EncryptionStatus::SseKms,
        "the old version stays as it was"
    );
    let new = place
        .account
        .objects
        .head(&object)
        .await
        .expect("the new version");
    assert_ne!(new.version_id, Some(first));
    assert_eq!(new.encryption.status, EncryptionStatus::SseKms);
}

pub(super) async fn stale_copy_changes_nothing(place: &Place) {
    let object = place.object("contract/stale.txt");
    place.neighbour.put(&object, &Spec::plain("old"));
    let seen = place.account.objects.head(&object).await.expect("the object");
    place
        .neighbour
        .put(&object, &Spec::plain("newer, by somebody else"));
    let before = place.neighbour.look(&object);
    let order = CopyOrder {
        seen,
        target: place.target.clone(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: None,
    };
    let error = place
        .account
        .objects
        .copy_in_place(&object, &order)
        .await
        .expect_err("the object changed");
    assert_eq!(error.fault, Fault::Changed, "{error}");
    assert_eq!(place.neighbour.look(&object), before);
}

pub(super) async fn odd_keys_are_whole_everywhere(place: &Place) {
    let keys = [
        "contract/odd/a b",
        "contract/odd/a+b",
        "contract/odd/100% sure",
        "contract/odd/100%25",
        "contract/odd/R&D=x?y#z",
        "contract/odd/Übersicht März",
        "contract/odd/\"quoted\", it's",
        "contract/odd/a//b",
        "contract/odd/🚚",
        "contract/odd/line\nbreak",
    ];
    let keys = keys
        .into_iter()
        .filter(|key| !place.differences.refuses_line_breaks || !key.contains('\n'));
    let keys: Vec<&str> = keys.collect();
    for &key in &keys {
        let object = place.object(key);
        place.neighbour.put(&object, &Spec::plain(key));
        place
            .copy(&object, &place.target)
            .await
            .unwrap_or_else(|error| panic!("{key}: {error}"));
        let after = place.neighbour.look(&object);
        assert_eq!(after.body, key);
        assert!(place.is_under(&after, &place.target), "{key}: {after:?}");
    }
    let (listed, _) = place.listing(&place.bucket).await;
    let listed: BTreeSet<&str> = listed.iter().map(|version| version.key.as_str()).collect();
    for key in keys {
        assert!(listed.contains(key), "{key} is not in the listing");
    }
}

pub(super) async fn archived_objects_need_a_restore(place: &Place) {
    let object = place.object("contract/archived.txt");
    place.neighbour.put(
        &object,
        &Spec {
            class: StorageClass::Glacier,
            ..Spec::plain("cold")
        },
    );
    let outcome = place.copy(&object, &place.target).await;
    if place.differences.copies_archived {
        outcome.expect("this server copies what AWS would not");
    } else {
        assert_eq!(
            outcome.expect_err("an archived object").fault,
            Fault::NeedsRestore
        );
    }
}
