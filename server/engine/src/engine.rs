//! The commands of people, and the runners that carry them out. The server holds one engine; a command journals its
//! entry first and then wakes or starts the one runner of its migration.

use crate::clock::Clock;
use crate::error::EngineError;
use crate::journal::Journal;
use crate::migration::Migration;
use crate::options::EngineOptions;
use crate::rows::Rows;
use crate::shared::Shared;
use cloud::Account;
use model::migration::{Entry, Live, Progress, Setting, State};
use model::plan::{MigrationId, Plan};
use model::quantity::Ratio;
use model::time::UnixMillis;
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// Runs migrations. Cloning gives another handle on the same engine.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What [`Engine::recover`] found.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Migrations that a runner took up again.
    pub taken_up: Vec<MigrationId>,
    /// Migrations whose journal could not be read; the others are not affected.
    pub failed: Vec<(MigrationId, EngineError)>,
}

impl Engine {
    /// An engine that knows no migration yet: call [`Engine::recover`] next.
    #[must_use]
    pub fn new(
        journal: Arc<dyn Journal>,
        rows: Arc<dyn Rows>,
        account: Account,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
    ) -> Self {
        let shared = Shared::new(journal, rows, account, clock, options);
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Reads the journals of stored plans and takes up every migration that was being worked on. A journal that cannot be
    /// read now is tried again by itself; until then nothing else may touch its buckets or delete its keys.
    pub async fn recover(&self, plans: Vec<Plan>) -> Recovered {
        let mut recovered = Recovered::default();
        for plan in plans {
            let id = plan.id.clone();
            match self.shared.open(plan).await {
                Ok(migration) => {
                    if self.shared.ensure_runner(&migration) {
                        recovered.taken_up.push(id);
                    }
                }
                Err(error) => {
                    tracing::error!(migration.id = %id, error = &error as &dyn std::error::Error, "a journal cannot be read");
                    recovered.failed.push((id, error));
                }
            }
        }
        let failed = recovered.failed.iter().filter(|(_, error)| error.passes());
        let again: Vec<MigrationId> = failed.map(|(id, _)| id.clone()).collect();
        if !again.is_empty() {
            tokio::spawn(Arc::clone(&self.shared).read_again(again));
        }
        recovered
    }

    /// Makes a stored plan known, so that it can be watched before it is confirmed. Again is the same as once.
    ///
    /// # Errors
    /// When its journal cannot be read, or the migration has another plan.
    pub async fn register(&self, plan: Plan) -> Result<(), EngineError> {
        self.shared.open(plan).await.map(drop)
    }

    /// Confirms a plan by its name and starts it. A second confirmation is refused, so that there is one run.
    ///
    /// # Errors
    /// When the name is not the plan's, the account is read-only, the plan was confirmed before, or another migration works
    /// on one of its buckets.
    pub async fn confirm(&self, plan: Plan, by: &str, typed: &str) -> Result<State, EngineError> {
        if typed.trim() != plan.name {
            return Err(EngineError::NotConfirmed {
                expected: plan.name,
                typed: typed.to_string(),
            });
        }
        self.may_change()?;
        let id = plan.id.clone();
        let _beginning = self.shared.beginning.lock().await;
        self.may_begin(&plan)?;
        self.shared.open(plan).await?;
        self.command(
            &id,
            Entry::Confirmed {
                by: by.to_string(),
                typed: typed.to_string(),
                order: Some(self.shared.next_order()),
            },
        )
        .await
    }

    /// Asks for a pause: what is in flight is finished first.
    ///
    /// # Errors
    /// When nothing runs that could be paused.
    pub async fn pause(&self, id: &MigrationId, by: &str) -> Result<State, EngineError> {
        self.command(id, Entry::PauseRequested { by: by.to_string() })
            .await
    }

    /// Goes on after a pause or a stop.
    ///
    /// # Errors
    /// When it is neither paused nor stopped, or the account is read-only.
    pub async fn resume(&self, id: &MigrationId, by: &str) -> Result<State, EngineError> {
        self.may_change()?;
        self.command(id, Entry::Resumed { by: by.to_string() }).await
    }

    /// Ends a migration: what is in flight is finished first, and what was converted stays converted.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn cancel(&self, id: &MigrationId, by: &str) -> Result<State, EngineError> {
        self.command(id, Entry::CancelRequested { by: by.to_string() })
            .await
    }

    /// Tries again what failed and what read back differently, and nothing else.
    ///
    /// # Errors
    /// When it did not end with exceptions, the account is read-only, or another migration works on one of its buckets.
    pub async fn retry_failed(&self, id: &MigrationId, by: &str) -> Result<State, EngineError> {
        self.may_change()?;
        let _beginning = self.shared.beginning.lock().await;
        let migration = self.shared.find(id);
        if let Some(migration) = &migration {
            self.may_begin(&migration.plan)?;
        }
        // A setting is changed while no runner works.
        let turn = migration.as_ref().map(|migration| migration.settings.try_lock());
        if let Some(Err(_)) = turn {
            return Err(EngineError::Deciding);
        }
        if let Some(migration) = &migration {
            migration.forget_stops();
        }
        self.command(
            id,
            Entry::RetryRequested {
                by: by.to_string(),
                read_back: true,
            },
        )
        .await
    }

    /// Changes the share of KMS headroom that it may use; it holds within a fraction of a second.
    ///
    /// # Errors
    /// When it is ending or has ended, or the share is more than one.
    pub async fn change_share(&self, id: &MigrationId, by: &str, share: Ratio) -> Result<State, EngineError> {
        if share > Ratio::ONE {
            return Err(EngineError::ShareTooLarge { share });
        }
        self.command(
            id,
            Entry::ShareChanged {
                by: by.to_string(),
                share,
            },
        )
        .await
    }

    /// A copy of a migration's fold, from memory; `None` when it is not known.
    #[must_use]
    pub fn progress(&self, id: &MigrationId) -> Option<Progress> {
        self.inspect(id, Clone::clone)
    }

    /// The same with what is counted and not journaled yet, as [`Engine::watch`] tells it, for a page that shows both.
    #[must_use]
    pub fn as_it_is_now(&self, id: &MigrationId) -> Option<Progress> {
        self.shared.find(id).map(|migration| migration.as_it_is_now())
    }

    /// A migration that was begun on a bucket after this one and has its setting, which is changed by decisions for that one.
    #[must_use]
    pub fn setting_of(&self, id: &MigrationId, bucket: &str, setting: Setting) -> Option<MigrationId> {
        self.shared.newer_on(id, bucket, setting)
    }

    /// Looks at a migration's fold without copying it; be quick, its runner waits.
    pub fn inspect<T>(&self, id: &MigrationId, look: impl FnOnce(&Progress) -> T) -> Option<T> {
        self.shared
            .find(id)
            .map(|migration| look(&migration.ledger.progress()))
    }

    /// A bucket of a plan that another migration works on, with that migration.
    #[must_use]
    pub fn taken_bucket(&self, plan: &Plan) -> Option<(String, MigrationId)> {
        self.shared.taken_bucket(plan)
    }

    /// The last migration that converted objects of a bucket after a point of time, and how many.
    #[must_use]
    pub fn converted_since(&self, bucket: &str, since: UnixMillis) -> Option<(MigrationId, u64)> {
        self.shared.converted_since(bucket, since)
    }

    /// What a migration shows, now and several times a second while it runs; `None` when it is not known.
    #[must_use]
    pub fn watch(&self, id: &MigrationId) -> Option<watch::Receiver<Live>> {
        self.shared.find(id).map(|migration| migration.watch())
    }

    /// Stops taking rows, waits for what is in flight, settings that are being changed among it, journals it, and returns.
    /// Migrations stay as they are and are taken up by the next [`Engine::recover`].
    pub async fn shutdown(&self) {
        self.shared.stopping.cancel();
        let migrations: Vec<_> = self.shared.known().values().cloned().collect();
        let running: Vec<_> = migrations
            .iter()
            .filter_map(|migration| {
                migration
                    .runner
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take()
            })
            .collect();
        let stop: Vec<_> = running
            .iter()
            .map(tokio::task::JoinHandle::abort_handle)
            .collect();
        let decisions = migrations.iter().map(|migration| migration.settings.lock());
        let in_flight = futures::future::join(
            futures::future::join_all(running),
            futures::future::join_all(decisions),
        );
        if tokio::time::timeout(self.shared.options.drain, in_flight)
            .await
            .is_err()
        {
            tracing::warn!(
                "requests were still in flight at the end; they are looked at again at the next start"
            );
            stop.iter().for_each(tokio::task::AbortHandle::abort);
        }
    }

    /// A migration whose buckets may be changed by a command of its own.
    pub(crate) fn changeable(&self, id: &MigrationId) -> Result<(Arc<Shared>, Arc<Migration>), EngineError> {
        self.may_change()?;
        if self.shared.stopping.is_cancelled() {
            return Err(EngineError::ShuttingDown);
        }
        let unknown = || EngineError::Unknown { id: id.clone() };
        let migration = self.shared.find(id).ok_or_else(unknown)?;
        Ok((Arc::clone(&self.shared), migration))
    }

    /// Whether nothing stands against a migration that begins: its buckets are free, and its keys stay.
    fn may_begin(&self, plan: &Plan) -> Result<(), EngineError> {
        if let Some((bucket, other)) = self.shared.taken_bucket(plan) {
            return Err(EngineError::BucketTaken { bucket, other });
        }
        match self.shared.leaving_key(plan) {
            Some(key) => Err(EngineError::KeyLeaving { key }),
            None => Ok(()),
        }
    }

    fn may_change(&self) -> Result<(), EngineError> {
        if self.shared.account.identity.changes_allowed {
            Ok(())
        } else {
            Err(EngineError::ReadOnly)
        }
    }

    /// Journals a command and sees to its runner, to the end even when the caller goes away.
    async fn command(&self, id: &MigrationId, entry: Entry) -> Result<State, EngineError> {
        if self.shared.stopping.is_cancelled() {
            return Err(EngineError::ShuttingDown);
        }
        let migration = self
            .shared
            .find(id)
            .ok_or_else(|| EngineError::Unknown { id: id.clone() })?;
        let shared = Arc::clone(&self.shared);
        let carried_out = tokio::spawn(async move {
            let kind = entry.kind();
            let state = match migration.ledger.append(None, vec![entry]).await {
                Ok(state) => state,
                Err(error) => {
                    // It may be written all the same, and then somebody has to act on it.
                    tokio::spawn(async move {
                        migration.ledger.caught_up().await;
                        migration.publish();
                        shared.ensure_runner(&migration);
                    });
                    return Err(error.into());
                }
            };
            tracing::info!(migration.id = %migration.plan.id, command = kind.name(), state = %state, "command");
            migration.publish();
            shared.ensure_runner(&migration);
            Ok(state)
        });
        carried_out.await.unwrap_or(Err(EngineError::ShuttingDown))
    }
}
