//! Parquet files of an S3 Metadata inventory table, written here with the columns of the User Guide and some more: what they
//! count, and what is under which key.

use crate::support::import_it;
use ingest::{Delivery, ImportError, sources};
use model::inventory::{BucketKeyStatus, EncryptionStatus, KeyShare, Snapshot, SourceKind, StorageClass};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit};
use std::fs::File;
use std::path::Path;

const RIGHT: &str = "arn:aws:kms:eu-west-2:111122223333:key/right";
const WRONG: &str = "arn:aws:kms:eu-west-2:111122223333:key/wrong";

/// A row: bucket, key, size, encryption, key ARN, whether it is a delete marker.
type Row<'a> = (
    &'a str,
    &'a str,
    Option<i64>,
    Option<&'a str>,
    Option<&'a str>,
    bool,
);

fn rows() -> Vec<Row<'static>> {
    vec![
        ("ledger", "a/1", Some(10), Some("SSE-KMS"), Some(RIGHT), false),
        ("ledger", "a/2", Some(20), Some("SSE-KMS"), Some(WRONG), false),
        ("ledger", "b/3", Some(30), Some("SSE-KMS"), Some(RIGHT), false),
        ("ledger", "b/4", Some(40), Some("SSE-S3"), None, false),
        ("ledger", "b/5", Some(50), Some("DSSE-KMS"), Some(RIGHT), false),
        ("ledger", "b/6", None, None, None, true),
        ("ledger", "b/7", Some(70), Some("SSE-KMS"), None, false),
        ("images", "c/8", Some(80), Some("SSE-KMS"), Some(RIGHT), false),
    ]
}

fn series(name: &str, rows: &[Row<'_>]) -> Series {
    let name_of = name.into();
    match name {
        "bucket" => Series::new(name_of, rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        "key" => Series::new(name_of, rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        "size" => Series::new(name_of, rows.iter().map(|row| row.2).collect::<Vec<_>>()),
        "encryption_status" => Series::new(name_of, rows.iter().map(|row| row.3).collect::<Vec<_>>()),
        "kms_key_arn" => Series::new(name_of, rows.iter().map(|row| row.4).collect::<Vec<_>>()),
        "is_delete_marker" => Series::new(name_of, rows.iter().map(|row| row.5).collect::<Vec<_>>()),
        "storage_class" => Series::new(
            name_of,
            rows.iter()
                .map(|row| (!row.5).then_some("STANDARD"))
                .collect::<Vec<_>>(),
        ),
        "is_bucket_key_enabled" => Series::new(
            name_of,
            rows.iter()
                .map(|row| row.4.map(|key| key == RIGHT))
                .collect::<Vec<_>>(),
        ),
        "last_modified_date" => {
            let dates = Series::new(name_of, vec![1_795_136_400_000_000_i64; rows.len()]);
            dates
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
                .unwrap()
        }
        // Columns that nothing here reads.
        "is_multipart" => Series::new(name_of, vec![false; rows.len()]),
        name_of_text => Series::new(name_of_text.into(), vec!["x"; rows.len()]),
    }
}

const COLUMNS: [&str; 14] = [
    "bucket",
    "key",
    "sequence_number",
    "version_id",
    "is_delete_marker",
    "size",
    "last_modified_date",
    "e_tag",
    "storage_class",
    "is_multipart",
    "encryption_status",
    "is_bucket_key_enabled",
    "kms_key_arn",
    "checksum_algorithm",
];

fn write(path: &Path, columns: &[&str], rows: &[Row<'_>]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let columns = columns
        .iter()
        .map(|name| series(name, rows).into_column())
        .collect();
    let mut frame = DataFrame::new(rows.len(), columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap())
        .finish(&mut frame)
        .unwrap();
}

fn share(bucket: &str, status: EncryptionStatus, key: Option<&str>, objects: u64, bytes: u64) -> KeyShare {
    KeyShare {
        bucket: bucket.to_string(),
        encryption_status: status,
        key: key.map(ToString::to_string),
        objects: Objects(objects),
        bytes: Bytes(bytes),
    }
}

fn check(snapshot: &Snapshot) {
    use EncryptionStatus::{DsseKms, SseKms};
    assert_eq!(snapshot.source.kind, SourceKind::Metadata);
    assert_eq!(snapshot.source.as_of, None);
    assert_eq!(
        (
            snapshot.rows,
            snapshot.objects,
            snapshot.bytes,
            snapshot.delete_markers
        ),
        (8, Objects(7), Bytes(300), Objects(1))
    );
    assert_eq!(
        snapshot.keys,
        [
            share("images", SseKms, Some(RIGHT), 1, 80),
            share("ledger", SseKms, None, 1, 70),
            share("ledger", SseKms, Some(RIGHT), 2, 40),
            share("ledger", SseKms, Some(WRONG), 1, 20),
            share("ledger", DsseKms, Some(RIGHT), 1, 50),
        ]
    );
    let under = |status| {
        let groups = snapshot.groups.iter();
        groups
            .filter(|group| group.encryption_status == status)
            .map(|group| group.objects)
            .sum::<Objects>()
    };
    assert_eq!(
        (under(SseKms), under(EncryptionStatus::SseS3)),
        (Objects(5), Objects(1))
    );
    let with_key = snapshot
        .groups
        .iter()
        .filter(|group| group.bucket_key_status == BucketKeyStatus::Enabled)
        .map(|group| group.objects)
        .sum::<Objects>();
    assert_eq!(with_key, Objects(4));
    assert!(
        snapshot
            .groups
            .iter()
            .all(|group| group.storage_class == StorageClass::Standard)
    );
    assert_eq!(snapshot.groups[0].newest, Some(UnixMillis(1_795_136_400_000)));
    let warned = |part: &str| snapshot.warnings.iter().any(|one| one.message.contains(part));
    assert!(
        warned("which version of a key is the current one"),
        "{:?}",
        snapshot.warnings
    );
    assert!(warned(
        "1 objects are under a KMS key that the table does not name"
    ));
}

#[test]
fn one_file_or_a_folder_of_them_names_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let one = folder.path().join("one/table.parquet");
    write(&one, &COLUMNS, &rows());
    let whole = import_it(&one).unwrap();
    check(&whole);
    assert_eq!(whole.source.files, 1);

    let several = folder.path().join("several");
    let rows = rows();
    write(&several.join("data/00000.parquet"), &COLUMNS, &rows[..3]);
    write(&several.join("data/part/00001.parquet"), &COLUMNS, &rows[3..]);
    std::fs::write(several.join("data/.00000.parquet.crc"), "beside").unwrap();
    let parts = import_it(&several).unwrap();
    check(&parts);
    assert_eq!((parts.source.files, &parts.groups), (2, &whole.groups));
    assert_eq!(sources(&several).unwrap(), [several.as_path()]);
    assert_eq!(
        import_it(&several).unwrap().id,
        parts.id,
        "the same files are one snapshot"
    );
    assert_ne!(whole.id, parts.id);
}

#[test]
fn columns_that_are_missing_stay_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.parquet");
    write(
        &path,
        &["bucket", "key", "encryption_status", "kms_key_arn"],
        &rows(),
    );
    let snapshot = import_it(&path).unwrap();
    let text = format!("{:?}", snapshot.warnings);
    assert!(
        text.contains("is_delete_marker, size, last_modified_date, storage_class, is_bucket_key_enabled"),
        "{text}"
    );
    assert!(
        snapshot
            .groups
            .iter()
            .all(|group| group.bucket_key_status == BucketKeyStatus::Unknown
                && group.storage_class == StorageClass::Unknown)
    );
}

#[test]
fn other_parquet_files_are_refused_with_what_to_name_instead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.parquet");
    write(&path, &["bucket", "key", "encryption_status", "size"], &rows());
    let error = import_it(&path).unwrap_err();
    assert!(matches!(error, ImportError::NotATable { .. }));
    let text = error.to_string();
    assert!(
        text.contains("kms_key_arn") && text.contains("manifest.json"),
        "{text}"
    );

    let mixed = folder.path().join("mixed");
    write(&mixed.join("a.parquet"), &COLUMNS, &rows());
    write(
        &mixed.join("b.parquet"),
        &["bucket", "key", "encryption_status", "kms_key_arn"],
        &rows(),
    );
    assert!(matches!(
        import_it(&mixed).unwrap_err(),
        ImportError::MixedTable { .. }
    ));

    let cut = folder.path().join("cut.parquet");
    let content = std::fs::read(mixed.join("a.parquet")).unwrap();
    std::fs::write(&cut, &content[..content.len() / 2]).unwrap();
    assert!(matches!(import_it(&cut).unwrap_err(), ImportError::Broken { .. }));

    let empty = folder.path().join("empty.parquet");
    write(&empty, &COLUMNS, &[]);
    assert!(matches!(
        import_it(&empty).unwrap_err(),
        ImportError::Empty { .. }
    ));
}

#[test]
fn a_migration_does_not_run_from_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.parquet");
    write(&path, &COLUMNS, &rows());
    let error = Delivery::open(&path).unwrap_err();
    assert!(error.to_string().contains("import an S3 Inventory"), "{error}");
}
