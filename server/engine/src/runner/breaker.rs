//! When failures mean that a person is needed: a pure count of outcomes. Stopping is a pause that asks, never an end.

use super::object::Outcome;
use crate::limits::{ACCESS_DENIED_WITHIN, FAILURES_IN_WINDOW, FAILURES_MAX, FAILURES_WINDOW};
use model::migration::FailureCause;
use std::collections::VecDeque;

/// Counts of one runner.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failed: u64,
    /// The last outcomes, whether each was a failure.
    window: VecDeque<bool>,
    failed_in_window: usize,
    /// Objects attempted in the bucket, by earlier runners too; none in a retry, where refusals are expected.
    in_bucket: Option<u64>,
}

impl Breaker {
    /// Begins another bucket, of which so many objects were attempted before.
    pub(crate) const fn enter(&mut self, attempted: Option<u64>) {
        self.in_bucket = attempted;
    }

    /// Notes an outcome; gives the reason to stop when it is the last straw.
    pub(crate) fn note(&mut self, outcome: &Outcome) -> Option<String> {
        if matches!(outcome, Outcome::LeftOut(_) | Outcome::Interrupted) {
            return None;
        }
        let in_retry = self.in_bucket.is_none();
        let early = self.in_bucket.as_mut().is_some_and(|attempted| {
            *attempted += 1;
            *attempted <= ACCESS_DENIED_WITHIN
        });
        self.slide(matches!(outcome, Outcome::Failed(..)));
        let Outcome::Failed(cause, message) = outcome else {
            return None;
        };
        self.failed += 1;
        if *cause == FailureCause::AccessDenied && early {
            return Some(denied_at_once(message));
        }
        if !in_retry && self.failed_in_window > FAILURES_IN_WINDOW {
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

/// Why access refused at the start of a bucket stops the run.
pub(super) fn denied_at_once(message: &str) -> String {
    let remedy = FailureCause::AccessDenied.remedy();
    format!("Access was denied right at the start of the bucket: {message}. {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::method::{LeftOut, Method};

    fn failed(cause: FailureCause) -> Outcome {
        Outcome::Failed(cause, "no".to_string())
    }

    #[test]
    fn a_refusal_stops_early_and_is_a_failure_later() {
        let converted = Outcome::Converted(Method::UpdateObjectEncryption);
        let mut breaker = Breaker::default();
        breaker.enter(Some(0));
        assert_eq!(breaker.note(&Outcome::LeftOut(LeftOut::Locked)), None);
        assert!(breaker.note(&failed(FailureCause::AccessDenied)).is_some());
        breaker.enter(Some(0));
        assert!((0..100).all(|_| breaker.note(&converted).is_none()));
        assert_eq!(breaker.note(&failed(FailureCause::AccessDenied)), None);
        breaker.enter(None);
        assert_eq!(breaker.note(&failed(FailureCause::AccessDenied)), None);
    }

    #[test]
    fn many_failures_among_the_last_stop_and_few_do_not() {
        let converted = Outcome::Converted(Method::UpdateObjectEncryption);
        let mut breaker = Breaker::default();
        breaker.enter(Some(ACCESS_DENIED_WITHIN));
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
        breaker.enter(None);
        assert!((0..5_000).all(|_| breaker.note(&failed(FailureCause::Refused)).is_none()));
    }
}
