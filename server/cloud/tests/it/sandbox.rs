//! The simulated account by itself: what it holds, how it behaves where AWS's documents say so, and what survives.

use cloud::sandbox::{
    Content, FaultPlan, NewObject, Reader, Sandbox, SandboxOptions, SetClock, read_effects,
};
use cloud::{CloudError, CopyOrder, Fault, ObjectRef, SentEncryption, Throttler};
use model::encryption::{KeyArn, ObjectEncryption, TargetEncryption};
use model::inventory::{EncryptionStatus, Region, StorageClass};
use model::quantity::{Bytes, RequestsPerSecond};
use model::row::ObjectRow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub(crate) const DEMO: &str = "kms-encryption-demo";

pub(crate) fn open(dir: &tempfile::TempDir, options: SandboxOptions) -> Sandbox {
    Sandbox::open(dir.path(), options).expect("a sandbox")
}

pub(crate) fn fresh() -> (tempfile::TempDir, Sandbox) {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = open(&dir, SandboxOptions::default());
    (dir, sandbox)
}

pub(crate) fn target(sandbox: &Sandbox, region: &str) -> TargetEncryption {
    let keys = sandbox.usable_keys(&Region(region.to_string()));
    TargetEncryption {
        key: keys[0].arn.clone(),
        bucket_key: true,
    }
}

pub(crate) fn named(bucket: &str, key: &str) -> ObjectRef {
    ObjectRef {
        bucket: bucket.to_string(),
        key: key.to_string(),
        version_id: None,
    }
}

pub(crate) fn of_row(bucket: &str, row: &ObjectRow) -> ObjectRef {
    ObjectRef {
        version_id: row.version_id.clone(),
        ..named(bucket, &row.key)
    }
}

#[test]
fn the_account_holds_every_kind_of_object() {
    let (_dir, sandbox) = fresh();
    let buckets = sandbox.buckets();
    assert!(buckets.len() >= 9 && buckets.iter().all(|bucket| !bucket.purpose.is_empty()));
    let regions: BTreeSet<_> = buckets.iter().map(|bucket| bucket.region.0.clone()).collect();
    assert_eq!(regions.len(), 3);
    let rows: Vec<_> = buckets
        .iter()
        .flat_map(|bucket| sandbox.inventory_rows(&bucket.name))
        .collect();
    assert!(rows.len() >= 24_000, "{} rows", rows.len());
    let objects = || rows.iter().filter(|row| !row.delete_marker);
    let encryption: BTreeSet<_> = objects().map(|row| row.encryption_status).collect();
    assert_eq!(encryption.len(), 5);
    let classes: BTreeSet<_> = objects().map(|row| row.storage_class).collect();
    assert_eq!(classes.len(), 8, "{classes:?}");
    assert!(
        objects().any(|row| row.size == Bytes::ZERO) && objects().any(|row| row.size > Bytes::COPY_LIMIT)
    );
    assert!(objects().any(|row| row.locked) && objects().any(|row| !row.current));
    assert!(rows.iter().any(|row| row.delete_marker && row.current));
    assert!(objects().any(|row| row.version_id.as_deref() == Some("null")));
    let plain = objects()
        .filter(|row| row.encryption_status == EncryptionStatus::SseS3)
        .count();
    assert!(plain * 10 > rows.len() * 8, "mostly SSE-S3");
    for odd in [" ", "ü", "+", "&", "%", "\"", ",", "\n", "🚚", "//"] {
        assert!(objects().any(|row| row.key.contains(odd)), "no key with {odd:?}");
    }
    assert!(objects().all(|row| row.last_modified.is_some_and(|at| at <= Sandbox::START)));
}

#[test]
fn two_sandboxes_are_the_same_account() {
    let ((_one_dir, one), (_other_dir, other)) = (fresh(), fresh());
    for bucket in one.buckets() {
        assert_eq!(
            one.inventory_rows(&bucket.name),
            other.inventory_rows(&bucket.name),
            "{}",
            bucket.name
        );
        let rows = one.inventory_rows(&bucket.name);
        assert!(rows.is_sorted_by(|row, next| row.key < next.key || (row.key == next.key && !next.current)));
    }
}

#[test]
fn macie_counts_what_the_inventory_lists() {
    let (_dir, sandbox) = fresh();
    let told = sandbox.macie_json();
    for bucket in told["buckets"].as_array().expect("a list") {
        let name = bucket["bucketName"].as_str().expect("a name");
        let rows = sandbox.inventory_rows(name);
        let latest: Vec<_> = rows
            .iter()
            .filter(|row| row.current && !row.delete_marker)
            .collect();
        let bytes: u64 = latest.iter().map(|row| row.size.0).sum();
        assert_eq!(
            (bucket["objectCount"].as_u64(), bucket["sizeInBytes"].as_u64()),
            (Some(latest.len() as u64), Some(bytes))
        );
        let kinds = bucket["objectCountByEncryptionType"].as_object().expect("counts");
        assert_eq!(
            kinds.values().filter_map(serde_json::Value::as_u64).sum::<u64>(),
            latest.len() as u64
        );
    }
}

#[tokio::test]
async fn the_update_keeps_all_but_the_encryption_whatever_the_class() {
    let (_dir, sandbox) = fresh();
    let account = sandbox.account();
    let bucket = "platform-backups";
    let target = target(&sandbox, "eu-west-2");
    let rows = sandbox.inventory_rows(bucket);
    let row = rows
        .iter()
        .find(|row| {
            row.storage_class == StorageClass::DeepArchive && row.encryption_status == EncryptionStatus::SseS3
        })
        .expect("an archived object");
    let object = of_row(bucket, row);
    let before = account.objects.head(&object).await.expect("the object");
    for _ in 0..2 {
        account
            .objects
            .update_encryption(&object, &target)
            .await
            .expect("an update, also a second time");
    }
    let after = account.objects.head(&object).await.expect("the object");
    assert!(after.encryption.meets(&target, true));
    assert_eq!(
        cloud::ObjectFacts {
            encryption: before.encryption.clone(),
            ..after
        },
        before
    );
}

/// The first object of a bucket that fits.
fn first(sandbox: &Sandbox, bucket: &str, fits: impl Fn(&ObjectRow) -> bool) -> ObjectRef {
    let rows = sandbox.inventory_rows(bucket);
    of_row(bucket, rows.iter().find(|row| fits(row)).expect("such an object"))
}

/// What the update says to an object that it must not touch.
pub(crate) async fn refusal(sandbox: &Sandbox, object: &ObjectRef, target: &TargetEncryption) -> CloudError {
    let answer = sandbox.account().objects.update_encryption(object, target).await;
    answer.expect_err("a refusal")
}

#[tokio::test]
async fn the_update_refuses_objects_that_aws_refuses() {
    let (_dir, sandbox) = fresh();
    let frankfurt = target(&sandbox, "eu-central-1");
    for (status, words) in [
        (EncryptionStatus::NotSse, "unencrypted source objects"),
        (EncryptionStatus::SseC, "DSSE-KMS or SSE-C"),
        (EncryptionStatus::DsseKms, "DSSE-KMS or SSE-C"),
    ] {
        let object = first(&sandbox, "partner-uploads", |row| row.encryption_status == status);
        let error = refusal(&sandbox, &object, &frankfurt).await;
        assert!(
            error.fault == Fault::Refused && error.message.contains(words),
            "{error}"
        );
    }
    let locked = first(&sandbox, "payments-ledger-prod", |row| row.locked);
    let error = refusal(&sandbox, &locked, &target(&sandbox, "eu-west-2")).await;
    assert!(
        error.fault == Fault::Locked && error.message.contains("S3 Object Lock"),
        "{error}"
    );
}

#[tokio::test]
async fn the_update_refuses_keys_that_cannot_be_used() {
    let (_dir, sandbox) = fresh();
    let object = first(&sandbox, DEMO, |_| true);
    let london = Region("eu-west-2".to_string());
    let keys = sandbox.account().keys.list(&london).await.expect("keys");
    let unusable: Vec<_> = keys.iter().filter(|key| key.obstacle().is_some()).collect();
    assert_eq!(unusable.len(), 3);
    let under = |key: KeyArn| TargetEncryption {
        key,
        bucket_key: true,
    };
    for key in unusable {
        let error = refusal(&sandbox, &object, &under(key.arn.clone())).await;
        assert!(
            error.fault == Fault::KeyUnusable && error.message.starts_with("KMS."),
            "{error}"
        );
    }
    let elsewhere = refusal(&sandbox, &object, &target(&sandbox, "eu-central-1")).await;
    assert_eq!(elsewhere.fault, Fault::KeyUnusable, "{elsewhere}");
    let own = target(&sandbox, "eu-west-2");
    let strange = own.key.as_str().replace("111122223333", "444455556666");
    let strange = under(KeyArn::parse(&strange).expect("an ARN"));
    let error = refusal(&sandbox, &object, &strange).await;
    assert_eq!(error.fault, Fault::AccessDenied, "{error}");
}

#[tokio::test]
async fn copies_follow_the_rules_of_their_objects() {
    let (_dir, sandbox) = fresh();
    let account = sandbox.account();
    let target = target(&sandbox, "us-east-1");
    let big = named("media-masters", "new/large.mov");
    let glacier = named("media-masters", "new/cold.mov");
    let generated = |class, restored| NewObject {
        content: Content::Generated(Bytes(6 << 30)),
        storage_class: class,
        restored,
        ..NewObject::holding(&[])
    };
    sandbox
        .put(&big, &generated(StorageClass::IntelligentTiering, false))
        .expect("a large object");
    for (object, restored, expected) in [
        (&big, false, None),
        (&glacier, false, Some(Fault::NeedsRestore)),
        (&glacier, true, None),
    ] {
        if object == &glacier {
            sandbox
                .put(object, &generated(StorageClass::Glacier, restored))
                .expect("an archived object");
        }
        let seen = account.objects.head(object).await.expect("the object");
        let order = CopyOrder {
            seen: seen.clone(),
            target: target.clone(),
            by_inventory: false,
            break_off: CancellationToken::new(),
            permits: None,
        };
        let outcome = account.objects.copy_in_place(object, &order).await;
        assert_eq!(outcome.err().map(|error| error.fault), expected, "{object}");
        let after = account.objects.head(object).await.expect("the object");
        assert_eq!(after.storage_class, seen.storage_class);
        assert_eq!(after.encryption.meets(&target, true), expected.is_none());
        assert_eq!(
            after.version_id != seen.version_id && after.e_tag != seen.e_tag,
            expected.is_none()
        );
    }
    let rows = sandbox.inventory_rows("media-masters");
    let customer = rows
        .iter()
        .find(|row| row.encryption_status == EncryptionStatus::SseC && row.current);
    let customer = of_row("media-masters", customer.expect("an object under SSE-C"));
    let error = account
        .objects
        .head(&customer)
        .await
        .expect_err("SSE-C needs its key");
    assert_eq!(error.fault, Fault::Refused);
}

#[tokio::test]
async fn kms_throttles_over_the_quota_until_the_next_second() {
    let dir = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::at(Sandbox::START));
    let frankfurt = Region("eu-central-1".to_string());
    // Others use 700 a second there.
    let quotas = BTreeMap::from([(frankfurt.clone(), RequestsPerSecond::whole(703))]);
    let sandbox = open(
        &dir,
        SandboxOptions {
            clock: Arc::clone(&clock) as _,
            kms_quotas: quotas,
            ..SandboxOptions::default()
        },
    );
    let account = sandbox.account();
    let target = target(&sandbox, "eu-central-1");
    let rows = sandbox.inventory_rows("website-assets");
    let objects: Vec<_> = rows.iter().map(|row| of_row("website-assets", row)).collect();
    for object in &objects[..3] {
        account
            .objects
            .update_encryption(object, &target)
            .await
            .expect("within the quota");
    }
    let error = account
        .objects
        .update_encryption(&objects[3], &target)
        .await
        .expect_err("over the quota");
    assert_eq!(error.fault, Fault::Throttled(Throttler::Kms));
    assert!(error.message.contains("operations involving AWS KMS"));
    clock.advance(1000);
    account
        .objects
        .update_encryption(&objects[3], &target)
        .await
        .expect("a new second");
    let told = account
        .usage
        .kms_quota(&frankfurt, Sandbox::START)
        .await
        .expect("a quota");
    assert_eq!(told.quota.limit, RequestsPerSecond::whole(703));
}

#[tokio::test]
async fn s3_throttles_a_prefix_that_is_written_too_fast() {
    let dir = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::at(Sandbox::START));
    let sandbox = open(
        &dir,
        SandboxOptions {
            clock,
            s3_writes_per_prefix: RequestsPerSecond::whole(2),
            ..SandboxOptions::default()
        },
    );
    let account = sandbox.account();
    let target = target(&sandbox, "eu-west-2");
    let rows = sandbox.inventory_rows(DEMO);
    let mut faults = Vec::new();
    for row in &rows[..3] {
        faults.push(
            account
                .objects
                .update_encryption(&of_row(DEMO, row), &target)
                .await
                .err()
                .map(|error| error.fault),
        );
    }
    assert_eq!(faults, [None, None, Some(Fault::Throttled(Throttler::S3))]);
}

#[tokio::test]
async fn faults_come_in_the_planned_share_whatever_the_order() {
    let plan = FaultPlan {
        seed: 5,
        transient_per_mille: 200,
        unanswered_per_mille: 200,
        throttled_per_mille: 200,
    };
    let faults_of = |backwards: bool| async move {
        let dir = tempfile::tempdir().expect("a folder");
        let sandbox = open(
            &dir,
            SandboxOptions {
                faults: plan,
                ..SandboxOptions::default()
            },
        );
        let account = sandbox.account();
        let target = target(&sandbox, "eu-central-1");
        let mut rows: Vec<_> = sandbox
            .inventory_rows("website-assets")
            .into_iter()
            .take(200)
            .collect();
        if backwards {
            rows.reverse();
        }
        let mut faults = BTreeMap::new();
        for row in rows {
            let outcome = account
                .objects
                .update_encryption(&of_row("website-assets", &row), &target)
                .await;
            faults.insert(row.key, outcome.err().map(|error| error.fault));
        }
        let effects = read_effects(dir.path()).expect("effects").len();
        (faults, effects)
    };
    let (forwards, effects) = faults_of(false).await;
    assert_eq!(forwards, faults_of(true).await.0);
    let count = |wanted: Option<Fault>| forwards.values().filter(|fault| **fault == wanted).count();
    assert_eq!(
        effects,
        count(None) + count(Some(Fault::Unanswered)),
        "an unanswered update has its effect"
    );
    for fault in [
        Fault::Transient,
        Fault::Unanswered,
        Fault::Throttled(Throttler::Kms),
    ] {
        assert!(
            (20..=60).contains(&count(Some(fault))),
            "{fault:?}: {}",
            count(Some(fault))
        );
    }
}

#[tokio::test]
async fn a_reader_without_the_key_loses_what_is_moved() {
    let (_dir, sandbox) = fresh();
    let account = sandbox.account();
    let object = of_row(DEMO, &sandbox.inventory_rows(DEMO)[0]);
    let plain = sandbox
        .read_as(Reader::S3Only, &object, 16)
        .expect("SSE-S3 needs no key");
    let target = target(&sandbox, "eu-west-2");
    account
        .objects
        .update_encryption(&object, &target)
        .await
        .expect("an update");
    let error = sandbox
        .read_as(Reader::S3Only, &object, 16)
        .expect_err("no right on the key");
    assert!(
        error.fault == Fault::AccessDenied && error.message.contains("kms:Decrypt"),
        "{error}"
    );
    assert_eq!(
        sandbox
            .read_as(Reader::Owner, &object, 16)
            .expect("the owner may"),
        plain
    );
}

#[tokio::test]
async fn writes_take_the_default_and_need_its_key() {
    let (_dir, sandbox) = fresh();
    let account = sandbox.account();
    let settings = account.buckets.settings("ml-features").await.expect("settings");
    let mut default = settings.default_encryption.expect("a default");
    let object = named("ml-features", "new.parquet");
    sandbox.put(&object, &NewObject::holding(b"1")).expect("a write");
    let facts = account.objects.head(&object).await.expect("the object");
    let expected = ObjectEncryption {
        status: EncryptionStatus::SseKms,
        key: default.key.clone(),
        bucket_key: false,
    };
    assert_eq!(facts.encryption, expected);
    // PutBucketEncryption does not look at the key: the next write finds out.
    default.key = Some("arn:aws:kms:us-east-1:111122223333:key/no-such-key".to_string());
    account
        .buckets
        .put_default_encryption("ml-features", &default)
        .await
        .expect("an unchecked default");
    let error = sandbox
        .put(&object, &NewObject::holding(b"2"))
        .expect_err("no such key");
    assert_eq!(error.fault, Fault::KeyUnusable);
}

/// S3 takes `aws/s3` for an upload that names SSE-KMS and no key.
#[tokio::test]
async fn what_an_upload_sends_decides_its_encryption() {
    let (_dir, sandbox) = fresh();
    let account = sandbox.account();
    for (sent, status, alias) in [
        (SentEncryption::Nothing, EncryptionStatus::SseS3, None),
        (SentEncryption::SseS3, EncryptionStatus::SseS3, None),
        (
            SentEncryption::SseKms,
            EncryptionStatus::SseKms,
            Some("alias/aws/s3"),
        ),
    ] {
        let object = named(DEMO, "sent");
        account
            .probes
            .put_probe(&object, sent, b"x")
            .await
            .expect("an upload");
        let found = account
            .objects
            .head(&object)
            .await
            .expect("the object")
            .encryption;
        assert_eq!(found.status, status, "{sent:?}");
        let key = match &found.key {
            Some(arn) => account.keys.describe(arn).await.expect("the key").alias,
            None => None,
        };
        assert_eq!(key.as_deref(), alias, "{sent:?}");
    }
}
