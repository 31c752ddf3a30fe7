//! JSON documents that both the API and the command line print, made of the model's values.

use app::backend::PriceRow;
use model::headroom::{
    AccountUsage, Conversion, Failover, Increase, Load, Phase, PrefixLoad, RegionHeadroom,
};
use model::inventory::Region;
use model::plan::Binding;
use model::prices::{Meter, PricePoint, Prices, Tier};
use model::quantity::RequestsPerSecond;
use model::quotas::{Quota, kms_symmetric};
use model::scenario::Scenario;
use model::time::UnixMillis;
use serde::Serialize;

/// Requests per second with up to three decimals.
fn per_second(rate: RequestsPerSecond) -> serde_json::Number {
    let milli = rate.milli();
    if milli.is_multiple_of(1000) {
        return (milli / 1000).into();
    }
    // Shown only; three decimals are exact enough in a double.
    serde_json::Number::from_f64(milli as f64 / 1000.0).unwrap_or_else(|| (milli / 1000).into())
}

/// `headroom --json`.
#[derive(Debug, Serialize)]
pub(crate) struct HeadroomDocument {
    regions: Vec<RegionDocument>,
}

#[derive(Debug, Serialize)]
struct RegionDocument {
    region: String,
    quota_per_second: serde_json::Number,
    quota: Quota,
    baseline_per_second: Option<serde_json::Number>,
    now: LoadDocument,
    after: LoadDocument,
    after_with_bucket_key: LoadDocument,
    migration_per_second: serde_json::Number,
    headroom: Vec<PhaseDocument>,
    upper_bound: bool,
    derivation: String,
    conversion: ConversionDocument,
    s3_prefixes: Option<PrefixDocument>,
    elsewhere: LoadDocument,
    failover: Option<FailoverDocument>,
    increase: IncreaseDocument,
}

#[derive(Debug, Serialize)]
struct ConversionDocument {
    objects: u64,
    binds: Option<Binding>,
    limits: Vec<LimitDocument>,
}

#[derive(Debug, Serialize)]
struct LimitDocument {
    limit: Binding,
    objects_per_second: serde_json::Number,
    /// Nothing where it would never end.
    seconds: Option<u64>,
}

#[derive(Debug, Serialize)]
struct PrefixDocument {
    bucket: String,
    prefixes: u32,
    reads_per_second: serde_json::Number,
    read_limit_per_second: serde_json::Number,
    writes_per_second: serde_json::Number,
    write_limit_per_second: serde_json::Number,
}

#[derive(Debug, Serialize)]
struct FailoverDocument {
    to: String,
    quota_per_second: serde_json::Number,
    load_per_second: serde_json::Number,
    breach_per_second: Option<serde_json::Number>,
}

#[derive(Debug, Serialize)]
struct IncreaseDocument {
    value_per_second: u64,
    more_than_the_quota: bool,
    advised: bool,
    justification: String,
}

#[derive(Debug, Serialize)]
struct LoadDocument {
    average_per_second: serde_json::Number,
    peak_per_second: serde_json::Number,
}

impl From<Load> for LoadDocument {
    fn from(load: Load) -> Self {
        Self {
            average_per_second: per_second(load.average),
            peak_per_second: per_second(load.peak),
        }
    }
}

#[derive(Debug, Serialize)]
struct PhaseDocument {
    phase: Phase,
    load_per_second: serde_json::Number,
    headroom_per_second: serde_json::Number,
    breach_per_second: Option<serde_json::Number>,
}

impl HeadroomDocument {
    pub(crate) fn new(regions: &[RegionHeadroom], scenario: &Scenario, as_of: Option<UnixMillis>) -> Self {
        let bucket_key = scenario.bucket_key;
        let phase = |region: &RegionHeadroom, phase| PhaseDocument {
            phase,
            load_per_second: per_second(region.load(phase, bucket_key)),
            headroom_per_second: per_second(region.headroom(phase, bucket_key)),
            breach_per_second: region.breach(phase, bucket_key).map(per_second),
        };
        let document = |region: &RegionHeadroom| RegionDocument {
            region: region.region.0.clone(),
            quota_per_second: per_second(region.quota.limit),
            quota: region.quota.clone(),
            baseline_per_second: region.baseline.map(per_second),
            now: region.now.into(),
            after: region.after.into(),
            after_with_bucket_key: region.after_bucket_key.into(),
            migration_per_second: per_second(region.migration),
            headroom: Phase::ALL.into_iter().map(|which| phase(region, which)).collect(),
            upper_bound: region.is_bound(),
            derivation: region.derivation(),
            conversion: conversion(&region.conversion),
            s3_prefixes: region.prefixes.as_ref().map(prefixes),
            elsewhere: region.elsewhere.into(),
            failover: region.failover.as_ref().map(failover),
            increase: increase(region.increase(scenario, as_of)),
        };
        Self {
            regions: regions.iter().map(document).collect(),
        }
    }
}

fn conversion(conversion: &Conversion) -> ConversionDocument {
    let limit = |(limit, rate, seconds): &(Binding, RequestsPerSecond, u64)| LimitDocument {
        limit: *limit,
        objects_per_second: per_second(*rate),
        seconds: (*seconds != u64::MAX).then_some(*seconds),
    };
    ConversionDocument {
        objects: conversion.objects.0,
        binds: conversion.binds().map(|(limit, ..)| *limit),
        limits: conversion.limits.iter().map(limit).collect(),
    }
}

fn prefixes(load: &PrefixLoad) -> PrefixDocument {
    PrefixDocument {
        bucket: load.bucket.clone(),
        prefixes: load.prefixes,
        reads_per_second: per_second(load.reads),
        read_limit_per_second: per_second(load.read_limit),
        writes_per_second: per_second(load.writes),
        write_limit_per_second: per_second(load.write_limit),
    }
}

fn failover(failover: &Failover) -> FailoverDocument {
    FailoverDocument {
        to: failover.to.0.clone(),
        quota_per_second: per_second(failover.quota.limit),
        load_per_second: per_second(failover.load),
        breach_per_second: failover.breach().map(per_second),
    }
}

fn increase(increase: Increase) -> IncreaseDocument {
    IncreaseDocument {
        value_per_second: increase.value,
        more_than_the_quota: increase.is_more,
        advised: increase.advised,
        justification: increase.justification,
    }
}

/// A meter as pages and files name it.
pub(crate) fn meter_title(meter: Meter) -> String {
    match meter {
        Meter::Storage(class) => format!("Storage, {class}, GB-month"),
        Meter::Put(class) => format!("PUT, COPY, POST or LIST request, {class}"),
        Meter::Get(class) => format!("GET request, {class}"),
        Meter::Retrieval(class) => format!("Retrieval, {class}, GB"),
        Meter::RestoreRequest(class) => format!("Restore request, {class}"),
        Meter::TieringMonitoring => "Intelligent-Tiering monitoring, object-month".to_string(),
        Meter::KmsKey => "KMS key, month".to_string(),
        Meter::KmsRequest => "KMS request".to_string(),
        Meter::BatchJob => "Batch Operations job".to_string(),
        Meter::BatchObject => "Batch Operations, object".to_string(),
        Meter::BatchManifestObject => "Batch Operations, object of a generated manifest".to_string(),
        Meter::InventoryObject => "S3 Inventory, object listed".to_string(),
    }
}

/// A price with its tiers in words.
pub(crate) fn price_text(point: &PricePoint) -> String {
    let tier = |tier: &Tier| match tier.end_gb {
        Some(end) => format!(
            "{} up to {} GB",
            point.stated(tier.nano),
            model::format::grouped(end)
        ),
        None if tier.begin_gb > 0 => format!("{} above", point.stated(tier.nano)),
        None => point.stated(tier.nano),
    };
    point.tiers().iter().map(tier).collect::<Vec<_>>().join("; ")
}

/// Prices of a Region in words; KMS prices also where only the pricing page states them.
pub(crate) fn prices_of(prices: &Prices, region: &Region) -> Vec<PriceRow> {
    let row = |meter| {
        let point = prices.price(region, meter)?;
        let (source, date) = point.source();
        Some(PriceRow {
            region: region.0.clone(),
            meter: meter_title(meter),
            price: price_text(&point),
            source: source.into_owned(),
            date: date.into_owned(),
        })
    };
    prices.meters(region).into_iter().filter_map(row).collect()
}

/// Quotas of Regions in words: Region, limit, origin, source, date.
pub(crate) fn quotas_of(
    regions: &[Region],
    usage: &AccountUsage,
) -> Vec<(String, String, String, String, String)> {
    let row = |region: &Region| {
        let told = usage.get(region).and_then(|told| told.quota.clone());
        let quota = told.unwrap_or_else(|| kms_symmetric(region));
        let limit = model::format::rate(quota.limit);
        (
            region.0.clone(),
            limit,
            quota.origin.title().to_string(),
            quota.source,
            quota.date,
        )
    };
    regions.iter().map(row).collect()
}
