//! Points in time as data: UTC milliseconds, read from and written as ISO 8601. There is no clock here; whoever
//! needs "now" is given it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

const DAY_MS: i64 = 86_400_000;

/// A calendar date and time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year of the Gregorian calendar.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 59.
    pub second: u32,
}

impl UnixMillis {
    /// The calendar date and time of day.
    #[must_use]
    pub fn civil(self) -> Civil {
        let days = self.0.div_euclid(DAY_MS);
        let rest = u32::try_from(self.0.rem_euclid(DAY_MS) / 1000).unwrap_or(0);
        // Days to date by eras of 400 years that begin on 1 March (H. Hinnant, "chrono-compatible low-level date
        // algorithms", 2021-09-01).
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = u32::try_from(day_of_year - (153 * shifted_month + 2) / 5 + 1).unwrap_or(1);
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month: u32::try_from(month).unwrap_or(1),
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// Midnight at the start of a date.
    #[must_use]
    pub fn from_date(year: i64, month: u32, day: u32) -> Self {
        let shifted_year = year - i64::from(month <= 2);
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let shifted_month = i64::from(if month > 2 { month - 3 } else { month + 9 });
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self((era * 146_097 + day_of_era - 719_468) * DAY_MS)
    }

    /// Reads ISO 8601 as S3 Inventory and Macie write it: `2026-09-01T07:13:50.000Z`, `2026-11-22T05:00:00+00:00`.
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 19 || bytes[4] != b'-' || bytes[7] != b'-' || !matches!(bytes[10], b'T' | b' ') {
            return None;
        }
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = bytes.get(from..to)?;
            digits.iter().try_fold(0i64, |value, byte| {
                byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
            })
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (rest, milli) = fraction(text.get(19..)?)?;
        let offset_minutes = offset(rest)?;
        let date = Self::from_date(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
        Some(Self(
            date.0 + (hour * 3600 + (minute - offset_minutes) * 60 + second) * 1000 + milli,
        ))
    }

    /// `2026-11-23T14:03:50Z`.
    #[must_use]
    pub fn to_iso(self) -> String {
        let at = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        )
    }

    /// The date alone: `2026-11-23`.
    #[must_use]
    pub fn to_date(self) -> String {
        let at = self.civil();
        format!("{:04}-{:02}-{:02}", at.year, at.month, at.day)
    }

    /// The calendar month that lies `months` after this one: `2026-12`.
    #[must_use]
    pub fn month_after(self, months: u32) -> String {
        let at = self.civil();
        let index = at.year * 12 + i64::from(at.month) - 1 + i64::from(months);
        format!("{:04}-{:02}", index.div_euclid(12), index.rem_euclid(12) + 1)
    }
}

/// Splits `.123Z` into what follows the fraction and its milliseconds.
fn fraction(text: &str) -> Option<(&str, i64)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((text, 0));
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let digits = rest.bytes().take(length).chain(*b"00").take(3);
    Some((
        &rest[length..],
        digits.fold(0, |milli, digit| milli * 10 + i64::from(digit - b'0')),
    ))
}

/// Minutes east of UTC of `Z`, nothing, or `+01:00`.
fn offset(text: &str) -> Option<i64> {
    if text.is_empty() || text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

impl fmt::Display for UnixMillis {
    /// `2026-11-23 14:03 UTC`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        write!(
            formatter,
            "{:04}-{:02}-{:02} {:02}:{:02} UTC",
            at.year, at.month, at.day, at.hour, at.minute
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        for (text, millis) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2026-11-20T01:00:00.000Z", 1_795_136_400_000),
            ("2026-11-20T02:00:00+01:00", 1_795_136_400_000),
        ] {
            assert_eq!(UnixMillis::parse_iso(text), Some(UnixMillis(millis)), "{text}");
        }
        assert_eq!(UnixMillis(1_795_136_400_000).to_iso(), "2026-11-20T01:00:00Z");
        assert_eq!(UnixMillis(1_795_136_400_000).to_string(), "2026-11-20 01:00 UTC");
        assert_eq!(UnixMillis(-1).to_iso(), "1969-12-31T23:59:59Z");
        assert_eq!(UnixMillis(1_795_136_400_000).month_after(2), "2027-01");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-13-01T00:00:00Z",
            "2026-11-20",
            "yesterday, at noon o'clock",
            "2026-11-20T01:00:00.Z",
            "2026-11-20T01:00:00é",
        ] {
            assert_eq!(UnixMillis::parse_iso(text), None, "{text}");
        }
    }
}
