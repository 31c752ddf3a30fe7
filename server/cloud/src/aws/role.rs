//! Assuming a role: the credentials of another account, which the SDK gets from STS with the default credentials and
//! renews before they end. Every assumed role makes one account of its own.

use super::clients::{READ_ATTEMPT, timeouts};
use super::errors::cloud_error;
use crate::error::CloudError;
use crate::role::RoleArn;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::SharedCredentialsProvider;

/// Name of the sessions, by which the other account's CloudTrail tells them apart.
const SESSION: &str = "rekey";

/// A role with what it is assumed from.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) arn: RoleArn,
    /// The configuration of the credentials that assume it.
    from: SdkConfig,
}

impl Role {
    /// The role, and the configuration that uses it: the same HTTP client, Region and endpoints. Nothing is sent yet.
    pub(super) async fn assumed(arn: RoleArn, from: SdkConfig, region: &str) -> (Self, SdkConfig) {
        // STS is asked in a Region too, and a custom endpoint may come without one.
        let from = from
            .into_builder()
            .region(Region::new(region.to_string()))
            .build();
        let provider = AssumeRoleProvider::builder(arn.as_str())
            .configure(&from)
            .session_name(SESSION)
            .build()
            .await;
        let with = from
            .clone()
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .build();
        (Self { arn, from }, with)
    }

    /// Why it cannot be assumed, in STS's own words: the SDK's provider says only that there are no credentials. `None`
    /// when it can.
    pub(super) async fn refused(&self) -> Option<CloudError> {
        let config = aws_sdk_sts::config::Builder::from(&self.from);
        let client = aws_sdk_sts::Client::from_conf(config.timeout_config(timeouts(READ_ATTEMPT)).build());
        let asked = client
            .assume_role()
            .role_arn(self.arn.as_str())
            .role_session_name(SESSION)
            .send()
            .await;
        asked
            .err()
            .map(|error| cloud_error("AssumeRole", self.arn.as_str(), error))
    }
}
