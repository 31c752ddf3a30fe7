//! A migration as the fold of its journal: the entries, the states, and the table of transitions. `engine` appends
//! entries and never sets a state; `store` keeps them; the same table decides which buttons a page shows.

mod coverage;
mod entry;
mod failures;
mod later;
mod live;
mod otherwise;
mod pairs;
mod progress;
mod report;
mod state;
mod tally;

pub use coverage::Coverage;
pub use entry::{
    BatchId, Entry, EntryKind, FailedObject, FailureCause, PlannedLine, Recorded, RowSpan, Setting,
    ShardPass, VerifiedBucket,
};
pub use failures::{Failures, Retrying};
pub use later::{LaterCounts, later_counts};
pub use live::Live;
pub use otherwise::{LaterException, Listed, Otherwise};
pub use progress::{BucketProgress, Progress};
pub use report::{
    BucketSummary, Confirmation, Exception, FoundIn, ReadBack, SettingChange, Summary, SummaryFold, sentence,
    sentence_as_counted,
};
/// By whom a pause is asked for where the rest waits for a word after the canaries.
pub const CANARY: &str = "the canary";

pub use state::{IllegalTransition, State, next};
pub use tally::{Amount, Tally};
