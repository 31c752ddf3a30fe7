//! Settings of buckets, keys, and what stands around them.

use super::place::{Place, Spec};
use cloud::Fault;
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus;
use model::policy::{Policy, enforced, is_enforced};
use model::preflight::{Lifecycle, PublicAcls, Replication};

pub(super) async fn default_encryption_goes_round(place: &Place) {
    let buckets = &place.account.buckets;
    let previous = buckets
        .settings(&place.bucket)
        .await
        .expect("the settings")
        .default_encryption;
    assert_eq!(previous.is_none(), place.differences.no_default_until_set);
    let wanted = DefaultEncryption {
        status: EncryptionStatus::SseKms,
        key: Some(place.target.key.to_string()),
        bucket_key: true,
        blocked: vec!["SSE-C".to_string()],
    };
    buckets
        .put_default_encryption(&place.bucket, &wanted)
        .await
        .expect("a new default");
    let mut told = wanted.clone();
    if place.differences.forgets_blocked_types {
        told.blocked.clear();
    }
    let settings = buckets.settings(&place.bucket).await.expect("the settings");
    assert_eq!(settings.default_encryption, Some(told));
    let object = place.object("contract/after-the-default.txt");
    place.neighbour.put(&object, &Spec::plain("new"));
    let new = place.account.objects.head(&object).await.expect("the new object");
    assert_eq!(
        new.encryption.key.as_deref(),
        Some(place.target.key.as_str()),
        "new objects take the default"
    );
    let back = previous.unwrap_or(DefaultEncryption {
        status: EncryptionStatus::SseS3,
        key: None,
        bucket_key: false,
        blocked: Vec::new(),
    });
    buckets
        .put_default_encryption(&place.bucket, &back)
        .await
        .expect("the old default");
    let settings = buckets.settings(&place.bucket).await.expect("the settings");
    assert_eq!(
        settings.default_encryption.map(|default| default.status),
        Some(back.status)
    );
    let versioned = buckets.settings(&place.versioned).await.expect("the settings");
    assert!(versioned.versioned && !settings.versioned && !settings.object_lock);
}

pub(super) async fn keys_are_described(place: &Place) {
    let key = place
        .account
        .keys
        .describe(place.target.key.as_str())
        .await
        .expect("the key");
    assert_eq!(
        (key.obstacle(), &key.arn, key.customer_managed),
        (None, &place.target.key, true)
    );
    let keys = place
        .account
        .keys
        .list(&place.target.key.region())
        .await
        .expect("the keys");
    assert!(keys.iter().any(|listed| listed.arn == key.arn));
    let unknown = place
        .target
        .key
        .as_str()
        .replace(place.target.key.id(), "00000000-0000-4000-8000-000000000000");
    let error = place
        .account
        .keys
        .describe(&unknown)
        .await
        .expect_err("no such key");
    assert_eq!(error.fault, Fault::NotFound, "{error}");
}

pub(super) async fn a_bucket_policy_is_set_read_back_and_removed(place: &Place) {
    let (policies, bucket, key) = (&place.account.policies, &place.bucket, &place.target.key);
    assert_eq!(policies.policy(bucket).await.expect("readable"), None);
    let wanted = enforced(None, bucket, key).expect("a policy");
    policies.put_policy(bucket, Some(&wanted)).await.expect("set");
    let found = policies
        .policy(bucket)
        .await
        .expect("readable")
        .expect("a policy");
    assert_eq!(is_enforced(&found, bucket, key), Ok(true), "{found}");
    policies.put_policy(bucket, None).await.expect("removed");
    assert_eq!(policies.policy(bucket).await.expect("readable"), None);
    let error = policies
        .policy("rekey-no-such-bucket")
        .await
        .expect_err("no bucket");
    assert_eq!(error.fault, Fault::NotFound, "{error}");
}

pub(super) async fn what_stands_around_is_read_part_by_part(place: &Place) {
    let evidence = &place.account.evidence;
    let found = evidence.of_bucket(&place.bucket).await;
    assert_eq!((&found.policy, &found.logs_to), (&Ok(None), &Ok(None)));
    assert!(found.default_encryption.is_ok(), "{found:?}");
    assert_eq!((&found.versioned, &found.object_lock), (&Ok(false), &Ok(false)));
    assert_eq!(found.replication, Ok(Replication::default()));
    assert_eq!(found.lifecycle, Ok(Lifecycle::default()));
    let differences = place.differences;
    assert_eq!(
        found.notifications.is_err(),
        differences.misnames_notifications,
        "{:?}",
        found.notifications
    );
    assert_eq!(
        found.public.is_err(),
        differences.no_policy_status,
        "{:?}",
        found.public
    );
    let told = [found.notifications.clone().err(), found.public.clone().err()];
    assert!(
        told.iter().flatten().all(|text| text.len() < 500),
        "an error is a sentence: {told:?}"
    );
    assert_eq!(found.notifications.unwrap_or_default(), Vec::<String>::new());
    assert!(!found.public.unwrap_or_default());
    assert_eq!(found.website, Ok(false));
    let in_force = PublicAcls::InForce {
        bucket_is_public: Ok(false),
    };
    assert_eq!(
        found.acls.expect("told") == in_force,
        differences.keeps_acls,
        "of a new bucket"
    );
    let versioned = evidence.of_bucket(&place.versioned).await;
    assert_eq!(versioned.versioned, Ok(true));
    let nowhere = evidence.of_bucket("rekey-no-such-bucket").await;
    assert!(nowhere.policy.is_err() && nowhere.versioned.is_err());
    let key = evidence.of_key(place.target.key.as_str()).await;
    assert_eq!(key.obstacle, Ok(None));
    let policy = key.policy.expect("a key policy");
    assert!(Policy::parse(&policy).is_ok(), "{policy}");
    assert!(key.grants.is_ok(), "{:?}", key.grants);
}
