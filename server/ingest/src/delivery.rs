//! An S3 Inventory delivery on disk: its manifest and its data files, each verified before it is parsed. Opened by
//! [`crate::import()`] for counting and by the migration runner for rows ([`crate::rows`]).

use crate::arrivals::Arrivals;
use crate::cancel::CancelFlag;
use crate::checksum;
use crate::columns::Column;
use crate::error::ImportError;
use crate::locate::{Located, locate};
use crate::manifest::{InventoryFormat, ListedFile, Manifest};
use crate::rules::Rules;
use crate::source::{self, RowSource};
use model::inventory::SnapshotId;
use model::time::UnixMillis;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// A delivery whose manifest is verified; data files are verified when each is first read.
#[derive(Debug)]
pub struct Delivery {
    manifest_path: PathBuf,
    pub(crate) manifest: Manifest,
    shards: Vec<Shard>,
    /// Where files are still on their way.
    arrivals: Option<Arrivals>,
}

/// One data file: what the runner works through and checkpoints by row number.
#[derive(Debug)]
pub struct Shard {
    key: String,
    path: PathBuf,
    size_bytes: u64,
    md5: String,
    verified: AtomicBool,
}

impl Shard {
    fn new(file: &ListedFile, path: PathBuf) -> Self {
        Self {
            key: file.key.clone(),
            path,
            size_bytes: file.size,
            md5: file.md5.clone(),
            verified: AtomicBool::new(false),
        }
    }

    /// Its key in the destination bucket, as the manifest lists it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where it lies on disk.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length, compressed.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Its MD5 by the manifest, in hex.
    #[must_use]
    pub fn md5(&self) -> &str {
        &self.md5
    }

    /// Fails unless the file is there and is what the manifest says.
    pub fn check(&self, cancel: &CancelFlag) -> Result<(), ImportError> {
        checksum::verify_file(&self.path, self.size_bytes, &self.md5, cancel)
    }

    /// The same, once per open delivery.
    fn verify(&self, cancel: &CancelFlag) -> Result<(), ImportError> {
        if self.verified.load(Ordering::Acquire) {
            return Ok(());
        }
        self.check(cancel)?;
        self.verified.store(true, Ordering::Release);
        Ok(())
    }
}

impl Delivery {
    /// Opens the delivery that `location` means: a `manifest.json`, or a folder that holds one.
    pub fn open(location: &Path) -> Result<Self, ImportError> {
        match locate(location)? {
            Located::Manifest(path) => Self::open_manifest(&path),
            Located::Macie(path, _) => Err(ImportError::NoRows { path }),
            Located::Table(files) => Err(ImportError::NoManifest {
                path: files.into_iter().next().unwrap_or_default(),
            }),
        }
    }

    pub(crate) fn open_manifest(manifest_path: &Path) -> Result<Self, ImportError> {
        let manifest = Manifest::read(manifest_path)?;
        let shards = manifest
            .files
            .iter()
            .map(|file| find_shard(manifest_path, file))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            manifest_path: manifest_path.to_path_buf(),
            manifest,
            shards,
            arrivals: None,
        })
    }

    /// Opens a delivery whose manifest is there and whose data files are on their way to the places below `root`, the
    /// folder of the destination bucket, that their keys name.
    pub fn arriving(manifest_path: &Path, root: &Path, arrivals: Arrivals) -> Result<Self, ImportError> {
        let manifest = Manifest::read(manifest_path)?;
        let shard = |file: &ListedFile| Shard::new(file, root.join(&file.key));
        Ok(Self {
            manifest_path: manifest_path.to_path_buf(),
            shards: manifest.files.iter().map(shard).collect(),
            manifest,
            arrivals: Some(arrivals),
        })
    }

    /// The manifest's path.
    #[must_use]
    pub fn manifest_path(&self) -> &Path {
        &self.manifest_path
    }

    /// The bucket whose objects are listed.
    #[must_use]
    pub fn source_bucket(&self) -> &str {
        &self.manifest.source_bucket
    }

    /// When S3 took the list.
    #[must_use]
    pub fn created(&self) -> UnixMillis {
        self.manifest.created
    }

    /// Format of the data files.
    #[must_use]
    pub fn format(&self) -> InventoryFormat {
        self.manifest.format
    }

    /// Whether noncurrent versions are listed too.
    #[must_use]
    pub fn all_versions(&self) -> bool {
        self.manifest.schema.has(Column::VersionId)
    }

    /// The name that a snapshot of this delivery has.
    #[must_use]
    pub fn snapshot_id(&self) -> SnapshotId {
        SnapshotId(self.manifest.fingerprint()[..16].to_string())
    }

    /// The data files, in the manifest's order.
    #[must_use]
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// How values of this delivery's rows are to be read.
    pub(crate) fn rules(&self) -> Rules {
        Rules::new(&self.manifest)
    }

    /// Verifies a shard and opens it for reading these columns.
    pub(crate) fn open_shard(
        &self,
        index: usize,
        columns: &[Column],
        cancel: &CancelFlag,
    ) -> Result<Box<dyn RowSource>, ImportError> {
        let shard = self.shards.get(index).ok_or(ImportError::NoSuchShard {
            shard: index,
            shards: self.shards.len(),
        })?;
        if let Some(arrivals) = &self.arrivals {
            // What has arrived was verified on its way.
            arrivals.wait(index, cancel)?;
            shard.verified.store(true, Ordering::Release);
        }
        shard.verify(cancel)?;
        source::open(&shard.path, self.manifest.format, &self.manifest.schema, columns)
    }
}

/// Finds a data file. Its key begins at the root of the destination bucket, which is some folder above the manifest;
/// failing that it may lie in `data/` beside the dated folder, or right beside the manifest.
fn find_shard(manifest_path: &Path, file: &ListedFile) -> Result<Shard, ImportError> {
    let absolute = std::path::absolute(manifest_path).map_err(|source| ImportError::Read {
        path: manifest_path.to_path_buf(),
        source,
    })?;
    let folder = absolute.parent().unwrap_or(&absolute);
    let name = file.key.rsplit('/').next().unwrap_or(&file.key);
    let in_layout = folder.ancestors().skip(1).map(|root| root.join(&file.key));
    let configuration = folder.parent().unwrap_or(folder);
    let beside = [
        configuration.join("data").join(name),
        folder.join("data").join(name),
        folder.join(name),
    ];
    let path = in_layout
        .chain(beside)
        .find(|path| path.is_file())
        .ok_or_else(|| ImportError::FileMissing {
            key: file.key.clone(),
            looked: configuration.join("data"),
        })?;
    Ok(Shard::new(file, path))
}
