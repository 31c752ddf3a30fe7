//! A delivery whose files come while it is counted.

use crate::support::sample;
use ingest::{Arrivals, Delivery, ImportError, ImportOptions, import};
use std::path::{Path, PathBuf};

const DATED: &str = "inventory/web-assets/all-objects/2026-11-20T01-00Z";

/// A folder with the manifest of a sample and none of its data files; and where those are.
fn without_files(folder: &Path) -> (PathBuf, PathBuf) {
    let from = sample("current-only/csv");
    let to = folder.join(DATED);
    std::fs::create_dir_all(&to).unwrap();
    for name in ["manifest.json", "manifest.checksum"] {
        std::fs::copy(from.join(DATED).join(name), to.join(name)).unwrap();
    }
    (to.join("manifest.json"), from)
}

fn bring(delivery: &Delivery, shard: usize, from: &Path) {
    let shard = &delivery.shards()[shard];
    std::fs::create_dir_all(shard.path().parent().unwrap()).unwrap();
    std::fs::copy(from.join(shard.key()), shard.path()).unwrap();
}

#[test]
fn files_are_counted_as_they_come_and_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, from) = without_files(folder.path());
    let arrivals = Arrivals::default();
    let delivery = Delivery::arriving(&manifest, folder.path(), arrivals.clone()).unwrap();
    let options = ImportOptions::default();
    let whole = import(&from, &options, &mut |_| {}).unwrap();
    let counted = std::thread::scope(|scope| {
        let counting = scope.spawn(|| delivery.import("there".to_string(), &options, &mut |_| {}));
        // The last first: the order of arrival does not matter.
        for shard in (0..delivery.shards().len()).rev() {
            bring(&delivery, shard, &from);
            arrivals.arrived(shard);
        }
        counting.join().unwrap()
    });
    let counted = counted.unwrap();
    assert_eq!(
        (counted.id, counted.rows, counted.groups),
        (whole.id, whole.rows, whole.groups)
    );
    assert_eq!(counted.source.location, "there");
}

#[test]
fn what_will_not_come_ends_the_counting() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, from) = without_files(folder.path());
    let arrivals = Arrivals::default();
    let delivery = Delivery::arriving(&manifest, folder.path(), arrivals.clone()).unwrap();
    let counted = std::thread::scope(|scope| {
        let counting = scope.spawn(|| delivery.import(String::new(), &ImportOptions::default(), &mut |_| {}));
        bring(&delivery, 0, &from);
        arrivals.arrived(0);
        arrivals.break_off();
        counting.join().unwrap()
    });
    assert!(matches!(counted, Err(ImportError::Cancelled)), "{counted:?}");
}
