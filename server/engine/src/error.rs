//! Why a command was not carried out, by meaning. The server turns each into a page or a status.

use crate::journal::JournalError;
use model::encryption::KeyArn;
use model::migration::IllegalTransition;
use model::plan::MigrationId;
use model::quantity::Ratio;

/// Why a command was not carried out. Then nothing of it is in the journal, except where the journal itself failed, and
/// except [`EngineError::Setting`]: who asked for a setting, and why it was refused, stands in the history.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such migration was registered, recovered or confirmed.
    #[error("there is no migration {id}")]
    Unknown {
        /// What was asked for.
        id: MigrationId,
    },
    /// What was typed is not the plan's name.
    #[error("type “{expected}” to confirm this plan; “{typed}” is something else")]
    NotConfirmed {
        /// The plan's name.
        expected: String,
        /// What was typed.
        typed: String,
    },
    /// Two migrations on one bucket would undo each other's settings.
    #[error("{bucket} is being migrated by {other}: wait for its end, or cancel it")]
    BucketTaken {
        /// Bucket.
        bucket: String,
        /// The migration that has it.
        other: MigrationId,
    },
    /// A key that is about to be deleted takes no more objects.
    #[error(
        "the key {key} is being looked at to be deleted, for another migration: wait for its end, or plan with another key"
    )]
    KeyLeaving {
        /// Key.
        key: KeyArn,
    },
    /// Two decisions on one migration would undo each other.
    #[error("a setting of the migration is being changed: wait for its end, then try again")]
    Deciding,
    /// A confirmed plan never changes.
    #[error("migration {id} has another plan than the one that was given")]
    OtherPlan {
        /// Migration.
        id: MigrationId,
    },
    /// The account was opened for reading.
    #[error("this server may not change anything: start it with --allow-changes")]
    ReadOnly,
    /// The command does not fit the state.
    #[error("the migration is not in a state for this")]
    Illegal {
        /// Which entry, and in which state.
        #[source]
        source: IllegalTransition,
    },
    /// More than the whole headroom.
    #[error("the share of headroom can be at most 100 %")]
    ShareTooLarge {
        /// What was asked for.
        share: Ratio,
    },
    /// A setting of a bucket was not changed, or does not hold.
    #[error("{bucket}: {reason}")]
    Setting {
        /// Bucket.
        bucket: String,
        /// What happened.
        reason: String,
        /// What to do.
        remedy: &'static str,
        /// Whether what had been announced was taken back again.
        undone: bool,
    },
    /// The journal did not take or give entries.
    #[error("the journal did not take the command")]
    Journal {
        /// Why.
        #[source]
        source: JournalError,
    },
    /// The server is stopping.
    #[error("the server is stopping")]
    ShuttingDown,
}

impl EngineError {
    /// Whether it may be another answer in a while.
    pub(crate) const fn passes(&self) -> bool {
        matches!(
            self,
            Self::Journal {
                source: JournalError::Unavailable { .. }
            }
        )
    }
}

impl From<JournalError> for EngineError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Illegal { source, .. } => Self::Illegal { source },
            source => Self::Journal { source },
        }
    }
}

/// An error and its causes in one line, for the journal's reasons, which people read without the chain.
pub(crate) fn in_words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
