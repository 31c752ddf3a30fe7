//! How often and how long an operation is tried again, by what its error means. Waits are spread by a hash of the object
//! and the attempt: as good as chance, and the same in every run. Conversions decide each step by themselves and ask
//! [`Patience`]; all other requests are made by [`patiently`].

use crate::limits::{BACKOFF_FIRST, BACKOFF_MAX, PASSING_FAULTS_MAX, THROTTLED_AT_MOST};
use cloud::{CloudError, Fault};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// What one request, or all those about one object, was through. As it begins, throttling is borne by time, other passing
/// faults by count, and a change by others is no passing fault.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    passing: u32,
    throttled: u32,
    throttled_since: Option<Instant>,
    changes_pass: bool,
    counts_throttles: bool,
}

impl Patience {
    /// With a setting that others may be writing just now: the request is made again as it is.
    pub(crate) fn with_settings() -> Self {
        Self {
            changes_pass: true,
            ..Self::default()
        }
    }

    /// With the control of jobs and keys: a throttled answer counts as any passing fault, since few requests are made of
    /// it.
    pub(crate) fn with_control() -> Self {
        Self {
            counts_throttles: true,
            ..Self::default()
        }
    }

    /// The wait after an error, or none when it does not pass, or not any more.
    fn after(&mut self, fault: Fault, name: &str) -> Option<Duration> {
        match fault {
            Fault::Throttled(_) if !self.counts_throttles => self.after_throttle(name),
            Fault::Throttled(_) | Fault::Transient | Fault::Unanswered => self.after_fault(name),
            Fault::Changed if self.changes_pass => self.after_fault(name),
            _ => None,
        }
    }

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

/// Whether the same request may do in a while.
pub(crate) const fn passes(fault: Fault) -> bool {
    matches!(fault, Fault::Throttled(_) | Fault::Transient | Fault::Unanswered)
}

/// Why a request is not made again.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Its error does not pass, or did not for long enough.
    Failed(CloudError),
    /// Something else is to be done, and this was its last error.
    BrokenOff(CloudError),
}

/// Makes a request again while its errors pass. The name of what it is about spreads the waits, of which none goes on once
/// `broken_off` has ended; a request that is under way is waited for.
pub(crate) async fn patiently<T, F: Future<Output = Result<T, CloudError>>>(
    name: &str,
    mut patience: Patience,
    broken_off: impl Future<Output = ()>,
    request: impl Fn() -> F,
) -> Result<T, Ended> {
    let mut broken_off = pin!(broken_off);
    loop {
        let error = match request().await {
            Ok(given) => return Ok(given),
            Err(error) => error,
        };
        let Some(wait) = patience.after(error.fault, name) else {
            return Err(Ended::Failed(error));
        };
        tokio::select! {
            biased;
            () = &mut broken_off => return Err(Ended::BrokenOff(error)),
            () = tokio::time::sleep(wait) => {}
        }
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
    use cloud::Throttler;
    use std::cell::Cell;

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

    /// How often a request is made that always fails in this way.
    async fn tries(patience: Patience, fault: Fault) -> u32 {
        let made = Cell::new(0);
        let request = || async {
            made.set(made.get() + 1);
            Err::<(), _>(CloudError::new(fault, "GetObject", "s3://b/k", "no"))
        };
        let ended = patiently("a", patience, std::future::pending(), request).await;
        assert!(matches!(ended, Err(Ended::Failed(error)) if error.fault == fault));
        made.get()
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_made_again_while_its_errors_pass() {
        let throttled = Fault::Throttled(Throttler::S3);
        for fault in [Fault::Transient, Fault::Unanswered] {
            for patience in [
                Patience::default(),
                Patience::with_settings(),
                Patience::with_control(),
            ] {
                assert_eq!(tries(patience, fault).await, PASSING_FAULTS_MAX, "{fault:?}");
            }
        }
        assert_eq!(
            tries(Patience::with_control(), throttled).await,
            PASSING_FAULTS_MAX
        );
        assert!(tries(Patience::default(), throttled).await > PASSING_FAULTS_MAX);
        assert_eq!(tries(Patience::default(), Fault::Changed).await, 1);
        assert_eq!(
            tries(Patience::with_settings(), Fault::Changed).await,
            PASSING_FAULTS_MAX
        );
        for lasting in [
            Fault::AccessDenied,
            Fault::NotFound,
            Fault::Refused,
            Fault::ReadOnly,
        ] {
            assert_eq!(tries(Patience::with_settings(), lasting).await, 1, "{lasting:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_goes_on_once_something_else_is_to_be_done() {
        let request =
            || async { Err::<(), _>(CloudError::new(Fault::Transient, "GetObject", "s3://b/k", "no")) };
        let started = Instant::now();
        let ended = patiently("a", Patience::default(), std::future::ready(()), request).await;
        assert!(matches!(ended, Err(Ended::BrokenOff(_))), "{ended:?}");
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
