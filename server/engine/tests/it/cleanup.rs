//! The clean-up of a rehearsal on the simulated account: a key goes only when nothing needs it, and can be kept after all.

use crate::estate::FakeRows;
use crate::sandbox::plan;
use cloud::sandbox::{NewObject, Sandbox, SandboxOptions};
use cloud::{Account, ObjectRef};
use engine::{Engine, EngineError, EngineOptions, MemoryJournal, SystemClock};
use model::encryption::ObjectEncryption;
use model::inventory::EncryptionStatus;
use model::migration::{Setting, State};
use model::plan::{MigrationId, Plan};
use std::collections::BTreeSet;
use std::sync::Arc;

const BUCKET: &str = "kms-encryption-demo";

struct Rehearsal {
    engine: Engine,
    sandbox: Sandbox,
    account: Account,
    plan: Plan,
    id: MigrationId,
    _directory: tempfile::TempDir,
}

impl Rehearsal {
    async fn run() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::open(directory.path(), SandboxOptions::default()).unwrap();
        let mut rows = FakeRows::default();
        let mut plan = plan(&sandbox, &mut rows, false);
        plan.buckets.retain(|bucket| bucket.bucket == BUCKET);
        let keys = sandbox.usable_keys(&plan.buckets[0].region);
        let rehearsal = keys
            .into_iter()
            .find(|key| key.alias.as_deref() == Some("alias/rehearsal"));
        plan.buckets[0].target.key = rehearsal.unwrap().arn;
        let engine = Engine::new(
            Arc::new(MemoryJournal::default()),
            Arc::new(rows),
            sandbox.account(),
            Arc::new(SystemClock),
            EngineOptions::default(),
        );
        let id = plan.id.clone();
        engine.confirm(plan.clone(), "ada", "all").await.unwrap();
        let mut live = engine.watch(&id).unwrap();
        live.wait_for(|live| live.state == State::Succeeded)
            .await
            .unwrap();
        Self {
            engine,
            account: sandbox.account(),
            sandbox,
            plan,
            id,
            _directory: directory,
        }
    }

    async fn delete_key(&self, without: &[&str]) -> Result<State, EngineError> {
        let without: BTreeSet<String> = without.iter().map(ToString::to_string).collect();
        self.engine.delete_keys(&self.id, "ada", 7, without).await
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
    let restore = Setting::DefaultRestored;
    rehearsal
        .engine
        .change_setting(&rehearsal.id, "ada", restore)
        .await
        .unwrap();
    let refused = rehearsal.delete_key(&[]).await.unwrap_err().to_string();
    assert!(
        refused.contains(BUCKET) && refused.contains("would be lost"),
        "{refused}"
    );
    assert_eq!(rehearsal.key_state().await, "Enabled", "it was refused");

    rehearsal.remove_objects().await;
    rehearsal.delete_key(&[]).await.unwrap();
    assert_eq!(rehearsal.key_state().await, "PendingDeletion");
    let progress = rehearsal.engine.progress(&rehearsal.id).unwrap();
    let evidence = &progress.buckets[0].settings[&Setting::KeyDeletion];
    assert!(
        evidence.contains("None of") && evidence.contains("deleted on"),
        "{evidence}"
    );
    // Asked again it is what it was.
    rehearsal.delete_key(&[]).await.unwrap();

    rehearsal.engine.keep_keys(&rehearsal.id, "ada").await.unwrap();
    assert_eq!(rehearsal.key_state().await, "Enabled");
    let progress = rehearsal.engine.progress(&rehearsal.id).unwrap();
    assert!(!progress.buckets[0].settings.contains_key(&Setting::KeyDeletion));
}

#[tokio::test]
async fn a_key_stays_while_an_object_cannot_be_looked_at() {
    let rehearsal = Rehearsal::run().await;
    let restore = Setting::DefaultRestored;
    rehearsal
        .engine
        .change_setting(&rehearsal.id, "ada", restore)
        .await
        .unwrap();
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
    rehearsal.sandbox.put(&object, &customers).unwrap();
    let refused = rehearsal.delete_key(&[]).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be looked at"), "{refused}");
    assert_eq!(rehearsal.key_state().await, "Enabled");
    rehearsal.remove_objects().await;
    rehearsal.delete_key(&[]).await.unwrap();
}

#[tokio::test]
async fn a_key_stays_while_another_migration_is_planned_to_it() {
    let rehearsal = Rehearsal::run().await;
    let restore = Setting::DefaultRestored;
    rehearsal
        .engine
        .change_setting(&rehearsal.id, "ada", restore)
        .await
        .unwrap();
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
    let restore = Setting::DefaultRestored;
    rehearsal
        .engine
        .change_setting(&rehearsal.id, "ada", restore)
        .await
        .unwrap();
    // Wrongly, as far as this test is concerned: the objects are there, and the word of the inventory is taken.
    rehearsal.delete_key(&[BUCKET]).await.unwrap();
    assert_eq!(rehearsal.key_state().await, "PendingDeletion");
}
