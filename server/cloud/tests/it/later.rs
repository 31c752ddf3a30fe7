//! The simulated account after its first day: what came under a hold since the first inventory, and which buckets a later
//! one is due for.

use crate::sandbox::{DEMO, named, of_row, open, refusal, target};
use cloud::Fault;
use cloud::sandbox::{NewObject, Sandbox, SandboxOptions, SetClock};
use model::inventory::EncryptionStatus;
use std::sync::Arc;

#[tokio::test]
async fn a_few_objects_come_under_a_legal_hold_after_the_first_inventory() {
    let dir = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::at(Sandbox::START));
    let options = SandboxOptions {
        clock: Arc::clone(&clock) as _,
        ..SandboxOptions::default()
    };
    let sandbox = open(&dir, options);
    let bucket = "payments-ledger-prod";
    let first = sandbox.inventory_rows(bucket);
    clock.advance(2 * 3_600_000);
    let later = sandbox.inventory_rows(bucket);
    let held: Vec<_> = first
        .iter()
        .zip(&later)
        .filter(|(before, after)| !before.locked && after.locked)
        .map(|(before, _)| before)
        .collect();
    assert_eq!(held.len(), 3);
    assert_eq!(
        sandbox.inventory_at(bucket, Sandbox::START).collect::<Vec<_>>(),
        first
    );
    let target = target(&sandbox, "eu-west-2");
    for row in held {
        assert!(
            row.current && row.encryption_status == EncryptionStatus::SseS3,
            "{row:?}"
        );
        let error = refusal(&sandbox, &of_row(bucket, row), &target).await;
        assert_eq!(error.fault, Fault::Locked, "{error}");
    }
    for bucket in sandbox.buckets().iter().filter(|other| other.name != bucket) {
        let first: Vec<_> = sandbox.inventory_at(&bucket.name, Sandbox::START).collect();
        assert_eq!(sandbox.inventory_rows(&bucket.name), first, "{}", bucket.name);
    }
}

#[tokio::test]
async fn the_last_change_of_a_buckets_objects_is_told_also_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::at(Sandbox::START));
    let options = || SandboxOptions {
        clock: Arc::clone(&clock) as _,
        ..SandboxOptions::default()
    };
    let sandbox = open(&dir, options());
    let account = sandbox.account();
    assert_eq!(sandbox.changed_at(DEMO), None);
    let settings = account.buckets.settings(DEMO).await.expect("settings");
    let default = settings.default_encryption.expect("a default");
    let buckets = &account.buckets;
    buckets
        .put_default_encryption(DEMO, &default)
        .await
        .expect("a default");
    assert_eq!(sandbox.changed_at(DEMO), None, "a setting is no object");
    clock.advance(1_000);
    let object = named(DEMO, "new.txt");
    sandbox.put(&object, &NewObject::holding(b"1")).expect("a write");
    let written = sandbox.now();
    clock.advance(1_000);
    drop((account, sandbox));
    let sandbox = open(&dir, options());
    assert_eq!(sandbox.changed_at(DEMO), Some(written));
    assert_eq!(sandbox.changed_at("website-assets"), None);
    assert_eq!(sandbox.changed_at("no-such-bucket"), None);
}
