//! The states of a migration and the one table of transitions between them.

use super::entry::EntryKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a migration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Stored, waiting for a person's confirmation.
    Planned,
    /// Confirmed, waiting for a runner.
    Confirmed,
    /// Converting objects.
    Running,
    /// Finishing the batches in flight before it pauses.
    Pausing,
    /// Waiting for a person to resume it.
    Paused,
    /// Stopped by itself because something needs a person.
    Stopped,
    /// Reading objects back.
    Verifying,
    /// Finishing the batches in flight before it ends.
    Cancelling,
    /// Ended by a person; what was converted stays converted.
    Cancelled,
    /// Every planned object is under its key.
    Succeeded,
    /// Ended, with objects that failed or did not verify.
    SucceededWithExceptions,
}

impl State {
    /// Every state, in the order of the drawing.
    pub const ALL: [Self; 11] = [
        Self::Planned,
        Self::Confirmed,
        Self::Running,
        Self::Pausing,
        Self::Paused,
        Self::Stopped,
        Self::Verifying,
        Self::Cancelling,
        Self::Cancelled,
        Self::Succeeded,
        Self::SucceededWithExceptions,
    ];

    /// As the pages name it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Planned => "Waiting for confirmation",
            Self::Confirmed => "Waiting to start",
            Self::Running => "Running",
            Self::Pausing => "Pausing",
            Self::Paused => "Paused",
            Self::Stopped => "Stopped, needs a decision",
            Self::Verifying => "Verifying",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
            Self::Succeeded => "Done",
            Self::SucceededWithExceptions => "Done, with exceptions",
        }
    }

    /// Whether a runner works on it, and takes it up again after a restart.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Confirmed | Self::Running | Self::Pausing | Self::Verifying | Self::Cancelling
        )
    }

    /// Whether nothing more happens without a new decision.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(
            self,
            Self::Cancelled | Self::Succeeded | Self::SucceededWithExceptions
        )
    }

    /// Whether an entry of this kind may come next: what a page asks before it shows a button.
    #[must_use]
    pub fn allows(self, kind: EntryKind) -> bool {
        next(self, kind).is_ok()
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.title())
    }
}

/// An entry that may not follow in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalTransition {
    /// State before.
    pub state: State,
    /// Kind of the entry.
    pub kind: EntryKind,
}

impl fmt::Display for IllegalTransition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} cannot follow while the migration is “{}”",
            self.kind.title(),
            self.state
        )
    }
}

impl std::error::Error for IllegalTransition {}

/// The state after an entry.
///
/// # Errors
/// When the entry may not follow in this state.
pub const fn next(state: State, kind: EntryKind) -> Result<State, IllegalTransition> {
    use EntryKind as E;
    use State as S;
    Ok(match (state, kind) {
        (S::Planned, E::Confirmed) => S::Confirmed,
        (S::Planned, E::CancelRequested) => S::Cancelled,

        (S::Confirmed, E::RunnerStarted) => S::Running,
        (S::Running | S::Pausing | S::Verifying | S::Cancelling, E::RunnerStarted) => state,

        (
            S::Running,
            E::DefaultEncryptionIntended
            | E::DefaultEncryptionSet
            | E::MethodProved
            | E::CanaryPassed
            | E::ManifestIntended
            | E::JobIntended
            | E::JobCreated
            | E::JobEnded
            | E::BatchIntended
            | E::BatchDone,
        ) => S::Running,
        // What was begun is finished, and what was prepared may be noted, while it winds down.
        (
            S::Pausing | S::Cancelling,
            E::DefaultEncryptionSet
            | E::MethodProved
            | E::CanaryPassed
            | E::JobCreated
            | E::JobEnded
            | E::BatchDone
            | E::BucketVerified,
        ) => state,

        (S::Confirmed | S::Running | S::Verifying, E::PauseRequested) => S::Pausing,
        (S::Pausing, E::Paused) => S::Paused,
        (S::Pausing | S::Paused | S::Stopped, E::Resumed) => S::Running,

        (
            S::Confirmed | S::Running | S::Pausing | S::Paused | S::Stopped | S::Verifying,
            E::CancelRequested,
        ) => S::Cancelling,
        (S::Cancelling, E::Cancelled) => S::Cancelled,

        (S::Running | S::Pausing | S::Verifying | S::Cancelling, E::Stopped) => S::Stopped,

        (S::Running, E::VerificationStarted) => S::Verifying,
        (S::Verifying, E::ExceptionsFound | E::BucketVerified) => S::Verifying,
        (S::Verifying, E::Succeeded) => S::Succeeded,
        (S::Verifying, E::SucceededWithExceptions) => S::SucceededWithExceptions,

        (S::SucceededWithExceptions, E::RetryRequested) => S::Running,
        // Settings are changed after the run, while no runner works: they have no state of their own.
        (
            S::Cancelled | S::Succeeded | S::SucceededWithExceptions,
            E::SettingRequested | E::SettingIntended | E::SettingChanged | E::SettingRefused,
        ) => state,
        (
            S::Planned | S::Confirmed | S::Running | S::Pausing | S::Paused | S::Stopped | S::Verifying,
            E::ShareChanged,
        ) => state,
        (state, kind) => return Err(IllegalTransition { state, kind }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_migrations_take_nothing_but_a_retry_and_settings() {
        use EntryKind as E;
        for state in State::ALL {
            for &kind in EntryKind::ALL {
                let setting = matches!(
                    kind,
                    E::SettingRequested | E::SettingIntended | E::SettingChanged | E::SettingRefused
                );
                if !state.is_ended() {
                    assert!(!setting || !state.allows(kind), "{state:?} {kind:?}");
                    continue;
                }
                let retry = state == State::SucceededWithExceptions && kind == E::RetryRequested;
                assert_eq!(state.allows(kind), retry || setting, "{state:?} {kind:?}");
                assert!(!setting || next(state, kind) == Ok(state), "{state:?} {kind:?}");
            }
        }
    }

    #[test]
    fn every_state_can_be_reached_and_only_ended_ones_are_final() {
        let mut reached = vec![State::Planned];
        let mut at = 0;
        while at < reached.len() {
            let state = reached[at];
            at += 1;
            for &kind in EntryKind::ALL {
                if let Ok(state) = next(state, kind)
                    && !reached.contains(&state)
                {
                    reached.push(state);
                }
            }
            let moves = EntryKind::ALL
                .iter()
                .copied()
                .any(|kind| next(state, kind).is_ok_and(|after| after != state));
            assert_eq!(
                moves,
                !matches!(state, State::Cancelled | State::Succeeded),
                "{state:?}"
            );
        }
        assert_eq!(reached.len(), State::ALL.len());
    }

    #[test]
    fn nothing_is_converted_before_a_confirmation_or_while_paused() {
        for state in [
            State::Planned,
            State::Confirmed,
            State::Paused,
            State::Stopped,
            State::Verifying,
        ] {
            assert!(!state.allows(EntryKind::BatchIntended), "{state:?}");
            assert!(!state.allows(EntryKind::JobIntended), "{state:?}");
            assert!(!state.allows(EntryKind::DefaultEncryptionIntended), "{state:?}");
        }
        assert!(!State::Pausing.allows(EntryKind::BatchIntended));
        assert!(!State::Pausing.allows(EntryKind::JobIntended));
        assert!(State::Pausing.allows(EntryKind::JobEnded));
        assert!(State::Pausing.allows(EntryKind::BatchDone));
    }
}
