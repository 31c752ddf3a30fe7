//! Quotas and use: not told yet. Service Quotas and CloudWatch come with the account connectors.

use super::clients::Clients;
use crate::error::CloudError;
use crate::traits::Usage;
use async_trait::async_trait;
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use model::quotas::Quota;
use model::workload::BucketWorkload;

#[async_trait]
impl Usage for Clients {
    /// Not told: `GetServiceQuota` comes with the account connectors, and callers fall back to the bundled table.
    async fn kms_quota(&self, _region: &Region) -> Result<Option<Quota>, CloudError> {
        Ok(None)
    }

    /// Not told: the metric `CallCount` of `AWS/Usage` comes with the account connectors.
    async fn kms_baseline(&self, _region: &Region) -> Result<Option<RequestsPerSecond>, CloudError> {
        Ok(None)
    }

    /// Not told: request metrics of S3 come with the account connectors.
    async fn workload(&self, _bucket: &str) -> Result<Option<BucketWorkload>, CloudError> {
        Ok(None)
    }
}
