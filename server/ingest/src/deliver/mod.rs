//! Writes a delivery in the layout of S3 Inventory: data files, symlink list, manifest, and the checksum last, so that a
//! reader never takes an unfinished one. The sandbox account delivers inventories of itself with it. The same rows give
//! the same bytes.

mod csv;
mod manifest;
mod orc;
mod parquet;
mod stripes;

use crate::checksum;
use crate::columns::Column;
use crate::error::{Cause, excerpt};
use crate::guard::guarded_encoder;
use crate::key;
use crate::manifest::{InventoryFormat, is_plain_relative};
use manifest::WrittenFile;
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::path::{Path, PathBuf};

/// Which inventory a delivery is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySpec {
    /// Prefix of all keys in the destination bucket, without a slash at its end; may be empty.
    pub prefix: String,
    /// Bucket whose objects are listed.
    pub source_bucket: String,
    /// Bucket that the delivery is written to.
    pub destination_bucket: String,
    /// Name of the inventory configuration.
    pub config_id: String,
    /// When the list was taken.
    pub created: UnixMillis,
    /// Format of the data files.
    pub format: InventoryFormat,
    /// Whether noncurrent versions and delete markers are listed.
    pub all_versions: bool,
}

/// Why a delivery was not written.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// A name that would lead out of the destination.
    #[error("`{name}` cannot be part of a delivery's path: use names without empty, `.` or `..` segments")]
    Name {
        /// Prefix, bucket or configuration.
        name: String,
    },
    /// A data file would hold no rows.
    #[error("rows_per_file is 0: it must be at least 1")]
    NoRowsPerFile,
    /// A file could not be written.
    #[error("{} could not be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Rows could not be encoded.
    #[error("rows for {} could not be encoded", path.display())]
    Encode {
        /// The data file.
        path: PathBuf,
        /// What the encoder says.
        #[source]
        source: Cause,
    },
}

/// Writes `rows` below `dir`, which stands for the destination bucket, `rows_per_file` to a file; these are held in
/// memory. Returns the path of the manifest. Locks are written as legal holds: rows do not say which lock they are under.
pub fn deliver(
    dir: &Path,
    spec: &DeliverySpec,
    rows: impl IntoIterator<Item = ObjectRow>,
    rows_per_file: usize,
) -> Result<PathBuf, DeliverError> {
    if rows_per_file == 0 {
        return Err(DeliverError::NoRowsPerFile);
    }
    let configuration_key = spec.configuration_key()?;
    let columns = spec.columns();
    let mut files = Vec::new();
    let mut rows = rows
        .into_iter()
        .filter(|row| spec.all_versions || (row.current && !row.delete_marker))
        .peekable();
    while rows.peek().is_some() {
        let chunk: Vec<ObjectRow> = rows.by_ref().take(rows_per_file).collect();
        let name = file_name(&configuration_key, spec, files.len());
        let key = format!("{configuration_key}/data/{name}");
        let path = dir.join(&key);
        let encode = match spec.format {
            InventoryFormat::Csv => csv::encode,
            InventoryFormat::Orc => orc::encode,
            InventoryFormat::Parquet => parquet::encode,
        };
        let content = guarded_encoder(|| encode(&spec.source_bucket, &columns, &chunk));
        let content = content.map_err(|source| DeliverError::Encode {
            path: path.clone(),
            source,
        })?;
        write(&path, &content)?;
        files.push(WrittenFile {
            key,
            size: content.len() as u64,
            md5: checksum::of_bytes(&content),
        });
    }
    manifest::write_symlinks(dir, &configuration_key, spec, &files)?;
    manifest::write_manifest(
        &dir.join(&configuration_key).join(spec.dated_folder("T", "Z")),
        spec,
        &columns,
        files,
    )
}

impl DeliverySpec {
    /// `prefix/source-bucket/config-id`.
    fn configuration_key(&self) -> Result<String, DeliverError> {
        for name in [self.source_bucket.as_str(), self.config_id.as_str()] {
            if name.contains('/') || !is_plain_relative(name) {
                return Err(DeliverError::Name { name: excerpt(name) });
            }
        }
        let key = format!("{}/{}", self.source_bucket, self.config_id);
        if self.prefix.is_empty() {
            return Ok(key);
        }
        if !is_plain_relative(&self.prefix) || self.prefix.ends_with('/') {
            return Err(DeliverError::Name {
                name: excerpt(&self.prefix),
            });
        }
        Ok(format!("{}/{key}", self.prefix))
    }

    /// `2026-11-20T01-00Z`, or `2026-11-20-01-00` for the symlinks.
    fn dated_folder(&self, separator: &str, end: &str) -> String {
        let at = self.created.civil();
        format!(
            "{}{separator}{:02}-{:02}{end}",
            self.created.to_date(),
            at.hour,
            at.minute
        )
    }

    fn columns(&self) -> Vec<Column> {
        let of_versions = [Column::VersionId, Column::IsLatest, Column::IsDeleteMarker];
        let written = [
            Column::Bucket,
            Column::Key,
            Column::VersionId,
            Column::IsLatest,
            Column::IsDeleteMarker,
            Column::Size,
            Column::LastModifiedDate,
            Column::ETag,
            Column::StorageClass,
            Column::EncryptionStatus,
            Column::ObjectLockLegalHoldStatus,
            Column::BucketKeyStatus,
        ];
        written
            .into_iter()
            .filter(|column| self.all_versions || !of_versions.contains(column))
            .collect()
    }
}

/// A UUID that follows from what the delivery is of, since the same delivery must have the same bytes.
fn file_name(configuration_key: &str, spec: &DeliverySpec, index: usize) -> String {
    let hash = checksum::of_bytes(format!("{configuration_key}\n{}\n{index}", spec.created.0).as_bytes());
    let (a, b, c, d, e) = (
        &hash[..8],
        &hash[8..12],
        &hash[12..16],
        &hash[16..20],
        &hash[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}.{}", spec.format.extension())
}

fn write(path: &Path, content: &[u8]) -> Result<(), DeliverError> {
    let failed = |source| DeliverError::Write {
        path: path.to_path_buf(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, content).map_err(failed)
}

/// What a row has in a column of text; empty in columns of other types.
fn text_of<'r>(source_bucket: &'r str, row: &'r ObjectRow, column: Column) -> &'r str {
    match column {
        Column::Bucket => source_bucket,
        Column::Key => &row.key,
        // S3 leaves the version id of null versions empty.
        Column::VersionId => row.version_id.as_deref().filter(|id| *id != "null").unwrap_or(""),
        // A delete marker has none of what follows.
        _ if row.delete_marker => "",
        Column::ETag => &row.e_tag,
        Column::StorageClass => row.storage_class.word(),
        Column::EncryptionStatus => row.encryption_status.word(),
        Column::BucketKeyStatus => row.bucket_key_status.word(),
        Column::ObjectLockLegalHoldStatus if row.locked => "On",
        _ => "",
    }
}

/// What a row has in a column of truth values.
fn boolean_of(row: &ObjectRow, column: Column) -> bool {
    match column {
        Column::IsLatest => row.current,
        Column::IsDeleteMarker => row.delete_marker,
        _ => false,
    }
}

/// The size, which delete markers have none of.
fn size_of(row: &ObjectRow) -> Option<u64> {
    (!row.delete_marker).then_some(row.size.0)
}

/// A key as CSV files have it.
fn encoded_key(row: &ObjectRow) -> String {
    key::encode(&row.key)
}
