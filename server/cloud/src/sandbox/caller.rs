//! Who calls in the simulated account, and what its Macie tells.

use super::Sandbox;
use super::estate::ACCOUNT_ID;
use crate::caller::{Caller, CallerIdentity};
use crate::error::{CloudError, Fault};
use crate::macie::{Macie, MacieBucket, MacieStatistics};
use async_trait::async_trait;
use model::inventory::Region;
use model::time::UnixMillis;

#[async_trait]
impl Caller for Sandbox {
    async fn identity(&self) -> Result<CallerIdentity, CloudError> {
        self.pause().await;
        Ok(CallerIdentity {
            account_id: ACCOUNT_ID.to_string(),
            arn: format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/rekey/sandbox"),
        })
    }
}

#[async_trait]
impl Macie for Sandbox {
    async fn describe_buckets(
        &self,
        region: &Region,
        names: &[String],
    ) -> Result<Vec<MacieBucket>, CloudError> {
        self.pause().await;
        let buckets = self.macie_json()["buckets"].take();
        let buckets: Vec<MacieBucket> = serde_json::from_value(buckets).map_err(|error| {
            let target = format!("Macie in {region}");
            CloudError::new(Fault::Transient, "DescribeBuckets", target, error.to_string())
        })?;
        let here = |bucket: &MacieBucket| bucket.region.as_deref() == Some(region.0.as_str());
        let named = |bucket: &MacieBucket| names.is_empty() || names.contains(&bucket.bucket_name);
        Ok(buckets
            .into_iter()
            .filter(|bucket| here(bucket) && named(bucket))
            .collect())
    }

    async fn statistics(&self, region: &Region) -> Result<MacieStatistics, CloudError> {
        let buckets = self.describe_buckets(region, &[]).await?;
        let sum = |count: fn(&MacieBucket) -> Option<u64>| Some(buckets.iter().filter_map(count).sum());
        let dates = buckets.iter().filter_map(|bucket| bucket.last_updated.as_deref());
        Ok(MacieStatistics {
            buckets: Some(buckets.len() as u64),
            objects: sum(|bucket| bucket.object_count),
            bytes: sum(|bucket| bucket.size_in_bytes),
            as_of: dates.filter_map(UnixMillis::parse_iso).max(),
        })
    }
}
