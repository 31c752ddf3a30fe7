//! What Amazon Macie tells about buckets, in the form that `ingest` reads: the keys of `DescribeBuckets` (API 2020-01-01); and its totals.
//! Counts that are absent are unknown, not zero.

use crate::error::CloudError;
use async_trait::async_trait;
use model::inventory::Region;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Asking Macie.
#[async_trait]
pub trait Macie: Debug + Send + Sync {
    /// The buckets of these names that Macie monitors in a Region, or every one without names; all pages
    /// (`DescribeBuckets` with a criterion of `bucketName`).
    async fn describe_buckets(
        &self,
        region: &Region,
        names: &[String],
    ) -> Result<Vec<MacieBucket>, CloudError>;

    /// Macie's own totals of a Region (`GetBucketStatistics`).
    async fn statistics(&self, region: &Region) -> Result<MacieStatistics, CloudError>;
}

/// Totals of the buckets that Macie monitors in a Region; each is `None` where Macie does not give it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MacieStatistics {
    /// Buckets.
    pub buckets: Option<u64>,
    /// Latest versions.
    pub objects: Option<u64>,
    /// Their bytes.
    pub bytes: Option<u64>,
    /// When Macie last looked.
    pub as_of: Option<UnixMillis>,
}

/// A bucket as Macie describes it, as far as it is read here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MacieBucket {
    /// Account that owns it.
    pub account_id: Option<String>,
    /// Name.
    pub bucket_name: String,
    /// Region.
    pub region: Option<String>,
    /// When the figures were taken, ISO 8601.
    pub last_updated: Option<String>,
    /// Latest versions.
    pub object_count: Option<u64>,
    /// Their bytes.
    pub size_in_bytes: Option<u64>,
    /// Latest versions by encryption.
    pub object_count_by_encryption_type: Option<MacieCounts>,
    /// Why Macie knows nothing of it.
    pub error_code: Option<String>,
    /// The same in words.
    pub error_message: Option<String>,
}

/// Objects by encryption, in Macie's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MacieCounts {
    /// SSE-C: a key that the customer sends, not a customer managed KMS key.
    pub customer_managed: u64,
    /// SSE-KMS and DSSE-KMS, under any KMS key.
    pub kms_managed: u64,
    /// SSE-S3.
    pub s3_managed: u64,
    /// None, or by the client.
    pub unencrypted: u64,
    /// No current metadata.
    pub unknown: u64,
}
