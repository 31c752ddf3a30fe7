//! What an engine holds: the migrations it knows, each with at most one runner, and what every runner uses. Commands come
//! from [`crate::Engine`].

use crate::clock::Clock;
use crate::error::EngineError;
use crate::headroom::measure;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::migration::Migration;
use crate::options::EngineOptions;
use crate::region::{KmsLane, RegionLane};
use crate::retry::wait;
use crate::rows::Rows;
use crate::runner::{End, Runner};
use crate::throttle::BucketLanes;
use cloud::Account;
use futures::FutureExt;
use model::encryption::KeyArn;
use model::inventory::Region;
use model::migration::{Setting, State};
use model::plan::{MigrationId, Plan};
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Rates are per second.
const AFTER_ANOTHER: Duration = Duration::from_secs(1);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn has_key(plan: &Plan, key: &KeyArn) -> bool {
    plan.buckets.iter().any(|bucket| bucket.target.key == *key)
}

/// A key that is held off from plans until this is dropped.
#[derive(Debug)]
pub(crate) struct Leaving {
    shared: Arc<Shared>,
    key: KeyArn,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        locked(&self.shared.leaving).remove(&self.key);
    }
}

/// What every runner uses.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) rows: Arc<dyn Rows>,
    pub(crate) account: Account,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: EngineOptions,
    pub(crate) stopping: CancellationToken,
    migrations: Mutex<BTreeMap<MigrationId, Arc<Migration>>>,
    /// Plans whose journal could not be read. Nobody knows where these stand, so that they have their buckets and need their
    /// keys.
    unread: Mutex<BTreeMap<MigrationId, Plan>>,
    /// Keys that are being looked at to be deleted: no migration begins that would put objects under one.
    leaving: Mutex<BTreeSet<KeyArn>>,
    /// Held while a journal is read, so that a migration is in memory once.
    opening: tokio::sync::Mutex<()>,
    /// Held while a migration begins or a key begins to leave, so that neither overlooks the other.
    pub(crate) beginning: tokio::sync::Mutex<()>,
    /// Until when nothing is granted, where a migration was taken up that another process may have been working on until
    /// just now.
    held_until: Mutex<Option<Instant>>,
    /// KMS calls by Region, over all migrations.
    regions: Mutex<BTreeMap<Region, Arc<RegionLane>>>,
    /// Requests to prefixes by bucket, over all runners.
    buckets: Mutex<BTreeMap<String, Arc<BucketLanes>>>,
}

impl Shared {
    pub(crate) fn new(
        journal: Arc<dyn Journal>,
        rows: Arc<dyn Rows>,
        account: Account,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
    ) -> Self {
        Self {
            journal,
            rows,
            account,
            clock,
            options,
            stopping: CancellationToken::new(),
            migrations: Mutex::default(),
            unread: Mutex::default(),
            leaving: Mutex::default(),
            opening: tokio::sync::Mutex::new(()),
            beginning: tokio::sync::Mutex::new(()),
            held_until: Mutex::default(),
            regions: Mutex::default(),
            buckets: Mutex::default(),
        }
    }

    /// Grants nothing for a second: a process before this one may have used it up, and died.
    fn hold_after_another(&self) {
        *locked(&self.held_until) = Some(Instant::now() + AFTER_ANOTHER);
    }

    /// The KMS calls of a migration in a Region, which it shares with the other migrations there.
    pub(crate) fn kms_lane(
        self: &Arc<Self>,
        region: &Region,
        id: &MigrationId,
        budget: RequestsPerSecond,
    ) -> KmsLane {
        let held_until = *locked(&self.held_until);
        let mut regions = locked(&self.regions);
        let shared = regions
            .entry(region.clone())
            .or_insert_with(|| Arc::new(RegionLane::new(held_until)));
        let lane = KmsLane::new(Arc::clone(shared), id.clone(), budget);
        if shared.begins_measuring() {
            let measure = measure(Arc::clone(self), region.clone(), Arc::clone(shared));
            tokio::spawn(measure);
        }
        lane
    }

    /// The prefixes of a bucket, with the rate of writes that its plan sets.
    pub(crate) fn bucket_lanes(&self, bucket: &str, writes: RequestsPerSecond) -> Arc<BucketLanes> {
        let held_until = *locked(&self.held_until);
        let mut buckets = locked(&self.buckets);
        buckets.retain(|name, lanes| name == bucket || Arc::strong_count(lanes) > 1 || !lanes.is_idle());
        let lanes = buckets
            .entry(bucket.to_string())
            .or_insert_with(|| Arc::new(BucketLanes::new(writes, held_until)));
        lanes.set_writes(writes);
        Arc::clone(lanes)
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, BTreeMap<MigrationId, Arc<Migration>>> {
        locked(&self.migrations)
    }

    pub(crate) fn find(&self, id: &MigrationId) -> Option<Arc<Migration>> {
        self.known().get(id).cloned()
    }

    /// A bucket of a plan that another migration has begun to work on and has not ended.
    pub(crate) fn taken_bucket(&self, plan: &Plan) -> Option<(String, MigrationId)> {
        let known = self.known();
        let at_work = known.values().filter(|other| {
            let state = other.ledger.state();
            other.plan.id != plan.id && state != State::Planned && !state.is_ended()
        });
        let unread = locked(&self.unread);
        let unread = unread.values().filter(|other| other.id != plan.id);
        at_work
            .map(|other| other.plan.as_ref())
            .chain(unread)
            .flat_map(|other| other.buckets.iter().map(move |bucket| (other, bucket)))
            .find(|(_, theirs)| plan.buckets.iter().any(|ours| ours.bucket == theirs.bucket))
            .map(|(other, bucket)| (bucket.bucket.clone(), other.id.clone()))
    }

    /// A migration that has a bucket and whose journal could not be read.
    pub(crate) fn unread_on(&self, bucket: &str) -> Option<MigrationId> {
        let unread = locked(&self.unread);
        let has = |plan: &&Plan| plan.buckets.iter().any(|planned| planned.bucket == bucket);
        unread.values().find(has).map(|plan| plan.id.clone())
    }

    /// The last migration that converted objects of a bucket after a point of time, and how many.
    pub(crate) fn converted_since(&self, bucket: &str, since: UnixMillis) -> Option<(MigrationId, u64)> {
        let known = self.known();
        let converted = known.values().filter_map(|migration| {
            let progress = migration.ledger.progress();
            let position = migration
                .plan
                .buckets
                .iter()
                .position(|planned| planned.bucket == bucket)?;
            let here = progress.buckets.get(position)?;
            // Settings that were changed later, or a retry that came to nothing, moved no object.
            let last = here.last_converted_at.filter(|at| *at > since)?;
            let converted = here.tally.converted.values();
            let objects: u64 = converted.map(|amount| amount.objects.0).sum();
            (objects > 0).then(|| (last, migration.plan.id.clone(), objects))
        });
        converted
            .max_by_key(|(last, ..)| *last)
            .map(|(_, id, objects)| (id, objects))
    }

    /// Another migration that was begun on a bucket after this one, and has its setting: it is at work, holds uploads to its
    /// key, or, but for the taking back of a policy, has changed the default and not put it back. One that found the default
    /// as it wanted it has nothing to put back, so that the default stays with the one before.
    pub(crate) fn newer_on(&self, id: &MigrationId, bucket: &str, setting: Setting) -> Option<MigrationId> {
        let known = self.known();
        // Journals of before tell no order, and then the time has to do.
        let begun = |migration: &Migration| {
            let progress = migration.ledger.progress();
            (progress.order, progress.confirmed.as_ref().map(|(_, at)| *at))
        };
        let ours = known
            .get(id)
            .map(|migration| begun(migration))
            .unwrap_or_default();
        let mut others = known.values().filter(|other| other.plan.id != *id);
        let holds = |other: &Migration| {
            let progress = other.ledger.progress();
            let mut here = other.plan.buckets.iter().zip(&progress.buckets);
            let here = here.find(|(theirs, _)| theirs.bucket == bucket);
            here.is_some_and(|(_, here)| {
                let restored = here.settings.contains_key(&Setting::DefaultRestored);
                let default = here.previous_default.is_some() && !restored;
                !progress.state.is_ended()
                    || here.is_enforced()
                    || !here.settings_open.is_empty()
                    || (default && setting != Setting::EnforcementReleased)
            })
        };
        others
            .find(|other| begun(other) > ours && holds(other))
            .map(|other| other.plan.id.clone())
    }

    /// Another migration that puts objects under a key, or is planned to.
    pub(crate) fn needs_key(&self, id: &MigrationId, key: &KeyArn) -> Option<MigrationId> {
        let known = self.known();
        let mut others = known
            .values()
            .filter(|other| other.plan.id != *id && !other.ledger.state().is_ended());
        others
            .find(|other| has_key(&other.plan, key))
            .map(|other| other.plan.id.clone())
            .or_else(|| {
                let unread = locked(&self.unread);
                let needs = unread.values().find(|plan| has_key(plan, key));
                needs.map(|plan| plan.id.clone())
            })
    }

    /// Holds a key off from plans while it is looked at whether it may go.
    pub(crate) fn leave(self: &Arc<Self>, key: &KeyArn) -> Leaving {
        locked(&self.leaving).insert(key.clone());
        Leaving {
            shared: Arc::clone(self),
            key: key.clone(),
        }
    }

    /// A key of a plan that is being looked at to be deleted.
    pub(crate) fn leaving_key(&self, plan: &Plan) -> Option<KeyArn> {
        let leaving = locked(&self.leaving);
        leaving.iter().find(|key| has_key(plan, key)).cloned()
    }

    /// The place of the next confirmation.
    pub(crate) fn next_order(&self) -> u64 {
        let known = self.known();
        let orders = known
            .values()
            .filter_map(|migration| migration.ledger.progress().order);
        orders.max().unwrap_or(0) + 1
    }

    /// Reads the journals again that could not be read at the start, until none is left that may come back.
    pub(crate) async fn read_again(self: Arc<Self>, mut ids: Vec<MigrationId>) {
        for attempt in 1.. {
            tokio::select! {
                biased;
                () = self.stopping.cancelled() => return,
                () = tokio::time::sleep(wait("journals", attempt)) => {}
            }
            let mut left = Vec::new();
            for id in ids {
                let plan = locked(&self.unread).get(&id).cloned();
                let Some(plan) = plan else { continue };
                match self.open(plan).await {
                    Ok(_) => tracing::info!(migration.id = %id, "its journal can be read again"),
                    Err(error) if error.passes() => left.push(id),
                    Err(error) => {
                        tracing::error!(migration.id = %id, error = &error as &dyn std::error::Error, "its journal cannot be read");
                    }
                }
            }
            ids = left;
            if ids.is_empty() {
                return;
            }
        }
    }

    /// The migration of a plan, read from its journal the first time, and taken up where it was being worked on.
    pub(crate) async fn open(self: &Arc<Self>, plan: Plan) -> Result<Arc<Migration>, EngineError> {
        let _opening = self.opening.lock().await;
        if let Some(migration) = self.find(&plan.id) {
            let same = *migration.plan == plan;
            return if same {
                Ok(migration)
            } else {
                Err(EngineError::OtherPlan { id: plan.id })
            };
        }
        let id = plan.id.clone();
        let opened = Ledger::open(&plan, Arc::clone(&self.journal), Arc::clone(&self.clock)).await;
        let ledger = match opened {
            Ok(ledger) => ledger,
            Err(error) => {
                locked(&self.unread).insert(id, plan);
                return Err(error.into());
            }
        };
        let migration = Arc::new(Migration::new(plan, ledger));
        self.known().insert(id.clone(), Arc::clone(&migration));
        locked(&self.unread).remove(&id);
        if migration.ledger.progress().epoch > 0 {
            self.hold_after_another();
        }
        self.ensure_runner(&migration);
        Ok(migration)
    }

    /// Starts the runner of a migration that wants one and has none; says whether it has one now.
    pub(crate) fn ensure_runner(self: &Arc<Self>, migration: &Arc<Migration>) -> bool {
        let mut slot = migration.runner.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.wants_runner(migration) {
            return false;
        }
        if slot.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
            *slot = Some(tokio::spawn(Arc::clone(self).work_on(Arc::clone(migration))));
        }
        true
    }

    fn wants_runner(&self, migration: &Migration) -> bool {
        let state = migration.ledger.state();
        if !state.is_active() || self.stopping.is_cancelled() {
            return false;
        }
        let winding_down = matches!(state, State::Pausing | State::Cancelling);
        let may = self.account.identity.changes_allowed || winding_down;
        if !may {
            migration.waits_for(Some(
                "The server was started without --allow-changes.".to_string(),
            ));
        }
        may
    }

    /// The task of a runner: runs one after another until the state asks for none.
    async fn work_on(self: Arc<Self>, migration: Arc<Migration>) {
        loop {
            let run = Runner::new(Arc::clone(&self), Arc::clone(&migration)).run();
            let end = AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|_| {
                End::Halted(
                    "The runner failed; this is a defect of Rekey. Restart the server to go on.".to_string(),
                )
            });
            let mut slot = migration.runner.lock().unwrap_or_else(PoisonError::into_inner);
            if let End::Halted(reason) = &end {
                tracing::error!(migration.id = %migration.plan.id, reason, "the runner halted");
                migration.waits_for(Some(reason.clone()));
            } else if self.wants_runner(&migration) {
                continue;
            }
            slot.take();
            migration.publish();
            return;
        }
    }
}
