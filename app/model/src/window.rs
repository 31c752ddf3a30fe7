//! When a migration may convert: hours of the day, and days on which nothing may change. Asked by `engine` with the time
//! that it is; shown with the plan. All in UTC, since Regions have no time of day.

use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const TEN_YEARS_OF_DAYS: u32 = 3_653;
const FREEZES_MAX: usize = 24;

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
    /// Reads `2026-12-24..2027-01-02`, or one day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
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

    fn contains(self, at: UnixMillis) -> bool {
        (self.from..self.until).contains(&at)
    }
}

impl fmt::Display for Freeze {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.from.to_date(), UnixMillis(self.until.0 - 1).to_date());
        if first == last {
            formatter.write_str(&first)
        } else {
            write!(formatter, "{first}..{last}")
        }
    }
}

/// Days without changes: a few stretches of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Freeze>", into = "Vec<Freeze>")]
pub struct Freezes([Option<Freeze>; FREEZES_MAX]);

impl Freezes {
    /// Stretches of a plan at most: a year's holidays, quarter ends and sales.
    pub const MAX: usize = FREEZES_MAX;

    /// Reads stretches and days, separated by commas or blanks: `2026-11-27, 2026-12-24..2027-01-02`.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
        let read = parts.map(|part| Freeze::parse(part).ok_or_else(|| part.to_string()));
        Self::try_from(read.collect::<Result<Vec<_>, _>>()?)
    }

    fn iter(self) -> impl Iterator<Item = Freeze> {
        self.0.into_iter().flatten()
    }

    fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }
}

impl TryFrom<Vec<Freeze>> for Freezes {
    type Error = String;

    fn try_from(read: Vec<Freeze>) -> Result<Self, String> {
        let mut freezes = Self::default();
        if read.len() > Self::MAX {
            return Err(format!("more than {} stretches of days", Self::MAX));
        }
        for (slot, freeze) in freezes.0.iter_mut().zip(read) {
            *slot = Some(freeze);
        }
        Ok(freezes)
    }
}

impl From<Freezes> for Vec<Freeze> {
    fn from(freezes: Freezes) -> Self {
        freezes.iter().collect()
    }
}

impl fmt::Display for Freezes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.iter().map(|freeze| freeze.to_string()).collect();
        formatter.write_str(&texts.join(", "))
    }
}

/// When converting is allowed; always where nothing is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Hours of the day.
    pub hours: Option<Hours>,
    /// Days without changes.
    pub freeze: Freezes,
}

impl Window {
    /// When it opens next; `None` while it is open.
    #[must_use]
    pub fn opens_at(self, now: UnixMillis) -> Option<UnixMillis> {
        let mut at = now;
        loop {
            let before = at;
            if let Some(freeze) = self.freeze.iter().find(|freeze| freeze.contains(at)) {
                at = freeze.until;
            }
            if let Some(hours) = self.hours
                && !hours.contains(at.civil().hour)
            {
                at = next_hour(at, hours.from);
            }
            if at == before {
                return (at != now).then_some(at);
            }
        }
    }

    /// When it closes next; `None` when it never does.
    fn closes_at(self, now: UnixMillis) -> Option<UnixMillis> {
        let by_hours = self.hours.map(|hours| next_hour(now, hours.to));
        let by_freeze = self
            .freeze
            .iter()
            .map(|freeze| freeze.from)
            .filter(|from| *from > now);
        by_hours.into_iter().chain(by_freeze).min()
    }

    /// When something ends that takes so many milliseconds of open time; `None` when that is beyond ten years.
    #[must_use]
    pub fn ends_at(self, begun: UnixMillis, takes_ms: i64) -> Option<UnixMillis> {
        let (mut at, mut left) = (begun, takes_ms);
        // Each stretch of open time but those cut by a freeze is an hour at least, one a day.
        for _ in 0..TEN_YEARS_OF_DAYS {
            at = self.opens_at(at).unwrap_or(at);
            match self.closes_at(at) {
                Some(closes) if closes.0 - at.0 < left => {
                    left -= closes.0 - at.0;
                    at = closes;
                }
                _ => return at.0.checked_add(left).map(UnixMillis),
            }
        }
        None
    }
}

/// The next time that it is this hour, after now.
fn next_hour(now: UnixMillis, hour: u8) -> UnixMillis {
    let midnight = now.0.div_euclid(DAY_MS) * DAY_MS;
    let today = midnight + i64::from(hour) * HOUR_MS;
    UnixMillis(if today > now.0 { today } else { today + DAY_MS })
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self
            .hours
            .map(|hours| format!("{} to {} o’clock UTC", hours.from, hours.to));
        let freeze = (!self.freeze.is_empty()).then(|| format!("not on {}", self.freeze));
        let parts: Vec<String> = hours.into_iter().chain(freeze).collect();
        if parts.is_empty() {
            return formatter.write_str("at any time");
        }
        formatter.write_str(&parts.join(", "))
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
            freeze: Freezes::parse(freeze.unwrap_or_default()).expect("dates"),
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
            // Stretches that follow each other, and a day alone.
            (
                window(None, Some("2026-11-27, 2026-11-28..2026-11-30")),
                "2026-11-27T09:00:00Z",
                Some("2026-12-01T00:00:00Z"),
            ),
            (
                window(Some("8-17"), Some("2026-11-26 2026-11-27")),
                "2026-11-25T18:00:00Z",
                Some("2026-11-28T08:00:00Z"),
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
        for text in ["2026-02-30..2026-03-01", "2026-12-24..2026-12-01", "x..y"] {
            assert_eq!(Freeze::parse(text), None, "{text}");
        }
        let freeze = Freeze::parse("2026-12-24..2026-12-24").expect("a day");
        assert_eq!(freeze.to_string(), "2026-12-24");
        assert_eq!(Freeze::parse("2026-12-24"), Some(freeze));
        assert_eq!(Freezes::parse("2026-12-24, soon"), Err("soon".to_string()));
        assert!(Freezes::parse(&"2026-12-24 ".repeat(Freezes::MAX + 1)).is_err());
        let freezes = Freezes::parse("2026-12-24..2027-01-02; 2026-11-27").expect("dates");
        let text = serde_json::to_string(&freezes).expect("JSON");
        assert_eq!(serde_json::from_str::<Freezes>(&text).expect("the same"), freezes);
    }

    #[test]
    fn an_end_counts_open_time_only() {
        let window = |hours: &str, freeze: &str| Window {
            hours: Hours::parse(hours),
            freeze: Freezes::parse(freeze).expect("dates"),
        };
        for (window, hours, expected) in [
            (window("", ""), 30, "2026-11-25T18:00:00Z"),
            // Six hours a night from 22 o'clock: two of the first night, and so on.
            (window("22-4", ""), 6, "2026-11-25T04:00:00Z"),
            (window("22-4", ""), 7, "2026-11-25T23:00:00Z"),
            (window("", "2026-11-25..2026-11-26"), 13, "2026-11-27T01:00:00Z"),
            (window("1-2", "2026-11-25"), 2, "2026-11-27T02:00:00Z"),
        ] {
            let ends = window.ends_at(at("2026-11-24T12:00:00Z"), hours * HOUR_MS);
            assert_eq!(ends, Some(at(expected)), "{window}, {hours} hours");
        }
        let shut = window("", "2026-11-24..2026-11-24");
        assert_eq!(
            shut.ends_at(at("2026-11-24T12:00:00Z"), 0),
            Some(at("2026-11-25T00:00:00Z"))
        );
    }
}
