//! When a migration may convert: hours of the day, and days on which nothing may change. Asked by `engine` with the time
//! that it is; shown with the plan. All in UTC, since Regions have no time of day.

use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Hours of each day, from the first to before the last; over midnight where the last is not after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// First hour, 0 to 23.
    pub from: u8,
    /// Hour at which it closes, 0 to 23; another than the first.
    pub to: u8,
}

impl Hours {
    /// Reads `22-6`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let hour = |text: &str| text.trim().parse().ok().filter(|hour| *hour < 24);
        let (from, to) = (hour(from)?, hour(to)?);
        (from != to).then_some(Self { from, to })
    }

    const fn contains(self, hour: u32) -> bool {
        let (from, to) = (self.from as u32, self.to as u32);
        if from < to {
            from <= hour && hour < to
        } else {
            from <= hour || hour < to
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.from, self.to)
    }
}

/// Days on which nothing is converted, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Midnight at the start of the first day.
    pub from: UnixMillis,
    /// Midnight at the end of the last day.
    pub until: UnixMillis,
}

impl Freeze {
    /// Reads `2026-12-24..2027-01-02`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("..")?;
        let midnight = |date: &str| {
            let date = date.trim();
            let read = UnixMillis::parse_iso(&format!("{date}T00:00:00Z"))?;
            // What does not come back as it was written is no date of the calendar.
            (read.to_date() == date).then_some(read)
        };
        let (from, to) = (midnight(from)?, midnight(to)?);
        (from <= to).then_some(Self {
            from,
            until: UnixMillis(to.0 + DAY_MS),
        })
    }
}

impl fmt::Display for Freeze {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = UnixMillis(self.until.0 - 1);
        write!(formatter, "{}..{}", self.from.to_date(), last.to_date())
    }
}

/// When converting is allowed; always where nothing is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Hours of the day.
    pub hours: Option<Hours>,
    /// Days without changes.
    pub freeze: Option<Freeze>,
}

impl Window {
    /// When it opens next; `None` while it is open.
    #[must_use]
    pub fn opens_at(self, now: UnixMillis) -> Option<UnixMillis> {
        let mut at = now;
        // At most: out of the freeze, then to the first hour after it.
        if let Some(freeze) = self.freeze
            && (freeze.from..freeze.until).contains(&at)
        {
            at = freeze.until;
        }
        if let Some(hours) = self.hours
            && !hours.contains(at.civil().hour)
        {
            let midnight = at.0.div_euclid(DAY_MS) * DAY_MS;
            let first = midnight + i64::from(hours.from) * HOUR_MS;
            at = UnixMillis(if first > at.0 { first } else { first + DAY_MS });
            if let Some(freeze) = self.freeze
                && (freeze.from..freeze.until).contains(&at)
            {
                return Self { freeze: None, ..self }
                    .opens_at(freeze.until)
                    .or(Some(freeze.until));
            }
        }
        (at != now).then_some(at)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.hours, self.freeze) {
            (None, None) => formatter.write_str("at any time"),
            (Some(hours), None) => write!(formatter, "{} to {} o’clock UTC", hours.from, hours.to),
            (None, Some(freeze)) => write!(formatter, "not on {freeze}"),
            (Some(hours), Some(freeze)) => {
                write!(
                    formatter,
                    "{} to {} o’clock UTC, not on {freeze}",
                    hours.from, hours.to
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::parse_iso(text).expect("a time")
    }

    #[test]
    fn it_opens_at_the_first_hour_after_the_freeze() {
        let window = |hours: Option<&str>, freeze: Option<&str>| Window {
            hours: hours.map(|text| Hours::parse(text).expect("hours")),
            freeze: freeze.map(|text| Freeze::parse(text).expect("dates")),
        };
        let night = Some("22-6");
        let holidays = Some("2026-12-24..2027-01-02");
        for (window, now, expected) in [
            (window(None, None), "2026-11-24T12:00:00Z", None),
            (window(night, None), "2026-11-24T23:59:00Z", None),
            (window(night, None), "2026-11-25T05:59:59Z", None),
            (
                window(night, None),
                "2026-11-25T06:00:00Z",
                Some("2026-11-25T22:00:00Z"),
            ),
            (
                window(Some("8-17"), None),
                "2026-11-25T17:00:00Z",
                Some("2026-11-26T08:00:00Z"),
            ),
            (window(None, holidays), "2026-12-23T23:59:59Z", None),
            (
                window(None, holidays),
                "2026-12-24T00:00:00Z",
                Some("2027-01-03T00:00:00Z"),
            ),
            // The night has begun when the freeze ends.
            (
                window(night, holidays),
                "2026-12-31T23:00:00Z",
                Some("2027-01-03T00:00:00Z"),
            ),
            (
                window(Some("8-17"), holidays),
                "2026-12-31T09:00:00Z",
                Some("2027-01-03T08:00:00Z"),
            ),
            (
                window(Some("8-17"), holidays),
                "2026-12-23T18:00:00Z",
                Some("2027-01-03T08:00:00Z"),
            ),
            (
                window(night, holidays),
                "2026-12-23T12:00:00Z",
                Some("2026-12-23T22:00:00Z"),
            ),
        ] {
            assert_eq!(window.opens_at(at(now)), expected.map(at), "{window} at {now}");
        }
    }

    #[test]
    fn only_hours_and_dates_are_read() {
        for text in ["", "22", "24-6", "6-6", "a-b"] {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
        for text in [
            "2026-12-24",
            "2026-02-30..2026-03-01",
            "2026-12-24..2026-12-01",
            "x..y",
        ] {
            assert_eq!(Freeze::parse(text), None, "{text}");
        }
        let freeze = Freeze::parse("2026-12-24..2026-12-24").expect("a day");
        assert_eq!(freeze.to_string(), "2026-12-24..2026-12-24");
    }
}
