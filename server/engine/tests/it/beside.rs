//! The parts of an account that a run does not ask; tests that need them work on the sandbox.

use async_trait::async_trait;
use cloud::{CloudError, Evidence, IdentityAsk, ObjectRef, Policies, PrincipalFacts, Principals};
use model::preflight::{BucketEvidence, IdentitySays, KeyEvidence};

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

    async fn put_by_default(&self, _: &ObjectRef, _: &[u8]) -> Result<Option<String>, CloudError> {
        unimplemented!("a run uploads nothing")
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

    async fn simulate(&self, _: &str, _: &[IdentityAsk]) -> Result<Vec<IdentitySays>, CloudError> {
        unimplemented!("the checks are before the run")
    }
}
