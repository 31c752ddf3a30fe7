//! Reading inventory deliveries where S3 puts them: configurations, folders, and objects as streams. `server` finds and
//! fetches deliveries through [`Deliveries`]; what is in them is `ingest`'s part.

use crate::error::CloudError;
use async_trait::async_trait;
use model::inventory::Region;
use model::quantity::Bytes;
use std::fmt;
use std::fmt::Debug;
use std::pin::Pin;
use tokio::io::AsyncRead;

/// Buckets that hold deliveries, and buckets that have them made.
#[async_trait]
pub trait Deliveries: Debug + Send + Sync {
    /// Region of a bucket (`HeadBucket`); `None` where the server does not tell. A bucket that may not be read still tells
    /// its Region.
    async fn region(&self, bucket: &str) -> Result<Option<Region>, CloudError>;

    /// What lies directly below a prefix, which ends in `/` or is empty (`ListObjectsV2` with `/` as delimiter). At most
    /// [`FOLDER_MAX`] entries: a folder with more is an error.
    async fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, CloudError>;

    /// Opens an object (`GetObject`).
    async fn open(&self, bucket: &str, key: &str) -> Result<Content, CloudError>;

    /// Inventory configurations of a bucket, by id (`ListBucketInventoryConfigurations`).
    async fn configurations(&self, bucket: &str) -> Result<Vec<InventoryConfiguration>, CloudError>;
}

/// Entries that a folder is read with. Dated folders of a daily inventory over ten years are 3,650.
pub const FOLDER_MAX: usize = 20_000;

/// What lies directly below a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Prefixes one level deeper, whole, each with its `/` at the end.
    pub folders: Vec<String>,
    /// Keys, whole.
    pub keys: Vec<String>,
}

/// An object that is being read.
pub struct Content {
    /// Its length, where the server tells.
    pub size: Option<Bytes>,
    /// Its entity tag without quotes, where the server tells.
    pub e_tag: Option<String>,
    /// Its body; an error of it means that the connection broke.
    pub body: Pin<Box<dyn AsyncRead + Send>>,
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Content")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// An inventory configuration, as far as a reader of its deliveries needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryConfiguration {
    /// Its id, a folder of its deliveries.
    pub id: String,
    /// Whether S3 makes deliveries of it.
    pub enabled: bool,
    /// Whether noncurrent versions are listed.
    pub all_versions: bool,
    /// Only objects below this prefix are listed, where one is set.
    pub filter: Option<String>,
    /// `CSV`, `ORC` or `Parquet`.
    pub format: String,
    /// `Daily` or `Weekly`.
    pub frequency: String,
    /// Optional columns, in AWS's words.
    pub fields: Vec<String>,
    /// Bucket that deliveries go to.
    pub destination: String,
    /// Prefix below which they lie there, without a `/` at the end; empty for none.
    pub prefix: String,
}

impl InventoryConfiguration {
    /// Prefix of the dated folders of a bucket's deliveries (Amazon S3 User Guide, storage-inventory-location, 2026-04).
    #[must_use]
    pub fn folder(&self, source_bucket: &str) -> String {
        let begin = if self.prefix.is_empty() {
            String::new()
        } else {
            format!("{}/", self.prefix)
        };
        format!("{begin}{source_bucket}/{}/", self.id)
    }
}
