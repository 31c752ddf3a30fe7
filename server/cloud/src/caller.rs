//! Who the credentials belong to. Shown on the settings page and in the frame.

use crate::error::CloudError;
use async_trait::async_trait;
use std::fmt::Debug;

/// Telling who calls.
#[async_trait]
pub trait Caller: Debug + Send + Sync {
    /// Account and principal of the credentials in use (`GetCallerIdentity`, which needs no permission).
    async fn identity(&self) -> Result<CallerIdentity, CloudError>;
}

/// Whose credentials they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// Account number.
    pub account_id: String,
    /// ARN of the user or of the session of a role.
    pub arn: String,
}
