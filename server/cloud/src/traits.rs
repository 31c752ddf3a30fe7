//! The traits that an account offers. Each passes the same contract tests for every implementation.

use crate::error::CloudError;
use crate::object::{
    BucketSettings, BucketSummary, CopyOrder, IdentityAsk, KeyFacts, ObjectFacts, ObjectRef, PrincipalList,
    SentEncryption, VersionPage,
};
use crate::quota::{QuotaFacts, RequestMetrics, UsageMetric};
use async_trait::async_trait;
use model::daily::DailyStorage;
use model::encryption::{DefaultEncryption, KeyArn, TargetEncryption};
use model::increases::IncreaseRequest;
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::measured::MeasuredUse;
use model::preflight::{BucketEvidence, IdentitySays, KeyEvidence, Sends};
use model::prices::{ListedPrice, Meter};
use model::quantity::Requests;
use model::time::UnixMillis;
use model::workload::BucketWorkload;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// Reading and converting objects.
#[async_trait]
pub trait Objects: Debug + Send + Sync {
    /// State of an object (`HeadObject`).
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError>;

    /// Re-encrypts an object in place (`UpdateObjectEncryption`). Applying it twice is the same as once. Some servers
    /// that only look like S3 destroy the object: see [`Probes`].
    async fn update_encryption(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), CloudError>;

    /// Copies an object onto itself under the target, keeping metadata, content headers, tags, ACL, storage class,
    /// checksum algorithm and website redirect; in parts above 5 GiB, of which none are left when it fails or is broken off. Fails with `Fault::Changed` when the object is
    /// not the one that was seen, or came under a KMS key since, and with `Fault::Locked` when Object Lock holds it, since a copy would leave the lock
    /// behind; then nothing was written. An error inside a 200 is an error.
    async fn copy_in_place(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError>;

    /// Frees the parts of copies of an object that this caller began within a span of time and nobody ended, as a process that
    /// was killed leaves them (`ListMultipartUploads`, `AbortMultipartUpload`); gives how many uploads those were. Uploads of
    /// others stay; the span is for those that have the caller's role too.
    async fn free_parts(
        &self,
        object: &ObjectRef,
        begun: RangeInclusive<UnixMillis>,
    ) -> Result<u64, CloudError>;

    /// Versions and delete markers of a bucket, by key (`ListObjectVersions`).
    async fn list_versions(&self, bucket: &str, from: Option<&str>) -> Result<VersionPage, CloudError>;

    /// The whole body (`GetObject`); at most `limit` bytes.
    async fn read(&self, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError>;

    /// The tags (`GetObjectTagging`).
    async fn tags(
        &self,
        object: &ObjectRef,
    ) -> Result<std::collections::BTreeMap<String, String>, CloudError>;

    /// Who has which right by the object's ACL (`GetObjectAcl`): grantees by permission. Empty where only the owner has, the
    /// bucket keeps no ACLs, or the server knows none.
    async fn grants(
        &self,
        object: &ObjectRef,
    ) -> Result<std::collections::BTreeMap<String, String>, CloudError>;
}

/// Writing and removing throwaway objects, for proving a method before a real object is touched, and for showing what a
/// bucket policy does.
#[async_trait]
pub trait Probes: Debug + Send + Sync {
    /// Writes a throwaway object, as a client does that sends these headers (`PutObject`), and gives its version.
    async fn put_probe(
        &self,
        object: &ObjectRef,
        sent: SentEncryption,
        body: &[u8],
    ) -> Result<Option<String>, CloudError>;

    /// Removes it, with its version (`DeleteObject`).
    async fn delete_probe(&self, object: &ObjectRef) -> Result<(), CloudError>;
}

/// Bucket settings.
#[async_trait]
pub trait Buckets: Debug + Send + Sync {
    /// All buckets of the account.
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError>;

    /// Settings of one bucket.
    async fn settings(&self, bucket: &str) -> Result<BucketSettings, CloudError>;

    /// Replaces the default encryption (`PutBucketEncryption`): the whole rule, so `wanted` carries over what is to stay.
    async fn put_default_encryption(
        &self,
        bucket: &str,
        wanted: &DefaultEncryption,
    ) -> Result<(), CloudError>;
}

/// Bucket policies.
#[async_trait]
pub trait Policies: Debug + Send + Sync {
    /// The policy of a bucket as it stands there (`GetBucketPolicy`); `None` where there is none.
    async fn policy(&self, bucket: &str) -> Result<Option<String>, CloudError>;

    /// Replaces it (`PutBucketPolicy`), or removes it (`DeleteBucketPolicy`).
    async fn put_policy(&self, bucket: &str, policy: Option<&str>) -> Result<(), CloudError>;
}

/// What stands around a bucket and a key: read before a plan is stored, each part by itself, so that one that may not be
/// read does not hide the others.
#[async_trait]
pub trait Evidence: Debug + Send + Sync {
    /// Of a bucket. What it receives from others, and what the role of its replication may, is left to the caller, who knows
    /// the other buckets and the key.
    async fn of_bucket(&self, bucket: &str) -> BucketEvidence;

    /// What a bucket sends to others: for those of the account that nobody plans to convert.
    async fn sends(&self, bucket: &str) -> Sends {
        let BucketEvidence {
            logs_to, replication, ..
        } = self.of_bucket(bucket).await;
        Sends { logs_to, replication }
    }

    /// Of a key, by its ARN.
    async fn of_key(&self, arn: &str) -> KeyEvidence;
}

/// Users and roles.
#[async_trait]
pub trait Principals: Debug + Send + Sync {
    /// Users and roles of the account, without those of services, up to a thousand of each (`ListRoles`, `ListUsers`).
    async fn list(&self) -> Result<PrincipalList, CloudError>;

    /// What a principal's own policies say of actions, whatever they are about, by action: asked all at once
    /// (`SimulatePrincipalPolicy`). An action that is allowed on some resources only is silent here.
    async fn rights(
        &self,
        principal: &str,
        actions: &[&'static str],
    ) -> Result<BTreeMap<String, IdentitySays>, CloudError>;

    /// Who may assume a role: its trust policy, as JSON (`GetRole`).
    async fn trust(&self, role: &str) -> Result<String, CloudError>;

    /// What a principal's own policies say of each request (`SimulatePrincipalPolicy`); resource policies are not in it. Those
    /// that follow one another with the same action and context are asked in one request.
    async fn simulate(&self, principal: &str, asks: &[IdentityAsk]) -> Result<Vec<IdentitySays>, CloudError>;
}

/// KMS keys.
#[async_trait]
pub trait Keys: Debug + Send + Sync {
    /// Facts about a key by its ARN (`DescribeKey`).
    async fn describe(&self, arn: &str) -> Result<KeyFacts, CloudError>;

    /// Keys of a Region that S3 could use.
    async fn list(&self, region: &Region) -> Result<Vec<KeyFacts>, CloudError>;

    /// Has a key deleted after so many days, 7 to 30 (`ScheduleKeyDeletion`), and says when; not of a primary key of several
    /// Regions, which waits for its replicas. From now on nothing under it can be read.
    async fn schedule_deletion(&self, arn: &str, days: u8) -> Result<Option<UnixMillis>, CloudError>;

    /// Takes that back (`CancelKeyDeletion`), which leaves the key disabled.
    async fn cancel_deletion(&self, arn: &str) -> Result<(), CloudError>;

    /// Enables a key (`EnableKey`).
    async fn enable(&self, arn: &str) -> Result<(), CloudError>;
}

/// Quotas and use. What is not told is an error or `None`, never zero.
#[async_trait]
pub trait Usage: Debug + Send + Sync {
    /// The shared KMS quota for symmetric cryptographic operations: what is applied to the account, else the Region's
    /// default (`GetServiceQuota`, `GetAWSDefaultServiceQuota`). `now` dates the answer.
    async fn kms_quota(&self, region: &Region, now: UnixMillis) -> Result<QuotaFacts, CloudError>;

    /// What the account used of it in the two weeks before `until`, by its metric (`GetMetricData`); `None` where the
    /// metric has no data point.
    async fn kms_use(
        &self,
        region: &Region,
        metric: &UsageMetric,
        until: UnixMillis,
    ) -> Result<Option<MeasuredUse>, CloudError>;

    /// What the account used of it in single minutes from a time to another, each with the time at which its minute began
    /// (`GetMetricData`); minutes without a data point are left out.
    async fn kms_minutes(
        &self,
        region: &Region,
        metric: &UsageMetric,
        from: UnixMillis,
        until: UnixMillis,
    ) -> Result<Vec<(UnixMillis, Requests)>, CloudError>;

    /// Calls with one key minute by minute, by operation, from a time to now (`ListMetrics`, `GetMetricData`).
    async fn key_calls(
        &self,
        key: &KeyArn,
        from: UnixMillis,
        now: UnixMillis,
    ) -> Result<KeyCalls, CloudError>;

    /// Calls with each key of a Region in the day before `now`, hour by hour; only keys that were used.
    async fn keys_in_use(&self, region: &Region, now: UnixMillis) -> Result<Vec<KeyCalls>, CloudError>;

    /// Requests to a bucket over the 30 days before `until`, by its CloudWatch request metrics
    /// (`ListBucketMetricsConfigurations`, `GetMetricData`).
    async fn request_metrics(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<RequestMetrics, CloudError>;

    /// What a bucket holds by CloudWatch's daily storage metrics, on the newest day before `until` that has a figure
    /// (`GetMetricData`); `None` without any in a week.
    async fn daily_storage(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<Option<DailyStorage>, CloudError>;

    /// Request counts of a bucket over the last month, where the account reports them unasked.
    async fn workload(&self, bucket: &str) -> Result<Option<BucketWorkload>, CloudError>;
}

/// Requests to raise the shared KMS quota.
#[async_trait]
pub trait Increases: Debug + Send + Sync {
    /// Asks for so many requests a second (`RequestServiceQuotaIncrease`). Sent once: after an error that means no answer,
    /// [`Increases::requests`] says whether it arrived.
    async fn request(&self, region: &Region, per_second: u64) -> Result<IncreaseRequest, CloudError>;

    /// The account's requests, newest first (`ListRequestedServiceQuotaChangeHistoryByQuota`).
    async fn requests(&self, region: &Region) -> Result<Vec<IncreaseRequest>, CloudError>;

    /// One request by its id (`GetRequestedServiceQuotaChange`).
    async fn look_up(&self, region: &Region, id: &str) -> Result<IncreaseRequest, CloudError>;
}

/// The public price list.
#[async_trait]
pub trait PriceList: Debug + Send + Sync {
    /// The price of a meter in a Region, whole with its tiers (`GetProducts` by exact usage type and Region code); `None`
    /// where the list has none, or where no usage type is known for the meter.
    async fn price(&self, region: &Region, meter: Meter) -> Result<Option<ListedPrice>, CloudError>;
}
