//! Servers that only look like S3 must not cost anybody an object.

use crate::account::FakeAccount;
use crate::estate::{Bench, row};
use async_trait::async_trait;
use cloud::{Account, AccountKind, CloudError, Fault, ObjectRef};
use engine::{MethodProver, ProbeRefused};
use model::encryption::TargetEncryption;
use model::inventory::EncryptionStatus as E;
use model::migration::State;
use model::quantity::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Proves on an object of its own, as the real one does, once a fault has passed: that is no verdict.
#[derive(Debug)]
struct Prober {
    fake: FakeAccount,
    tried: AtomicBool,
}

impl Prober {
    fn on(bench: &Bench) -> Arc<Self> {
        Arc::new(Self {
            fake: bench.account.clone(),
            tried: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl MethodProver for Prober {
    async fn prove_update(
        &self,
        account: &Account,
        bucket: &str,
        target: &TargetEncryption,
        nonce: &str,
    ) -> Result<Result<String, ProbeRefused>, CloudError> {
        if !self.tried.swap(true, Ordering::Relaxed) {
            return Err(CloudError::new(
                Fault::Transient,
                "PutObject",
                nonce,
                "503: try again",
            ));
        }
        let key = format!("rekey-probe/{nonce}");
        self.fake
            .put(bucket, &key, crate::estate::facts(&row(&key, E::SseS3)));
        let object = ObjectRef {
            bucket: bucket.to_string(),
            key: key.clone(),
            version_id: None,
        };
        account.objects.update_encryption(&object, target).await.unwrap();
        let after = account.objects.head(&object).await.unwrap();
        self.fake.world().objects.remove(&(bucket.to_string(), key));
        Ok(if after.size == Bytes(100) {
            Ok("came back whole".to_string())
        } else {
            Err(ProbeRefused {
                reason: "the throwaway object came back empty".to_string(),
            })
        })
    }
}

fn sizes(bench: &Bench) -> Vec<u64> {
    bench
        .account
        .world()
        .objects
        .values()
        .map(|versions| versions[0].size.0)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn behind_a_custom_endpoint_a_probe_saves_every_object() {
    let mut bench = Bench::plain(20);
    bench.kind = AccountKind::CustomEndpoint;
    bench.options.prover = Prober::on(&bench);
    bench.account.world().update_destroys = true;
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    let reason = progress.stopped.unwrap();
    assert!(
        reason.contains("came back empty") && reason.contains("CopyObject"),
        "{reason}"
    );
    assert_eq!(sizes(&bench), [100; 20]);
    assert!(progress.failures.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_custom_endpoint_that_does_it_right_is_used_after_one_probe() {
    let mut bench = Bench::plain(20);
    bench.kind = AccountKind::CustomEndpoint;
    bench.options.prover = Prober::on(&bench);
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Succeeded);
    assert_eq!(bench.account.world().total("UpdateObjectEncryption"), 21);
    let proof = progress.buckets[0].proofs.values().next().unwrap();
    assert!(proof.contains("came back whole"), "{proof}");
}

#[tokio::test(start_paused = true)]
async fn everywhere_a_server_that_destroys_is_found_out_at_the_first_object() {
    let bench = Bench::plain(20);
    bench.account.world().update_destroys = true;
    let progress = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    assert!(progress.stopped.unwrap().contains("100 bytes and has 0"));
    assert_eq!(sizes(&bench).iter().filter(|size| **size == 0).count(), 1);
}
