//! The KMS budget, in time that is only counted.

use crate::estate::{Bench, row};
use model::inventory::EncryptionStatus;
use model::migration::State;
use model::plan::MigrationId;
use model::quantity::{Ratio, RequestsPerSecond};
use tokio::time::Instant;

fn paced(objects: usize, budget: u64) -> Bench {
    let mut bench = Bench::plain(objects);
    bench.plan.settings.in_flight = 256;
    bench.plan.settings.batch_rows = 100;
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(budget);
    bench
}

#[tokio::test(start_paused = true)]
async fn no_second_gets_more_than_the_budget() {
    for budget in [7, 100, 900] {
        let bench = paced(budget as usize * 4, budget);
        let started = Instant::now();
        assert_eq!(bench.run().await.state, State::Succeeded);
        let busiest = bench.account.world().busiest_second();
        assert!(busiest as u64 <= budget, "{busiest} of {budget}");
        assert!(
            busiest as u64 * 100 >= budget * 99,
            "{busiest} of {budget} are used"
        );
        assert!(started.elapsed().as_secs() >= 3);
    }
}

#[tokio::test(start_paused = true)]
async fn two_migrations_in_a_region_share_its_budget() {
    let rows = |bucket: &str| {
        vec![
            (0..600)
                .map(|n| row(&format!("{bucket}/{n}"), EncryptionStatus::SseS3))
                .collect(),
        ]
    };
    let mut bench = Bench::with(vec![("alpha", rows("a")), ("beta", rows("b"))]);
    bench.plan.settings.in_flight = 256;
    bench.plan.settings.batch_rows = 100;
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(200);
    let mut other = bench.plan.clone();
    other.id = MigrationId("m-2".to_string());
    other.buckets.remove(0);
    other.rates[0].kms_budget = RequestsPerSecond::whole(150);
    bench.plan.buckets.truncate(1);
    let engine = bench.confirmed().await;
    engine.confirm(other.clone(), "ada", &other.name).await.unwrap();
    let mut second = engine.watch(&other.id).unwrap();
    bench.settled(&engine).await;
    second
        .wait_for(|live| live.state == State::Succeeded)
        .await
        .unwrap();
    let world = bench.account.world();
    assert_eq!(world.total("UpdateObjectEncryption"), 1_200);
    let busiest = world.busiest_second();
    assert!((150..=200).contains(&busiest), "{busiest} of 200");
}

#[tokio::test(start_paused = true)]
async fn a_prefix_does_not_burst_when_the_kms_budget_that_held_it_up_is_raised() {
    let mut bench = paced(1_000, 1_000);
    bench.plan.settings.s3_writes_per_prefix = RequestsPerSecond::whole(50);
    let engine = bench.confirmed().await;
    let slow = Ratio::percent(1);
    engine.change_share(&bench.id(), "ada", slow).await.unwrap();
    let mut live = engine.watch(&bench.id()).unwrap();
    // At twenty calls a second for ten seconds: thirty writes a second that the prefix would have had to spare.
    live.wait_for(|live| live.tally.done().objects.0 >= 200)
        .await
        .unwrap();
    engine
        .change_share(&bench.id(), "ada", Ratio::percent(100))
        .await
        .unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    let busiest = bench.account.world().busiest_second();
    assert!((45..=50).contains(&busiest), "{busiest} of 50");
}

#[tokio::test(start_paused = true)]
async fn an_object_that_takes_several_calls_counts_several() {
    let mut bench = paced(200, 100);
    bench.plan.settings.kms_calls_per_object = Ratio::parse("2").unwrap();
    let progress = bench.run().await;
    assert!(bench.account.world().busiest_second() <= 50);
    assert_eq!(progress.tally().kms_calls, 400);
}

#[tokio::test(start_paused = true)]
async fn throttled_by_others_it_yields_and_still_ends() {
    let bench = paced(2_000, 500);
    bench.account.world().kms_limit = Some(100);
    let progress = bench.run().await;
    assert_eq!(
        (progress.state, progress.tally().done().objects.0),
        (State::Succeeded, 2_000)
    );
    let world = bench.account.world();
    let attempts = world.total("UpdateObjectEncryption");
    assert!(attempts < 6_000, "{attempts} attempts for 2,000 objects");
}
