//! The report of a migration as a document that anybody can check: what was planned, every entry of the journal with
//! a hash that binds it to the one before, and what all of it amounts to. Written by the service, page by page of the
//! journal; read by `rekey verify-report`. Sums and words are `model::migration`'s.
//!
//! An entry travels in the form that serde gives it, so that a new kind of entry needs nothing here.

mod canonical;
mod chain;
mod check;
pub(crate) mod document;

pub(crate) use chain::{Chain, ChainEnd, Link};
pub(crate) use check::check;

use model::migration::{Recorded, Summary, SummaryFold};
use model::plan::Plan;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names the form of the document. Whatever changes the form or the words of a [`Statement`] gives it another number.
pub(crate) const FORMAT: &str = "rekey-report/2";

/// How the hashes are computed, for whoever checks them without Rekey.
pub(crate) const RULE: &str = "SHA-256, in lower-case hex. Canonical JSON: UTF-8, keys sorted by their bytes, no white space, only what JSON requires escaped. `chain.opening` is the hash of the canonical `opening`. The hash of an entry is that of the 32 bytes of the hash before it (for the first entry: `chain.opening`), followed by the canonical entry without its `hash`. `chain.seal` is the hash of the 32 bytes of `chain.last`, followed by the canonical `statement`.";

/// What the chain begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The plan as it was stored.
    pub(crate) plan: Plan,
    /// When it was stored.
    pub(crate) planned_at: UnixMillis,
    /// By whom.
    pub(crate) planned_by: String,
}

/// What a person asked for: an entry that says by whom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Command {
    /// Position in the journal.
    pub(crate) seq: u64,
    /// When.
    pub(crate) at: UnixMillis,
    /// Who.
    pub(crate) by: String,
    /// Kind of the entry.
    pub(crate) command: String,
    /// What else the entry holds.
    pub(crate) with: Map<String, Value>,
}

impl Command {
    /// The command in an entry, if it is one.
    fn of(recorded: &Recorded, entry: &Value) -> Option<Self> {
        let mut with = entry.as_object()?.clone();
        let by = with.remove("by")?;
        let command = with.remove("entry")?;
        Some(Self {
            seq: recorded.seq,
            at: recorded.at,
            by: by.as_str()?.to_string(),
            command: command.as_str()?.to_string(),
            with,
        })
    }
}

/// What the entries amount to, and what was known beside them when the report was made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Statement {
    /// When the report was made.
    pub(crate) made_at: UnixMillis,
    /// By which version.
    pub(crate) made_by: String,
    /// Counts, settings, exceptions and the verdict: follows from the entries.
    pub(crate) summary: Summary,
    /// Every command: follows from the entries.
    pub(crate) commands: Vec<Command>,
    /// The buckets in sources that were taken after the end; not from the entries.
    pub(crate) later: Vec<model::migration::LaterCounts>,
}

/// Why an entry cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookError {
    /// The journal is damaged.
    #[error("entry {seq} may not follow the ones before it")]
    Illegal {
        /// Position.
        seq: u64,
        /// How.
        #[source]
        source: model::migration::IllegalTransition,
    },
    /// A defect.
    #[error("it cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The journal, taken in entry by entry.
#[derive(Debug)]
pub(crate) struct Book {
    chain: Chain,
    fold: SummaryFold,
    commands: Vec<Command>,
}

impl Book {
    /// Before the first entry.
    pub(crate) fn open(opening: &Opening) -> Result<Self, BookError> {
        Ok(Self {
            chain: Chain::open(&serde_json::to_value(opening)?),
            fold: SummaryFold::new(&opening.plan),
            commands: Vec::new(),
        })
    }

    /// Takes the next entry in and gives it with its hash.
    pub(crate) fn take(&mut self, recorded: &Recorded) -> Result<Link, BookError> {
        let entry = serde_json::to_value(&recorded.entry)?;
        self.note(recorded, &entry)?;
        Ok(self.chain.add(recorded.seq, recorded.at, entry))
    }

    /// Takes an entry into the sums alone.
    fn note(&mut self, recorded: &Recorded, entry: &Value) -> Result<(), BookError> {
        let seq = recorded.seq;
        let fits = self.fold.apply(recorded);
        fits.map_err(|source| BookError::Illegal { seq, source })?;
        self.commands.extend(Command::of(recorded, entry));
        Ok(())
    }

    /// What the entries amount to so far.
    pub(crate) fn summary(&self) -> (Summary, Vec<Command>) {
        (self.fold.summary(), self.commands.clone())
    }

    /// The chain's end under a statement.
    pub(crate) fn close(&self, statement: &Statement) -> Result<ChainEnd, BookError> {
        Ok(self.chain.end(&serde_json::to_value(statement)?))
    }
}
