//! The promises about time: never more in any second than the budgets in force, never outside of the window. Looked for in
//! the requests as the account got them.

use super::lives::Stage;
use crate::world::{Call, is_conversion};
use model::migration::Entry;
use model::plan::Plan;
use model::quantity::Ratio;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// What a command takes beyond a tick: an append that is in doubt is looked up before it holds.
const COMMAND: Duration = Duration::from_secs(1);

/// A request with its cost.
type Sent<'a> = (&'a Call, u128);

/// A migration's shares of headroom, from when each is in force.
struct Shares {
    changes: Vec<(UnixMillis, Ratio)>,
}

impl Shares {
    fn of(stage: &Stage, plan: &Plan) -> Self {
        let entries = stage.bench.journal.entries(&plan.id);
        let changed = entries.iter().filter_map(|recorded| match recorded.entry {
            Entry::ShareChanged { share, .. } => Some((recorded.at, share)),
            _ => None,
        });
        let first = (UnixMillis(i64::MIN), plan.settings.share);
        Self {
            changes: std::iter::once(first).chain(changed).collect(),
        }
    }

    /// The largest that a runner may go by at a time: the one before holds until the runner has seen the next.
    fn largest(&self, at: UnixMillis, slack: Duration) -> Ratio {
        let since = UnixMillis(at.0 - slack.as_millis() as i64);
        let in_force = |place: usize, from: UnixMillis| {
            let replaced = self.changes.get(place + 1).map(|(until, _)| *until);
            from <= at && replaced.is_none_or(|until| until >= since)
        };
        let places = self.changes.iter().enumerate();
        let of = places.filter(|(place, (from, _))| in_force(*place, *from));
        of.map(|(_, (_, share))| *share).max().unwrap_or(Ratio::ZERO)
    }
}

/// Thousandths of KMS calls a second that a migration may make at a time.
fn budget(stage: &Stage, plan: &Plan, shares: &Shares, at: Instant, tick: Duration) -> u128 {
    let share = shares.largest(stage.clock(at), tick + COMMAND);
    u128::from(plan.rates[0].kms_budget.milli()) * u128::from(share.milli())
        / u128::from(plan.settings.share.milli())
}

/// What was sent in the second that ends with each request, as the sum of their costs.
fn in_its_second<'a>(calls: &[Sent<'a>]) -> Vec<(&'a Call, u128, u128)> {
    let (mut first, mut sum) = (0, 0);
    let within = calls.iter().map(|(call, cost)| {
        sum += cost;
        while calls[first].0.at + SECOND <= call.at {
            sum -= calls[first].1;
            first += 1;
        }
        (*call, *cost, sum)
    });
    within.collect()
}

/// The plan that works on a bucket.
fn plan_of<'a>(stage: &'a Stage, call: &Call) -> Option<&'a Plan> {
    let has = |plan: &&Plan| plan.buckets.iter().any(|bucket| bucket.bucket == call.bucket);
    stage.plans.iter().find(has)
}

pub(super) fn kept(stage: &Stage, tick: Duration, broken: &mut Vec<String>) {
    let world = stage.bench.account.world();
    let mut sent: Vec<&Call> = world.calls.iter().collect();
    sent.sort_by_key(|call| call.at);
    let costly: Vec<Sent<'_>> = sent
        .iter()
        .filter(|call| is_conversion(call.operation))
        .filter_map(|call| {
            let plan = plan_of(stage, call)?;
            Some((*call, u128::from(plan.settings.kms_calls_per_object.milli())))
        })
        .collect();
    let shares: Vec<Shares> = stage.plans.iter().map(|plan| Shares::of(stage, plan)).collect();
    let budgets = |at| {
        let of = stage.plans.iter().zip(&shares);
        of.map(move |(plan, shares)| budget(stage, plan, shares, at, tick))
    };
    // All of them together, then each by itself.
    for (call, cost, sum) in in_its_second(&costly) {
        let most = budgets(call.at).max().unwrap_or(0);
        // A single request may be more than a whole second's budget.
        if sum > most.max(cost) {
            broken.push(format!(
                "{sum} thousandths of a KMS call in a second, {most} allowed in the Region"
            ));
        }
    }
    for (plan, shares) in stage.plans.iter().zip(&shares) {
        let own = costly
            .iter()
            .filter(|(call, _)| plan_of(stage, call) == Some(plan));
        for (call, cost, sum) in in_its_second(&own.copied().collect::<Vec<_>>()) {
            let most = budget(stage, plan, shares, call.at, tick);
            if sum > most.max(cost) {
                broken.push(format!(
                    "{}: {sum} thousandths of a KMS call in a second of {most}",
                    plan.id
                ));
            }
        }
    }
    prefixes(stage, &sent, broken);
    windows(stage, &costly, tick, broken);
}

/// No prefix gets more requests in a second than the plan lets it have, nor more reads than S3 takes.
fn prefixes(stage: &Stage, sent: &[&Call], broken: &mut Vec<String>) {
    let mut by_prefix: BTreeMap<(&str, &str, bool), Vec<Sent<'_>>> = BTreeMap::new();
    for call in sent {
        let prefix = call.key.split_once('/').map_or("", |(first, _)| first);
        let place = (call.bucket.as_str(), prefix, is_conversion(call.operation));
        by_prefix.entry(place).or_default().push((call, 1));
    }
    for ((bucket, prefix, writes), calls) in by_prefix {
        let Some(plan) = plan_of(stage, calls[0].0) else {
            continue;
        };
        let limit = if writes {
            plan.settings.s3_writes_per_prefix
        } else {
            model::quotas::s3_get_per_prefix().limit
        };
        let most = in_its_second(&calls).into_iter().map(|(.., sum)| sum).max();
        if most > Some(u128::from(limit.floor())) {
            broken.push(format!(
                "{most:?} requests in a second to {bucket}/{prefix} of {limit:?}"
            ));
        }
    }
}

/// Nothing is converted while the window is closed, but for what was begun before the runner saw that.
fn windows(stage: &Stage, converting: &[Sent<'_>], tick: Duration, broken: &mut Vec<String>) {
    let drain = (tick + Duration::from_millis(100)).as_millis() as i64;
    for (call, _) in converting {
        let Some(plan) = plan_of(stage, call) else {
            continue;
        };
        let (window, at) = (plan.settings.window, stage.clock(call.at));
        let opened = window.opens_at(UnixMillis(at.0 - drain));
        if window.opens_at(at).is_some() && opened.is_some_and(|opens| opens > at) {
            broken.push(format!(
                "{} of {} at {at}, outside of the window",
                call.operation, call.key
            ));
        }
    }
}
