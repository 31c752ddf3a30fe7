//! What the engine asks of whoever keeps journals: append durably, read back, refuse a runner that was replaced.
//! `store` implements it on disk, [`crate::MemoryJournal`] for tests. What an entry means is the model's part.

use async_trait::async_trait;
use model::migration::{Entry, IllegalTransition, Recorded};
use model::plan::MigrationId;
use model::time::UnixMillis;
use std::fmt::Debug;

/// Says who appends: the number of the last runner that the caller knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Zero before the first runner.
    pub epoch: u64,
}

/// Why a journal did not take entries, or did not give them.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another runner took the migration over; whoever gets this stops without touching anything more.
    #[error("runner {held} of migration {id} was replaced by runner {stored}")]
    Fenced {
        /// Migration.
        id: MigrationId,
        /// What the caller holds.
        held: u64,
        /// What the journal knows.
        stored: u64,
    },
    /// An entry may not follow; nothing was written.
    #[error("the journal of migration {id} refuses an entry")]
    Illegal {
        /// Migration.
        id: MigrationId,
        /// Which and why.
        #[source]
        source: IllegalTransition,
    },
    /// What is stored cannot be read as a journal.
    #[error("the journal of migration {id} is damaged at entry {seq}")]
    Damaged {
        /// Migration.
        id: MigrationId,
        /// Entry.
        seq: u64,
        /// How.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It cannot be written or read now. Whether the entries of a failed append are there is unknown: read to find out.
    #[error("the journal of migration {id} cannot be reached")]
    Unavailable {
        /// Migration.
        id: MigrationId,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Keeps the journals of all migrations.
///
/// # Durability
/// When [`append`](Self::append) returns `Ok`, all its entries survive the end of the process and of the machine, in
/// order and without gaps; until then the caller treats none as written. The entries of one call are there together or
/// not at all.
///
/// # Fencing
/// An append holds the epoch of the last `RunnerStarted` that the caller knows. It is refused when the journal knows a
/// newer one. An append that begins with `RunnerStarted` holds the epoch which that entry announces, and is refused
/// unless that is newer than every other.
///
/// # Legality
/// Each entry must be allowed by [`model::migration::next`] after the ones before it.
///
/// Not required: that reads see an append under way, or that two migrations are ordered between each other.
#[async_trait]
pub trait Journal: Debug + Send + Sync {
    /// Writes entries at the end and gives them their positions. `at` is shown to people and decides nothing.
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError>;

    /// Entries after a position, in order: at most some thousands at once, none when there are no more.
    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError>;
}

/// Decides whether entries may be appended by a caller with this fence, for implementations of [`Journal`]: the epoch
/// that holds afterwards, or why not.
///
/// # Errors
/// [`JournalError::Fenced`] and [`JournalError::Illegal`].
pub fn admit(
    id: &MigrationId,
    fence: Fence,
    entries: &[Entry],
    stored_epoch: u64,
    state: model::migration::State,
) -> Result<(u64, model::migration::State), JournalError> {
    let mut epoch = stored_epoch;
    let fenced = || JournalError::Fenced {
        id: id.clone(),
        held: fence.epoch,
        stored: stored_epoch,
    };
    if let Some(Entry::RunnerStarted { epoch: taken, .. }) = entries.first() {
        if *taken != fence.epoch || *taken <= stored_epoch {
            return Err(fenced());
        }
        epoch = *taken;
    } else if fence.epoch != stored_epoch {
        return Err(fenced());
    }
    let mut state = state;
    for entry in entries {
        state = model::migration::next(state, entry.kind()).map_err(|source| JournalError::Illegal {
            id: id.clone(),
            source,
        })?;
    }
    Ok((epoch, state))
}
