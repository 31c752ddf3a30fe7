//! What people ask for while it runs.

use crate::beside::CALLER;
use crate::estate::{BUCKET, Bench};
use async_trait::async_trait;
use cloud::{Caller, CallerIdentity, CloudError, Fault};
use engine::{EngineError, Fence, Journal};
use model::migration::{Entry, State};
use model::plan::MigrationId;
use model::quantity::{Ratio, RequestsPerSecond};
use model::time::UnixMillis;
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn a_plan_is_confirmed_by_its_name_and_once() {
    let bench = Bench::plain(10);
    let engine = bench.engine();
    let wrong = engine.confirm(bench.plan.clone(), "ada", "alpha").await;
    assert!(matches!(wrong, Err(EngineError::NotConfirmed { .. })));
    let (first, second) = tokio::join!(
        engine.confirm(bench.plan.clone(), "ada", "alpha and beta"),
        engine.confirm(bench.plan.clone(), "ada", "alpha and beta"),
    );
    assert_eq!(
        first.is_ok() as u8 + second.is_ok() as u8,
        1,
        "{first:?} {second:?}"
    );
    assert!(matches!(first.and(second), Err(EngineError::Illegal { .. })));
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 10);
    let runners = bench
        .entries()
        .iter()
        .filter(|entry| matches!(entry, Entry::RunnerStarted { .. }))
        .count();
    assert_eq!(runners, 1);
}

/// A STS that nothing is heard of, or that refuses.
#[derive(Debug)]
struct Untold {
    answers: bool,
}

#[async_trait]
impl Caller for Untold {
    async fn identity(&self) -> Result<CallerIdentity, CloudError> {
        if self.answers {
            let fault = Fault::AccessDenied;
            return Err(CloudError::new(fault, "GetCallerIdentity", "STS", "no"));
        }
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_says_under_whose_credentials_it_works_and_waits_for_nobody_who_does_not_tell() {
    let untold = |answers| Some(Arc::new(Untold { answers }) as Arc<dyn Caller>);
    let told = Some(CALLER.to_string());
    for (caller, expected) in [(None, told), (untold(true), None), (untold(false), None)] {
        let bench = Bench::plain(3);
        let mut account = bench.account.account(bench.kind, true);
        account.caller = caller.unwrap_or(account.caller);
        let engine = bench.engine_on(account);
        engine
            .confirm(bench.plan.clone(), "ada", &bench.plan.name)
            .await
            .unwrap();
        let progress = bench.settled(&engine).await;
        assert_eq!(progress.state, State::Succeeded);
        let started = bench.entries().into_iter().find_map(|entry| match entry {
            Entry::RunnerStarted { caller, .. } => Some(caller),
            _ => None,
        });
        assert_eq!(started, Some(expected.clone()));
        assert_eq!(progress.callers, Vec::from_iter(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_only_account_starts_nothing() {
    let bench = Bench::plain(1);
    let engine = bench.engine_on(bench.account.account(bench.kind, false));
    let refused = engine.confirm(bench.plan.clone(), "ada", &bench.plan.name).await;
    assert!(matches!(refused, Err(EngineError::ReadOnly)));
    // What another server began is not taken up either, and says so.
    let entry = Entry::Confirmed {
        by: "ada".to_string(),
        typed: String::new(),
        order: None,
    };
    bench
        .journal
        .append(&bench.id(), Fence { epoch: 0 }, UnixMillis(0), vec![entry])
        .await
        .unwrap();
    let recovered = engine.recover(vec![bench.plan.clone()]).await;
    assert!(recovered.taken_up.is_empty());
    let live = engine.watch(&bench.id()).unwrap().borrow().clone();
    assert!(live.waiting_for.unwrap().contains("--allow-changes"));
    assert!(bench.account.world().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_pause_finishes_what_is_in_flight_and_going_on_repeats_nothing() {
    let mut bench = Bench::plain(200);
    bench.plan.settings.batch_rows = 50;
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(20);
    let engine = bench.confirmed().await;
    bench.until_done(&engine, 30).await;
    let asked = tokio::time::Instant::now();
    assert_eq!(engine.pause(&bench.id(), "ada").await.unwrap(), State::Pausing);
    let paused = bench.until(&engine, |state| state == State::Paused).await;
    assert!(
        asked.elapsed().as_millis() < 1_000,
        "it does not wait for whole batches: {:?}",
        asked.elapsed()
    );
    assert!(paused.open.is_empty());
    let done = paused.tally().done().objects.0;
    assert_eq!(bench.account.world().total("UpdateObjectEncryption") as u64, done);
    assert!(matches!(
        engine.pause(&bench.id(), "ada").await,
        Err(EngineError::Illegal { .. })
    ));
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    assert_eq!(bench.account.world().total("UpdateObjectEncryption") as u64, done);
    engine.resume(&bench.id(), "ada").await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 200);
}

#[tokio::test(start_paused = true)]
async fn resuming_before_the_pause_is_reached_goes_on() {
    let bench = Bench::plain(100);
    let engine = bench.confirmed().await;
    bench.until_done(&engine, 30).await;
    engine.pause(&bench.id(), "ada").await.unwrap();
    engine.resume(&bench.id(), "ada").await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 100);
}

#[tokio::test(start_paused = true)]
async fn pausing_while_it_verifies_verifies_later() {
    let bench = Bench::plain(50);
    let engine = bench.confirmed().await;
    bench.until(&engine, |state| state == State::Verifying).await;
    bench.pause(&engine).await;
    engine.resume(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(
        (progress.state, progress.tally().done().objects.0),
        (State::Succeeded, 50)
    );
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_migration_touches_nothing_more() {
    let bench = Bench::plain(200);
    let engine = bench.confirmed().await;
    bench.until_done(&engine, 30).await;
    engine.cancel(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Cancelled);
    let updates = bench.account.world().total("UpdateObjectEncryption") as u64;
    assert_eq!(updates, progress.tally().done().objects.0);
    assert!(updates < 200);
    assert!(matches!(
        engine.resume(&bench.id(), "ada").await,
        Err(EngineError::Illegal { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_paused_migration_can_be_cancelled() {
    let bench = Bench::plain(100);
    let engine = bench.confirmed().await;
    bench.pause(&engine).await;
    engine.cancel(&bench.id(), "ada").await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_retry_works_on_the_failures_alone() {
    let bench = Bench::plain(60);
    bench.refuse([7, 8, 31, 59], Fault::Refused);
    let engine = bench.confirmed().await;
    let first = bench.settled(&engine).await;
    assert_eq!(
        (first.state, first.failures.len()),
        (State::SucceededWithExceptions, 4)
    );
    bench.account.world().refused.remove("p/00007");
    bench.account.world().refused.remove("p/00031");
    bench.account.world().calls.clear();
    engine.retry_failed(&bench.id(), "ada").await.unwrap();
    let second = bench.settled(&engine).await;
    assert_eq!((second.state, second.pass), (State::SucceededWithExceptions, 1));
    let mut still: Vec<_> = second
        .failures
        .iter()
        .map(|(_, failed)| failed.key.as_str())
        .collect();
    still.sort_unstable();
    assert_eq!(still, ["p/00008", "p/00059"]);
    assert_eq!(
        (second.tally().total().objects.0, second.tally().failed.objects.0),
        (60, 2)
    );
    assert_eq!(
        bench.account.world().total("UpdateObjectEncryption"),
        4,
        "nothing else is touched"
    );
    bench.account.world().refused.clear();
    engine.retry_failed(&bench.id(), "ada").await.unwrap();
    let third = bench.settled(&engine).await;
    assert_eq!(
        (third.state, third.tally().done().objects.0),
        (State::Succeeded, 60)
    );
    assert!((0..60).all(|n| bench.is_converted(BUCKET, &format!("p/{n:05}"))));
}

#[tokio::test(start_paused = true)]
async fn a_changed_share_changes_the_pace() {
    let mut bench = Bench::plain(3_000);
    bench.plan.settings.in_flight = 64;
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(100);
    let engine = bench.confirmed().await;
    engine
        .change_share(&bench.id(), "ada", Ratio::percent(5))
        .await
        .unwrap();
    let slow = bench.until_done(&engine, 100).await;
    assert_eq!(
        (slow.kms_budget.floor(), slow.rate_now.floor() <= 10),
        (10, true),
        "{slow:?}"
    );
    engine
        .change_share(&bench.id(), "ada", Ratio::percent(100))
        .await
        .unwrap();
    let fast = bench.until_done(&engine, 2_500).await;
    assert!(
        (190..=200).contains(&fast.rate_now.floor()),
        "{:?}",
        fast.rate_now
    );
    let too_much = engine.change_share(&bench.id(), "ada", Ratio::percent(101)).await;
    assert!(matches!(too_much, Err(EngineError::ShareTooLarge { .. })));
}

#[tokio::test(start_paused = true)]
async fn no_share_waits_for_one() {
    let bench = Bench::plain(10);
    let engine = bench.without_share().await;
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 0);
    engine
        .change_share(&bench.id(), "ada", Ratio::percent(50))
        .await
        .unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_has_one_migration_at_a_time() {
    let bench = Bench::plain(50);
    let engine = bench.confirmed().await;
    bench.pause(&engine).await;
    let mut other = bench.plan.clone();
    other.id = MigrationId("m-2".to_string());
    let refused = engine.confirm(other.clone(), "ada", &other.name).await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains(BUCKET) && refused.contains("m-1") && refused.contains("cancel"),
        "{refused}"
    );
    engine.cancel(&bench.id(), "ada").await.unwrap();
    bench.until(&engine, State::is_ended).await;
    engine.confirm(other.clone(), "ada", &other.name).await.unwrap();
    let mut live = engine.watch(&other.id).unwrap();
    live.wait_for(|live| live.state == State::Succeeded)
        .await
        .unwrap();
    assert_eq!(engine.progress(&other.id).unwrap().tally().total().objects.0, 50);
}
