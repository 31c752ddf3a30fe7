//! Snapshots, workload, settings, plans and migration journals in one SQLite file.
//!
//! The server opens one [`Store`] per data directory, which is locked against a second one; the engine journals through
//! it ([`engine::Journal`]). Commands that only read open it beside a server. No type of SQLite crosses out, and nothing is computed here.

mod counted;
mod error;
mod increases;
mod journal;
mod json;
mod plans;
mod prices;
mod scenarios;
mod schema;
mod snapshots;
mod store;
mod usage;
mod workload;

pub use error::{Cause, StoreError};
pub use plans::StoredPlan;
pub use prices::AdoptedPrices;
pub use snapshots::SnapshotSummary;
pub use store::Store;
pub use usage::KeptUsage;
