//! Inventory deliveries of the simulated account: a folder stands for the bucket that they go to. Who opened the account
//! puts them there; this only reads.

use super::rules::NO_BUCKET;
use super::{Sandbox, world};
use crate::deliveries::{Content, Deliveries, Folder, InventoryConfiguration};
use crate::error::{CloudError, Fault};
use async_trait::async_trait;
use model::inventory::Region;
use model::inventory_offer::OPTIONAL_FIELDS;
use model::quantity::Bytes;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The one bucket without an inventory, so that what is offered then can be seen.
const WITHOUT_INVENTORY: &str = "website-assets";

/// Region of the bucket of reports.
const REPORTS_REGION: &str = "eu-west-2";

const LIST: &str = "ListObjectsV2";

impl Sandbox {
    /// Format of a bucket's inventory; of each bucket another.
    #[must_use]
    pub fn inventory_format(position: usize) -> &'static str {
        ["CSV", "ORC", "Parquet"][position % 3]
    }

    fn reports(&self, operation: &'static str, bucket: &str, key: &str) -> Result<PathBuf, CloudError> {
        let target = || format!("s3://{bucket}/{key}");
        let folder = match bucket {
            Self::REPORTS => self.deliveries.to_path_buf(),
            _ => self.job_folder(bucket).unwrap_or_default(),
        };
        if folder.as_os_str().is_empty() {
            return match self.world.open(operation, bucket) {
                Ok(_) => {
                    let text = "NoSuchKey: The specified key does not exist.";
                    Err(CloudError::new(Fault::NotFound, operation, target(), text))
                }
                Err(error) => Err(error),
            };
        }
        file_below(&folder, key).ok_or_else(|| {
            let text = "NoSuchKey: The specified key does not exist.";
            CloudError::new(Fault::NotFound, operation, target(), text)
        })
    }
}

/// The file that stands for a key below a folder; none where it would lie elsewhere.
pub(super) fn file_below(folder: &Path, key: &str) -> Option<PathBuf> {
    let mut parts = Path::new(key).components();
    parts
        .all(|part| matches!(part, Component::Normal(_)))
        .then(|| folder.join(key))
}

#[async_trait]
impl Deliveries for Sandbox {
    async fn region(&self, bucket: &str) -> Result<Option<Region>, CloudError> {
        self.pause().await;
        if bucket == Self::REPORTS {
            return Ok(Some(Region(REPORTS_REGION.to_string())));
        }
        if self.job_folder(bucket).is_some() {
            let region = bucket.strip_prefix(Self::JOB_REPORTS).unwrap_or_default();
            return Ok(Some(Region(region.to_string())));
        }
        let mut open = self.world.open("HeadBucket", bucket)?;
        Ok(Some(Region(open.get().plan.region.to_string())))
    }

    async fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, CloudError> {
        self.pause().await;
        let Ok(path) = self.reports(LIST, bucket, prefix) else {
            // A bucket without such keys has nothing below them; one that does not exist is an error.
            return self.world.open(LIST, bucket).map(|_| Folder::default());
        };
        let mut folder = Folder::default();
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                folder.folders.push(format!("{prefix}{name}/"));
            } else {
                folder.keys.push(format!("{prefix}{name}"));
            }
        }
        folder.folders.sort_unstable();
        folder.keys.sort_unstable();
        Ok(folder)
    }

    async fn open(&self, bucket: &str, key: &str) -> Result<Content, CloudError> {
        self.pause().await;
        let path = self.reports(world::GET, bucket, key)?;
        let failed = |error: std::io::Error| {
            let (fault, text) = if error.kind() == ErrorKind::NotFound {
                (
                    Fault::NotFound,
                    "NoSuchKey: The specified key does not exist.".to_string(),
                )
            } else {
                (Fault::Transient, error.to_string())
            };
            CloudError::new(fault, world::GET, format!("s3://{bucket}/{key}"), text)
        };
        let file = tokio::fs::File::open(path).await.map_err(failed)?;
        let metadata = file.metadata().await.map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(ErrorKind::NotFound.into()));
        }
        Ok(Content {
            size: Some(Bytes(metadata.len())),
            // Files here are written once, so that their length tells them apart from what they were not.
            e_tag: Some(format!("{:032x}", metadata.len())),
            body: Box::pin(file),
        })
    }

    async fn configurations(&self, bucket: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        self.pause().await;
        let position = self.buckets().iter().position(|known| known.name == bucket);
        let Some(position) = position else {
            let target = format!("s3://{bucket}");
            return Err(CloudError::new(
                Fault::NotFound,
                "ListBucketInventoryConfigurations",
                target,
                NO_BUCKET,
            ));
        };
        if bucket == WITHOUT_INVENTORY {
            return Ok(Vec::new());
        }
        let format = Self::inventory_format(position);
        Ok(vec![InventoryConfiguration {
            id: Self::CONFIGURATION.to_string(),
            enabled: true,
            all_versions: self.buckets()[position].versioned,
            filter: None,
            format: format.to_string(),
            frequency: "Daily".to_string(),
            fields: OPTIONAL_FIELDS.map(ToString::to_string).to_vec(),
            destination: Self::REPORTS.to_string(),
            prefix: format!("inventory-{}", format.to_lowercase()),
        }])
    }
}
