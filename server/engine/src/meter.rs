//! Rates over the last seconds, from counts that only grow. Read by whoever shows a migration; nothing is decided by it.

use model::quantity::RequestsPerSecond;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// The span that "now" means.
const SPAN: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    objects: u64,
    kms_calls: u64,
}

/// Counts at recent points in time.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    first: Option<Sample>,
    recent: VecDeque<Sample>,
}

impl Meter {
    /// Notes how much was done so far.
    pub(crate) fn note(&mut self, at: Instant, objects: u64, kms_calls: u64) {
        let sample = Sample {
            at,
            objects,
            kms_calls,
        };
        self.first.get_or_insert(sample);
        self.recent.push_back(sample);
        while self
            .recent
            .get(1)
            .is_some_and(|second| at.duration_since(second.at) >= SPAN)
        {
            self.recent.pop_front();
        }
    }

    /// Objects a second over the last five seconds.
    pub(crate) fn objects_now(&self) -> RequestsPerSecond {
        rate(self.recent.front(), self.recent.back(), |sample| sample.objects)
    }

    /// KMS calls a second over the last five seconds.
    pub(crate) fn kms_now(&self) -> RequestsPerSecond {
        rate(self.recent.front(), self.recent.back(), |sample| sample.kms_calls)
    }

    /// Objects a second since the first note.
    pub(crate) fn objects_average(&self) -> RequestsPerSecond {
        rate(self.first.as_ref(), self.recent.back(), |sample| sample.objects)
    }
}

fn rate(from: Option<&Sample>, to: Option<&Sample>, count: fn(&Sample) -> u64) -> RequestsPerSecond {
    let (Some(from), Some(to)) = (from, to) else {
        return RequestsPerSecond::ZERO;
    };
    let micros = to.at.duration_since(from.at).as_micros();
    if micros == 0 {
        return RequestsPerSecond::ZERO;
    }
    let milli = u128::from(count(to).saturating_sub(count(from))) * 1_000_000_000 / micros;
    RequestsPerSecond::from_milli(u64::try_from(milli).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_forgets_what_is_older_than_five_seconds() {
        let start = Instant::now();
        let mut meter = Meter::default();
        for second in 0..=20 {
            // A hundred a second at first, ten a second from the tenth on.
            let objects = if second <= 10 {
                second * 100
            } else {
                1000 + (second - 10) * 10
            };
            meter.note(start + Duration::from_secs(second), objects, objects * 2);
        }
        assert_eq!(meter.objects_now(), RequestsPerSecond::whole(10));
        assert_eq!(meter.kms_now(), RequestsPerSecond::whole(20));
        assert_eq!(meter.objects_average(), RequestsPerSecond::whole(55));
        assert!(meter.recent.len() < 10);
    }
}
