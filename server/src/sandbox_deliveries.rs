//! Inventory deliveries of the sandbox: those of the day on which the account begins, and a later one of each bucket that
//! was changed since, as S3 delivers one every day, so that a rehearsal can be checked by a fresh inventory. Called by
//! `account`. The files are `ingest`'s, what they list is the account's.

use crate::failure::Failure;
use async_trait::async_trait;
use cloud::sandbox::Sandbox;
use cloud::{CloudError, Content, Deliveries, Fault, Folder, InventoryConfiguration};
use ingest::{DeliverError, DeliverySpec, InventoryFormat, deliver};
use model::inventory::Region;
use model::time::UnixMillis;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows in one data file: several files each, as S3 writes.
const ROWS_PER_FILE: usize = 2_000;

/// How long after its last change a bucket may be delivered once more, so that a list of after the end of a migration can
/// be had, which reads its objects back for a while.
const CHANGES_SETTLE_MS: i64 = 10 * 60_000;

const FORMATS: [InventoryFormat; 3] = [
    InventoryFormat::Csv,
    InventoryFormat::Orc,
    InventoryFormat::Parquet,
];

/// A delivery of the sandbox that can be imported.
#[derive(Clone, Debug)]
pub(crate) struct SandboxDelivery {
    /// Bucket and format, as shown.
    pub(crate) title: String,
    /// Manifest, or Macie's list.
    pub(crate) location: PathBuf,
    /// Region of the bucket; Macie's list has its own.
    pub(crate) region: Option<String>,
    /// Whether "look at the sandbox's data" imports it: one format of each bucket.
    pub(crate) standard: bool,
}

fn spec(bucket: &str, format: InventoryFormat, all_versions: bool, created: UnixMillis) -> DeliverySpec {
    DeliverySpec {
        prefix: format!("inventory-{}", format.word().to_lowercase()),
        source_bucket: bucket.to_string(),
        destination_bucket: Sandbox::REPORTS.to_string(),
        config_id: Sandbox::CONFIGURATION.to_string(),
        created,
        format,
        all_versions,
    }
}

/// Where the deliveries of a configuration lie, as the key of a folder.
fn folder_of(spec: &DeliverySpec) -> String {
    format!("{}/{}/{}/", spec.prefix, spec.source_bucket, spec.config_id)
}

/// Inventories of every bucket in all three formats, and Macie's list, in the folder that is the account's bucket of
/// reports. They are written once: they are the state of the account on the day they name, as real ones would be.
pub(crate) fn deliveries(sandbox: &Sandbox) -> Result<Vec<SandboxDelivery>, Failure> {
    let directory = sandbox.deliveries();
    let mut found = Vec::new();
    for (position, bucket) in sandbox.buckets().into_iter().enumerate() {
        for (index, format) in FORMATS.into_iter().enumerate() {
            let spec = spec(&bucket.name, format, bucket.versioned, Sandbox::START);
            let manifest = directory
                .join(folder_of(&spec))
                .join("2026-11-20T01-00Z/manifest.json");
            if !manifest.with_extension("checksum").is_file() {
                write(sandbox, &spec)
                    .map_err(|source| Failure::other("a sandbox delivery cannot be written", source))?;
            }
            found.push(SandboxDelivery {
                title: format!("{} ({})", bucket.name, format.word()),
                location: manifest,
                region: Some(bucket.region.0.clone()),
                standard: index == position % FORMATS.len(),
            });
        }
    }
    let macie = directory.join("macie/describe-buckets.json");
    crate::delivered::write_new(&macie, sandbox.macie_json().to_string().as_bytes())?;
    found.push(SandboxDelivery {
        title: "All buckets (Macie)".to_string(),
        location: macie,
        region: None,
        standard: false,
    });
    Ok(found)
}

fn write(sandbox: &Sandbox, spec: &DeliverySpec) -> Result<PathBuf, DeliverError> {
    let rows = sandbox.inventory_at(&spec.source_bucket, spec.created);
    deliver(sandbox.deliveries(), spec, rows, ROWS_PER_FILE)
}

/// The deliveries of the account, with a later one wherever they are listed after a change.
#[derive(Debug)]
pub(crate) struct Delivering {
    sandbox: Sandbox,
    account: Arc<dyn Deliveries>,
    /// Held while one is written.
    writing: Arc<Mutex<()>>,
}

impl Delivering {
    /// Over what the account tells by itself.
    pub(crate) fn new(sandbox: Sandbox, account: Arc<dyn Deliveries>) -> Self {
        Self {
            sandbox,
            account,
            writing: Arc::default(),
        }
    }
}

/// Writes the delivery that is due in a folder, if one is. Blocks.
fn bring_up_to_date(sandbox: &Sandbox, folder: &str) -> Result<(), DeliverError> {
    let due = sandbox
        .buckets()
        .into_iter()
        .enumerate()
        .find_map(|(position, bucket)| {
            let format = FORMATS[position % FORMATS.len()];
            let spec = spec(&bucket.name, format, bucket.versioned, sandbox.now());
            // What is measured on is too large to be listed beside a page.
            (folder_of(&spec) == folder && bucket.name != Sandbox::LOAD).then_some(spec)
        });
    let Some(spec) = due else { return Ok(()) };
    let Some(changed) = sandbox.changed_at(&spec.source_bucket) else {
        return Ok(());
    };
    let entries = std::fs::read_dir(sandbox.deliveries().join(folder));
    let names = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name());
    let dates =
        names.filter_map(|name| crate::mirror::date_of(name.to_str()?).and_then(UnixMillis::parse_iso));
    let newest = dates.max().unwrap_or(UnixMillis(0));
    // Folders are named by the minute.
    let minute = |at: UnixMillis| at.0.div_euclid(60_000);
    if newest.0 < changed.0 + CHANGES_SETTLE_MS && minute(newest) < minute(spec.created) {
        let manifest = write(sandbox, &spec)?;
        tracing::info!(bucket.name = spec.source_bucket, manifest = %manifest.display(), "inventory delivered");
    }
    Ok(())
}

#[async_trait]
impl Deliveries for Delivering {
    async fn region(&self, bucket: &str) -> Result<Option<Region>, CloudError> {
        self.account.region(bucket).await
    }

    async fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, CloudError> {
        if bucket == Sandbox::REPORTS {
            let (sandbox, folder) = (self.sandbox.clone(), prefix.to_string());
            let writing = Arc::clone(&self.writing);
            let written = tokio::task::spawn_blocking(move || {
                let _writing = writing.lock().unwrap_or_else(PoisonError::into_inner);
                bring_up_to_date(&sandbox, &folder).map_err(|error| error.to_string())
            });
            let failed = |text: String| {
                let target = format!("s3://{bucket}/{prefix}");
                let text = format!("the sandbox cannot deliver an inventory: {text}");
                CloudError::new(Fault::Transient, "ListObjectsV2", target, text)
            };
            written
                .await
                .map_err(|error| failed(error.to_string()))?
                .map_err(failed)?;
        }
        self.account.folder(bucket, prefix).await
    }

    async fn open(&self, bucket: &str, key: &str) -> Result<Content, CloudError> {
        self.account.open(bucket, key).await
    }

    async fn configurations(&self, bucket: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        self.account.configurations(bucket).await
    }
}
