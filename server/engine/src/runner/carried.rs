//! What became of the objects that a job of S3 Batch Operations worked on, by its completion report, which names failures
//! only. Where the job's list is known to be the inventory's rows, those that are not in the report were updated; else each
//! is looked at. The pipeline asks for each row, so that outcomes are counted and journaled as those of its own requests.

use super::Runner;
use super::object::Outcome;
use super::work::BucketWork;
use crate::retry::{Ended, Patience, patiently};
use cloud::{CloudError, Fault, jobs};
use model::jobs::{JobProgress, JobResult, Manifest};
use model::method::Method;
use model::migration::FailureCause;
use model::row::ObjectRow;
use std::collections::HashMap;

/// Outcomes of a job.
#[derive(Debug)]
pub(super) struct Carried {
    /// By key, with the version that the job named.
    failed: HashMap<String, Vec<(Option<String>, Outcome)>>,
    /// Failures that must turn up among the bucket's rows; none where the list was not made of them.
    pub(super) expected: Option<u64>,
    /// Whether the job tried exactly the rows that it was to update.
    tried_all: bool,
}

impl Carried {
    /// What became of a row that the job was to update; none when only a look tells.
    pub(super) fn outcome(&self, row: &ObjectRow) -> Option<Outcome> {
        let of_key = self.failed.get(&row.key).into_iter().flatten();
        let of_row = named(row.version_id.as_deref());
        let mut failed = of_key.filter(|(version, _)| named(version.as_deref()) == of_row);
        let updated = self
            .tried_all
            .then_some(Outcome::Converted(Method::UpdateObjectEncryption));
        failed.next().map(|(_, outcome)| outcome.clone()).or(updated)
    }
}

/// A version as its name tells it from others of its key: the null version has none in an inventory, and so in the report of
/// a job that worked on it, and the name “null” in a row.
fn named(version: Option<&str>) -> Option<&str> {
    version.filter(|name| *name != "null")
}

/// How many failures of a job must turn up among the rows of its bucket, where its list was made of them; a failure that is
/// no row's would be counted as a success. `done_before`: rows that were done without it, which an inventory lists all the
/// same.
fn expected(
    manifest: Option<&Manifest>,
    result: &JobResult,
    tried_all: bool,
    done_before: u64,
) -> Option<u64> {
    match manifest {
        Some(Manifest::Written { .. }) => Some(result.failed),
        Some(Manifest::Inventory { .. }) => tried_all.then(|| result.failed.saturating_sub(done_before)),
        Some(Manifest::Generated) | None => None,
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
    ///
    /// # Errors
    /// Why they cannot be told; without a word when something else is to be done first.
    pub(super) async fn carried(&self, work: &BucketWork) -> Result<Option<Carried>, Option<String>> {
        let (job, done_before) = {
            let progress = self.migration.ledger.progress();
            let here = &progress.buckets[work.position as usize];
            let job = here.job.clone().filter(JobProgress::is_complete);
            (job, progress.rows_done(work.position, 0))
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
            .ok_or_else(|| Some("The plan names no place for this job’s report.".to_string()))?;
        let deliveries = self.shared.account.deliveries.as_ref();
        let read = || jobs::failures(deliveries, place, &id, result.failed);
        let report = match patiently(&id, Patience::with_control(), self.called_off(), read).await {
            Ok(report) => report,
            Err(Ended::BrokenOff(_)) => return Err(None),
            Err(Ended::Failed(error)) => return Err(Some(unread(&id, &error))),
        };
        let mut failed: HashMap<String, Vec<_>> = HashMap::new();
        for failure in &report {
            let outcome = outcome(failure.fault, &failure.message);
            for key in failure.keys() {
                let named = (failure.version_id.clone(), outcome.clone());
                failed.entry(key).or_default().push(named);
            }
        }
        let tried_all = tried_all(job.manifest.as_ref(), &result, work.bucket().rows);
        Ok(Some(Carried {
            failed,
            expected: expected(job.manifest.as_ref(), &result, tried_all, done_before),
            tried_all,
        }))
    }
}

fn unread(id: &str, error: &CloudError) -> String {
    let mend = match error.fault {
        Fault::AccessDenied => "Allow s3:GetObject and s3:ListBucket there, then resume.",
        _ => "Resume to read it again.",
    };
    format!("The report of job {id} cannot be read: {error}. {mend}")
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
    fn each_version_has_the_outcome_that_the_report_names() {
        let failed = |version: Option<&str>, cause| {
            let outcome = Outcome::Failed(cause, "no".to_string());
            (version.map(ToString::to_string), outcome)
        };
        let of_key = vec![
            failed(Some("v1"), FailureCause::AccessDenied),
            failed(Some("v2"), FailureCause::ObjectLocked),
        ];
        let unnamed = vec![failed(None, FailureCause::Refused)];
        let null = vec![failed(Some("null"), FailureCause::Refused)];
        let carried = Carried {
            failed: HashMap::from([
                ("a".to_string(), of_key),
                ("unnamed".to_string(), unnamed),
                ("null".to_string(), null),
            ]),
            expected: None,
            tried_all: true,
        };
        let cause = |key: &str, version: Option<&str>| {
            let row = ObjectRow {
                key: key.to_string(),
                version_id: version.map(ToString::to_string),
                current: true,
                delete_marker: false,
                size: model::quantity::Bytes(1),
                last_modified: None,
                e_tag: String::new(),
                storage_class: model::inventory::StorageClass::Standard,
                encryption_status: model::inventory::EncryptionStatus::SseS3,
                bucket_key_status: model::inventory::BucketKeyStatus::Unknown,
                locked: false,
            };
            match carried.outcome(&row) {
                Some(Outcome::Failed(cause, _)) => Some(cause),
                _ => None,
            }
        };
        assert_eq!(cause("a", Some("v1")), Some(FailureCause::AccessDenied));
        assert_eq!(cause("a", Some("v2")), Some(FailureCause::ObjectLocked));
        assert_eq!((cause("a", None), cause("b", Some("v1"))), (None, None));
        // Rows call the null version by its name, and reports may leave it empty.
        for key in ["unnamed", "null"] {
            for version in [None, Some("null")] {
                assert_eq!(
                    cause(key, version),
                    Some(FailureCause::Refused),
                    "{key} {version:?}"
                );
            }
            assert_eq!(cause(key, Some("v1")), None, "{key}");
        }
    }

    fn written() -> Manifest {
        Manifest::Written {
            bucket: "jobs".to_string(),
            key: "list.csv".to_string(),
            e_tag: "abc".to_string(),
            versions: false,
            objects: 10,
        }
    }

    fn listed() -> Manifest {
        Manifest::Inventory {
            bucket: "inventories".to_string(),
            key: "manifest.json".to_string(),
            e_tag: "abc".to_string(),
        }
    }

    const fn ended(total: u64, succeeded: u64, failed: u64) -> JobResult {
        JobResult {
            status: JobStatus::Complete,
            total,
            succeeded,
            failed,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn failures_must_turn_up_where_silence_is_a_success() {
        let (written, inventory) = (written(), listed());
        for (manifest, tried_all, done_before, must) in [
            (Some(&written), true, 3, Some(5)),
            (Some(&written), false, 3, Some(5)),
            (Some(&inventory), true, 0, Some(5)),
            // Its canaries are rows of the inventory too, and may be among the failures.
            (Some(&inventory), true, 3, Some(2)),
            (Some(&inventory), true, 9, Some(0)),
            (Some(&inventory), false, 0, None),
            (Some(&Manifest::Generated), false, 0, None),
            (None, false, 0, None),
        ] {
            let found = expected(manifest, &ended(10, 5, 5), tried_all, done_before);
            assert_eq!(found, must, "{manifest:?} {tried_all} {done_before}");
        }
    }

    #[test]
    fn silence_is_a_success_only_where_all_rows_were_tried() {
        let (written, inventory) = (written(), listed());
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
