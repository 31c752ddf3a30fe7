//! What is shown of a job while `job` looks at it: how far it is, and what holds it up.

use super::Runner;
use super::work::BucketWork;
use crate::counts::JobCount;
use cloud::JobFacts;
use model::format::grouped;
use model::jobs::JobStatus;

impl Runner {
    /// Shows what a job says of itself.
    pub(super) fn show_job(&self, work: &BucketWork, id: &str, facts: &JobFacts) {
        let phase = format!(
            "S3 Batch Operations job {id} of {}: {}, {} of {} tried",
            work.bucket().bucket,
            facts.status.word(),
            grouped(facts.succeeded + facts.failed),
            grouped(facts.total)
        );
        let held_up = held_up(id, facts);
        {
            let mut gauges = self.migration.gauges();
            gauges.meter.note(
                tokio::time::Instant::now(),
                self.finished + facts.succeeded + facts.failed,
                self.kms_calls,
            );
            let count = JobCount {
                total: facts.total,
                succeeded: facts.succeeded,
                failed: facts.failed,
            };
            gauges.job = Some((work.position, count));
            gauges.waiting_for = held_up;
        }
        self.migration.phase(phase);
    }
}

/// Why a job does not go on by itself, or may not; none while it does.
fn held_up(id: &str, facts: &JobFacts) -> Option<String> {
    let what = match facts.status {
        JobStatus::Suspended => {
            "has suspended the job, until somebody confirms it there: confirm it in the S3 console"
        }
        // No request pauses a job, so that whoever is to mend this is not known.
        JobStatus::Pausing | JobStatus::Paused => {
            "has paused the job, which Rekey cannot ask for: it is followed until it goes on"
        }
        JobStatus::New
        | JobStatus::Preparing
        | JobStatus::Ready
        | JobStatus::Active
        | JobStatus::Completing
        | JobStatus::Complete
        | JobStatus::Cancelling
        | JobStatus::Cancelled
        | JobStatus::Failing
        | JobStatus::Failed => return None,
    };
    let said = facts.reasons.join("; ");
    let colon = if said.is_empty() { "" } else { ": " };
    Some(format!(
        "S3 {what}, or pause or cancel here, which ends it. Job {id}{colon}{said}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_a_job_is_told_why_it_does_not_go_on() {
        for status in JobStatus::ALL {
            let facts = JobFacts {
                status,
                total: 10,
                succeeded: 1,
                failed: 0,
                reasons: vec!["awaiting confirmation".to_string()],
            };
            let waits = match status {
                JobStatus::Suspended => Some("confirm it in the S3 console"),
                JobStatus::Pausing | JobStatus::Paused => Some("has paused the job"),
                _ => None,
            };
            let told = held_up("00e1", &facts);
            assert_eq!(told.is_some(), waits.is_some(), "{status:?}: {told:?}");
            for part in waits.into_iter().chain(["00e1", "awaiting confirmation"]) {
                assert!(
                    told.as_ref().is_none_or(|told| told.contains(part)),
                    "{status:?}: {told:?}"
                );
            }
        }
    }
}
