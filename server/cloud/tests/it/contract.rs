//! What every account does, as behaviours: run for the simulated account, and for AWS's protocol against other servers.
//! Each behaviour says what AWS documents; where a server cannot do it, `differences` says what it does instead.

use crate::differences::Differences;
use cloud::probe::prove_update;
use cloud::{Account, CopyOrder, Fault, ListedVersion, ObjectRef, SentEncryption};
use model::encryption::{DefaultEncryption, TargetEncryption};
use model::inventory::{EncryptionStatus, StorageClass};
use model::policy::{Policy, enforced, is_enforced};
use model::preflight::{Lifecycle, PublicAcls, Replication};
use model::quantity::Bytes;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tokio::io::AsyncReadExt as _;
use tokio_util::sync::CancellationToken;

/// An object to set up.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) body: String,
    pub(crate) content_type: String,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) class: StorageClass,
}

impl Spec {
    fn plain(body: &str) -> Self {
        Self {
            body: body.to_string(),
            content_type: "text/plain".to_string(),
            cache_control: None,
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            class: StorageClass::Standard,
        }
    }

    fn dressed(body: &str) -> Self {
        let pair = |name: &str, value: &str| BTreeMap::from([(name.to_string(), value.to_string())]);
        Self {
            content_type: "application/pdf".to_string(),
            cache_control: Some("max-age=60".to_string()),
            metadata: pair("document-id", "00042"),
            tags: pair("team", "claims + risk: 10/a=b"),
            class: StorageClass::StandardIa,
            ..Self::plain(body)
        }
    }
}

/// An object as somebody else sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Seen {
    pub(crate) body: String,
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) class: String,
    pub(crate) encryption: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) bucket_key: bool,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Another user of the same account.
pub(crate) trait Neighbour: Send + Sync {
    /// Writes an object and gives its version.
    fn put(&self, object: &ObjectRef, spec: &Spec) -> Option<String>;
    /// Removes an object without naming a version.
    fn delete(&self, object: &ObjectRef);
    /// Looks at an object.
    fn look(&self, object: &ObjectRef) -> Seen;
}

/// Keys of a bucket with deliveries; each object holds its own key.
pub(crate) const REPORTS: [&str; 5] = [
    "in ventory/ü+&/all/2026-11-19T01-00Z/manifest.json",
    "in ventory/ü+&/all/2026-11-20T01-00Z/manifest.checksum",
    "in ventory/ü+&/all/2026-11-20T01-00Z/manifest.json",
    "in ventory/ü+&/all/data/one.csv.gz",
    "other",
];

/// An account to test, with two buckets and two keys of it.
pub(crate) struct Place {
    pub(crate) account: Account,
    pub(crate) neighbour: Box<dyn Neighbour>,
    pub(crate) bucket: String,
    pub(crate) versioned: String,
    pub(crate) target: TargetEncryption,
    pub(crate) other: TargetEncryption,
    /// A bucket that holds [`REPORTS`]; the versioned one has an inventory configuration.
    pub(crate) reports: String,
    pub(crate) differences: Differences,
}

impl Place {
    fn object(&self, key: &str) -> ObjectRef {
        ObjectRef {
            bucket: self.bucket.clone(),
            key: key.to_string(),
            version_id: None,
        }
    }

    fn versioned_object(&self, key: &str) -> ObjectRef {
        ObjectRef {
            bucket: self.versioned.clone(),
            ..self.object(key)
        }
    }

    async fn copy(&self, object: &ObjectRef, target: &TargetEncryption) -> Result<(), cloud::CloudError> {
        let seen = self
            .account
            .objects
            .head(object)
            .await
            .expect("the object to copy");
        self.account
            .objects
            .copy_in_place(
                object,
                &CopyOrder {
                    seen,
                    target: target.clone(),
                    by_inventory: false,
                    break_off: CancellationToken::new(),
                    permits: None,
                },
            )
            .await
    }

    /// All pages of the listing, and how many there were.
    async fn listing(&self, bucket: &str) -> (Vec<ListedVersion>, u32) {
        let (mut versions, mut pages, mut from) = (Vec::new(), 0, None);
        loop {
            let page = self
                .account
                .objects
                .list_versions(bucket, from.as_deref())
                .await
                .expect("a page");
            versions.extend(page.versions);
            pages += 1;
            from = page.next;
            if from.is_none() {
                return (versions, pages);
            }
        }
    }

    /// Whether an object, as a neighbour sees it, is under the target.
    fn is_under(&self, seen: &Seen, target: &TargetEncryption) -> bool {
        seen.encryption.as_deref() == Some("aws:kms")
            && seen.key.as_deref() == Some(target.key.as_str())
            && seen.bucket_key == (target.bucket_key && !self.differences.forgets_bucket_key)
    }
}

/// Runs every behaviour.
pub(crate) async fn holds(place: &Place) {
    head_shows_what_was_put(place).await;
    copy_keeps_all_but_the_encryption(place).await;
    copy_in_a_versioned_bucket_makes_a_version(place).await;
    stale_copy_changes_nothing(place).await;
    odd_keys_are_whole_everywhere(place).await;
    archived_objects_need_a_restore(place).await;
    default_encryption_goes_round(place).await;
    versions_are_listed_page_by_page(place).await;
    the_probe_tells_whether_the_update_is_safe(place).await;
    what_is_missing_is_not_found(place).await;
    keys_are_described(place).await;
    a_bucket_policy_is_set_read_back_and_removed(place).await;
    what_stands_around_is_read_part_by_part(place).await;
    read_only_changes_nothing(place).await;
    deliveries_are_listed_and_read(place).await;
    inventories_are_told(place).await;
    callers_are_told(place).await;
}

async fn deliveries_are_listed_and_read(place: &Place) {
    let deliveries = &place.account.deliveries;
    let folder = |prefix: &'static str| async move {
        let folder = deliveries.folder(&place.reports, prefix).await.expect("a folder");
        (folder.folders, folder.keys)
    };
    let all = "in ventory/ü+&/all/";
    let below = ["2026-11-19T01-00Z/", "2026-11-20T01-00Z/", "data/"].map(|name| format!("{all}{name}"));
    assert_eq!(folder("in ventory/ü+&/all/").await, (below.to_vec(), vec![]));
    let dated = REPORTS[1..3].iter().map(ToString::to_string).collect();
    assert_eq!(
        folder("in ventory/ü+&/all/2026-11-20T01-00Z/").await,
        (vec![], dated)
    );
    let root = (vec!["in ventory/".to_string()], vec!["other".to_string()]);
    assert_eq!(folder("").await, root);
    assert_eq!(folder("nothing/").await, (vec![], vec![]));
    for key in REPORTS {
        let mut content = deliveries.open(&place.reports, key).await.expect("an object");
        let mut text = String::new();
        content.body.read_to_string(&mut text).await.expect("its body");
        assert_eq!(
            (text.as_str(), content.size),
            (key, Some(Bytes(key.len() as u64)))
        );
    }
    let missing = [
        deliveries.open(&place.reports, "in ventory/none").await.map(drop),
        deliveries.open("rekey-no-such-bucket", "key").await.map(drop),
        deliveries.folder("rekey-no-such-bucket", "").await.map(drop),
        deliveries.region("rekey-no-such-bucket").await.map(drop),
        deliveries.configurations("rekey-no-such-bucket").await.map(drop),
    ];
    for (index, missing) in missing.into_iter().enumerate() {
        let error = missing.expect_err("nothing is there");
        assert_eq!(error.fault, Fault::NotFound, "{index}: {error}");
    }
    let region = deliveries.region(&place.reports).await.expect("a Region");
    assert!(region.is_none_or(|region| model::inventory::Region::parse(&region.0).is_some()));
}

async fn inventories_are_told(place: &Place) {
    let told = place.account.deliveries.configurations(&place.versioned).await;
    if place.differences.misnames_inventories {
        let error = told.expect_err("an answer that cannot be read is not an empty one");
        assert_eq!(error.fault, Fault::Unanswered, "{error}");
        return;
    }
    let told = told.expect("the configurations");
    let [one] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!(one.enabled && one.all_versions, "{one:?}");
    assert!(
        !one.destination.contains(':') && !one.format.is_empty(),
        "{one:?}"
    );
    assert_eq!(
        model::inventory_offer::missing_fields(&one.fields),
        Vec::<&str>::new()
    );
    assert_eq!(one.frequency, "Daily");
    let folder = format!("{}/{}/{}/", one.prefix, place.versioned, one.id);
    assert_eq!(one.folder(&place.versioned), folder);
}

async fn callers_are_told(place: &Place) {
    let caller = place.account.caller.identity().await.expect("who calls");
    assert!(caller.account_id.len() == 12 && caller.account_id.bytes().all(|digit| digit.is_ascii_digit()));
    assert!(
        caller.arn.starts_with("arn:aws:") && caller.arn.contains(&caller.account_id),
        "{caller:?}"
    );
}

async fn head_shows_what_was_put(place: &Place) {
    let object = place.object("contract/head.pdf");
    let spec = Spec::dressed("sixteen bytes...");
    place.neighbour.put(&object, &spec);
    let facts = place.account.objects.head(&object).await.expect("the object");
    assert_eq!(facts.size, Bytes(16));
    assert_eq!(facts.metadata, spec.metadata);
    assert_eq!(facts.headers.get("content-type"), Some(&spec.content_type));
    assert_eq!(facts.headers.get("cache-control"), spec.cache_control.as_ref());
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

async fn copy_keeps_all_but_the_encryption(place: &Place) {
    let object = place.object("contract/copy.pdf");
    place.neighbour.put(&object, &Spec::dressed("to be copied"));
    let before = place.neighbour.look(&object);
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

async fn copy_in_a_versioned_bucket_makes_a_version(place: &Place) {
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

async fn stale_copy_changes_nothing(place: &Place) {
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

async fn odd_keys_are_whole_everywhere(place: &Place) {
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

async fn archived_objects_need_a_restore(place: &Place) {
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

async fn default_encryption_goes_round(place: &Place) {
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

async fn versions_are_listed_page_by_page(place: &Place) {
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

async fn the_probe_tells_whether_the_update_is_safe(place: &Place) {
    let kept = place.object("contract/kept.txt");
    place.neighbour.put(&kept, &Spec::plain("kept"));
    for bucket in [&place.bucket, &place.versioned] {
        let (before, _) = place.listing(bucket).await;
        let outcome = prove_update(&place.account, bucket, &place.target, "contract").await;
        match outcome {
            Ok(proof) => {
                assert!(!place.differences.update_destroys, "{}", proof.sentence);
                assert!(proof.bucket_key_reported);
            }
            Err(refusal) => {
                assert!(place.differences.update_destroys, "{refusal}");
                let said = "the server ran UpdateObjectEncryption as an upload: the probe's 64 bytes became ";
                assert!(refusal.sentence.starts_with(said), "{refusal}");
                assert!(
                    refusal
                        .sentence
                        .ends_with("bytes of XML; no real object was touched."),
                    "{refusal}"
                );
            }
        }
        assert_eq!(
            place.listing(bucket).await.0,
            before,
            "nothing is left, and nothing else has changed"
        );
    }
    assert_eq!(place.neighbour.look(&kept).body, "kept");
}

async fn what_is_missing_is_not_found(place: &Place) {
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

async fn keys_are_described(place: &Place) {
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

async fn a_bucket_policy_is_set_read_back_and_removed(place: &Place) {
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

async fn what_stands_around_is_read_part_by_part(place: &Place) {
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

async fn read_only_changes_nothing(place: &Place) {
    let object = place.object("contract/read-only.txt");
    place.neighbour.put(&object, &Spec::plain("as it is"));
    let before = place.neighbour.look(&object);
    let account = place.account.clone().read_only();
    assert!(!account.identity.changes_allowed);
    let seen = account.objects.head(&object).await.expect("reading is allowed");
    let order = CopyOrder {
        seen,
        target: place.target.clone(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: None,
    };
    let default = DefaultEncryption {
        status: EncryptionStatus::SseS3,
        key: None,
        bucket_key: false,
        blocked: Vec::new(),
    };
    let refusals = [
        account.objects.update_encryption(&object, &place.target).await,
        account.objects.copy_in_place(&object, &order).await,
        account
            .probes
            .put_probe(&object, SentEncryption::Nothing, b"x")
            .await
            .map(|_| ()),
        account.probes.delete_probe(&object).await,
        account
            .buckets
            .put_default_encryption(&place.bucket, &default)
            .await,
        account.policies.put_policy(&place.bucket, None).await,
    ];
    for refusal in refusals {
        let error = refusal.expect_err("a change");
        assert_eq!(error.fault, Fault::ReadOnly);
        assert!(error.message.contains("--allow-changes"), "{error}");
    }
    assert_eq!(place.neighbour.look(&object), before);
}
