//! The monthly statement of an estate in one configuration.

use super::line::{CostLine, Statement};
use super::requests::{RequestShares, requests};
use super::usage::{RegionUsage, Usage, priced_in};
use crate::basis::Basis;
use crate::format::counted;
use crate::inventory::{Region, StorageClass};
use crate::prices::{Meter, kms_free_requests};
use crate::quantity::{Bytes, Ratio, Requests};
use crate::requests::RequestKind;
use crate::scenario::Scenario;

/// How the estate is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// As the inventory found it.
    AsNow,
    /// Everything convertible under SSE-KMS, without a bucket key.
    Kms,
    /// The same with a bucket key that saves what the scenario expects.
    KmsBucketKey,
    /// The same with a bucket key that saves the most that is published.
    KmsBucketKeyBest,
}

impl Configuration {
    /// Every configuration.
    pub const ALL: [Self; 4] = [Self::AsNow, Self::Kms, Self::KmsBucketKey, Self::KmsBucketKeyBest];

    /// KMS requests of a bucket in this configuration.
    #[must_use]
    pub const fn kms(self, shares: &RequestShares) -> Requests {
        match self {
            Self::AsNow => shares.kms_now,
            Self::Kms => shares.kms_after,
            Self::KmsBucketKey => shares.kms_after_bucket_key,
            Self::KmsBucketKeyBest => shares.kms_after_best,
        }
    }
}

/// What holds for one month beside the quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How much of the estate is converted, on average over the month.
    pub converted: Ratio,
    /// How often the keys were rotated so far.
    pub rotations: u32,
    /// Whether the target is DSSE-KMS.
    pub dual_layer: bool,
}

impl Terms {
    /// All is converted, with keys that were not rotated yet.
    #[must_use]
    pub const fn converted(scenario: &Scenario) -> Self {
        Self {
            converted: Ratio::ONE,
            rotations: 0,
            dual_layer: scenario.dual_layer,
        }
    }

    /// Those of a month of the scenario, counted from zero.
    ///
    /// Waves are spread evenly over the weeks, the first on the first day; a month has 30 days. A yearly rotation adds a
    /// dollar a month after the first and after the second year, and nothing afterwards (AWS KMS pricing, 2026-09).
    #[must_use]
    pub fn of_month(scenario: &Scenario, month: u32) -> Self {
        const MONTH_DAYS: u32 = 30;
        let days = month * MONTH_DAYS..(month + 1) * MONTH_DAYS;
        let done: u32 = days.map(|day| scenario.converted_on(day).milli()).sum();
        Self {
            converted: Ratio::from_milli(done / MONTH_DAYS),
            rotations: if scenario.rotation { (month / 12).min(2) } else { 0 },
            dual_layer: scenario.dual_layer,
        }
    }
}

/// What a month costs, a line for each Region and kind.
///
/// Storage is tiered over the whole Region, as the price list has it (Amazon S3 offer file, first tier 51,200 GB). The
/// free KMS requests are shared over all Regions. One customer managed key per Region is counted after the move; keys
/// that exist already are not, since an inventory does not name them.
#[must_use]
pub fn monthly(regions: &[RegionUsage], configuration: Configuration, terms: Terms) -> Statement {
    let prices = regions.first().map(|region| region.prices.clone());
    let mut statement = Statement::by(&prices.unwrap_or_default());
    for region in regions {
        storage(region, &mut statement);
    }
    for region in regions {
        let (place, bucket) = (region.region.as_ref(), region.only);
        requested(&region.usage, configuration, terms, place, bucket, &mut statement);
    }
    shared(regions, configuration, terms, &mut statement);
    statement
}

/// The same with the lines of requests bucket by bucket; its sum is the same, since requests are priced one by one.
#[must_use]
pub fn monthly_by_bucket(
    basis: &Basis,
    scenario: &Scenario,
    regions: &[RegionUsage],
    configuration: Configuration,
) -> Statement {
    let (mut statement, terms) = (Statement::by(&basis.prices), Terms::converted(scenario));
    for region in regions {
        storage(region, &mut statement);
    }
    let shares = requests(basis, scenario);
    for (index, (bucket, shares)) in (0u32..).zip(basis.buckets.iter().zip(&shares)) {
        if let Some(shares) = shares {
            let mut usage = Usage::default();
            usage.request(bucket, shares);
            let region = priced_in(bucket, scenario);
            requested(&usage, configuration, terms, region, Some(index), &mut statement);
        }
    }
    shared(regions, configuration, terms, &mut statement);
    statement
}

/// What the account and its Regions share, and what is not known.
fn shared(regions: &[RegionUsage], configuration: Configuration, terms: Terms, statement: &mut Statement) {
    free_tier(regions, configuration, terms, statement);
    if configuration != Configuration::AsNow {
        for region in regions {
            let place = region.region.as_ref();
            statement.push(CostLine::KmsKey, None, place, 1_u32, Meter::KmsKey);
            statement.push(CostLine::KmsRotation, None, place, terms.rotations, Meter::KmsKey);
            if terms.dual_layer {
                dual_layer(region, statement);
            }
        }
    }
    let unknown: u32 = regions.iter().map(|region| region.unknown).sum();
    if unknown > 0 {
        let buckets = counted(u64::from(unknown), "bucket");
        statement.missing.push(format!(
            "Request counts of {buckets} are not known: give them on the requests page."
        ));
    }
}

/// The second layer of DSSE-KMS is metered by what is written and read (Amazon S3 User Guide,
/// aws-usage-report-understand, 2026-04); its price was not found anywhere.
fn dual_layer(region: &RegionUsage, statement: &mut Statement) {
    let requests = region.usage.all_requests();
    for (what, kind) in [
        (CostLine::DualLayerIn, RequestKind::Put),
        (CostLine::DualLayerOut, RequestKind::Get),
    ] {
        let bytes = region.usage.carried(requests[kind]);
        if !bytes.is_zero() {
            statement.push_priced(what, region.only, region.region.as_ref(), bytes.0, None);
        }
    }
}

/// Storage and monitoring of a Region.
fn storage(region: &RegionUsage, statement: &mut Statement) {
    let (place, bucket) = (region.region.as_ref(), region.only);
    for class in StorageClass::ALL {
        tiers(statement, *class, bucket, place, region.usage.storage[*class]);
    }
    statement.push(
        CostLine::TieringMonitoring,
        bucket,
        place,
        region.usage.monitored.0,
        Meter::TieringMonitoring,
    );
}

fn tiers(
    statement: &mut Statement,
    class: StorageClass,
    bucket: Option<u32>,
    region: Option<&Region>,
    bytes: Bytes,
) {
    if bytes.is_zero() {
        return;
    }
    let what = CostLine::Storage(class);
    let point = region.and_then(|region| statement.prices.price(region, Meter::Storage(class)));
    let Some(point) = point else {
        statement.push_priced(what, bucket, region, bytes.0, None);
        return;
    };
    for tier in point.tiers() {
        let begin = tier.begin_gb.saturating_mul(Bytes::GIB);
        let end = tier.end_gb.map_or(u64::MAX, |end| end.saturating_mul(Bytes::GIB));
        let part = bytes.0.min(end).saturating_sub(begin);
        if part > 0 {
            statement.push_priced(what, bucket, region, part, Some((tier.nano, point.clone())));
        }
    }
}

/// Requests to S3 and to KMS.
fn requested(
    usage: &Usage,
    configuration: Configuration,
    terms: Terms,
    region: Option<&Region>,
    bucket: Option<u32>,
    statement: &mut Statement,
) {
    for class in StorageClass::ALL {
        for kind in RequestKind::ALL {
            let count = usage.requests[*class][kind].0;
            statement.push(
                CostLine::Requests(kind, *class),
                bucket,
                region,
                count,
                kind.meter(*class),
            );
        }
    }
    let kms = usage.kms_when(configuration, terms.converted).0;
    statement.push(CostLine::KmsRequests, bucket, region, kms, Meter::KmsRequest);
}

/// The free requests as one credit, at the price of the first Region that has one.
fn free_tier(regions: &[RegionUsage], configuration: Configuration, terms: Terms, statement: &mut Statement) {
    let used = regions.iter().map(|region| &region.usage);
    let kms: Requests = used
        .map(|usage| usage.kms_when(configuration, terms.converted))
        .sum();
    let priced = regions
        .iter()
        .filter_map(|region| region.region.as_ref())
        .find(|region| statement.prices.price(region, Meter::KmsRequest).is_some());
    if priced.is_some() {
        let free = kms.0.min(kms_free_requests());
        statement.push(CostLine::KmsFreeTier, None, priced, free, Meter::KmsRequest);
    }
}
