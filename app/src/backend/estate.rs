//! Models of the pages about what is in S3: overview, imports, requests.

use super::{AppError, Trouble};
use model::counted::CountedRequests;
use model::inventory::{ImportWarning, KeyShare, Region, SnapshotId, SourceKind, SourceTotals};
use model::overview::Overview;
use model::quantity::{Bytes, Objects, Ratio};
use model::requests::RequestCounts;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The overview; nothing when nothing is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewPage {
    /// Content; `None` when nothing is imported.
    pub overview: Option<Overview>,
    /// Whether there is a sandbox whose deliveries can be imported.
    pub sandbox: bool,
    /// Default encryption of the buckets that are shown.
    pub defaults: BTreeMap<String, DefaultShown>,
}

/// Default encryption of a bucket, as far as the account tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultShown {
    /// In a word or two; `None` when it is not known.
    pub short: Option<String>,
    /// In full, or why it is not known.
    pub whole: String,
}

impl DefaultShown {
    /// Not known, for this reason.
    #[must_use]
    pub fn unknown(why: &str) -> Self {
        Self {
            short: None,
            whole: why.to_string(),
        }
    }
}

/// Where request counts are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountsOrigin {
    /// From this page or a workload file.
    Typed,
    /// The account reports them.
    Reported,
    /// Nowhere.
    Unknown,
}

/// Requests to one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadRow {
    /// Bucket.
    pub name: String,
    /// Its Region, where it is known.
    pub region: Option<Region>,
    /// Its objects.
    pub objects: Objects,
    /// Requests a month, where they are known.
    pub counts: Option<RequestCounts>,
    /// Where they are from.
    pub origin: CountsOrigin,
    /// What counted them, where that was adopted.
    pub source: Option<String>,
}

/// What CloudWatch said of a bucket's requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metrics {
    /// The Region of the bucket is not known, so nothing was asked.
    NoRegion,
    /// Request metrics that cover the whole bucket are not enabled.
    NotEnabled,
    /// They are enabled under this filter and hold less than a day.
    Silent(String),
    /// They are counted.
    Counted(CountedRequests),
    /// It could not be had.
    Failed(Trouble),
}

/// The same with when it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketMetrics {
    /// Bucket.
    pub bucket: String,
    /// When.
    pub asked_at: UnixMillis,
    /// What was said.
    pub said: Metrics,
}

/// The requests page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadPage {
    /// The page of buckets.
    pub rows: Vec<WorkloadRow>,
    /// Part of the name that was asked for.
    pub search: String,
    /// Page, from 1.
    pub page: u64,
    /// Pages.
    pub pages: u64,
    /// Buckets of the estate.
    pub buckets: u64,
    /// Buckets whose counts are not known.
    pub unknown: u64,
    /// Requests in the busiest second over the average of a month.
    pub peak: Ratio,
    /// What CloudWatch said of the buckets of the page; travels rendered.
    #[serde(skip)]
    pub metrics: Vec<BucketMetrics>,
    /// Why a form about it was sent back; travels rendered.
    #[serde(skip)]
    pub refused: Option<AppError>,
}

/// An import that runs or has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRun {
    /// Its number.
    pub id: u64,
    /// What it reads.
    pub location: String,
    /// The source that is read, counted from one, and how many there are: a folder may hold many deliveries.
    pub sources: (u64, u64),
    /// Files read of that source, and all of them.
    pub files: (u64, u64),
    /// Rows read.
    pub rows: u64,
    /// Bytes read, and all of them.
    pub bytes: (u64, u64),
    /// Seconds since it began.
    pub seconds: u64,
    /// Rows a second.
    pub rows_per_second: u64,
    /// How it ended; `None` while it runs. The snapshots, or what is wrong.
    pub ended: Option<Result<Vec<SnapshotId>, AppError>>,
}

/// A stored snapshot in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// Name.
    pub id: SnapshotId,
    /// Kind of source.
    pub kind: SourceKind,
    /// Format.
    pub format: String,
    /// When AWS took it.
    pub as_of: Option<UnixMillis>,
    /// When it was imported.
    pub imported_at: UnixMillis,
    /// Where it was read from.
    pub location: String,
    /// Buckets.
    pub buckets: Vec<String>,
    /// Objects.
    pub objects: Objects,
    /// Bytes.
    pub bytes: Bytes,
    /// Warnings.
    pub warnings: Vec<ImportWarning>,
    /// What is under which KMS key, where the source says it; travels rendered, and is in the whole snapshot.
    #[serde(skip)]
    pub keys: Vec<KeyShare>,
    /// Totals that the source gives besides; likewise.
    #[serde(skip)]
    pub totals: Vec<SourceTotals>,
    /// Whether the estate uses it.
    pub in_use: bool,
}

/// The import page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPage {
    /// Imports of this process, newest first.
    pub runs: Vec<ImportRun>,
    /// Stored snapshots, newest first.
    pub snapshots: Vec<SnapshotRow>,
    /// Deliveries of the sandbox: name and location.
    pub sandbox: Vec<(String, String)>,
    /// The largest upload, in bytes.
    pub upload_limit: Bytes,
    /// Region codes to choose from.
    pub regions: Vec<String>,
}

/// A bucket of the account, and what can be imported of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketFound {
    /// Name.
    pub name: String,
    /// Number of the account that it is in, where the server reads several.
    pub account: Option<String>,
    /// Region, where the account tells it.
    pub region: Option<Region>,
    /// Default encryption, as far as the account tells.
    pub default: Option<DefaultShown>,
    /// Its inventories, or why they are not known.
    pub inventories: InventoriesFound,
}

/// Inventories of a bucket, or why they are not known.
pub type InventoriesFound = Result<Vec<InventoryFound>, AppError>;

/// An inventory configuration with its newest delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryFound {
    /// Id of the configuration.
    pub id: String,
    /// Whether S3 makes deliveries.
    pub enabled: bool,
    /// Whether noncurrent versions are listed.
    pub all_versions: bool,
    /// Prefix that it is limited to.
    pub filter: Option<String>,
    /// Format.
    pub format: String,
    /// `Daily` or `Weekly`.
    pub frequency: String,
    /// Columns that Rekey reads and that it does not have.
    pub missing: Vec<String>,
    /// Where its deliveries go.
    pub place: String,
    /// The newest complete delivery; nothing when there is none yet; or why it is not known.
    pub newest: Result<Option<NewestDelivery>, AppError>,
}

/// A delivery that can be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestDelivery {
    /// Location of its manifest.
    pub manifest: String,
    /// When S3 took it, where its folder says so.
    pub taken: Option<UnixMillis>,
}

/// What to set for a bucket without an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferShown {
    /// The bucket.
    pub bucket: String,
    /// Inventory configuration.
    pub configuration: String,
    /// Policy of the bucket that deliveries go to.
    pub policy: String,
    /// Commands that set both.
    pub commands: String,
}

/// What Macie can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MacieOffer {
    /// As an import names it.
    pub location: String,
    /// As a person reads it.
    pub title: String,
}

/// What can be imported from the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Why its buckets are not known.
    pub error: Option<AppError>,
    /// Accounts whose buckets are not known while those of others are, each with why.
    pub troubles: Vec<AppError>,
    /// What Macie can be asked.
    pub macie: Vec<MacieOffer>,
    /// The page of buckets.
    pub buckets: Vec<BucketFound>,
    /// Buckets of the account.
    pub all: u64,
    /// Regions that they are in.
    pub regions: Vec<Region>,
    /// Part of the name that was asked for.
    pub search: String,
    /// Page, from 1.
    pub page: u64,
    /// Pages.
    pub pages: u64,
    /// What to set for the bucket that was asked about.
    pub offer: Option<OfferShown>,
}

impl Discovery {
    /// Nothing is known, for this reason.
    #[must_use]
    pub const fn unknown(error: AppError) -> Self {
        Self {
            error: Some(error),
            troubles: Vec::new(),
            macie: Vec::new(),
            buckets: Vec::new(),
            all: 0,
            regions: Vec::new(),
            search: String::new(),
            page: 1,
            pages: 1,
            offer: None,
        }
    }
}
