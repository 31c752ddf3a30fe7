//! The quota to ask AWS for: value, and the words that justify it. Used by the quotas page, its copy button and
//! `rekey headroom`.

use super::{Phase, RegionHeadroom};
use crate::format::{grouped, rate};
use crate::quantity::{Ratio, RequestsPerSecond};
use crate::scenario::{Scenario, percent_text};
use crate::time::UnixMillis;

/// Share of the quota above which an increase is advised: Service Quotas itself notifies at 80 % (Service Quotas User
/// Guide, automatic management, 2026).
const ADVISED_FROM: Ratio = Ratio::percent(80);

/// An increase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increase {
    /// Requests a second to ask for.
    pub value: u64,
    /// Load in the busiest second that it follows from: after the move, or during it where that is more, grown.
    pub load: RequestsPerSecond,
    /// Whether that is more than the quota.
    pub is_more: bool,
    /// Whether it is advised: the load comes close to the quota, or over it.
    pub advised: bool,
    /// The justification.
    pub justification: String,
}

impl RegionHeadroom {
    /// What to ask for.
    ///
    /// Value = load after the move × (1 + growth)^months × (1 + margin), rounded up to two digits, in thousands at least.
    #[must_use]
    pub fn increase(&self, scenario: &Scenario, as_of: Option<UnixMillis>) -> Increase {
        let load = grown(self.load(Phase::After, scenario.bucket_key), scenario);
        let wanted = load
            .milli()
            .saturating_mul(1000 + u64::from(scenario.margin.milli()))
            / 1_000_000;
        let value = rounded_up(wanted.max(1));
        let limit = self.quota.limit;
        let advised = load.milli() >= limit.times(ADVISED_FROM).milli();
        Increase {
            value,
            load,
            is_more: value > limit.floor(),
            advised,
            justification: self.justification(scenario, load, value, as_of),
        }
    }

    fn justification(
        &self,
        scenario: &Scenario,
        load: RequestsPerSecond,
        value: u64,
        as_of: Option<UnixMillis>,
    ) -> String {
        let at_least = if self.is_bound() { "at least " } else { "" };
        let until = as_of.map_or_else(
            || format!("in {} months", scenario.months),
            |as_of| format!("by {}", as_of.month_after(scenario.months)),
        );
        let growth = if scenario.growth == Ratio::ZERO {
            String::new()
        } else {
            format!(
                " With {} % growth a month it reaches {} {until}.",
                percent_text(scenario.growth),
                rate(load)
            )
        };
        let bucket_key = if scenario.bucket_key {
            format!(
                "We use S3 Bucket Keys and expect them to save {} % of these requests; the figures count that already.",
                percent_text(scenario.saving)
            )
        } else {
            format!(
                "With S3 Bucket Keys the load after the move would be {}; where access patterns allow it we use them.",
                rate(self.existing() + self.added(true))
            )
        };
        format!(
            "We move data in Amazon S3 from SSE-S3 to SSE-KMS. Quota: {name} in {region}, now {limit}. \
             In the busiest second our KMS requests are {at_least}{now} today and {at_least}{after} after the move \
             (average {average}, peak {peak} times the average); while objects are converted, {at_least}{during}.{growth} \
             {bucket_key} The conversion is throttled to {share} % of what the quota leaves, and slows down when KMS does. \
             We ask for {value} requests/s: that load and a margin of {margin} %.",
            name = self.quota.name,
            region = self.region,
            limit = rate(self.quota.limit),
            now = rate(self.load(Phase::Now, scenario.bucket_key)),
            after = rate(self.load(Phase::After, scenario.bucket_key)),
            during = rate(self.load(Phase::During, scenario.bucket_key)),
            average = rate(if scenario.bucket_key {
                self.after_bucket_key.average
            } else {
                self.after.average
            }),
            peak = crate::scenario::ratio_text(scenario.peak),
            share = percent_text(scenario.share),
            value = grouped(value),
            margin = percent_text(scenario.margin),
        )
    }
}

fn grown(load: RequestsPerSecond, scenario: &Scenario) -> RequestsPerSecond {
    let growth = (0..scenario.months).fold(crate::cost::Growth::NONE, |growth, _| {
        growth.next(scenario.growth)
    });
    RequestsPerSecond::from_milli(growth.of(load.milli()))
}

/// Rounded up as one would ask: two digits, and whole thousands at least.
fn rounded_up(value: u64) -> u64 {
    let mut step = 1_000;
    while value / step >= 100 {
        step *= 10;
    }
    value.div_ceil(step) * step
}

#[cfg(test)]
mod tests {
    use super::rounded_up;

    #[test]
    fn values_are_rounded_as_one_would_ask() {
        for (value, asked) in [
            (1, 1_000),
            (3_900, 4_000),
            (38_100, 39_000),
            (99_001, 100_000),
            (123_456, 130_000),
        ] {
            assert_eq!(rounded_up(value), asked);
        }
    }
}
