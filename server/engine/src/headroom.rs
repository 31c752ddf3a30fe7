//! What others use of a Region's KMS quota, measured again while migrations run there: a plan knows quota and use as they
//! were when it was made. Runners ask [`Measured::budget`]; started by [`crate::shared::Shared`] with the first runner of a
//! Region, ends with the last. Where the account does not tell, the plan's figures hold.

use crate::limits::{CLOUDWATCH_SETTLES, FLOOR_PARTS, MINUTES_MEASURED};
use crate::region::RegionLane;
use crate::shared::Shared;
use cloud::{CloudError, UsageMetric};
use model::inventory::Region;
use model::quantity::{Ratio, Requests, RequestsPerSecond};
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const MINUTE_MS: i64 = 60_000;

/// A Region's quota, and what others than the engine used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) quota: RequestsPerSecond,
    /// In the busiest of the last minutes that CloudWatch had counted.
    pub(crate) others: RequestsPerSecond,
}

impl Measured {
    /// What may be used at a share of the headroom: never more than was planned, and never nothing, since others may only
    /// have a busy hour.
    pub(crate) fn budget(self, share: Ratio, planned: RequestsPerSecond) -> RequestsPerSecond {
        let headroom = self.quota.saturating_sub(self.others);
        let milli = u128::from(headroom.milli()) * u128::from(share.milli()) / u128::from(Ratio::ONE.milli());
        let measured = RequestsPerSecond::from_milli(u64::try_from(milli).unwrap_or(u64::MAX));
        let least = RequestsPerSecond::from_milli(planned.milli() / FLOOR_PARTS);
        measured.max(least).min(planned)
    }
}

/// Rounds in which the account may tell nothing before the plan's figures hold again: a busy account refuses now and then.
const ROUNDS_MISSED: u32 = 3;

/// Calls that the engine was granted in single minutes by the clock, of which it saw begin and end.
#[derive(Debug, Default)]
struct Minutes {
    last: Option<(UnixMillis, u64)>,
    granted: BTreeMap<UnixMillis, u64>,
}

impl Minutes {
    /// A minute has ended; `granted` counts from the beginning of time. Of a minute in which a job of S3 worked, it is not
    /// known which calls were the job's.
    fn ended(&mut self, now: UnixMillis, granted: u64, job_worked: bool) {
        // Timers are late by a little, and early by less.
        let end = UnixMillis((now.0 + MINUTE_MS / 2).div_euclid(MINUTE_MS) * MINUTE_MS);
        let last = self.last.replace((end, granted));
        if let Some((begin, before)) = last
            && begin.0 + MINUTE_MS == end.0
            && !job_worked
        {
            self.granted.insert(begin, granted.saturating_sub(before));
        }
        while self.granted.len() > MINUTES_MEASURED {
            self.granted.pop_first();
        }
    }

    /// What others used in the busiest of the minutes that are known both ways; none without any.
    fn others(&self, counted: &[(UnixMillis, Requests)]) -> Option<RequestsPerSecond> {
        let others = counted
            .iter()
            .filter_map(|(at, sum)| Some(sum.0.saturating_sub(*self.granted.get(at)?)));
        let milli = u128::from(others.max()?) * 1000 / 60;
        Some(RequestsPerSecond::from_milli(
            u64::try_from(milli).unwrap_or(u64::MAX),
        ))
    }
}

/// Measures a Region as long as migrations run there.
pub(crate) async fn measure(shared: Arc<Shared>, region: Region, lane: Arc<RegionLane>) {
    let mut minutes = Minutes::default();
    let mut missed = 0;
    let mut due = Instant::now() + shared.options.measure_every;
    while lane.is_measured_on() {
        let left = MINUTE_MS - shared.clock.now().0.rem_euclid(MINUTE_MS);
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        tokio::select! {
            biased;
            () = shared.stopping.cancelled() => return,
            () = tokio::time::sleep(left) => {}
        }
        minutes.ended(shared.clock.now(), lane.granted(), lane.take_job_worked());
        if Instant::now() >= due {
            due = Instant::now() + shared.options.measure_every;
            let measured = match ask(&shared, &region, &minutes).await {
                Ok(measured) => measured,
                Err(error) => {
                    if missed == 0 {
                        tracing::warn!(%region, %error, "what others use of the KMS quota cannot be seen; the figures of the plan hold unless that changes");
                    }
                    None
                }
            };
            tracing::debug!(%region, ?measured, "what others use of the KMS quota");
            missed = if measured.is_some() { 0 } else { missed + 1 };
            if missed == 0 || missed >= ROUNDS_MISSED {
                lane.note_measured(measured);
            }
        }
    }
}

/// Asks the account; none where no minute is known both ways, or the quota in force is not.
async fn ask(shared: &Shared, region: &Region, minutes: &Minutes) -> Result<Option<Measured>, CloudError> {
    let (usage, now) = (&shared.account.usage, shared.clock.now());
    let facts = usage.kms_quota(region, now).await?;
    // A default where the applied quota could not be had says nothing of this account.
    if facts.shortfall.is_some() {
        return Ok(None);
    }
    let metric = facts.metric.unwrap_or_else(UsageMetric::of_kms_symmetric);
    let settled = i64::try_from(CLOUDWATCH_SETTLES.as_millis()).unwrap_or(i64::MAX);
    let until = UnixMillis((now.0 - settled).div_euclid(MINUTE_MS) * MINUTE_MS);
    let span = i64::try_from(MINUTES_MEASURED).unwrap_or(0) * MINUTE_MS;
    let from = UnixMillis(until.0 - span);
    let counted = usage.kms_minutes(region, &metric, from, until).await?;
    Ok(minutes.others(&counted).map(|others| Measured {
        quota: facts.quota.limit,
        others,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(number: i64) -> UnixMillis {
        UnixMillis(number * MINUTE_MS)
    }

    #[test]
    fn own_calls_are_not_those_of_others_and_only_whole_minutes_count() {
        let mut minutes = Minutes::default();
        // Begun in the middle of minute 4.
        for (now, granted) in [
            (minute(5).0 + 3, 900),
            (minute(6).0 + 900, 1_500),
            (minute(7).0 - 2, 1_500),
            // The machine slept.
            (minute(9).0, 1_600),
            (minute(10).0, 1_800),
        ] {
            minutes.ended(UnixMillis(now), granted, false);
        }
        let others = |counted: &[(i64, u64)]| {
            let counted: Vec<_> = counted
                .iter()
                .map(|(at, sum)| (minute(*at), Requests(*sum)))
                .collect();
            minutes.others(&counted).map(RequestsPerSecond::milli)
        };
        assert_eq!(others(&[(5, 1_200)]), Some(10_000), "600 were its own");
        assert_eq!(
            others(&[(5, 1_200), (6, 900)]),
            Some(15_000),
            "the busiest counts"
        );
        assert_eq!(others(&[(9, 260)]), Some(1_000));
        assert_eq!(
            others(&[(4, 9_000), (7, 9_000), (8, 9_000)]),
            None,
            "not seen whole"
        );
        assert_eq!(others(&[(5, 100)]), Some(0), "CloudWatch may be late");
        assert_eq!(others(&[]), None);
    }

    #[test]
    fn a_minute_in_which_a_job_worked_tells_nothing_of_others() {
        let mut minutes = Minutes::default();
        for (number, job_worked) in [(5, false), (6, true), (7, false)] {
            minutes.ended(minute(number), 0, job_worked);
        }
        assert_eq!(minutes.others(&[(minute(5), Requests(9_000))]), None);
        let after = minutes.others(&[(minute(5), Requests(9_000)), (minute(6), Requests(60))]);
        assert_eq!(after, Some(RequestsPerSecond::whole(1)));
    }

    #[test]
    fn a_budget_goes_down_with_what_others_use_and_never_above_the_plan() {
        let whole = RequestsPerSecond::whole;
        for (quota, others, share, expected) in [
            (10_000, 8_000, 50, 1_000_000),
            (10_000, 9_000, 50, 500_000),
            (10_000, 0, 50, 1_000_000),
            (20_000, 8_000, 100, 1_000_000),
            (10_000, 10_000, 50, 10_000),
            (10_000, 12_000, 50, 10_000),
        ] {
            let measured = Measured {
                quota: whole(quota),
                others: whole(others),
            };
            let budget = measured.budget(Ratio::percent(share), whole(1_000));
            assert_eq!(budget.milli(), expected, "{others} of {quota} at {share} %");
        }
    }
}
