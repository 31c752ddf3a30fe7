//! Imports started from a page: each on a thread that may block, with its progress and its end, kept for as long as the
//! process lives.

use super::intake::{Location, Report};
use super::{Service, intake, internal, macie, trouble};
use app::backend::{AppError, ImportRun};
use ingest::{ImportOptions, Progress};
use model::inventory::{Region, SnapshotId};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Ended imports that are remembered.
const REMEMBERED: usize = 50;

/// Imports of this process.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    runs: Mutex<Vec<ImportRun>>,
}

impl Imports {
    fn begin(&self, location: String) -> u64 {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let id = runs.first().map_or(1, |newest| newest.id + 1);
        runs.truncate(REMEMBERED);
        let run = ImportRun {
            id,
            location,
            sources: (0, 0),
            files: (0, 0),
            rows: 0,
            bytes: (0, 0),
            seconds: 0,
            rows_per_second: 0,
            ended: None,
        };
        runs.insert(0, run);
        id
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut ImportRun)) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
            change(run);
        }
    }

    /// Newest first.
    pub(crate) fn list(&self) -> Vec<ImportRun> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn note(run: &mut ImportRun, sources: (u64, u64), progress: Progress) {
    run.sources = sources;
    let millis = u64::try_from(progress.elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    run.files = (progress.files_done, progress.files_total);
    run.rows = progress.rows;
    run.bytes = (progress.bytes_read.0, progress.bytes_total.0);
    run.seconds = progress.elapsed.as_secs();
    run.rows_per_second = progress.rows.saturating_mul(1000) / millis;
}

impl Service {
    /// Starts an import and gives its number. `scratch` is removed when nothing comes of it.
    pub(crate) fn begin_import(
        &self,
        location: Location,
        region: Option<Region>,
        scratch: Option<PathBuf>,
    ) -> u64 {
        let id = self.inner.imports.begin(location.to_string());
        let service = self.clone();
        tokio::spawn(async move {
            let ended = service.import(id, location, region).await;
            if let (Err(_), Some(scratch)) = (&ended, scratch) {
                let removed = tokio::fs::remove_dir_all(&scratch).await;
                if let Err(error) = removed {
                    tracing::warn!(path = %scratch.display(), %error, "a failed upload could not be removed");
                }
            }
            service.inner.imports.change(id, |run| run.ended = Some(ended));
        });
        id
    }

    /// Imports and waits for the end.
    pub(crate) async fn import(
        &self,
        id: u64,
        location: Location,
        region: Option<Region>,
    ) -> Result<Vec<SnapshotId>, AppError> {
        let inner = Arc::clone(&self.inner);
        let report: Report = Arc::new(move |sources, progress| {
            inner.imports.change(id, |run| note(run, sources, progress));
        });
        let options = ImportOptions {
            region,
            ..ImportOptions::default()
        };
        let mirror = &self.inner.mirror;
        let read = match location {
            Location::Path(path) => intake::from_path(path, options, report).await,
            Location::S3(location) => {
                let account = self.account_of(&location.bucket);
                intake::from_s3(account, mirror, &location, options, report).await
            }
            Location::Macie(asked) => {
                let key = self.account_numbered(asked.account.as_deref().unwrap_or_default())?;
                let read = macie::from_macie(self.account(&key), &asked).await;
                read.map(|one| vec![one])
            }
            Location::CloudWatch(bucket) => {
                let now = self.inner.clock.now();
                let account = self.account_of(&bucket);
                let read = intake::from_cloudwatch(account, &bucket, options.region, now).await;
                read.map(|one| vec![one])
            }
        };
        let snapshots = read.map_err(|error| trouble::from_intake(&error))?;
        let at = self.inner.clock.now();
        for snapshot in &snapshots {
            intake::keep(&self.inner.store, snapshot, at)
                .await
                .map_err(|error| internal(&error))?;
            tracing::info!(snapshot.id = %snapshot.id, rows = snapshot.rows, "imported");
        }
        self.refresh().await.map_err(|error| internal(&error))?;
        Ok(snapshots.into_iter().map(|snapshot| snapshot.id).collect())
    }

    /// Imports one delivery of each of the sandbox's buckets, one after another.
    pub(crate) async fn import_standard(&self) -> Result<(), AppError> {
        let standard: Vec<_> = self
            .inner
            .sandbox
            .iter()
            .filter(|delivery| delivery.standard)
            .cloned()
            .collect();
        for delivery in standard {
            let id = self.inner.imports.begin(delivery.location.display().to_string());
            let region = delivery.region.map(Region);
            let ended = self.import(id, Location::Path(delivery.location), region).await;
            let outcome = ended.clone();
            self.inner.imports.change(id, |run| run.ended = Some(ended));
            outcome?;
        }
        Ok(())
    }
}
