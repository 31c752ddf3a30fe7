//! What became of the objects that a job of S3 Batch Operations worked on, by its completion report: those that are not in
//! it were updated. The pipeline asks for each row, so that outcomes are counted and journaled as those of its own requests.

use super::Runner;
use super::object::Outcome;
use super::work::BucketWork;
use cloud::{CloudError, Fault, jobs};
use model::jobs::{JobProgress, Manifest};
use model::method::Method;
use model::migration::FailureCause;
use model::row::ObjectRow;
use std::collections::HashMap;

/// Outcomes of a job.
#[derive(Debug)]
pub(super) struct Carried {
    failed: HashMap<(String, Option<String>), Outcome>,
    /// Failures that must turn up among the bucket's rows; none where the list was not made of them.
    pub(super) expected: Option<u64>,
}

impl Carried {
    /// What became of a row that the job was to update.
    pub(super) fn outcome(&self, row: &ObjectRow) -> Outcome {
        // The lookup borrows nothing, since the map's keys are whole.
        let name = (row.key.clone(), row.version_id.clone());
        let failed = self.failed.get(&name);
        failed
            .cloned()
            .unwrap_or(Outcome::Converted(Method::UpdateObjectEncryption))
    }
}

impl Runner {
    /// The outcomes of a bucket's job; none when it had none.
    pub(super) async fn carried(&self, work: &BucketWork) -> Result<Option<Carried>, String> {
        let job = {
            let progress = self.migration.ledger.progress();
            let here = &progress.buckets[work.position as usize];
            here.job.clone().filter(JobProgress::is_complete)
        };
        let settings = work.plan().jobs.as_ref();
        let (Some(job), Some(settings)) = (job, settings) else {
            return Ok(None);
        };
        let (Some(id), Some(result)) = (job.id, job.result) else {
            return Ok(None);
        };
        let place = settings
            .place(&work.bucket().region)
            .ok_or("The plan names no place for this job’s report.")?;
        let deliveries = self.shared.account.deliveries.as_ref();
        let report = jobs::failures(deliveries, place, &id, result.failed).await;
        let report = report.map_err(|error| unread(&id, &error))?;
        let mut failed = HashMap::new();
        for failure in &report {
            let outcome = outcome(failure.fault, &failure.message);
            for key in failure.keys() {
                failed.insert((key, failure.version_id.clone()), outcome.clone());
            }
        }
        let of_rows = matches!(job.manifest, Some(Manifest::Written { .. }));
        Ok(Some(Carried {
            failed,
            expected: of_rows.then_some(result.failed),
        }))
    }
}

fn unread(id: &str, error: &CloudError) -> String {
    format!(
        "The report of job {id} cannot be read: {error}. Allow s3:GetObject and s3:ListBucket there, then resume."
    )
}

fn outcome(fault: Fault, message: &str) -> Outcome {
    let cause = match fault {
        Fault::NotFound => return Outcome::Gone,
        Fault::Changed => FailureCause::ChangedMeanwhile,
        Fault::AccessDenied | Fault::ReadOnly => FailureCause::AccessDenied,
        Fault::Throttled(_) => FailureCause::Throttled,
        Fault::KeyUnusable => FailureCause::KeyUnusable,
        Fault::Locked => FailureCause::ObjectLocked,
        Fault::NeedsRestore => FailureCause::NeedsRestore,
        Fault::Refused | Fault::NotSupported => FailureCause::Refused,
        Fault::Transient | Fault::Unanswered => FailureCause::Transient,
    };
    Outcome::Failed(cause, message.to_string())
}
