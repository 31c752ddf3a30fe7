//! What goes wrong in the account, one kind at a time.

use crate::estate::{BUCKET, Bench, plain_key, row};
use crate::world::Mishap;
use cloud::{Fault, Throttler};
use model::inventory::EncryptionStatus as E;
use model::migration::{FailureCause, State};
use model::plan::{Looks, VerifyScope};
use model::row::ObjectRow;

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_after_the_effect_copies_nothing_twice() {
    for fault in [Fault::Unanswered, Fault::Transient] {
        let bench = Bench::unencrypted(6);
        bench.account.world().versioned = true;
        for key in ["n/0", "n/3"] {
            bench
                .account
                .mishap("CopyObject", key, &[Mishap::LoseAnswer(fault)]);
        }
        let progress = bench.run().await;
        assert_eq!(
            (progress.state, progress.tally().done().objects.0),
            (State::Succeeded, 6)
        );
        assert_eq!(
            progress.tally().already.objects.0,
            0,
            "they were converted by this run"
        );
        let world = bench.account.world();
        for n in 0..6 {
            let versions = world.objects[&(BUCKET.to_string(), format!("n/{n}"))].len();
            assert_eq!(versions, 2, "one new version of n/{n}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_before_the_effect_is_asked_again() {
    let bench = Bench::unencrypted(6);
    for key in ["n/0", "n/3"] {
        bench
            .account
            .mishap("CopyObject", key, &[Mishap::Refuse(Fault::Unanswered)]);
    }
    let progress = bench.run().await;
    assert_eq!(
        (progress.state, progress.tally().done().objects.0),
        (State::Succeeded, 6)
    );
    assert_eq!(bench.account.world().count("CopyObject", "n/3"), 2);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_another_writer_changes_is_looked_at_again() {
    let bench = Bench::unencrypted(4);
    bench.account.mishap("CopyObject", "n/1", &[Mishap::Overwrite]);
    bench.account.mishap("CopyObject", "n/2", &[Mishap::Overwrite; 9]);
    let progress = bench.run().await;
    assert_eq!(progress.tally().done().objects.0, 3);
    let failed = &progress.failures.iter().next().unwrap().1;
    assert_eq!(
        (failed.key.as_str(), failed.cause),
        ("n/2", FailureCause::ChangedMeanwhile)
    );
    assert!(bench.is_converted(BUCKET, "n/1") && !bench.is_converted(BUCKET, "n/2"));
    assert_eq!(bench.account.world().count("CopyObject", "n/2"), 5);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_otherwise_than_listed_is_decided_anew() {
    let bench = Bench::unencrypted(4);
    // Uploaded again since the inventory was taken, once under SSE-S3, once under the new default, once with SSE-C.
    for (n, status) in [(1, E::SseS3), (2, E::SseKms), (3, E::SseC)] {
        let mut world = bench.account.world();
        let object = world.newest(BUCKET, &format!("n/{n}"));
        object.encryption.status = status;
        if status == E::SseKms {
            object.encryption.key = Some(crate::estate::target().key.as_str().to_string());
            object.encryption.bucket_key = true;
        }
    }
    let progress = bench.run().await;
    let tally = progress.tally();
    assert_eq!(
        (
            tally.converted.len(),
            tally.already.objects.0,
            tally.left_out.len()
        ),
        (2, 1, 0)
    );
    assert_eq!(
        progress.state,
        State::SucceededWithExceptions,
        "the plan said that it would be under the key"
    );
    let failed = &progress.failures.iter().next().unwrap().1;
    assert_eq!(
        (failed.key.as_str(), failed.cause),
        ("n/3", FailureCause::ChangedMeanwhile)
    );
    assert!(failed.message.contains("SSE-C"), "{}", failed.message);
    assert_eq!(bench.account.world().count("CopyObject", "n/1"), 0);
}

#[tokio::test(start_paused = true)]
async fn passing_faults_pass_and_lasting_ones_are_failures() {
    let bench = Bench::plain(6);
    for (n, fault, times) in [
        (1, Fault::Transient, 3),
        (2, Fault::Transient, 100),
        (3, Fault::Throttled(Throttler::S3), 3),
        (4, Fault::NotFound, 9),
        (5, Fault::NeedsRestore, 1),
    ] {
        let mishaps = vec![Mishap::Refuse(fault); times];
        bench
            .account
            .mishap("UpdateObjectEncryption", &plain_key(n), &mishaps);
    }
    let progress = bench.run().await;
    assert_eq!(progress.tally().done().objects.0, 3);
    let causes = progress.failures_by_cause();
    assert_eq!(
        (causes[&FailureCause::Transient], causes[&FailureCause::Refused]),
        (1, 1)
    );
    assert_eq!(causes[&FailureCause::NeedsRestore], 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_disabled_in_the_middle_stops_and_goes_on_when_it_is_back() {
    let bench = Bench::plain(100);
    bench.account.world().disable_after = Some(40);
    let engine = bench.confirmed().await;
    let stopped = bench.settled(&engine).await;
    assert_eq!(stopped.state, State::Stopped);
    let reason = stopped.stopped.clone().unwrap();
    assert!(
        reason.contains("enable it") && reason.contains("key/"),
        "{reason}"
    );
    assert!(stopped.failures.is_empty(), "no object is at fault");
    assert!(bench.account.world().total("UpdateObjectEncryption") < 50);
    {
        let mut world = bench.account.world();
        (world.disable_after, world.key_disabled) = (None, false);
    }
    engine.resume(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(
        (progress.state, progress.tally().done().objects.0),
        (State::Succeeded, 100)
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_one_object_is_under_is_that_objects_failure() {
    let mut bench = Bench::of((0..5).map(|n| row(&format!("k/{n}"), E::SseKms)).collect());
    bench.plan.settings.rules.rekey = true;
    for facts in bench.account.world().objects.values_mut() {
        facts[0].encryption.key = Some("arn:aws:kms:eu-west-2:111122223333:key/another".to_string());
    }
    bench
        .account
        .world()
        .refused
        .insert("k/2".to_string(), Fault::KeyUnusable);
    let progress = bench.run().await;
    assert_eq!(progress.state, State::SucceededWithExceptions);
    assert_eq!(progress.failures_by_cause()[&FailureCause::KeyUnusable], 1);
    assert_eq!(progress.tally().done().objects.0, 4);
}

#[tokio::test(start_paused = true)]
async fn access_denied_at_once_stops_at_the_first_object() {
    let bench = Bench::plain(100);
    bench.refuse(0..100, Fault::AccessDenied);
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    assert!(progress.stopped.unwrap().contains("UpdateObjectEncryption"));
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 1);
}

#[tokio::test(start_paused = true)]
async fn many_failures_among_the_last_stop() {
    let bench = Bench::plain(3_000);
    bench.refuse((0..3_000).filter(|n| n % 5 != 0), Fault::Refused);
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    let attempted = progress.tally().total().objects.0;
    assert!((11..100).contains(&attempted), "{attempted}");
    // Whoever resumes has decided that more are borne, and is asked again when it is many more.
    let engine = bench.engine();
    engine.recover(vec![bench.plan.clone()]).await;
    let mut stops = Vec::new();
    while engine.progress(&bench.id()).unwrap().state == State::Stopped && stops.len() < 9 {
        engine.resume(&bench.id(), "ada").await.unwrap();
        stops.push(bench.settled(&engine).await.tally().failed.objects.0);
    }
    let borne: Vec<u64> = stops.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        (40..70).contains(&borne[0]) && (240..280).contains(&borne[1]),
        "{borne:?}"
    );
    assert!(
        borne[2..].iter().take(3).all(|borne| (480..520).contains(borne)),
        "{borne:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_inventory_of_another_size_stops() {
    for difference in [-1i64, 1] {
        let mut bench = Bench::plain(20);
        bench.plan.buckets[0].rows = bench.plan.buckets[0].rows.checked_add_signed(difference).unwrap();
        let progress = bench.run().await;
        assert_eq!(progress.state, State::Stopped);
        assert!(progress.stopped.unwrap().contains("plan again"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_may_not_be_configured_stops_before_any_object() {
    let bench = Bench::plain(20);
    bench.account.mishap(
        "PutBucketEncryption",
        BUCKET,
        &[Mishap::Refuse(Fault::AccessDenied)],
    );
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    assert!(
        progress
            .stopped
            .unwrap()
            .contains("s3:PutEncryptionConfiguration")
    );
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 0);
}

#[tokio::test(start_paused = true)]
async fn refused_access_stops_whenever_it_comes_and_no_more_once_somebody_resumed() {
    let bench = Bench::plain(600);
    bench.refuse([400, 401, 500], Fault::AccessDenied);
    let engine = bench.confirmed().await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Stopped);
    let reason = progress.stopped.clone().unwrap();
    assert!(
        reason.contains("UpdateObjectEncryption") && reason.contains("resume"),
        "{reason}"
    );
    assert!(
        progress.tally().done().objects.0 < 450,
        "it stopped at the first refusal"
    );
    engine.resume(&bench.id(), "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::SucceededWithExceptions);
    assert_eq!(
        (progress.tally().done().objects.0, progress.failures.len()),
        (597, 3)
    );
}

#[tokio::test(start_paused = true)]
async fn a_default_is_not_set_to_a_key_that_cannot_be_used() {
    let bench = Bench::plain(5);
    bench.account.world().key_disabled = true;
    let engine = bench.confirmed().await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Stopped);
    let reason = progress.stopped.clone().unwrap();
    assert!(
        reason.contains("left as it is") && reason.contains("Disabled"),
        "{reason}"
    );
    assert!(bench.account.world().defaults.is_empty());
    bench.account.world().key_disabled = false;
    engine.resume(&bench.id(), "ada").await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_another_took_the_place_of_is_named_and_not_taken_for_converted() {
    let version = |version: &str, status| ObjectRow {
        version_id: Some(version.to_string()),
        ..row("c", status)
    };
    {
        let bench = Bench::of(vec![version("1", E::NotSse), row("d", E::NotSse)]);
        bench.account.world().versioned = true;
        // Uploaded anew under the new default, since the inventory was taken.
        let mut newer = crate::estate::facts(&version("2", E::SseKms));
        newer.encryption.key = Some(crate::estate::target().key.as_str().to_string());
        newer.encryption.bucket_key = true;
        bench.account.put(BUCKET, "c", newer);
        let progress = bench.run().await;
        assert_eq!(progress.tally().done().objects.0, 1);
        let failed = &progress.failures.iter().next().unwrap().1;
        assert_eq!(
            (failed.key.as_str(), failed.cause),
            ("c", FailureCause::ChangedMeanwhile)
        );
        assert_eq!(bench.account.world().count("CopyObject", "c"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_leaves_what_came_under_another_key_since_where_the_bucket_has_such_objects() {
    let mut rows: Vec<_> = (0..4).map(|n| row(&format!("p/{n}"), E::SseS3)).collect();
    rows.push(row("kms", E::SseKms));
    let bench = Bench::of(rows);
    let other = "arn:aws:kms:eu-west-2:111122223333:key/ffffffff-1111-4222-8333-444455556666";
    {
        let mut world = bench.account.world();
        let object = world.newest(BUCKET, "p/2");
        object.encryption.status = E::SseKms;
        object.encryption.key = Some(other.to_string());
    }
    let progress = bench.run().await;
    assert_eq!(progress.tally().done().objects.0, 3);
    let failed = &progress.failures.iter().next().unwrap().1;
    assert_eq!(
        (failed.key.as_str(), failed.cause),
        ("p/2", FailureCause::ChangedMeanwhile)
    );
    assert!(failed.message.contains(other), "{}", failed.message);
    assert_eq!(bench.account.world().count("UpdateObjectEncryption", "p/2"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_deleted_in_the_middle_stops_the_run_and_takes_no_object_for_gone() {
    for (status, operation) in [(E::SseS3, "UpdateObjectEncryption"), (E::NotSse, "HeadObject")] {
        let bench = Bench::of((0..60).map(|n| row(&format!("p/{n:02}"), status)).collect());
        let engine = bench.confirmed().await;
        let mut live = engine.watch(&bench.id()).unwrap();
        live.wait_for(|live| live.tally.done().objects.0 >= 20)
            .await
            .unwrap();
        bench.account.world().deleted.insert(BUCKET.to_string());
        let progress = bench.settled(&engine).await;
        assert_eq!(progress.state, State::Stopped, "{operation}");
        let reason = progress.stopped.clone().unwrap();
        assert!(reason.contains("bucket alpha is not there any more"), "{reason}");
        assert_eq!(progress.tally().gone.objects.0, 0, "{operation}");
        assert!(progress.failures.is_empty(), "{:?}", progress.failures);
    }
}

#[tokio::test(start_paused = true)]
async fn objects_that_are_gone_do_not_have_the_bucket_asked_for_each() {
    let bench = Bench::of((0..60).map(|n| row(&format!("gone/{n:02}"), E::NotSse)).collect());
    let progress = bench.run().await;
    assert_eq!(
        (progress.state, progress.tally().gone.objects.0),
        (State::Succeeded, 60)
    );
    let asked = bench.account.world().total("GetBucketEncryption");
    assert!(asked <= 5, "{asked} times");
}

#[tokio::test(start_paused = true)]
async fn every_object_is_looked_at_where_the_plan_says_so() {
    for (looks, most) in [(Looks::Standard, 10), (Looks::Each, 40)] {
        let mut bench = Bench::plain(20);
        bench.plan.settings.looks = looks;
        bench.plan.settings.verify = VerifyScope::Sample(0);
        assert_eq!(bench.run().await.state, State::Succeeded);
        let heads = bench.account.world().total("HeadObject");
        assert!(
            heads <= most && (looks == Looks::Standard || heads >= 20),
            "{looks:?}: {heads}"
        );
    }
}
