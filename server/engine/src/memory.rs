//! A journal in memory, for tests and for whoever needs none on disk: durable as long as the value lives.

use crate::journal::{Fence, Journal, JournalError, admit};
use async_trait::async_trait;
use model::migration::{Entry, Recorded, State};
use model::plan::MigrationId;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug)]
struct Kept {
    entries: Vec<Recorded>,
    epoch: u64,
    state: State,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            epoch: 0,
            state: State::Planned,
        }
    }
}

/// Journals in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    journals: Mutex<BTreeMap<MigrationId, Kept>>,
}

impl MemoryJournal {
    /// The entries of one migration.
    #[must_use]
    pub fn entries(&self, id: &MigrationId) -> Vec<Recorded> {
        let journals = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        journals
            .get(id)
            .map(|kept| kept.entries.clone())
            .unwrap_or_default()
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError> {
        let mut journals = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = journals.entry(id.clone()).or_default();
        let (epoch, state) = admit(id, fence, &entries, kept.epoch, kept.state)?;
        let first = kept.entries.len() as u64 + 1;
        let recorded: Vec<Recorded> = (first..)
            .zip(entries)
            .map(|(seq, entry)| Recorded { seq, at, entry })
            .collect();
        kept.entries.extend(recorded.iter().cloned());
        (kept.epoch, kept.state) = (epoch, state);
        Ok(recorded)
    }

    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError> {
        let journals = self.journals.lock().unwrap_or_else(PoisonError::into_inner);
        let after = usize::try_from(after_seq).unwrap_or(usize::MAX);
        Ok(journals
            .get(id)
            .and_then(|kept| kept.entries.get(after..))
            .map(<[_]>::to_vec)
            .unwrap_or_default())
    }
}
