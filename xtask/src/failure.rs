//! Why a task stopped, and what the person can do about it.
//!
//! Used by every module of xtask; there is one error type because every error is read by a person.

use std::fmt;

/// What a task gives back.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// A task that could not go on.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    remedy: String,
}

impl Failure {
    /// `what` says what is missing or went wrong; `remedy` is the one thing to do, best a command.
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Puts the name of the step that failed before the message.
    pub(crate) fn in_step(self, step: &str) -> Self {
        Self {
            what: format!("step `{step}`: {}", self.what),
            remedy: self.remedy,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.\n  remedy: {}", self.what, self.remedy)
    }
}
