//! Who calls in the simulated account, and what its Macie tells.

use super::Sandbox;
use super::estate::ACCOUNT_ID;
use crate::caller::{Caller, CallerIdentity};
use crate::error::{CloudError, Fault};
use crate::macie::{Macie, MacieBucket};
use async_trait::async_trait;
use model::inventory::Region;

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
    async fn describe_buckets(&self, region: &Region) -> Result<Vec<MacieBucket>, CloudError> {
        self.pause().await;
        let buckets = self.macie_json()["buckets"].take();
        let buckets: Vec<MacieBucket> = serde_json::from_value(buckets).map_err(|error| {
            let target = format!("Macie in {region}");
            CloudError::new(Fault::Transient, "DescribeBuckets", target, error.to_string())
        })?;
        let here = |bucket: &MacieBucket| bucket.region.as_deref() == Some(region.0.as_str());
        Ok(buckets.into_iter().filter(here).collect())
    }
}
