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
use crate::retry::{Ended, Patience, patiently};
use crate::rows::{Rows, RowsError};
use cloud::jobs::manifest_row;
use cloud::{CloudError, Fault};
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

/// A list that was written.
struct Listed {
    e_tag: String,
    objects: u64,
    /// Whether its rows name versions.
    versions: bool,
}

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
        let covered = Arc::new(self.migration.ledger.progress().covered.clone());
        // A list that broke off is written anew from its first row.
        let write = || self.upload(work, (&holder, &key), Arc::clone(&covered));
        let listed = match patiently(&key, Patience::with_control(), self.called_off(), write).await {
            Ok(listed) => listed,
            Err(Ended::BrokenOff(_)) => return Ok(()),
            Err(Ended::Failed(_)) if work.wind_down.is_cancelled() => return Ok(()),
            Err(Ended::Failed(error)) => {
                let reason = format!(
                    "The list of objects could not be written: {error}. No job was made. {}",
                    mend(&error)
                );
                return self.stop(reason).await;
            }
        };
        if listed.objects == 0 {
            // Canaries and earlier runs did all of them.
            let result = JobResult {
                status: JobStatus::Complete,
                total: 0,
                succeeded: 0,
                failed: 0,
                reasons: Vec::new(),
            };
            let bucket = work.bucket().bucket.clone();
            return self.journal_if_it_fits(Entry::JobEnded { bucket, result }).await;
        }
        let manifest = Manifest::Written {
            bucket: holder,
            key,
            e_tag: listed.e_tag,
            versions: listed.versions,
            objects: listed.objects,
        };
        self.intend_job(work, number, manifest).await
    }

    /// Uploads the list once, while its rows are read.
    async fn upload(
        &self,
        work: &Arc<BucketWork>,
        (holder, key): (&str, &str),
        covered: Arc<BTreeMap<ShardPass, Coverage>>,
    ) -> Result<Listed, CloudError> {
        let (pieces, text) = mpsc::channel(PIECES_AHEAD);
        let (rows, of) = (Arc::clone(&self.shared.rows), Arc::clone(work));
        let listing = tokio::task::spawn_blocking(move || list(rows.as_ref(), &of, &covered, &pieces));
        let written = {
            let mut writing = pin!(self.shared.account.jobs.put_manifest(holder, key, text));
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
        let counted = listing.await;
        let (objects, versions) = counted.map_err(|error| {
            let target = format!("s3://{holder}/{key}");
            CloudError::new(Fault::Refused, "PutObject", target, in_words(&error))
        })?;
        let e_tag = written?;
        Ok(Listed {
            e_tag,
            objects,
            versions,
        })
    }

    /// The inventory's own manifest, with the entity tag that it has now; none when something else is to be done first.
    pub(super) async fn inventory(
        &self,
        work: &BucketWork,
        settings: &JobSettings,
    ) -> Result<Option<Manifest>, String> {
        let bucket = &work.bucket().bucket;
        let place = settings.inventories.iter().find(|place| place.bucket == *bucket);
        let place = place.ok_or_else(|| {
            format!("The plan does not say where the inventory of {bucket} lies: cancel, and plan again.")
        })?;
        let deliveries = &self.shared.account.deliveries;
        let open = || deliveries.open(&place.holder, &place.key);
        match patiently(&place.key, Patience::with_control(), self.called_off(), open).await {
            Ok(content) => Ok(Some(Manifest::Inventory {
                bucket: place.holder.clone(),
                key: place.key.clone(),
                e_tag: content.e_tag.unwrap_or_default(),
            })),
            Err(Ended::BrokenOff(_)) => Ok(None),
            Err(Ended::Failed(error)) => Err(unread(bucket, &error)),
        }
    }
}

/// Why there is no job of an inventory that cannot be read.
fn unread(bucket: &str, error: &CloudError) -> String {
    match error.fault {
        Fault::NotFound => format!(
            "The inventory of {bucket} is not where it was: {error}. Cancel, import a newer one, and plan again."
        ),
        _ => format!(
            "The inventory of {bucket} cannot be read: {error}. {} Then resume.",
            error.remedy()
        ),
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
