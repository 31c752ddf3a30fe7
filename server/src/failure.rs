//! An error of a command: what was wrong, what lies beneath it, and the exit code. Exit code 2 means that the input or a
//! setting is wrong and the message says what to give instead; 1 means anything else.

use crate::service::intake::IntakeError;
use std::error::Error;
use std::fmt;

/// Why a command ended.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    input: bool,
}

impl Failure {
    /// The input or a setting is wrong.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
            input: true,
        }
    }

    /// The input is wrong, as this error says.
    pub(crate) fn bad_input(source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            message: String::new(),
            source: Some(Box::new(source)),
            input: true,
        }
    }

    /// Something else failed, of which the message says all.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self {
            input: false,
            ..Self::input(message)
        }
    }

    /// Something else failed.
    pub(crate) fn other(message: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            message: message.into(),
            source: Some(Box::new(source)),
            input: false,
        }
    }

    /// Exit code of the process.
    pub(crate) const fn exit_code(&self) -> u8 {
        if self.input { 2 } else { 1 }
    }

    /// The message with every cause beneath it.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut cause: Option<&dyn Error> = self.source.as_ref().map(|source| source.as_ref() as &dyn Error);
        while let Some(error) = cause {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}

impl From<store::StoreError> for Failure {
    fn from(source: store::StoreError) -> Self {
        Self {
            message: String::new(),
            source: Some(Box::new(source)),
            input: false,
        }
    }
}

impl From<IntakeError> for Failure {
    fn from(source: IntakeError) -> Self {
        Self::bad_input(source)
    }
}

impl From<ingest::ImportError> for Failure {
    fn from(source: ingest::ImportError) -> Self {
        Self::bad_input(source)
    }
}
