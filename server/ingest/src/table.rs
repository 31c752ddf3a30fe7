//! Parquet files of an S3 Metadata inventory table (Amazon S3 User Guide, metadata-tables-inventory-schema, 2026): the one
//! bulk source that names the KMS key of each object. Counted into groups like an inventory, and into what is under which
//! key. Called by [`crate::import()`].
//!
//! The table's own format, Iceberg, is not read: whoever exports its rows, or names its data files of one moment, says which
//! of them hold. It has no manifest, so nothing guards against a file that is missing.

use crate::checksum::Checksum;
use crate::columns::Column;
use crate::error::ImportError;
use crate::groups::{self, Groups};
use crate::guard::guarded;
use crate::import::{ImportOptions, Progress};
use crate::limits;
use crate::parquet;
use crate::row::RawRow;
use crate::rules::{Facts, Rules};
use crate::schema::FileSchema;
use crate::source::RowSource as _;
use model::inventory::{
    EncryptionStatus, ImportWarning, KeyShare, Snapshot, SnapshotId, SnapshotSource, SourceKind,
};
use model::quantity::{Bytes, Objects};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Columns without which a file is not of such a table, or says nothing that an inventory does not.
const NEEDED: [(Column, &str); 4] = [
    (Column::Bucket, "bucket"),
    (Column::Key, "key"),
    (Column::EncryptionStatus, "encryption_status"),
    (Column::KmsKeyArn, "kms_key_arn"),
];

/// Stands for the keys beyond the limit.
const OTHER_KEYS: &str = "(other keys)";

/// Imports the files as one table; `location` is what the caller named.
pub(crate) fn import(
    files: &[PathBuf],
    location: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Snapshot, ImportError> {
    let columns = columns(files)?;
    let mut reading = Reading {
        schema: FileSchema::of(columns.clone()),
        buckets: BTreeMap::new(),
        rules: BTreeMap::new(),
        keys: BTreeMap::new(),
        rows: 0,
    };
    let (started, mut sum, mut bytes_read) = (Instant::now(), Checksum::default(), 0);
    let total = files
        .iter()
        .filter_map(|file| std::fs::metadata(file).ok())
        .map(|metadata| metadata.len())
        .sum();
    for (index, file) in files.iter().enumerate() {
        let report = |done: usize, rows: u64, bytes_read: u64| Progress {
            files_done: done as u64,
            files_total: files.len() as u64,
            rows,
            bytes_read: Bytes(bytes_read),
            bytes_total: Bytes(total),
            elapsed: started.elapsed(),
        };
        bytes_read += take_in(file, &mut sum, options)?;
        guarded(file, || reading.file(file, index, &columns, options))?;
        progress(report(index + 1, reading.rows, bytes_read));
    }
    reading.finish(files, location, options, sum)
}

/// The columns that are read, which every file must have.
fn columns(files: &[PathBuf]) -> Result<Vec<Column>, ImportError> {
    let mut known: Option<(&PathBuf, Vec<Column>)> = None;
    for file in files {
        let names = parquet::names(file)?;
        let has = |column: &Column| names.iter().any(|name| name == column.field_name());
        if let Some((_, missing)) = NEEDED.iter().find(|(column, _)| !has(column)) {
            return Err(ImportError::NotATable {
                path: file.clone(),
                missing,
            });
        }
        let columns: Vec<Column> = Column::OF_TABLE.iter().copied().filter(has).collect();
        match &known {
            Some((first, known)) if *known != columns => {
                return Err(ImportError::MixedTable {
                    path: file.clone(),
                    first: (*first).clone(),
                });
            }
            Some(_) => {}
            None => known = Some((file, columns)),
        }
    }
    Ok(known.map(|(_, columns)| columns).unwrap_or_default())
}

/// Adds a file's bytes to what the snapshot is named after, and counts them.
fn take_in(file: &Path, sum: &mut Checksum, options: &ImportOptions) -> Result<u64, ImportError> {
    let read = |source| ImportError::Read {
        path: file.to_path_buf(),
        source,
    };
    let mut open = std::fs::File::open(file).map_err(read)?;
    let (mut buffer, mut all) = (vec![0; limits::READ_BYTES], 0);
    loop {
        options.cancel.check()?;
        let length = open.read(&mut buffer).map_err(read)?;
        if length == 0 {
            return Ok(all);
        }
        sum.update(&buffer[..length]);
        all += length as u64;
    }
}

/// Objects under one key.
type KeyGroup = (String, EncryptionStatus, Option<String>);

/// What is counted so far.
struct Reading {
    schema: FileSchema,
    buckets: BTreeMap<String, Groups>,
    rules: BTreeMap<String, Rules>,
    keys: BTreeMap<KeyGroup, (Objects, Bytes)>,
    rows: u64,
}

impl Reading {
    fn file(
        &mut self,
        file: &Path,
        index: usize,
        columns: &[Column],
        options: &ImportOptions,
    ) -> Result<(), ImportError> {
        let mut source = parquet::open_columns(file, columns.to_vec())?;
        loop {
            options.cancel.check()?;
            let rows = source.visit(limits::ROWS_PER_STEP, &mut |row| self.row(row, index))?;
            self.rows += rows;
            if self.buckets.len() > limits::TABLE_BUCKETS_MAX {
                return Err(ImportError::TooLarge {
                    path: file.to_path_buf(),
                    found: self.buckets.len() as u64,
                    unit: "buckets",
                    limit: limits::TABLE_BUCKETS_MAX as u64,
                });
            }
            if rows < limits::ROWS_PER_STEP {
                return Ok(());
            }
        }
    }

    fn row(&mut self, row: &RawRow<'_>, file: usize) -> Result<(), crate::error::RowProblem> {
        if !self.buckets.contains_key(row.bucket) {
            self.buckets.insert(row.bucket.to_string(), Groups::new());
            let rules = Rules::of_table(row.bucket, &self.schema);
            self.rules.insert(row.bucket.to_string(), rules);
        }
        let (Some(groups), Some(rules)) = (self.buckets.get_mut(row.bucket), self.rules.get(row.bucket))
        else {
            return Ok(());
        };
        groups.add(row, rules, file)?;
        let facts = rules.facts(row, &mut |_| {})?;
        if !facts.delete_marker {
            self.key(row, &facts);
        }
        Ok(())
    }

    fn key(&mut self, row: &RawRow<'_>, facts: &Facts) {
        let status = facts.encryption_status;
        if !matches!(status, EncryptionStatus::SseKms | EncryptionStatus::DsseKms) {
            return;
        }
        let named = (!row.kms_key.is_empty()).then(|| row.kms_key.to_string());
        let mut group = (row.bucket.to_string(), status, named);
        if self.keys.len() >= limits::KEYS_MAX && !self.keys.contains_key(&group) {
            group.2 = Some(OTHER_KEYS.to_string());
        }
        let (objects, bytes) = self.keys.entry(group).or_default();
        *objects += Objects(1);
        *bytes += facts.size.unwrap_or(Bytes::ZERO);
    }

    fn finish(
        mut self,
        files: &[PathBuf],
        location: &Path,
        options: &ImportOptions,
        sum: Checksum,
    ) -> Result<Snapshot, ImportError> {
        if self.rows == 0 {
            return Err(ImportError::Empty {
                path: location.to_path_buf(),
            });
        }
        let mut warnings = self.of_the_table(files);
        let name = |file: usize| {
            let name = files.get(file).and_then(|file| file.file_name());
            name.and_then(|name| name.to_str()).unwrap_or_default()
        };
        let (mut all, mut delete_markers) = (Vec::new(), Objects::ZERO);
        for (bucket, mut groups) in self.buckets {
            warnings.extend(std::mem::take(&mut groups.oddities).into_warnings(name));
            delete_markers += groups.delete_markers;
            all.extend(groups.into_groups(&bucket, options.region.as_ref(), options.prefixes_max));
        }
        groups::sort(&mut all);
        let share = |((bucket, encryption_status, key), (objects, bytes)): (KeyGroup, _)| KeyShare {
            bucket,
            encryption_status,
            key,
            objects,
            bytes,
        };
        Ok(Snapshot {
            id: SnapshotId(sum.finish()[..16].to_string()),
            source: SnapshotSource {
                kind: SourceKind::Metadata,
                format: "Parquet".to_string(),
                // The files do not say as of when they hold.
                as_of: None,
                location: location.display().to_string(),
                files: files.len() as u64,
            },
            rows: self.rows,
            objects: all.iter().map(|group| group.objects).sum(),
            bytes: all.iter().map(|group| group.bytes).sum(),
            delete_markers,
            groups: all,
            keys: std::mem::take(&mut self.keys).into_iter().map(share).collect(),
            totals: Vec::new(),
            warnings,
        })
    }

    /// What such a table does not say.
    fn of_the_table(&self, files: &[PathBuf]) -> Vec<ImportWarning> {
        let mut messages = vec![
            "an S3 Metadata table does not say which version of a key is the current one: every version counts as current, and \
             Object Lock is unknown"
                .to_string(),
            "the files do not say as of when they hold, and nothing says that they are all of the table: compare the number of \
             objects with what you expect"
                .to_string(),
        ];
        let absent: Vec<&str> = Column::OF_TABLE
            .iter()
            .filter(|column| !self.schema.has(**column))
            .map(|column| column.field_name())
            .collect();
        if !absent.is_empty() {
            messages.push(format!(
                "the files have no column {}: figures that need it are unknown",
                absent.join(", ")
            ));
        }
        let unnamed = self.keys.iter().filter(|((_, _, key), _)| key.is_none());
        let unnamed: u64 = unnamed.map(|(_, (objects, _))| objects.0).sum();
        if unnamed > 0 {
            messages.push(format!(
                "{unnamed} objects are under a KMS key that the table does not name"
            ));
        }
        let first_seen = files.first().and_then(|file| file.file_name());
        let first_seen = first_seen.map_or(String::new(), |name| name.to_string_lossy().into_owned());
        let warning = |message: String| ImportWarning {
            message,
            rows: self.rows,
            first_seen: first_seen.clone(),
        };
        messages.into_iter().map(warning).collect()
    }
}
