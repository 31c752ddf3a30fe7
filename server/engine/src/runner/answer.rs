//! What follows an error, by what it means: wait and look again, fail the object, or stop the run.

use super::object::{Attempt, Outcome, Step};
use crate::limits::CHANGED_MAX;
use cloud::{CloudError, Fault};
use model::migration::FailureCause;

impl Attempt<'_> {
    /// What follows an error: look again after a wait, or the end.
    pub(super) async fn after(&mut self, error: &CloudError) -> Step {
        let failed = |cause| Step::End(Outcome::Failed(cause, said(error)));
        let wait = match error.fault {
            Fault::NotFound if error.is_of_bucket() => return self.no_bucket(),
            Fault::NotFound if error.operation == "HeadObject" => {
                return match self.work.bucket_is_gone().await {
                    Some(true) => self.no_bucket(),
                    Some(false) => Step::End(Outcome::Gone),
                    None => Step::End(Outcome::Interrupted),
                };
            }
            Fault::NotFound => {
                // A look tells whether the object is gone or something else was not found.
                self.missing += 1;
                return if self.missing > 1 {
                    failed(FailureCause::Refused)
                } else {
                    Step::Look
                };
            }
            Fault::Changed => {
                self.changed += 1;
                if self.changed >= CHANGED_MAX {
                    return failed(FailureCause::ChangedMeanwhile);
                }
                return Step::Look;
            }
            Fault::Throttled(throttler) => {
                self.work.throttled(throttler, &self.row.key);
                match self.patience.after_throttle(&self.row.key) {
                    Some(wait) => wait,
                    None => return failed(FailureCause::Throttled),
                }
            }
            Fault::Transient | Fault::Unanswered => match self.patience.after_fault(&self.row.key) {
                Some(wait) => wait,
                None => return failed(FailureCause::Transient),
            },
            Fault::KeyUnusable => return self.key_unusable(error).await,
            Fault::AccessDenied | Fault::Refused if error.is_of_credentials() => {
                return self.stop_untouched(format!("{error}. {} Then resume.", error.remedy()));
            }
            Fault::AccessDenied => return failed(FailureCause::AccessDenied),
            Fault::Locked => return failed(FailureCause::ObjectLocked),
            Fault::NeedsRestore => return failed(FailureCause::NeedsRestore),
            Fault::Refused => return failed(FailureCause::Refused),
            Fault::NotSupported => {
                self.work.stop(format!(
                    "The server does not have {}: cancel, and plan again with another method.",
                    error.operation
                ));
                return failed(FailureCause::Refused);
            }
            Fault::ReadOnly => {
                let text =
                    "The account was opened for reading only: restart with --allow-changes, then resume.";
                return self.stop_untouched(text.to_string());
            }
        };
        if self.unless_stopped(tokio::time::sleep(wait)).await {
            Step::Look
        } else {
            Step::End(Outcome::Interrupted)
        }
    }

    /// No object is at fault, and none is there to go on with.
    fn no_bucket(&self) -> Step {
        let bucket = &self.work.bucket().bucket;
        self.stop_untouched(format!(
            "The bucket {bucket} is not there any more. Cancel; what else is to be converted needs a plan without it."
        ))
    }

    /// Stops the run for a reason that is none of the object's: it is tried again later.
    fn stop_untouched(&self, reason: String) -> Step {
        self.work.stop(reason);
        Step::End(Outcome::Interrupted)
    }

    async fn key_unusable(&self, error: &CloudError) -> Step {
        if self.work.target_key_fails(self.under_key).await {
            let key = &self.work.target().key;
            return self.stop_untouched(format!(
                "The key {key} cannot be used ({}): enable it or cancel its deletion, then resume.",
                error.message
            ));
        }
        Step::End(Outcome::Failed(FailureCause::KeyUnusable, said(error)))
    }
}

/// What was refused and how, with the request's id, which AWS Support asks for.
fn said(error: &CloudError) -> String {
    let text = format!("{}: {}", error.operation, error.message);
    match &error.request_id {
        Some(id) => format!("{text} (request {id})"),
        None => text,
    }
}
