//! A migration's buckets in sources that were taken after it ended.

mod support;

use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{
    EncryptionStatus, ObjectGroup, Region, Snapshot, SnapshotId, SnapshotSource, SourceKind,
};
use model::migration::later_counts;
use model::plan::{MigrationId, Plan, PlanBucket, PlanSettings};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;

fn group(bucket: &str, encryption_status: EncryptionStatus, objects: u64) -> ObjectGroup {
    ObjectGroup {
        encryption_status,
        ..support::group(bucket, objects, objects)
    }
}

fn plan() -> Plan {
    let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
    let bucket = |name: &str| PlanBucket {
        bucket: name.to_string(),
        region: Region("eu-west-2".to_string()),
        snapshot: SnapshotId("first".to_string()),
        target: TargetEncryption {
            key: KeyArn::parse(key).expect("an ARN"),
            bucket_key: true,
        },
        rows: 10,
        lines: Vec::new(),
        left_out: Vec::new(),
    };
    Plan {
        id: MigrationId("m-1".to_string()),
        name: "two".to_string(),
        buckets: vec![bucket("alpha"), bucket("beta")],
        settings: PlanSettings::default(),
        rates: Vec::new(),
        noted: Vec::new(),
        jobs: None,
    }
}

fn snapshot(id: &str, kind: SourceKind, as_of: i64, groups: Vec<ObjectGroup>) -> Snapshot {
    Snapshot {
        keys: Vec::new(),
        totals: Vec::new(),
        id: SnapshotId(id.to_string()),
        source: SnapshotSource {
            kind,
            format: "CSV".to_string(),
            as_of: Some(UnixMillis(as_of)),
            location: String::new(),
            files: 1,
        },
        rows: 0,
        objects: Objects::ZERO,
        bytes: Bytes::ZERO,
        delete_markers: Objects::ZERO,
        groups,
        warnings: Vec::new(),
    }
}

#[test]
fn the_newest_inventory_after_the_end_counts() {
    use EncryptionStatus as E;
    let list = |kms: u64| vec![group("alpha", E::SseKms, kms), group("alpha", E::SseS3, 10 - kms)];
    let mixed = vec![
        group("alpha", E::SseKms, 6),
        group("alpha", E::DsseKms, 1),
        group("alpha", E::SseS3, 2),
        group("alpha", E::SseC, 1),
        group("gamma", E::SseS3, 500),
    ];
    let snapshots = [
        snapshot("first", SourceKind::Inventory, 50, list(0)),
        snapshot("while it ran", SourceKind::Inventory, 100, list(1)),
        snapshot("newest", SourceKind::Inventory, 300, mixed),
        snapshot("older", SourceKind::Inventory, 200, list(5)),
        snapshot("macie", SourceKind::Macie, 400, list(9)),
    ];
    let found = later_counts(&plan(), Some(UnixMillis(100)), &snapshots);
    assert_eq!(found.len(), 1, "no source lists beta: {found:?}");
    let alpha = &found[0];
    assert_eq!(
        (alpha.snapshot.0.as_str(), alpha.as_of),
        ("newest", UnixMillis(300))
    );
    assert_eq!(alpha.sentence(), "7 of 10 objects under KMS; 2 SSE-S3, 1 SSE-C.");
    let macie = later_counts(&plan(), Some(UnixMillis(300)), &snapshots);
    assert_eq!(macie[0].kind, SourceKind::Macie);
    assert_eq!(later_counts(&plan(), Some(UnixMillis(400)), &snapshots), []);
    assert_eq!(later_counts(&plan(), None, &snapshots), [], "it has not ended");
}
