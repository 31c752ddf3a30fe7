//! A bucket's updates by S3 Batch Operations: its list is written, the job made, looked at until it ended, and ended when
//! a person pauses or cancels. Each call does the next of these by the fold, so that a crash in between changes nothing:
//! writing the list again writes the same, and making the job again with its token gives the same job. What became of each
//! object is told by `carried`, from the job's report.

use super::Runner;
use super::object::by_inventory;
use super::work::BucketWork;
use crate::error::in_words;
use crate::journal::JournalError;
use crate::limits::{JOB_FAULTS_MAX, MANIFEST_PIECE_BYTES};
use crate::retry::wait;
use crate::rows::{Rows, RowsError};
use cloud::jobs::manifest_row;
use cloud::{CloudError, Fault, JobFacts, JobOrder};
use model::format::grouped;
use model::jobs::{JobProgress, JobResult, JobSettings, JobStatus, Manifest, ManifestSource, has_work};
use model::method::Method;
use model::migration::{Amount, BatchId, Coverage, Entry, ShardPass, State, Tally};
use model::plan::PlanBucket;
use model::quantity::{Bytes, Objects};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows that are read at a time.
const ROWS_AT_A_TIME: usize = 4096;
/// Pieces of a list that wait for the upload.
const PIECES_AHEAD: usize = 4;

/// What is to be done next about a bucket's job.
enum Next {
    /// Announce the job of this number.
    Announce(u32),
    /// Write its list.
    Write(u32),
    /// Make it.
    Create(JobProgress),
    /// Look at it.
    Follow(String),
}

impl Runner {
    /// Whether a job is to make the updates of a bucket and has not.
    pub(super) fn wants_job(&self, position: u32) -> bool {
        let progress = self.migration.ledger.progress();
        let plan = &self.migration.plan;
        let here = &progress.buckets[position as usize];
        plan.jobs.is_some()
            && progress.pass == 0
            && has_work(&plan.buckets[position as usize])
            && !here.job.as_ref().is_some_and(JobProgress::is_complete)
    }

    /// Does the next thing about a bucket's job.
    pub(super) async fn job(&mut self, work: &Arc<BucketWork>) -> Result<(), JournalError> {
        let Some(settings) = work.plan().jobs.clone() else {
            return Ok(());
        };
        let next = {
            let progress = self.migration.ledger.progress();
            next(progress.buckets[work.position as usize].job.as_ref())
        };
        match next {
            Next::Announce(number) => self.announce_job(work, &settings, number).await,
            Next::Write(number) => self.write_manifest(work, &settings, number).await,
            Next::Create(job) => self.create_job(work, &settings, &job).await,
            Next::Follow(id) => self.follow_job(work, &id).await,
        }
    }

    async fn announce_job(
        &self,
        work: &Arc<BucketWork>,
        settings: &JobSettings,
        number: u32,
    ) -> Result<(), JournalError> {
        let bucket = work.bucket().bucket.clone();
        let manifest = match settings.manifest {
            ManifestSource::Written => {
                let location = match place_of_manifest(work, settings, number) {
                    Ok((holder, key)) => format!("s3://{holder}/{key}"),
                    Err(reason) => return self.stop(reason).await,
                };
                let intended = Entry::ManifestIntended {
                    bucket,
                    number,
                    location,
                };
                return self.journal_if_it_fits(intended).await;
            }
            ManifestSource::Generated => Manifest::Generated,
            ManifestSource::Inventory => match inventory(work, settings).await {
                Ok(manifest) => manifest,
                Err(reason) => return self.stop(reason).await,
            },
        };
        self.intend_job(work, number, manifest).await
    }

    async fn intend_job(
        &self,
        work: &BucketWork,
        number: u32,
        manifest: Manifest,
    ) -> Result<(), JournalError> {
        let intended = Entry::JobIntended {
            bucket: work.bucket().bucket.clone(),
            number,
            token: format!("{}-{}-{number}", work.plan().id, work.position),
            manifest,
        };
        self.journal_if_it_fits(intended).await
    }

    /// Writes the list of the objects that are to be updated and are not done.
    async fn write_manifest(
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
        let written = jobs.put_manifest(&holder, &key, text).await;
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
            Err(error) => {
                self.stop(format!(
                    "The list of objects could not be written: {error}. Allow s3:PutObject at the place of the jobs, then resume."
                ))
                .await
            }
        }
    }

    async fn create_job(
        &self,
        work: &BucketWork,
        settings: &JobSettings,
        job: &JobProgress,
    ) -> Result<(), JournalError> {
        let order = match order(work, settings, job) {
            Ok(order) => order,
            Err(reason) => return self.stop(reason).await,
        };
        self.migration
            .phase(format!("Making the job of {}", order.bucket));
        let bucket = order.bucket.clone();
        match self.insist(|| self.shared.account.jobs.create(&order)).await {
            Some(Ok(id)) => {
                tracing::info!(migration.id = %work.plan().id, bucket.name = bucket, job.id = id, "job made");
                self.journal_if_it_fits(Entry::JobCreated { bucket, id }).await
            }
            Some(Err(error)) => {
                self.stop(format!(
                    "S3 Batch Operations took no job for {bucket}: {error}. It needs s3:CreateJob, and iam:PassRole for {}; mend that, then resume, or cancel and plan without jobs.",
                    order.role
                ))
                .await
            }
            None => Ok(()),
        }
    }

    /// Looks at a job until it ended, or until the state or the server asks for something else.
    async fn follow_job(&self, work: &BucketWork, id: &str) -> Result<(), JournalError> {
        let mut changes = self.migration.ledger.changes();
        let mut cancelled = false;
        loop {
            let (account, region) = (work.target().key.account(), &work.bucket().region);
            let jobs = &self.shared.account.jobs;
            let facts = match self.insist(|| jobs.describe(account, region, id)).await {
                Some(Ok(facts)) => facts,
                Some(Err(error)) => {
                    return self
                        .stop(format!(
                            "The job {id} cannot be looked at: {error}. It goes on; resume to follow it."
                        ))
                        .await;
                }
                None => return Ok(()),
            };
            self.show_job(work, id, &facts);
            if facts.status.is_ended() {
                return self.job_ended(work, id, facts).await;
            }
            let winding_down = matches!(self.migration.ledger.state(), State::Pausing | State::Cancelling);
            if winding_down && !cancelled {
                // There is no pause for a job: it is ended, and another one takes the rest up.
                cancelled = true;
                if let Some(Err(error)) = self.insist(|| jobs.cancel(account, region, id)).await {
                    return self
                        .stop(format!(
                            "The job {id} cannot be ended: {error}. End it in the console."
                        ))
                        .await;
                }
                continue;
            }
            tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => return Ok(()),
                _ = changes.changed(), if !cancelled => {}
                () = tokio::time::sleep(self.shared.options.job_look) => {}
            }
        }
    }

    /// Ends jobs that S3 may still be working on, while a migration winds down.
    pub(super) async fn end_jobs(&mut self) -> Result<(), JournalError> {
        for position in 0..u32::try_from(self.migration.plan.buckets.len()).unwrap_or(0) {
            let job = self.migration.ledger.progress().buckets[position as usize]
                .job
                .clone();
            let Some(job) = job.filter(JobProgress::is_open) else {
                continue;
            };
            let work = self.work_on(position);
            let Some(settings) = work.plan().jobs.clone() else {
                continue;
            };
            // One that was asked for without an answer may be there: asking again tells.
            if job.id.is_none() {
                self.create_job(&work, &settings, &job).await?;
            }
            let id = self.migration.ledger.progress().buckets[position as usize]
                .job
                .as_ref()
                .and_then(|job| job.id.clone());
            if let Some(id) = id {
                self.follow_job(&work, &id).await?;
            }
        }
        Ok(())
    }

    async fn job_ended(&self, work: &BucketWork, id: &str, facts: JobFacts) -> Result<(), JournalError> {
        let bucket = work.bucket().bucket.clone();
        let said = facts.reasons.join("; ");
        let result = JobResult {
            status: facts.status,
            total: facts.total,
            succeeded: facts.succeeded,
            failed: facts.failed,
            reasons: facts.reasons,
        };
        let (status, state) = (result.status, self.migration.ledger.state());
        tracing::info!(migration.id = %work.plan().id, bucket.name = bucket, job.id = id, ?status, "job ended");
        self.journal_if_it_fits(Entry::JobEnded { bucket, result })
            .await?;
        self.migration.gauges().carried = Tally::default();
        if status == JobStatus::Complete || state != State::Running {
            return Ok(());
        }
        self.stop(format!(
            "The job {id} ended as {} before every object was tried{}{said}. Mend what it names, then resume: another job takes up all that is left; what is under the key already stays so.",
            status.word(),
            if said.is_empty() { "" } else { ": " },
        ))
        .await
    }

    fn show_job(&self, work: &BucketWork, id: &str, facts: &JobFacts) {
        let phase = format!(
            "S3 Batch Operations job {id} of {}: {}, {} of {} tried",
            work.bucket().bucket,
            facts.status.word(),
            grouped(facts.succeeded + facts.failed),
            grouped(facts.total)
        );
        let carried = carried(work.bucket(), facts);
        {
            let mut gauges = self.migration.gauges();
            gauges.meter.note(
                tokio::time::Instant::now(),
                self.finished + facts.succeeded + facts.failed,
                self.kms_calls,
            );
            gauges.carried = carried;
        }
        self.migration.phase(phase);
    }

    /// Repeats a request about a job while its errors pass; none when the server stops first.
    async fn insist<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        request: impl Fn() -> F,
    ) -> Option<Result<T, CloudError>> {
        for attempt in 1.. {
            let error = match request().await {
                Ok(given) => return Some(Ok(given)),
                Err(error) => error,
            };
            let passes = matches!(
                error.fault,
                Fault::Throttled(_) | Fault::Transient | Fault::Unanswered
            );
            if !passes || attempt >= JOB_FAULTS_MAX {
                return Some(Err(error));
            }
            tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => return None,
                () = tokio::time::sleep(wait(&self.migration.plan.id.0, attempt)) => {}
            }
        }
        None
    }
}

fn next(job: Option<&JobProgress>) -> Next {
    match job {
        None => Next::Announce(1),
        Some(job) => match (&job.token, &job.id, &job.result) {
            (_, _, Some(_)) => Next::Announce(job.number + 1),
            (None, ..) => Next::Write(job.number),
            (Some(_), None, _) => Next::Create(job.clone()),
            (Some(_), Some(id), _) => Next::Follow(id.clone()),
        },
    }
}

/// What a job has done so far, in the numbers of a page. Its bytes are not told.
fn carried(bucket: &PlanBucket, facts: &JobFacts) -> Tally {
    let mut tally = Tally::default();
    let updates = bucket
        .lines
        .iter()
        .filter(|line| line.method == Method::UpdateObjectEncryption);
    let (objects, bytes) = updates.fold((0u64, 0u64), |(objects, bytes), line| {
        (objects + line.objects.0, bytes + line.bytes.0)
    });
    // As if each object were as large as the mean of those that are updated.
    let mean = bytes / objects.max(1);
    let amount = |count: u64| Amount {
        objects: Objects(count),
        bytes: Bytes(count.saturating_mul(mean)),
    };
    let updated = amount(facts.succeeded);
    tally.converted.insert(Method::UpdateObjectEncryption, updated);
    tally.failed = amount(facts.failed);
    tally
}

fn place_of_manifest(
    work: &BucketWork,
    settings: &JobSettings,
    number: u32,
) -> Result<(String, String), String> {
    let (bucket, id) = (work.bucket(), &work.plan().id);
    let place = settings.place(&bucket.region).ok_or_else(|| no_place(bucket))?;
    let name = format!("{id}/{}-{number}.csv", bucket.bucket);
    Ok((place.bucket.clone(), place.key(&name)))
}

fn no_place(bucket: &PlanBucket) -> String {
    format!(
        "The plan names no place for jobs in {}: cancel, and plan again with one.",
        bucket.region
    )
}

fn order(work: &BucketWork, settings: &JobSettings, job: &JobProgress) -> Result<JobOrder, String> {
    let bucket = work.bucket();
    let place = settings.place(&bucket.region).ok_or_else(|| no_place(bucket))?;
    let (Some(token), Some(manifest)) = (&job.token, &job.manifest) else {
        return Err("The journal announces a job without a list: cancel, and plan again.".to_string());
    };
    Ok(JobOrder {
        account: bucket.target.key.account().to_string(),
        region: bucket.region.clone(),
        bucket: bucket.bucket.clone(),
        target: bucket.target.clone(),
        manifest: manifest.clone(),
        place: place.clone(),
        role: settings.role.clone(),
        token: token.clone(),
        description: format!("Rekey: {} of migration {}", bucket.bucket, work.plan().id),
    })
}

/// The inventory's own manifest, with the entity tag that it has now.
async fn inventory(work: &BucketWork, settings: &JobSettings) -> Result<Manifest, String> {
    let bucket = &work.bucket().bucket;
    let place = settings.inventories.iter().find(|place| place.bucket == *bucket);
    let place = place.ok_or_else(|| {
        format!("The plan does not say where the inventory of {bucket} lies: cancel, and plan again.")
    })?;
    let object = cloud::ObjectRef {
        bucket: place.holder.clone(),
        key: place.key.clone(),
        version_id: None,
    };
    let facts = work.shared.account.objects.head(&object).await;
    let facts = facts.map_err(|error| {
        format!("The inventory of {bucket} is not where it was: {error}. Cancel, import a newer one, and plan again.")
    })?;
    Ok(Manifest::Inventory {
        bucket: place.holder.clone(),
        key: place.key.clone(),
        e_tag: facts.e_tag,
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
                if ended || piece.len() >= MANIFEST_PIECE_BYTES {
                    // Nobody listens any more when the upload failed; that is told there.
                    let _ = pieces.blocking_send(Ok(std::mem::take(&mut piece)));
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
