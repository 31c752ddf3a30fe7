//! CloudWatch's daily figures as a coarse snapshot: what it knows, and what it says that it does not.

use ingest::{ImportError, import_daily};
use model::daily::DailyStorage;
use model::inventory::{EncryptionStatus, Region, SourceKind, StorageClass};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;

fn told(bytes: &[(StorageClass, u64)], objects: Option<u64>) -> DailyStorage {
    DailyStorage {
        bucket: "ledger".to_string(),
        region: Region("eu-west-2".to_string()),
        day: UnixMillis::parse_iso("2026-11-22T00:00:00Z").unwrap(),
        bytes: bytes
            .iter()
            .map(|(class, bytes)| (*class, Bytes(*bytes)))
            .collect(),
        gaps: Vec::new(),
        objects: objects.map(Objects),
    }
}

#[test]
fn objects_of_the_only_class_are_of_that_class() {
    let snapshot = import_daily(
        &told(&[(StorageClass::Standard, 500)], Some(7)),
        "cloudwatch://ledger",
    )
    .unwrap();
    assert_eq!(snapshot.source.kind, SourceKind::CloudWatch);
    assert_eq!(snapshot.source.as_of.unwrap().to_date(), "2026-11-22");
    let [group] = snapshot.groups.as_slice() else {
        panic!("{:?}", snapshot.groups)
    };
    assert_eq!(
        (
            group.storage_class,
            group.objects,
            group.bytes,
            group.encryption_status
        ),
        (
            StorageClass::Standard,
            Objects(7),
            Bytes(500),
            EncryptionStatus::Unknown
        )
    );
    let text = format!("{:?}", snapshot.warnings);
    assert!(text.contains("does not know how objects are encrypted"), "{text}");
}

#[test]
fn objects_of_several_classes_are_of_none() {
    let figures = told(
        &[
            (StorageClass::Standard, 500),
            (StorageClass::Glacier, 90),
            (StorageClass::DeepArchive, 0),
        ],
        Some(7),
    );
    let snapshot = import_daily(&figures, "cloudwatch://ledger").unwrap();
    assert_eq!((snapshot.objects, snapshot.bytes), (Objects(7), Bytes(590)));
    let of = |class| {
        let found = snapshot.groups.iter().find(|group| group.storage_class == class);
        found.map(|group| (group.objects.0, group.bytes.0))
    };
    assert_eq!(of(StorageClass::Unknown), Some((7, 0)));
    assert_eq!(
        (of(StorageClass::Standard), of(StorageClass::Glacier)),
        (Some((0, 500)), Some((0, 90)))
    );
    assert_eq!(of(StorageClass::DeepArchive), None);
    let text = format!("{:?}", snapshot.warnings);
    assert!(
        text.contains("which of them holds how many objects is unknown"),
        "{text}"
    );
}

#[test]
fn what_a_day_does_not_say_is_said() {
    let mut figures = told(&[(StorageClass::Standard, 500)], None);
    figures.gaps.push(StorageClass::Glacier);
    let text = format!(
        "{:?}",
        import_daily(&figures, "cloudwatch://ledger").unwrap().warnings
    );
    assert!(
        text.contains("NumberOfObjects has no figure of 2026-11-22"),
        "{text}"
    );
    assert!(text.contains("GLACIER had bytes in the days before"), "{text}");
    let nothing = import_daily(&told(&[], None), "cloudwatch://ledger");
    assert!(matches!(nothing.unwrap_err(), ImportError::Empty { .. }));
    let one = import_daily(&told(&[(StorageClass::Standard, 500)], Some(7)), "x").unwrap();
    let other = import_daily(&told(&[(StorageClass::Standard, 501)], Some(7)), "x").unwrap();
    assert_ne!(one.id, other.id);
}
