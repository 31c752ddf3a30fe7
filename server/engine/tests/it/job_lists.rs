//! Where the list of a job comes from, on the simulated account: lists that S3 makes or delivered come to the same end, and
//! none of them has a job touch what the plan leaves alone.

use crate::estate::plan_bucket;
use crate::jobs::{bench_of, entries, made, settings, updates};
use crate::sandbox::OnSandbox;
use cloud::ObjectRef;
use cloud::sandbox::Sandbox;
use model::inventory::{EncryptionStatus, StorageClass};
use model::jobs::{InventoryPlace, JobStatus, Manifest, ManifestSource};
use model::line_choices::{LineChoice, LineChoices, LineKey};
use model::method::{LeftOut, Method};
use model::migration::{FailureCause, State};
use model::plan::{LeftOutLine, PlanBucket};
use model::quantity::{Bytes, Objects};
use model::row::ObjectRow;
use std::collections::BTreeSet;

/// Tells the plan where the inventory of its bucket lies, and puts its manifest there.
pub(crate) fn with_inventory(bench: &mut OnSandbox) {
    let bucket = bench.plan.buckets[0].bucket.clone();
    let key = format!("a/{bucket}/manifest.json");
    let file = bench.sandbox.deliveries().join(&key);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "{}").unwrap();
    let place = InventoryPlace {
        bucket,
        holder: Sandbox::REPORTS.to_string(),
        key,
    };
    bench.plan.jobs.as_mut().unwrap().inventories.push(place);
}

/// Lists that S3 makes, or delivered, name the same objects in a bucket that has nothing else.
#[tokio::test(start_paused = true)]
async fn lists_that_are_s3s_own_come_to_the_same_end() {
    for manifest in [ManifestSource::Generated, ManifestSource::Inventory] {
        let mut bench = bench_of(&["kms-encryption-demo"], settings(), manifest);
        with_inventory(&mut bench);
        let (_, progress) = bench.run().await;
        assert_eq!(
            progress.state,
            State::Succeeded,
            "{manifest:?}: {:?}",
            progress.stopped
        );
        assert_eq!(
            progress.tally().total().objects.0,
            bench.plan.rows(),
            "{manifest:?}"
        );
        let job = progress.buckets[0].job.clone().unwrap();
        match (manifest, job.manifest.unwrap()) {
            (ManifestSource::Generated, Manifest::Generated) => {}
            (ManifestSource::Inventory, Manifest::Inventory { e_tag, .. }) => assert!(!e_tag.is_empty()),
            other => panic!("{other:?}"),
        }
    }
}

/// A plan that was stored before its list was looked at is not run either.
#[tokio::test(start_paused = true)]
async fn no_job_touches_a_line_that_the_plan_leaves_out() {
    let bucket = "device-telemetry";
    let left = LineKey {
        storage_class: StorageClass::StandardIa,
        encryption_status: EncryptionStatus::SseS3,
        current: true,
    };
    for manifest in ManifestSource::ALL {
        let mut settings = settings();
        settings.rules.lines = LineChoices::NONE.with(left, Some(LineChoice::Leave));
        let mut bench = bench_of(&[bucket], settings, manifest);
        with_inventory(&mut bench);
        let rows = bench.rows.shards[bucket].iter().flatten();
        let left: BTreeSet<String> = rows
            .filter(|row| row.storage_class == left.storage_class)
            .map(|row| row.key.clone())
            .collect();
        assert!(left.len() > 100, "{}", left.len());
        bench.plan.buckets[0].left_out.push(LeftOutLine {
            reason: LeftOut::ByChoice,
            objects: Objects(left.len() as u64),
            bytes: Bytes::ZERO,
        });
        let (_, progress) = bench.run().await;
        let updated = updates(bench.directory.path());
        let touched = updated.keys().find(|(key, _)| left.contains(key));
        assert_eq!(touched, None, "{manifest:?}");
        if manifest == ManifestSource::Written {
            assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
            let converted = progress.tally().converted[&Method::UpdateObjectEncryption];
            assert_eq!(converted.objects.0, bench.plan.rows() - left.len() as u64);
        } else {
            assert_eq!(progress.state, State::Stopped, "{manifest:?}");
            let reason = progress.stopped.unwrap();
            assert!(reason.contains("a list written by Rekey"), "{reason}");
            assert_eq!(made(&entries(&bench)), 0, "{manifest:?}");
        }
    }
}

fn is_null(row: &ObjectRow) -> bool {
    row.version_id.as_deref() == Some("null")
}

/// An inventory leaves the version of a null version empty, and S3 fails such tasks.
#[tokio::test(start_paused = true)]
async fn null_versions_of_an_inventory_are_failures_with_their_names_and_can_be_tried_again() {
    let bucket = "claims-documents-prod";
    let mut bench = bench_of(&[bucket], settings(), ManifestSource::Inventory);
    with_inventory(&mut bench);
    // A job works on every row, so that the bucket is to have no others.
    let probes = bench.sandbox.account().probes;
    for row in bench.sandbox.inventory_rows(bucket) {
        if row.delete_marker || row.encryption_status != EncryptionStatus::SseS3 {
            let object = ObjectRef {
                bucket: bucket.to_string(),
                key: row.key,
                version_id: row.version_id,
            };
            probes.delete_probe(&object).await.unwrap();
        }
    }
    let shards = vec![bench.sandbox.inventory_rows(bucket)];
    let nulls = shards[0].iter().filter(|row| is_null(row)).count();
    let planned = &mut bench.plan.buckets[0];
    *planned = PlanBucket {
        target: planned.target.clone(),
        region: planned.region.clone(),
        ..plan_bucket(bucket, &shards, bench.plan.settings.rules)
    };
    bench.rows.shards.insert(bucket.to_string(), shards);

    let (engine, progress) = bench.run().await;
    assert_eq!(
        progress.state,
        State::SucceededWithExceptions,
        "{:?}",
        progress.stopped
    );
    let job = progress.buckets[0].job.clone().unwrap();
    let result = job.result.unwrap();
    assert_eq!(
        (result.status, result.failed),
        (JobStatus::Complete, nulls as u64)
    );
    // Canaries went before, and may be among them.
    let failures: BTreeSet<&str> = progress
        .failures
        .iter()
        .map(|(_, failed)| failed.key.as_str())
        .collect();
    assert!(
        failures.len() > 50 && failures.len() <= nulls,
        "{} of {nulls}",
        failures.len()
    );
    for (_, failed) in progress.failures.iter() {
        assert_eq!(failed.version_id.as_deref(), Some("null"), "{failed:?}");
        assert_eq!(failed.cause, FailureCause::Refused, "{failed:?}");
    }
    let left = |row: &ObjectRow| row.encryption_status == EncryptionStatus::SseS3;
    let now = bench.sandbox.inventory_rows(bucket);
    let left_now: BTreeSet<&str> = now
        .iter()
        .filter(|row| left(row))
        .map(|row| row.key.as_str())
        .collect();
    assert_eq!(left_now, failures, "what is not converted has its name");
    assert_eq!(progress.tally().total().objects.0, bench.plan.rows());

    engine.retry_failed(&bench.plan.id, "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    assert!(!bench.sandbox.inventory_rows(bucket).iter().any(left));
}
