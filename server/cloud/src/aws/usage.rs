//! Quotas and their use: Service Quotas and CloudWatch. Request counts of buckets are not told unasked; see `requests`.

use super::clients::Clients;
use crate::error::CloudError;
use crate::quota::{QuotaFacts, RequestMetrics, UsageMetric};
use crate::traits::Usage;
use async_trait::async_trait;
use model::daily::DailyStorage;
use model::encryption::KeyArn;
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::measured::MeasuredUse;
use model::quantity::Requests;
use model::time::UnixMillis;
use model::workload::BucketWorkload;

#[async_trait]
impl Usage for Clients {
    async fn kms_quota(&self, region: &Region, now: UnixMillis) -> Result<QuotaFacts, CloudError> {
        self.quota_facts(region, now).await
    }

    async fn kms_use(
        &self,
        region: &Region,
        metric: &UsageMetric,
        until: UnixMillis,
    ) -> Result<Option<MeasuredUse>, CloudError> {
        self.measured_use(region, metric, until).await
    }

    async fn kms_minutes(
        &self,
        region: &Region,
        metric: &UsageMetric,
        from: UnixMillis,
        until: UnixMillis,
    ) -> Result<Vec<(UnixMillis, Requests)>, CloudError> {
        self.used_minutes(region, metric, from, until).await
    }

    async fn key_calls(
        &self,
        key: &KeyArn,
        from: UnixMillis,
        now: UnixMillis,
    ) -> Result<KeyCalls, CloudError> {
        self.calls_of(key, from, now).await
    }

    async fn keys_in_use(&self, region: &Region, now: UnixMillis) -> Result<Vec<KeyCalls>, CloudError> {
        self.calls_by_key(region, now).await
    }

    async fn request_metrics(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<RequestMetrics, CloudError> {
        self.counted_requests(bucket, region, until).await
    }

    async fn daily_storage(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<Option<DailyStorage>, CloudError> {
        self.daily_storage_of(bucket, region, until).await
    }

    /// Never: whoever looks at the requests page asks for them.
    async fn workload(&self, _bucket: &str) -> Result<Option<BucketWorkload>, CloudError> {
        Ok(None)
    }
}
