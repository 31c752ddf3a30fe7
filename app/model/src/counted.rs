//! Requests of a bucket as CloudWatch counted them, brought to a month. Made by the account, kept when somebody adopts
//! them; then they are the bucket's counts until others are typed.

use crate::quantity::{Requests, proportion};
use crate::requests::{RequestCounts, RequestKind};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// A month of costs and rates.
const MONTH_MS: i64 = 30 * DAY_MS;

/// Counts of one bucket with what they were counted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedRequests {
    /// Bucket.
    pub bucket: String,
    /// Requests in 30 days.
    pub counts: RequestCounts,
    /// Begin of what was counted: the first hour with a data point.
    pub from: UnixMillis,
    /// Its end.
    pub until: UnixMillis,
    /// The metrics, as people read them.
    pub source: String,
}

impl CountedRequests {
    /// Brings the sums from `from` to `until` to 30 days; `None` for less than a day, of which no month can be made.
    #[must_use]
    pub fn new(
        bucket: &str,
        sums: &RequestCounts,
        from: UnixMillis,
        until: UnixMillis,
        source: String,
    ) -> Option<Self> {
        let span = until.0.saturating_sub(from.0).min(MONTH_MS);
        if span < DAY_MS {
            return None;
        }
        let mut counts = RequestCounts::default();
        for kind in RequestKind::ALL {
            let part = |ms: i64| u64::try_from(ms).unwrap_or_default();
            counts[kind] = Requests(proportion(sums[kind].0, part(MONTH_MS), part(span)));
        }
        Some(Self {
            bucket: bucket.to_string(),
            counts,
            from,
            until,
            source,
        })
    }

    /// From when to when, and whether a month was made of less.
    #[must_use]
    pub fn span(&self) -> String {
        let days = (self.until.0 - self.from.0 + DAY_MS / 2) / DAY_MS;
        let text = format!("{} to {}", self.from.to_date(), self.until.to_date());
        if days < 30 {
            format!("{text}, {days} days brought to 30")
        } else {
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(from: &str) -> Option<CountedRequests> {
        let at = |text: &str| UnixMillis::parse_iso(text).expect("a time");
        let sums = RequestCounts::reads_and_writes(Requests(1_000), Requests(7));
        CountedRequests::new("b", &sums, at(from), at("2026-11-24T00:00:00Z"), String::new())
    }

    #[test]
    fn less_than_a_month_is_brought_to_one_and_says_so() {
        let whole = counted("2026-10-25T00:00:00Z").expect("a month");
        assert_eq!(whole.counts[RequestKind::Get], Requests(1_000));
        assert_eq!(whole.span(), "2026-10-25 to 2026-11-24");
        let ten = counted("2026-11-14T00:00:00Z").expect("ten days");
        assert_eq!(ten.counts[RequestKind::Get], Requests(3_000));
        assert_eq!(ten.counts[RequestKind::Put], Requests(21));
        assert_eq!(ten.span(), "2026-11-14 to 2026-11-24, 10 days brought to 30");
    }

    #[test]
    fn of_some_hours_no_month_is_made() {
        assert_eq!(counted("2026-11-23T12:00:00Z"), None);
    }
}
