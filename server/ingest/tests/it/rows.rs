//! The runner's rows: the same in all formats, from any row on, and the same objects as in the groups.

use crate::support::{Copy, chain, folded, import_it, sample};
use ingest::{Delivery, ImportError};
use model::inventory::{ObjectGroup, SizeBand, Snapshot};
use model::quantity::{Bytes, Objects};
use model::row::ObjectRow;
use std::fs;

fn rows_of(name: &str, rows_max: usize) -> Vec<Vec<ObjectRow>> {
    let delivery = Delivery::open(&sample(name)).unwrap();
    let read = |shard| {
        let mut reader = delivery.read(shard, 0).unwrap();
        let mut rows = Vec::new();
        loop {
            let batch = reader.next_batch(rows_max).unwrap();
            assert!(batch.len() <= rows_max);
            if batch.is_empty() {
                return rows;
            }
            rows.extend(batch);
            assert_eq!(reader.next_row(), rows.len() as u64);
        }
    };
    (0..delivery.shards().len()).map(read).collect()
}

#[test]
fn the_three_formats_hold_the_same_rows_in_the_same_order() {
    for name in ["all-versions", "current-only"] {
        let csv = rows_of(&format!("{name}/csv"), 700);
        assert_eq!(csv, rows_of(&format!("{name}/orc"), 1000), "{name}");
        assert_eq!(csv, rows_of(&format!("{name}/parquet"), 333), "{name}");
    }
}

#[test]
fn reading_from_any_row_on_gives_the_rest() {
    for format in ["csv", "orc", "parquet"] {
        let name = format!("all-versions/{format}");
        let whole = &rows_of(&name, 5000)[1];
        let delivery = Delivery::open(&sample(&name)).unwrap();
        for skip in [0, 1, 499, whole.len() - 1, whole.len(), whole.len() + 10] {
            let mut reader = delivery.read(1, skip as u64).unwrap();
            let mut rest = reader.next_batch(7).unwrap();
            rest.extend(reader.next_batch(usize::MAX).unwrap());
            assert_eq!(rest, whole[skip.min(whole.len())..], "{format}, {skip}");
            assert_eq!(reader.next_row(), whole.len() as u64, "{format}, {skip}");
            assert!(reader.next_batch(10).unwrap().is_empty());
        }
    }
}

#[test]
fn rows_add_up_to_the_snapshot() {
    for name in ["all-versions/csv", "current-only/orc", "london-10tb"] {
        let snapshot = import_it(&sample(name)).unwrap();
        assert_eq!(
            folded(&counted(&snapshot, rows_of(name, 1000))),
            folded(&snapshot),
            "{name}"
        );
    }
}

/// A snapshot whose groups are counted from rows, one group per row.
fn counted(like: &Snapshot, shards: Vec<Vec<ObjectRow>>) -> Snapshot {
    let rows: Vec<ObjectRow> = shards.into_iter().flatten().collect();
    let (markers, objects): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.delete_marker);
    let group = |row: &ObjectRow| ObjectGroup {
        bucket: String::new(),
        region: None,
        prefix: String::new(),
        storage_class: row.storage_class,
        encryption_status: row.encryption_status,
        bucket_key_status: row.bucket_key_status,
        current: row.current,
        size_band: SizeBand::of(row.size),
        objects: Objects(1),
        bytes: row.size,
        over_5_gib: Objects(u64::from(row.size > Bytes::COPY_LIMIT)),
        locked: Objects(u64::from(row.locked)),
        locked_bytes: Bytes::ZERO,
        oldest: row.last_modified,
        newest: row.last_modified,
    };
    Snapshot {
        keys: Vec::new(),
        totals: Vec::new(),
        rows: (objects.len() + markers.len()) as u64,
        objects: Objects(objects.len() as u64),
        bytes: objects.iter().map(|row| row.size).sum(),
        delete_markers: Objects(markers.len() as u64),
        groups: objects.iter().map(group).collect(),
        ..like.clone()
    }
}

#[test]
fn keys_are_decoded_and_null_versions_named() {
    for format in ["csv", "orc", "parquet"] {
        let versions: Vec<ObjectRow> = rows_of(&format!("all-versions/{format}"), 1000)
            .into_iter()
            .flatten()
            .collect();
        let nulls = versions
            .iter()
            .filter(|row| row.version_id.as_deref() == Some("null"))
            .count();
        assert_eq!(nulls, 338, "{format}");
        for end in [
            "+plus.bin",
            "%25.bin",
            "☃.bin",
            ",comma.bin",
            "\nline.bin",
            " \"q\".bin",
        ] {
            assert!(
                versions.iter().any(|row| row.key.ends_with(end)),
                "{format}, {end:?}"
            );
        }
        let current = rows_of(&format!("current-only/{format}"), 1000);
        assert!(
            current
                .iter()
                .flatten()
                .all(|row| row.version_id.is_none() && row.current),
            "{format}"
        );
    }
}

#[test]
fn a_shard_is_verified_before_its_first_row() {
    let copy = Copy::of("london-10tb");
    let delivery = Delivery::open(copy.path()).unwrap();
    let path = delivery.shards()[1].path().to_path_buf();
    let mut content = fs::read(&path).unwrap();
    content[100] ^= 1;
    fs::write(&path, content).unwrap();
    assert!(delivery.read(0, 0).is_ok());
    let error = delivery.read(1, 0).unwrap_err();
    assert!(
        matches!(error, ImportError::ChecksumMismatch { .. }),
        "{}",
        chain(&error)
    );
    assert_eq!(
        delivery.read(2, 0).unwrap_err().to_string(),
        "the delivery has 2 data files; number 2 does not exist"
    );
}

#[test]
fn readers_can_move_between_threads() {
    fn assert_send<T: Send>() {}
    assert_send::<ingest::RowReader>();
    assert_send::<Delivery>();
}

#[test]
fn macie_has_no_rows() {
    let error = Delivery::open(&sample("macie/describe-buckets.json")).unwrap_err();
    assert!(matches!(error, ImportError::NoRows { .. }), "{error}");
}
