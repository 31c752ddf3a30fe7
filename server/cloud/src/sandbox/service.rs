//! The simulated account behind the traits: latency and faults made on purpose, then the operations of `world`.

use super::object::copy_parts;
use super::{Sandbox, world};
use crate::error::{CloudError, Fault};
use crate::object::{
    BucketSettings, BucketSummary, CopyOrder, KeyFacts, ListedVersion, ObjectFacts, ObjectRef,
    SentEncryption, VersionPage,
};
use crate::quota::{QuotaFacts, RequestMetrics, UsageMetric};
use crate::traits::{Buckets, Increases, Keys, Objects, PriceList, Probes, Usage};
use async_trait::async_trait;
use model::daily::DailyStorage;
use model::encryption::{DefaultEncryption, KeyArn, TargetEncryption};
use model::increases::IncreaseRequest;
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::measured::MeasuredUse;
use model::prices::{ListedPrice, Meter, bundled};
use model::quantity::Requests;
use model::quotas::{Quota, QuotaOrigin, kms_symmetric};
use model::requests::RequestCounts;
use model::time::UnixMillis;
use model::workload::BucketWorkload;
use std::collections::BTreeMap;
use std::ops::{Bound, RangeInclusive};

/// Entries of a page of versions, as S3 gives them at most.
const PAGE: usize = 1000;

const LIST_VERSIONS: &str = "ListObjectVersions";

impl Sandbox {
    pub(super) async fn pause(&self) {
        if !self.world.latency.is_zero() {
            tokio::time::sleep(self.world.latency).await;
        }
    }
}

#[async_trait]
impl Objects for Sandbox {
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        self.pause().await;
        self.world
            .faults
            .around(world::HEAD, object, || self.world.head(object))
    }

    async fn update_encryption(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), CloudError> {
        self.pause().await;
        self.world
            .faults
            .around(world::UPDATE, object, || self.world.update(object, target))
    }

    async fn copy_in_place(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError> {
        order.may_read(world::HEAD, object).await?;
        self.pause().await;
        let requests = match copy_parts(order.seen.size.0) {
            0 => 1,
            // The upload's beginning and its end beside them.
            parts => parts + 2,
        };
        for _ in 0..requests {
            order.may_write(world::COPY, object).await?;
            order.sent();
        }
        self.world.faults.around(world::COPY, object, || {
            let sent = self.world.to_send(object)?;
            self.world.copy(object, order, sent)
        })
    }

    async fn free_parts(
        &self,
        _object: &ObjectRef,
        _begun: RangeInclusive<UnixMillis>,
    ) -> Result<u64, CloudError> {
        // A copy is one step here, whatever the size.
        Ok(0)
    }

    async fn list_versions(&self, bucket: &str, from: Option<&str>) -> Result<VersionPage, CloudError> {
        self.pause().await;
        let mut open = self.world.open(LIST_VERSIONS, bucket)?;
        // A page begins after a whole key and ends with one, so that the key alone is the mark.
        let begin = from.map_or(Bound::Unbounded, Bound::Excluded);
        let mut versions: Vec<ListedVersion> = Vec::new();
        let mut next = None;
        for (key, entries) in open.get().objects.range::<str, _>((begin, Bound::Unbounded)) {
            if !versions.is_empty() && versions.len() + entries.len() > PAGE {
                next = versions.last().map(|entry| entry.key.clone());
                break;
            }
            versions.extend(
                entries
                    .iter()
                    .enumerate()
                    .map(|(place, entry)| entry.listed(key, place == 0)),
            );
        }
        Ok(VersionPage { versions, next })
    }

    async fn read(&self, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError> {
        self.pause().await;
        self.world
            .faults
            .around(world::GET, object, || self.world.read(object, limit))
    }

    async fn tags(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        self.pause().await;
        self.dressing(object).map(|dressing| dressing.tags)
    }

    async fn grants(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        self.pause().await;
        self.dressing(object).map(|dressing| dressing.grants)
    }
}

#[async_trait]
impl Probes for Sandbox {
    async fn put_probe(
        &self,
        object: &ObjectRef,
        sent: SentEncryption,
        body: &[u8],
    ) -> Result<Option<String>, CloudError> {
        self.pause().await;
        if self.job_folder(&object.bucket).is_some() {
            return self.put_at_place(object, body).map(|()| None);
        }
        self.world.put(object, &world::written(sent, body))
    }

    async fn delete_probe(&self, object: &ObjectRef) -> Result<(), CloudError> {
        self.pause().await;
        if self.job_folder(&object.bucket).is_some() {
            return self.delete_at_place(object);
        }
        self.world.delete(object)
    }
}

#[async_trait]
impl Buckets for Sandbox {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> {
        self.pause().await;
        let summary = |bucket: super::SandboxBucket| BucketSummary {
            name: bucket.name,
            region: Some(bucket.region),
        };
        Ok(self.buckets().into_iter().map(summary).collect())
    }

    async fn settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        self.pause().await;
        let mut open = self.world.open("GetBucketEncryption", bucket)?;
        let bucket = open.get();
        Ok(BucketSettings {
            default_encryption: Some(bucket.default.clone()),
            versioned: bucket.plan.versioned,
            object_lock: bucket.plan.object_lock,
        })
    }

    async fn put_default_encryption(
        &self,
        bucket: &str,
        wanted: &DefaultEncryption,
    ) -> Result<(), CloudError> {
        self.pause().await;
        self.world.set_default(bucket, wanted)
    }
}

#[async_trait]
impl Keys for Sandbox {
    async fn describe(&self, arn: &str) -> Result<KeyFacts, CloudError> {
        self.pause().await;
        let missing = || {
            let text = format!("NotFoundException: Key '{arn}' does not exist");
            CloudError::new(Fault::NotFound, "DescribeKey", arn, text)
        };
        let mut keys = self.world.kms().flat_map(super::kms::RegionKms::now);
        keys.find(|facts| facts.arn.as_str() == arn).ok_or_else(missing)
    }

    async fn list(&self, region: &Region) -> Result<Vec<KeyFacts>, CloudError> {
        self.pause().await;
        let keys = self
            .world
            .region(&region.0)
            .into_iter()
            .flat_map(super::kms::RegionKms::now);
        Ok(keys.collect())
    }

    async fn schedule_deletion(&self, arn: &str, days: u8) -> Result<Option<UnixMillis>, CloudError> {
        const SCHEDULE: &str = "ScheduleKeyDeletion";
        let facts = self.describe(arn).await?;
        if facts.state == "PendingDeletion" {
            let text = format!("KMSInvalidStateException: {arn} is pending deletion.");
            return Err(CloudError::new(Fault::KeyUnusable, SCHEDULE, arn, text));
        }
        self.world.set_key_state(SCHEDULE, arn, "PendingDeletion")?;
        Ok(Some(UnixMillis(
            self.world.now().0 + i64::from(days) * 86_400_000,
        )))
    }

    async fn cancel_deletion(&self, arn: &str) -> Result<(), CloudError> {
        const CANCEL: &str = "CancelKeyDeletion";
        let facts = self.describe(arn).await?;
        if facts.state != "PendingDeletion" {
            let text = format!("KMSInvalidStateException: {arn} is not pending deletion.");
            return Err(CloudError::new(Fault::KeyUnusable, CANCEL, arn, text));
        }
        self.world.set_key_state(CANCEL, arn, "Disabled")
    }

    async fn enable(&self, arn: &str) -> Result<(), CloudError> {
        const ENABLE: &str = "EnableKey";
        let facts = self.describe(arn).await?;
        if facts.state == "PendingDeletion" {
            let text = format!("KMSInvalidStateException: {arn} is pending deletion.");
            return Err(CloudError::new(Fault::KeyUnusable, ENABLE, arn, text));
        }
        self.world.set_key_state(ENABLE, arn, "Enabled")
    }
}

/// What the simulated account says of a Region that it does not use.
fn elsewhere(operation: &'static str, region: &Region) -> CloudError {
    let text = "The simulated account is not in this Region.";
    CloudError::new(Fault::NotFound, operation, region.0.as_str(), text)
}

#[async_trait]
impl Usage for Sandbox {
    async fn kms_quota(&self, region: &Region, now: UnixMillis) -> Result<QuotaFacts, CloudError> {
        self.pause().await;
        let limit = self.world.quota(&region.0);
        Ok(QuotaFacts {
            quota: Quota {
                limit: limit.ok_or_else(|| elsewhere("GetServiceQuota", region))?,
                origin: QuotaOrigin::Applied,
                source: "simulated account".to_string(),
                date: now.to_date(),
                ..kms_symmetric(region)
            },
            adjustable: true,
            metric: Some(UsageMetric {
                named_by_quota: true,
                ..UsageMetric::of_kms_symmetric()
            }),
            shortfall: None,
        })
    }

    async fn kms_use(
        &self,
        region: &Region,
        metric: &UsageMetric,
        until: UnixMillis,
    ) -> Result<Option<MeasuredUse>, CloudError> {
        self.pause().await;
        let kms = self.world.region(&region.0);
        let kms = kms.ok_or_else(|| elsewhere("GetMetricData", region))?;
        Ok(super::weeks::two_weeks(
            kms.baseline,
            until,
            format!("simulated account, {metric}"),
        ))
    }

    async fn kms_minutes(
        &self,
        region: &Region,
        _metric: &UsageMetric,
        from: UnixMillis,
        until: UnixMillis,
    ) -> Result<Vec<(UnixMillis, Requests)>, CloudError> {
        self.pause().await;
        let kms = self.world.region(&region.0);
        let kms = kms.ok_or_else(|| elsewhere("GetMetricData", region))?;
        Ok(super::key_calls::of_all(&self.world.made, kms, from, until))
    }

    async fn key_calls(
        &self,
        key: &KeyArn,
        from: UnixMillis,
        now: UnixMillis,
    ) -> Result<KeyCalls, CloudError> {
        self.pause().await;
        let region = key.region();
        let kms = self.world.region(&region.0);
        let kms = kms.ok_or_else(|| elsewhere("ListMetrics", &region))?;
        Ok(super::key_calls::of_key(&self.world.made, kms, key, from, now))
    }

    async fn keys_in_use(&self, region: &Region, now: UnixMillis) -> Result<Vec<KeyCalls>, CloudError> {
        self.pause().await;
        let kms = self.world.region(&region.0);
        let kms = kms.ok_or_else(|| elsewhere("ListMetrics", region))?;
        Ok(super::key_calls::in_use(&self.world.made, kms, now))
    }

    async fn request_metrics(
        &self,
        bucket: &str,
        _region: &Region,
        until: UnixMillis,
    ) -> Result<RequestMetrics, CloudError> {
        self.pause().await;
        let plan = self.world.plans().find(|plan| plan.name == bucket);
        let missing = || {
            let target = format!("s3://{bucket}");
            CloudError::new(
                Fault::NotFound,
                "ListBucketMetricsConfigurations",
                target,
                super::rules::NO_BUCKET,
            )
        };
        Ok(super::weeks::request_metrics(plan.ok_or_else(missing)?, until))
    }

    async fn daily_storage(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<Option<DailyStorage>, CloudError> {
        self.pause().await;
        let mut open = self.world.open("GetMetricData", bucket)?;
        Ok(super::weeks::daily_storage(open.get(), region, until))
    }

    async fn workload(&self, bucket: &str) -> Result<Option<BucketWorkload>, CloudError> {
        self.pause().await;
        let plan = self.world.plans().find(|plan| plan.name == bucket);
        Ok(plan.map(|plan| {
            let (gets, puts) = (Requests(plan.gets_per_month), Requests(plan.puts_per_month));
            let counts = RequestCounts::reads_and_writes(gets, puts);
            BucketWorkload::new(plan.name, Some(Region(plan.region.to_string())), &counts)
        }))
    }
}

#[async_trait]
impl Increases for Sandbox {
    async fn request(&self, region: &Region, per_second: u64) -> Result<IncreaseRequest, CloudError> {
        const REQUEST: &str = "RequestServiceQuotaIncrease";
        self.pause().await;
        let quota = self.world.quota(&region.0);
        let quota = quota.ok_or_else(|| elsewhere(REQUEST, region))?;
        if per_second <= quota.floor() {
            let text = "IllegalArgumentException: You must provide a quota value greater than the current quota value.";
            return Err(CloudError::new(Fault::Refused, REQUEST, region.0.as_str(), text));
        }
        self.world.increases.ask(region, per_second, self.world.now())
    }

    async fn requests(&self, region: &Region) -> Result<Vec<IncreaseRequest>, CloudError> {
        self.pause().await;
        Ok(self.world.increases.of_region(region, self.world.now()))
    }

    async fn look_up(&self, region: &Region, id: &str) -> Result<IncreaseRequest, CloudError> {
        let found = self
            .requests(region)
            .await?
            .into_iter()
            .find(|request| request.id == id);
        let text = "NoSuchResourceException: The request failed because we could not find it.";
        found.ok_or_else(|| CloudError::new(Fault::NotFound, "GetRequestedServiceQuotaChange", id, text))
    }
}

#[async_trait]
impl PriceList for Sandbox {
    /// What the bundled table says, on the day on which the account was made.
    async fn price(&self, region: &Region, meter: Meter) -> Result<Option<ListedPrice>, CloudError> {
        self.pause().await;
        let listed = crate::usage_type(region, meter).and_then(|(_, name)| {
            Some(ListedPrice {
                region: region.clone(),
                meter,
                tiers: bundled(region, meter)?.tiers().to_vec(),
                source: format!("simulated price list, {name}"),
                date: Self::START.to_date(),
            })
        });
        Ok(listed)
    }
}
