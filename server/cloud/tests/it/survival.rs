//! What the simulated account keeps when it is closed, and when its process is killed.

use crate::sandbox::{DEMO, named, of_row, open, target};
use cloud::CopyOrder;
use cloud::sandbox::{Effect, NewObject, Sandbox, SandboxOptions, read_effects};
use model::inventory::EncryptionStatus;
use model::row::ObjectRow;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn everything_answered_is_there_after_reopening() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = open(&dir, SandboxOptions::default());
    let account = sandbox.account();
    let target = target(&sandbox, "eu-west-2");
    let bucket = "claims-documents-prod";
    let rows = sandbox.inventory_rows(bucket);
    let copyable = |row: &&ObjectRow| row.current && row.encryption_status == EncryptionStatus::NotSse;
    let copied = of_row(bucket, rows.iter().find(copyable).expect("an unencrypted object"));
    let seen = account.objects.head(&copied).await.expect("the object");
    let order = CopyOrder {
        seen,
        target: target.clone(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: None,
    };
    account
        .objects
        .copy_in_place(&copied, &order)
        .await
        .expect("a copy");
    let updated = rows
        .iter()
        .filter(|row| row.encryption_status == EncryptionStatus::SseS3 && !row.delete_marker);
    for row in updated.take(50) {
        account
            .objects
            .update_encryption(&of_row(bucket, row), &target)
            .await
            .expect("an update");
    }
    sandbox
        .put(&named(DEMO, "new.txt"), &NewObject::holding(b"new"))
        .expect("a write");
    let settings = account.buckets.settings(DEMO).await.expect("settings");
    let mut default = settings.default_encryption.expect("a default");
    default.blocked.clear();
    account
        .buckets
        .put_default_encryption(DEMO, &default)
        .await
        .expect("a default");
    let state = |sandbox: &Sandbox| (sandbox.inventory_rows(bucket), sandbox.inventory_rows(DEMO));
    let before = state(&sandbox);
    drop((account, sandbox));

    let reopened = open(&dir, SandboxOptions::default());
    assert_eq!(state(&reopened), before);
    let settings = reopened.account().buckets.settings(DEMO).await.expect("settings");
    assert_eq!(settings.default_encryption, Some(default));
    let read = reopened
        .account()
        .objects
        .read(&named(DEMO, "new.txt"), 10)
        .await
        .expect("a body");
    assert_eq!(read, b"new");
    let effects = read_effects(dir.path()).expect("the effects");
    assert_eq!(effects.len(), 53);
    let copies: Vec<_> = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Copy { .. }))
        .collect();
    assert!(
        matches!(copies[..], [Effect::Copy { source: Some(source), made: Some(made), .. }] if source != made)
    );
}

/// Where the test below tells its second process, which runs the same test, to work.
const KILLED_DIR: &str = "REKEY_TEST_KILLED_DIR";

/// What the second process does until it is killed.
async fn update_until_killed(dir: std::ffi::OsString) {
    let sandbox = Sandbox::open(dir.as_ref(), SandboxOptions::default()).expect("a sandbox");
    let account = sandbox.account();
    let target = target(&sandbox, "us-east-1");
    for row in sandbox.inventory_rows("clickstream-raw") {
        if row.encryption_status == EncryptionStatus::SseS3 {
            let object = of_row("clickstream-raw", &row);
            account
                .objects
                .update_encryption(&object, &target)
                .await
                .expect("an update");
            writeln!(std::io::stdout(), "updated {}", row.key).expect("somebody listens");
        }
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    if let Some(dir) = std::env::var_os(KILLED_DIR) {
        return update_until_killed(dir).await;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "survival::what_was_answered_survives_a_kill",
            "--nocapture",
        ])
        .env(KILLED_DIR, dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let lines = lines.map(|line| line.expect("text"));
    let answered: Vec<_> = lines
        .filter_map(|line| Some(line.split_once("updated ")?.1.to_string()))
        .take(500)
        .collect();
    child.kill().expect("a kill");
    child.wait().expect("its end");
    assert_eq!(answered.len(), 500);
    let sandbox = open(&dir, SandboxOptions::default());
    let rows = sandbox.inventory_rows("clickstream-raw");
    let moved: BTreeSet<_> = rows
        .into_iter()
        .filter(|row| row.encryption_status == EncryptionStatus::SseKms)
        .map(|row| row.key)
        .collect();
    assert!(answered.iter().all(|key| moved.contains(key)));
}
