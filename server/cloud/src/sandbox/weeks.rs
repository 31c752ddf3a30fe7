//! What CloudWatch would say of the simulated account: how busy its other workloads are over two weeks, an office's hours
//! with a peak on Tuesdays; the requests of those buckets that have request metrics; and what buckets hold.

use super::bucket::Bucket;
use super::estate::BucketPlan;
use crate::quota::RequestMetrics;
use model::counted::CountedRequests;
use model::daily::DailyStorage;
use model::inventory::{Region, StorageClass};
use model::measured::MeasuredUse;
use model::quantity::{Bytes, Objects, Requests, RequestsPerSecond};
use model::requests::{RequestCounts, RequestKind};
use model::time::UnixMillis;
use std::collections::BTreeMap;

/// Buckets that have request metrics, with the days since these were enabled.
const ENABLED: [(&str, i64); 4] = [
    ("claims-documents-prod", 30),
    ("clickstream-raw", 30),
    ("partner-uploads", 9),
    ("payments-ledger-prod", 0),
];
const DAY_MS: i64 = 86_400_000;
const FILTER: &str = "EntireBucket";

const MINUTE_MS: i64 = 60_000;
const MINUTES: i64 = 14 * 24 * 60;

/// Two weeks before `until`, whose busiest minutes are at the peak.
pub(super) fn two_weeks(peak: RequestsPerSecond, until: UnixMillis, source: String) -> Option<MeasuredUse> {
    let end = until.0.div_euclid(MINUTE_MS);
    let sums = (end - MINUTES..end).map(|minute| {
        let at = UnixMillis(minute * MINUTE_MS);
        (at, Requests(calls(peak, minute, MINUTE_MS)))
    });
    let from = UnixMillis((end - MINUTES) * MINUTE_MS);
    MeasuredUse::from_minutes(sums, from, UnixMillis(end * MINUTE_MS), source)
}

/// Calls of a period of so many milliseconds, counted from 1970, by its first minute.
pub(super) fn calls(peak: RequestsPerSecond, period: i64, period_ms: i64) -> u64 {
    let (minute, seconds) = (period * period_ms / MINUTE_MS, period_ms / 1000);
    let sum =
        u128::from(peak.milli()) * u128::from(seconds.unsigned_abs()) * u128::from(percent(minute)) / 100_000;
    u64::try_from(sum).unwrap_or(u64::MAX)
}

/// Share of the peak in a minute since 1970.
fn percent(minute: i64) -> u64 {
    // The first of January 1970 was a Thursday; days count from Monday.
    let (hour, day) = (
        minute.div_euclid(60).rem_euclid(24),
        (minute.div_euclid(24 * 60) + 3).rem_euclid(7),
    );
    let of_day = match hour {
        0 => 30,
        1..=4 => 24,
        5..=8 | 18..=21 => 55,
        22.. => 35,
        14 if day == 1 => return 100,
        _ => 88,
    };
    if day >= 5 { of_day * 2 / 3 } else { of_day }
}

/// The request metrics of a bucket.
pub(super) fn request_metrics(plan: &BucketPlan, until: UnixMillis) -> RequestMetrics {
    let Some((name, days)) = ENABLED.iter().find(|(name, _)| *name == plan.name) else {
        return RequestMetrics::NotEnabled;
    };
    let share = |month: u64| Requests(month * days.unsigned_abs() / 30);
    let mut sums = RequestCounts::reads_and_writes(share(plan.gets_per_month), share(plan.puts_per_month));
    sums[RequestKind::Head] = share(plan.gets_per_month / 8);
    sums[RequestKind::List] = share(plan.gets_per_month / 500);
    let from = UnixMillis(until.0 - days * DAY_MS);
    let source = format!("simulated account, CloudWatch request metrics, filter {FILTER}");
    CountedRequests::new(name, &sums, from, until, source).map_or_else(
        || RequestMetrics::Silent(FILTER.to_string()),
        RequestMetrics::Counted,
    )
}

/// The daily storage metrics of a bucket as of the day before: every version counts, delete markers are no objects here.
pub(super) fn daily_storage(bucket: &Bucket, region: &Region, until: UnixMillis) -> Option<DailyStorage> {
    let mut bytes: BTreeMap<StorageClass, Bytes> = BTreeMap::new();
    let mut objects = Objects::ZERO;
    let versions = bucket.objects.values().flatten();
    for version in versions.filter(|version| !version.delete_marker) {
        objects += Objects(1);
        *bytes.entry(version.class).or_default() += Bytes(version.size);
    }
    (objects > Objects::ZERO).then(|| DailyStorage {
        bucket: bucket.plan.name.to_string(),
        region: region.clone(),
        day: UnixMillis((until.0.div_euclid(DAY_MS) - 1) * DAY_MS),
        bytes,
        gaps: Vec::new(),
        objects: Some(objects),
    })
}
