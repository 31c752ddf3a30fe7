//! A run from confirmation to the end, and what it shows on the way.

use crate::estate::{BUCKET, Bench, plain_key, row};
use cloud::Fault;
use engine::Clock;
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus as E;
use model::method::{LeftOut, Method, MethodRules};
use model::migration::{Entry, FailureCause, State};
use model::plan::VerifyScope;
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[tokio::test(start_paused = true)]
async fn every_row_ends_in_one_outcome_and_they_add_up() {
    let bench = Bench::mixed();
    let progress = bench.run().await;
    assert_eq!(
        progress.state,
        State::SucceededWithExceptions,
        "{:?}",
        progress.stopped
    );
    let tally = progress.tally();
    assert_eq!(tally.total().objects.0, bench.plan.rows());
    assert_eq!(
        tally.converted[&Method::UpdateObjectEncryption].objects.0,
        5 + 1 + 4 + 4
    );
    assert_eq!(tally.converted[&Method::CopyObject].objects.0, 4 + 3);
    assert_eq!(tally.gone.objects.0, 2);
    assert_eq!(tally.failed.objects.0, 1);
    for reason in [
        LeftOut::DeleteMarker,
        LeftOut::CustomerKey,
        LeftOut::DualLayer,
        LeftOut::Locked,
        LeftOut::AlreadyKms,
        LeftOut::NeedsRestore,
    ] {
        assert_eq!(tally.left_out[&reason].objects.0, 1, "{reason:?}");
    }
    assert_eq!(progress.failures.iter().next().unwrap().1.key, "bad");
    assert_eq!(progress.failures_by_cause()[&FailureCause::Refused], 1);
    for key in ["a/0", "a/4", "plain/0", "plain/3", "deep", "b/3"] {
        assert!(bench.is_converted(BUCKET, key), "{key}");
    }
    let world = bench.account.world();
    for key in ["customer", "dual", "locked", "kms", "frozen", "a/marker"] {
        assert!(
            !world.calls.iter().any(|call| call.key == key),
            "{key} is never touched"
        );
    }
    assert!(progress.open.is_empty());
    let verified: Vec<_> = progress
        .buckets
        .iter()
        .map(|bucket| bucket.verified.clone().unwrap())
        .collect();
    assert_eq!(
        (verified[0].expected, verified[0].checked, verified[0].met),
        (14, 14, 14)
    );
    assert_eq!(
        (verified[1].expected, verified[1].checked, verified[1].met),
        (7, 7, 7)
    );
}

#[tokio::test(start_paused = true)]
async fn a_clean_run_succeeds_and_is_proved_before_the_second_object() {
    let bench = Bench::plain(20);
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Succeeded);
    assert!(
        progress.buckets[0]
            .proofs
            .contains_key(&Method::UpdateObjectEncryption)
    );
    let world = bench.account.world();
    let updates: Vec<_> = world
        .calls
        .iter()
        .filter(|call| call.operation == "UpdateObjectEncryption")
        .collect();
    let first = &updates[0].key;
    let read_back = world
        .calls
        .iter()
        .filter(|call| call.operation == "HeadObject" && call.key == *first)
        .nth(1);
    assert!(read_back.unwrap().at <= updates[1].at);
    assert_eq!(updates.len(), 20, "each once");
}

#[tokio::test(start_paused = true)]
async fn the_default_encryption_is_replaced_and_the_first_setting_kept() {
    let bench = Bench::plain(1);
    let before = DefaultEncryption {
        status: E::SseS3,
        key: None,
        bucket_key: false,
        blocked: vec!["SSE-C".to_string()],
    };
    bench
        .account
        .world()
        .defaults
        .insert(BUCKET.to_string(), before.clone());
    let progress = bench.run().await;
    assert_eq!(progress.buckets[0].previous_default, Some(Some(before)));
    let after = bench.account.world().defaults[BUCKET].clone();
    assert_eq!((after.status, after.bucket_key), (E::SseKms, true));
    assert_eq!(after.blocked, ["SSE-C"], "what uploads may not ask for stays");
    let entries = bench.entries();
    let position = |wanted: fn(&Entry) -> bool| entries.iter().position(wanted).unwrap();
    assert!(
        position(|entry| matches!(entry, Entry::DefaultEncryptionSet { .. }))
            < position(|entry| matches!(entry, Entry::BatchIntended { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_default_that_is_as_wanted_is_not_written() {
    let bench = Bench::plain(1);
    bench.run().await;
    let again = Bench {
        journal: std::sync::Arc::default(),
        ..bench.clone()
    };
    assert_eq!(again.run().await.state, State::Succeeded);
    assert_eq!(bench.account.world().total("PutBucketEncryption"), 1);
    assert!(
        !again
            .entries()
            .iter()
            .any(|entry| matches!(entry, Entry::DefaultEncryptionIntended { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn rekeying_looks_at_each_object_and_leaves_those_under_the_key() {
    let mut bench = Bench::of((0..6).map(|n| row(&format!("k/{n}"), E::SseKms)).collect());
    bench.plan.settings.rules = MethodRules {
        rekey: true,
        ..bench.plan.settings.rules
    };
    for n in 0..3 {
        let mut world = bench.account.world();
        let object = world.newest(BUCKET, &format!("k/{n}"));
        object.encryption.key = Some(crate::estate::target().key.as_str().to_string());
        object.encryption.bucket_key = true;
    }
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Succeeded);
    assert_eq!(
        (
            progress.tally().already.objects.0,
            progress.tally().done().objects.0
        ),
        (3, 6)
    );
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 3);
}

#[tokio::test(start_paused = true)]
async fn what_was_chosen_for_a_line_is_how_it_is_converted() {
    use model::inventory::StorageClass as C;
    use model::line_choices::{LineChoice, LineChoices, LineKey};
    let cold = |n: usize| ObjectRow {
        storage_class: C::StandardIa,
        ..row(&format!("cold/{n}"), E::SseS3)
    };
    let plain = |n: usize| row(&format!("plain/{n}"), E::NotSse);
    let rows = (0..6).map(|n| row(&format!("p/{n}"), E::SseS3));
    let rows = rows.chain((0..4).map(cold)).chain((0..3).map(plain));
    let mut bench = Bench::of(rows.collect());
    let key = |storage_class, encryption_status| LineKey {
        storage_class,
        encryption_status,
        current: true,
    };
    bench.plan.settings.rules.lines = LineChoices::NONE
        .with(key(C::Standard, E::SseS3), Some(LineChoice::Copy))
        .with(key(C::Standard, E::NotSse), Some(LineChoice::Leave));
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    let tally = progress.tally();
    assert_eq!(tally.converted[&Method::CopyObject].objects.0, 6);
    assert_eq!(tally.converted[&Method::UpdateObjectEncryption].objects.0, 4);
    assert_eq!(tally.left_out[&LeftOut::ByChoice].objects.0, 3);
    assert_eq!(tally.total().objects.0, 13, "every row has one outcome");
    assert!(bench.is_converted(BUCKET, "p/5") && bench.is_converted(BUCKET, "cold/3"));
    let world = bench.account.world();
    assert!(!world.calls.iter().any(|call| call.key.starts_with("plain/")));
}

#[tokio::test(start_paused = true)]
async fn a_sample_reads_so_many_back() {
    let mut bench = Bench::plain(40);
    bench.plan.settings.verify = VerifyScope::Sample(7);
    let verified = bench.run().await.buckets[0].verified.clone().unwrap();
    assert_eq!((verified.expected, verified.checked, verified.met), (40, 7, 7));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changed_after_its_conversion_is_an_exception() {
    let bench = Bench::plain(10);
    let engine = bench.confirmed().await;
    bench.until(&engine, |state| state == State::Verifying).await;
    bench.account.world().newest(BUCKET, "p/00009").encryption.status = E::SseS3;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::SucceededWithExceptions);
    let verified = progress.buckets[0].verified.clone().unwrap();
    assert_eq!(
        (verified.checked, verified.met, verified.exceptions.len()),
        (10, 9, 1)
    );
    assert_eq!(verified.exceptions[0].cause, FailureCause::NotAsAsked);
}

/// Objects under SSE-S3 that another writer leaves as they should not be, between their conversion and the reading back.
async fn disturbed(bench: &Bench, disturb: impl Fn(&mut crate::world::World)) -> engine::Engine {
    let engine = bench.confirmed().await;
    bench.until(&engine, |state| state == State::Verifying).await;
    disturb(&mut bench.account.world());
    bench.settled(&engine).await;
    engine
}

fn named(key: &str) -> crate::world::Name {
    (BUCKET.to_string(), key.to_string())
}

#[tokio::test(start_paused = true)]
async fn what_reads_back_differently_is_converted_by_a_retry_and_read_back_anew() {
    let mut bench = Bench::plain(12);
    bench.plan.settings.s3_writes_per_prefix = model::quantity::RequestsPerSecond::whole(5);
    let engine = disturbed(&bench, |world| {
        world.overwrite(&named("p/00010"), Some(E::SseS3));
        world.overwrite(&named("p/00011"), Some(E::SseS3));
        world.delete(&named("p/00009"));
    })
    .await;
    let before = engine.progress(&bench.id()).unwrap();
    assert_eq!(
        (before.state, before.failures.len()),
        (State::SucceededWithExceptions, 0)
    );
    let converted = |bench: &Bench| bench.account.world().total("UpdateObjectEncryption");
    assert_eq!(converted(&bench), 12);

    engine.retry_failed(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.failures);
    assert_eq!(converted(&bench), 14, "each of the two once, and nothing else");
    assert!(bench.is_converted(BUCKET, "p/00010") && bench.is_converted(BUCKET, "p/00011"));
    let tally = progress.tally();
    assert_eq!(
        (
            tally.done().objects.0,
            tally.failed.objects.0,
            tally.total().objects.0
        ),
        (12, 0, 12)
    );
    let verified = progress.buckets[0].verified.clone().unwrap();
    assert_eq!((verified.checked, verified.met, verified.gone), (12, 11, 1));
}

#[tokio::test(start_paused = true)]
async fn every_exception_is_named_in_entries_of_a_bounded_length_and_all_of_them_are_tried_again() {
    let mut bench = Bench::plain(300);
    bench.options.exceptions_at_once = 50;
    let engine = disturbed(&bench, |world| {
        (60..290).for_each(|n| world.overwrite(&named(&plain_key(n)), Some(E::SseS3)));
    })
    .await;
    let lengths: Vec<usize> = bench
        .entries()
        .iter()
        .filter_map(|entry| match entry {
            Entry::ExceptionsFound { objects, .. } => Some(objects.len()),
            Entry::BucketVerified { result, .. } => Some(result.exceptions.len()),
            _ => None,
        })
        .collect();
    assert_eq!(lengths, [50, 50, 50, 50, 30]);
    let progress = engine.progress(&bench.id()).unwrap();
    let verified = progress.buckets[0].verified.as_ref().unwrap();
    let keys: BTreeSet<_> = verified.exceptions.iter().map(|found| &found.key).collect();
    assert_eq!((keys.len(), verified.not_named()), (230, 0));
    engine.retry_failed(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded);
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 300 + 230);
}

/// A clock that is set by hand.
#[derive(Debug, Default)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test(start_paused = true)]
async fn objects_moved_when_they_were_converted_and_not_when_the_journal_was_last_written() {
    let mut bench = Bench::plain(10);
    bench.refuse([3], Fault::Refused);
    let clock = Arc::new(SetClock(AtomicI64::new(1_000)));
    bench.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let engine = bench.confirmed().await;
    bench.settled(&engine).await;
    clock.0.store(5_000, Ordering::SeqCst);
    engine.retry_failed(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.last_at, Some(UnixMillis(5_000)));
    let since = |at| engine.converted_since(BUCKET, UnixMillis(at));
    assert_eq!(since(999), Some((bench.id(), 9)));
    assert_eq!(since(1_000), None, "an inventory of then lists them as they are");
    assert_eq!(since(3_000), None, "the retry converted nothing");
    assert_eq!(engine.converted_since("beta", UnixMillis(0)), None);
}

#[tokio::test(start_paused = true)]
async fn what_a_retry_cannot_mend_says_so_in_reading_back_and_is_not_touched() {
    let version = |key: &str, status| ObjectRow {
        version_id: Some("1".to_string()),
        ..row(key, status)
    };
    // One of each way, and enough beside them that the reading back takes its time.
    let mut rows = vec![version("copied", E::NotSse), version("updated", E::SseS3)];
    rows.extend((0..20).map(|n| version(&format!("z/{n:02}"), E::SseS3)));
    let bench = Bench::of(rows);
    bench.account.world().versioned = true;
    let other = "arn:aws:kms:eu-west-2:111122223333:key/another";
    let engine = disturbed(&bench, |world| {
        world.overwrite(&named("copied"), Some(E::SseS3));
        let versions = world.objects.get_mut(&named("updated")).unwrap();
        versions[0].encryption.key = Some(other.to_string());
    })
    .await;
    for tries in 0..2 {
        let progress = engine.progress(&bench.id()).unwrap();
        assert_eq!(progress.state, State::SucceededWithExceptions);
        let found = progress.buckets[0]
            .verified
            .iter()
            .flat_map(|result| &result.exceptions);
        let failed = progress.failures.iter().map(|(_, failed)| failed);
        let mut exceptions: Vec<_> = found.chain(failed).collect();
        exceptions.sort_by_key(|found| found.key.clone());
        let keys: Vec<_> = exceptions.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, ["copied", "updated"], "try {tries}");
        assert!(
            exceptions
                .iter()
                .all(|found| found.cause == FailureCause::ChangedMeanwhile)
        );
        assert!(exceptions[0].message.contains("took its place"), "{exceptions:?}");
        assert!(exceptions[1].message.contains(other), "{exceptions:?}");
        assert_eq!(progress.tally().total().objects.0, 22);
        engine.retry_failed(&bench.id(), "ada").await.unwrap();
        bench.settled(&engine).await;
    }
    let world = bench.account.world();
    assert_eq!(world.count("CopyObject", "copied"), 1);
    assert_eq!(world.count("UpdateObjectEncryption", "updated"), 1);
}

/// The version that was copied may be expired by then; its content is under the key as the current one.
#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_back_is_looked_at_as_its_line_says() {
    let rows = (0..20).map(|n| ObjectRow {
        version_id: Some("1".to_string()),
        ..row(&format!("c/{n:02}"), E::NotSse)
    });
    let bench = Bench::of(rows.collect());
    bench.account.world().versioned = true;
    let refuse = crate::world::Mishap::Refuse(cloud::Fault::AccessDenied);
    let engine = disturbed(&bench, |world| {
        let of = ("HeadObject", "c/19".to_string());
        world.mishaps.entry(of).or_default().push_back(refuse);
        world.objects.get_mut(&named("c/19")).unwrap().remove(0);
    })
    .await;
    let verified = engine.progress(&bench.id()).unwrap().buckets[0]
        .verified
        .clone()
        .unwrap();
    assert_eq!(verified.exceptions[0].cause, FailureCause::AccessDenied);
    engine.retry_failed(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded);
    let tally = progress.tally();
    assert_eq!((tally.done().objects.0, tally.gone.objects.0), (20, 0));
    assert_eq!(tally.converted[&Method::CopyObject].objects.0, 19);
    assert_eq!(bench.account.world().count("CopyObject", "c/19"), 1);
}

#[tokio::test(start_paused = true)]
async fn versions_are_updated_one_by_one_and_old_ones_never_copied() {
    let version = |key: &str, version: &str, current, status| ObjectRow {
        version_id: Some(version.to_string()),
        current,
        ..row(key, status)
    };
    let bench = Bench::of(vec![
        version("u", "1", false, E::SseS3),
        version("u", "2", true, E::SseS3),
        version("c", "1", false, E::NotSse),
        version("c", "2", true, E::NotSse),
        // By the inventory it was current; somebody wrote a newer one since.
        version("old", "1", true, E::NotSse),
    ]);
    let newer = crate::estate::facts(&version("old", "2", true, E::NotSse));
    bench.account.world().versioned = true;
    bench.account.put(BUCKET, "old", newer);
    let progress = bench.run().await;
    assert_eq!(progress.tally().total().objects.0, 5);
    assert_eq!(
        progress.tally().left_out[&LeftOut::NoncurrentCopy].objects.0,
        1,
        "by the inventory"
    );
    let failed = &progress.failures.iter().next().unwrap().1;
    assert_eq!(
        (failed.key.as_str(), failed.cause),
        ("old", FailureCause::ChangedMeanwhile)
    );
    let world = bench.account.world();
    let versions = |key: &str| &world.objects[&(BUCKET.to_string(), key.to_string())];
    assert!(
        versions("u")
            .iter()
            .all(|facts| facts.encryption.status == E::SseKms)
    );
    assert_eq!(versions("c").len(), 3, "one new version");
    assert_eq!(versions("old").len(), 2, "none");
    assert_eq!(
        progress.state,
        State::SucceededWithExceptions,
        "its content is not under the key"
    );
}

#[tokio::test(start_paused = true)]
async fn the_average_is_of_what_was_converted_while_it_was() {
    let mut bench = Bench::plain(200);
    bench.plan.rates[0].kms_budget = model::quantity::RequestsPerSecond::whole(20);
    let engine = bench.confirmed().await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded);
    let live = engine.watch(&bench.id()).unwrap().borrow().clone();
    assert_eq!(live.objects_read_back, 200);
    assert!(
        (18..=21).contains(&live.rate_average.floor()),
        "{:?}",
        live.rate_average
    );
}

#[tokio::test(start_paused = true)]
async fn what_it_shows_moves_and_ends_at_the_total() {
    let mut bench = Bench::plain(400);
    bench.plan.rates[0].kms_budget = model::quantity::RequestsPerSecond::whole(50);
    let engine = bench.confirmed().await;
    let mut live = engine.watch(&bench.id()).unwrap();
    let middle = live
        .wait_for(|live| live.tally.total().objects.0 >= 200)
        .await
        .unwrap()
        .clone();
    assert_eq!(middle.state, State::Running);
    assert!(
        (40..=50).contains(&middle.rate_now.floor()),
        "{:?}",
        middle.rate_now
    );
    assert!(
        (40..=50).contains(&middle.kms_per_second.floor()),
        "{:?}",
        middle.kms_per_second
    );
    assert_eq!(middle.kms_budget.floor(), 50);
    assert!(
        (3..=6).contains(&middle.seconds_left.unwrap()),
        "{:?}",
        middle.seconds_left
    );
    assert_eq!(middle.phase, "Converting alpha (1 of 1)");
    assert!(middle.waiting_for.unwrap().contains("50 calls"));
    bench.settled(&engine).await;
    let end = live.borrow_and_update().clone();
    assert_eq!((end.tally.total().objects.0, end.rows_total), (400, 400));
    assert_eq!(
        (end.phase.as_str(), end.seconds_left, end.waiting_for),
        ("Nothing more happens by itself", None, None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_inventory_is_begun_in_several_places_at_once() {
    let shard =
        |shard: u32| -> Vec<ObjectRow> { (0..7).map(|n| row(&format!("{shard}/{n}"), E::SseS3)).collect() };
    let bench = Bench::with(vec![(BUCKET, (0..6).map(shard).collect())]);
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    assert_eq!(progress.tally().total().objects.0, 42);
    let batches: Vec<(u32, u64)> = bench
        .entries()
        .iter()
        .filter_map(|entry| match entry {
            Entry::BatchIntended { batch, .. } => Some((batch.shard, batch.first_row)),
            _ => None,
        })
        .collect();
    assert_eq!(
        batches[..8],
        [(0, 0), (1, 0), (3, 0), (4, 0), (0, 3), (1, 3), (3, 3), (4, 3)],
        "{batches:?}"
    );
    let of = |shard: u32| batches.iter().filter(|batch| batch.0 == shard).count();
    assert!((0..6).all(|shard| of(shard) == 3), "{batches:?}");
}
