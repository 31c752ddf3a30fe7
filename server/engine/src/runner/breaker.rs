//! When failures mean that a person is needed: a pure count of outcomes. Stopping is a pause that asks, never an end.

use super::object::Outcome;
use crate::limits::{ACCESS_DENIED_WITHIN, FAILURES_JUDGED_AFTER, FAILURES_MAX};
use model::migration::FailureCause;

/// Counts of one runner.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    attempted: u64,
    failed: u64,
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
        self.attempted += 1;
        let early = self.in_bucket.as_mut().is_some_and(|attempted| {
            *attempted += 1;
            *attempted <= ACCESS_DENIED_WITHIN
        });
        let Outcome::Failed(cause, message) = outcome else {
            return None;
        };
        self.failed += 1;
        if *cause == FailureCause::AccessDenied && early {
            return Some(denied_at_once(message));
        }
        if self.attempted >= FAILURES_JUDGED_AFTER && self.failed * 2 > self.attempted {
            return Some(format!(
                "{} of {} objects failed, last: {message}. {}",
                self.failed,
                self.attempted,
                cause.remedy()
            ));
        }
        (self.failed > FAILURES_MAX).then(|| {
            format!("More than {FAILURES_MAX} objects failed, last: {message}. Look at the causes, then resume or cancel.")
        })
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
    fn more_than_half_of_a_thousand_stop() {
        let mut breaker = Breaker::default();
        for count in 1..=999 {
            assert_eq!(breaker.note(&failed(FailureCause::Transient)), None, "{count}");
        }
        assert!(breaker.note(&failed(FailureCause::Transient)).is_some());
    }
}
