//! What a running migration shows, several times a second: sent by `engine`, drawn by the pages. Counts of objects that
//! are done but not yet journaled are in it; the fold alone says what is certain.

use super::state::State;
use super::tally::Tally;
use crate::quantity::RequestsPerSecond;
use serde::{Deserialize, Serialize};

/// A migration at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Where it stands.
    pub state: State,
    /// Position of the last journal entry.
    pub seq: u64,
    /// Which retry is in force; zero is the first pass.
    pub pass: u32,
    /// Outcomes so far, with those of batches that are still open.
    pub tally: Tally,
    /// Rows of the inventories: what the tally's total is at the end.
    pub rows_total: u64,
    /// Objects that the plan converts.
    pub objects_planned: u64,
    /// Objects read back in the running verification.
    pub objects_read_back: u64,
    /// Objects a second over the last five seconds.
    pub rate_now: RequestsPerSecond,
    /// Objects converted a second since the runner took it up; reading back is none of it.
    pub rate_average: RequestsPerSecond,
    /// KMS calls a second over the last five seconds, as far as they are known.
    pub kms_per_second: RequestsPerSecond,
    /// KMS calls a second that the migration may make in the Region it works in.
    pub kms_budget: RequestsPerSecond,
    /// Seconds until the objects are converted, or read back, at this rate; none while nothing moves.
    pub seconds_left: Option<u64>,
    /// What it does, in words.
    pub phase: String,
    /// What holds it up, in words; none while only the work itself does.
    pub waiting_for: Option<String>,
}
