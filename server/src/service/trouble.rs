//! Errors of the crates beneath, as people read them: the one place where they get a kind and a hint. What is our own
//! fault is logged here once, with its causes, and shown without them.

use app::backend::{AppError, ErrorKind};
use engine::EngineError;
use std::error::Error;

/// An error with every cause beneath it, for the log and for input errors, whose causes say what to mend.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A fault of the server.
pub(crate) fn internal(error: &dyn Error) -> AppError {
    tracing::error!(error = chain(error), "a request failed");
    AppError::new(
        ErrorKind::Internal,
        error.to_string(),
        "The server's log has the causes. Try again.",
    )
}

/// An import that could not be done: the input's fault.
pub(crate) fn from_import(error: &ingest::ImportError) -> AppError {
    AppError::plain(ErrorKind::Input, chain(error))
}

/// A command that a migration refused.
pub(crate) fn from_engine(error: &EngineError) -> AppError {
    match error {
        EngineError::Unknown { .. } => AppError::plain(ErrorKind::NotFound, chain(error)),
        EngineError::Illegal { .. } => AppError::new(
            ErrorKind::Conflict,
            chain(error),
            "Reload the page to see where the migration stands.",
        ),
        EngineError::NotConfirmed { .. } | EngineError::ShareTooLarge { .. } => {
            AppError::plain(ErrorKind::Input, chain(error))
        }
        EngineError::Setting { remedy, .. } => AppError::new(ErrorKind::Conflict, chain(error), *remedy),
        EngineError::ReadOnly => AppError::plain(ErrorKind::Forbidden, chain(error)),
        EngineError::OtherPlan { .. } | EngineError::Journal { .. } | EngineError::ShuttingDown => {
            internal(error)
        }
    }
}
