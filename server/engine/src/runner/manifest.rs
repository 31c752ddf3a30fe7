//! The list of a job: the rows that are to be updated and are not done, written as an object while they are read, or the
//! inventory's own manifest. Called by `job`.

use super::Runner;
use super::job::no_place;
use super::object::by_inventory;
use super::place::mend;
use super::work::BucketWork;
use crate::error::in_words;
use crate::journal::JournalError;
use crate::limits::MANIFEST_PIECE_BYTES;
use crate::rows::{Rows, RowsError};
use cloud::jobs::manifest_row;
use model::jobs::{JobResult, JobSettings, JobStatus, Manifest};
use model::method::Method;
use model::migration::{BatchId, Coverage, Entry, ShardPass};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows that are read at a time.
const ROWS_AT_A_TIME: usize = 4096;
/// Pieces of a list that wait for the upload.
const PIECES_AHEAD: usize = 4;

impl Runner {
    /// Writes the list of the objects that are to be updated and are not done.
    pub(super) async fn write_manifest(
        &self,
        work: &Arc<BucketWork>,
        settings: &JobSettings,
        number: u32,
    ) -> Result<(), JournalError> {
        self.migration
            .phase(format!("Writing the list of {}", work.bucket().bucket));
        let (holder, key) = match place_of_manifest(work, settings, number) {
            Ok(place) => place,
            Err(reason) => return self.stop(reason).await,
        };
        let covered = self.migration.ledger.progress().covered.clone();
        let (pieces, text) = mpsc::channel(PIECES_AHEAD);
        let (rows, of) = (Arc::clone(&self.shared.rows), Arc::clone(work));
        let listing = tokio::task::spawn_blocking(move || list(rows.as_ref(), &of, &covered, &pieces));
        let jobs = &self.shared.account.jobs;
        let written = {
            let mut writing = pin!(jobs.put_manifest(&holder, &key, text));
            tokio::select! {
                biased;
                written = &mut writing => written,
                () = self.called_off() => {
                    // The list breaks off, and the upload with it, which frees its parts.
                    work.wind_down.cancel();
                    writing.await
                }
            }
        };
        let (objects, versions) = match listing.await {
            Ok(counted) => counted,
            Err(error) => return self.stop(in_words(&error)).await,
        };
        match written {
            Ok(_) if objects == 0 => {
                // Canaries and earlier runs did all of them.
                let result = JobResult {
                    status: JobStatus::Complete,
                    total: 0,
                    succeeded: 0,
                    failed: 0,
                    reasons: Vec::new(),
                };
                let bucket = work.bucket().bucket.clone();
                self.journal_if_it_fits(Entry::JobEnded { bucket, result }).await
            }
            Ok(e_tag) => {
                let manifest = Manifest::Written {
                    bucket: holder,
                    key,
                    e_tag,
                    versions,
                    objects,
                };
                self.intend_job(work, number, manifest).await
            }
            Err(_) if work.wind_down.is_cancelled() => Ok(()),
            Err(error) => {
                let reason = format!(
                    "The list of objects could not be written: {error}. No job was made. {}",
                    mend(&error)
                );
                self.stop(reason).await
            }
        }
    }
}

pub(super) fn place_of_manifest(
    work: &BucketWork,
    settings: &JobSettings,
    number: u32,
) -> Result<(String, String), String> {
    let (bucket, id) = (work.bucket(), &work.plan().id);
    let place = settings.place(&bucket.region).ok_or_else(|| no_place(bucket))?;
    let name = format!("{id}/{}-{number}.csv", bucket.bucket);
    Ok((place.bucket.clone(), place.key(&name)))
}

/// The inventory's own manifest, with the entity tag that it has now.
pub(super) async fn inventory(work: &BucketWork, settings: &JobSettings) -> Result<Manifest, String> {
    let bucket = &work.bucket().bucket;
    let place = settings.inventories.iter().find(|place| place.bucket == *bucket);
    let place = place.ok_or_else(|| {
        format!("The plan does not say where the inventory of {bucket} lies: cancel, and plan again.")
    })?;
    let deliveries = &work.shared.account.deliveries;
    let content = deliveries.open(&place.holder, &place.key).await;
    let content = content.map_err(|error| {
        format!("The inventory of {bucket} is not where it was: {error}. Cancel, import a newer one, and plan again.")
    })?;
    Ok(Manifest::Inventory {
        bucket: place.holder.clone(),
        key: place.key.clone(),
        e_tag: content.e_tag.unwrap_or_default(),
    })
}

/// Sends the rows of the list; gives how many there are, and whether they name versions. Blocks.
fn list(
    rows: &dyn Rows,
    work: &BucketWork,
    covered: &BTreeMap<ShardPass, Coverage>,
    pieces: &mpsc::Sender<Result<Vec<u8>, String>>,
) -> (u64, bool) {
    let (mut objects, mut versions) = (0, false);
    let listed = (|| -> Result<(), RowsError> {
        for shard in 0..rows.shards(work.bucket())? {
            let id = BatchId {
                bucket: work.position,
                pass: 0,
                shard,
                first_row: 0,
            };
            let done = covered.get(&id.shard_pass());
            let mut reader = rows.open(work.bucket(), shard)?;
            let (mut number, mut piece) = (0u64, Vec::new());
            loop {
                if work.wind_down.is_cancelled() {
                    let _ = pieces.blocking_send(Err("called off".to_string()));
                    return Ok(());
                }
                let batch = reader.next_batch(ROWS_AT_A_TIME)?;
                for row in &batch {
                    let wanted = by_inventory(row, work) == Ok(Method::UpdateObjectEncryption)
                        && !done.is_some_and(|done| done.contains(number));
                    number += 1;
                    if wanted {
                        objects += 1;
                        versions |= row.version_id.is_some();
                        let version = row.version_id.as_deref();
                        manifest_row(&mut piece, &work.bucket().bucket, &row.key, version);
                    }
                }
                let ended = batch.is_empty();
                if (ended || piece.len() >= MANIFEST_PIECE_BYTES)
                    && pieces.blocking_send(Ok(std::mem::take(&mut piece))).is_err()
                {
                    // Nobody listens any more: the upload failed, and that is told there.
                    return Ok(());
                }
                if ended {
                    break;
                }
            }
        }
        Ok(())
    })();
    if let Err(error) = listed {
        let _ = pieces.blocking_send(Err(in_words(&error)));
    }
    (objects, versions)
}
