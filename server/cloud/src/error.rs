//! Errors of an account by what they mean, whatever service or server said them. `engine` decides by [`Fault`] whether to
//! retry, look again, or report; the text goes to people.

use std::fmt;

/// Who throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttler {
    /// KMS, through S3: `SlowDown` whose message names AWS KMS, or a code beginning `KMS.Throttl`.
    Kms,
    /// S3 itself, per prefix.
    S3,
}

/// What an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The object, version, bucket or key does not exist.
    NotFound,
    /// A condition on the entity tag failed, or another write was under way: look at the object again.
    Changed,
    /// The caller may not.
    AccessDenied,
    /// Refused for now by a rate limit.
    Throttled(Throttler),
    /// The key is disabled, pending deletion, of the wrong kind, or unknown.
    KeyUnusable,
    /// Object Lock holds the object.
    Locked,
    /// The object is archived.
    NeedsRestore,
    /// The request asks for something that this object or server does not allow.
    Refused,
    /// The server does not have the operation, or does something else under its name.
    NotSupported,
    /// A passing fault: a 5xx, a reset, an error inside a 200.
    Transient,
    /// No answer: the effect may or may not have happened.
    Unanswered,
    /// The account was opened for reading only.
    ReadOnly,
}

/// An error of an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CloudError {
    /// What it means.
    pub fault: Fault,
    /// Operation, as AWS names it.
    pub operation: &'static str,
    /// Bucket, object or key it was about.
    pub target: String,
    /// What the server said: code and message.
    pub message: String,
    /// Request id, for AWS Support.
    pub request_id: Option<String>,
}

impl CloudError {
    /// An error without a request id.
    pub fn new(
        fault: Fault,
        operation: &'static str,
        target: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            fault,
            operation,
            target: target.into(),
            message: message.into(),
            request_id: None,
        }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} on {}: {}",
            self.operation,
            self.target,
            // A sentence goes on behind it.
            self.message.trim_end_matches('.')
        )?;
        if let Some(id) = &self.request_id {
            write!(formatter, " (request {id})")?;
        }
        Ok(())
    }
}
