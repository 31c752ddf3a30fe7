//! `manifest.json` of an S3 Inventory delivery: read, checked against `manifest.checksum`, and given types. Used by
//! [`crate::delivery`]; finding it is [`crate::locate`]'s part, and so is nothing else on disk.

use crate::checksum;
use crate::error::{ImportError, excerpt};
use crate::limits;
use crate::schema::FileSchema;
use model::time::UnixMillis;
use serde::Deserialize;
use std::collections::HashSet;
use std::fmt;
use std::path::{Component, Path};

/// Name of the manifest in a delivery.
pub const MANIFEST: &str = "manifest.json";
/// Name of the file with its MD5, which S3 writes last.
pub const CHECKSUM: &str = "manifest.checksum";

/// Format of the data files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InventoryFormat {
    /// Gzip-compressed CSV without a header.
    Csv,
    /// Apache ORC.
    Orc,
    /// Apache Parquet.
    Parquet,
}

impl InventoryFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Orc, Self::Parquet];

    /// As the manifest writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Orc => "ORC",
            Self::Parquet => "Parquet",
        }
    }

    /// Reads the manifest's word, upper or lower case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.word().eq_ignore_ascii_case(word))
    }

    /// What names of data files end in.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv.gz",
            Self::Orc => "orc",
            Self::Parquet => "parquet",
        }
    }
}

impl fmt::Display for InventoryFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// A manifest with every field checked.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) source_bucket: String,
    pub(crate) created: UnixMillis,
    pub(crate) format: InventoryFormat,
    pub(crate) schema: FileSchema,
    pub(crate) files: Vec<ListedFile>,
}

/// A data file as the manifest lists it.
#[derive(Clone, Debug)]
pub(crate) struct ListedFile {
    /// Relative to the root of the destination bucket.
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) md5: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    source_bucket: Option<String>,
    creation_timestamp: Option<Timestamp>,
    file_format: Option<String>,
    file_schema: Option<String>,
    files: Option<Vec<RawFile>>,
}

#[derive(Deserialize)]
struct RawFile {
    key: Option<String>,
    size: Option<u64>,
    #[serde(rename = "MD5checksum")]
    md5: Option<String>,
}

/// S3 writes the milliseconds as a string; a number is taken too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Timestamp {
    Text(String),
    Number(i64),
}

impl Manifest {
    /// Reads the manifest at `path`, whose checksum lies beside it.
    pub(crate) fn read(path: &Path) -> Result<Self, ImportError> {
        let text = read_bounded(path, limits::MANIFEST_BYTES_MAX)?;
        Self::verify(path, &text)?;
        Self::parse(path, &text)
    }

    fn verify(path: &Path, text: &[u8]) -> Result<(), ImportError> {
        let checksum_path = path.with_file_name(CHECKSUM);
        if !checksum_path.is_file() {
            return Err(ImportError::ChecksumMissing {
                path: path.to_path_buf(),
            });
        }
        let expected = read_bounded(&checksum_path, limits::MANIFEST_BYTES_MAX)?;
        let expected = excerpt(String::from_utf8_lossy(&expected).trim());
        checksum::expect(path, &expected, checksum::of_bytes(text))
    }

    fn parse(path: &Path, text: &[u8]) -> Result<Self, ImportError> {
        let raw: RawManifest = serde_json::from_slice(text).map_err(|source| ImportError::Json {
            path: path.to_path_buf(),
            source,
        })?;
        let field = |field, problem| ImportError::ManifestField {
            path: path.to_path_buf(),
            field,
            problem,
        };
        let missing = |name| field(name, "is missing".to_string());
        let source_bucket = raw.source_bucket.ok_or_else(|| missing("sourceBucket"))?;
        let created = match raw
            .creation_timestamp
            .ok_or_else(|| missing("creationTimestamp"))?
        {
            Timestamp::Number(millis) => UnixMillis(millis),
            Timestamp::Text(text) => UnixMillis(text.parse().map_err(|_| {
                field(
                    "creationTimestamp",
                    format!("is `{}`, expected milliseconds since 1970", excerpt(&text)),
                )
            })?),
        };
        let format = raw.file_format.ok_or_else(|| missing("fileFormat"))?;
        let format = InventoryFormat::parse(&format).ok_or_else(|| {
            field(
                "fileFormat",
                format!("is `{}`, expected CSV, ORC or Parquet", excerpt(&format)),
            )
        })?;
        let schema = raw.file_schema.ok_or_else(|| missing("fileSchema"))?;
        let schema = FileSchema::parse(path, format, &schema)?;
        let files = listed_files(path, raw.files.ok_or_else(|| missing("files"))?)?;
        Ok(Self {
            source_bucket,
            created,
            format,
            schema,
            files,
        })
    }

    /// What tells this delivery from every other, however often and from wherever it is read.
    pub(crate) fn fingerprint(&self) -> String {
        let mut sums: Vec<String> = self
            .files
            .iter()
            .map(|file| file.md5.to_ascii_lowercase())
            .collect();
        sums.sort_unstable();
        let text = format!(
            "{}\n{}\n{}\n{}",
            self.source_bucket,
            self.format,
            self.created.0,
            sums.join("\n")
        );
        checksum::of_bytes(text.as_bytes())
    }
}

fn listed_files(path: &Path, raw: Vec<RawFile>) -> Result<Vec<ListedFile>, ImportError> {
    if raw.len() > limits::FILES_MAX {
        return Err(ImportError::TooLarge {
            path: path.to_path_buf(),
            found: raw.len() as u64,
            unit: "data files",
            limit: limits::FILES_MAX as u64,
        });
    }
    let mut seen = HashSet::with_capacity(raw.len());
    let mut files = Vec::with_capacity(raw.len());
    for file in raw {
        let field = |problem: &str| ImportError::ManifestField {
            path: path.to_path_buf(),
            field: "files",
            problem: problem.to_string(),
        };
        let key = file.key.ok_or_else(|| field("has an entry without key"))?;
        let size = file.size.ok_or_else(|| field("has an entry without size"))?;
        let md5 = file.md5.filter(|md5| checksum::is_md5(md5));
        let md5 = md5.ok_or_else(|| field("has an entry without an MD5checksum of 32 hex digits"))?;
        if !is_plain_relative(&key) {
            return Err(ImportError::UnsafeKey {
                path: path.to_path_buf(),
                key: excerpt(&key),
            });
        }
        if !seen.insert(key.clone()) {
            return Err(ImportError::RepeatedFile {
                path: path.to_path_buf(),
                key,
            });
        }
        files.push(ListedFile { key, size, md5 });
    }
    Ok(files)
}

/// Whether a key, taken as a path, stays below the folder that it is relative to.
pub(crate) fn is_plain_relative(key: &str) -> bool {
    let plain = Path::new(key)
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    plain && !key.is_empty() && !key.contains(['\\', '\0'])
}

/// Reads a file of at most so many bytes.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, ImportError> {
    let read = |source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    };
    let found = std::fs::metadata(path).map_err(read)?.len();
    if found > limit {
        return Err(ImportError::TooLarge {
            path: path.to_path_buf(),
            found,
            unit: "bytes",
            limit,
        });
    }
    std::fs::read(path).map_err(read)
}
