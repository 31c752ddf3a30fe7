//! Macie's description of buckets, page by page, and its totals.

use super::clients::{Clients, READ_ATTEMPT, retries, timeouts};
use super::errors::cloud_error;
use crate::error::CloudError;
use crate::macie::{Macie, MacieBucket, MacieCounts, MacieStatistics};
use async_trait::async_trait;
use aws_config::Region as SdkRegion;
use aws_sdk_macie2::types::{
    BucketCriteriaAdditionalProperties, BucketMetadata, ObjectCountByEncryptionType,
};
use model::inventory::Region;
use model::time::UnixMillis;
use std::collections::HashMap;

/// Property of a bucket that a criterion may name: as the answer names it.
const NAME: &str = "bucketName";

#[async_trait]
impl Macie for Clients {
    async fn describe_buckets(
        &self,
        region: &Region,
        names: &[String],
    ) -> Result<Vec<MacieBucket>, CloudError> {
        let client = self.macie_in(region);
        let criteria = (!names.is_empty()).then(|| {
            let by_name = BucketCriteriaAdditionalProperties::builder().set_eq(Some(names.to_vec()));
            HashMap::from([(NAME.to_string(), by_name.build())])
        });
        let mut buckets = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = client
                .describe_buckets()
                .set_criteria(criteria.clone())
                .set_next_token(token)
                .send()
                .await;
            let page = page.map_err(|error| cloud_error("DescribeBuckets", target(region), error))?;
            buckets.extend(page.buckets().iter().map(described));
            token = page
                .next_token()
                .filter(|token| !token.is_empty())
                .map(ToString::to_string);
            if token.is_none() {
                return Ok(buckets);
            }
        }
    }

    async fn statistics(&self, region: &Region) -> Result<MacieStatistics, CloudError> {
        let told = self.macie_in(region).get_bucket_statistics().send().await;
        let told = told.map_err(|error| cloud_error("GetBucketStatistics", target(region), error))?;
        let updated = told.last_updated().and_then(|date| date.to_millis().ok());
        Ok(MacieStatistics {
            buckets: count(told.bucket_count()),
            objects: count(told.object_count()),
            bytes: count(told.size_in_bytes()),
            as_of: updated.map(UnixMillis),
        })
    }
}

impl Clients {
    fn macie_in(&self, region: &Region) -> aws_sdk_macie2::Client {
        let config = aws_sdk_macie2::config::Builder::from(self.config())
            .region(SdkRegion::new(region.0.clone()))
            .retry_config(retries())
            .timeout_config(timeouts(READ_ATTEMPT));
        aws_sdk_macie2::Client::from_conf(config.build())
    }
}

fn target(region: &Region) -> String {
    format!("Macie in {region}")
}

/// A count, where Macie gives one that can be.
fn count(told: Option<i64>) -> Option<u64> {
    told.and_then(|count| u64::try_from(count).ok())
}

fn described(bucket: &BucketMetadata) -> MacieBucket {
    let updated = bucket.last_updated().and_then(|date| date.to_millis().ok());
    MacieBucket {
        account_id: bucket.account_id().map(ToString::to_string),
        bucket_name: bucket.bucket_name().unwrap_or_default().to_string(),
        region: bucket.region().map(ToString::to_string),
        last_updated: updated.map(|millis| UnixMillis(millis).to_iso()),
        object_count: count(bucket.object_count()),
        size_in_bytes: count(bucket.size_in_bytes()),
        object_count_by_encryption_type: bucket.object_count_by_encryption_type().map(counts),
        error_code: bucket.error_code().map(|code| code.as_str().to_string()),
        error_message: bucket.error_message().map(ToString::to_string),
    }
}

fn counts(told: &ObjectCountByEncryptionType) -> MacieCounts {
    let of = |told| count(told).unwrap_or(0);
    MacieCounts {
        customer_managed: of(told.customer_managed()),
        kms_managed: of(told.kms_managed()),
        s3_managed: of(told.s3_managed()),
        unencrypted: of(told.unencrypted()),
        unknown: of(told.unknown()),
    }
}
