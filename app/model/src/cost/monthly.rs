//! The monthly statement of an estate in one configuration.

use super::line::{CostLine, Statement};
use super::requests::{RequestShares, requests};
use crate::basis::{Basis, BucketBasis};
use crate::inventory::{Region, StorageClass};
use crate::prices::{self, Meter, kms_free_requests};
use crate::quantity::{Bytes, Requests, proportion};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

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

/// The Region that a bucket is priced in.
pub(super) fn priced_in<'a>(bucket: &'a BucketBasis, scenario: &'a Scenario) -> Option<&'a Region> {
    scenario.region.as_ref().or(bucket.region.as_ref())
}

/// What a month costs.
///
/// Storage is tiered over the whole Region, as the price list has it (Amazon S3 offer file, first tier 51,200 GB). The 20,000
/// free KMS requests are shared over all Regions. One customer managed key per Region is counted after the move; keys
/// that exist already are not, since an inventory does not name them.
#[must_use]
pub fn monthly(basis: &Basis, scenario: &Scenario, configuration: Configuration) -> Statement {
    let mut statement = Statement::default();
    storage(basis, scenario, &mut statement);
    let shares = requests(basis, scenario);
    let mut kms_total = Requests::ZERO;
    let mut unknown = 0;
    for (index, (bucket, shares)) in basis.buckets.iter().zip(&shares).enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let region = priced_in(bucket, scenario);
        match shares {
            Some(shares) => {
                bucket_requests(bucket, shares, index, region, &mut statement);
                let kms = configuration.kms(shares);
                kms_total += kms;
                statement.push(
                    CostLine::KmsRequests,
                    Some(index),
                    region,
                    kms.0,
                    Meter::KmsRequest,
                );
            }
            None => unknown += 1,
        }
    }
    free_tier(basis, scenario, kms_total, &mut statement);
    if configuration != Configuration::AsNow {
        keys(basis, scenario, &mut statement);
    }
    if unknown > 0 {
        let buckets = crate::format::counted(unknown, "bucket");
        statement.missing.push(format!(
            "Request counts of {buckets} are not known: give them on the costs page."
        ));
    }
    statement
}

/// Storage per Region and class, tier by tier.
fn storage(basis: &Basis, scenario: &Scenario, statement: &mut Statement) {
    #[derive(Default)]
    struct Sum {
        bytes: Bytes,
        monitored: u64,
        bucket: Option<u32>,
        several: bool,
    }
    let mut sums: BTreeMap<(Option<&Region>, StorageClass), Sum> = BTreeMap::new();
    for (index, bucket) in basis.buckets.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let region = priced_in(bucket, scenario);
        let mut add = |class: StorageClass, bytes: Bytes, monitored: u64| {
            let sum = sums.entry((region, class)).or_default();
            sum.bytes += bytes;
            sum.monitored += monitored;
            sum.several |= sum.bucket.is_some_and(|other| other != index);
            sum.bucket = Some(index);
        };
        for (class, part) in &bucket.classes {
            add(*class, part.billed_bytes, part.monitored.0);
            if !part.standard_overhead.is_zero() {
                add(StorageClass::Standard, part.standard_overhead, 0);
            }
        }
    }
    for ((region, class), sum) in sums {
        let bucket = if sum.several { None } else { sum.bucket };
        tiers(statement, class, bucket, region, sum.bytes);
        if class == StorageClass::IntelligentTiering {
            statement.push(
                CostLine::TieringMonitoring,
                bucket,
                region,
                sum.monitored,
                Meter::TieringMonitoring,
            );
        }
    }
}

fn tiers(
    statement: &mut Statement,
    class: StorageClass,
    bucket: Option<u32>,
    region: Option<&Region>,
    bytes: Bytes,
) {
    let what = CostLine::Storage(class);
    let Some(point) = region.and_then(|region| prices::price(region, Meter::Storage(class))) else {
        statement.push_priced(what, bucket, region, bytes.0, None);
        return;
    };
    for tier in point.tiers {
        let begin = tier.begin_gb.saturating_mul(Bytes::GIB);
        let end = tier.end_gb.map_or(u64::MAX, |end| end.saturating_mul(Bytes::GIB));
        let part = bytes.0.min(end).saturating_sub(begin);
        if part > 0 {
            statement.push_priced(what, bucket, region, part, Some((tier.nano, point)));
        }
    }
}

/// Requests of a bucket, split over its classes by their current objects. Archived classes are not read without a
/// restore, so they get no GETs as long as there is any other class.
fn bucket_requests(
    bucket: &BucketBasis,
    shares: &RequestShares,
    index: u32,
    region: Option<&Region>,
    statement: &mut Statement,
) {
    let readable = |class: &StorageClass| !class.needs_restore() && *class != StorageClass::Unknown;
    let weights: Vec<(StorageClass, u64)> = bucket
        .classes
        .iter()
        .filter(|(class, part)| readable(class) && !part.current.is_zero())
        .map(|(class, part)| (*class, part.current.0))
        .collect();
    let weights = if weights.is_empty() {
        vec![(StorageClass::Standard, 1)]
    } else {
        weights
    };
    let whole: u64 = weights.iter().map(|(_, weight)| weight).sum();
    let (mut running, mut gets_before, mut puts_before) = (0, 0, 0);
    for (class, weight) in weights {
        running += weight;
        let gets = proportion(shares.gets.0, running, whole);
        let puts = proportion(shares.puts.0, running, whole);
        statement.push(
            CostLine::Gets(class),
            Some(index),
            region,
            gets - gets_before,
            Meter::Get(class),
        );
        statement.push(
            CostLine::Puts(class),
            Some(index),
            region,
            puts - puts_before,
            Meter::Put(class),
        );
        (gets_before, puts_before) = (gets, puts);
    }
}

/// The free requests as one credit, at the price of the first Region that has one.
fn free_tier(basis: &Basis, scenario: &Scenario, kms_total: Requests, statement: &mut Statement) {
    let free = kms_total.0.min(kms_free_requests());
    let region = basis
        .buckets
        .iter()
        .filter_map(|bucket| priced_in(bucket, scenario))
        .find(|region| prices::price(region, Meter::KmsRequest).is_some());
    if region.is_some() {
        statement.push(CostLine::KmsFreeTier, None, region, free, Meter::KmsRequest);
    }
}

fn keys(basis: &Basis, scenario: &Scenario, statement: &mut Statement) {
    let mut regions: Vec<&Region> = basis
        .buckets
        .iter()
        .filter_map(|bucket| priced_in(bucket, scenario))
        .collect();
    regions.sort_unstable();
    regions.dedup();
    for region in regions {
        statement.push(CostLine::KmsKey, None, Some(region), 1, Meter::KmsKey);
    }
}
