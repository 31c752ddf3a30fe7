//! What the server gives an engine besides journal, rows and account.

use crate::retry::passes;
use async_trait::async_trait;
use cloud::{Account, CloudError};
use model::encryption::TargetEncryption;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Shows on a throwaway object that a server's `UpdateObjectEncryption` is what it says. Servers that only look like S3
/// run it as a `PutObject` and destroy the object, so behind a custom endpoint no real object is touched before this.
#[async_trait]
pub trait MethodProver: Debug + Send + Sync {
    /// Writes a throwaway object into the bucket, updates it, reads it back and removes it. `nonce` makes its key its
    /// own. Gives what was seen, or why the update must not be used there.
    ///
    /// # Errors
    /// When that could not be seen, for a reason that passes.
    async fn prove_update(
        &self,
        account: &Account,
        bucket: &str,
        target: &TargetEncryption,
        nonce: &str,
    ) -> Result<Result<String, ProbeRefused>, CloudError>;
}

/// Why the update must not be used on a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ProbeRefused {
    /// A sentence for people.
    pub reason: String,
}

/// Proves with a throwaway object of the account itself ([`cloud::probe`]).
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountProver;

#[async_trait]
impl MethodProver for AccountProver {
    async fn prove_update(
        &self,
        account: &Account,
        bucket: &str,
        target: &TargetEncryption,
        nonce: &str,
    ) -> Result<Result<String, ProbeRefused>, CloudError> {
        let refusal = match cloud::probe::prove_update(account, bucket, target, nonce).await {
            Ok(proof) => return Ok(Ok(proof.sentence)),
            Err(refusal) => refusal,
        };
        match refusal.source {
            Some(error) if passes(error.fault) => Err(error),
            _ => Ok(Err(ProbeRefused {
                reason: refusal.sentence,
            })),
        }
    }
}

/// Settings of an engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Proves the update behind a custom endpoint.
    pub prover: Arc<dyn MethodProver>,
    /// How long [`crate::Engine::shutdown`] waits for what is in flight. With what the server needs besides, a stop takes
    /// less than ten seconds.
    pub drain: Duration,
    /// How often [`crate::Engine::watch`] is told while a runner works.
    pub tick: Duration,
    /// How often a job of S3 Batch Operations is looked at.
    pub job_look: Duration,
    /// How often the account is asked what others use of the KMS quota, while a migration runs.
    pub measure_every: Duration,
    /// Exceptions of reading back that one journal entry names: one that grows with them would need memory for all.
    pub exceptions_at_once: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            prover: Arc::new(AccountProver),
            drain: Duration::from_secs(7),
            tick: Duration::from_millis(200),
            job_look: Duration::from_secs(5),
            measure_every: Duration::from_secs(5 * 60),
            exceptions_at_once: 100,
        }
    }
}
