//! The first objects of a bucket: what they must show before the rest is touched, and that nothing loses the word which
//! the rest may wait for.

use crate::crash::{Death, confirm, live_once, runtime};
use crate::estate::{BUCKET, Bench, facts, plain_key, row, target};
use crate::world::Mishap;
use cloud::Fault;
use model::encryption::ObjectEncryption;
use model::inventory::EncryptionStatus;
use model::migration::State;
use model::plan::Canary;
use model::quantity::Ratio;

fn bench(objects: usize, canary: Canary) -> Bench {
    let mut bench = Bench::plain(objects);
    bench.plan.settings.canary = canary;
    bench
}

const ASKS: Canary = Canary {
    objects: 2,
    asks: true,
};

#[test]
fn no_crash_loses_the_word_that_the_rest_waits_for() {
    let mut deaths = 0;
    for death in [Death::Before, Death::After] {
        for at in 0.. {
            let bench = bench(40, ASKS);
            if live_once(&bench, at, death, confirm).is_none() {
                deaths += 1;
            } else if at > 5 {
                break;
            }
            let progress = live_once(&bench, usize::MAX, Death::Before, confirm).unwrap();
            let done = progress.tally().done().objects.0;
            assert_eq!(progress.state, State::Paused, "{death:?} {at}: {done} done");
            assert!((2..=5).contains(&done), "{death:?} {at}: {done} done");
            let evidence = progress.buckets[0].canary.as_ref().unwrap();
            assert!(evidence.starts_with("2 objects"), "{evidence}");
            let progress = runtime().block_on(async {
                let engine = bench.engine();
                engine.recover(vec![bench.plan.clone()]).await;
                engine.resume(&bench.id(), "ada").await.unwrap();
                bench.settled(&engine).await
            });
            assert_eq!(progress.state, State::Succeeded);
        }
    }
    assert!(deaths > 10, "{deaths}");
}

#[tokio::test(start_paused = true)]
async fn the_next_of_a_kind_are_tried_where_the_first_are_gone_and_none_passes_when_all_fail() {
    let bench = bench(
        60,
        Canary {
            objects: 2,
            asks: false,
        },
    );
    bench.refuse(0..3, Fault::NotFound);
    bench.refuse(3..60, Fault::Refused);
    for n in 0..3 {
        let name = (BUCKET.to_string(), plain_key(n));
        bench.account.world().objects.remove(&name);
    }
    let engine = bench.confirmed().await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Stopped);
    let reason = progress.stopped.clone().unwrap();
    assert!(reason.contains("No canary"), "{reason}");
    assert!(progress.tally().total().objects.0 < 60, "the rest was not tried");
    assert_eq!(progress.buckets[0].canary, None);
    bench.account.world().refused.clear();
    engine.resume(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert!(
        progress.buckets[0]
            .canary
            .as_ref()
            .unwrap()
            .starts_with("2 objects")
    );
    assert_eq!(progress.tally().gone.objects.0, 3);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_migration_converted_is_not_tried_one_by_one() {
    let bench = bench(400, ASKS);
    for n in 0..390 {
        let mut converted = facts(&row(&plain_key(n), EncryptionStatus::SseS3));
        converted.encryption = ObjectEncryption {
            status: EncryptionStatus::SseKms,
            key: Some(target().key.to_string()),
            bucket_key: target().bucket_key,
        };
        bench.account.put(BUCKET, &plain_key(n), converted);
    }
    let engine = bench.confirmed().await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Paused);
    let evidence = progress.buckets[0].canary.as_ref().unwrap();
    assert!(evidence.starts_with("2 objects"), "{evidence}");
    let tried = progress.tally().done().objects.0;
    assert!(tried < 50, "{tried} were journaled one by one");
    engine.resume(&bench.id(), "ada").await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn commands_are_heard_while_a_canary_waits() {
    let bench = bench(10, ASKS);
    let engine = bench.without_share().await;
    bench.pause(&engine).await;
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 0);
    engine.resume(&bench.id(), "ada").await.unwrap();
    let fifth = Ratio::percent(20);
    engine.change_share(&bench.id(), "ada", fifth).await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(
        progress.tally().done().objects.0,
        2,
        "a raised share lets them go"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_touched_that_could_not_be_read_before() {
    let bench = bench(10, ASKS);
    let denied = [Mishap::Refuse(Fault::AccessDenied)];
    bench.account.mishap("GetObjectAcl", "p/00000", &denied);
    let engine = bench.confirmed().await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Stopped);
    assert!(progress.stopped.unwrap().contains("s3:GetObjectAcl"));
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 0);
}
