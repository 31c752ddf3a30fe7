//! The clean-up of a rehearsal on the simulated account: a key goes only when nothing needs it, and can be kept after all.

use crate::sandbox::OnSandbox;
use async_trait::async_trait;
use cloud::sandbox::{FaultPlan, NewObject};
use cloud::{Account, CloudError, Fault, KeyFacts, Keys, ObjectRef};
use engine::{Decision, Engine, EngineError};
use model::encryption::ObjectEncryption;
use model::inventory::{EncryptionStatus, Region};
use model::migration::{Entry, Setting, State};
use model::plan::{MigrationId, Plan, PlanSettings};
use model::time::UnixMillis;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const BUCKET: &str = "kms-encryption-demo";

struct Rehearsal {
    engine: Engine,
    account: Account,
    plan: Plan,
    id: MigrationId,
    bench: OnSandbox,
}

impl Rehearsal {
    async fn run() -> Self {
        Self::over(OnSandbox::of(BUCKET, PlanSettings::default())).await
    }

    async fn over(mut bench: OnSandbox) -> Self {
        let keys = bench.sandbox.usable_keys(&bench.plan.buckets[0].region);
        let rehearsal = keys
            .into_iter()
            .find(|key| key.alias.as_deref() == Some("alias/rehearsal"));
        bench.plan.buckets[0].target.key = rehearsal.unwrap().arn;
        let (engine, progress) = bench.run().await;
        assert_eq!(progress.state, State::Succeeded);
        Self {
            engine,
            account: bench.sandbox.account(),
            plan: bench.plan.clone(),
            id: bench.plan.id.clone(),
            bench,
        }
    }

    async fn restore_default(&self) {
        self.decide(Decision::RestoreDefault).await.unwrap();
    }

    async fn delete_key(&self, without: &[&str]) -> Result<State, EngineError> {
        let without: BTreeSet<String> = without.iter().map(ToString::to_string).collect();
        self.decide(Decision::DeleteKeys { days: 7, without }).await
    }

    async fn decide(&self, decision: Decision) -> Result<State, EngineError> {
        self.engine.decide(&self.id, "ada", decision).await
    }

    async fn key_state(&self) -> String {
        let key = self.plan.buckets[0].target.key.as_str();
        self.account.keys.describe(key).await.unwrap().state
    }

    async fn remove_objects(&self) {
        let page = self.account.objects.list_versions(BUCKET, None).await.unwrap();
        for version in page.versions {
            let object = ObjectRef {
                bucket: BUCKET.to_string(),
                key: version.key,
                version_id: Some(version.version_id),
            };
            self.account.probes.delete_probe(&object).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_key_goes_only_when_nothing_needs_it_and_can_be_kept_after_all() {
    let rehearsal = Rehearsal::run().await;
    let refused = rehearsal.delete_key(&[]).await.unwrap_err().to_string();
    assert!(
        refused.contains("default encryption of kms-encryption-demo"),
        "{refused}"
    );
    rehearsal.restore_default().await;
    let refused = rehearsal.delete_key(&[]).await.unwrap_err().to_string();
    assert!(
        refused.contains(BUCKET) && refused.contains("would be lost"),
        "{refused}"
    );
    assert_eq!(rehearsal.key_state().await, "Enabled", "it was refused");
    let entries = rehearsal.bench.journal.entries(&rehearsal.id);
    let told = entries.iter().filter_map(|recorded| match &recorded.entry {
        Entry::SettingRefused { setting, reason, .. } => Some((*setting, reason.contains("would be lost"))),
        _ => None,
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(Setting::KeyDeletion, false), (Setting::KeyDeletion, true)],
        "and the history says so"
    );

    rehearsal.remove_objects().await;
    rehearsal.delete_key(&[]).await.unwrap();
    assert_eq!(rehearsal.key_state().await, "PendingDeletion");
    let progress = rehearsal.engine.progress(&rehearsal.id).unwrap();
    let evidence = &progress.buckets[0].settings[&Setting::KeyDeletion];
    assert!(
        evidence.contains("None of") && evidence.contains("deleted on"),
        "{evidence}"
    );
    // Asked again it is what it was, with its day.
    let evidence = evidence.clone();
    rehearsal.delete_key(&[]).await.unwrap();
    let progress = rehearsal.engine.progress(&rehearsal.id).unwrap();
    assert_eq!(progress.buckets[0].settings[&Setting::KeyDeletion], evidence);

    rehearsal.decide(Decision::KeepKeys).await.unwrap();
    assert_eq!(rehearsal.key_state().await, "Enabled", "not only kept");
    let progress = rehearsal.engine.progress(&rehearsal.id).unwrap();
    assert!(!progress.buckets[0].settings.contains_key(&Setting::KeyDeletion));
}

#[tokio::test(start_paused = true)]
async fn what_passes_while_versions_are_looked_at_keeps_no_key() {
    let faults = FaultPlan {
        seed: 3,
        transient_per_mille: 60,
        unanswered_per_mille: 60,
        throttled_per_mille: 60,
    };
    let rehearsal = Rehearsal::over(OnSandbox::faulty(BUCKET, faults)).await;
    rehearsal.restore_default().await;
    rehearsal.remove_objects().await;
    rehearsal.delete_key(&[]).await.unwrap();
    assert_eq!(rehearsal.key_state().await, "PendingDeletion");
}

#[tokio::test]
async fn a_key_stays_while_an_object_cannot_be_looked_at() {
    let rehearsal = Rehearsal::run().await;
    rehearsal.restore_default().await;
    rehearsal.remove_objects().await;
    let object = ObjectRef {
        bucket: BUCKET.to_string(),
        key: "under-the-key-of-its-owner".to_string(),
        version_id: None,
    };
    let customers = NewObject {
        encryption: Some(ObjectEncryption {
            status: EncryptionStatus::SseC,
            key: None,
            bucket_key: false,
        }),
        ..NewObject::holding(b"sealed")
    };
    rehearsal.bench.sandbox.put(&object, &customers).unwrap();
    let refused = rehearsal.delete_key(&[]).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be looked at"), "{refused}");
    assert_eq!(rehearsal.key_state().await, "Enabled");
    rehearsal.remove_objects().await;
    rehearsal.delete_key(&[]).await.unwrap();
}

#[tokio::test]
async fn a_key_stays_while_another_migration_is_planned_to_it() {
    let rehearsal = Rehearsal::run().await;
    rehearsal.restore_default().await;
    rehearsal.remove_objects().await;
    let mut other = rehearsal.plan.clone();
    other.id = MigrationId("m-other".to_string());
    rehearsal.engine.register(other.clone()).await.unwrap();
    let refused = rehearsal.delete_key(&[]).await.unwrap_err().to_string();
    assert!(refused.contains("m-other"), "{refused}");
    assert_eq!(rehearsal.key_state().await, "Enabled");
    rehearsal.engine.cancel(&other.id, "ada").await.unwrap();
    rehearsal.delete_key(&[]).await.unwrap();
}

#[tokio::test]
async fn an_inventory_excuses_a_bucket_without_versions_from_the_look() {
    let rehearsal = Rehearsal::run().await;
    rehearsal.restore_default().await;
    // Wrongly, as far as this test is concerned: the objects are there, and the word of the inventory is taken.
    rehearsal.delete_key(&[BUCKET]).await.unwrap();
    assert_eq!(rehearsal.key_state().await, "PendingDeletion");
}

/// Takes a deletion back and may not enable the key afterwards, as long as it is told not to.
#[derive(Debug)]
struct NoEnabling {
    keys: Arc<dyn Keys>,
    refuses: AtomicBool,
}

#[async_trait]
impl Keys for NoEnabling {
    async fn describe(&self, arn: &str) -> Result<KeyFacts, CloudError> {
        self.keys.describe(arn).await
    }

    async fn list(&self, region: &Region) -> Result<Vec<KeyFacts>, CloudError> {
        self.keys.list(region).await
    }

    async fn schedule_deletion(&self, arn: &str, days: u8) -> Result<Option<UnixMillis>, CloudError> {
        self.keys.schedule_deletion(arn, days).await
    }

    async fn cancel_deletion(&self, arn: &str) -> Result<(), CloudError> {
        self.keys.cancel_deletion(arn).await
    }

    async fn enable(&self, arn: &str) -> Result<(), CloudError> {
        if self.refuses.load(Ordering::Relaxed) {
            let text = "no kms:EnableKey";
            return Err(CloudError::new(Fault::AccessDenied, "EnableKey", arn, text));
        }
        self.keys.enable(arn).await
    }
}

#[tokio::test]
async fn a_key_that_is_kept_is_enabled_too_whatever_came_between() {
    let rehearsal = Rehearsal::run().await;
    rehearsal.restore_default().await;
    rehearsal.remove_objects().await;
    rehearsal.delete_key(&[]).await.unwrap();
    let keys = Arc::new(NoEnabling {
        keys: Arc::clone(&rehearsal.account.keys),
        refuses: AtomicBool::new(true),
    });
    let mut account = rehearsal.account.clone();
    account.keys = Arc::clone(&keys) as _;
    let engine = rehearsal.bench.engine_on(account);
    engine.recover(vec![rehearsal.plan.clone()]).await;
    let keep = || engine.decide(&rehearsal.id, "ada", Decision::KeepKeys);
    let refused = keep().await;
    let Err(EngineError::Setting { remedy, .. }) = refused else {
        panic!("it is not enabled: {refused:?}");
    };
    assert!(remedy.contains("kms:EnableKey"), "{remedy}");
    assert_eq!(rehearsal.key_state().await, "Disabled");
    keys.refuses.store(false, Ordering::Relaxed);
    keep().await.unwrap();
    assert_eq!(rehearsal.key_state().await, "Enabled");
    let progress = engine.progress(&rehearsal.id).unwrap();
    let evidence = &progress.buckets[0].settings[&Setting::KeyKept];
    assert!(evidence.contains("stays, and is enabled"), "{evidence}");
}

#[tokio::test]
async fn no_migration_begins_under_a_key_that_is_being_looked_at() {
    let rehearsal = Rehearsal::run().await;
    rehearsal.restore_default().await;
    rehearsal.remove_objects().await;
    let mut other = rehearsal.plan.clone();
    other.id = MigrationId("m-other".to_string());
    let begin = async {
        match rehearsal.engine.confirm(other.clone(), "bob", &other.name).await {
            Err(EngineError::KeyLeaving { key }) => Some(key),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    let (deleted, begun) = tokio::join!(rehearsal.delete_key(&[]), begin);
    // Whichever was first, the other one is refused.
    assert_ne!(deleted.is_ok(), begun.is_none(), "{deleted:?} {begun:?}");
}
