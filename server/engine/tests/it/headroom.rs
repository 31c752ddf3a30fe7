//! What others use of the KMS quota while a migration runs, as CloudWatch of the account of these tests tells it; and the
//! budgets that follow from it.

use crate::account::FakeAccount;
use crate::estate::Bench;
use crate::world::{bucket_itself, busiest, error, is_conversion};
use async_trait::async_trait;
use cloud::{CloudError, Fault, QuotaFacts, RequestMetrics, Usage, UsageMetric};
use engine::Clock;
use model::daily::DailyStorage;
use model::encryption::KeyArn;
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::measured::MeasuredUse;
use model::migration::State;
use model::quantity::{Ratio, Requests, RequestsPerSecond};
use model::quotas::{Quota, QuotaOrigin};
use model::time::UnixMillis;
use model::workload::BucketWorkload;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A quota that others use too.
#[derive(Clone, Debug)]
pub(crate) struct SharedQuota {
    /// Per second.
    limit: u64,
    /// What others use a second, from a time after the begin.
    others: Vec<(Duration, u64)>,
    begun: Instant,
}

#[async_trait]
impl Usage for FakeAccount {
    async fn kms_quota(&self, region: &Region, now: UnixMillis) -> Result<QuotaFacts, CloudError> {
        let quota = self.world().quota.clone();
        let quota =
            quota.ok_or_else(|| error(Fault::AccessDenied, "GetServiceQuota", &bucket_itself(&region.0)))?;
        Ok(QuotaFacts {
            quota: Quota {
                name: "Cryptographic operations".to_string(),
                limit: RequestsPerSecond::whole(quota.limit),
                origin: QuotaOrigin::Applied,
                source: "this test".to_string(),
                date: now.to_date(),
            },
            adjustable: true,
            metric: None,
            shortfall: None,
        })
    }

    async fn kms_minutes(
        &self,
        _: &Region,
        _: &UsageMetric,
        from: UnixMillis,
        until: UnixMillis,
    ) -> Result<Vec<(UnixMillis, Requests)>, CloudError> {
        let world = self.world();
        let quota = world.quota.as_ref().unwrap();
        let minutes = (from.0 / 60_000..until.0 / 60_000).filter(|minute| *minute >= 0);
        let counted = minutes.map(|minute| {
            let since = Duration::from_secs(minute as u64 * 60);
            let within = |at: Instant| {
                let at = at.duration_since(quota.begun);
                since <= at && at < since + Duration::from_secs(60)
            };
            let own = world
                .calls
                .iter()
                .filter(|call| is_conversion(call.operation) && within(call.at));
            let others = quota.others.iter().rev().find(|(after, _)| *after <= since);
            let sum = own.count() as u64 + others.map_or(0, |(_, use_of)| use_of * 60);
            (UnixMillis(minute * 60_000), Requests(sum))
        });
        Ok(counted.collect())
    }

    async fn kms_use(
        &self,
        _: &Region,
        _: &UsageMetric,
        _: UnixMillis,
    ) -> Result<Option<MeasuredUse>, CloudError> {
        unimplemented!("the quotas page asks that")
    }

    async fn key_calls(&self, _: &KeyArn, _: UnixMillis, _: UnixMillis) -> Result<KeyCalls, CloudError> {
        unimplemented!("the page asks that")
    }

    async fn keys_in_use(&self, _: &Region, _: UnixMillis) -> Result<Vec<KeyCalls>, CloudError> {
        unimplemented!("the page asks that")
    }

    async fn request_metrics(
        &self,
        _: &str,
        _: &Region,
        _: UnixMillis,
    ) -> Result<RequestMetrics, CloudError> {
        unimplemented!("request counts are the server's part")
    }

    async fn daily_storage(
        &self,
        _: &str,
        _: &Region,
        _: UnixMillis,
    ) -> Result<Option<DailyStorage>, CloudError> {
        unimplemented!("an import is before the run")
    }

    async fn workload(&self, _: &str) -> Result<Option<BucketWorkload>, CloudError> {
        Ok(None)
    }
}

#[derive(Debug)]
struct SinceTheBegin(Instant);

impl Clock for SinceTheBegin {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.elapsed().as_millis() as i64)
    }
}

/// A run at four calls a second, which is half of what others leave of forty when it is planned.
fn shared(objects: usize, others: &[(u64, u64)]) -> (Bench, Instant) {
    let mut bench = Bench::plain(objects);
    let begun = Instant::now();
    bench.clock = Arc::new(SinceTheBegin(begun));
    bench.options.measure_every = Duration::from_secs(60);
    bench.plan.settings.share = Ratio::percent(50);
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(4);
    bench.account.world().quota = Some(SharedQuota {
        limit: 40,
        others: others
            .iter()
            .map(|(minute, use_of)| (Duration::from_secs(minute * 60), *use_of))
            .collect(),
        begun,
    });
    (bench, begun)
}

/// The busiest second of a stretch of minutes.
fn most(bench: &Bench, begun: Instant, minutes: std::ops::Range<u64>) -> usize {
    let world = bench.account.world();
    let within = |at: Instant| minutes.contains(&(at.duration_since(begun).as_secs() / 60));
    let calls = world.calls.iter().filter(|call| is_conversion(call.operation));
    busiest(calls.map(|call| call.at).filter(|at| within(*at)))
}

#[tokio::test(start_paused = true)]
async fn the_budget_follows_what_others_use_and_is_never_more_than_planned() {
    // The load of others grows, falls to what it was, then to nothing.
    let (bench, begun) = shared(9_000, &[(0, 32), (8, 36), (20, 32), (30, 0)]);
    let engine = bench.confirmed().await;
    let mut live = engine.watch(&bench.id()).unwrap();
    let lowered = live
        .wait_for(|live| live.kms_budget == RequestsPerSecond::whole(2))
        .await;
    let lowered = lowered.unwrap().clone();
    let told = lowered.waiting_for.unwrap();
    assert!(told.contains("Others use 36 of 40 KMS calls a second"), "{told}");
    assert!(told.contains("going at 2 instead of 4"), "{told}");
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    assert_eq!(most(&bench, begun, 1..8), 4);
    // Three minutes until CloudWatch has counted, and some until it is asked.
    assert_eq!(most(&bench, begun, 13..20), 2);
    assert_eq!(most(&bench, begun, 38..48), 4);
}

#[tokio::test(start_paused = true)]
async fn a_share_that_is_changed_is_one_of_the_headroom_that_was_measured() {
    let (bench, begun) = shared(4_000, &[(0, 36)]);
    let engine = bench.confirmed().await;
    let mut live = engine.watch(&bench.id()).unwrap();
    live.wait_for(|live| live.kms_budget == RequestsPerSecond::whole(2))
        .await
        .unwrap();
    let raised = begun.elapsed().as_secs() / 60 + 1;
    engine
        .change_share(&bench.id(), "ada", Ratio::percent(75))
        .await
        .unwrap();
    live.wait_for(|live| live.kms_budget == RequestsPerSecond::whole(3))
        .await
        .unwrap();
    bench.settled(&engine).await;
    assert_eq!(most(&bench, begun, raised..raised + 10), 3);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_measured_leaves_the_plan_as_it_is() {
    let (bench, begun) = shared(6_000, &[(0, 36)]);
    let engine = bench.confirmed().await;
    let mut live = engine.watch(&bench.id()).unwrap();
    live.wait_for(|live| live.kms_budget == RequestsPerSecond::whole(2))
        .await
        .unwrap();
    bench.account.world().quota = None;
    let silent_since = begun.elapsed();
    live.wait_for(|live| live.kms_budget == RequestsPerSecond::whole(4))
        .await
        .unwrap();
    let silent = begun.elapsed() - silent_since;
    assert!(
        silent > Duration::from_secs(120),
        "a refusal now and then is none: {silent:?}"
    );
    let from = begun.elapsed().as_secs() / 60 + 1;
    bench.settled(&engine).await;
    assert_eq!(most(&bench, begun, from..from + 5), 4);
}
