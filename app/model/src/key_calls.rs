//! Calls to KMS with single keys as CloudWatch counts them: which keys use a Region's quota, and how many calls the
//! conversion of one object took. Made by the account (`cloud`); shown by the quotas page and the page of a migration.
//!
//! `ReEncrypt` has two keys, and counts with the one that it encrypts under (KMS Developer Guide, monitoring-cloudwatch,
//! 2026-04).

use crate::encryption::KeyArn;
use crate::format::{counted, grouped};
use crate::quantity::{Ratio, Requests};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;
/// Minutes of a run that are looked at: enough for a figure, and none that CloudWatch forgets during a long run.
const LOOKED_AT: usize = 15;
/// Minutes before the run in which nobody else may use the key, or the figure is a bound.
const BEFORE: i64 = 10;
/// Minutes that a batch may have taken: a clock that was set in between must not make years of work.
const BATCH_MINUTES: i64 = 24 * 60;

/// Calls with one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCalls {
    /// The key.
    pub key: KeyArn,
    /// Its alias, where it is known.
    pub alias: Option<String>,
    /// Calls by operation, each with the time at which its period begins; periods without a call are left out.
    pub operations: BTreeMap<String, Vec<(UnixMillis, Requests)>>,
    /// Until when these figures are whole: what is later may still be counted.
    pub settled: UnixMillis,
}

impl KeyCalls {
    /// Adds calls of an operation; those of one period add up.
    pub fn add(&mut self, operation: &str, periods: &[(UnixMillis, Requests)]) {
        let here = self.operations.entry(operation.to_string()).or_default();
        for (at, calls) in periods {
            let place = here.partition_point(|(other, _)| other < at);
            match here.get_mut(place).filter(|(other, _)| other == at) {
                Some((_, sum)) => *sum += *calls,
                None => here.insert(place, (*at, *calls)),
            }
        }
    }

    /// Calls of each operation in periods that begin from the one time and before the other.
    #[must_use]
    pub fn between(&self, from: UnixMillis, until: UnixMillis) -> BTreeMap<String, u64> {
        let within = |periods: &Vec<(UnixMillis, Requests)>| -> u64 {
            let within = periods.iter().filter(|(at, _)| (from..until).contains(at));
            within.map(|(_, calls)| calls.0).sum()
        };
        let sums = self
            .operations
            .iter()
            .map(|(name, periods)| (name.clone(), within(periods)));
        sums.filter(|(_, calls)| *calls > 0).collect()
    }

    /// All calls.
    #[must_use]
    pub fn total(&self) -> Requests {
        let periods = self.operations.values().flatten();
        periods.map(|(_, calls)| *calls).sum()
    }

    /// The busiest period with its calls over all operations.
    #[must_use]
    pub fn busiest(&self) -> Option<(UnixMillis, Requests)> {
        let mut periods: BTreeMap<UnixMillis, Requests> = BTreeMap::new();
        for (at, calls) in self.operations.values().flatten() {
            *periods.entry(*at).or_default() += *calls;
        }
        periods.into_iter().max_by_key(|(_, calls)| *calls)
    }
}

/// What a run converted under a key in its first minutes, and in which of them it worked: between these, and after the
/// end, calls with the key are other people's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstMinutes {
    /// Minutes of work, by their numbers since 1970.
    #[serde(default)]
    worked: BTreeSet<i64>,
    /// Minute since which work goes on; none while nothing is worked on.
    #[serde(default)]
    since: Option<i64>,
    /// Objects by the number of their minute.
    minutes: BTreeMap<i64, u64>,
}

const fn minute_of(at: UnixMillis) -> i64 {
    at.0.div_euclid(MINUTE_MS)
}

const fn begin_of(minute: i64) -> UnixMillis {
    UnixMillis(minute * MINUTE_MS)
}

impl FirstMinutes {
    /// A batch was announced; `alone` when no other is worked on.
    pub fn begin(&mut self, at: UnixMillis, alone: bool) {
        if alone || self.since.is_none() {
            self.since = Some(minute_of(at));
        }
    }

    /// A batch converted so many objects.
    pub fn note(&mut self, at: UnixMillis, converted: u64) {
        let minute = minute_of(at);
        if self.minutes.contains_key(&minute) || self.minutes.len() < LOOKED_AT {
            *self.minutes.entry(minute).or_default() += converted;
            let since = self.since.unwrap_or(minute).max(minute - BATCH_MINUTES);
            self.worked.extend(since..=minute);
            self.since = Some(minute);
        }
    }

    /// Nothing is worked on any more, until the next batch is announced.
    pub const fn close(&mut self) {
        self.since = None;
    }

    /// With those of another bucket under the same key.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.worked.extend(&other.worked);
        for (minute, converted) in &other.minutes {
            *self.minutes.entry(*minute).or_default() += converted;
        }
        self
    }

    /// From when to when calls are to be asked for; `None` before anything was converted.
    #[must_use]
    pub fn asked(&self) -> Option<(UnixMillis, UnixMillis)> {
        let (first, last) = (self.worked.first()?, self.worked.last()?);
        Some((begin_of(first - BEFORE), begin_of(last + 1)))
    }

    /// How many calls an object took; `None` while CloudWatch does not tell: whole minutes alone count, on both sides, and
    /// of them those in which the run worked.
    #[must_use]
    pub fn measure(&self, calls: &KeyCalls) -> Option<CallsPerObject> {
        let whole = self.minutes.range(..minute_of(calls.settled));
        let (last, objects) = whole.fold((None, 0), |(_, sum), (minute, converted)| {
            (Some(*minute), sum + converted)
        });
        let (first, last) = (*self.worked.first()?, last?);
        let mut operations: BTreeMap<String, u64> = BTreeMap::new();
        let mut minutes = 0;
        for minute in self.worked.range(..=last) {
            minutes += 1;
            for (name, count) in calls.between(begin_of(*minute), begin_of(minute + 1)) {
                *operations.entry(name).or_default() += count;
            }
        }
        if objects == 0 || operations.is_empty() {
            return None;
        }
        let before = calls.between(begin_of(first - BEFORE), begin_of(first));
        Some(CallsPerObject {
            objects,
            operations,
            minutes,
            from: begin_of(first),
            until: begin_of(last + 1),
            before: before.values().sum(),
        })
    }
}

/// KMS calls with a key in the first minutes of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsPerObject {
    /// Objects converted in these minutes.
    pub objects: u64,
    /// Calls by operation.
    pub operations: BTreeMap<String, u64>,
    /// How many minutes.
    pub minutes: u64,
    /// Begin of the first minute.
    pub from: UnixMillis,
    /// End of the last.
    pub until: UnixMillis,
    /// Calls in the ten minutes before: others use the key too, so that the figure is an upper bound.
    pub before: u64,
}

impl CallsPerObject {
    /// All calls in these minutes.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.operations.values().sum()
    }

    /// Calls over objects, rounded up to a thousandth.
    #[must_use]
    pub fn ratio(&self) -> Ratio {
        let milli = (u128::from(self.calls()) * 1000).div_ceil(u128::from(self.objects.max(1)));
        Ratio::from_milli(u32::try_from(milli).unwrap_or(u32::MAX))
    }

    /// Whether nobody else used the key shortly before.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.before == 0
    }

    /// Calls that others would make in these minutes, at their pace of before.
    #[must_use]
    pub const fn by_others(&self) -> u64 {
        self.before.saturating_mul(self.minutes) / BEFORE.unsigned_abs()
    }

    /// Whether the ratio bounds what an object takes closely enough to be a figure: most calls are the run's.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.by_others().saturating_mul(2) <= self.calls()
    }

    /// Share of the headroom at which a run that takes so many calls keeps to the budget that it was given for what it was
    /// planned with; `None` where it needs none.
    #[must_use]
    pub fn share_to_keep(&self, share: Ratio, planned: Ratio) -> Option<Ratio> {
        let measured = self.ratio();
        if !self.is_alone() || measured <= planned || measured.milli() == 0 {
            return None;
        }
        let milli = u64::from(share.milli()) * u64::from(planned.milli()) / u64::from(measured.milli());
        // In whole percents, as shares are given; never nothing.
        let percent = (milli / 10).max(1);
        Some(Ratio::percent(u32::try_from(percent).unwrap_or(1)))
    }

    /// How it was computed.
    #[must_use]
    pub fn derivation(&self) -> String {
        let operations: Vec<String> = self
            .operations
            .iter()
            .map(|(name, calls)| format!("{} {name}", grouped(*calls)))
            .collect();
        let others = if self.is_alone() {
            "nobody used the key in the ten minutes before".to_string()
        } else {
            format!(
                "others made {} with the key in the ten minutes before",
                counted(self.before, "call")
            )
        };
        format!(
            "{} ({}) ÷ {} in {} of work between {} and {}; reads of these objects, the canaries’ too, are among them; {others}. CloudWatch, AWS/KMS SuccessfulRequest; ReEncrypt counts with the key that it encrypts under.",
            counted(self.calls(), "call"),
            operations.join(", "),
            counted(self.objects, "object"),
            counted(self.minutes, "minute"),
            self.from,
            self.until,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

    fn minute(minute: i64) -> UnixMillis {
        UnixMillis(minute * MINUTE_MS)
    }

    fn calls(periods: &[(&str, i64, u64)], settled: i64) -> KeyCalls {
        let mut operations: BTreeMap<String, Vec<(UnixMillis, Requests)>> = BTreeMap::new();
        for (name, at, calls) in periods {
            let of = operations.entry((*name).to_string()).or_default();
            of.push((minute(*at), Requests(*calls)));
        }
        KeyCalls {
            key: KeyArn::parse(KEY).expect("an ARN"),
            alias: None,
            operations,
            settled: minute(settled),
        }
    }

    /// 20 objects in minute 100 and 40 in minute 101; one data key and one Decrypt for each.
    fn run() -> (FirstMinutes, Vec<(&'static str, i64, u64)>) {
        let mut first = FirstMinutes::default();
        first.begin(UnixMillis(minute(100).0 + 1), true);
        first.note(UnixMillis(minute(100).0 + 30_000), 20);
        first.note(minute(101), 40);
        let told = vec![
            ("GenerateDataKey", 100, 20),
            ("Decrypt", 100, 20),
            ("GenerateDataKey", 101, 40),
            ("Decrypt", 101, 40),
        ];
        (first, told)
    }

    #[test]
    fn calls_are_divided_by_the_objects_of_the_same_whole_minutes() {
        let (first, told) = run();
        assert_eq!(first.asked(), Some((minute(90), minute(102))));
        let all = first.measure(&calls(&told, 102)).expect("both minutes");
        assert_eq!((all.objects, all.calls()), (60, 120));
        assert_eq!(all.ratio(), Ratio::from_milli(2000));
        assert!(
            all.derivation()
                .contains("120 calls (60 Decrypt, 60 GenerateDataKey) ÷ 60 objects")
        );
        let one = first.measure(&calls(&told, 101)).expect("the first minute");
        assert_eq!((one.objects, one.calls()), (20, 40));
        assert_eq!(first.measure(&calls(&told, 100)), None, "no minute is whole");
        assert_eq!(first.measure(&calls(&[], 102)), None, "silence is not zero");
        assert_eq!(FirstMinutes::default().asked(), None);
    }

    #[test]
    fn what_moves_objects_from_several_keys_is_one_operation() {
        let mut told = calls(&[("Decrypt", 100, 7)], 102);
        told.add(
            "ReEncrypt",
            &[(minute(100), Requests(3)), (minute(102), Requests(4))],
        );
        told.add(
            "ReEncrypt",
            &[(minute(101), Requests(5)), (minute(102), Requests(6))],
        );
        assert_eq!(
            told.operations["ReEncrypt"],
            [
                (minute(100), Requests(3)),
                (minute(101), Requests(5)),
                (minute(102), Requests(10))
            ]
        );
        assert_eq!(told.total(), Requests(25));
    }

    #[test]
    fn a_key_that_others_use_gives_a_bound() {
        let (first, mut told) = run();
        told.push(("Decrypt", 95, 7));
        let shared = first.measure(&calls(&told, 102)).expect("a figure");
        assert_eq!((shared.before, shared.is_alone()), (7, false));
        assert_eq!(shared.share_to_keep(Ratio::percent(50), Ratio::ONE), None);
        assert!(shared.derivation().contains("others made 7 calls"));
        told.pop();
        told.push(("Decrypt", 89, 7));
        assert!(first.measure(&calls(&told, 102)).expect("a figure").is_alone());
    }

    /// 20 objects, a pause of an hour, 40 objects, the end, and a retry a day later; others use the key all the time.
    #[test]
    fn calls_in_a_pause_and_after_the_end_are_not_the_runs() {
        let mut first = FirstMinutes::default();
        for (at, converted) in [(100, 20), (160, 40), (1600, 5)] {
            first.begin(minute(at), true);
            first.note(minute(at), converted);
            first.close();
        }
        let others = (90..1700).map(|at| ("Decrypt", at, 3));
        let ours = [(100, 20), (160, 40), (1600, 5)].map(|(at, count)| ("GenerateDataKey", at, count));
        let told: Vec<_> = others.chain(ours).collect();
        let measured = first.measure(&calls(&told, 1700)).expect("a figure");
        assert_eq!(
            (measured.objects, measured.calls(), measured.minutes),
            (65, 74, 3)
        );
        assert_eq!((measured.by_others(), measured.tells()), (9, true));
        // What goes on while another batch is open is one stretch.
        let mut busy = FirstMinutes::default();
        busy.begin(minute(100), true);
        busy.begin(minute(103), false);
        busy.note(minute(104), 7);
        let measured = busy.measure(&calls(&told, 1700)).expect("a figure");
        assert_eq!((measured.minutes, measured.calls()), (5, 15 + 20));
    }

    #[test]
    fn a_clock_that_was_set_in_the_middle_of_a_batch_makes_no_years_of_work() {
        let mut first = FirstMinutes::default();
        first.begin(minute(0), true);
        first.note(minute(29_000_000), 1);
        let (from, until) = first.asked().expect("a stretch");
        assert!(until.0 - from.0 < 2 * 24 * 60 * MINUTE_MS);
    }

    #[test]
    fn a_key_that_others_use_more_tells_nothing() {
        let (first, mut told) = run();
        for (before, tells) in [(300, true), (305, false)] {
            told.push(("Decrypt", 95, before));
            let measured = first.measure(&calls(&told, 102)).expect("a figure");
            assert_eq!((measured.by_others(), measured.tells()), (before / 5, tells));
            told.pop();
        }
    }

    #[test]
    fn a_run_that_takes_more_than_planned_is_told_the_share_that_keeps_its_budget() {
        let (first, told) = run();
        let measured = first.measure(&calls(&told, 102)).expect("a figure");
        let share = |planned| measured.share_to_keep(Ratio::percent(50), planned);
        assert_eq!(share(Ratio::ONE), Some(Ratio::percent(25)));
        assert_eq!(share(Ratio::from_milli(2000)), None);
    }

    #[test]
    fn a_long_run_is_looked_at_in_its_first_minutes_and_buckets_add_up() {
        let mut first = FirstMinutes::default();
        first.begin(minute(0), true);
        for at in 0..100 {
            first.note(minute(at), 10);
        }
        assert_eq!(first.asked(), Some((minute(-10), minute(15))));
        let mut other = FirstMinutes::default();
        other.begin(minute(-3), true);
        other.note(minute(2), 5);
        let told: Vec<(&str, i64, u64)> = (0..20).map(|at| ("GenerateDataKey", at, 11)).collect();
        let both = first.with(&other).measure(&calls(&told, 50)).expect("a figure");
        assert_eq!((both.objects, both.calls()), (155, 165));
        assert_eq!(both.from, minute(-3));
    }

    #[test]
    fn the_busiest_period_counts_all_operations() {
        let (_, told) = run();
        let calls = calls(&told, 102);
        assert_eq!(calls.busiest(), Some((minute(101), Requests(80))));
        assert_eq!(calls.total(), Requests(120));
    }
}
