//! Data files that are broken, cut or strange: each is refused with a message that names file and row, or read with a
//! warning.

use crate::support::{Copy, assert_says};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ingest::{ImportOptions, import};
use model::inventory::{BucketKeyStatus, EncryptionStatus, ObjectGroup, SizeBand, StorageClass};
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The London sample with the lines of its first file changed.
fn with_lines(edit: impl FnOnce(&mut Vec<String>)) -> Copy {
    let copy = Copy::of("london-10tb");
    let path = copy.file(".csv.gz");
    let mut lines: Vec<String> = gunzip(&path).lines().map(str::to_string).collect();
    edit(&mut lines);
    copy.write_file(&path, &gzip(&(lines.join("\n") + "\n")));
    copy
}

#[test]
fn files_that_are_missing_or_cut_are_named() {
    for (name, end) in [("csv", ".csv.gz"), ("orc", ".orc"), ("parquet", ".parquet")] {
        let copy = Copy::of(&format!("current-only/{name}"));
        let path = copy.file(end);
        let content = fs::read(&path).unwrap();
        let file_name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Cut, but with the right checksum: the decoder must notice.
        copy.write_file(&path, &content[..content.len() / 2]);
        assert_says(&copy.failure(), &[&file_name, "is broken after row"]);
        fs::remove_file(&path).unwrap();
        assert_says(&copy.failure(), &[&file_name, "copy it there"]);
    }
}

#[test]
fn rows_with_a_wrong_number_of_fields_are_named() {
    let copy = with_lines(|lines| lines[41].push_str(",\"surplus\""));
    assert_says(&copy.failure(), &[".csv.gz, row 42: 16 fields instead of the 15"]);
    let copy = with_lines(|lines| lines[6] = "\"kms-encryption-demo\",\"a\"".to_string());
    assert_says(&copy.failure(), &[".csv.gz, row 7: 2 fields instead of the 15"]);
}

#[test]
fn rows_with_values_that_cannot_be_are_named() {
    for (from, to, parts) in [
        (
            "\"1073741824\"",
            "\"-5\"",
            ["row 3: Size is `-5`", "whole number"],
        ),
        (
            "\"1073741824\"",
            "\"99999999999999999999\"",
            ["row 3: Size is `9999", "whole number"],
        ),
        (
            "\"true\"",
            "\"tr\"ue\"",
            ["row 3: a quotation mark is misplaced", "field 7"],
        ),
        (
            "T01:00:00.000Z",
            "T25:00:00.000Z",
            ["row 3: LastModifiedDate is", "expected a date"],
        ),
        (
            "kms-encryption-demo",
            "other",
            ["row 3: Bucket is `other`", "`kms-encryption-demo`"],
        ),
    ] {
        let copy = with_lines(|lines| lines[2] = lines[2].replacen(from, to, 1));
        assert_says(&copy.failure(), &parts);
    }
    let copy = with_lines(|lines| lines[2] = lines[2].replacen("\"archive", "archive", 1));
    assert_says(
        &copy.failure(),
        &["row 3: a quotation mark is misplaced in field 2"],
    );
    let copy = with_lines(|lines| lines[2].push('"'));
    assert_says(
        &copy.failure(),
        &["row 3: a quotation mark is misplaced in field 15"],
    );
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let copy = with_lines(|lines| {
        lines[9].pop();
        lines.truncate(10);
        lines.extend((0..200_000).map(|_| "x".repeat(40)));
    });
    assert_says(&copy.failure(), &["row 10: longer than 1048576 bytes"]);
}

#[test]
fn unknown_words_are_counted_and_kept_as_unknown() {
    let copy = with_lines(|lines| {
        lines[4] = lines[4].replace("STANDARD", "GRANITE").replace("SSE-S3", "ROT13");
        lines[8] = lines[8]
            .replace("STANDARD", "GRANITE")
            .replace("DISABLED", "MAYBE");
        lines[9] = lines[9].replace("SSE-S3", "").replace("DISABLED", "");
    });
    let snapshot = copy.import().unwrap();
    let of = |fits: &dyn Fn(&ObjectGroup) -> bool| -> u64 {
        snapshot
            .groups
            .iter()
            .filter(|group| fits(group))
            .map(|group| group.objects.0)
            .sum()
    };
    assert_eq!(of(&|group| group.storage_class == StorageClass::Unknown), 2);
    assert_eq!(
        of(&|group| group.encryption_status == EncryptionStatus::Unknown),
        2
    );
    assert_eq!(
        of(&|group| group.bucket_key_status == BucketKeyStatus::Unknown),
        2
    );
    assert_eq!(of(&|_| true), 10_000);
    let warnings = snapshot.warnings.iter().map(|warning| {
        let (what, _) = warning.message.split_once(':').unwrap();
        let (_, row) = warning.first_seen.rsplit_once(", ").unwrap_or(("", ""));
        (what, warning.rows, row)
    });
    let expected = [
        ("the inventory lists current versions only", 10_000, ""),
        ("StorageClass `GRANITE` is not known to this version", 2, "row 5"),
        (
            "EncryptionStatus `ROT13` is not known to this version",
            1,
            "row 5",
        ),
        ("BucketKeyStatus `MAYBE` is not known to this version", 1, "row 9"),
        ("EncryptionStatus is empty", 1, "row 10"),
    ];
    assert_eq!(warnings.collect::<Vec<_>>(), expected);
}

#[test]
fn absent_columns_are_unknown_and_said_to_be() {
    let copy = Copy::of("current-only/csv");
    for path in copy.files(".csv.gz") {
        let whole = gunzip(&path);
        let short = whole
            .lines()
            .map(|line| line.splitn(3, ',').take(2).collect::<Vec<_>>().join(","));
        let short = short.collect::<Vec<_>>().join("\r\n");
        copy.write_file(&path, &gzip(&short));
    }
    copy.edit_manifest(|manifest| manifest["fileSchema"] = json!("Bucket, Key"));
    let snapshot = copy.import().unwrap();
    assert_eq!(
        (snapshot.rows, snapshot.objects.0, snapshot.bytes.0),
        (3000, 3000, 0)
    );
    for group in &snapshot.groups {
        assert_eq!(group.storage_class, StorageClass::Unknown);
        assert_eq!(group.encryption_status, EncryptionStatus::Unknown);
        assert_eq!(group.size_band, SizeBand::Unknown);
        assert_eq!((group.oldest, group.current), (None, true));
    }
    for column in [
        "Size",
        "LastModifiedDate",
        "ETag",
        "StorageClass",
        "EncryptionStatus",
        "BucketKeyStatus",
        "ObjectLockMode",
    ] {
        let warning = snapshot
            .warnings
            .iter()
            .find(|warning| warning.message.contains(column));
        assert_eq!(warning.map(|warning| warning.rows), Some(3000), "{column}");
    }
}

#[test]
fn empty_inventories_say_so() {
    let copy = Copy::of("current-only/csv");
    copy.edit_manifest(|manifest| manifest["files"] = json!([]));
    assert_says(&copy.failure(), &["lists no objects"]);
    let copy = with_lines(Vec::clear);
    let second = copy.files(".csv.gz").remove(1);
    copy.write_file(&second, &gzip(""));
    assert_says(&copy.failure(), &["lists no objects"]);
}

#[test]
fn the_first_broken_file_is_reported_and_progress_never_passes_the_end() {
    let copy = Copy::of("current-only/csv");
    for path in copy.files(".csv.gz") {
        copy.write_file(&path, &gzip("\"web-assets\"\n"));
    }
    let mut files_done = 0;
    let mut progress = |report: ingest::Progress| files_done = report.files_done;
    let error = import(copy.path(), &ImportOptions::default(), &mut progress).unwrap_err();
    assert_says(&error.to_string(), &["row 1: 1 fields instead of the 15"]);
    assert_eq!(files_done, 0);
}
