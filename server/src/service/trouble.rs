//! Errors of the crates beneath, as people read them: the one place where they get a kind and a hint. What is our own
//! fault is logged here once, with its causes, and shown without them.

use super::intake::IntakeError;
use crate::mirror::MirrorError;
use app::backend::{AppError, ErrorKind};
use cloud::{CloudError, Fault};
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

/// An import that could not be done.
pub(crate) fn from_intake(error: &IntakeError) -> AppError {
    match error {
        IntakeError::Account { error } | IntakeError::Mirror(MirrorError::Account { error }) => {
            from_cloud(error)
        }
        IntakeError::BrokenOff { .. }
        | IntakeError::Mirror(MirrorError::BrokenOff { .. } | MirrorError::Disk { .. }) => internal(error),
        IntakeError::Mirror(MirrorError::Busy { .. }) => AppError::plain(ErrorKind::Conflict, chain(error)),
        IntakeError::Location { .. }
        | IntakeError::NoRegion { .. }
        | IntakeError::OtherRegion { .. }
        | IntakeError::NoFigures { .. }
        | IntakeError::Files(_)
        | IntakeError::Mirror(_) => AppError::plain(ErrorKind::Input, chain(error)),
    }
}

/// What the account refuses, or why it is not reached.
pub(crate) fn from_cloud(error: &CloudError) -> AppError {
    let kind = match error.fault {
        Fault::AccessDenied | Fault::ReadOnly => ErrorKind::Forbidden,
        _ => ErrorKind::Input,
    };
    AppError::new(kind, format!("{error}."), error.remedy())
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
        EngineError::BucketTaken { .. } | EngineError::KeyLeaving { .. } | EngineError::Deciding => {
            AppError::plain(ErrorKind::Conflict, chain(error))
        }
        EngineError::ReadOnly => AppError::plain(ErrorKind::Forbidden, chain(error)),
        EngineError::OtherPlan { .. } | EngineError::Journal { .. } | EngineError::ShuttingDown => {
            internal(error)
        }
    }
}
