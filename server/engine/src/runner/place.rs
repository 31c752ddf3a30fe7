//! The places of jobs, tried before anything else is done: a list that cannot be written, or a report that cannot be read,
//! would be found out only once buckets are changed and canaries converted. Nothing of it is journaled: a runner that
//! begins tries them anew, and what a crash left there has the name that the next try takes.

use super::Runner;
use crate::journal::JournalError;
use crate::retry::{Ended, Patience, patiently};
use cloud::place::try_place;
use cloud::{CloudError, Fault};
use model::jobs::{JobPlace, JobProgress};

impl Runner {
    /// Tries each place at which a job is still to be made, and stops at the first that does not do.
    pub(super) async fn try_places(&mut self) -> Result<(), JournalError> {
        let id = self.migration.plan.id.0.clone();
        for place in self.places_needed() {
            self.migration
                .phase(format!("Trying {place}, where lists and reports of jobs go"));
            let (name, written) = (format!("{id}/probe"), format!("rekey tries {id}, {}", self.epoch));
            let account = &self.shared.account;
            let tried = || try_place(account, &place, &name, written.as_bytes());
            match patiently(&id, Patience::with_control(), self.called_off(), tried).await {
                Ok(()) => {
                    tracing::info!(migration.id = id, %place, "place of jobs tried");
                }
                Err(Ended::Failed(error)) => return self.stop(unfit(&place, &error)).await,
                Err(Ended::BrokenOff(_)) => return Ok(()),
            }
        }
        self.places_tried = true;
        Ok(())
    }

    /// Places of the buckets whose job S3 has not been asked for, each once.
    fn places_needed(&self) -> Vec<JobPlace> {
        let (plan, progress) = (&self.migration.plan, self.migration.ledger.progress());
        let Some(settings) = &plan.jobs else {
            return Vec::new();
        };
        let mut places: Vec<JobPlace> = Vec::new();
        for ((position, bucket), here) in (0u32..).zip(&plan.buckets).zip(&progress.buckets) {
            let asked_for = here.job.as_ref().is_some_and(JobProgress::is_open);
            if asked_for || !self.wants_job(&progress, position) {
                continue;
            }
            let place = settings.place(&bucket.region);
            let place = place.filter(|place| !places.contains(place)).cloned();
            places.extend(place);
        }
        places
    }
}

/// Why a run stops before its first job.
fn unfit(place: &JobPlace, error: &CloudError) -> String {
    let mend = mend(error);
    format!("{place} cannot take the lists and reports of jobs: {error}. No job was made. {mend}")
}

/// What to do about an error at a place of jobs.
pub(super) fn mend(error: &CloudError) -> String {
    match error.fault {
        _ if error.is_of_credentials() => format!("{} Then resume.", error.remedy()),
        Fault::AccessDenied => {
            "Allow s3:PutObject under SSE-S3, s3:GetObject, s3:ListBucket, s3:DeleteObject and s3:DeleteObjectVersion there to the runner, see that the bucket's policy does not refuse them, then resume: the place is tried again.".to_string()
        }
        Fault::Locked => {
            "Object Lock keeps what is written there: cancel, and plan again with a bucket without it.".to_string()
        }
        _ => {
            "Mend that and resume, so that the place is tried again, or cancel and plan again with another place.".to_string()
        }
    }
}
