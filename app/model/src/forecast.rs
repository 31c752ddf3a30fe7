//! The whole forecast: months before and after, the conversion, and the months ahead. The costs page, `rekey forecast`
//! and the API show this one value.

use crate::basis::Basis;
use crate::cost::{
    Configuration, Growth, Heads, LineText, OneTime, RegionUsage, RequestShares, Statement, Terms, monthly,
    monthly_by_bucket, one_time, one_time_by_bucket, requests, usage,
};
use crate::money::NanoUsd;
use crate::quantity::Objects;
use crate::scenario::Scenario;
use crate::sensitivity::{Swing, sensitivity};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// A month ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// `2026-12`.
    pub month: String,
    /// With a bucket key that saves the most that is published.
    #[serde(rename = "low_usd")]
    pub low: NanoUsd,
    /// With a bucket key that saves what is expected.
    #[serde(rename = "expected_usd")]
    pub expected: NanoUsd,
    /// In the chosen configuration.
    pub usd: NanoUsd,
    /// Without a bucket key.
    #[serde(rename = "high_usd")]
    pub high: NanoUsd,
    /// As things are now.
    #[serde(rename = "before_usd")]
    pub before: NanoUsd,
    /// What is converted in this month costs once.
    #[serde(rename = "conversion_usd")]
    pub conversion: NanoUsd,
    /// All months so far in the chosen configuration, with the conversion.
    #[serde(rename = "cumulative_usd")]
    pub cumulative: NanoUsd,
    /// All months so far as things are now.
    #[serde(rename = "cumulative_before_usd")]
    pub cumulative_before: NanoUsd,
}

/// A forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// As the inventory found it.
    pub before: Statement,
    /// Under SSE-KMS without a bucket key.
    pub after: Statement,
    /// Under SSE-KMS with a bucket key that saves what is expected.
    pub after_bucket_key: Statement,
    /// The same with the best published saving: the low end of the band.
    pub best: NanoUsd,
    /// Conversion: the proposed mixture first.
    pub one_time: Vec<OneTime>,
    /// Months ahead.
    pub months: Vec<Month>,
    /// What is used in a month, by Region.
    pub regions: Vec<RegionUsage>,
}

impl Forecast {
    /// Computes everything.
    #[must_use]
    pub fn new(basis: &Basis, scenario: &Scenario) -> Self {
        Self::of(basis, scenario, &requests(basis, scenario))
    }

    /// The same with the requests of the basis under the scenario, for a caller that needs them again.
    #[must_use]
    pub fn of(basis: &Basis, scenario: &Scenario, shares: &[Option<RequestShares>]) -> Self {
        let regions = usage(basis, scenario, shares);
        let terms = Terms::converted(scenario);
        let month = |configuration| monthly(&regions, configuration, terms);
        let one_time = one_time(basis, scenario);
        let once = one_time
            .first()
            .map_or(NanoUsd::ZERO, |once| once.statement.total);
        Self {
            before: month(Configuration::AsNow),
            after: month(Configuration::Kms),
            after_bucket_key: month(Configuration::KmsBucketKey),
            best: month(Configuration::KmsBucketKeyBest).total,
            months: months(basis.dated(), scenario, &regions, once),
            one_time,
            regions,
        }
    }

    /// The statement of the configuration that the scenario chooses.
    #[must_use]
    pub fn chosen(&self, scenario: &Scenario) -> &Statement {
        if scenario.bucket_key {
            &self.after_bucket_key
        } else {
            &self.after
        }
    }

    /// What the proposed conversion costs once.
    #[must_use]
    pub fn once(&self) -> Option<&OneTime> {
        self.one_time.first()
    }

    /// The month in which the bucket key's savings would have paid for the conversion, as far as the months go.
    #[must_use]
    pub fn bucket_key_pays(&self) -> Option<&Month> {
        let once = self.once().map_or(NanoUsd::ZERO, |once| once.statement.total);
        bucket_key_pays(&self.months, once)
    }

    /// What could not be counted, over all parts.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let statements = [&self.before, &self.after, &self.after_bucket_key];
        for text in statements.into_iter().flat_map(|statement| &statement.missing) {
            if !all.contains(text) {
                all.push(text.clone());
            }
        }
        all
    }

    /// What stated the prices of the months and of the proposed conversion, each with its date.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        let once = self.one_time.first().map(|once| &once.statement);
        let statements = [&self.before, &self.after, &self.after_bucket_key];
        let lines = statements
            .into_iter()
            .chain(once)
            .flat_map(|statement| &statement.lines);
        let priced = lines.filter_map(|line| line.price.as_ref());
        let mut sources: Vec<_> = priced.map(|(_, point)| point.source()).collect();
        sources.sort_unstable();
        sources.dedup();
        let told = sources.into_iter().map(|(what, date)| format!("{what}, {date}"));
        told.collect()
    }

    /// The forecast as `rekey forecast --json` and the API print it, bucket by bucket.
    #[must_use]
    pub fn document(&self, basis: &Basis, scenario: &Scenario) -> Document {
        let month = |configuration| {
            let statement = monthly_by_bucket(basis, scenario, &self.regions, configuration);
            StatementDocument::new(&statement, basis)
        };
        Document {
            currency: "USD".to_string(),
            monthly: MonthlyDocument {
                before: month(Configuration::AsNow),
                after: month(Configuration::Kms),
                after_with_bucket_key: month(Configuration::KmsBucketKey),
            },
            one_time: self
                .one_time
                .iter()
                .map(|one| {
                    OneTimeDocument::new(
                        &one_time_by_bucket(basis, scenario, one.way, Heads::default()),
                        basis,
                    )
                })
                .collect(),
            months: self.months.clone(),
            bucket_key_pays: self.bucket_key_pays().map(|month| month.month.clone()),
            sensitivity: sensitivity(basis, scenario),
            warnings: self.missing(),
        }
    }
}

/// The months ahead: the quantities of a month, grown, with so much of the estate converted as the waves say. What the
/// conversion costs once falls on the months in the same shares. Where no date is known, they are numbered.
#[must_use]
pub fn months(
    as_of: Option<UnixMillis>,
    scenario: &Scenario,
    regions: &[RegionUsage],
    once: NanoUsd,
) -> Vec<Month> {
    let (mut growth, mut months) = (Growth::NONE, Vec::new());
    let (mut cumulative, mut cumulative_before) = (NanoUsd::ZERO, NanoUsd::ZERO);
    let mut paid = 0;
    for index in 0..scenario.months {
        let terms = Terms::of_month(scenario, index);
        let grown: Vec<RegionUsage> = regions.iter().map(|region| region.grown(growth)).collect();
        let total = |configuration| monthly(&grown, configuration, terms).total;
        let (high, expected) = (total(Configuration::Kms), total(Configuration::KmsBucketKey));
        let usd = if scenario.bucket_key { expected } else { high };
        let before = total(Configuration::AsNow);
        // Rounded from the running share, so that the shares add up to the whole.
        let done = scenario.converted_on((index + 1) * 30 - 1).milli();
        let due = once.share(done);
        let conversion = due - once.share(paid);
        paid = done;
        cumulative += usd + conversion;
        cumulative_before += before;
        months.push(Month {
            month: as_of.map_or_else(
                || format!("month {}", index + 1),
                |as_of| as_of.month_after(index + 1),
            ),
            low: total(Configuration::KmsBucketKeyBest),
            expected,
            usd,
            high,
            before,
            conversion,
            cumulative,
            cumulative_before,
        });
        growth = growth.next(scenario.growth);
    }
    months
}

/// The first month in which the requests that a bucket key has saved so far pay for the conversion, as far as the months
/// go.
#[must_use]
pub fn bucket_key_pays(months: &[Month], once: NanoUsd) -> Option<&Month> {
    let mut saved = NanoUsd::ZERO;
    months.iter().find(|month| {
        saved += month.high - month.expected;
        saved >= once
    })
}

/// `forecast --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Always USD.
    pub currency: String,
    /// A month, in three configurations.
    pub monthly: MonthlyDocument,
    /// The conversion, by method.
    pub one_time: Vec<OneTimeDocument>,
    /// Months ahead.
    pub months: Vec<Month>,
    /// The month in which a bucket key's savings have paid for the conversion, if it is among them.
    pub bucket_key_pays: Option<String>,
    /// Inputs by how far they move the total over all months.
    pub sensitivity: Vec<Swing>,
    /// What could not be counted: totals are lower bounds when there is any.
    pub warnings: Vec<String>,
}

/// A month, in three configurations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthlyDocument {
    /// As the inventory found it.
    pub before: StatementDocument,
    /// Under SSE-KMS.
    pub after: StatementDocument,
    /// Under SSE-KMS with a bucket key.
    pub after_with_bucket_key: StatementDocument,
}

/// A statement in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementDocument {
    /// Sum of the lines.
    pub total_usd: NanoUsd,
    /// Whether something is missing from the sum.
    pub lower_bound: bool,
    /// The lines.
    pub lines: Vec<LineText>,
}

impl StatementDocument {
    fn new(statement: &Statement, basis: &Basis) -> Self {
        Self {
            total_usd: statement.total,
            lower_bound: !statement.missing.is_empty(),
            lines: statement.lines.iter().map(|line| line.text(basis)).collect(),
        }
    }
}

/// One way of converting, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeDocument {
    /// `UpdateObjectEncryption`, `CopyObject`, or `proposed` for the mixture.
    pub method: String,
    /// Objects that it converts.
    pub objects: Objects,
    /// Sum of the lines.
    pub total_usd: NanoUsd,
    /// Whether something is missing from the sum.
    pub lower_bound: bool,
    /// The lines.
    pub lines: Vec<LineText>,
}

impl OneTimeDocument {
    fn new(one_time: &OneTime, basis: &Basis) -> Self {
        Self {
            method: one_time.way.title().to_string(),
            objects: one_time.objects,
            total_usd: one_time.statement.total,
            lower_bound: !one_time.statement.missing.is_empty(),
            lines: one_time
                .statement
                .lines
                .iter()
                .map(|line| line.text(basis))
                .collect(),
        }
    }
}
