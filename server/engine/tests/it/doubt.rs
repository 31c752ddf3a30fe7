//! Journals that cannot be read or written for a while, and processes that are killed: what is in doubt is neither done twice
//! nor taken for done nor forgotten, and what cannot be read keeps its buckets and keys.

use crate::estate::{BUCKET, Bench, row, target};
use crate::world::Stored;
use async_trait::async_trait;
use engine::{Engine, EngineError, Fence, Journal, JournalError, MemoryJournal};
use model::inventory::EncryptionStatus;
use model::migration::{Entry, EntryKind, Recorded, State};
use model::plan::MigrationId;
use model::time::UnixMillis;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// A journal on a disk that fails when it is told to.
#[derive(Debug, Default)]
struct Failing {
    inner: Arc<MemoryJournal>,
    /// The next append that holds such an entry is written, and said to have failed.
    untold: Mutex<Option<EntryKind>>,
    /// So many reads fail.
    unreadable: AtomicU32,
    /// The journal is damaged for good.
    damaged: AtomicBool,
}

impl Failing {
    fn over(inner: &Arc<MemoryJournal>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            ..Self::default()
        })
    }

    fn lose_answer_of(&self, kind: EntryKind) {
        *self.untold.lock().unwrap() = Some(kind);
        self.unreadable.store(1, Ordering::Relaxed);
    }
}

fn unavailable(id: &MigrationId) -> JournalError {
    JournalError::Unavailable {
        id: id.clone(),
        source: "the disk is full".into(),
    }
}

#[async_trait]
impl Journal for Failing {
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError> {
        let lost = {
            let mut untold = self.untold.lock().unwrap();
            untold
                .take_if(|kind| entries.iter().any(|entry| entry.kind() == *kind))
                .is_some()
        };
        let recorded = self.inner.append(id, fence, at, entries).await;
        if lost { Err(unavailable(id)) } else { recorded }
    }

    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError> {
        if self.damaged.load(Ordering::Relaxed) {
            return Err(JournalError::Damaged {
                id: id.clone(),
                seq: 1,
                source: "it is no entry".into(),
            });
        }
        let left = self
            .unreadable
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            return Err(unavailable(id));
        }
        self.inner.read(id, after_seq).await
    }
}

/// A slow migration over a journal that can fail, running.
async fn running() -> (Bench, Arc<Failing>, Engine) {
    let mut bench = Bench::plain(400);
    bench.account.world().latency = Duration::from_millis(400);
    bench.plan.settings.in_flight = 2;
    let journal = Failing::over(&bench.journal);
    let engine = bench.engine_over(Arc::clone(&journal) as _);
    engine
        .confirm(bench.plan.clone(), "ada", &bench.plan.name)
        .await
        .unwrap();
    bench.until_done(&engine, 3).await;
    (bench, journal, engine)
}

async fn until(bench: &Bench, engine: &Engine, wanted: State) {
    let mut live = engine.watch(&bench.id()).unwrap();
    live.wait_for(|live| live.state == wanted).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_was_written_unseen_does_not_swallow_the_next_one() {
    let (bench, journal, engine) = running().await;
    journal.lose_answer_of(EntryKind::PauseRequested);
    let untold = engine.pause(&bench.id(), "ada").await;
    assert!(matches!(untold, Err(EngineError::Journal { .. })), "{untold:?}");
    until(&bench, &engine, State::Paused).await;
    engine.resume(&bench.id(), "ada").await.unwrap();
    until(&bench, &engine, State::Running).await;
    engine.pause(&bench.id(), "ada").await.unwrap();
    until(&bench, &engine, State::Paused).await;
    let entries = bench.journal.entries(&bench.id());
    let asked = entries
        .iter()
        .filter(|recorded| recorded.entry.kind() == EntryKind::PauseRequested);
    assert_eq!(asked.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_written_unseen_is_told_of_once() {
    for kind in [EntryKind::BatchIntended, EntryKind::BatchDone] {
        let (bench, journal, engine) = running().await;
        journal.lose_answer_of(kind);
        let progress = bench.settled(&engine).await;
        assert_eq!(
            progress.state,
            State::Succeeded,
            "{kind:?}: {:?}",
            progress.stopped
        );
        assert_eq!(progress.tally().done().objects.0, 400, "{kind:?}");
        assert!(bench.account.world().repeated.is_empty(), "{kind:?}");
    }
}

/// What a process left that was killed in the middle of a migration.
async fn left_behind() -> Bench {
    let (bench, _, engine) = running().await;
    engine.shutdown().await;
    assert_eq!(engine.progress(&bench.id()).unwrap().state, State::Running);
    bench
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read_at_the_start_is_read_again_and_taken_up() {
    let bench = left_behind().await;
    let journal = Failing::over(&bench.journal);
    journal.unreadable.store(3, Ordering::Relaxed);
    let engine = bench.engine_over(Arc::clone(&journal) as _);
    let recovered = engine.recover(vec![bench.plan.clone()]).await;
    assert_eq!((recovered.taken_up.len(), recovered.failed.len()), (0, 1));
    let begun = Instant::now();
    while engine.watch(&bench.id()).is_none() {
        tokio::time::advance(Duration::from_millis(50)).await;
        tokio::task::yield_now().await;
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it is never read again"
        );
    }
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_has_its_buckets_and_needs_its_keys() {
    let bench = left_behind().await;
    let journal = Failing::over(&bench.journal);
    journal.damaged.store(true, Ordering::Relaxed);
    let engine = bench.engine_over(Arc::clone(&journal) as _);
    let recovered = engine.recover(vec![bench.plan.clone()]).await;
    assert_eq!(recovered.failed.len(), 1);
    journal.damaged.store(false, Ordering::Relaxed);
    let mut other = bench.plan.clone();
    other.id = MigrationId("m-2".to_string());
    assert_eq!(
        engine.taken_bucket(&other),
        Some((BUCKET.to_string(), bench.id()))
    );
    let refused = engine.confirm(other.clone(), "bob", &other.name).await;
    assert!(
        matches!(&refused, Err(EngineError::BucketTaken { other, .. }) if *other == bench.id()),
        "{refused:?}"
    );
    // Whoever looks at it has it read, and then it goes on.
    engine.register(bench.plan.clone()).await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
}

/// One life of the process, in time that is only counted; it is killed at the end.
fn life<T>(lives: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(lives)
}

/// A migration in batches of many objects, of which so many are converted when the process is killed.
fn killed(rows: EncryptionStatus, objects: u64) -> Bench {
    let rows = (0..600).map(|n| row(&format!("k/{n:03}"), rows));
    let mut bench = Bench::of(rows.collect());
    bench.account.world().latency = Duration::from_millis(400);
    bench.plan.settings.in_flight = 4;
    bench.plan.settings.batch_rows = 500;
    life(async {
        let engine = bench.confirmed().await;
        bench.until_done(&engine, objects).await;
    });
    bench
}

/// Objects that are under the key in the account.
fn under_the_key(bench: &Bench) -> u64 {
    let world = bench.account.world();
    let under = |versions: &Vec<Stored>| {
        versions
            .iter()
            .any(|stored| stored.encryption.meets(&target(), true))
    };
    world.objects.values().filter(|versions| under(versions)).count() as u64
}

#[test]
fn what_was_done_before_a_kill_stays_counted_when_somebody_pauses_or_cancels_after_it() {
    for (status, cancels) in [
        (EncryptionStatus::SseS3, false),
        (EncryptionStatus::NotSse, false),
        (EncryptionStatus::SseS3, true),
        (EncryptionStatus::NotSse, true),
    ] {
        let bench = killed(status, 200);
        let (shown, progress) = life(async {
            let engine = bench.engine();
            engine.recover(vec![bench.plan.clone()]).await;
            // Half of what is in doubt has been looked at.
            let shown = bench.until_done(&engine, 100).await;
            if cancels {
                engine.cancel(&bench.id(), "ada").await.unwrap();
            } else {
                engine.pause(&bench.id(), "ada").await.unwrap();
            }
            (shown, bench.settled(&engine).await)
        });
        let told = progress.tally().done().objects.0;
        assert!(
            told >= shown.tally.done().objects.0,
            "{status:?}: {told} after {shown:?}"
        );
        if cancels {
            assert_eq!(told, under_the_key(&bench), "{status:?}: all of it is told of");
        }
        assert_eq!(
            progress.tally().already.objects.0,
            0,
            "{status:?}: it was this run's own work"
        );
        let progress = life(async {
            let engine = bench.engine();
            engine.recover(vec![bench.plan.clone()]).await;
            if !cancels {
                engine.resume(&bench.id(), "ada").await.unwrap();
            }
            bench.settled(&engine).await
        });
        assert!(bench.account.world().repeated.is_empty(), "{status:?}");
        assert!(
            bench
                .account
                .world()
                .conversions
                .values()
                .all(|count| *count == 1)
        );
        if !cancels {
            assert_eq!(
                (progress.state, progress.tally().done().objects.0),
                (State::Succeeded, 600)
            );
        }
    }
}
