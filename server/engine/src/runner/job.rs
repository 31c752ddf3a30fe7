//! A bucket's updates by S3 Batch Operations: its list is written, the job made, looked at until it ended, and ended when
//! a person pauses or cancels. Each call does the next of these by the fold, so that a crash in between changes nothing:
//! writing the list again writes the same, and making the job again with its token gives the same job. What became of each
//! object is told by `carried`, from the job's report.

use super::Runner;
use super::manifest::place_of_manifest;
use super::work::BucketWork;
use crate::journal::JournalError;
use crate::retry::{Ended, Patience, patiently};
use cloud::{CloudError, Fault, JobFacts, JobOrder};
use model::jobs::{JobProgress, JobResult, JobSettings, JobStatus, Manifest, ManifestSource, has_work};
use model::method::Method;
use model::migration::{Entry, Progress, State};
use model::plan::PlanBucket;
use std::sync::Arc;

/// What may be wrong with a job whose list is an inventory (S3 User Guide, `batch-ops`, 2026-04).
const NULL_VERSIONS: &str = " S3 fails on each null version that an inventory lists: where the bucket has many, cancel, and plan again with a list written by Rekey.";

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
    pub(super) fn wants_job(&self, progress: &Progress, position: u32) -> bool {
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
        if matches!(next, Next::Announce(_)) && !work.proved.is(Method::UpdateObjectEncryption) {
            return self.stop(unproved(&work.bucket().bucket)).await;
        }
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
        if let Err(reason) = settings.manifest.keeps_to(work.bucket()) {
            return self
                .stop(format!(
                    "No job is made for {bucket}. {reason} Cancel, and plan again."
                ))
                .await;
        }
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
            ManifestSource::Inventory => match self.inventory(work, settings).await {
                Ok(Some(manifest)) => manifest,
                Ok(None) => return Ok(()),
                Err(reason) => return self.stop(reason).await,
            },
        };
        self.intend_job(work, number, manifest).await
    }

    pub(super) async fn intend_job(
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
            Some(Err(error)) if is_refusal(&error) => {
                self.stop(format!(
                    "S3 Batch Operations took no job for {bucket}: {error}. It needs s3:CreateJob, and iam:PassRole for {}; mend that, then resume, or cancel and plan without jobs.",
                    order.role
                ))
                .await
            }
            Some(Err(error)) => {
                self.stop_over_job(format!(
                    "Whether S3 Batch Operations have a job for {bucket} is not known: {error}. {} Then resume, or cancel: S3 is asked again, and with the same token it gives the same job.",
                    error.remedy()
                ))
                .await
            }
            None => Ok(()),
        }
    }

    /// Stops because of a job that S3 may be working on, whatever was asked for: a migration that ended as cancelled would
    /// leave the bucket to another one beside that job. Cancelling again looks again.
    async fn stop_over_job(&self, reason: String) -> Result<(), JournalError> {
        tracing::warn!(migration.id = %self.migration.plan.id, reason, "stopped over a job");
        self.journal_if_it_fits(Entry::Stopped { reason }).await
    }

    /// Looks at a job until it ended, or until the state or the server asks for something else.
    async fn follow_job(&self, work: &BucketWork, id: &str) -> Result<(), JournalError> {
        let mut changes = self.migration.ledger.changes();
        let mut cancelled = false;
        loop {
            work.throttle.kms.note_job();
            let (account, region) = (work.target().key.account(), &work.bucket().region);
            let jobs = &self.shared.account.jobs;
            let facts = match self.insist(|| jobs.describe(account, region, id)).await {
                Some(Ok(facts)) => facts,
                Some(Err(error)) if error.fault == Fault::NotFound => {
                    return self
                        .stop(format!(
                            "S3 does not know the job {id} any more: {error}. What it did is not known: cancel, import a newer inventory, and plan again."
                        ))
                        .await;
                }
                Some(Err(error)) => {
                    return self
                        .stop_over_job(format!(
                            "The job {id} cannot be looked at: {error}. It goes on. {} Then resume to follow it, or cancel.",
                            error.remedy()
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
                        .stop_over_job(format!(
                            "The job {id} cannot be ended: {error}. It goes on. {} Or end it in the S3 console. Then resume, or cancel again.",
                            error.remedy()
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
        if status == JobStatus::Complete || state != State::Running {
            return Ok(());
        }
        let by_inventory = work
            .plan()
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.manifest == ManifestSource::Inventory);
        self.stop(format!(
            "The job {id} ended as {} before every object was tried{}{said}. Mend what it names, then resume: another job takes up all that is left; what is under the key already stays so.{}",
            status.word(),
            if said.is_empty() { "" } else { ": " },
            if by_inventory { NULL_VERSIONS } else { "" },
        ))
        .await
    }

    /// Repeats a request about a job while its errors pass; none when the server stops first.
    async fn insist<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        request: impl Fn() -> F,
    ) -> Option<Result<T, CloudError>> {
        let (id, stopping) = (&self.migration.plan.id.0, self.shared.stopping.cancelled());
        match patiently(id, Patience::with_control(), stopping, request).await {
            Ok(given) => Some(Ok(given)),
            Err(Ended::Failed(error)) => Some(Err(error)),
            Err(Ended::BrokenOff(_)) => None,
        }
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

/// Whether S3 has answered that there is no job. An answer that is lost, an account that is read only, and credentials that
/// are not taken say nothing about one that was asked for before.
fn is_refusal(error: &CloudError) -> bool {
    let answered = !matches!(
        error.fault,
        Fault::ReadOnly | Fault::Transient | Fault::Throttled(_) | Fault::Unanswered
    );
    answered && !error.is_of_credentials()
}

fn unproved(bucket: &str) -> String {
    format!(
        "No job is made for {bucket}: among its first objects none was left on which the update could be seen to work. They are under the key already, or gone: cancel, import a newer inventory, and plan again."
    )
}

pub(super) fn no_place(bucket: &PlanBucket) -> String {
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
