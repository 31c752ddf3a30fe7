//! Whether converting a class of objects is paid back by what a Bucket Key saves on it, and when: one row for each storage
//! class and method of the proposed way. For the costs page.

use super::line::{CostLine, Statement};
use super::one_time::{Converted, Heads, OneTime, Way};
use super::places::{Places, at};
use super::requests::RequestShares;
use super::usage::priced_in;
use super::work::Work;
use crate::basis::{Basis, BucketBasis, ClassBasis};
use crate::format::{counted, grouped};
use crate::inventory::StorageClass;
use crate::method::Method;
use crate::money::NanoUsd;
use crate::prices::{Meter, Prices};
use crate::quantity::Objects;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// On which side of a count of months the truth lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// It is the count.
    Exact,
    /// Some requests are not known, so more is saved.
    AtMost,
    /// Some prices are not known, so the conversion costs more.
    AtLeast,
}

/// When a conversion is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payback {
    /// After so many months.
    Months(u64, Bound),
    /// A Bucket Key saves nothing here.
    Never,
    /// Requests or prices are not known.
    Unknown,
}

impl Payback {
    /// What takes longer is not told in months.
    const LONGEST_MONTHS: u64 = 1200;

    fn new(once: &Statement, saving: NanoUsd, requests_known: bool) -> Self {
        let priced = once.missing.is_empty();
        let bound = match (priced, requests_known) {
            (true, true) => Bound::Exact,
            (true, false) => Bound::AtMost,
            (false, true) => Bound::AtLeast,
            (false, false) => return Self::Unknown,
        };
        if saving <= NanoUsd::ZERO {
            return if requests_known {
                Self::Never
            } else {
                Self::Unknown
            };
        }
        let months = (once.total.0.max(0) + saving.0 - 1) / saving.0;
        Self::Months(u64::try_from(months).unwrap_or(u64::MAX), bound)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Months(months, Bound::AtMost) if months > Self::LONGEST_MONTHS => {
                "not known: too few request counts".to_string()
            }
            Self::Months(months, _) if months > Self::LONGEST_MONTHS => "not within 100 years".to_string(),
            Self::Months(months, bound) => {
                let word = match bound {
                    Bound::Exact => "",
                    Bound::AtMost => "at most ",
                    Bound::AtLeast => "at least ",
                };
                format!("{word}{}", counted(months, "month"))
            }
            Self::Never => "never: it saves no KMS requests here".to_string(),
            Self::Unknown => "not known: counts or prices are missing".to_string(),
        }
    }
}

/// A class of objects with a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// Storage class.
    pub class: StorageClass,
    /// How the proposed way converts them.
    pub method: Method,
    /// How many.
    pub objects: Objects,
    /// What converting them costs once; a lower bound when a price is missing.
    pub once: NanoUsd,
    /// What a Bucket Key saves on them in a month; a lower bound when request counts are missing.
    pub saving: NanoUsd,
    /// When the one has paid for the other.
    pub payback: Payback,
    /// How it was computed.
    pub derivation: String,
}

/// What is added up for a row, Region by Region.
#[derive(Debug, Default)]
struct Sum {
    work: Vec<Converted>,
    saved: Vec<u64>,
    /// Buckets whose requests are not known.
    unknown: u64,
}

/// Every class and method of the proposed way, with the [`requests`](super::requests()) of the same basis and scenario.
///
/// Requests are taken to fall evenly on the current objects of the classes that can be read without a restore, and
/// noncurrent versions to be converted in the same share as current ones. The free KMS requests are not counted in, and
/// nothing grows.
#[must_use]
pub fn worth(basis: &Basis, scenario: &Scenario, shares: &[Option<RequestShares>]) -> Vec<Worth> {
    let mut sums: BTreeMap<(StorageClass, Method), Sum> = BTreeMap::new();
    let mut places = Places::default();
    for (bucket, shares) in basis.buckets.iter().zip(shares) {
        let region = places.place(priced_in(bucket, scenario));
        let saved = Saved::new(bucket, shares.as_ref());
        for (class, part) in bucket.by_update.iter() {
            let sum = sums.entry((class, Method::UpdateObjectEncryption)).or_default();
            let beside_others = bucket.mix.has_keys();
            at(&mut sum.work, region).update(class, part.objects, beside_others, scenario);
            sum.save(region, saved.on(bucket, class, part.objects));
        }
        for (class, part) in bucket.copy_alone.iter() {
            let sum = sums.entry((class, Method::CopyObject)).or_default();
            at(&mut sum.work, region).copy(class, &Work::of(part));
            sum.save(region, saved.on(bucket, class, part.objects));
        }
    }
    let rows = sums
        .into_iter()
        .map(|((class, method), sum)| sum.row((class, method), scenario, &basis.prices, &places));
    rows.filter(|row| !row.objects.is_zero()).collect()
}

/// KMS requests that a Bucket Key saves in a bucket, and over how many objects.
struct Saved {
    requests: Option<u64>,
    /// Current objects that they fall on.
    over: u64,
    /// Whether archived classes are among them: only where there is nothing else.
    archives: bool,
}

impl Saved {
    fn new(bucket: &BucketBasis, shares: Option<&RequestShares>) -> Self {
        let current = |archived: bool| -> u64 {
            let classes = bucket.classes.iter();
            let of = classes.filter(|(class, _)| class.needs_restore() == archived);
            of.map(|(_, part)| part.current.0).sum()
        };
        let readable = current(false);
        let all = if readable > 0 { readable } else { current(true) };
        let untouched = bucket.mix.customer_key + bucket.mix.dual_layer;
        let saved = |shares: &RequestShares| {
            let saved = shares.kms_after.saturating_sub(shares.kms_after_bucket_key);
            saved.0
        };
        Self {
            requests: shares.map(saved),
            over: all.saturating_sub(untouched.0),
            archives: readable == 0,
        }
    }

    /// Those on so many objects of a class; `None` where they are not known.
    fn on(&self, bucket: &BucketBasis, class: StorageClass, objects: Objects) -> Option<u64> {
        let requests = self.requests?;
        let part = bucket.classes.get(class);
        let (current, all) = part.map_or((0, 0), |part: &ClassBasis| (part.current.0, part.objects.0));
        if class.needs_restore() != self.archives || self.over == 0 || all == 0 {
            return Some(0);
        }
        let product = u128::from(requests) * u128::from(objects.0) * u128::from(current);
        let saved = product / (u128::from(all) * u128::from(self.over));
        Some(u64::try_from(saved).unwrap_or(u64::MAX).min(requests))
    }
}

impl Sum {
    fn save(&mut self, region: usize, saved: Option<u64>) {
        match saved {
            Some(saved) => *at(&mut self.saved, region) += saved,
            None => self.unknown += 1,
        }
    }

    fn row(
        &self,
        (class, method): (StorageClass, Method),
        scenario: &Scenario,
        prices: &Prices,
        places: &Places<'_>,
    ) -> Worth {
        let mut one = OneTime::empty(Way::Proposed, prices);
        let mut saving = Statement::by(prices);
        for (place, region) in places.by_name() {
            if let Some(work) = self.work.get(place) {
                one.add(work, region, scenario, Heads::default());
            }
            if let Some(saved) = self.saved.get(place) {
                saving.push(CostLine::KmsRequests, None, region, *saved, Meter::KmsRequest);
            }
        }
        // A saving without a price is no saving that is known.
        let known = self.unknown == 0 && saving.missing.is_empty();
        let payback = Payback::new(&one.statement, saving.total, known);
        Worth {
            class,
            method,
            objects: one.objects,
            once: one.statement.total,
            saving: saving.total,
            payback,
            derivation: self.derivation(&one, &saving, payback),
        }
    }

    fn derivation(&self, one: &OneTime, saving: &Statement, payback: Payback) -> String {
        let saved: u64 = self.saved.iter().sum();
        let mut steps = vec![
            format!(
                "Converting {} costs {} once",
                counted(one.objects.0, "object"),
                one.statement.total
            ),
            format!(
                "A Bucket Key saves {} of their KMS requests a month",
                grouped(saved)
            ),
        ];
        steps.extend(saving.lines.iter().map(super::Line::derivation));
        if let Payback::Months(..) = payback {
            steps.push(format!(
                "{} ÷ {} a month, rounded up: {}; without growth and free requests",
                one.statement.total,
                saving.total,
                payback.words()
            ));
        }
        if self.unknown > 0 {
            steps.push(format!(
                "The requests of {} are not known",
                counted(self.unknown, "bucket")
            ));
        }
        steps.extend(one.statement.missing.iter().cloned());
        steps.join(" · ")
    }
}
