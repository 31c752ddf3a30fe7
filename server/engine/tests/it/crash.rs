//! A runner that dies at every append, before and after it is durable, and every time leaves what the next one finishes.

use crate::estate::{BUCKET, Bench, row};
use crate::prefixes::journal_of;
use async_trait::async_trait;
use engine::{Engine, Fence, Journal, JournalError, MemoryJournal};
use model::inventory::EncryptionStatus as E;
use model::migration::{Entry, Progress, Recorded, State, Tally};
use model::plan::MigrationId;
use model::time::UnixMillis;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Where the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    Before,
    After,
}

/// A journal in which the n-th append is the last thing that happens.
#[derive(Debug)]
struct Deadly {
    inner: Arc<MemoryJournal>,
    at: usize,
    death: Death,
    appends: AtomicUsize,
    dead: Arc<Notify>,
}

#[async_trait]
impl Journal for Deadly {
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError> {
        // The disk takes its time, so that several batches meet in one append.
        tokio::time::sleep(std::time::Duration::from_millis(7)).await;
        let dies = self.appends.fetch_add(1, Ordering::SeqCst) == self.at;
        if dies && self.death == Death::Before {
            self.dead.notify_one();
            return std::future::pending().await;
        }
        let recorded = self.inner.append(id, fence, at, entries).await;
        if dies {
            self.dead.notify_one();
            return std::future::pending().await;
        }
        recorded
    }

    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError> {
        self.inner.read(id, after_seq).await
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

/// Goes on until the end, or until the process "dies" at an append; the end of the runtime is the end of its tasks.
pub(crate) fn live_once(
    bench: &Bench,
    at: usize,
    death: Death,
    start: impl AsyncFn(&Bench, &Engine),
) -> Option<Progress> {
    let runtime = runtime();
    runtime.block_on(async {
        let dead = Arc::new(Notify::new());
        let journal = Deadly {
            inner: Arc::clone(&bench.journal),
            at,
            death,
            appends: AtomicUsize::new(0),
            dead: Arc::clone(&dead),
        };
        let engine = bench.engine_over(Arc::new(journal));
        tokio::select! {
            biased;
            () = dead.notified() => None,
            progress = async {
                start(bench, &engine).await;
                bench.settled(&engine).await
            } => Some(progress),
        }
    })
}

pub(crate) async fn confirm(bench: &Bench, engine: &Engine) {
    engine.recover(vec![bench.plan.clone()]).await;
    let state = engine.progress(&bench.id()).unwrap().state;
    if state == State::Planned {
        engine
            .confirm(bench.plan.clone(), "ada", &bench.plan.name)
            .await
            .unwrap();
    }
}

/// What must be the same however often it died: a crash may turn "converted" into "already", nothing else.
pub(crate) fn essence(progress: &Progress) -> (State, Vec<u64>, Vec<String>) {
    let tally = |tally: &Tally| {
        let mut counts = vec![
            tally.done().objects.0,
            tally.gone.objects.0,
            tally.failed.objects.0,
        ];
        counts.extend(tally.left_out.values().map(|amount| amount.objects.0));
        counts
    };
    let counts = progress
        .buckets
        .iter()
        .flat_map(|bucket| tally(&bucket.tally))
        .collect();
    let mut failures: Vec<String> = progress
        .failures
        .iter()
        .map(|(_, failed)| failed.key.clone())
        .collect();
    failures.sort_unstable();
    (progress.state, counts, failures)
}

fn assert_whole(bench: &Bench, progress: &Progress, what: &str) {
    assert_eq!(progress.tally().total().objects.0, bench.plan.rows(), "{what}");
    assert!(progress.open.is_empty(), "{what}");
    let previous = progress
        .buckets
        .iter()
        .map(|bucket| bucket.previous_default.clone());
    assert!(
        previous.eq(vec![Some(None); bench.plan.buckets.len()]),
        "{what}: the setting to go back to is kept"
    );
    let folded = Progress::fold(&bench.plan, &bench.journal.entries(&bench.id())).unwrap();
    assert_eq!(&folded, progress, "{what}: memory and journal are the same");
    for ((bucket, key), versions) in &bench.account.world().objects {
        assert!(
            versions.len() <= 2,
            "{what}: {bucket}/{key} was copied more than once"
        );
        assert_eq!(versions.iter().map(|facts| facts.size.0).max(), Some(100));
    }
}

#[test]
fn dying_at_any_append_ends_the_same_and_copies_nothing_twice() {
    let fresh = || {
        let bench = Bench::mixed();
        bench.account.world().versioned = true;
        bench
    };
    let bench = fresh();
    let expected = live_once(&bench, usize::MAX, Death::Before, confirm).unwrap();
    assert_eq!(expected.state, State::SucceededWithExceptions);
    let mut deaths = 0;
    for death in [Death::Before, Death::After] {
        for at in 0.. {
            let bench = fresh();
            if live_once(&bench, at, death, confirm).is_some() {
                break;
            }
            deaths += 1;
            let what = format!("{death:?} append {at}");
            let progress = live_once(&bench, usize::MAX, Death::Before, confirm).unwrap();
            assert_eq!(essence(&progress), essence(&expected), "{what}");
            assert_whole(&bench, &progress, &what);
        }
    }
    assert!(deaths > 30, "{deaths} deaths");
}

#[test]
fn dying_again_and_again_still_ends() {
    let bench = Bench::mixed();
    bench.account.world().versioned = true;
    let mut lives = 0;
    let progress = loop {
        lives += 1;
        // Each life lasts one append longer than its predecessors at most, so that progress is slow but certain.
        let death = if lives % 2 == 0 {
            Death::Before
        } else {
            Death::After
        };
        if let Some(progress) = live_once(&bench, 1 + lives % 4, death, confirm) {
            break progress;
        }
        assert!(lives < 1_000);
    };
    assert!(lives > 5);
    assert_eq!(progress.tally().done().objects.0, 21);
    assert_whole(&bench, &progress, "many lives");
}

#[test]
fn dying_in_a_retry_ends_the_same() {
    for death in [Death::Before, Death::After] {
        for at in 0.. {
            let bench = Bench::of((0..20).map(|n| row(&format!("n/{n:02}"), E::NotSse)).collect());
            bench.account.world().versioned = true;
            for n in 5..15 {
                bench
                    .account
                    .world()
                    .refused
                    .insert(format!("n/{n:02}"), cloud::Fault::Refused);
            }
            live_once(&bench, usize::MAX, Death::Before, confirm).unwrap();
            bench.account.world().refused.clear();
            let retry = async |bench: &Bench, engine: &Engine| {
                engine.recover(vec![bench.plan.clone()]).await;
                if engine.progress(&bench.id()).unwrap().state == State::SucceededWithExceptions {
                    engine.retry_failed(&bench.id(), "ada").await.unwrap();
                }
            };
            let through = live_once(&bench, at, death, retry).is_some();
            let progress = live_once(&bench, usize::MAX, Death::Before, retry).unwrap();
            assert_eq!(
                (progress.state, progress.tally().done().objects.0),
                (State::Succeeded, 20),
                "{death:?} {at}"
            );
            assert_whole(&bench, &progress, &format!("{death:?} {at}"));
            if through {
                break;
            }
        }
    }
}

/// Objects of both ways that somebody else overwrote after their conversion, in a bucket without versions.
fn read_back_differently() -> Bench {
    let status = |n: usize| if n.is_multiple_of(2) { E::NotSse } else { E::SseS3 };
    let bench = Bench::of((0..20).map(|n| row(&format!("n/{n:02}"), status(n))).collect());
    runtime().block_on(async {
        let engine = bench.confirmed().await;
        bench.until(&engine, |state| state == State::Verifying).await;
        for n in 8..16 {
            let name = (BUCKET.to_string(), format!("n/{n:02}"));
            bench.account.world().overwrite(&name, Some(E::SseS3));
        }
        let progress = bench.settled(&engine).await;
        let verified = progress.buckets[0].verified.clone().unwrap();
        assert!((1..=8).contains(&verified.exceptions.len()), "{verified:?}");
    });
    bench
}

#[test]
fn dying_in_a_retry_of_what_read_back_differently_ends_the_same() {
    let retry = async |bench: &Bench, engine: &Engine| {
        engine.recover(vec![bench.plan.clone()]).await;
        if engine.progress(&bench.id()).unwrap().state == State::SucceededWithExceptions {
            engine.retry_failed(&bench.id(), "ada").await.unwrap();
        }
    };
    for death in [Death::Before, Death::After] {
        for at in 0.. {
            let bench = read_back_differently();
            let through = live_once(&bench, at, death, retry).is_some();
            let progress = live_once(&bench, usize::MAX, Death::Before, retry).unwrap();
            let what = format!("{death:?} {at}");
            let tally = progress.tally();
            assert_eq!(
                (progress.state, tally.done().objects.0, tally.failed.objects.0),
                (State::Succeeded, 20, 0),
                "{what}"
            );
            let verified = progress.buckets[0].verified.clone().unwrap();
            assert_eq!((verified.checked, verified.met), (20, 20), "{what}");
            let folded = Progress::fold(&bench.plan, &bench.journal.entries(&bench.id())).unwrap();
            assert_eq!(folded, progress, "{what}");
            let world = bench.account.world();
            assert!(world.conversions.values().all(|count| *count == 1), "{what}");
            if through {
                break;
            }
        }
    }
}

#[test]
fn dying_while_exceptions_are_named_names_each_once() {
    let disturbed = read_back_differently();
    let entries = disturbed.journal.entries(&disturbed.id());
    let begins = entries
        .iter()
        .position(|recorded| recorded.entry == Entry::VerificationStarted)
        .unwrap();
    let recover = async |bench: &Bench, engine: &Engine| {
        engine.recover(vec![bench.plan.clone()]).await;
    };
    let mut named_before = 0;
    for death in [Death::Before, Death::After] {
        for at in 0.. {
            let mut bench = disturbed.clone();
            bench.options.exceptions_at_once = 3;
            bench.journal = Arc::new(runtime().block_on(journal_of(&bench.id(), &entries[..=begins])));
            let through = live_once(&bench, at, death, recover).is_some();
            let named = |entry: &Entry| matches!(entry, Entry::ExceptionsFound { .. });
            let journal = || bench.journal.entries(&bench.id());
            named_before = journal()
                .iter()
                .filter(|recorded| named(&recorded.entry))
                .count()
                .max(named_before);
            let progress = live_once(&bench, usize::MAX, Death::Before, recover).unwrap();
            let what = format!("{death:?} {at}");
            let verified = progress.buckets[0].verified.as_ref().unwrap();
            let mut keys: Vec<_> = verified
                .exceptions
                .iter()
                .map(|found| found.key.clone())
                .collect();
            keys.sort_unstable();
            let expected: Vec<_> = (8..16).map(|n| format!("n/{n:02}")).collect();
            assert_eq!((keys, verified.not_named()), (expected, 0), "{what}");
            assert_eq!(progress.state, State::SucceededWithExceptions, "{what}");
            let folded = Progress::fold(&bench.plan, &journal()).unwrap();
            assert_eq!(folded, progress, "{what}");
            if through {
                break;
            }
        }
    }
    assert_eq!(named_before, 2, "two entries of three, and two with the result");
}

#[test]
fn the_kms_calls_of_a_batch_that_died_are_counted() {
    let mut on_their_way = 0;
    for at in 4..40 {
        let bench = Bench::plain(60);
        live_once(&bench, at, Death::Before, confirm);
        let told = Progress::fold(&bench.plan, &bench.journal.entries(&bench.id())).unwrap();
        let sent = bench.account.world().total("UpdateObjectEncryption") as u64;
        on_their_way += sent - told.tally().done().objects.0;
        let progress = live_once(&bench, usize::MAX, Death::Before, confirm).unwrap();
        let tally = progress.tally();
        assert_eq!((progress.state, tally.done().objects.0), (State::Succeeded, 60));
        let world = bench.account.world();
        assert_eq!(world.conversions.len(), 60);
        let sent = world.total("UpdateObjectEncryption") as u64;
        assert!(
            (60..=sent).contains(&tally.kms_calls),
            "{at}: {} of {sent}",
            tally.kms_calls
        );
        assert_eq!(
            tally.already.objects.0, 0,
            "{at}: it was this migration's own work"
        );
    }
    assert!(on_their_way > 0, "none died with objects on their way");
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_was_replaced_stops() {
    let bench = Bench::plain(500);
    let first = bench.confirmed().await;
    first
        .watch(&bench.id())
        .unwrap()
        .wait_for(|live| live.tally.done().objects.0 >= 30)
        .await
        .unwrap();
    let second = bench.engine();
    second.recover(vec![bench.plan.clone()]).await;
    let mut live = first.watch(&bench.id()).unwrap();
    let halted = live.wait_for(|live| {
        live.waiting_for
            .as_deref()
            .is_some_and(|text| text.contains("replaced"))
    });
    halted.await.unwrap();
    let progress = bench.settled(&second).await;
    assert_eq!(
        (progress.state, progress.tally().total().objects.0),
        (State::Succeeded, 500)
    );
    let starts = bench
        .entries()
        .iter()
        .filter(|entry| matches!(entry, Entry::RunnerStarted { .. }))
        .count();
    assert_eq!(starts, 2);
    assert!(first.pause(&bench.id(), "ada").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn shutting_down_waits_for_what_is_in_flight_and_the_next_start_goes_on() {
    let bench = Bench::plain(300);
    let engine = bench.confirmed().await;
    engine
        .watch(&bench.id())
        .unwrap()
        .wait_for(|live| live.tally.done().objects.0 >= 100)
        .await
        .unwrap();
    engine.shutdown().await;
    let stopped = engine.progress(&bench.id()).unwrap();
    assert_eq!((stopped.state, stopped.open.len()), (State::Running, 0));
    let done = bench.account.world().total("UpdateObjectEncryption") as u64;
    assert_eq!(stopped.tally().done().objects.0, done, "all of it is journaled");
    assert!(engine.pause(&bench.id(), "ada").await.is_err());
    let next = bench.engine();
    let recovered = next.recover(vec![bench.plan.clone()]).await;
    assert_eq!(recovered.taken_up, [bench.id()]);
    assert_eq!(bench.settled(&next).await.state, State::Succeeded);
    assert_eq!(
        bench.account.world().total("UpdateObjectEncryption"),
        300,
        "none twice"
    );
    assert!(bench.is_converted(BUCKET, "p/00299"));
}
