//! One run from a plan to its end: an operator who confirms, pauses, heals what is broken and tries again, other
//! writers, and a process that dies or is stopped in the middle and is started again over the same journal.
//!
//! The process dies at an event: a request arrives or is answered, a journal's append begins or ends. Nothing outside
//! changes between two events, so that dying at any other point is the same as dying at one of them. What was on its
//! way then may still have its effect, in the next life.

use super::{draw, promises};
use crate::account::FakeAccount;
use crate::chance::Chance;
use crate::estate::Bench;
use crate::world::Name;
use async_trait::async_trait;
use engine::{Clock, Engine, Fence, Journal, JournalError, MemoryJournal};
use futures::FutureExt;
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus;
use model::migration::{Entry, Progress, Recorded, State};
use model::plan::{MigrationId, Plan};
use model::quantity::Ratio;
use model::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Virtual time after which a run does not end any more.
const FOREVER: Duration = Duration::from_secs(200_000);

/// Stops of one migration after which its operator gives it up.
const STOPS_MAX: u32 = 12;

/// Where a run takes place, as far as it has come.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) bench: Bench,
    /// The bench's own plan, and the one that runs beside it.
    pub(super) plans: Vec<Plan>,
    pub(super) defaults_before: BTreeMap<String, DefaultEncryption>,
    /// When the first life began, which is [`draw::BEGINNING`] by the clock.
    pub(super) begun: Instant,
}

impl Stage {
    /// A time of the world by the clock.
    pub(super) fn clock(&self, at: Instant) -> UnixMillis {
        let passed = at.saturating_duration_since(self.begun).as_millis();
        UnixMillis(draw::BEGINNING.0 + passed as i64)
    }
}

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) stage: Stage,
    /// How each migration ended, in the order of the plans.
    pub(super) ended: Vec<Progress>,
    pub(super) lives: u64,
    /// Objects that other writers touched.
    pub(super) touched: BTreeSet<Name>,
    /// What was broken at the end of some life.
    pub(super) broken: Vec<String>,
}

/// Wall time that goes with the world's.
#[derive(Debug)]
struct WorldClock {
    account: FakeAccount,
    begun: Instant,
}

impl Clock for WorldClock {
    fn now(&self) -> UnixMillis {
        let passed = self.account.world().now().saturating_duration_since(self.begun);
        UnixMillis(draw::BEGINNING.0 + passed.as_millis() as i64)
    }
}

/// What people do while it runs.
#[derive(Clone, Copy, Debug)]
enum Act {
    Pause,
    Share(u32),
    DisableKey,
    DenyRole,
    Cancel,
}

/// A run that goes on.
#[derive(Debug)]
struct Story {
    stage: Stage,
    chance: Chance,
    acts: Vec<(Duration, Act)>,
    retries: u32,
    stops: u32,
    writes: u64,
    touched: BTreeSet<Name>,
}

/// Plays the run of a seed.
pub(super) fn play(seed: u64) -> Played {
    let mut chance = Chance::new(seed);
    let begun = Instant::now();
    let (mut bench, beside) = draw::bench(&mut chance);
    bench.clock = Arc::new(WorldClock {
        account: bench.account.clone(),
        begun,
    });
    let defaults_before = bench.account.world().defaults.clone();
    let stage = Stage {
        defaults_before,
        plans: std::iter::once(bench.plan.clone()).chain(beside).collect(),
        bench,
        begun,
    };
    let deaths = chance.pick(&[0, 0, 1, 1, 2, 4]);
    let mut story = Story {
        acts: acts(&mut chance),
        retries: chance.within(0..4) as u32,
        writes: chance.pick(&[0, 0, 0, 5, 30]),
        stops: 0,
        touched: BTreeSet::new(),
        stage,
        chance,
    };
    let (mut at, mut broken) = (begun, Vec::new());
    for life in 0.. {
        let dies = life < deaths;
        let (end, ended) = story.live(at, dies);
        if broken.is_empty() {
            let found = promises::so_far(&story.stage).into_iter();
            broken.extend(found.map(|text| format!("after life {}: {text}", life + 1)));
        }
        if let Some(ended) = ended {
            return Played {
                stage: story.stage,
                ended,
                lives: life + 1,
                touched: story.touched,
                broken,
            };
        }
        assert!(dies, "the last life ends before the migration");
        at = end + story.chance.up_to(Duration::from_secs(2));
    }
    unreachable!("the last life does not die")
}

fn acts(chance: &mut Chance) -> Vec<(Duration, Act)> {
    let count = chance.pick(&[0, 0, 1, 2, 4]);
    let mut acts: Vec<(Duration, Act)> = (0..count)
        .map(|_| {
            let act = match chance.within(0..20) {
                0..7 => Act::Pause,
                7..12 => Act::Share(chance.pick(&[5, 50, 80, 100])),
                12..15 => Act::DisableKey,
                15..18 => Act::DenyRole,
                _ => Act::Cancel,
            };
            (chance.up_to(Duration::from_secs(4)), act)
        })
        .collect();
    acts.sort_unstable_by_key(|(after, _)| *after);
    acts
}

impl Story {
    /// One life of the process: when it ended, and how the migrations ended when it saw that.
    fn live(&mut self, at: Instant, dies: bool) -> (Instant, Option<Vec<Progress>>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let account = self.stage.bench.account.clone();
            self.begin_life(&account, at, dies);
            let journal = StormyJournal {
                account: account.clone(),
                inner: Arc::clone(&self.stage.bench.journal),
                chance: Mutex::new(self.chance.split()),
                unreadable: AtomicBool::new(false),
            };
            let engine = self.stage.bench.engine_over(Arc::new(journal));
            let plans = self.stage.plans.clone();
            let stopped = dies && self.chance.per_mille(300);
            let stop_after = self.chance.up_to(Duration::from_secs(5));
            let ended = tokio::select! {
                biased;
                () = account.crashed.notified() => None,
                ended = timeout(FOREVER, async {
                    engine.recover(plans.clone()).await;
                    let (own, beside) = tokio::join!(
                        self.operate(&engine),
                        accompany(&engine, &account, plans.get(1))
                    );
                    std::iter::once(own).chain(beside).collect()
                }) => Some(ended.expect("it comes to an end")),
                () = sleep(stop_after), if stopped => {
                    tokio::select! {
                        biased;
                        () = account.crashed.notified() => {}
                        () = engine.shutdown() => {}
                    }
                    None
                }
            };
            (account.world().now(), ended)
        })
    }

    fn begin_life(&mut self, account: &FakeAccount, at: Instant, dies: bool) {
        // The death of the life before is not this one's.
        let _ = account.crashed.notified().now_or_never();
        let left: Vec<u64> = {
            let mut world = account.world();
            world.life = Some((Instant::now(), at));
            let rows: u64 = self.stage.plans.iter().map(Plan::rows).sum();
            let until = 40 + 4 * rows;
            let crash_at = world.events + self.chance.within(1..until);
            world.crash_at = dies.then_some(crash_at);
            world.on_the_way.keys().copied().collect()
        };
        for ticket in left {
            if self.chance.per_mille(500) {
                account.land(ticket, self.chance.up_to(Duration::from_secs(2)));
            } else {
                account.world().on_the_way.remove(&ticket);
            }
        }
        let names: Vec<Name> = account.world().objects.keys().cloned().collect();
        for _ in 0..if names.is_empty() { 0 } else { self.writes } {
            let name = names[self.chance.draw() as usize % names.len()].clone();
            self.write(account.clone(), name);
        }
    }

    /// Another writer uploads or deletes an object some time later.
    fn write(&mut self, account: FakeAccount, name: Name) {
        self.touched.insert(name.clone());
        let after = self.chance.up_to(Duration::from_secs(4));
        let what = self.chance.within(0..10);
        tokio::spawn(async move {
            sleep(after).await;
            let mut world = account.world();
            match what {
                0 if !world.versioned => world.delete(&name),
                0..3 => world.overwrite(&name, Some(EncryptionStatus::SseS3)),
                3 => world.overwrite(&name, Some(EncryptionStatus::SseC)),
                _ => world.overwrite(&name, None),
            }
        });
    }

    /// The operator: sees to it that the migration comes to an end.
    async fn operate(&mut self, engine: &Engine) -> Progress {
        let (plan, id) = (self.stage.bench.plan.clone(), self.stage.bench.id());
        let mut live = engine.watch(&id).expect("its journal can be read");
        loop {
            let state = engine.progress(&id).expect("it is known").state;
            // A command that the journal did not take is given again.
            let taken = match state {
                State::Planned => engine.confirm(plan.clone(), "ada", &plan.name).await,
                // For example where no object shows that a job may be made.
                State::Stopped if self.stops >= STOPS_MAX => engine.cancel(&id, "ada").await,
                State::Stopped => {
                    self.stops += 1;
                    heal(&self.stage.bench.account);
                    engine.resume(&id, "ada").await
                }
                State::Paused => engine.resume(&id, "ada").await,
                State::SucceededWithExceptions if self.retries > 0 => {
                    self.retries -= 1;
                    heal(&self.stage.bench.account);
                    engine.retry_failed(&id, "ada").await
                }
                state if state.is_ended() => return engine.progress(&id).expect("it is known"),
                state => Ok(state),
            };
            if taken.is_err() {
                sleep(Duration::from_millis(100)).await;
                continue;
            }
            let act = self.acts.first().copied();
            tokio::select! {
                biased;
                rests = live.wait_for(|live| !live.state.is_active()) => drop(rests.expect("the engine is there")),
                () = sleep(act.map_or(FOREVER, |(after, _)| after)), if act.is_some() => self.act(engine).await,
            }
        }
    }

    async fn act(&mut self, engine: &Engine) {
        let (id, (_, act)) = (self.stage.bench.id(), self.acts.remove(0));
        let account = &self.stage.bench.account;
        // Whether it still fits is the engine's to say.
        let _ = match act {
            Act::Pause => engine.pause(&id, "ada").await,
            Act::Cancel => engine.cancel(&id, "ada").await,
            Act::Share(percent) => engine.change_share(&id, "ada", Ratio::percent(percent)).await,
            Act::DisableKey => {
                account.world().key_disabled = true;
                return;
            }
            Act::DenyRole => {
                account.world().role_denied = true;
                return;
            }
        };
    }
}

/// Takes out of the way what stopped a run.
fn heal(account: &FakeAccount) {
    let mut world = account.world();
    (world.key_disabled, world.role_denied) = (false, false);
}

/// The operator of the migration beside: lets it run to its end, and tries nothing again.
async fn accompany(engine: &Engine, account: &FakeAccount, plan: Option<&Plan>) -> Option<Progress> {
    let plan = plan?;
    let mut live = engine.watch(&plan.id).expect("its journal can be read");
    let mut stops = 0;
    loop {
        let state = engine.progress(&plan.id).expect("it is known").state;
        let taken = match state {
            State::Planned => engine.confirm(plan.clone(), "bob", &plan.name).await,
            State::Stopped if stops >= STOPS_MAX => engine.cancel(&plan.id, "bob").await,
            State::Stopped => {
                stops += 1;
                heal(account);
                engine.resume(&plan.id, "bob").await
            }
            State::Paused => engine.resume(&plan.id, "bob").await,
            state if state.is_ended() => return engine.progress(&plan.id),
            state => Ok(state),
        };
        if taken.is_err() {
            sleep(Duration::from_millis(100)).await;
            continue;
        }
        let rests = live.wait_for(|live| !live.state.is_active()).await;
        drop(rests.expect("the engine is there"));
    }
}

/// A journal on a disk that takes its time, fails now and then, before or after it has written, and is where a process
/// may die.
#[derive(Debug)]
struct StormyJournal {
    account: FakeAccount,
    inner: Arc<MemoryJournal>,
    chance: Mutex<Chance>,
    /// The next read fails as well.
    unreadable: AtomicBool,
}

#[async_trait]
impl Journal for StormyJournal {
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError> {
        let (takes, drawn) = {
            let mut chance = self.chance.lock().unwrap();
            (chance.up_to(Duration::from_millis(9)), chance.draw())
        };
        let (fails, unreadable) = (drawn % 100, (drawn / 100).is_multiple_of(2));
        let unavailable = || JournalError::Unavailable {
            id: id.clone(),
            source: "the disk is full".into(),
        };
        self.account.event().await;
        sleep(takes).await;
        if fails == 0 {
            return Err(unavailable());
        }
        let recorded = self.inner.append(id, fence, at, entries).await;
        self.account.event().await;
        if fails == 1 {
            self.unreadable.store(unreadable, Ordering::Relaxed);
            Err(unavailable())
        } else {
            recorded
        }
    }

    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError> {
        if self.unreadable.swap(false, Ordering::Relaxed) {
            return Err(JournalError::Unavailable {
                id: id.clone(),
                source: "the disk is full".into(),
            });
        }
        self.inner.read(id, after_seq).await
    }
}
