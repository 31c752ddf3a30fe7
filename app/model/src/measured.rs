//! Use of a request quota as a metric counts it, minute by minute: the peak, when it was, and the quietest hours of the
//! week. Made by the account (`cloud`) out of data points, shown by the quotas page; headroom starts from the peak.

use crate::quantity::{Requests, RequestsPerSecond};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Hours of a week, counted from Monday 00:00 UTC.
pub const HOURS_OF_WEEK: usize = 168;

/// Length of the quiet stretch that is named: a night's work.
const QUIET_HOURS: usize = 4;

const HOUR_MS: i64 = 3_600_000;
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// What a metric of one-minute sums shows over some weeks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredUse {
    /// The busiest minute's requests ÷ 60: seconds inside that minute may have been busier.
    pub peak: RequestsPerSecond,
    /// When that minute began.
    pub peak_at: UnixMillis,
    /// Begin of what was looked at.
    pub from: UnixMillis,
    /// Its end.
    pub until: UnixMillis,
    /// Minutes of it that have a data point.
    pub minutes: u64,
    /// The busiest minute of each hour of the week; `None` for hours without a data point.
    pub by_hour: Vec<Option<RequestsPerSecond>>,
    /// The metric, as people read it.
    pub source: String,
}

/// A stretch of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietWindow {
    /// Its first hour, from Monday 00:00 UTC.
    pub start: usize,
    /// The busiest minute in it.
    pub peak: RequestsPerSecond,
}

impl MeasuredUse {
    /// Puts the sums of single minutes together, each with the time at which its minute began; `None` without any, since
    /// a metric that says nothing does not say zero.
    #[must_use]
    pub fn from_minutes(
        sums: impl IntoIterator<Item = (UnixMillis, Requests)>,
        from: UnixMillis,
        until: UnixMillis,
        source: String,
    ) -> Option<Self> {
        let mut by_hour: Vec<Option<RequestsPerSecond>> = vec![None; HOURS_OF_WEEK];
        let mut busiest: Option<(RequestsPerSecond, UnixMillis)> = None;
        let mut minutes = 0;
        for (at, sum) in sums {
            let rate = per_second(sum);
            minutes += 1;
            if busiest.is_none_or(|(peak, _)| rate > peak) {
                busiest = Some((rate, at));
            }
            if let Some(hour) = by_hour.get_mut(hour_of_week(at)) {
                *hour = Some(hour.unwrap_or_default().max(rate));
            }
        }
        let (peak, peak_at) = busiest?;
        Some(Self {
            peak,
            peak_at,
            from,
            until,
            minutes,
            by_hour,
            source,
        })
    }

    /// The four hours in a row, of those that all have data points, whose busiest minute is the least busy; the earliest
    /// in the week where several are.
    #[must_use]
    pub fn quietest(&self) -> Option<QuietWindow> {
        let peak = |start: usize| {
            let hours = (start..start + QUIET_HOURS).map(|hour| *self.by_hour.get(hour % HOURS_OF_WEEK)?);
            hours.collect::<Option<Vec<_>>>()?.into_iter().max()
        };
        let windows = (0..HOURS_OF_WEEK).filter_map(|start| {
            Some(QuietWindow {
                start,
                peak: peak(start)?,
            })
        });
        windows.min_by_key(|window| window.peak)
    }

    /// How the peak follows from the metric.
    #[must_use]
    pub fn derivation(&self) -> String {
        format!(
            "{} in use already: the busiest minute from {} to {}, which began {}, its requests ÷ 60; {} minutes have a data point. Source: {}",
            crate::format::rate(self.peak),
            self.from.to_date(),
            self.until.to_date(),
            self.peak_at,
            crate::format::grouped(self.minutes),
            self.source,
        )
    }
}

impl fmt::Display for QuietWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = DAYS.get(self.start / 24).copied().unwrap_or_default();
        let (begin, end) = (self.start % 24, (self.start + QUIET_HOURS) % 24);
        write!(formatter, "{day} {begin:02}:00 to {end:02}:00 UTC")
    }
}

/// Requests of a minute as a rate, rounded up to a thousandth.
fn per_second(sum: Requests) -> RequestsPerSecond {
    let milli = (u128::from(sum.0) * 1000).div_ceil(60);
    RequestsPerSecond::from_milli(u64::try_from(milli).unwrap_or(u64::MAX))
}

/// The first of January 1970 was a Thursday.
fn hour_of_week(at: UnixMillis) -> usize {
    const THURSDAY: i64 = 3 * 24;
    let hour = at.0.div_euclid(HOUR_MS) + THURSDAY;
    usize::try_from(hour.rem_euclid(HOURS_OF_WEEK as i64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::parse_iso(text).expect("a time")
    }

    fn used(sums: &[(&str, u64)]) -> Option<MeasuredUse> {
        let sums = sums.iter().map(|(when, sum)| (at(when), Requests(*sum)));
        let (from, until) = (at("2026-11-02T00:00:00Z"), at("2026-11-16T00:00:00Z"));
        MeasuredUse::from_minutes(sums, from, until, "a metric".to_string())
    }

    #[test]
    fn the_peak_is_the_busiest_minute_over_sixty() {
        let used = used(&[
            ("2026-11-02T09:00:00Z", 60_000),
            ("2026-11-03T14:03:00Z", 372_001),
            ("2026-11-04T14:03:00Z", 120),
        ]);
        let used = used.expect("data points");
        assert_eq!(used.peak.milli(), 6_200_017, "rounded up");
        assert_eq!(used.peak_at, at("2026-11-03T14:03:00Z"));
        assert_eq!(used.minutes, 3);
        let text = used.derivation();
        assert!(text.contains("2026-11-03 14:03 UTC"), "{text}");
    }

    #[test]
    fn nothing_measured_is_not_zero() {
        assert_eq!(used(&[]), None);
    }

    #[test]
    fn the_quietest_hours_are_those_with_the_lowest_peak() {
        // Monday 2026-11-02 to Sunday: 600 a minute everywhere, less from Saturday 22:00 to Sunday 02:00.
        let mut sums = Vec::new();
        for hour in 0..168_i64 {
            let when = UnixMillis(at("2026-11-02T00:00:00Z").0 + hour * HOUR_MS);
            let quiet = (142..146).contains(&hour);
            sums.push((when, Requests(if quiet { 60 } else { 600 })));
        }
        let (from, until) = (at("2026-11-02T00:00:00Z"), at("2026-11-16T00:00:00Z"));
        let whole = MeasuredUse::from_minutes(sums.clone(), from, until, String::new()).expect("data points");
        let window = whole.quietest().expect("a window");
        assert_eq!(window.to_string(), "Saturday 22:00 to 02:00 UTC");
        assert_eq!(window.peak, RequestsPerSecond::whole(1));
        // An hour without data points is not taken for a quiet one.
        sums.retain(|(when, _)| *when != UnixMillis(from.0 + 143 * HOUR_MS));
        let torn = MeasuredUse::from_minutes(sums, from, until, String::new()).expect("data points");
        assert_eq!(
            torn.quietest().expect("a window").peak,
            RequestsPerSecond::whole(10)
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(hour_of_week(at("2026-11-23T00:30:00Z")), 0);
        assert_eq!(hour_of_week(at("2026-11-22T23:59:00Z")), 167);
    }
}
