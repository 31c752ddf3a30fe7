//! Migrations whose updates S3 Batch Operations make, on the simulated account: what a job did is counted like what the
//! runner does, what it failed on is named, and it is made once, whatever ends in between.

use crate::estate::FakeRows;
use crate::sandbox::OnSandbox;
use cloud::ObjectRef;
use cloud::sandbox::{Effect, NewObject, Sandbox, read_effects};
use engine::{Fence, Journal as _, RowReader, Rows, RowsError};
use model::encryption::ObjectEncryption;
use model::inventory::{EncryptionStatus, Region};
use model::jobs::{JobPlace, JobSettings, JobStatus, ManifestSource};
use model::method::Method;
use model::migration::{Entry, FailureCause, Recorded, State};
use model::plan::{Canary, PlanBucket, PlanSettings};
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub(crate) const BUCKET: &str = "customer-statements";

/// One bucket of the account, its updates by a job.
pub(crate) fn bench(manifest: ManifestSource) -> OnSandbox {
    bench_of(&[BUCKET], settings(), manifest)
}

/// As few canaries as there can be before a job.
pub(crate) fn settings() -> PlanSettings {
    PlanSettings {
        canary: Canary {
            objects: 1,
            asks: false,
        },
        ..PlanSettings::default()
    }
}

/// Buckets of the account, their updates by jobs.
pub(crate) fn bench_of(buckets: &[&str], settings: PlanSettings, manifest: ManifestSource) -> OnSandbox {
    let mut bench = OnSandbox::of_all(buckets, settings);
    let mut regions: Vec<Region> = bench
        .plan
        .buckets
        .iter()
        .map(|bucket| bucket.region.clone())
        .collect();
    regions.sort_unstable();
    regions.dedup();
    let place = |region: Region| JobPlace {
        bucket: format!("{}{region}", Sandbox::JOB_REPORTS),
        region,
        prefix: "moves".to_string(),
    };
    bench.plan.jobs = Some(JobSettings {
        role: Sandbox::job_role(),
        places: regions.into_iter().map(place).collect(),
        manifest,
        inventories: Vec::new(),
    });
    bench
}

pub(crate) fn entries(bench: &OnSandbox) -> Vec<Recorded> {
    bench.journal.entries(&bench.plan.id)
}

/// How often each version was updated.
pub(crate) fn updates(directory: &Path) -> BTreeMap<(String, Option<String>), u64> {
    let mut updates = BTreeMap::new();
    for effect in read_effects(directory).unwrap() {
        if let Effect::Update { key, version, .. } = effect {
            *updates.entry((key, version)).or_insert(0) += 1;
        }
    }
    updates
}

pub(crate) fn made(entries: &[Recorded]) -> usize {
    let made = |entry: &&Recorded| matches!(entry.entry, Entry::JobCreated { .. });
    entries.iter().filter(made).count()
}

#[tokio::test(start_paused = true)]
async fn a_job_updates_what_the_plan_says_and_the_runner_copies_the_rest() {
    let bench = bench(ManifestSource::Written);
    let plan = &bench.plan;
    let (_, progress) = bench.run().await;

    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    let tally = progress.tally();
    assert_eq!(tally.total().objects.0, plan.rows());
    let by_update = plan.by_method(Method::UpdateObjectEncryption).0;
    assert_eq!(
        tally.converted[&Method::UpdateObjectEncryption].objects,
        by_update
    );
    let copied = tally
        .converted
        .get(&Method::CopyObject)
        .map_or(0, |amount| amount.objects.0);
    assert_eq!(copied, plan.by_method(Method::CopyObject).0.0);
    assert!(copied > 0, "the bucket has objects that only a copy converts");

    let job = progress.buckets[0].job.clone().unwrap();
    let result = job.result.unwrap();
    assert_eq!((result.status, result.failed), (JobStatus::Complete, 0));
    // The canaries went before, by the runner itself.
    let canaries = by_update.0 - result.total;
    assert!((1..=8).contains(&canaries), "{canaries} canaries");
    assert_eq!(result.succeeded, result.total);
    assert_eq!(made(&entries(&bench)), 1);
    let updates = updates(bench.directory.path());
    assert_eq!(updates.len() as u64, by_update.0);
    assert!(
        updates.values().all(|count| *count == 1),
        "an object was updated twice"
    );
    let verified = progress.buckets[0].verified.clone().unwrap();
    assert_eq!(verified.met, verified.expected);
}

/// Writes an object under SSE-S3, under a legal hold or not; gives its version.
pub(crate) fn put(bench: &OnSandbox, bucket: &str, key: &str, legal_hold: bool) -> Option<String> {
    let object = ObjectRef {
        bucket: bucket.to_string(),
        key: key.to_string(),
        version_id: None,
    };
    let encryption = ObjectEncryption {
        status: EncryptionStatus::SseS3,
        key: None,
        bucket_key: false,
    };
    let new = NewObject {
        legal_hold,
        encryption: Some(encryption),
        ..NewObject::holding(b"written anew")
    };
    bench.sandbox.put(&object, &new).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_a_job_fails_on_is_named_and_can_be_tried_again() {
    let mut bench = bench(ManifestSource::Written);
    // The bucket changes after its inventory was taken, so that the list is out of date.
    let updated: Vec<_> = bench.rows.shards[BUCKET]
        .iter()
        .flatten()
        .filter(|row| row.current && !row.delete_marker && !row.locked)
        .filter(|row| row.encryption_status == EncryptionStatus::SseS3)
        .cloned()
        .collect();
    // Far from the beginning, where the canaries are.
    let (gone, held) = (&updated[updated.len() - 1], &updated[updated.len() - 2]);
    let account = bench.sandbox.account();
    let named = |row: &model::row::ObjectRow| ObjectRef {
        bucket: BUCKET.to_string(),
        key: row.key.clone(),
        version_id: row.version_id.clone(),
    };
    account.probes.delete_probe(&named(gone)).await.unwrap();
    account.probes.delete_probe(&named(held)).await.unwrap();
    let version = put(&bench, BUCKET, &held.key, true);
    for row in bench.rows.shards.get_mut(BUCKET).unwrap().iter_mut().flatten() {
        if row.key == held.key && row.version_id == held.version_id {
            row.version_id.clone_from(&version);
        }
    }
    let (engine, progress) = bench.run().await;
    let id = &bench.plan.id;

    assert_eq!(
        progress.state,
        State::SucceededWithExceptions,
        "{:?}",
        progress.stopped
    );
    assert_eq!(progress.tally().gone.objects.0, 1);
    let failures: Vec<_> = progress
        .failures
        .iter()
        .map(|(_, failed)| (failed.key.as_str(), failed.cause))
        .collect();
    assert_eq!(failures, [(held.key.as_str(), FailureCause::ObjectLocked)]);
    assert!(
        progress
            .failures
            .iter()
            .next()
            .unwrap()
            .1
            .message
            .contains("Object Lock"),
        "{failures:?}"
    );
    // The runner looks at the object first, and sees that it is held.
    engine.retry_failed(id, "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.failures.len(), 1, "it stays an exception with its name");
    assert_eq!(
        progress.failures.iter().next().unwrap().1.cause,
        FailureCause::ObjectLocked
    );
    assert_eq!(progress.state, State::SucceededWithExceptions);
    assert_eq!(made(&entries(&bench)), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_the_job_and_another_one_takes_up_the_rest() {
    let bench = bench(ManifestSource::Written);
    let (plan, engine) = (&bench.plan, bench.engine());
    bench.confirm(&engine).await;
    let mut live = engine.watch(&plan.id).unwrap();
    live.wait_for(|live| live.phase.contains("Active")).await.unwrap();
    engine.pause(&plan.id, "ada").await.unwrap();
    let paused = bench.settled(&engine).await;
    assert_eq!(paused.state, State::Paused);
    let result = paused.buckets[0].job.clone().unwrap().result.unwrap();
    assert_eq!(result.status, JobStatus::Cancelled);

    engine.resume(&plan.id, "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    assert_eq!(progress.buckets[0].job.clone().unwrap().number, 2);
    assert_eq!(progress.tally().total().objects.0, plan.rows());
}

#[tokio::test(start_paused = true)]
async fn a_role_that_s3_may_not_take_stops_the_run_before_an_object_is_touched_by_a_job() {
    let mut bench = bench_of(&["kms-encryption-demo"], settings(), ManifestSource::Generated);
    bench.plan.jobs.as_mut().unwrap().role = "arn:aws:iam::111122223333:role/other".to_string();
    let (_, progress) = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    let reason = progress.stopped.unwrap();
    assert!(reason.contains("Failed") && reason.contains("role"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn every_prefix_of_a_journal_with_a_job_comes_to_the_same_end_with_one_job() {
    let recorded = {
        let bench = bench(ManifestSource::Written);
        bench.run().await;
        entries(&bench)
    };
    let kinds = recorded.iter().enumerate().filter(|(_, entry)| {
        matches!(
            entry.entry,
            Entry::CanaryPassed { .. }
                | Entry::ManifestIntended { .. }
                | Entry::JobIntended { .. }
                | Entry::JobCreated { .. }
                | Entry::JobEnded { .. }
        )
    });
    for (last, entry) in kinds {
        let mut bench = bench(ManifestSource::Written);
        // The world as it became: everything was done, and the journal lost its end.
        bench.run().await;
        bench.journal = Arc::default();
        let plan = &bench.plan;
        let mut fence = Fence { epoch: 0 };
        for earlier in &recorded[..=last] {
            if let Entry::RunnerStarted { epoch, .. } = earlier.entry {
                fence.epoch = epoch;
            }
            bench
                .journal
                .append(&plan.id, fence, UnixMillis(0), vec![earlier.entry.clone()])
                .await
                .unwrap();
        }
        let engine = bench.engine();
        engine.recover(vec![plan.clone()]).await;
        let progress = bench.settled(&engine).await;
        let name = entry.entry.kind().name();
        assert_eq!(progress.state, State::Succeeded, "{name}: {:?}", progress.stopped);
        assert_eq!(progress.tally().total().objects.0, plan.rows(), "{name}");
        assert_eq!(made(&entries(&bench)), 1, "{name}");
    }
}

/// Where the lists and reports of a bench lie on the disk.
fn folder_of(bench: &OnSandbox) -> PathBuf {
    let place = &bench.plan.jobs.as_ref().unwrap().places[0];
    bench
        .directory
        .path()
        .join("jobs")
        .join(&place.bucket)
        .join("moves")
}

/// What lies at the place of a bench's jobs: keys and folders below the migration's own.
async fn at_place(bench: &OnSandbox) -> Vec<String> {
    let place = &bench.plan.jobs.as_ref().unwrap().places[0];
    let prefix = place.key(&format!("{}/", bench.plan.id));
    let deliveries = bench.sandbox.account().deliveries;
    let found = deliveries.folder(&place.bucket, &prefix).await.unwrap();
    [found.folders, found.keys].concat()
}

#[tokio::test(start_paused = true)]
async fn a_place_that_does_not_do_stops_the_run_before_anything_else_is_done() {
    let (sse_s3_refused, plain) = ("kms-encryption-demo", "claims-documents-prod");
    for (bucket, operation, remedy) in [
        (sse_s3_refused, "PutObject", "s3:PutObject under SSE-S3"),
        ("no-such-bucket", "PutObject", "plan again with another place"),
        // It takes the list, and gives nothing back.
        (plain, "ListObjectsV2", "plan again with another place"),
    ] {
        let mut bench = bench(ManifestSource::Written);
        let account = bench.sandbox.account();
        let key = &bench.plan.buckets[0].target.key;
        let policy = model::policy::enforced(None, sse_s3_refused, key).unwrap();
        account
            .policies
            .put_policy(sse_s3_refused, Some(&policy))
            .await
            .unwrap();
        let before = account.buckets.settings(BUCKET).await.unwrap();
        bench.plan.jobs.as_mut().unwrap().places[0].bucket = bucket.to_string();
        let (_, progress) = bench.run().await;
        assert_eq!(progress.state, State::Stopped, "{bucket}");
        let reason = progress.stopped.unwrap();
        for part in [
            operation,
            &format!("s3://{bucket}/moves"),
            "No job was made",
            remedy,
        ] {
            assert!(reason.contains(part), "{bucket}: no {part} in: {reason}");
        }
        let begun = |entry: &Recorded| {
            !matches!(
                entry.entry,
                Entry::Confirmed { .. } | Entry::RunnerStarted { .. } | Entry::Stopped { .. }
            )
        };
        assert!(
            !entries(&bench).iter().any(begun),
            "{bucket}: something was begun"
        );
        let after = account.buckets.settings(BUCKET).await.unwrap();
        assert_eq!(before.default_encryption, after.default_encryption, "{bucket}");
        let left = bench.sandbox.inventory_rows(bucket);
        assert!(
            !left.iter().any(|row| row.key.contains("probe")),
            "{bucket}: the object is left"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_is_tried_again_by_whoever_takes_the_run_up_and_nothing_is_left_there() {
    let bench = bench(ManifestSource::Written);
    // A folder with something in it stands where the object is to go.
    let in_the_way = folder_of(&bench).join(&bench.plan.id.0).join("probe");
    std::fs::create_dir_all(in_the_way.join("more")).unwrap();
    let begun = Instant::now();
    let (engine, progress) = bench.run().await;
    assert_eq!(progress.state, State::Stopped);
    assert!(
        begun.elapsed() > Duration::from_secs(5),
        "what may pass is tried for a while"
    );
    std::fs::remove_dir_all(&in_the_way).unwrap();
    // What a crash left there before.
    std::fs::write(&in_the_way, "rekey tries all, 1").unwrap();
    engine.resume(&bench.plan.id, "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    let list = format!("moves/{}/{BUCKET}-1.csv", bench.plan.id);
    assert_eq!(at_place(&bench).await, [list]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_heard_while_a_place_is_tried() {
    let bench = bench(ManifestSource::Written);
    let in_the_way = folder_of(&bench).join(&bench.plan.id.0).join("probe");
    std::fs::create_dir_all(&in_the_way).unwrap();
    let engine = bench.engine();
    bench.confirm(&engine).await;
    let mut live = engine.watch(&bench.plan.id).unwrap();
    live.wait_for(|live| live.phase.starts_with("Trying s3://"))
        .await
        .unwrap();
    engine.pause(&bench.plan.id, "ada").await.unwrap();
    assert_eq!(bench.settled(&engine).await.state, State::Paused);
}

/// A page never takes back what it has shown: what S3 says of its job goes over into what is read in the report.
#[tokio::test(start_paused = true)]
async fn what_is_shown_of_a_job_never_goes_back() {
    let bench = bench(ManifestSource::Written);
    let engine = bench.engine();
    bench.confirm(&engine).await;
    let mut live = engine.watch(&bench.plan.id).unwrap();
    let (mut most, mut pauses) = (0, 0);
    loop {
        live.changed().await.unwrap();
        let now = live.borrow_and_update().clone();
        let done = now.tally.done().objects.0;
        assert!(done >= most, "{done} after {most}: {}", now.phase);
        most = done;
        let by_bucket = engine.as_it_is_now(&bench.plan.id).unwrap();
        assert!(
            by_bucket.buckets[0].tally.done().objects.0 >= done,
            "the page is of one moment"
        );
        if pauses == 0 && now.phase.contains("Active") && done > 20 {
            pauses += 1;
            engine.pause(&bench.plan.id, "ada").await.unwrap();
        }
        if now.state == State::Paused {
            engine.resume(&bench.plan.id, "ada").await.unwrap();
        }
        if now.state.is_ended() {
            break;
        }
    }
    assert_eq!(pauses, 1, "it was paused while its job worked");
    let progress = engine.progress(&bench.plan.id).unwrap();
    let tally = progress.tally();
    assert_eq!(tally.done().objects.0, most);
    assert!(tally.kms_calls >= tally.done().objects.0, "{}", tally.kms_calls);
}

/// Rows that come again and again, so that a list of them has no end.
#[derive(Debug)]
struct Endless(FakeRows);

#[derive(Debug)]
struct Again {
    rows: Vec<ObjectRow>,
}

impl Rows for Endless {
    fn shards(&self, bucket: &PlanBucket) -> Result<u32, RowsError> {
        self.0.shards(bucket)
    }

    fn open(&self, bucket: &PlanBucket, shard: u32) -> Result<Box<dyn RowReader + Send>, RowsError> {
        let rows = self.0.shards[&bucket.bucket][shard as usize].clone();
        Ok(Box::new(Again { rows }))
    }
}

impl RowReader for Again {
    fn next_batch(&mut self, _: usize) -> Result<Vec<ObjectRow>, RowsError> {
        Ok(self.rows.clone())
    }

    fn skip(&mut self, _: u64) -> Result<(), RowsError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_pause_is_heard_while_a_list_is_written() {
    let bench = bench(ManifestSource::Written);
    let engine = bench.engine_over(Arc::new(Endless(bench.rows.clone())));
    bench.confirm(&engine).await;
    let mut live = engine.watch(&bench.plan.id).unwrap();
    live.wait_for(|live| live.phase.starts_with("Writing the list"))
        .await
        .unwrap();
    engine.pause(&bench.plan.id, "ada").await.unwrap();
    let paused = bench.settled(&engine).await;
    assert_eq!((paused.state, paused.stopped), (State::Paused, None));
    assert_eq!(made(&entries(&bench)), 0);
    assert!(at_place(&bench).await.is_empty(), "nothing of it is left");
}

#[test]
fn a_place_is_read_as_people_write_it() {
    let region = || Region("eu-west-2".to_string());
    let place = JobPlace::parse("s3://reports/moves/2026/", region()).unwrap();
    assert_eq!(
        (place.bucket.as_str(), place.prefix.as_str()),
        ("reports", "moves/2026")
    );
    assert_eq!(place.key("a.csv"), "moves/2026/a.csv");
    assert_eq!(
        JobPlace::parse("s3://reports", region()).unwrap().key("a.csv"),
        "a.csv"
    );
    assert!(JobPlace::parse("reports/moves", region()).is_err());
}
