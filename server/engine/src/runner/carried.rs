//! What became of the objects that a job of S3 Batch Operations worked on, by its completion report, which names failures
//! only. Where the job's list is known to be the inventory's rows, those that are not in the report were updated; else each
//! is looked at. The pipeline asks for each row, so that outcomes are counted and journaled as those of its own requests.

use super::Runner;
use super::object::Outcome;
use super::work::BucketWork;
use cloud::{CloudError, Fault, jobs};
use model::jobs::{JobProgress, JobResult, Manifest};
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
    /// Whether the job tried exactly the rows that it was to update.
    tried_all: bool,
}

impl Carried {
    /// What became of a row that the job was to update; none when only a look tells.
    pub(super) fn outcome(&self, row: &ObjectRow) -> Option<Outcome> {
        // The lookup borrows nothing, since the map's keys are whole.
        let name = (row.key.clone(), row.version_id.clone());
        let failed = self.failed.get(&name).cloned();
        let updated = self
            .tried_all
            .then_some(Outcome::Converted(Method::UpdateObjectEncryption));
        failed.or(updated)
    }
}

/// Whether a job tried each object of a list that holds exactly the rows to update.
fn tried_all(manifest: Option<&Manifest>, result: &JobResult, rows: u64) -> bool {
    let listed = match manifest {
        Some(Manifest::Written { objects, .. }) => Some(*objects),
        Some(Manifest::Inventory { .. }) => Some(rows),
        // S3 lists what is under SSE-S3 when the job begins. What was deleted or became something else since the inventory
        // is neither in that list nor in the report.
        Some(Manifest::Generated) | None => None,
    };
    listed == Some(result.total) && result.succeeded + result.failed == result.total
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
            tried_all: tried_all(job.manifest.as_ref(), &result, work.bucket().rows),
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::jobs::JobStatus;

    #[test]
    fn silence_is_a_success_only_where_all_rows_were_tried() {
        let written = Manifest::Written {
            bucket: "jobs".to_string(),
            key: "list.csv".to_string(),
            e_tag: "abc".to_string(),
            versions: false,
            objects: 10,
        };
        let inventory = Manifest::Inventory {
            bucket: "inventories".to_string(),
            key: "manifest.json".to_string(),
            e_tag: "abc".to_string(),
        };
        let ended = |total, succeeded, failed| JobResult {
            status: JobStatus::Complete,
            total,
            succeeded,
            failed,
            reasons: Vec::new(),
        };
        for (manifest, result, all) in [
            (&written, ended(10, 8, 2), true),
            (&written, ended(9, 7, 2), false),
            (&written, ended(10, 7, 2), false),
            (&inventory, ended(12, 12, 0), true),
            (&inventory, ended(11, 11, 0), false),
            (&Manifest::Generated, ended(12, 12, 0), false),
        ] {
            assert_eq!(
                tried_all(Some(manifest), &result, 12),
                all,
                "{manifest:?} {result:?}"
            );
        }
    }
}
