//! The parts of an account that a run does not ask; tests that need them work on the sandbox.

use async_trait::async_trait;
use cloud::{
    Caller, CallerIdentity, CloudError, Content, Deliveries, Evidence, Folder, IdentityAsk, Increases,
    InventoryConfiguration, JobFacts, JobOrder, Jobs, Macie, MacieBucket, MacieStatistics, ManifestText,
    Policies, PriceList, PrincipalFacts, Principals, QuotaFacts, RequestMetrics, Usage, UsageMetric,
};
use model::daily::DailyStorage;
use model::encryption::KeyArn;
use model::increases::IncreaseRequest;
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::measured::MeasuredUse;
use model::preflight::{BucketEvidence, IdentitySays, KeyEvidence};
use model::prices::{ListedPrice, Meter};
use model::time::UnixMillis;
use model::workload::BucketWorkload;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Beside;

#[async_trait]
impl Policies for Beside {
    async fn policy(&self, _: &str) -> Result<Option<String>, CloudError> {
        unimplemented!("a run reads no policy")
    }

    async fn put_policy(&self, _: &str, _: Option<&str>) -> Result<(), CloudError> {
        unimplemented!("a run sets no policy")
    }
}

#[async_trait]
impl Evidence for Beside {
    async fn of_bucket(&self, _: &str) -> BucketEvidence {
        unimplemented!("the checks are before the run")
    }

    async fn of_key(&self, _: &str) -> KeyEvidence {
        unimplemented!("the checks are before the run")
    }
}

#[async_trait]
impl Principals for Beside {
    async fn list(&self) -> Result<Vec<PrincipalFacts>, CloudError> {
        unimplemented!("the checks are before the run")
    }

    async fn rights(
        &self,
        _: &str,
        _: &[&'static str],
    ) -> Result<BTreeMap<String, IdentitySays>, CloudError> {
        unimplemented!("the settings page asks that")
    }

    async fn trust(&self, _: &str) -> Result<String, CloudError> {
        unimplemented!("the checks are before the run")
    }

    async fn simulate(&self, _: &str, _: &[IdentityAsk]) -> Result<Vec<IdentitySays>, CloudError> {
        unimplemented!("the checks are before the run")
    }
}

#[async_trait]
impl Jobs for Beside {
    async fn put_manifest(&self, _: &str, _: &str, _: ManifestText) -> Result<String, CloudError> {
        unimplemented!("these plans have no jobs")
    }

    async fn create(&self, _: &JobOrder) -> Result<String, CloudError> {
        unimplemented!("these plans have no jobs")
    }

    async fn describe(&self, _: &str, _: &Region, _: &str) -> Result<JobFacts, CloudError> {
        unimplemented!("these plans have no jobs")
    }

    async fn cancel(&self, _: &str, _: &Region, _: &str) -> Result<(), CloudError> {
        unimplemented!("these plans have no jobs")
    }
}

#[async_trait]
impl Usage for Beside {
    async fn kms_quota(&self, _: &Region, _: UnixMillis) -> Result<QuotaFacts, CloudError> {
        unimplemented!("quotas are the server's part")
    }

    async fn kms_use(
        &self,
        _: &Region,
        _: &UsageMetric,
        _: UnixMillis,
    ) -> Result<Option<MeasuredUse>, CloudError> {
        unimplemented!("quotas are the server's part")
    }

    async fn key_calls(&self, _: &KeyArn, _: UnixMillis, _: UnixMillis) -> Result<KeyCalls, CloudError> {
        unimplemented!("the page asks that")
    }

    async fn keys_in_use(&self, _: &Region, _: UnixMillis) -> Result<Vec<KeyCalls>, CloudError> {
        unimplemented!("the page asks that")
    }

    async fn request_metrics(
        &self,
        _: &str,
        _: &Region,
        _: UnixMillis,
    ) -> Result<RequestMetrics, CloudError> {
        unimplemented!("request counts are the server's part")
    }

    async fn daily_storage(
        &self,
        _: &str,
        _: &Region,
        _: UnixMillis,
    ) -> Result<Option<DailyStorage>, CloudError> {
        unimplemented!("an import is before the run")
    }

    async fn workload(&self, _: &str) -> Result<Option<BucketWorkload>, CloudError> {
        Ok(None)
    }
}

#[async_trait]
impl Increases for Beside {
    async fn request(&self, _: &Region, _: u64) -> Result<IncreaseRequest, CloudError> {
        unimplemented!("quotas are the server's part")
    }

    async fn requests(&self, _: &Region) -> Result<Vec<IncreaseRequest>, CloudError> {
        unimplemented!("quotas are the server's part")
    }

    async fn look_up(&self, _: &Region, _: &str) -> Result<IncreaseRequest, CloudError> {
        unimplemented!("quotas are the server's part")
    }
}

#[async_trait]
impl PriceList for Beside {
    async fn price(&self, _: &Region, _: Meter) -> Result<Option<ListedPrice>, CloudError> {
        unimplemented!("prices are the server's part")
    }
}

#[async_trait]
impl Deliveries for Beside {
    async fn region(&self, _: &str) -> Result<Option<Region>, CloudError> {
        unimplemented!("an import is before the run")
    }

    async fn folder(&self, _: &str, _: &str) -> Result<Folder, CloudError> {
        unimplemented!("an import is before the run")
    }

    async fn open(&self, _: &str, _: &str) -> Result<Content, CloudError> {
        unimplemented!("an import is before the run")
    }

    async fn configurations(&self, _: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        unimplemented!("an import is before the run")
    }
}

#[async_trait]
impl Macie for Beside {
    async fn describe_buckets(&self, _: &Region, _: &[String]) -> Result<Vec<MacieBucket>, CloudError> {
        unimplemented!("an import is before the run")
    }

    async fn statistics(&self, _: &Region) -> Result<MacieStatistics, CloudError> {
        unimplemented!("an import is before the run")
    }
}

#[async_trait]
impl Caller for Beside {
    async fn identity(&self) -> Result<CallerIdentity, CloudError> {
        unimplemented!("an import is before the run")
    }
}
