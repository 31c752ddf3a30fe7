//! Finds the source that a path means: a manifest, a folder of the delivery layout at any level, Macie's list, or Parquet
//! files of an S3 Metadata table, told apart by content. Used by [`crate::import()`], [`crate::Delivery::open`] and whoever
//! imports all that lies below a folder; nothing is verified here.

use crate::error::ImportError;
use crate::limits;
use crate::manifest::{CHECKSUM, MANIFEST, read_bounded};
use serde_json::Value;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What a Parquet file begins with.
const PARQUET: &[u8] = b"PAR1";

/// What was found.
#[derive(Debug)]
pub(crate) enum Located {
    /// An inventory's `manifest.json`.
    Manifest(PathBuf),
    /// Macie's answer to `DescribeBuckets`: the file and its content.
    Macie(PathBuf, Vec<u8>),
    /// Parquet files of an S3 Metadata table, at least one.
    Table(Vec<PathBuf>),
}

/// Finds what `location` means.
pub(crate) fn locate(location: &Path) -> Result<Located, ImportError> {
    if !location.exists() {
        return Err(ImportError::NotFound {
            path: location.to_path_buf(),
        });
    }
    if location.is_dir() {
        return match find_manifest(location) {
            Err(ImportError::NoDelivery { path }) => match table_files(location)? {
                none if none.is_empty() => Err(ImportError::NoDelivery { path }),
                files => Ok(Located::Table(files)),
            },
            found => found.map(Located::Manifest),
        };
    }
    if begins_as_parquet(location)? {
        return Ok(Located::Table(vec![location.to_path_buf()]));
    }
    sniff(location)
}

fn begins_as_parquet(path: &Path) -> Result<bool, ImportError> {
    let read = |source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    };
    let mut begin = Vec::new();
    let file = std::fs::File::open(path).map_err(read)?;
    file.take(PARQUET.len() as u64)
        .read_to_end(&mut begin)
        .map_err(read)?;
    Ok(begin == PARQUET)
}

/// The Parquet files in a folder and the folders below it, sorted.
fn table_files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let (mut open, mut found) = (vec![(folder.to_path_buf(), 0)], Vec::new());
    while let Some((folder, depth)) = open.pop() {
        let below = subfolders(&folder)?;
        if depth < limits::SEARCH_DEPTH_MAX {
            open.extend(below.into_iter().map(|below| (below, depth + 1)));
        }
        let read = |source| ImportError::Read {
            path: folder.clone(),
            source,
        };
        for entry in std::fs::read_dir(&folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.is_file() && path.extension().is_some_and(|end| end == "parquet") {
                found.push(path);
            }
        }
        if found.len() > limits::FILES_MAX || open.len() > limits::SEARCH_FOLDERS_MAX {
            return Err(ImportError::TooLarge {
                path: folder,
                found: found.len() as u64,
                unit: "Parquet files",
                limit: limits::FILES_MAX as u64,
            });
        }
    }
    found.sort();
    Ok(found)
}

/// Tells a manifest from Macie's list by the keys of its JSON object.
fn sniff(path: &Path) -> Result<Located, ImportError> {
    let text = read_bounded(path, limits::MACIE_BYTES_MAX)?;
    let not_manifest = |found: &str| ImportError::NotAManifest {
        path: path.to_path_buf(),
        found: found.to_string(),
    };
    let start = text.iter().find(|byte| !byte.is_ascii_whitespace());
    match start {
        None => return Err(not_manifest("nothing")),
        Some(b'{') => {}
        Some(b'[') => return Err(not_manifest("a JSON array")),
        Some(_) if text.starts_with(&[0x1f, 0x8b]) => {
            return Err(not_manifest(
                "gzip data; name the delivery's manifest.json instead",
            ));
        }
        Some(_) if text.starts_with(b"ORC") => {
            return Err(not_manifest(
                "a data file; name the delivery's manifest.json instead",
            ));
        }
        Some(_) => return Err(not_manifest("something that is not a JSON object")),
    }
    let value: Value = serde_json::from_slice(&text).map_err(|source| ImportError::Json {
        path: path.to_path_buf(),
        source,
    })?;
    let mut keys: Vec<&str> = value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    if keys.contains(&"buckets") {
        Ok(Located::Macie(path.to_path_buf(), text))
    } else if keys.contains(&"sourceBucket") || keys.contains(&"fileSchema") {
        Ok(Located::Manifest(path.to_path_buf()))
    } else if keys.is_empty() {
        Err(not_manifest("an empty JSON object"))
    } else {
        // The order must not depend on how the JSON library was built.
        keys.sort_unstable();
        let shown: Vec<String> = keys
            .iter()
            .take(8)
            .map(|key| format!("`{}`", crate::error::excerpt(key)))
            .collect();
        Err(not_manifest(&format!("a JSON object with {}", shown.join(", "))))
    }
}

/// Every source that a location means: itself, or the newest complete delivery of each inventory configuration in or
/// below a folder.
///
/// # Errors
/// When there is none, or a folder cannot be read.
pub fn sources(location: &Path) -> Result<Vec<PathBuf>, ImportError> {
    if !location.is_dir() {
        return Ok(vec![location.to_path_buf()]);
    }
    let configurations = match configurations(location) {
        Ok(Found::Delivery(manifest)) => return Ok(vec![manifest]),
        Ok(Found::Configurations(configurations)) => configurations,
        // Perhaps the files of a table, which are one source together.
        Err(ImportError::NoDelivery { .. }) => return Ok(vec![location.to_path_buf()]),
        Err(error) => return Err(error),
    };
    configurations
        .iter()
        .map(|found| newest_complete(found))
        .collect()
}

/// What a folder is.
enum Found {
    /// That of one delivery.
    Delivery(PathBuf),
    /// One above the folders of these configurations, of which there is at least one.
    Configurations(Vec<PathBuf>),
}

fn configurations(folder: &Path) -> Result<Found, ImportError> {
    let direct = folder.join(MANIFEST);
    if direct.is_file() {
        return Ok(Found::Delivery(direct));
    }
    let mut search = Search::default();
    search.visit(folder, limits::SEARCH_DEPTH_MAX)?;
    search.configurations.sort();
    if search.configurations.is_empty() {
        return Err(ImportError::NoDelivery {
            path: folder.to_path_buf(),
        });
    }
    Ok(Found::Configurations(search.configurations))
}

/// The newest complete delivery in or below a folder, provided that all are of one configuration.
fn find_manifest(folder: &Path) -> Result<PathBuf, ImportError> {
    let configurations = match configurations(folder)? {
        Found::Delivery(manifest) => return Ok(manifest),
        Found::Configurations(configurations) => configurations,
    };
    match configurations.as_slice() {
        [only] => newest_complete(only),
        several => Err(ImportError::SeveralDeliveries {
            path: folder.to_path_buf(),
            found: several
                .iter()
                .map(|found| found.strip_prefix(folder).unwrap_or(found).display().to_string())
                .collect(),
        }),
    }
}

/// Folders that hold dated folders with a manifest: one for each inventory configuration.
#[derive(Default)]
struct Search {
    configurations: Vec<PathBuf>,
    folders_seen: usize,
}

impl Search {
    fn visit(&mut self, folder: &Path, depth: usize) -> Result<(), ImportError> {
        self.folders_seen += 1;
        if self.folders_seen > limits::SEARCH_FOLDERS_MAX {
            return Err(ImportError::TooLarge {
                path: folder.to_path_buf(),
                found: self.folders_seen as u64,
                unit: "folders searched above it",
                limit: limits::SEARCH_FOLDERS_MAX as u64,
            });
        }
        if depth == 0 {
            return Ok(());
        }
        let below = subfolders(folder)?;
        if below.iter().any(|dated| dated.join(MANIFEST).is_file()) {
            self.configurations.push(folder.to_path_buf());
            return Ok(());
        }
        below.iter().try_for_each(|child| self.visit(child, depth - 1))
    }
}

/// Names of dated folders sort by time.
fn newest_complete(configuration: &Path) -> Result<PathBuf, ImportError> {
    let mut dated = subfolders(configuration)?;
    dated.retain(|folder| folder.join(MANIFEST).is_file());
    dated.sort();
    let complete = dated.iter().rev().find(|folder| folder.join(CHECKSUM).is_file());
    match (complete, dated.last()) {
        (Some(folder), _) => Ok(folder.join(MANIFEST)),
        (None, Some(newest)) => Err(ImportError::ChecksumMissing {
            path: newest.join(MANIFEST),
        }),
        (None, None) => Err(ImportError::NoDelivery {
            path: configuration.to_path_buf(),
        }),
    }
}

/// Folders directly below, sorted; links are not followed, so that a loop cannot be entered.
fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let read = |source| ImportError::Read {
        path: folder.to_path_buf(),
        source,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        if entry.file_type().map_err(read)?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
