//! The KMS budget, in time that is only counted.

use crate::account::LOOK_OF_COPY;
use crate::estate::{BUCKET, Bench, plan_bucket, row};
use model::inventory::EncryptionStatus;
use model::method::MethodChoice;
use model::migration::State;
use model::plan::{Looks, MigrationId, VerifyScope};
use model::quantity::{Ratio, RequestsPerSecond};
use std::collections::BTreeMap;
use std::time::Duration;
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

/// A runner that takes up after a pause must not find a second unused that the one before has used up, even where the Region
/// as a whole has more to give.
#[tokio::test(start_paused = true)]
async fn a_migration_keeps_its_own_budget_over_a_pause() {
    let rows = |bucket: &str| {
        let key = |n| row(&format!("{bucket}/{n}"), EncryptionStatus::SseS3);
        vec![(0..300).map(key).collect()]
    };
    let mut bench = Bench::with(vec![("alpha", rows("a")), ("beta", rows("b"))]);
    let mut other = bench.plan.clone();
    bench.plan.settings.in_flight = 64;
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(10);
    bench.plan.buckets.truncate(1);
    other.id = MigrationId("m-2".to_string());
    other.buckets.remove(0);
    // Much is left of the Region's budget, which is the larger one's.
    other.settings.in_flight = 1;
    other.rates[0].kms_budget = RequestsPerSecond::whole(500);
    let engine = bench.confirmed().await;
    engine.confirm(other.clone(), "ada", &other.name).await.unwrap();
    let mut live = engine.watch(&bench.id()).unwrap();
    for done in [15, 30, 45] {
        live.wait_for(|live| live.tally.done().objects.0 >= done)
            .await
            .unwrap();
        engine.pause(&bench.id(), "ada").await.unwrap();
        bench.until(&engine, |state| state == State::Paused).await;
        engine.resume(&bench.id(), "ada").await.unwrap();
    }
    bench.settled(&engine).await;
    let world = bench.account.world();
    let own = world.calls.iter().filter(|call| call.bucket == "alpha");
    let own = own.filter(|call| crate::world::is_conversion(call.operation));
    let busiest = crate::world::busiest(own.map(|call| call.at));
    assert!((9..=10).contains(&busiest), "{busiest} of 10");
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
async fn a_prefix_keeps_its_rate_over_a_pause() {
    let mut bench = paced(200, 1_000);
    bench.plan.settings.s3_writes_per_prefix = RequestsPerSecond::whole(10);
    let engine = bench.confirmed().await;
    let mut live = engine.watch(&bench.id()).unwrap();
    for done in [15, 30, 45] {
        live.wait_for(|live| live.tally.done().objects.0 >= done)
            .await
            .unwrap();
        engine.pause(&bench.id(), "ada").await.unwrap();
        bench.until(&engine, |state| state == State::Paused).await;
        engine.resume(&bench.id(), "ada").await.unwrap();
    }
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    let busiest = bench.account.world().busiest_second();
    assert!((9..=10).contains(&busiest), "{busiest} of 10");
}

#[tokio::test(start_paused = true)]
async fn copies_keep_the_budget_at_the_time_when_they_are_sent() {
    let rows = (0..400).map(|n| row(&format!("n/{n:03}"), EncryptionStatus::NotSse));
    let mut bench = Bench::of(rows.collect());
    bench.plan.settings.in_flight = 256;
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(20);
    // The look at an object before its copy takes between nothing and seconds.
    bench.account.world().storm = Some(crate::storm::Storm {
        chance: crate::chance::Chance::new(7),
        slowest: Duration::from_millis(900),
        per_mille: 0,
    });
    let progress = bench.run().await;
    assert_eq!(
        (progress.state, progress.tally().kms_calls),
        (State::Succeeded, 400)
    );
    let busiest = bench.account.world().busiest_second();
    assert!((18..=20).contains(&busiest), "{busiest} of 20");
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

/// What was seen of an object must not be old when the request goes that relies on it; and looking twice costs requests.
#[tokio::test(start_paused = true)]
async fn only_those_look_whose_leave_is_near() {
    use EncryptionStatus as E;
    for (status, looks, look, act) in [
        (E::SseS3, Looks::Each, "HeadObject", "UpdateObjectEncryption"),
        (E::NotSse, Looks::Standard, LOOK_OF_COPY, "CopyObject"),
    ] {
        // Held up by KMS, and by a prefix.
        for (kms, prefix) in [(10, 3_500), (1_000, 10)] {
            let rows = (0..120).map(|n| row(&format!("n/{n:03}"), status));
            let mut bench = Bench::of(rows.collect());
            bench.plan.settings.in_flight = 64;
            bench.plan.settings.looks = looks;
            bench.plan.settings.verify = VerifyScope::Sample(1);
            bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(kms);
            bench.plan.settings.s3_writes_per_prefix = RequestsPerSecond::whole(prefix);
            assert_eq!(bench.run().await.state, State::Succeeded);
            let world = bench.account.world();
            let mut seen = BTreeMap::new();
            let mut oldest = Duration::ZERO;
            for call in &world.calls {
                if call.operation == look {
                    seen.insert(&call.key, call.at);
                } else if call.operation == act {
                    let at = seen.get(&call.key).expect("it was looked at");
                    oldest = oldest.max(call.at.duration_since(*at));
                }
            }
            assert!(oldest <= Duration::from_millis(1_100), "{act}: {oldest:?} old");
            let all = world.total(look);
            assert!(
                all <= 130,
                "{act} at {kms} and {prefix}: {all} looks at 120 objects"
            );
            assert!(world.busiest_second() <= 10, "{act}");
        }
    }
}

/// Leave that comes to whoever has to look again is lost. Without canaries many objects are looked at while the method is
/// proved on one of them, and what was seen is old when their leave comes.
#[tokio::test(start_paused = true)]
async fn many_in_flight_waste_no_leave() {
    for (looks, calls, budget) in [
        (Looks::Standard, "1", 20),
        (Looks::Each, "1", 20),
        (Looks::Each, "2.5", 45),
    ] {
        let mut bench = paced(400, budget);
        let settings = &mut bench.plan.settings;
        settings.looks = looks;
        settings.canary.objects = 0;
        settings.kms_calls_per_object = Ratio::parse(calls).unwrap();
        settings.verify = VerifyScope::Sample(0);
        let started = Instant::now();
        let progress = bench.run().await;
        let took = started.elapsed().as_secs_f64();
        assert_eq!(progress.tally().done().objects.0, 400);
        let least = 400.0 * calls.parse::<f64>().unwrap() / budget as f64;
        assert!(
            took < least * 1.05,
            "{looks:?}, {calls} calls: {took} s instead of {least}"
        );
    }
}

/// S3 has the source decrypted and makes a data key.
#[tokio::test(start_paused = true)]
async fn a_copy_from_another_key_takes_two_calls() {
    let rows = (0..60).map(|n| row(&format!("n/{n:03}"), EncryptionStatus::SseKms));
    let mut bench = Bench::of(rows.collect());
    bench.plan.settings.in_flight = 64;
    bench.plan.settings.rules.rekey = true;
    bench.plan.settings.rules.choice = MethodChoice::CopyOnly;
    let rules = bench.plan.settings.rules;
    let shards = &bench.rows.shards[BUCKET];
    bench.plan.buckets[0] = plan_bucket(BUCKET, shards, rules);
    bench.plan.rates[0].kms_budget = RequestsPerSecond::whole(20);
    let progress = bench.run().await;
    assert_eq!(
        (progress.state, progress.tally().kms_calls),
        (State::Succeeded, 120)
    );
    let busiest = bench.account.world().busiest_second();
    assert!(
        (9..=10).contains(&busiest),
        "{busiest} copies at 20 calls a second"
    );
}
