//! Jobs over several buckets in several Regions, which are one migration.

use crate::jobs::{bench_of, entries, made, put, settings, updates};
use crate::sandbox::OnSandbox;
use cloud::Folder;
use model::jobs::{JobStatus, ManifestSource};
use model::migration::{FailureCause, State};
use model::plan::PlanBucket;

const BUCKETS: [&str; 3] = ["customer-statements", "device-telemetry", "website-assets"];
/// Of the second, in Frankfurt, one object is held when its job comes.
const WITH_FAILURE: usize = 1;

/// List and report of a bucket's first job lie in its own Region, and nowhere else.
async fn assert_files_are_in_its_region(bench: &OnSandbox, planned: &PlanBucket, job: &str) {
    let (plan, name) = (&bench.plan, &planned.bucket);
    let deliveries = bench.sandbox.account().deliveries;
    for place in &plan.jobs.as_ref().unwrap().places {
        let is_here = place.region == planned.region;
        let list = place.key(&format!("{}/{name}-1.csv", plan.id));
        let folder = place.key(&format!("{}/", plan.id));
        let lists = deliveries.folder(&place.bucket, &folder).await.unwrap();
        assert_eq!(lists.keys.contains(&list), is_here, "{name} at {place}");
        let folder = place.key(&format!("job-{job}/"));
        let report = deliveries.folder(&place.bucket, &folder).await.unwrap();
        assert_eq!(report != Folder::default(), is_here, "{name} at {place}");
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_over_buckets_of_two_regions_are_one_migration() {
    let bench = bench_of(&BUCKETS, settings(), ManifestSource::Written);
    let plan = &bench.plan;
    let names: Vec<&str> = plan.buckets.iter().map(|bucket| bucket.bucket.as_str()).collect();
    assert_eq!(names, BUCKETS);
    assert_eq!(plan.jobs.as_ref().unwrap().places.len(), 2);
    // Far from the beginning, where the canaries are.
    let held = bench.rows.shards[BUCKETS[WITH_FAILURE]][0]
        .last()
        .unwrap()
        .key
        .clone();
    put(&bench, BUCKETS[WITH_FAILURE], &held, true);
    let (engine, progress) = bench.run().await;
    assert_eq!(
        progress.state,
        State::SucceededWithExceptions,
        "{:?}",
        progress.stopped
    );
    let failures: Vec<_> = progress
        .failures
        .iter()
        .map(|(bucket, failed)| (*bucket as usize, failed.key.as_str(), failed.cause))
        .collect();
    assert_eq!(
        failures,
        [(WITH_FAILURE, held.as_str(), FailureCause::ObjectLocked)]
    );
    assert_eq!(progress.tally().total().objects.0, plan.rows());
    assert_eq!(made(&entries(&bench)), BUCKETS.len());

    for (position, (planned, here)) in plan.buckets.iter().zip(&progress.buckets).enumerate() {
        let name = &planned.bucket;
        let job = here.job.clone().unwrap();
        let (id, result) = (job.id.unwrap(), job.result.unwrap());
        let failed = u64::from(position == WITH_FAILURE);
        assert_eq!(job.number, 1, "{name}");
        assert_eq!(
            (result.status, result.failed),
            (JobStatus::Complete, failed),
            "{name}"
        );
        let verified = here.verified.as_ref().unwrap();
        assert_eq!(verified.met, verified.expected, "{name}");
        assert_files_are_in_its_region(&bench, planned, &id).await;
    }
    let twice = updates(bench.directory.path())
        .into_iter()
        .find(|(_, count)| *count > 1);
    assert_eq!(twice, None, "an object was updated twice");

    // The hold is lifted, and the runner tries again what the job failed on.
    put(&bench, BUCKETS[WITH_FAILURE], &held, false);
    engine.retry_failed(&plan.id, "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Succeeded, "{:?}", progress.stopped);
    assert!(progress.failures.is_empty(), "{:?}", progress.failures);
    assert_eq!(progress.tally().total().objects.0, plan.rows());
    assert_eq!(made(&entries(&bench)), BUCKETS.len(), "no job for one object");
}
