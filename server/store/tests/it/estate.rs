//! Small values to keep.

use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{
    BucketKeyStatus, EncryptionStatus, ObjectGroup, Region, SizeBand, Snapshot, SnapshotId, SnapshotSource,
    SourceKind, StorageClass,
};
use model::plan::{MigrationId, Plan, PlanBucket, PlanSettings};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;

pub(crate) fn group(bucket: &str, prefix: &str) -> ObjectGroup {
    ObjectGroup {
        bucket: bucket.to_string(),
        region: Some(Region("eu-west-2".to_string())),
        prefix: prefix.to_string(),
        storage_class: StorageClass::Standard,
        encryption_status: EncryptionStatus::SseS3,
        bucket_key_status: BucketKeyStatus::Disabled,
        current: true,
        size_band: SizeBand::To5Gib,
        objects: Objects(10),
        bytes: Bytes(u64::MAX / 2 + 7),
        over_5_gib: Objects(0),
        locked: Objects(0),
        locked_bytes: Bytes(0),
        oldest: None,
        newest: Some(UnixMillis(1)),
    }
}

pub(crate) fn snapshot(id: &str, buckets: &[&str]) -> Snapshot {
    Snapshot {
        keys: Vec::new(),
        totals: Vec::new(),
        id: SnapshotId(id.to_string()),
        source: SnapshotSource {
            kind: SourceKind::Inventory,
            format: "ORC".to_string(),
            as_of: Some(UnixMillis(1_795_136_400_000)),
            location: "/deliveries/alpha".to_string(),
            files: 2,
        },
        rows: 11,
        objects: Objects(10),
        bytes: Bytes(u64::MAX),
        delete_markers: Objects(1),
        groups: buckets.iter().map(|bucket| group(bucket, "a/")).collect(),
        warnings: Vec::new(),
    }
}

pub(crate) fn plan(id: &str, snapshot: &str) -> Plan {
    let key =
        KeyArn::parse("arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666").unwrap();
    Plan {
        id: MigrationId(id.to_string()),
        name: "alpha".to_string(),
        buckets: vec![PlanBucket {
            bucket: "alpha".to_string(),
            region: Region("eu-west-2".to_string()),
            snapshot: SnapshotId(snapshot.to_string()),
            target: TargetEncryption {
                key,
                bucket_key: true,
            },
            rows: 11,
            lines: Vec::new(),
            left_out: Vec::new(),
        }],
        settings: PlanSettings::default(),
        rates: Vec::new(),
        noted: Vec::new(),
        jobs: None,
    }
}
