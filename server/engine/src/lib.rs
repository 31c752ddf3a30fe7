//! Runs migrations: what is about to happen is journaled first, then it happens, then its outcome is journaled.
//!
//! The server gives an [`Engine`] a [`Journal`], the [`Rows`] of inventories and an account, and passes people's commands
//! on. A migration's state is the fold of its journal ([`model::migration`]); an engine that starts again goes on where
//! the journal ends. There is no database, no AWS type and no page here.

mod ahead;
mod cleanup;
mod clock;
mod counts;
mod engine;
mod error;
mod headroom;
mod journal;
mod ledger;
mod limits;
mod memory;
mod meter;
mod migration;
mod options;
mod pace;
mod region;
mod retry;
mod rows;
mod runner;
mod settings;
mod shared;
mod throttle;

pub use cleanup::DELETION_DAYS;
pub use clock::{Clock, SystemClock};
pub use engine::{Engine, Recovered};
pub use error::EngineError;
pub use journal::{Fence, Journal, JournalError, admit};
pub use memory::MemoryJournal;
pub use options::{AccountProver, EngineOptions, MethodProver, ProbeRefused};
pub use rows::{RowReader, Rows, RowsError};
pub use settings::Decision;
