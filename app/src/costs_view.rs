//! The figures of the costs page: made by the server for the first answer and by the browser while somebody drags a
//! control, from the same values by the same code.

use model::basis::Basis;
use model::comparison::{Comparison, Figure, compare, rows};
use model::cost::{Way, Worth, requests, worth};
use model::forecast::{Forecast, Month};
use model::money::NanoUsd;
use model::quantity::Objects;
use model::requests::RequestCounts;
use model::scenario::Scenario;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// One way of converting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnceView {
    /// Which; the proposed one comes first.
    pub way: Way,
    /// Objects that it converts.
    pub objects: Objects,
    /// Of these, by copy.
    pub copies: Objects,
    /// Sum.
    pub total: NanoUsd,
    /// Rows: what, Region, figure.
    pub rows: Vec<(String, Option<String>, Figure)>,
    /// What is missing from the sum.
    pub missing: Vec<String>,
}

/// All figures of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostsView {
    /// Buckets.
    pub buckets: usize,
    /// Day of the newest inventory.
    pub as_of: Option<String>,
    /// A month as things are now.
    pub before: NanoUsd,
    /// A month under SSE-KMS without a bucket key.
    pub after: NanoUsd,
    /// A month with a bucket key that saves what is expected.
    pub after_bucket_key: NanoUsd,
    /// A month with the best published saving.
    pub best: NanoUsd,
    /// A month in the chosen configuration.
    pub chosen: NanoUsd,
    /// Requests a month, as far as they are known.
    pub requests: Option<RequestCounts>,
    /// Months ahead.
    pub months: Vec<Month>,
    /// The month in which a Bucket Key's savings have paid for the conversion, if it is among them.
    pub bucket_key_pays: Option<String>,
    /// The statements side by side.
    pub lines: Vec<Comparison>,
    /// The conversion, by method.
    pub once: Vec<OnceView>,
    /// When a Bucket Key has paid for the conversion, by class and method.
    pub worth: Vec<Worth>,
    /// What stated the prices, with their dates.
    pub sources: Vec<String>,
    /// What could not be counted: totals are lower bounds when there is any.
    pub missing: Vec<String>,
}

impl CostsView {
    /// Computes the figures.
    #[must_use]
    pub fn new(basis: &Basis, scenario: &Scenario) -> Self {
        let shares = requests(basis, scenario);
        let forecast = Forecast::of(basis, scenario, &shares);
        let known = forecast
            .regions
            .iter()
            .any(|region| region.unknown < region.buckets);
        let used = forecast.regions.iter().map(|region| region.usage.all_requests());
        let used = used.fold(RequestCounts::default(), RequestCounts::plus);
        Self {
            buckets: basis.buckets.len(),
            as_of: basis.as_of.map(UnixMillis::to_date),
            before: forecast.before.total,
            after: forecast.after.total,
            after_bucket_key: forecast.after_bucket_key.total,
            best: forecast.best,
            chosen: forecast.chosen(scenario).total,
            requests: known.then_some(used),
            bucket_key_pays: forecast.bucket_key_pays().map(|month| month.month.clone()),
            months: forecast.months.clone(),
            lines: compare(&forecast, basis),
            once: forecast
                .one_time
                .iter()
                .map(|one| OnceView {
                    way: one.way,
                    objects: one.objects,
                    copies: one.copies,
                    total: one.statement.total,
                    rows: rows(&one.statement, basis),
                    missing: one.statement.missing.clone(),
                })
                .collect(),
            worth: worth(basis, scenario, &shares),
            sources: forecast.sources(),
            missing: forecast.missing(),
        }
    }
}

/// What `after` is more or less than `before`, in dollars and percent: `+$6.97 (+2.9 %)`; dollars alone when there was
/// nothing before.
#[must_use]
pub fn difference(before: NanoUsd, after: NanoUsd) -> String {
    let change = after - before;
    let plus = if change.to_cents() > 0 { "+" } else { "" };
    if before.0 <= 0 {
        return format!("{plus}{change}");
    }
    let thousandths = change.0.saturating_mul(2000) / before.0;
    // Half away from zero.
    let tenths = (thousandths + thousandths.signum()) / 2;
    let sign = match tenths {
        1.. => "+",
        0 => "",
        _ => "-",
    };
    let tenths = tenths.unsigned_abs();
    format!("{plus}{change} ({sign}{}.{} %)", tenths / 10, tenths % 10)
}

impl CostsView {
    /// Whether the totals of a month are lower bounds.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        !self.missing.is_empty()
    }

    /// What the chart of the months ahead draws.
    #[must_use]
    pub fn months_input(&self, bucket_key: bool) -> charts::MonthsInput {
        let name = if bucket_key {
            "SSE-KMS with a Bucket Key"
        } else {
            "SSE-KMS"
        };
        let point = |month: &Month| charts::MonthPoint {
            month: month.month.clone(),
            low: month.low,
            chosen: month.usd,
            high: month.high,
            as_now: month.before,
        };
        charts::MonthsInput {
            chosen_name: name.to_string(),
            points: self.months.iter().map(point).collect(),
            at_least: self.is_bound(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign_in_dollars_and_percent() {
        for (before, after, text) in [
            (24_089, 24_786, "+$6.97 (+2.9 %)"),
            (100, 50, "-$0.50 (-50.0 %)"),
            (0, 50, "+$0.50"),
            (100, 100, "$0.00 (0.0 %)"),
        ] {
            assert_eq!(difference(NanoUsd::cents(before), NanoUsd::cents(after)), text);
        }
    }
}
