//! Makes a plan out of an inventory's groups: methods, what is left out, and the rate that the quotas allow.

use crate::basis::outcome;
use crate::encryption::TargetEncryption;
use crate::headroom::RegionHeadroom;
use crate::inventory::{ObjectGroup, Region, Snapshot};
use crate::method::{LeftOut, Method};
use crate::plan::{Binding, LeftOutLine, MigrationId, Plan, PlanBucket, PlanLine, PlanRate, PlanSettings};
use crate::quantity::{Bytes, Objects, Ratio, RequestsPerSecond};
use std::collections::{BTreeMap, BTreeSet};

/// Time that one small request to S3 takes, for the rate that requests in flight can reach: "roughly 100 to 200
/// milliseconds" (Amazon S3 User Guide, optimizing-performance, 2026-04).
const REQUEST_MS: u64 = 150;

/// One bucket of a plan, from the snapshot that lists it.
#[must_use]
pub fn plan_bucket(
    snapshot: &Snapshot,
    bucket: &str,
    region: &Region,
    target: &TargetEncryption,
    settings: &PlanSettings,
) -> PlanBucket {
    let mut lines: Vec<PlanLine> = Vec::new();
    let mut left_out: BTreeMap<LeftOut, (Objects, Bytes)> = BTreeMap::new();
    let mut leave = |reason: LeftOut, objects: Objects, bytes: Bytes| {
        if !objects.is_zero() {
            let sum = left_out.entry(reason).or_default();
            *sum = (sum.0 + objects, sum.1 + bytes);
        }
    };
    for group in snapshot.groups.iter().filter(|group| group.bucket == bucket) {
        let (chosen, free, locked) = outcome(group, settings.rules);
        if let Some(reason) = locked {
            leave(reason, group.locked, group.locked_bytes);
        }
        match chosen {
            Err(reason) => leave(reason, free.objects, free.bytes),
            Ok(method) if !free.objects.is_zero() => add_line(&mut lines, group, method, &free),
            Ok(_) => {}
        }
    }
    leave(LeftOut::DeleteMarker, snapshot.delete_markers, Bytes::ZERO);
    lines.sort_by_key(|line| {
        (
            line.method,
            line.storage_class,
            line.encryption_status,
            !line.current,
        )
    });
    let left_out = left_out
        .into_iter()
        .map(|(reason, (objects, bytes))| LeftOutLine {
            reason,
            objects,
            bytes,
        });
    let left_out: Vec<LeftOutLine> = left_out.collect();
    let rows = lines.iter().map(|line| line.objects.0).sum::<u64>()
        + left_out.iter().map(|line| line.objects.0).sum::<u64>();
    PlanBucket {
        bucket: bucket.to_string(),
        region: region.clone(),
        snapshot: snapshot.id.clone(),
        target: target.clone(),
        rows,
        lines,
        left_out,
    }
}

fn add_line(
    lines: &mut Vec<PlanLine>,
    group: &ObjectGroup,
    method: Method,
    free: &crate::basis::Convertible,
) {
    let same = |line: &&mut PlanLine| {
        line.method == method
            && line.storage_class == group.storage_class
            && line.encryption_status == group.encryption_status
            && line.current == group.current
    };
    if let Some(line) = lines.iter_mut().find(same) {
        line.objects += free.objects;
        line.bytes += free.bytes;
        line.over_5_gib += free.over_5_gib;
        return;
    }
    lines.push(PlanLine {
        storage_class: group.storage_class,
        encryption_status: group.encryption_status,
        current: group.current,
        method,
        objects: free.objects,
        bytes: free.bytes,
        over_5_gib: free.over_5_gib,
    });
}

/// The rate of one Region's part: the least of the KMS share, the S3 request rate over the prefixes, and requests in
/// flight over the time one takes. Time = objects ÷ rate. A key in a custom key store has the store's quota besides the
/// account's.
#[must_use]
pub fn rate(
    region: &Region,
    objects: Objects,
    prefixes: u64,
    headroom: &RegionHeadroom,
    in_key_store: bool,
    settings: &PlanSettings,
) -> PlanRate {
    let of_account = headroom.headroom(crate::headroom::Phase::After, false);
    let left = if in_key_store {
        of_account.min(headroom.left_in_key_store(false))
    } else {
        of_account
    };
    let budget = left.times(settings.share);
    let by_kms = per_object(budget, settings.kms_calls_per_object);
    let s3 = settings
        .s3_writes_per_prefix
        .milli()
        .saturating_mul(prefixes.max(1));
    let by_s3 = RequestsPerSecond::from_milli(s3);
    let by_workers = RequestsPerSecond::from_milli(u64::from(settings.in_flight) * 1_000_000 / REQUEST_MS);
    let seconds = |rate: RequestsPerSecond| match rate.milli() {
        _ if objects.is_zero() => 0,
        0 => u64::MAX,
        milli => {
            u64::try_from((u128::from(objects.0) * 1000).div_ceil(u128::from(milli))).unwrap_or(u64::MAX)
        }
    };
    let limits = [
        (Binding::KmsShare, by_kms),
        (Binding::S3Prefix, by_s3),
        (Binding::Workers, by_workers),
    ];
    let limits: Vec<_> = limits.map(|(limit, rate)| (limit, rate, seconds(rate))).into();
    let least = limits.iter().min_by_key(|(_, rate, _)| *rate).copied();
    let (binds, objects_per_second, seconds) = least.unwrap_or((Binding::KmsShare, by_kms, seconds(by_kms)));
    PlanRate {
        region: region.clone(),
        kms_budget: budget,
        objects_per_second,
        binds,
        seconds,
        limits,
    }
}

fn per_object(budget: RequestsPerSecond, calls: Ratio) -> RequestsPerSecond {
    let milli = u128::from(budget.milli()) * 1000 / u128::from(calls.milli().max(1));
    RequestsPerSecond::from_milli(u64::try_from(milli).unwrap_or(u64::MAX))
}

/// Puts buckets together to a plan. Prefixes are counted over the groups that the snapshots hold. `in_key_store`: Regions whose
/// key is in a custom key store.
#[must_use]
pub fn plan(
    id: MigrationId,
    name: String,
    buckets: Vec<PlanBucket>,
    snapshots: &[Snapshot],
    headrooms: &[RegionHeadroom],
    in_key_store: &BTreeSet<Region>,
    settings: PlanSettings,
) -> Plan {
    let regions: BTreeSet<&Region> = buckets.iter().map(|bucket| &bucket.region).collect();
    let mut rates = Vec::new();
    for region in regions {
        let here: Vec<&PlanBucket> = buckets.iter().filter(|bucket| bucket.region == *region).collect();
        let objects = here.iter().map(|bucket| bucket.objects()).sum();
        // Buckets are worked through one after another, so the one with the fewest prefixes is the slowest.
        let prefixes = here
            .iter()
            .map(|bucket| prefixes(snapshots, &bucket.bucket))
            .min()
            .unwrap_or(1);
        if let Some(headroom) = headrooms.iter().find(|headroom| headroom.region == *region) {
            let in_store = in_key_store.contains(region);
            rates.push(rate(region, objects, prefixes, headroom, in_store, &settings));
        }
    }
    Plan {
        id,
        name,
        buckets,
        settings,
        rates,
        noted: Vec::new(),
        jobs: None,
    }
}

fn prefixes(snapshots: &[Snapshot], bucket: &str) -> u64 {
    let groups = snapshots.iter().flat_map(|snapshot| &snapshot.groups);
    let names: BTreeSet<&str> = groups
        .filter(|group| group.bucket == bucket)
        .map(|group| group.prefix.as_str())
        .collect();
    u64::try_from(names.len()).unwrap_or(u64::MAX)
}
