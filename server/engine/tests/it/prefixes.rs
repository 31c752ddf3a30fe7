//! A recorded run that is taken up again behind each entry of its journal: in the world as it was then, and in the world
//! as it became, where every later step is done a second time. Both end as the run did.

use crate::account::FakeAccount;
use crate::crash::{essence, runtime};
use crate::estate::Bench;
use crate::world::World;
use async_trait::async_trait;
use engine::{Engine, Fence, Journal, JournalError, MemoryJournal};
use model::migration::{Entry, EntryKind, Progress, Recorded, State};
use model::plan::MigrationId;
use model::quantity::Ratio;
use model::time::UnixMillis;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// A journal that keeps, with each entry, the world as it was when the entry was written.
#[derive(Debug)]
struct Recording {
    inner: Arc<MemoryJournal>,
    account: FakeAccount,
    worlds: Arc<Mutex<Vec<World>>>,
}

#[async_trait]
impl Journal for Recording {
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError> {
        let world = self.account.world().clone();
        let recorded = self.inner.append(id, fence, at, entries).await?;
        let mut worlds = self.worlds.lock().unwrap();
        worlds.extend(recorded.iter().map(|_| world.clone()));
        Ok(recorded)
    }

    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError> {
        self.inner.read(id, after_seq).await
    }
}

/// What an operator does who wants the migration to end: what was in the way is taken out of it.
async fn see_through(bench: &Bench, engine: &Engine) -> Progress {
    let (id, plan) = (bench.id(), bench.plan.clone());
    engine.recover(vec![plan.clone()]).await;
    loop {
        let progress = engine.progress(&id).unwrap();
        match progress.state {
            State::Planned => engine.confirm(plan.clone(), "ada", &plan.name).await.unwrap(),
            State::Paused => engine.resume(&id, "ada").await.unwrap(),
            State::Stopped => {
                bench.account.world().key_disabled = false;
                engine.resume(&id, "ada").await.unwrap()
            }
            State::SucceededWithExceptions => {
                bench.account.world().refused.clear();
                engine.retry_failed(&id, "ada").await.unwrap()
            }
            state if state.is_ended() => return progress,
            state => state,
        };
        bench.settled(engine).await;
    }
}

/// A run with everything in it: a pause, another share, a key that was disabled, and a retry.
async fn eventful(bench: &Bench, engine: &Engine) {
    let id = bench.id();
    engine
        .confirm(bench.plan.clone(), "ada", &bench.plan.name)
        .await
        .unwrap();
    let mut live = engine.watch(&id).unwrap();
    let mut done = async |count: u64| {
        live.wait_for(|live| live.tally.done().objects.0 >= count)
            .await
            .map(drop)
            .unwrap();
    };
    done(4).await;
    engine.change_share(&id, "ada", Ratio::percent(80)).await.unwrap();
    engine.pause(&id, "ada").await.unwrap();
    bench.until(engine, |state| state == State::Paused).await;
    engine.resume(&id, "ada").await.unwrap();
    done(9).await;
    bench.account.world().key_disabled = true;
    bench.until(engine, |state| state == State::Stopped).await;
}

struct Record {
    bench: Bench,
    worlds: Vec<World>,
    end: Progress,
}

fn record() -> Record {
    let bench = Bench::mixed();
    bench.account.world().versioned = true;
    let worlds = Arc::default();
    let journal = Recording {
        inner: Arc::clone(&bench.journal),
        account: bench.account.clone(),
        worlds: Arc::clone(&worlds),
    };
    let end = runtime().block_on(async {
        let engine = bench.engine_over(Arc::new(journal));
        eventful(&bench, &engine).await;
        see_through(&bench, &engine).await
    });
    let worlds = std::mem::take(&mut *worlds.lock().unwrap());
    Record { bench, worlds, end }
}

/// A journal of the first entries of another.
pub(crate) async fn journal_of(id: &MigrationId, entries: &[Recorded]) -> MemoryJournal {
    let journal = MemoryJournal::default();
    let mut fence = Fence { epoch: 0 };
    for recorded in entries {
        if let Entry::RunnerStarted { epoch, .. } = recorded.entry {
            fence.epoch = epoch;
        }
        journal
            .append(id, fence, recorded.at, vec![recorded.entry.clone()])
            .await
            .unwrap();
    }
    journal
}

#[test]
fn every_prefix_of_a_journal_ends_the_same_in_the_world_of_then_and_in_the_world_of_later() {
    let record = record();
    let entries = record.bench.journal.entries(&record.bench.id());
    assert_eq!(
        (record.end.state, record.worlds.len()),
        (State::Succeeded, entries.len())
    );
    let last = record.bench.account.world().clone();
    for length in 0..=entries.len() {
        let then = record.worlds.get(length).unwrap_or(&last);
        for (world, what) in [(then, "then"), (&last, "later")] {
            let ended = runtime().block_on(async {
                let bench = Bench {
                    account: FakeAccount::holding(world.clone()),
                    journal: Arc::new(journal_of(&record.bench.id(), &entries[..length]).await),
                    ..record.bench.clone()
                };
                let ended = see_through(&bench, &bench.engine()).await;
                (bench, ended)
            });
            let (bench, progress) = ended;
            let what = format!("{length} entries, the world of {what}");
            assert_eq!(essence(&progress), essence(&record.end), "{what}");
            let world = bench.account.world();
            assert!(world.conversions.values().all(|count| *count == 1), "{what}");
            assert_eq!(world.conversions, last.conversions, "{what}");
            assert!(
                world
                    .objects
                    .iter()
                    .all(|(name, versions)| versions.len() == last.objects[name].len()),
                "{what}: as many versions"
            );
        }
    }
}

#[test]
fn an_entry_that_is_told_twice_counts_once() {
    let record = record();
    let entries = record.bench.journal.entries(&record.bench.id());
    let mut told = BTreeSet::new();
    let mut progress = Progress::new(&record.bench.plan);
    for recorded in &entries {
        progress.apply(recorded).unwrap();
        let mut twice = progress.clone();
        if twice.apply(recorded).is_ok() {
            assert_eq!(twice, progress, "{recorded:?}");
            told.insert(recorded.entry.kind().name());
        }
    }
    assert_eq!(progress, record.end);
    for kind in [
        EntryKind::RunnerStarted,
        EntryKind::DefaultEncryptionIntended,
        EntryKind::DefaultEncryptionSet,
        EntryKind::MethodProved,
        EntryKind::BatchIntended,
        EntryKind::BatchDone,
        EntryKind::BucketVerified,
        EntryKind::ShareChanged,
    ] {
        assert!(told.contains(kind.name()), "{kind:?} is in the record");
    }
}
