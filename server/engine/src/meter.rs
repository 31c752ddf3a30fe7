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

/// Counts at recent points in time, and over the conversion.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    recent: VecDeque<Sample>,
    /// Objects converted when the conversion was first and last seen to go on.
    conversion: Option<[(Instant, u64); 2]>,
}

impl Meter {
    /// Notes how much was done so far.
    pub(crate) fn note(&mut self, at: Instant, objects: u64, kms_calls: u64) {
        let sample = Sample {
            at,
            objects,
            kms_calls,
        };
        self.recent.push_back(sample);
        while self
            .recent
            .get(1)
            .is_some_and(|second| at.duration_since(second.at) >= SPAN)
        {
            self.recent.pop_front();
        }
    }

    /// Notes how many objects are converted, while they are; what is read back afterwards is none of it.
    pub(crate) fn note_converted(&mut self, at: Instant, objects: u64) {
        let now = (at, objects);
        let first = self.conversion.map_or(now, |[first, _]| first);
        self.conversion = Some([first, now]);
    }

    /// Objects a second over the last five seconds, converted or read back.
    pub(crate) fn objects_now(&self) -> RequestsPerSecond {
        self.rate_now(|sample| sample.objects)
    }

    /// KMS calls a second over the last five seconds.
    pub(crate) fn kms_now(&self) -> RequestsPerSecond {
        self.rate_now(|sample| sample.kms_calls)
    }

    /// Objects converted a second, over the conversion.
    pub(crate) fn converted_average(&self) -> RequestsPerSecond {
        self.conversion
            .map_or(RequestsPerSecond::ZERO, |[first, last]| rate(first, last))
    }

    fn rate_now(&self, count: fn(&Sample) -> u64) -> RequestsPerSecond {
        let (Some(from), Some(to)) = (self.recent.front(), self.recent.back()) else {
            return RequestsPerSecond::ZERO;
        };
        rate((from.at, count(from)), (to.at, count(to)))
    }
}

fn rate(from: (Instant, u64), to: (Instant, u64)) -> RequestsPerSecond {
    let micros = to.0.duration_since(from.0).as_micros();
    if micros == 0 {
        return RequestsPerSecond::ZERO;
    }
    let milli = u128::from(to.1.saturating_sub(from.1)) * 1_000_000_000 / micros;
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
        assert!(meter.recent.len() < 10);
    }

    #[test]
    fn the_average_is_over_the_conversion_alone() {
        let start = Instant::now();
        let mut meter = Meter::default();
        assert_eq!(meter.converted_average(), RequestsPerSecond::ZERO);
        for second in 0..=20 {
            let at = start + Duration::from_secs(second);
            // From the tenth second on objects are read back.
            meter.note(at, second * 100, 0);
            if second <= 10 {
                meter.note_converted(at, 7 + second * 30);
            }
        }
        assert_eq!(meter.objects_now(), RequestsPerSecond::whole(100));
        assert_eq!(meter.converted_average(), RequestsPerSecond::whole(30));
    }
}
