//! What CloudWatch would count of calls with the keys of the simulated account: those that this process made, minute by
//! minute, and those of the account's other workloads, which share what they use among some keys.

use super::kms::{KeyRole, RegionKms};
use super::weeks;
use model::encryption::KeyArn;
use model::key_calls::KeyCalls;
use model::quantity::Requests;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub(super) const DATA_KEY: &str = "GenerateDataKey";
pub(super) const DECRYPT: &str = "Decrypt";

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const HOURS: i64 = 24;

/// Who uses what share of the existing load, in percent, and how much of that is reads.
const SHARES: [(KeyRole, u64); 3] = [
    (KeyRole::General, 60),
    (KeyRole::Payments, 25),
    (KeyRole::AwsManaged, 15),
];
const READS_PERCENT: u64 = 80;

/// Calls by key, operation and minute.
type Counts = BTreeMap<String, BTreeMap<(&'static str, i64), u64>>;

/// The calls that this process made.
#[derive(Debug, Default)]
pub(super) struct Made(Mutex<Counts>);

impl Made {
    pub(super) fn note(&self, key: &str, operation: &'static str, at: UnixMillis, calls: u64) {
        if calls == 0 {
            return;
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Two look-ups rather than one allocation per call.
        if !counts.contains_key(key) {
            counts.insert(key.to_string(), BTreeMap::new());
        }
        if let Some(of) = counts.get_mut(key) {
            *of.entry((operation, at.0.div_euclid(MINUTE_MS))).or_default() += calls;
        }
    }

    /// Sums of a key's calls over periods of so many milliseconds, from a time on.
    fn of(&self, key: &str, period_ms: i64, from: UnixMillis) -> BTreeMap<(&'static str, i64), u64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums = BTreeMap::new();
        for ((operation, minute), calls) in counts.get(key).into_iter().flatten() {
            let at = minute * MINUTE_MS;
            if at >= from.0 {
                *sums.entry((*operation, at.div_euclid(period_ms))).or_default() += calls;
            }
        }
        sums
    }
}

/// One key, minute by minute.
pub(super) fn of_key(
    made: &Made,
    kms: &RegionKms,
    key: &KeyArn,
    from: UnixMillis,
    now: UnixMillis,
) -> KeyCalls {
    calls(made, kms, key, MINUTE_MS, from, now)
}

/// All keys together, minute by minute.
pub(super) fn of_all(
    made: &Made,
    kms: &RegionKms,
    from: UnixMillis,
    until: UnixMillis,
) -> Vec<(UnixMillis, Requests)> {
    let mut minutes: BTreeMap<UnixMillis, u64> = BTreeMap::new();
    for facts in kms.keys() {
        let calls = calls(made, kms, &facts.arn, MINUTE_MS, from, until);
        for (at, calls) in calls.operations.into_values().flatten() {
            if at < until {
                *minutes.entry(at).or_default() += calls.0;
            }
        }
    }
    minutes
        .into_iter()
        .map(|(at, calls)| (at, Requests(calls)))
        .collect()
}

/// Every key that was used in a day, hour by hour.
pub(super) fn in_use(made: &Made, kms: &RegionKms, now: UnixMillis) -> Vec<KeyCalls> {
    let from = UnixMillis((now.0.div_euclid(HOUR_MS) - HOURS) * HOUR_MS);
    let of = |key: &model::encryption::KeyArn| calls(made, kms, key, HOUR_MS, from, now);
    let all = kms.keys().map(|facts| of(&facts.arn));
    all.filter(|calls| !calls.operations.is_empty()).collect()
}

fn calls(
    made: &Made,
    kms: &RegionKms,
    key: &KeyArn,
    period_ms: i64,
    from: UnixMillis,
    now: UnixMillis,
) -> KeyCalls {
    let mut sums = made.of(key.as_str(), period_ms, from);
    let role = kms.role_of(key.as_str());
    let share = SHARES.iter().find(|(of, _)| Some(*of) == role);
    if let Some((_, share)) = share {
        for period in from.0.div_euclid(period_ms)..now.0.div_euclid(period_ms) {
            let calls = weeks::calls(kms.baseline, period, period_ms) * share / 100;
            let reads = calls * READS_PERCENT / 100;
            *sums.entry((DECRYPT, period)).or_default() += reads;
            *sums.entry((DATA_KEY, period)).or_default() += calls - reads;
        }
    }
    let mut operations: BTreeMap<String, Vec<(UnixMillis, Requests)>> = BTreeMap::new();
    for ((operation, period), calls) in sums {
        let at = UnixMillis(period * period_ms);
        operations
            .entry(operation.to_string())
            .or_default()
            .push((at, Requests(calls)));
    }
    KeyCalls {
        key: key.clone(),
        alias: None,
        operations,
        // Counted as they are made: the minute that has begun counts as whole.
        settled: UnixMillis((now.0.div_euclid(MINUTE_MS) + 1) * MINUTE_MS),
    }
}
