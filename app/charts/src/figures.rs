//! Figures as a chart writes them: money short enough for a label, differences with their sign, dollars as a length.

use model::format;
use model::money::NanoUsd;
use model::quantity::RequestsPerSecond;

/// Dollars as a length to draw.
pub(crate) fn dollars(amount: NanoUsd) -> f64 {
    amount.0 as f64 / 1e9
}

/// Requests per second as a length to draw.
pub(crate) fn per_second(rate: RequestsPerSecond) -> f64 {
    rate.milli() as f64 / 1000.0
}

/// Money for a label: `$240.89`, `$1,204`, `$48.2k`, `$1.3M`.
pub(crate) fn short_money(amount: NanoUsd) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let absolute = dollars(amount).abs();
    match absolute {
        1e9.. => format!("{sign}${:.1}B", absolute / 1e9),
        999_950.0.. => format!("{sign}${:.1}M", absolute / 1e6),
        9_999.5.. => format!("{sign}${:.1}k", absolute / 1e3),
        1_000.0.. => format!("{sign}${}", format::grouped(absolute.round() as u64)),
        _ => amount.to_string(),
    }
}

/// What `after` is more or less than `before`: `+$6.97 (+2.9 %)`; without percent when there was nothing before.
pub(crate) fn difference(before: NanoUsd, after: NanoUsd) -> String {
    let change = NanoUsd(after.0.saturating_sub(before.0));
    let plus = if change.to_cents() > 0 { "+" } else { "" };
    if before.0 <= 0 {
        return format!("{plus}{change}");
    }
    let percent = (change.0 as f64 / before.0 as f64 * 1000.0).round() / 10.0;
    // A share that rounds to nothing must not come out as "-0.0".
    let percent = if percent == 0.0 { 0.0 } else { percent };
    let plus_percent = if percent > 0.0 { "+" } else { "" };
    format!("{plus}{change} ({plus_percent}{percent:.1} %)")
}

/// A rate in percent of a limit: `62.4 %`.
pub(crate) fn share(part: RequestsPerSecond, whole: RequestsPerSecond) -> String {
    format::percent(part.milli(), whole.milli())
}

/// A sentence in which no line breaks between a figure and its percent sign.
pub(crate) fn sentence(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_short_and_differences_are_signed() {
        for (cents, text) in [
            (24_089, "$240.89"),
            (120_450, "$1,205"),
            (4_821_100, "$48.2k"),
            (-131_000_000, "-$1.3M"),
        ] {
            assert_eq!(short_money(NanoUsd::cents(cents)), text);
        }
        assert_eq!(
            difference(NanoUsd::cents(24_089), NanoUsd::cents(24_786)),
            "+$6.97 (+2.9 %)"
        );
        assert_eq!(
            difference(NanoUsd::cents(100), NanoUsd::cents(50)),
            "-$0.50 (-50.0 %)"
        );
        assert_eq!(difference(NanoUsd::ZERO, NanoUsd::cents(50)), "+$0.50");
        assert_eq!(
            difference(NanoUsd::cents(100), NanoUsd::cents(100)),
            "$0.00 (0.0 %)"
        );
    }
}
