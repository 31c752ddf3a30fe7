//! Quantities with their units. Every module of the workspace counts in these; none does arithmetic on bare numbers
//! across a boundary. Money is in [`crate::money`].

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign};

macro_rules! count {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// None at all.
            pub const ZERO: Self = Self(0);

            /// What is left after `other` is taken away, never below zero.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// Whether there is nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }
    };
}

count!(
    /// Bytes as S3 stores and bills them; 1 GiB is 2^30, which the price list calls a GB.
    Bytes
);
count!(
    /// Objects; in a versioned bucket each version counts as one.
    Objects
);
count!(
    /// Requests, to S3 or to KMS, in the span that the field's name gives.
    Requests
);

impl Requests {
    /// More than any bucket gets in a month: four million a second, day and night. Counts above are slips, and sums of them
    /// would not fit.
    pub const MONTH_MAX: Self = Self(10_000_000_000_000);
}

impl Bytes {
    /// One binary gigabyte, the "GB" of the price list (its first tier of 50 TB is 51,200 GB).
    pub const GIB: u64 = 1 << 30;
    /// The largest object that one `CopyObject` can copy: 5 GiB (Amazon S3 API Reference, `CopyObject`, 2026-04).
    pub const COPY_LIMIT: Self = Self(5 << 30);
}

/// A rate in thousandths of a request per second, so that small loads do not vanish and sums stay exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestsPerSecond {
    milli: u64,
}

impl RequestsPerSecond {
    /// No load.
    pub const ZERO: Self = Self { milli: 0 };
    /// Seconds in the 30-day month over which monthly requests are averaged.
    pub const MONTH_SECONDS: u64 = 30 * 24 * 3600;

    /// Whole requests per second.
    #[must_use]
    pub const fn whole(per_second: u64) -> Self {
        Self {
            milli: per_second.saturating_mul(1000),
        }
    }

    /// Thousandths of a request per second.
    #[must_use]
    pub const fn from_milli(milli: u64) -> Self {
        Self { milli }
    }

    /// Thousandths of a request per second.
    #[must_use]
    pub const fn milli(self) -> u64 {
        self.milli
    }

    /// Whole requests per second, rounded down.
    #[must_use]
    pub const fn floor(self) -> u64 {
        self.milli / 1000
    }

    /// The average rate of so many requests in a month of 30 days, rounded up to a thousandth.
    #[must_use]
    pub fn from_monthly(requests: Requests) -> Self {
        let milli = (u128::from(requests.0) * 1000).div_ceil(u128::from(Self::MONTH_SECONDS));
        Self {
            milli: u64::try_from(milli).unwrap_or(u64::MAX),
        }
    }

    /// This rate times a ratio.
    #[must_use]
    pub fn times(self, ratio: Ratio) -> Self {
        let milli = u128::from(self.milli) * u128::from(ratio.milli) / 1000;
        Self {
            milli: u64::try_from(milli).unwrap_or(u64::MAX),
        }
    }

    /// What is left of this rate after `other`, never below zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self {
            milli: self.milli.saturating_sub(other.milli),
        }
    }
}

impl Add for RequestsPerSecond {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            milli: self.milli.saturating_add(other.milli),
        }
    }
}

impl Sum for RequestsPerSecond {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}

/// A ratio in thousandths: 1.0 is 1,000. Peak-to-average ratios, shares and percentages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio {
    milli: u32,
}

impl Ratio {
    /// One to one.
    pub const ONE: Self = Self { milli: 1000 };
    /// Nothing.
    pub const ZERO: Self = Self { milli: 0 };

    /// From thousandths.
    #[must_use]
    pub const fn from_milli(milli: u32) -> Self {
        Self { milli }
    }

    /// From whole percent.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self { milli: percent * 10 }
    }

    /// Thousandths.
    #[must_use]
    pub const fn milli(self) -> u32 {
        self.milli
    }

    /// Parses a decimal number such as `5`, `2.5` or `0.125`; at most three decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let whole: u32 = whole.parse().ok()?;
        let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
        Some(Self {
            milli: whole.checked_mul(1000)?.checked_add(fraction)?,
        })
    }
}

/// `value × part / whole`, rounded to nearest; zero when `whole` is zero. For splitting requests over objects.
#[must_use]
pub fn proportion(value: u64, part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    // Nearly always; a division of 128 bits takes many times as long in a browser.
    let product = value
        .checked_mul(part)
        .and_then(|product| product.checked_add(whole / 2));
    if let Some(product) = product {
        return product / whole;
    }
    let product = u128::from(value) * u128::from(part) + u128::from(whole) / 2;
    u64::try_from(product / u128::from(whole)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monthly_rates_keep_small_loads() {
        assert_eq!(RequestsPerSecond::from_monthly(Requests(1)).milli(), 1);
        // 2,010,000 a month is 0.7755 a second.
        assert_eq!(RequestsPerSecond::from_monthly(Requests(2_010_000)).milli(), 776);
        assert_eq!(
            RequestsPerSecond::from_monthly(Requests(0)),
            RequestsPerSecond::ZERO
        );
    }

    #[test]
    fn ratios_parse_exactly() {
        for (text, milli) in [("5", 5000), ("2.5", 2500), ("0.125", 125), ("10.0", 10_000)] {
            assert_eq!(Ratio::parse(text), Some(Ratio::from_milli(milli)), "{text}");
        }
        for text in ["", "-1", "1.2345", "a", "1.x"] {
            assert_eq!(Ratio::parse(text), None, "{text}");
        }
    }
}
