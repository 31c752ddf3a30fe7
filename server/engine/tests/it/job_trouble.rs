//! Jobs with trouble around them, on the simulated account: connections that break, rights that are missing, an account
//! that is opened for reading while a job goes on, and jobs that S3 holds up.

use crate::jobs::{BUCKET, bench, bench_of, entries, put, settings};
use crate::sandbox::OnSandbox;
use async_trait::async_trait;
use cloud::{
    Account, CloudError, Content, Deliveries, Fault, Folder, InventoryConfiguration, JobFacts, JobOrder,
    Jobs, ManifestText,
};
use engine::{Engine, EngineError};
use model::inventory::Region;
use model::jobs::{JobStatus, ManifestSource};
use model::method::Method;
use model::migration::{Entry, State};
use model::plan::MigrationId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// More than a request is made again for.
const ENDLESS: usize = 20;

/// What stands before the account's jobs, and before what is read of their reports.
#[derive(Debug)]
struct Troubled {
    account: Account,
    /// How the next requests fail, by operation.
    faults: Mutex<BTreeMap<&'static str, VecDeque<Fault>>>,
    /// What jobs say first when they are looked at.
    statuses: Mutex<VecDeque<JobStatus>>,
}

impl Troubled {
    fn before(account: Account) -> Arc<Self> {
        Arc::new(Self {
            account,
            faults: Mutex::default(),
            statuses: Mutex::default(),
        })
    }

    fn fails(&self, operation: &'static str, fault: Fault, times: usize) {
        let mut faults = self.faults.lock().unwrap();
        faults.entry(operation).or_default().extend(vec![fault; times]);
    }

    fn holds(&self) {
        self.faults.lock().unwrap().clear();
    }

    fn trouble(&self, operation: &'static str, target: &str) -> Result<(), CloudError> {
        let mut faults = self.faults.lock().unwrap();
        match faults.get_mut(operation).and_then(VecDeque::pop_front) {
            Some(fault) => Err(CloudError::new(fault, operation, target, "made on purpose")),
            None => Ok(()),
        }
    }

    fn engine(self: &Arc<Self>, bench: &OnSandbox) -> Engine {
        let mut account = self.account.clone();
        account.jobs = Arc::clone(self) as _;
        account.deliveries = Arc::clone(self) as _;
        bench.engine_on(account)
    }
}

#[async_trait]
impl Jobs for Troubled {
    async fn put_manifest(
        &self,
        bucket: &str,
        key: &str,
        mut text: ManifestText,
    ) -> Result<String, CloudError> {
        if let Err(error) = self.trouble("PutObject", key) {
            // In the middle of it.
            let _ = text.recv().await;
            return Err(error);
        }
        self.account.jobs.put_manifest(bucket, key, text).await
    }

    async fn create(&self, order: &JobOrder) -> Result<String, CloudError> {
        self.trouble("CreateJob", &order.bucket)?;
        self.account.jobs.create(order).await
    }

    async fn describe(&self, account: &str, region: &Region, id: &str) -> Result<JobFacts, CloudError> {
        self.trouble("DescribeJob", id)?;
        let mut facts = self.account.jobs.describe(account, region, id).await?;
        if let Some(status) = self.statuses.lock().unwrap().pop_front() {
            facts.status = status;
        }
        Ok(facts)
    }

    async fn cancel(&self, account: &str, region: &Region, id: &str) -> Result<(), CloudError> {
        self.trouble("UpdateJobStatus", id)?;
        self.account.jobs.cancel(account, region, id).await
    }
}

#[async_trait]
impl Deliveries for Troubled {
    async fn region(&self, bucket: &str) -> Result<Option<Region>, CloudError> {
        self.account.deliveries.region(bucket).await
    }

    async fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, CloudError> {
        self.account.deliveries.folder(bucket, prefix).await
    }

    async fn open(&self, bucket: &str, key: &str) -> Result<Content, CloudError> {
        if key.ends_with("manifest.json") {
            self.trouble("GetObject", key)?;
        }
        self.account.deliveries.open(bucket, key).await
    }

    async fn configurations(&self, bucket: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        self.account.deliveries.configurations(bucket).await
    }
}

/// A bench one of whose objects the job fails on, so that there is a report to be read.
fn with_failure() -> OnSandbox {
    let mut bench = bench_of(&["device-telemetry"], settings(), ManifestSource::Written);
    let shard = &mut bench.rows.shards.get_mut("device-telemetry").unwrap()[0];
    let key = shard.last().unwrap().key.clone();
    put(&bench, "device-telemetry", &key, true);
    bench
}

fn stops(bench: &OnSandbox) -> Vec<String> {
    let reason = |entry: Entry| match entry {
        Entry::Stopped { reason } => Some(reason),
        _ => None,
    };
    let entries = entries(bench).into_iter();
    entries.filter_map(|recorded| reason(recorded.entry)).collect()
}

#[tokio::test(start_paused = true)]
async fn broken_connections_at_a_list_and_a_report_are_borne_and_the_list_is_whole() {
    let bench = with_failure();
    let troubled = Troubled::before(bench.sandbox.account());
    troubled.fails("PutObject", Fault::Transient, 3);
    troubled.fails("GetObject", Fault::Transient, 3);
    let engine = troubled.engine(&bench);
    bench.confirm(&engine).await;
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::SucceededWithExceptions);
    assert_eq!(stops(&bench), Vec::<String>::new());
    assert_eq!(progress.failures.len(), 1);
    assert!(troubled.faults.lock().unwrap().values().all(VecDeque::is_empty));
    let result = progress.buckets[0].job.clone().unwrap().result.unwrap();
    let canaries = bench.plan.by_method(Method::UpdateObjectEncryption).0.0 - result.total;
    assert!((1..=8).contains(&canaries), "the list begins anew: {canaries}");
}

#[tokio::test(start_paused = true)]
async fn a_list_or_a_report_that_stays_out_of_reach_stops_the_run_and_says_what_to_do() {
    for (operation, fault, part) in [
        ("PutObject", Fault::Transient, "No job was made"),
        ("GetObject", Fault::Transient, "Resume to read it again"),
        ("GetObject", Fault::AccessDenied, "Allow s3:GetObject"),
    ] {
        let bench = with_failure();
        let troubled = Troubled::before(bench.sandbox.account());
        troubled.fails(operation, fault, ENDLESS);
        let engine = troubled.engine(&bench);
        bench.confirm(&engine).await;
        assert_eq!(bench.settled(&engine).await.state, State::Stopped, "{operation}");
        let reason = stops(&bench).concat();
        assert!(reason.contains(part), "{operation}: {reason}");
        troubled.holds();
        engine.resume(&bench.plan.id, "ada").await.unwrap();
        let progress = bench.settled(&engine).await;
        assert_eq!(progress.state, State::SucceededWithExceptions, "{operation}");
        assert_eq!(
            progress.tally().total().objects.0,
            bench.plan.rows(),
            "{operation}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_heard_while_a_list_or_a_report_is_out_of_reach() {
    for (operation, phase) in [("PutObject", "Writing the list"), ("GetObject", "Converting")] {
        let bench = with_failure();
        let troubled = Troubled::before(bench.sandbox.account());
        troubled.fails(operation, Fault::Transient, ENDLESS);
        let engine = troubled.engine(&bench);
        bench.confirm(&engine).await;
        let mut live = engine.watch(&bench.plan.id).unwrap();
        live.wait_for(|live| live.phase.starts_with(phase)).await.unwrap();
        engine.pause(&bench.plan.id, "ada").await.unwrap();
        let paused = bench.settled(&engine).await;
        assert_eq!(
            (paused.state, paused.stopped),
            (State::Paused, None),
            "{operation}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_inventory_that_is_the_list_is_asked_for_again() {
    let mut bench = bench_of(&["kms-encryption-demo"], settings(), ManifestSource::Inventory);
    crate::job_lists::with_inventory(&mut bench);
    let troubled = Troubled::before(bench.sandbox.account());
    troubled.fails("GetObject", Fault::Transient, 3);
    let engine = troubled.engine(&bench);
    bench.confirm(&engine).await;
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
    assert_eq!(stops(&bench), Vec::<String>::new());
}

/// A restart without `--allow-changes` while a job works, and somebody who cancels then.
#[tokio::test(start_paused = true)]
async fn nothing_is_cancelled_while_its_job_goes_on() {
    let bench = bench(ManifestSource::Written);
    let (plan, id) = (&bench.plan, &bench.plan.id);
    let engine = bench.engine();
    bench.confirm(&engine).await;
    let mut live = engine.watch(id).unwrap();
    live.wait_for(|live| live.phase.contains("Active")).await.unwrap();
    engine.shutdown().await;

    let looking = bench.engine_on(bench.sandbox.account().read_only());
    looking.recover(vec![plan.clone()]).await;
    for again in 1..=2 {
        looking.cancel(id, "ada").await.unwrap();
        let progress = bench.settled(&looking).await;
        assert_eq!(progress.state, State::Stopped, "{again}");
        let job = progress.buckets[0].job.clone().unwrap();
        assert!(job.is_open());
        let reason = progress.stopped.unwrap();
        for part in [job.id.unwrap().as_str(), "It goes on", "--allow-changes"] {
            assert!(reason.contains(part), "no {part} in: {reason}");
        }
    }
    looking.shutdown().await;

    let engine = bench.engine();
    engine.recover(vec![plan.clone()]).await;
    let mut other = plan.clone();
    other.id = MigrationId("other".to_string());
    let refused = engine.confirm(other, "bob", &plan.name).await;
    assert!(
        matches!(&refused, Err(EngineError::BucketTaken { bucket, .. }) if bucket == BUCKET),
        "{refused:?}"
    );
    engine.cancel(id, "ada").await.unwrap();
    let progress = bench.settled(&engine).await;
    assert_eq!(progress.state, State::Cancelled);
    let result = progress.buckets[0].job.clone().unwrap().result.unwrap();
    assert_eq!(result.status, JobStatus::Cancelled);
}

/// Where S3 has said that it takes no job there is none, and cancelling ends the migration; where it has said nothing it may
/// have one.
#[tokio::test(start_paused = true)]
async fn a_job_that_was_asked_for_is_looked_for_before_the_migration_is_cancelled() {
    for (fault, then) in [
        (Fault::AccessDenied, State::Cancelled),
        (Fault::Refused, State::Cancelled),
        (Fault::Unanswered, State::Stopped),
        (Fault::Transient, State::Stopped),
        (Fault::ReadOnly, State::Stopped),
    ] {
        let bench = bench(ManifestSource::Written);
        let id = &bench.plan.id;
        let troubled = Troubled::before(bench.sandbox.account());
        troubled.fails("CreateJob", fault, ENDLESS);
        let engine = troubled.engine(&bench);
        bench.confirm(&engine).await;
        assert_eq!(bench.settled(&engine).await.state, State::Stopped, "{fault:?}");
        engine.cancel(id, "ada").await.unwrap();
        assert_eq!(bench.settled(&engine).await.state, then, "{fault:?}");
        if then == State::Cancelled {
            continue;
        }
        troubled.holds();
        engine.cancel(id, "ada").await.unwrap();
        let progress = bench.settled(&engine).await;
        assert_eq!(progress.state, State::Cancelled, "{fault:?}");
        let result = progress.buckets[0].job.clone().unwrap().result.unwrap();
        assert_eq!(
            (result.status, result.succeeded),
            (JobStatus::Cancelled, 0),
            "{fault:?}"
        );
    }
}

/// One whose job S3 has forgotten can be cancelled; one whose job cannot be looked at for now cannot.
#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_looked_at_holds_its_migration_unless_s3_does_not_know_it() {
    for (operation, fault, then) in [
        ("DescribeJob", Fault::NotFound, State::Cancelled),
        ("DescribeJob", Fault::AccessDenied, State::Stopped),
        ("DescribeJob", Fault::Transient, State::Stopped),
        ("UpdateJobStatus", Fault::AccessDenied, State::Stopped),
    ] {
        let bench = bench(ManifestSource::Written);
        let id = &bench.plan.id;
        let troubled = Troubled::before(bench.sandbox.account());
        let engine = troubled.engine(&bench);
        bench.confirm(&engine).await;
        let mut live = engine.watch(id).unwrap();
        live.wait_for(|live| live.phase.contains("Active")).await.unwrap();
        troubled.fails(operation, fault, ENDLESS);
        engine.cancel(id, "ada").await.unwrap();
        assert_eq!(bench.settled(&engine).await.state, then, "{operation} {fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_s3_holds_up_is_shown_until_it_goes_on() {
    let bench = bench(ManifestSource::Written);
    let troubled = Troubled::before(bench.sandbox.account());
    troubled
        .statuses
        .lock()
        .unwrap()
        .extend([JobStatus::Suspended, JobStatus::Pausing, JobStatus::Paused]);
    let engine = troubled.engine(&bench);
    bench.confirm(&engine).await;
    let mut live = engine.watch(&bench.plan.id).unwrap();
    for (status, waits) in [
        ("Suspended", "confirm it in the S3 console"),
        ("Pausing", "has paused the job"),
        ("Paused", "has paused the job"),
    ] {
        let shown = live
            .wait_for(|live| live.phase.contains(&format!(": {status},")))
            .await;
        let shown = shown.unwrap().waiting_for.clone();
        assert!(
            shown.as_ref().is_some_and(|text| text.contains(waits)),
            "{status}: {shown:?}"
        );
    }
    let goes_on = live.wait_for(|live| live.phase.contains("Active")).await;
    assert_eq!(goes_on.unwrap().waiting_for, None);
    assert_eq!(bench.settled(&engine).await.state, State::Succeeded);
}
