//! The whole forecast: months before and after, the conversion, and the months ahead. The costs page, `rekey forecast`
//! and the API show this one value.

use crate::basis::Basis;
use crate::cost::{Configuration, LineText, OneTime, Statement, monthly, one_time};
use crate::money::NanoUsd;
use crate::quantity::{Bytes, Objects, Requests};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// A month ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// `2026-12`.
    pub month: String,
    /// With a bucket key that saves the most that is published.
    #[serde(rename = "low_usd")]
    pub low: NanoUsd,
    /// In the chosen configuration.
    pub usd: NanoUsd,
    /// Without a bucket key.
    #[serde(rename = "high_usd")]
    pub high: NanoUsd,
    /// As things are now.
    #[serde(rename = "before_usd")]
    pub before: NanoUsd,
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
}

impl Forecast {
    /// Computes everything.
    #[must_use]
    pub fn new(basis: &Basis, scenario: &Scenario) -> Self {
        Self {
            before: monthly(basis, scenario, Configuration::AsNow),
            after: monthly(basis, scenario, Configuration::Kms),
            after_bucket_key: monthly(basis, scenario, Configuration::KmsBucketKey),
            best: monthly(basis, scenario, Configuration::KmsBucketKeyBest).total,
            one_time: one_time(basis, scenario),
            months: months(basis, scenario),
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

    /// The forecast as `rekey forecast --json` and the API print it.
    #[must_use]
    pub fn document(&self, basis: &Basis) -> Document {
        Document {
            currency: "USD".to_string(),
            monthly: MonthlyDocument {
                before: StatementDocument::new(&self.before, basis),
                after: StatementDocument::new(&self.after, basis),
                after_with_bucket_key: StatementDocument::new(&self.after_bucket_key, basis),
            },
            one_time: self
                .one_time
                .iter()
                .map(|one_time| OneTimeDocument::new(one_time, basis))
                .collect(),
            months: self.months.clone(),
            warnings: self.missing(),
        }
    }
}

/// The months ahead. All that a bucket adds is linear in its bytes and requests but for the storage tiers and the free
/// tier, so each month is computed on the estate of one Region at a time, not bucket by bucket.
fn months(basis: &Basis, scenario: &Scenario) -> Vec<Month> {
    let start = basis.as_of.unwrap_or_default();
    let mut merged = merged(basis, scenario);
    let mut months = Vec::new();
    for index in 1..=scenario.months {
        let total = |configuration| monthly(&merged, scenario, configuration).total;
        let (high, expected) = (total(Configuration::Kms), total(Configuration::KmsBucketKey));
        months.push(Month {
            month: start.month_after(index),
            low: total(Configuration::KmsBucketKeyBest),
            usd: if scenario.bucket_key { expected } else { high },
            high,
            before: total(Configuration::AsNow),
        });
        grow(&mut merged, scenario);
    }
    months
}

/// The estate with one bucket per Region, its request counts settled.
fn merged(basis: &Basis, scenario: &Scenario) -> Basis {
    let settled = crate::cost::requests(basis, scenario);
    let mut merged = Basis {
        buckets: Vec::new(),
        as_of: basis.as_of,
    };
    for (bucket, shares) in basis.buckets.iter().zip(settled) {
        let mut bucket = bucket.clone();
        bucket.gets = shares.map(|shares| shares.gets);
        bucket.puts = shares.map(|shares| shares.puts);
        let region = scenario.region.clone().or_else(|| bucket.region.clone());
        bucket.region.clone_from(&region);
        // Buckets differ in their mix of classes and encryption, on which their requests fall; like is merged with like.
        let like = |other: &&mut crate::basis::BucketBasis| {
            other.region == region
                && other.mix_kind() == bucket.mix_kind()
                && other.gets.is_some() == bucket.gets.is_some()
        };
        match merged.buckets.iter_mut().find(like) {
            Some(sum) => sum.absorb(&bucket),
            None => merged.buckets.push(bucket),
        }
    }
    merged
}

/// One month's growth of bytes, objects and requests.
fn grow(basis: &mut Basis, scenario: &Scenario) {
    let milli = u128::from(1000 + scenario.growth.milli());
    let grown = |value: u64| u64::try_from(u128::from(value) * milli / 1000).unwrap_or(u64::MAX);
    for bucket in &mut basis.buckets {
        for class in bucket.classes.values_mut() {
            class.objects = Objects(grown(class.objects.0));
            class.billed_bytes = Bytes(grown(class.billed_bytes.0));
            class.standard_overhead = Bytes(grown(class.standard_overhead.0));
            class.monitored = Objects(grown(class.monitored.0));
        }
        bucket.gets = bucket.gets.map(|gets| Requests(grown(gets.0)));
        bucket.puts = bucket.puts.map(|puts| Requests(grown(puts.0)));
    }
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
            method: one_time
                .method
                .map_or("proposed", crate::method::Method::title)
                .to_string(),
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
