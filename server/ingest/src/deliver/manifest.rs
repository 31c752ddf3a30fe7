//! Writes what tells readers of a delivery: the symlink list, the manifest, and last the checksum that says that all is
//! there.

use super::{DeliverError, DeliverySpec, csv, orc, parquet, write};
use crate::checksum;
use crate::columns::Column;
use crate::manifest::{CHECKSUM, InventoryFormat, MANIFEST};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Version of the manifest's layout (Amazon S3 User Guide, "Locating your inventory list", 2026-04).
const MANIFEST_VERSION: &str = "2016-11-30";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenManifest<'a> {
    source_bucket: &'a str,
    destination_bucket: String,
    version: &'static str,
    creation_timestamp: String,
    file_format: &'static str,
    file_schema: String,
    files: Vec<WrittenFile>,
}

/// A data file that was written.
#[derive(Serialize)]
pub(super) struct WrittenFile {
    pub(super) key: String,
    pub(super) size: u64,
    #[serde(rename = "MD5checksum")]
    pub(super) md5: String,
}

/// Writes the list of data files that Hive reads.
pub(super) fn write_symlinks(
    dir: &Path,
    configuration_key: &str,
    spec: &DeliverySpec,
    files: &[WrittenFile],
) -> Result<(), DeliverError> {
    let lines: Vec<String> = files
        .iter()
        .map(|file| format!("s3://{}/{}", spec.destination_bucket, file.key))
        .collect();
    let dated = format!("dt={}", spec.dated_folder("-", ""));
    write(
        &dir.join(configuration_key)
            .join("hive")
            .join(dated)
            .join("symlink.txt"),
        lines.join("\n").as_bytes(),
    )
}

/// Writes the manifest, and its checksum after it; returns the manifest's path.
pub(super) fn write_manifest(
    folder: &Path,
    spec: &DeliverySpec,
    columns: &[Column],
    files: Vec<WrittenFile>,
) -> Result<PathBuf, DeliverError> {
    let path = folder.join(MANIFEST);
    let manifest = WrittenManifest {
        source_bucket: &spec.source_bucket,
        destination_bucket: format!("arn:aws:s3:::{}", spec.destination_bucket),
        version: MANIFEST_VERSION,
        creation_timestamp: spec.created.0.to_string(),
        file_format: spec.format.word(),
        file_schema: match spec.format {
            InventoryFormat::Csv => csv::file_schema(columns),
            InventoryFormat::Orc => orc::file_schema(columns),
            InventoryFormat::Parquet => parquet::file_schema(columns),
        },
        files,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|source| DeliverError::Encode {
        path: path.clone(),
        source: source.into(),
    })?;
    write(&path, &text)?;
    write(&folder.join(CHECKSUM), checksum::of_bytes(&text).as_bytes())?;
    Ok(path)
}
