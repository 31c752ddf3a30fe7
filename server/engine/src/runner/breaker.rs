//! When failures mean that a person is needed: a pure count of outcomes. Stopping is a pause that asks, never an end.

use super::object::Outcome;
use super::work::BucketWork;
use crate::limits::{FAILURES_IN_WINDOW, FAILURES_MAX, FAILURES_WINDOW};
use model::migration::FailureCause;
use std::collections::VecDeque;

/// How outcomes are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    /// Whether the first refusal stops. Once a person resumed after one, further ones are failures like others.
    pub(crate) refusals_stop: bool,
    /// Failures among the last outcomes that are borne; none in a retry, where failures are expected.
    pub(crate) share: Option<usize>,
}

impl Judged {
    /// Nothing has happened yet.
    pub(crate) const STRICTLY: Self = Self {
        refusals_stop: true,
        share: Some(FAILURES_IN_WINDOW),
    };
}

/// Failures that are borne once a person resumed so often after there were too many: five times as many each time, so that
/// nobody is asked the same again, and half of all is still too much.
pub(crate) const fn borne_after(stops: u32) -> usize {
    let most = FAILURES_WINDOW / 2;
    let borne = FAILURES_IN_WINDOW.saturating_mul(5usize.saturating_pow(stops));
    if borne < most { borne } else { most }
}

/// Why the work is to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Straw {
    Refused(String),
    Share(String),
    Count(String),
}

/// Counts of one runner.
#[derive(Debug)]
pub(crate) struct Breaker {
    failed: u64,
    /// The last outcomes, whether each was a failure.
    window: VecDeque<bool>,
    failed_in_window: usize,
    judged: Judged,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failed: 0,
            window: VecDeque::new(),
            failed_in_window: 0,
            judged: Judged::STRICTLY,
        }
    }
}

impl Breaker {
    /// Begins another bucket.
    pub(crate) const fn enter(&mut self, judged: Judged) {
        self.judged = judged;
    }

    /// Notes an outcome, and stops the work when it is the last straw.
    pub(super) fn judge(&mut self, outcome: &Outcome, work: &BucketWork) {
        match self.note(outcome) {
            Some(Straw::Refused(reason)) => work.stop_refused(reason),
            Some(Straw::Share(reason)) => work.stop_too_many(reason),
            Some(Straw::Count(reason)) => work.stop(reason),
            None => {}
        }
    }

    /// Notes an outcome; gives the reason to stop when it is the last straw.
    fn note(&mut self, outcome: &Outcome) -> Option<Straw> {
        if matches!(outcome, Outcome::LeftOut(_) | Outcome::Interrupted) {
            return None;
        }
        let Outcome::Failed(cause, message) = outcome else {
            self.slide(false);
            return None;
        };
        self.failed += 1;
        if *cause == FailureCause::AccessDenied && self.judged.refusals_stop {
            return Some(Straw::Refused(denied(message)));
        }
        if is_of_the_run(*cause) {
            self.slide(true);
        }
        if self
            .judged
            .share
            .is_some_and(|borne| self.failed_in_window > borne)
        {
            return Some(Straw::Share(format!(
                "{} of the last {} objects failed, last: {message}. {} Then resume: it goes on where it stopped, and bears more of them in this bucket.",
                self.failed_in_window,
                self.window.len(),
                cause.remedy()
            )));
        }
        (self.failed > FAILURES_MAX).then(|| {
            Straw::Count(format!("More than {FAILURES_MAX} objects failed, last: {message}. Look at the causes, then resume or cancel."))
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

    const RETRY: Judged = Judged {
        share: None,
        ..Judged::STRICTLY
    };

    #[test]
    fn a_refusal_stops_whenever_it_comes_and_is_a_failure_once_somebody_resumed() {
        let converted = Outcome::Converted(Method::UpdateObjectEncryption);
        for judged in [Judged::STRICTLY, RETRY] {
            let mut breaker = Breaker::default();
            breaker.enter(judged);
            assert_eq!(breaker.note(&Outcome::LeftOut(LeftOut::Locked)), None);
            assert!((0..5_000).all(|_| breaker.note(&converted).is_none()));
            let denied = failed(FailureCause::AccessDenied);
            assert!(
                matches!(breaker.note(&denied), Some(Straw::Refused(_))),
                "{judged:?}"
            );
            breaker.enter(Judged {
                refusals_stop: false,
                ..judged
            });
            assert_eq!(breaker.note(&denied), None, "{judged:?}");
        }
    }

    #[test]
    fn what_became_of_objects_since_the_inventory_is_not_judged() {
        let mut breaker = Breaker::default();
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
        // One in how many, and how many are borne after so many stops.
        for (every, stops, borne) in [(110, 0, 10), (22, 1, 50), (5, 2, 250), (3, 3, 500), (3, 9, 500)] {
            let mut breaker = Breaker::default();
            let share = Some(borne_after(stops));
            assert_eq!(share, Some(borne));
            breaker.enter(Judged {
                share,
                ..Judged::STRICTLY
            });
            for count in 0..10_000 {
                let outcome = if count % every == 0 {
                    failed(FailureCause::Transient)
                } else {
                    converted.clone()
                };
                assert_eq!(breaker.note(&outcome), None, "{count} of {every}");
            }
            // Then all of them.
            let stopped = (0..=borne).find_map(|_| breaker.note(&failed(FailureCause::Transient)));
            assert!(matches!(stopped, Some(Straw::Share(_))), "{every}");
        }
    }

    #[test]
    fn a_retry_is_not_judged_by_its_share() {
        let mut breaker = Breaker::default();
        breaker.enter(RETRY);
        assert!((0..5_000).all(|_| breaker.note(&failed(FailureCause::Refused)).is_none()));
    }
}
