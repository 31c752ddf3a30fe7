//! Journals that cannot be read or written for a while: what is in doubt is neither done twice nor taken for done, and what
//! cannot be read keeps its buckets and keys.

use crate::estate::{BUCKET, Bench};
use async_trait::async_trait;
use engine::{Engine, EngineError, Fence, Journal, JournalError, MemoryJournal};
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
