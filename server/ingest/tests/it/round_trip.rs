//! What our own writer delivers, our readers read back unchanged.

use crate::support::import_it;
use ingest::{DeliverError, Delivery, DeliverySpec, InventoryFormat, deliver};
use model::inventory::{BucketKeyStatus, EncryptionStatus, StorageClass};
use model::quantity::{Bytes, Objects};
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::fs;
use std::path::Path;

fn spec(format: InventoryFormat, all_versions: bool) -> DeliverySpec {
    DeliverySpec {
        prefix: "reports/s3".to_string(),
        source_bucket: "photos".to_string(),
        destination_bucket: "inventories".to_string(),
        config_id: "all-objects".to_string(),
        created: UnixMillis(1_795_136_400_000),
        format,
        all_versions,
    }
}

/// Rows of every kind: each class, encryption, odd keys, versions, delete markers.
fn rows() -> Vec<ObjectRow> {
    let keys = ["a b+c/é\n\"x\",%2F", "plain", "/", "logs/2026/☃", "100%", "%zz+"];
    let mut rows = Vec::new();
    for number in 0..500usize {
        let pick = |length: usize| number % length;
        let delete_marker = number % 17 == 5;
        let object = !delete_marker;
        rows.push(ObjectRow {
            key: format!("{}-{number:04}", keys[pick(keys.len())]),
            version_id: Some(if number % 3 == 0 {
                "null".to_string()
            } else {
                format!("v{number}")
            }),
            current: number % 4 != 1,
            delete_marker,
            size: Bytes(if object { number as u64 * 104_729_000 } else { 0 }),
            last_modified: Some(UnixMillis(1_700_000_000_000 + number as i64 * 86_399_001)),
            e_tag: if object {
                format!("{number:032x}")
            } else {
                String::new()
            },
            storage_class: if object {
                StorageClass::ALL[pick(11)]
            } else {
                StorageClass::Unknown
            },
            encryption_status: if object {
                EncryptionStatus::ALL[pick(5)]
            } else {
                EncryptionStatus::Unknown
            },
            bucket_key_status: if object {
                BucketKeyStatus::ALL[pick(2)]
            } else {
                BucketKeyStatus::Unknown
            },
            locked: object && number % 29 == 0,
        });
    }
    rows
}

fn read_all(manifest: &Path) -> Vec<ObjectRow> {
    let delivery = Delivery::open(manifest).unwrap();
    let shard = |shard| delivery.read(shard, 0).unwrap().next_batch(usize::MAX).unwrap();
    (0..delivery.shards().len()).flat_map(shard).collect()
}

#[test]
fn all_versions_come_back_in_each_format() {
    for format in InventoryFormat::ALL {
        let folder = tempfile::tempdir().unwrap();
        let manifest = deliver(folder.path(), &spec(format, true), rows(), 120).unwrap();
        assert_eq!(read_all(&manifest), rows(), "{format}");
        let snapshot = import_it(folder.path()).unwrap();
        assert_eq!(snapshot.rows, 500, "{format}");
        assert_eq!(snapshot.source.files, 5, "{format}");
        assert_eq!(snapshot.delete_markers, Objects(30), "{format}");
        assert_eq!(
            snapshot.bytes,
            rows().iter().map(|row| row.size).sum(),
            "{format}"
        );
    }
}

#[test]
fn current_lists_leave_versions_and_delete_markers_out() {
    for format in InventoryFormat::ALL {
        let folder = tempfile::tempdir().unwrap();
        let manifest = deliver(folder.path(), &spec(format, false), rows(), 1000).unwrap();
        let current = rows().into_iter().filter(|row| row.current && !row.delete_marker);
        let current: Vec<ObjectRow> = current
            .map(|row| ObjectRow {
                version_id: None,
                ..row
            })
            .collect();
        assert_eq!(read_all(&manifest), current, "{format}");
    }
}

#[test]
fn a_delivery_lies_where_s3_would_put_it_and_is_the_same_each_time() {
    for format in InventoryFormat::ALL {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let manifest = deliver(one.path(), &spec(format, true), rows(), 300).unwrap();
        deliver(two.path(), &spec(format, true), rows(), 300).unwrap();
        let home = one.path().join("reports/s3/photos/all-objects");
        assert_eq!(manifest, home.join("2026-11-20T01-00Z/manifest.json"));
        let symlinks = fs::read_to_string(home.join("hive/dt=2026-11-20-01-00/symlink.txt")).unwrap();
        let delivery = Delivery::open(&manifest).unwrap();
        let keys = delivery
            .shards()
            .iter()
            .map(|shard| format!("s3://inventories/{}", shard.key()));
        assert_eq!(symlinks, keys.collect::<Vec<_>>().join("\n"));
        for shard in delivery.shards() {
            assert!(shard.key().starts_with("reports/s3/photos/all-objects/data/"));
            assert!(shard.key().ends_with(format.extension()));
            let again = two.path().join(shard.key());
            assert!(
                fs::read(shard.path()).unwrap() == fs::read(again).unwrap(),
                "{format}"
            );
        }
    }
}

#[test]
fn batches_and_windows_of_large_files_join_up() {
    const ROWS: u64 = 140_000;
    let first = rows().swap_remove(0);
    let like = ObjectRow {
        version_id: None,
        current: true,
        delete_marker: false,
        ..first
    };
    let row = |number: u64| ObjectRow {
        key: format!("{}/{number}", number % 3),
        size: Bytes(number),
        ..like.clone()
    };
    for format in InventoryFormat::ALL {
        let folder = tempfile::tempdir().unwrap();
        let manifest = deliver(folder.path(), &spec(format, false), (0..ROWS).map(row), 1_000_000).unwrap();
        let snapshot = import_it(&manifest).unwrap();
        assert_eq!(
            (snapshot.rows, snapshot.bytes),
            (ROWS, Bytes(ROWS * (ROWS - 1) / 2)),
            "{format}"
        );
        let delivery = Delivery::open(&manifest).unwrap();
        // Ends of a batch of ORC, of a window of Parquet, and of the file.
        for at in [8_192, 131_072, ROWS] {
            let mut reader = delivery.read(0, at - 2).unwrap();
            let mut found = reader.next_batch(1).unwrap();
            found.extend(reader.next_batch(3).unwrap());
            let expected: Vec<ObjectRow> = (at - 2..(at + 2).min(ROWS)).map(row).collect();
            assert_eq!(found, expected, "{format}, {at}");
        }
    }
}

#[test]
fn names_that_leave_the_destination_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = spec(InventoryFormat::Csv, true);
    for bad in [
        DeliverySpec {
            source_bucket: "..".to_string(),
            ..good.clone()
        },
        DeliverySpec {
            config_id: "a/b".to_string(),
            ..good.clone()
        },
        DeliverySpec {
            prefix: "/etc".to_string(),
            ..good.clone()
        },
        DeliverySpec {
            config_id: String::new(),
            ..good.clone()
        },
    ] {
        let error = deliver(folder.path(), &bad, rows(), 100).unwrap_err();
        assert!(matches!(error, DeliverError::Name { .. }), "{error}");
    }
    assert!(matches!(
        deliver(folder.path(), &good, rows(), 0),
        Err(DeliverError::NoRowsPerFile)
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
