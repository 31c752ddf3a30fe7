//! One migration's journal with its fold beside it: the only place where entries are appended, one call at a time, so
//! that memory and disk never differ. Runners and commands append here; pages read the fold.

use crate::clock::Clock;
use crate::journal::{Fence, Journal, JournalError, admit};
use model::migration::{Entry, Progress, Recorded, State};
use model::plan::{MigrationId, Plan};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A journal and what it amounts to.
#[derive(Debug)]
pub(crate) struct Ledger {
    id: MigrationId,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    /// Held over an append, so that the fold sees entries in the order of the journal.
    order: tokio::sync::Mutex<()>,
    progress: Mutex<Progress>,
    changed: watch::Sender<State>,
}

impl Ledger {
    /// Reads a journal from its beginning.
    pub(crate) async fn open(
        plan: &Plan,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JournalError> {
        let progress = Progress::new(plan);
        let changed = watch::Sender::new(progress.state);
        let ledger = Self {
            id: plan.id.clone(),
            journal,
            clock,
            order: tokio::sync::Mutex::new(()),
            progress: Mutex::new(progress),
            changed,
        };
        ledger.catch_up().await?;
        Ok(ledger)
    }

    /// The fold.
    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the migration stands.
    pub(crate) fn state(&self) -> State {
        self.progress().state
    }

    /// Tells of each change of the state.
    pub(crate) fn changes(&self) -> watch::Receiver<State> {
        self.changed.subscribe()
    }

    /// Appends entries, durably, and takes them into the fold. A runner gives its epoch, a command none. Goes on to its
    /// end even when the caller is dropped.
    pub(crate) async fn append(
        self: &Arc<Self>,
        runner: Option<u64>,
        entries: Vec<Entry>,
    ) -> Result<State, JournalError> {
        let ledger = Arc::clone(self);
        let appending = tokio::spawn(async move { ledger.append_now(runner, entries).await });
        match appending.await {
            Ok(result) => result,
            Err(error) => Err(JournalError::Unavailable {
                id: self.id.clone(),
                source: Box::new(error),
            }),
        }
    }

    async fn append_now(&self, runner: Option<u64>, entries: Vec<Entry>) -> Result<State, JournalError> {
        let _order = self.order.lock().await;
        let (known, state) = {
            let progress = self.progress();
            (progress.epoch, progress.state)
        };
        let fence = Fence {
            epoch: runner.unwrap_or(known),
        };
        // What the fold refuses already need not be asked of the disk.
        admit(&self.id, fence, &entries, known, state)?;
        match self
            .journal
            .append(&self.id, fence, self.clock.now(), entries.clone())
            .await
        {
            Ok(recorded) => self.take_in(&recorded),
            Err(error @ JournalError::Unavailable { .. }) => {
                // The entries may be there all the same, and would count twice when appended again.
                let found = self.catch_up().await?;
                if found.iter().map(|recorded| &recorded.entry).eq(&entries) {
                    Ok(self.state())
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Takes in what the journal has beyond the fold.
    async fn catch_up(&self) -> Result<Vec<Recorded>, JournalError> {
        let mut found = Vec::new();
        loop {
            let seq = self.progress().seq;
            let page = self.journal.read(&self.id, seq).await?;
            if page.is_empty() {
                return Ok(found);
            }
            self.take_in(&page)?;
            // Only an append's own entries are ever compared with these: the last page is enough.
            found = page;
        }
    }

    fn take_in(&self, recorded: &[Recorded]) -> Result<State, JournalError> {
        let state = {
            let mut progress = self.progress();
            for recorded in recorded {
                let (id, seq) = (self.id.clone(), recorded.seq);
                if seq != progress.seq + 1 {
                    let source = format!("entry {seq} follows entry {}", progress.seq).into();
                    return Err(JournalError::Damaged { id, seq, source });
                }
                progress.apply(recorded).map_err(|source| JournalError::Damaged {
                    id,
                    seq,
                    source: Box::new(source),
                })?;
            }
            progress.state
        };
        self.changed
            .send_if_modified(|shown| std::mem::replace(shown, state) != state);
        Ok(state)
    }
}
