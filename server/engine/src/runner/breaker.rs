//! When failures mean that a person is needed: a pure count of outcomes. Stopping is a pause that asks, never an end.

use super::object::Outcome;
use super::work::BucketWork;
use crate::limits::{FAILURES_IN_WINDOW, FAILURES_MAX, FAILURES_WINDOW};
use model::migration::FailureCause;
use std::collections::VecDeque;

/// Which bucket is judged, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Judged {
    /// The first refusal stops.
    #[default]
    Strictly,
    /// A person resumed after a refusal in this bucket: further ones are failures like others.
    KnowingRefusals,
    /// A retry, where failures are expected.
    Retry,
}

/// Counts of one runner.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failed: u64,
    /// The last outcomes, whether each was a failure.
    window: VecDeque<bool>,
    failed_in_window: usize,
    judged: Judged,
}

impl Breaker {
    /// Begins another bucket.
    pub(crate) const fn enter(&mut self, judged: Judged) {
        self.judged = judged;
    }

    /// Notes an outcome, and stops the work when it is the last straw.
    pub(super) fn judge(&mut self, outcome: &Outcome, work: &BucketWork) {
        match (self.note(outcome), outcome) {
            (Some(reason), Outcome::Failed(FailureCause::AccessDenied, _)) => work.stop_refused(reason),
            (Some(reason), _) => work.stop(reason),
            (None, _) => {}
        }
    }

    /// Notes an outcome; gives the reason to stop when it is the last straw.
    fn note(&mut self, outcome: &Outcome) -> Option<String> {
        if matches!(outcome, Outcome::LeftOut(_) | Outcome::Interrupted) {
            return None;
        }
        let Outcome::Failed(cause, message) = outcome else {
            self.slide(false);
            return None;
        };
        self.failed += 1;
        if *cause == FailureCause::AccessDenied && self.judged == Judged::Strictly {
            return Some(denied(message));
        }
        if is_of_the_run(*cause) {
            self.slide(true);
        }
        if self.judged != Judged::Retry && self.failed_in_window > FAILURES_IN_WINDOW {
            return Some(format!(
                "{} of the last {} objects failed, last: {message}. {} Then resume; it goes on where it stopped.",
                self.failed_in_window,
                self.window.len(),
                cause.remedy()
            ));
        }
        (self.failed > FAILURES_MAX).then(|| {
            format!("More than {FAILURES_MAX} objects failed, last: {message}. Look at the causes, then resume or cancel.")
        })
    }

    /// Takes an outcome into the window, and the oldest out of it.
    fn slide(&mut self, failed: bool) {
        if self.window.len() == FAILURES_WINDOW {
            let oldest = self.window.pop_front().unwrap_or(false);
            self.failed_in_window -= usize::from(oldest);
        }
        self.window.push_back(failed);
        self.failed_in_window += usize::from(failed);
    }
}

/// Whether a failure may have its cause outside of the object. What became of an object since the inventory was taken says
/// nothing of the next one.
const fn is_of_the_run(cause: FailureCause) -> bool {
    !matches!(
        cause,
        FailureCause::ObjectLocked | FailureCause::NeedsRestore | FailureCause::ChangedMeanwhile
    )
}

/// Why refused access stops the run.
pub(super) fn denied(message: &str) -> String {
    let remedy = FailureCause::AccessDenied.remedy();
    format!(
        "Access was denied: {message}. {remedy} Then resume: what was refused can be tried again at the end, and further refusals in this bucket do not stop the run by themselves."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::method::{LeftOut, Method};

    fn failed(cause: FailureCause) -> Outcome {
        Outcome::Failed(cause, "no".to_string())
    }

    #[test]
    fn a_refusal_stops_whenever_it_comes_and_is_a_failure_once_somebody_resumed() {
        let converted = Outcome::Converted(Method::UpdateObjectEncryption);
        let mut breaker = Breaker::default();
        breaker.enter(Judged::Strictly);
        assert_eq!(breaker.note(&Outcome::LeftOut(LeftOut::Locked)), None);
        assert!((0..5_000).all(|_| breaker.note(&converted).is_none()));
        assert!(breaker.note(&failed(FailureCause::AccessDenied)).is_some());
        for judged in [Judged::KnowingRefusals, Judged::Retry] {
            breaker.enter(judged);
            assert_eq!(
                breaker.note(&failed(FailureCause::AccessDenied)),
                None,
                "{judged:?}"
            );
        }
    }

    #[test]
    fn what_became_of_objects_since_the_inventory_is_not_judged() {
        let mut breaker = Breaker::default();
        breaker.enter(Judged::Strictly);
        for cause in [
            FailureCause::ObjectLocked,
            FailureCause::NeedsRestore,
            FailureCause::ChangedMeanwhile,
        ] {
            assert!((0..FAILURES_WINDOW).all(|_| breaker.note(&failed(cause)).is_none()));
        }
        assert!((0..=FAILURES_IN_WINDOW).any(|_| breaker.note(&failed(FailureCause::NotAsAsked)).is_some()));
    }

    #[test]
    fn many_failures_among_the_last_stop_and_few_do_not() {
        let converted = Outcome::Converted(Method::UpdateObjectEncryption);
        let mut breaker = Breaker::default();
        breaker.enter(Judged::Strictly);
        // Three in a hundred, for long.
        for count in 0..10_000 {
            let outcome = if count % 33 == 0 {
                failed(FailureCause::Transient)
            } else {
                converted.clone()
            };
            assert_eq!(breaker.note(&outcome), None, "{count}");
        }
        // Then all of them.
        let stopped = (0..FAILURES_IN_WINDOW).find_map(|_| breaker.note(&failed(FailureCause::Transient)));
        assert!(stopped.is_some());
    }

    #[test]
    fn a_retry_is_not_judged_by_its_share() {
        let mut breaker = Breaker::default();
        breaker.enter(Judged::Retry);
        assert!((0..5_000).all(|_| breaker.note(&failed(FailureCause::Refused)).is_none()));
    }
}
