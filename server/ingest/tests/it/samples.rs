//! Deliveries written by other software, against what DuckDB computed over the same rows.

use crate::support::{Copy, folded, import_it, sample};
use ingest::{ImportOptions, import};
use model::inventory::{ObjectGroup, Region, SourceKind};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use serde_json::Value;
use std::fs;

const DELIVERIES: [(&str, &str, u64); 7] = [
    ("all-versions/csv", "all-versions", 3),
    ("all-versions/orc", "all-versions", 3),
    ("all-versions/parquet", "all-versions", 3),
    ("current-only/csv", "current-only", 3),
    ("current-only/orc", "current-only", 3),
    ("current-only/parquet", "current-only", 3),
    ("london-10tb", "london-10tb", 2),
];

#[test]
fn every_sample_equals_its_expected_aggregate() {
    for (delivery, expected, files) in DELIVERIES {
        let expected = fs::read(sample(expected).join("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let snapshot = import_it(&sample(delivery)).unwrap();
        assert_eq!(folded(&snapshot), expected, "{delivery}");
        assert_eq!(snapshot.source.files, files, "{delivery}");
        assert_eq!(snapshot.source.kind, SourceKind::Inventory);
        assert_eq!(
            snapshot.source.as_of,
            Some(UnixMillis(1_795_136_400_000)),
            "{delivery}"
        );
    }
}

#[test]
fn the_three_formats_give_the_same_groups_and_warnings() {
    for name in ["all-versions", "current-only"] {
        let of = |format: &str| import_it(&sample(name).join(format)).unwrap();
        let csv = of("csv");
        for other in [of("orc"), of("parquet")] {
            assert_eq!(csv.groups, other.groups, "{name}");
            assert_eq!(csv.warnings.len(), other.warnings.len(), "{name}");
            assert_ne!(csv.id, other.id, "another delivery is another snapshot");
        }
    }
}

#[test]
fn prefixes_are_decoded_first_segments() {
    let snapshot = import_it(&sample("all-versions/csv")).unwrap();
    let mut prefixes: Vec<&str> = snapshot
        .groups
        .iter()
        .map(|group| group.prefix.as_str())
        .collect();
    prefixes.dedup();
    assert_eq!(
        prefixes,
        [
            "", "a b+c&d/", "curated/", "exports/", "logs/", "média/", "raw/", "tmp/"
        ]
    );
}

#[test]
fn importing_again_gives_the_same_snapshot_from_whatever_path() {
    let options = ImportOptions {
        region: Region::parse("eu-west-2"),
        ..ImportOptions::default()
    };
    let again = |path: &std::path::Path| import(path, &options, &mut |_| {}).unwrap();
    let copy = Copy::of("london-10tb");
    let first = again(copy.path());
    for path in [
        copy.file("manifest.json"),
        copy.path().join("inventory/kms-encryption-demo"),
    ] {
        let mut second = again(&path);
        second.source.location.clone_from(&first.source.location);
        assert_eq!(first, second);
    }
    assert!(first.groups.iter().all(|group| group.region == options.region));
    assert_eq!(first.id.0.len(), 16);
}

#[test]
fn prefixes_beyond_the_limit_are_folded_and_nothing_is_lost() {
    let options = ImportOptions {
        prefixes_max: 3,
        ..ImportOptions::default()
    };
    let few = import(&sample("all-versions/orc"), &options, &mut |_| {}).unwrap();
    let all = import_it(&sample("all-versions/orc")).unwrap();
    let mut prefixes: Vec<&str> = few.groups.iter().map(|group| group.prefix.as_str()).collect();
    prefixes.dedup();
    assert_eq!(
        prefixes,
        [ObjectGroup::OTHER_PREFIXES, "curated/", "exports/", "logs/"]
    );
    assert_eq!(folded(&few), folded(&all));
}

#[test]
fn progress_ends_at_the_whole_delivery() {
    let mut reports = Vec::new();
    let snapshot = import(
        &sample("current-only/csv"),
        &ImportOptions::default(),
        &mut |report| reports.push(report),
    )
    .unwrap();
    let last = reports.last().unwrap();
    assert_eq!((last.files_done, last.files_total), (3, 3));
    assert_eq!(last.rows, snapshot.rows);
    assert_eq!(
        (last.bytes_read, last.bytes_total),
        (Bytes(131_155), Bytes(131_155))
    );
    assert!(
        reports
            .windows(2)
            .all(|pair| pair[0].rows <= pair[1].rows && pair[0].elapsed <= pair[1].elapsed)
    );
}

#[test]
fn a_cancelled_import_says_so() {
    let options = ImportOptions::default();
    options.cancel.cancel();
    let error = import(&sample("current-only/csv"), &options, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "the import was cancelled");
}

#[test]
fn locked_and_large_objects_are_counted_with_their_bytes() {
    let snapshot = import_it(&sample("all-versions/parquet")).unwrap();
    let locked: Objects = snapshot.groups.iter().map(|group| group.locked).sum();
    assert_eq!(locked, Objects(64));
    assert!(
        snapshot
            .groups
            .iter()
            .all(|group| group.locked_bytes.0 <= group.bytes.0)
    );
    assert!(snapshot.groups.iter().any(|group| group.locked_bytes.0 > 0));
}
