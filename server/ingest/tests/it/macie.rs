//! Macie's bucket list, bucket by bucket.

use crate::support::{chain, import_it, sample};
use model::inventory::{BucketKeyStatus, EncryptionStatus, SizeBand, Snapshot, SourceKind, StorageClass};
use model::time::UnixMillis;
use std::fs;

use EncryptionStatus::{NotSse, SseC, SseKms, SseS3, Unknown};

fn import_text(text: &str) -> Result<Snapshot, ingest::ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("buckets.json");
    fs::write(&path, text).unwrap();
    import_it(&path)
}

fn messages(snapshot: &Snapshot) -> Vec<&str> {
    snapshot
        .warnings
        .iter()
        .map(|warning| warning.message.as_str())
        .collect()
}

#[test]
fn every_bucket_of_the_sample_is_counted_by_encryption() {
    let snapshot = import_it(&sample("macie/describe-buckets.json")).unwrap();
    let groups = snapshot.groups.iter().map(|group| {
        let region = group.region.as_ref().map_or("", |region| region.0.as_str());
        (
            group.bucket.as_str(),
            region,
            group.encryption_status,
            group.objects.0,
            group.bytes.0,
        )
    });
    // Bytes of buckets with several kinds: sizeInBytes × objects of the kind ÷ objects of the bucket, computed apart.
    let expected = [
        (
            "clickstream-raw",
            "us-east-1",
            SseS3,
            412_880_001,
            88_100_926_522_294,
        ),
        ("clickstream-raw", "us-east-1", Unknown, 93_001, 19_844_686_707),
        (
            "legacy-backups",
            "ap-southeast-2",
            SseS3,
            90_221,
            7_467_941_092_455,
        ),
        ("legacy-backups", "ap-southeast-2", SseC, 3_012, 249_314_888_668),
        (
            "legacy-backups",
            "ap-southeast-2",
            NotSse,
            402_118,
            33_284_862_018_997,
        ),
        ("ml-features", "us-east-1", SseS3, 1_200_450, 469_323_933_921),
        ("ml-features", "us-east-1", SseKms, 6_220_118, 2_431_796_617_279),
        (
            "payments-ledger-prod",
            "eu-west-2",
            SseS3,
            18_400_212,
            7_412_513_089_737,
        ),
        ("payments-ledger-prod", "eu-west-2", NotSse, 1_204, 485_030_594),
        ("reports-eu", "eu-central-1", SseS3, 61_220, 120_551_220_118),
    ];
    assert_eq!(groups.collect::<Vec<_>>(), expected);
    assert_eq!(snapshot.source.kind, SourceKind::Macie);
    assert_eq!(snapshot.source.format, "JSON");
    assert_eq!(
        snapshot.source.as_of,
        UnixMillis::parse_iso("2026-11-22T05:00:00+00:00")
    );
    assert_eq!((snapshot.rows, snapshot.objects.0), (6, 439_351_557));
    assert_eq!(
        snapshot.bytes.0,
        7_412_998_120_331 + 88_120_771_209_001 + 2_901_120_551_200 + 41_002_118_000_120 + 120_551_220_118
    );
}

#[test]
fn what_macie_does_not_say_is_unknown() {
    let snapshot = import_it(&sample("macie/describe-buckets.json")).unwrap();
    for group in &snapshot.groups {
        assert_eq!(group.storage_class, StorageClass::Unknown);
        assert_eq!(group.bucket_key_status, BucketKeyStatus::Unknown);
        assert_eq!(group.size_band, SizeBand::Unknown);
        assert_eq!((group.prefix.as_str(), group.current), ("", true));
        assert_eq!((group.oldest, group.newest), (None, None));
    }
    let messages = messages(&snapshot);
    assert!(messages[0].contains("latest versions only"), "{messages:#?}");
    let split = messages
        .iter()
        .filter(|message| message.contains("split over"))
        .count();
    assert_eq!(split, 4, "{messages:#?}");
    assert_eq!(
        messages.last(),
        Some(
            &"bucket locked-down: ACCESS_DENIED, so its counts are unknown and it is left out of all totals; its policy keeps Macie's service-linked role out: allow that role, or import an inventory of the bucket"
        )
    );
}

#[test]
fn gaps_in_one_bucket_are_named() {
    let snapshot = import_text(
        r#"{"nextToken": "more", "buckets": [
            {"bucketName": "a", "region": "eu-west-1", "objectCount": 10},
            {"bucketName": "b", "region": "eu-west-1", "sizeInBytes": 5},
            {"bucketName": "c", "objectCount": 9, "sizeInBytes": 90,
             "objectCountByEncryptionType": {"s3Managed": 6}},
            {"bucketName": "d", "region": "eu-west-1", "objectCount": 1, "sizeInBytes": 1,
             "objectCountByEncryptionType": {"s3Managed": 2}},
            {"bucketName": "e", "region": "eu-west-1", "objectCount": 0, "sizeInBytes": 0,
             "objectCountByEncryptionType": {"s3Managed": 0}}
        ]}"#,
    )
    .unwrap();
    let messages = messages(&snapshot);
    for part in [
        "more buckets, which are not counted",
        "bucket a: the encryption of 10 of 10 objects is not given",
        "bucket a: sizeInBytes is not given",
        "bucket b: no counts are given",
        "bucket c: its Region is unknown",
        "bucket c: the encryption of 3 of 9 objects is not given",
        "bucket d: objectCount is 1, but its counts by encryption sum up to 2",
    ] {
        assert!(
            messages.iter().any(|message| message.contains(part)),
            "{part}: {messages:#?}"
        );
    }
    let groups = snapshot
        .groups
        .iter()
        .map(|group| (group.bucket.as_str(), group.encryption_status, group.bytes.0));
    let expected = [
        ("a", Unknown, 0),
        ("c", SseS3, 60),
        ("c", Unknown, 30),
        ("d", SseS3, 1),
    ];
    assert_eq!(groups.collect::<Vec<_>>(), expected);
}

#[test]
fn documents_that_are_no_bucket_list_are_refused() {
    for (text, part) in [
        (r#"{"buckets": []}"#, "lists no objects"),
        (
            r#"{"buckets": [{"region": "eu-west-1"}]}"#,
            "missing field `bucketName`",
        ),
        (r#"{"buckets": 3}"#, "not the JSON that AWS writes"),
        (
            r#"{"buckets": [{"bucketName": "a", "objectCount": -1}]}"#,
            "invalid value",
        ),
    ] {
        let message = chain(&import_text(text).unwrap_err());
        assert!(message.contains(part), "{text}: {message}");
    }
}
