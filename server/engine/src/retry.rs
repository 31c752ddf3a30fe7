//! How often and how long an operation is tried again, by what its error means. Waits are spread by a hash of the object
//! and the attempt: as good as chance, and the same in every run.

use crate::limits::{BACKOFF_FIRST, BACKOFF_MAX, PASSING_FAULTS_MAX, THROTTLED_AT_MOST};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tokio::time::Instant;

/// What one object was through.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    passing: u32,
    throttled: u32,
    throttled_since: Option<Instant>,
}

impl Patience {
    /// The wait after a passing fault, or none when it is over.
    pub(crate) fn after_fault(&mut self, name: &str) -> Option<Duration> {
        self.passing += 1;
        (self.passing < PASSING_FAULTS_MAX).then(|| wait(name, self.passing))
    }

    /// The wait after a throttled answer, or none when it is over. Bounded by time: how many answers are throttled says
    /// more about others than about this object.
    pub(crate) fn after_throttle(&mut self, name: &str) -> Option<Duration> {
        self.throttled += 1;
        let since = *self.throttled_since.get_or_insert_with(Instant::now);
        (since.elapsed() < THROTTLED_AT_MOST).then(|| wait(name, self.throttled))
    }

    /// Something was granted: the next throttled answer is another story.
    pub(crate) fn answered(&mut self) {
        self.throttled_since = None;
        self.throttled = 0;
    }
}

/// Between half of the doubled wait and all of it.
pub(crate) fn wait(name: &str, attempt: u32) -> Duration {
    let doubled = BACKOFF_FIRST
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(BACKOFF_MAX);
    let mut hasher = DefaultHasher::new();
    (name, attempt).hash(&mut hasher);
    let spread = u32::try_from(hasher.finish() % 1000).unwrap_or(0);
    doubled / 2 + doubled / 2 * spread / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_are_spread() {
        for attempt in 1..40 {
            let longest = BACKOFF_FIRST
                .saturating_mul(1 << (attempt - 1).min(16))
                .min(BACKOFF_MAX);
            let waited = wait("a", attempt);
            assert!(
                waited >= longest / 2 && waited <= longest,
                "{attempt}: {waited:?}"
            );
        }
        assert_eq!(wait("a", 3), wait("a", 3));
        assert_ne!(wait("a", 3), wait("b", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_is_borne_by_time_and_faults_by_count() {
        let mut patience = Patience::default();
        let faults = std::iter::from_fn(|| patience.after_fault("a")).count();
        assert_eq!(faults as u32, PASSING_FAULTS_MAX - 1);
        let started = Instant::now();
        while let Some(wait) = patience.after_throttle("a") {
            tokio::time::advance(wait).await;
        }
        assert!(started.elapsed() >= THROTTLED_AT_MOST);
    }
}
