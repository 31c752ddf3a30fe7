//! Figures as people read them: grouped digits, binary sizes, durations. One formatter for server and browser, so that
//! hydration finds the text it expects. Money formats itself ([`crate::money`]).

use crate::quantity::{Bytes, RequestsPerSecond};

/// Digits in groups of three: `31,204,118`.
#[must_use]
pub fn grouped(value: u64) -> String {
    grouped_u128(u128::from(value))
}

/// Digits in groups of three.
#[must_use]
pub fn grouped_u128(value: u128) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in at most four characters and a suffix: `31.2 M`, `948`, `12.4 k`.
#[must_use]
pub fn short_count(value: u64) -> String {
    scaled(u128::from(value), 1000, &["", " k", " M", " G", " T", " P"])
}

/// Bytes by 1,024: `9.8 TiB`.
#[must_use]
pub fn bytes(value: Bytes) -> String {
    scaled(
        u128::from(value.0),
        1024,
        &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"],
    )
}

/// Value over the largest power of `base` it reaches, one decimal under 100.
fn scaled(value: u128, base: u128, suffixes: &[&str]) -> String {
    let mut unit = 0;
    let mut divisor = 1u128;
    while value >= divisor * base && unit + 1 < suffixes.len() {
        divisor *= base;
        unit += 1;
    }
    let tenths = (value * 10 + divisor / 2) / divisor;
    // 999.96 rounds to 1,000.0: one unit up.
    if tenths >= base * 10 && unit + 1 < suffixes.len() {
        return format!("1.0{}", suffixes[unit + 1]);
    }
    if unit == 0 || tenths >= 1000 {
        format!("{}{}", (tenths + 5) / 10, suffixes[unit])
    } else {
        format!("{}.{}{}", tenths / 10, tenths % 10, suffixes[unit])
    }
}

/// A share in percent with one decimal: `62.4 %`; `–` when the whole is zero.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_string();
    }
    let tenths = (u128::from(part) * 1000 + u128::from(whole) / 2) / u128::from(whole);
    // A remainder is never rounded away to all, nor a trace to nothing.
    match tenths {
        1000.. if part < whole => "99.9 %".to_string(),
        0 if part > 0 => "<0.1 %".to_string(),
        tenths => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// `1,240 requests/s`; with decimals under ten.
#[must_use]
pub fn rate(value: RequestsPerSecond) -> String {
    format!("{} requests/s", rate_number(value))
}

/// The number of [`rate`] without its unit.
#[must_use]
pub fn rate_number(value: RequestsPerSecond) -> String {
    let milli = value.milli();
    if milli == 0 {
        "0".to_string()
    } else if milli < 10_000 {
        format!("{}.{:02}", milli / 1000, milli % 1000 / 10)
    } else {
        grouped(milli / 1000 + u64::from(milli % 1000 >= 500))
    }
}

/// A duration: `3 h 28 min`, `4 min 10 s`, `12 s`, `2 d 5 h`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days} d {hours} h")
    } else if hours > 0 {
        format!("{hours} h {minutes} min")
    } else if minutes > 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else {
        format!("{seconds} s")
    }
}

/// `1 object`, `2 objects`: the count grouped, the noun in the number it needs.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_sizes() {
        for (value, grouped_text, short) in [
            (0, "0", "0"),
            (948, "948", "948"),
            (12_449, "12,449", "12.4 k"),
            (999_999, "999,999", "1.0 M"),
            (31_204_118, "31,204,118", "31.2 M"),
            (412_973_002, "412,973,002", "413 M"),
        ] {
            assert_eq!(grouped(value), grouped_text);
            assert_eq!(short_count(value), short);
        }
        for (value, text) in [
            (1023, "1023 B"),
            (1 << 30, "1.0 GiB"),
            (10_737_418_240_000, "9.8 TiB"),
        ] {
            assert_eq!(bytes(Bytes(value)), text);
        }
    }

    #[test]
    fn shares_never_hide_a_remainder() {
        assert_eq!(percent(9_999_999, 10_000_000), "99.9 %");
        assert_eq!(percent(1, 10_000_000), "<0.1 %");
        assert_eq!(percent(5, 8), "62.5 %");
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn rates_and_durations() {
        assert_eq!(rate(RequestsPerSecond::whole(1240)), "1,240 requests/s");
        assert_eq!(rate(RequestsPerSecond::from_milli(776)), "0.77 requests/s");
        assert_eq!(duration(12_480), "3 h 28 min");
        assert_eq!(duration(59), "59 s");
        assert_eq!(duration(190_800), "2 d 5 h");
    }
}
