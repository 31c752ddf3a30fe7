//! Request rates of the simulated account over single seconds of its clock: the shared KMS quota of a Region, less what
//! others use of it, and the rate of writes per prefix of S3.

use super::rules::Refusal;
use crate::error::{Fault, Throttler};
use model::time::UnixMillis;
use std::collections::HashMap;

/// What S3 says when KMS throttles it (aws-samples/cql-replicator issue 92, 2024-01-29).
pub(super) const KMS_SLOW_DOWN: &str =
    "SlowDown: Please reduce your request rate for operations involving AWS KMS.";

/// What S3 says when a prefix gets too many requests (Amazon S3 API Reference, error responses, 2026-04).
pub(super) const S3_SLOW_DOWN: &str = "SlowDown: Please reduce your request rate.";

/// Calls in the current second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    second: i64,
    used: u64,
}

impl Window {
    /// Takes `calls` from a second that allows `limit`; the last taker may go over.
    fn take(&mut self, now: UnixMillis, calls: u64, limit: u64) -> bool {
        let second = now.0.div_euclid(1000);
        if second != self.second {
            *self = Self { second, used: 0 };
        }
        if calls > 0 && self.used >= limit {
            return false;
        }
        self.used += calls;
        true
    }

    /// Takes KMS calls.
    pub(super) fn kms(&mut self, now: UnixMillis, calls: u64, limit: u64) -> Result<(), Refusal> {
        if self.take(now, calls, limit) {
            return Ok(());
        }
        Err((Fault::Throttled(Throttler::Kms), KMS_SLOW_DOWN))
    }
}

/// Writes of the current second in each prefix of a bucket.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    windows: HashMap<Box<str>, Window>,
}

impl Prefixes {
    /// Takes writes to the first segment of a key.
    pub(super) fn write(
        &mut self,
        now: UnixMillis,
        key: &str,
        writes: u64,
        limit: u64,
    ) -> Result<(), Refusal> {
        let prefix = key.split_once('/').map_or("", |(first, _)| first);
        // Two look-ups rather than one allocation per write.
        if !self.windows.contains_key(prefix) {
            self.windows.insert(prefix.into(), Window::default());
        }
        let taken = self
            .windows
            .get_mut(prefix)
            .is_none_or(|window| window.take(now, writes, limit));
        if taken {
            Ok(())
        } else {
            Err((Fault::Throttled(Throttler::S3), S3_SLOW_DOWN))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_second_begins_anew() {
        let mut window = Window::default();
        assert!(window.kms(UnixMillis(5000), 2, 2).is_ok());
        assert_eq!(
            window.kms(UnixMillis(5999), 1, 2),
            Err((Fault::Throttled(Throttler::Kms), KMS_SLOW_DOWN))
        );
        assert!(
            window.kms(UnixMillis(5999), 0, 2).is_ok(),
            "a call without KMS is not throttled"
        );
        assert!(window.kms(UnixMillis(6000), 1, 2).is_ok());
    }

    #[test]
    fn prefixes_are_apart() {
        let mut prefixes = Prefixes::default();
        assert!(prefixes.write(UnixMillis(0), "a/1", 1, 1).is_ok());
        assert!(prefixes.write(UnixMillis(0), "a/2", 1, 1).is_err());
        assert!(prefixes.write(UnixMillis(0), "b/1", 1, 1).is_ok());
    }
}
