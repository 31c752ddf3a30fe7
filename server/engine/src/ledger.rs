//! One migration's journal with its fold beside it: the only place where entries are appended, one call at a time, so
//! that memory and disk never differ. Runners and commands append here; pages read the fold.

use crate::clock::Clock;
use crate::journal::{Fence, Journal, JournalError, admit};
use crate::retry::wait;
use model::migration::{Entry, Progress, Recorded, State};
use model::plan::{MigrationId, Plan};
use model::time::UnixMillis;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A journal and what it amounts to.
#[derive(Debug)]
pub(crate) struct Ledger {
    id: MigrationId,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    /// Held over an append, so that the fold sees entries in the order of the journal.
    order: tokio::sync::Mutex<Order>,
    progress: Mutex<Progress>,
    changed: watch::Sender<State>,
}

/// What the last append left.
#[derive(Debug, Default)]
struct Order {
    /// An append of which nobody knows whether it was written, because the journal could not be read either.
    in_doubt: Option<Asked>,
    /// A runner's append that was in doubt and turned out to be written: asked for again, it is there. A command is not asked
    /// for again by itself: the same words at another time are another command.
    written: Option<Asked>,
}

/// Entries that were to be appended, and the epoch of the runner whose they are; none of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    runner: Option<u64>,
    entries: Vec<Entry>,
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
            order: tokio::sync::Mutex::default(),
            progress: Mutex::new(progress),
            changed,
        };
        ledger.catch_up(0).await?;
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

    /// The time that entries get.
    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
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
        let mut order = self.order.lock().await;
        self.settle(&mut order).await?;
        let asked = Asked { runner, entries };
        if order.written.take_if(|written| *written == asked).is_some() {
            return Ok(self.state());
        }
        // Of a runner that is gone nobody asks again.
        order.written.take_if(|written| runner > written.runner);
        let entries = &asked.entries;
        let (known, state) = {
            let progress = self.progress();
            (progress.epoch, progress.state)
        };
        let fence = Fence {
            epoch: runner.unwrap_or(known),
        };
        // What the fold refuses already need not be asked of the disk.
        admit(&self.id, fence, entries, known, state)?;
        match self
            .journal
            .append(&self.id, fence, self.clock.now(), entries.clone())
            .await
        {
            Ok(recorded) => self.take_in(&recorded),
            Err(error @ JournalError::Unavailable { .. }) => {
                // The entries may be there all the same, and would count twice when appended again.
                order.in_doubt = Some(asked);
                if let Ok(true) = self.settle(&mut order).await {
                    order.written = None;
                    return Ok(self.state());
                }
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until the fold is what the journal says again, after an append of which that was not known.
    pub(crate) async fn caught_up(&self) {
        for attempt in 1.. {
            if self.settle(&mut *self.order.lock().await).await.is_ok() {
                return;
            }
            tokio::time::sleep(wait(&self.id.0, attempt)).await;
        }
    }

    /// Looks whether an append that is in doubt was written, and takes it in; says whether it was.
    async fn settle(&self, order: &mut Order) -> Result<bool, JournalError> {
        let Some(in_doubt) = &order.in_doubt else {
            return Ok(false);
        };
        let found = self.catch_up(in_doubt.entries.len()).await?;
        let written = found.iter().map(|recorded| &recorded.entry).eq(&in_doubt.entries);
        let in_doubt = order.in_doubt.take();
        if written {
            order.written = in_doubt.filter(|asked| asked.runner.is_some());
        }
        Ok(written)
    }

    /// Takes in what the journal has beyond the fold; gives the last of it, so many at most.
    async fn catch_up(&self, at_most: usize) -> Result<Vec<Recorded>, JournalError> {
        let mut found = Vec::new();
        loop {
            let seq = self.progress().seq;
            let page = self.journal.read(&self.id, seq).await?;
            if page.is_empty() {
                return Ok(found);
            }
            self.take_in(&page)?;
            found.extend(page);
            found.drain(..found.len().saturating_sub(at_most));
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
