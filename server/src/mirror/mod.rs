//! Inventory deliveries from S3: each is copied into the data directory, under the names that it has in its bucket, and
//! read from there like any other, by the import while it comes and by migrations later. Called by `service::intake`.
//!
//! A file gets its name only when its length and MD5 are those of the manifest and it is safely on disk. So whatever
//! breaks off, what is there under its name is whole, and the next import goes on from it.

mod error;
mod file;
mod place;
mod search;

pub(crate) use error::MirrorError;
pub(crate) use place::S3Location;
pub(crate) use search::{date_of, newest_complete, sources};

use cloud::Deliveries;
use file::Target;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use ingest::{Arrivals, CHECKSUM, CancelFlag, Delivery, ImportError, ImportOptions, Progress, Shard};
use model::inventory::Snapshot;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files that are fetched at the same time, each through one buffer.
const AT_ONCE: usize = 4;

/// Where deliveries are copied to.
#[derive(Clone, Debug)]
pub(crate) struct Mirror {
    folder: PathBuf,
    /// Manifests that are being imported from.
    busy: Arc<Mutex<BTreeSet<S3Location>>>,
}

impl Mirror {
    pub(crate) fn new(data: &Path) -> Self {
        Self {
            folder: data.join("deliveries"),
            busy: Arc::default(),
        }
    }

    /// Where an object of a delivery lies.
    pub(crate) fn place(&self, location: &S3Location) -> PathBuf {
        self.bucket(&location.bucket).join(&location.key)
    }

    fn bucket(&self, bucket: &str) -> PathBuf {
        self.folder.join(bucket)
    }

    /// Imports one delivery, named by its manifest, and keeps its files. Files that are here already are not fetched
    /// again.
    pub(crate) async fn import(
        &self,
        account: &dyn Deliveries,
        manifest: &S3Location,
        options: &ImportOptions,
        progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Snapshot, MirrorError> {
        let _claim = self.claim(manifest)?;
        let place = self.place(manifest);
        self.fetch_manifest(account, manifest, &place).await?;
        let arrivals = Arrivals::default();
        let root = self.bucket(&manifest.bucket);
        let delivery = Arc::new(Delivery::arriving(&place, &root, arrivals.clone())?);
        let counting = count(
            Arc::clone(&delivery),
            manifest.to_string(),
            options.clone(),
            progress,
        );
        let fetching = fetch_files(account, &manifest.bucket, &delivery, &arrivals, &options.cancel);
        let result = both(counting, fetching, &arrivals).await;
        if result.is_ok() {
            tracing::info!(delivery = %manifest, "fetched and counted");
        }
        result
    }

    fn claim(&self, manifest: &S3Location) -> Result<Claim, MirrorError> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if !busy.insert(manifest.clone()) {
            return Err(MirrorError::Busy {
                location: manifest.clone(),
            });
        }
        Ok(Claim {
            busy: Arc::clone(&self.busy),
            manifest: manifest.clone(),
        })
    }

    /// Fetches the manifest and the checksum beside it, and writes them when they belong together.
    async fn fetch_manifest(
        &self,
        account: &dyn Deliveries,
        manifest: &S3Location,
        place: &Path,
    ) -> Result<(), MirrorError> {
        let (text, sum) = search::verified_manifest(account, manifest).await?;
        file::write(place, &text).await?;
        file::write(&place.with_file_name(CHECKSUM), &sum).await
    }
}

/// One import at a time works on a delivery.
struct Claim {
    busy: Arc<Mutex<BTreeSet<S3Location>>>,
    manifest: S3Location,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.manifest);
    }
}

/// Counts the delivery on a thread that may block; files that have not come yet are waited for.
async fn count(
    delivery: Arc<Delivery>,
    location: String,
    options: ImportOptions,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Snapshot, MirrorError> {
    let counting = tokio::task::spawn_blocking(move || delivery.import(location, &options, &mut progress));
    match counting.await {
        Ok(counted) => Ok(counted?),
        Err(broken) => Err(MirrorError::BrokenOff { source: broken }),
    }
}

/// Runs both to their end; when one fails, the other is called off and what the first says is what is wrong.
async fn both(
    counting: impl Future<Output = Result<Snapshot, MirrorError>>,
    fetching: impl Future<Output = Result<(), MirrorError>>,
    arrivals: &Arrivals,
) -> Result<Snapshot, MirrorError> {
    let (mut counting, mut fetching) = (std::pin::pin!(counting), std::pin::pin!(fetching));
    tokio::select! {
        fetched = &mut fetching => {
            if fetched.is_err() {
                arrivals.break_off();
            }
            let counted = counting.await;
            match (fetched, counted) {
                (Err(MirrorError::Import(ImportError::Cancelled)), counted) => counted,
                (Err(error), _) => Err(error),
                (Ok(()), counted) => counted,
            }
        }
        counted = &mut counting => {
            let snapshot = counted?;
            fetching.await?;
            Ok(snapshot)
        }
    }
}

/// Fetches what is not here yet, in the order in which it is counted, some files at a time.
async fn fetch_files(
    account: &dyn Deliveries,
    bucket: &str,
    delivery: &Arc<Delivery>,
    arrivals: &Arrivals,
    cancel: &CancelFlag,
) -> Result<(), MirrorError> {
    let one = |(index, shard): (usize, &Shard)| {
        let from = S3Location {
            bucket: bucket.to_string(),
            key: shard.key().to_string(),
        };
        let target = Target {
            delivery: Arc::clone(delivery),
            index,
            from,
            arrivals: arrivals.clone(),
        };
        let cancel = cancel.clone();
        async move { target.bring(account, &cancel).await }.boxed()
    };
    // Boxed and collected first: the compiler cannot see that a lazy iterator of these futures may be sent to another
    // thread.
    let files: Vec<BoxFuture<'_, Result<(), MirrorError>>> =
        delivery.shards().iter().enumerate().map(one).collect();
    let fetched = stream::iter(files).buffer_unordered(AT_ONCE);
    fetched.try_collect().await
}
