//! Money as integer nano-dollars: sums equal their lines, rounding happens only when a figure is shown.
//! Used by every cost module and by the pages. Currencies other than the US dollar are left out: Regions priced in
//! another currency have no price here (see [`crate::prices`]).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// Billionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(pub i128);

const NANO: i128 = 1_000_000_000;

impl NanoUsd {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Whole cents.
    #[must_use]
    pub const fn cents(cents: i64) -> Self {
        Self(cents as i128 * 10_000_000)
    }

    /// The amount for `quantity` when `nano` nano-dollars buy `per` units, rounded half away from zero to a
    /// nano-dollar.
    #[must_use]
    pub fn of(quantity: u128, nano: i64, per: u64) -> Self {
        let per = i128::from(per.max(1));
        let product = i128::try_from(quantity)
            .unwrap_or(i128::MAX)
            .saturating_mul(i128::from(nano));
        Self(round_div(product, per))
    }

    /// So many thousandths of it, rounded half away from zero.
    #[must_use]
    pub fn share(self, milli: u32) -> Self {
        Self(round_div(self.0.saturating_mul(i128::from(milli)), 1000))
    }

    /// Cents, rounded half away from zero.
    #[must_use]
    pub fn to_cents(self) -> i128 {
        round_div(self.0, 10_000_000)
    }

    /// The amount as a decimal number without a currency sign and without trailing zeros, at least two decimals.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let absolute = self.0.unsigned_abs();
        let fraction = format!("{:09}", absolute % NANO.unsigned_abs());
        let trimmed = fraction.trim_end_matches('0');
        let kept = trimmed.len().max(2);
        format!("{sign}{}.{}", absolute / NANO.unsigned_abs(), &fraction[..kept])
    }

    /// Reads what [`Self::to_decimal`] writes; at most nine decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if fraction.len() > 9 || whole.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let whole: i128 = whole.parse().ok()?;
        let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
        let nano = whole.checked_mul(NANO)?.checked_add(fraction)?;
        Some(Self(if negative { -nano } else { nano }))
    }
}

/// Quotient rounded half away from zero; `divisor` is positive.
fn round_div(value: i128, divisor: i128) -> i128 {
    let half = divisor / 2;
    if value >= 0 {
        value.saturating_add(half) / divisor
    } else {
        value.saturating_sub(half) / divisor
    }
}

impl fmt::Display for NanoUsd {
    /// `$1,204.50`, `-$0.06`: cents, grouped by thousands.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.to_cents();
        let sign = if cents < 0 { "-" } else { "" };
        let absolute = cents.unsigned_abs();
        write!(
            formatter,
            "{sign}${}.{:02}",
            crate::format::grouped_u128(absolute / 100),
            absolute % 100
        )
    }
}

impl Add for NanoUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for NanoUsd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for NanoUsd {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for NanoUsd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for NanoUsd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal())
    }
}

impl<'de> Deserialize<'de> for NanoUsd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is not an amount such as `12.34`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_and_parse() {
        for (nano, decimal, shown) in [
            (240_893_000_000, "240.893", "$240.89"),
            (-60_000_000, "-0.06", "-$0.06"),
            (1_204_000_000_000, "1204.00", "$1,204.00"),
            (3_000, "0.000003", "$0.00"),
            (0, "0.00", "$0.00"),
        ] {
            assert_eq!(NanoUsd(nano).to_decimal(), decimal);
            assert_eq!(NanoUsd(nano).to_string(), shown);
            assert_eq!(NanoUsd::parse(decimal), Some(NanoUsd(nano)));
        }
        for text in ["", "x", "1.0000000001", "-"] {
            assert_eq!(NanoUsd::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_price_per_many_units_rounds_once() {
        // $0.0025 per million objects: one object is 2.5 nano-dollars, two are five.
        assert_eq!(NanoUsd::of(1, 2_500_000, 1_000_000), NanoUsd(3));
        assert_eq!(NanoUsd::of(2, 2_500_000, 1_000_000), NanoUsd(5));
    }
}
