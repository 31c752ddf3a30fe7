//! An account opened for reading only: what would change something is refused here, before any request is made.

use crate::account::Account;
use crate::error::{CloudError, Fault};
use crate::jobs::{JobFacts, JobOrder, Jobs, ManifestText};
use crate::object::{
    BucketSettings, BucketSummary, CopyOrder, KeyFacts, ObjectFacts, ObjectRef, SentEncryption, VersionPage,
};
use crate::traits::{Buckets, Increases, Keys, Objects, Policies, Probes};
use async_trait::async_trait;
use model::encryption::{DefaultEncryption, TargetEncryption};
use model::increases::IncreaseRequest;
use model::inventory::Region;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Lets reads through.
#[derive(Debug)]
struct ReadOnly {
    objects: Arc<dyn Objects>,
    buckets: Arc<dyn Buckets>,
    policies: Arc<dyn Policies>,
    increases: Arc<dyn Increases>,
    keys: Arc<dyn Keys>,
    jobs: Arc<dyn Jobs>,
}

impl Account {
    /// The same account without its changing operations.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        let gate = Arc::new(ReadOnly {
            objects: self.objects,
            buckets: self.buckets,
            policies: self.policies,
            increases: self.increases,
            keys: self.keys,
            jobs: self.jobs,
        });
        self.objects = Arc::clone(&gate) as _;
        self.probes = Arc::clone(&gate) as _;
        self.policies = Arc::clone(&gate) as _;
        self.buckets = Arc::clone(&gate) as _;
        self.jobs = Arc::clone(&gate) as _;
        self.keys = Arc::clone(&gate) as _;
        self.increases = gate;
        self.identity.changes_allowed = false;
        self
    }
}

fn refuse<T>(operation: &'static str, target: String) -> Result<T, CloudError> {
    let text = "Rekey was started for reading only, and nothing was sent. Start it with --allow-changes to change objects.";
    Err(CloudError::new(Fault::ReadOnly, operation, target, text))
}

#[async_trait]
impl Objects for ReadOnly {
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        self.objects.head(object).await
    }

    async fn update_encryption(
        &self,
        object: &ObjectRef,
        _target: &TargetEncryption,
    ) -> Result<(), CloudError> {
        refuse("UpdateObjectEncryption", object.to_string())
    }

    async fn copy_in_place(&self, object: &ObjectRef, _order: &CopyOrder) -> Result<(), CloudError> {
        refuse("CopyObject", object.to_string())
    }

    async fn free_parts(
        &self,
        object: &ObjectRef,
        _begun: RangeInclusive<UnixMillis>,
    ) -> Result<u64, CloudError> {
        refuse("AbortMultipartUpload", object.to_string())
    }

    async fn list_versions(&self, bucket: &str, from: Option<&str>) -> Result<VersionPage, CloudError> {
        self.objects.list_versions(bucket, from).await
    }

    async fn read(&self, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError> {
        self.objects.read(object, limit).await
    }

    async fn tags(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        self.objects.tags(object).await
    }

    async fn grants(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        self.objects.grants(object).await
    }
}

#[async_trait]
impl Probes for ReadOnly {
    async fn put_probe(
        &self,
        object: &ObjectRef,
        _sent: SentEncryption,
        _body: &[u8],
    ) -> Result<Option<String>, CloudError> {
        refuse("PutObject", object.to_string())
    }

    async fn delete_probe(&self, object: &ObjectRef) -> Result<(), CloudError> {
        refuse("DeleteObject", object.to_string())
    }
}

#[async_trait]
impl Buckets for ReadOnly {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> {
        self.buckets.list().await
    }

    async fn settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        self.buckets.settings(bucket).await
    }

    async fn put_default_encryption(
        &self,
        bucket: &str,
        _wanted: &DefaultEncryption,
    ) -> Result<(), CloudError> {
        refuse("PutBucketEncryption", format!("s3://{bucket}"))
    }
}

#[async_trait]
impl Policies for ReadOnly {
    async fn policy(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        self.policies.policy(bucket).await
    }

    async fn put_policy(&self, bucket: &str, _policy: Option<&str>) -> Result<(), CloudError> {
        refuse("PutBucketPolicy", format!("s3://{bucket}"))
    }
}

#[async_trait]
impl Keys for ReadOnly {
    async fn describe(&self, arn: &str) -> Result<KeyFacts, CloudError> {
        self.keys.describe(arn).await
    }

    async fn list(&self, region: &Region) -> Result<Vec<KeyFacts>, CloudError> {
        self.keys.list(region).await
    }

    async fn schedule_deletion(&self, arn: &str, _days: u8) -> Result<Option<UnixMillis>, CloudError> {
        refuse("ScheduleKeyDeletion", arn.to_string())
    }

    async fn cancel_deletion(&self, arn: &str) -> Result<(), CloudError> {
        refuse("CancelKeyDeletion", arn.to_string())
    }

    async fn enable(&self, arn: &str) -> Result<(), CloudError> {
        refuse("EnableKey", arn.to_string())
    }
}

#[async_trait]
impl Jobs for ReadOnly {
    async fn put_manifest(&self, bucket: &str, key: &str, _text: ManifestText) -> Result<String, CloudError> {
        refuse("PutObject", format!("s3://{bucket}/{key}"))
    }

    async fn create(&self, order: &JobOrder) -> Result<String, CloudError> {
        refuse("CreateJob", format!("s3://{}", order.bucket))
    }

    async fn describe(&self, account: &str, region: &Region, id: &str) -> Result<JobFacts, CloudError> {
        self.jobs.describe(account, region, id).await
    }

    async fn cancel(&self, _account: &str, _region: &Region, id: &str) -> Result<(), CloudError> {
        refuse("UpdateJobStatus", id.to_string())
    }
}

#[async_trait]
impl Increases for ReadOnly {
    async fn request(&self, region: &Region, _per_second: u64) -> Result<IncreaseRequest, CloudError> {
        refuse("RequestServiceQuotaIncrease", region.to_string())
    }

    async fn requests(&self, region: &Region) -> Result<Vec<IncreaseRequest>, CloudError> {
        self.increases.requests(region).await
    }

    async fn look_up(&self, region: &Region, id: &str) -> Result<IncreaseRequest, CloudError> {
        self.increases.look_up(region, id).await
    }
}
