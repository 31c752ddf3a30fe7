//! Who the credentials belong to, by STS; of a role that cannot be assumed, why.

use super::clients::{Clients, READ_ATTEMPT, timeouts};
use super::errors::cloud_error;
use crate::caller::{Caller, CallerIdentity};
use crate::error::{CloudError, Fault};
use async_trait::async_trait;

const OPERATION: &str = "GetCallerIdentity";
const TARGET: &str = "the credentials in use";

#[async_trait]
impl Caller for Clients {
    async fn identity(&self) -> Result<CallerIdentity, CloudError> {
        let config = aws_sdk_sts::config::Builder::from(self.config());
        let client = aws_sdk_sts::Client::from_conf(config.timeout_config(timeouts(READ_ATTEMPT)).build());
        let answer = client.get_caller_identity().send().await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let refused = match self.role() {
                    Some(role) => role.refused().await,
                    None => None,
                };
                return Err(refused.unwrap_or_else(|| cloud_error(OPERATION, TARGET, error)));
            }
        };
        match (answer.account, answer.arn) {
            (Some(account_id), Some(arn)) => Ok(CallerIdentity { account_id, arn }),
            _ => {
                let text = "the answer names no account";
                Err(CloudError::new(Fault::NotSupported, OPERATION, TARGET, text))
            }
        }
    }
}
