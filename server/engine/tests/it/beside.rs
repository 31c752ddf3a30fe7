//! The parts of an account that a run does not ask; tests that need them work on the sandbox.

use async_trait::async_trait;
use cloud::{
    Caller, CallerIdentity, CloudError, Evidence, IdentityAsk, Increases, Macie, MacieBucket,
    MacieStatistics, Policies, PriceList, PrincipalList, Principals,
};
use model::increases::IncreaseRequest;
use model::inventory::Region;
use model::preflight::{BucketEvidence, IdentitySays, KeyEvidence};
use model::prices::{ListedPrice, Meter};
use std::collections::BTreeMap;

/// Whose credentials a run has.
pub(crate) const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/rekey/nightly";

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
    async fn list(&self) -> Result<PrincipalList, CloudError> {
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
        Ok(CallerIdentity {
            account_id: "111122223333".to_string(),
            arn: CALLER.to_string(),
        })
    }
}
