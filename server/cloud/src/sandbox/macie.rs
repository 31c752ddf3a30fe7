//! What Amazon Macie would say of the simulated account: `DescribeBuckets` (API 2020-01-01), which counts the latest
//! versions only. `ingest` reads it like any other answer of Macie's.

use super::bucket::Bucket;
use super::estate::ACCOUNT_ID;
use super::world::World;
use model::inventory::EncryptionStatus;
use serde_json::{Value, json};

/// Counts of a bucket's latest versions.
#[derive(Default)]
struct Counts {
    objects: u64,
    bytes: u64,
    archived: u64,
    archived_bytes: u64,
    customer_key: u64,
    kms: u64,
    s3: u64,
    unencrypted: u64,
}

pub(super) fn describe_buckets(world: &World) -> Value {
    let mut buckets = Vec::new();
    for plan in world.plans() {
        if let Ok(mut open) = world.open("DescribeBuckets", plan.name) {
            buckets.push(describe(open.get(), &world.now().to_iso()));
        }
    }
    json!({ "buckets": buckets })
}

fn describe(bucket: &Bucket, now: &str) -> Value {
    let counts = count(bucket);
    let plan = bucket.plan;
    let mut default = json!({ "type": match bucket.default.status {
        EncryptionStatus::SseKms => "aws:kms",
        EncryptionStatus::DsseKms => "aws:kms:dsse",
        _ => "AES256",
    } });
    if let Some(key) = &bucket.default.key {
        default["kmsMasterKeyId"] = json!(key);
    }
    json!({
        "accountId": ACCOUNT_ID,
        "bucketArn": format!("arn:aws:s3:::{}", plan.name),
        "bucketCreatedAt": plan.created,
        "bucketName": plan.name,
        "region": plan.region,
        "lastUpdated": now,
        "serverSideEncryption": default,
        "allowsUnencryptedObjectUploads": "FALSE",
        "versioning": plan.versioned,
        "publicAccess": { "effectivePermission": "NOT_PUBLIC" },
        "sharedAccess": "NOT_SHARED",
        "replicationDetails": { "replicated": false, "replicatedExternally": false, "replicationAccounts": [] },
        "tags": [],
        "objectCount": counts.objects,
        "sizeInBytes": counts.bytes,
        "sizeInBytesCompressed": 0,
        "classifiableObjectCount": counts.objects - counts.archived,
        "classifiableSizeInBytes": counts.bytes - counts.archived_bytes,
        "unclassifiableObjectCount": { "fileType": 0, "storageClass": counts.archived, "total": counts.archived },
        "unclassifiableObjectSizeInBytes":
            { "fileType": 0, "storageClass": counts.archived_bytes, "total": counts.archived_bytes },
        "objectCountByEncryptionType": {
            "customerManaged": counts.customer_key,
            "kmsManaged": counts.kms,
            "s3Managed": counts.s3,
            "unencrypted": counts.unencrypted,
            "unknown": 0,
        },
    })
}

fn count(bucket: &Bucket) -> Counts {
    let mut counts = Counts::default();
    let latest = bucket.objects.values().filter_map(|versions| versions.first());
    for version in latest.filter(|version| !version.delete_marker) {
        counts.objects += 1;
        counts.bytes += version.size;
        if version.class.needs_restore() {
            counts.archived += 1;
            counts.archived_bytes += version.size;
        }
        match version.encryption.status {
            EncryptionStatus::SseC => counts.customer_key += 1,
            EncryptionStatus::SseKms | EncryptionStatus::DsseKms => counts.kms += 1,
            EncryptionStatus::NotSse => counts.unencrypted += 1,
            _ => counts.s3 += 1,
        }
    }
    counts
}
