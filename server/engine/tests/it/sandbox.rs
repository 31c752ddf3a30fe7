//! The simulated account that the server offers, migrated whole, with faults of every passing kind; and the bench on which
//! other tests work on it.

use crate::estate::{FakeRows, plan_bucket};
use cloud::Account;
use cloud::sandbox::{FaultPlan, Sandbox, SandboxOptions};
use engine::{Engine, EngineOptions, MemoryJournal, Rows};
use model::encryption::TargetEncryption;
use model::inventory::EncryptionStatus;
use model::method::MethodRules;
use model::migration::{Progress, State};
use model::plan::{Binding, MigrationId, Plan, PlanRate, PlanSettings};
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Goes with the time of the test, so that the account's rates and the runner's waits agree; can be set forward.
#[derive(Debug)]
pub(crate) struct TestClock {
    start: Instant,
    pub(crate) ahead_ms: AtomicI64,
}

impl TestClock {
    fn starting_now() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            ahead_ms: AtomicI64::new(0),
        })
    }

    fn time(&self) -> UnixMillis {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        UnixMillis(Sandbox::START.0 + ahead + self.start.elapsed().as_millis() as i64)
    }
}

impl cloud::sandbox::Clock for TestClock {
    fn now(&self) -> UnixMillis {
        self.time()
    }
}

impl engine::Clock for TestClock {
    fn now(&self) -> UnixMillis {
        self.time()
    }
}

/// A simulated account with a plan for its buckets, or for one; engines come and go over it.
pub(crate) struct OnSandbox {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) rows: FakeRows,
    pub(crate) plan: Plan,
    pub(crate) journal: Arc<MemoryJournal>,
}

impl OnSandbox {
    /// All buckets, with faults made on purpose.
    fn whole(faults: FaultPlan, settings: PlanSettings) -> Self {
        Self::with(faults, settings, |_| true)
    }

    /// One bucket.
    pub(crate) fn of(bucket: &str, settings: PlanSettings) -> Self {
        Self::of_all(&[bucket], settings)
    }

    /// These buckets.
    pub(crate) fn of_all(buckets: &[&str], settings: PlanSettings) -> Self {
        Self::with(FaultPlan::default(), settings, |name| buckets.contains(&name))
    }

    /// One bucket, with faults made on purpose.
    pub(crate) fn faulty(bucket: &str, faults: FaultPlan) -> Self {
        Self::with(faults, PlanSettings::default(), |name| name == bucket)
    }

    fn with(faults: FaultPlan, settings: PlanSettings, is_in: impl Fn(&str) -> bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = TestClock::starting_now();
        let options = SandboxOptions {
            faults,
            clock: Arc::clone(&clock) as _,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::open(directory.path(), options).unwrap();
        let (plan, rows) = plan(&sandbox, settings, is_in);
        Self {
            directory,
            sandbox,
            clock,
            rows,
            plan,
            journal: Arc::default(),
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine_over(Arc::new(self.rows.clone()))
    }

    /// One that reads other rows than the bench's.
    pub(crate) fn engine_over(&self, rows: Arc<dyn Rows>) -> Engine {
        self.engine_of(rows, self.sandbox.account())
    }

    /// One in an account that is opened otherwise.
    pub(crate) fn engine_on(&self, account: Account) -> Engine {
        self.engine_of(Arc::new(self.rows.clone()), account)
    }

    fn engine_of(&self, rows: Arc<dyn Rows>, account: Account) -> Engine {
        let options = EngineOptions {
            job_look: Duration::from_millis(100),
            ..EngineOptions::default()
        };
        Engine::new(
            Arc::clone(&self.journal) as _,
            rows,
            account,
            Arc::clone(&self.clock) as _,
            options,
        )
    }

    pub(crate) async fn confirm(&self, engine: &Engine) {
        engine
            .confirm(self.plan.clone(), "ada", &self.plan.name)
            .await
            .unwrap();
    }

    /// Waits until no runner is wanted any more.
    pub(crate) async fn settled(&self, engine: &Engine) -> Progress {
        let mut live = engine.watch(&self.plan.id).unwrap();
        live.wait_for(|live| !live.state.is_active()).await.unwrap();
        engine.progress(&self.plan.id).unwrap()
    }

    /// Runs it from its confirmation until it rests.
    pub(crate) async fn run(&self) -> (Engine, Progress) {
        let engine = self.engine();
        self.confirm(&engine).await;
        let progress = self.settled(&engine).await;
        (engine, progress)
    }
}

fn plan(sandbox: &Sandbox, settings: PlanSettings, is_in: impl Fn(&str) -> bool) -> (Plan, FakeRows) {
    let mut rows = FakeRows::default();
    let mut plan = Plan {
        id: MigrationId("all".to_string()),
        name: "all".to_string(),
        buckets: Vec::new(),
        settings,
        rates: Vec::new(),
        noted: Vec::new(),
        jobs: None,
    };
    for bucket in sandbox.buckets().into_iter().filter(|bucket| is_in(&bucket.name)) {
        let key = sandbox.usable_keys(&bucket.region).swap_remove(0).arn;
        let shards = vec![sandbox.inventory_rows(&bucket.name)];
        let mut planned = plan_bucket(&bucket.name, &shards, settings.rules);
        planned.target = TargetEncryption {
            key,
            bucket_key: true,
        };
        planned.region = bucket.region.clone();
        plan.buckets.push(planned);
        rows.shards.insert(bucket.name, shards);
        plan.rates.push(PlanRate {
            region: bucket.region,
            kms_budget: RequestsPerSecond::whole(2_000),
            objects_per_second: RequestsPerSecond::whole(2_000),
            binds: Binding::KmsShare,
            seconds: 1,
            limits: Vec::new(),
        });
    }
    (plan, rows)
}

/// Versions of each key that are unencrypted, and all of them.
fn versions(sandbox: &Sandbox, bucket: &str) -> BTreeMap<String, (usize, usize)> {
    let mut versions = BTreeMap::new();
    for row in sandbox.inventory_rows(bucket) {
        let (plain, all): &mut (usize, usize) = versions.entry(row.key).or_default();
        *plain += usize::from(row.encryption_status == EncryptionStatus::NotSse);
        *all += 1;
    }
    versions
}

#[tokio::test(start_paused = true)]
async fn the_whole_account_is_migrated_whatever_passes() {
    for (seed, per_mille) in [(1, 0), (2, 60)] {
        let faults = FaultPlan {
            seed,
            transient_per_mille: per_mille,
            unanswered_per_mille: per_mille,
            throttled_per_mille: per_mille,
        };
        let rules = MethodRules {
            rekey: seed == 2,
            ..PlanSettings::default().rules
        };
        let settings = PlanSettings {
            rules,
            ..PlanSettings::default()
        };
        let bench = OnSandbox::whole(faults, settings);
        let (sandbox, plan) = (&bench.sandbox, &bench.plan);
        let before: BTreeMap<String, _> = plan
            .buckets
            .iter()
            .map(|bucket| (bucket.bucket.clone(), versions(sandbox, &bucket.bucket)))
            .collect();
        let (_, progress) = bench.run().await;
        assert_ne!(progress.state, State::Stopped, "{:?}", progress.stopped);
        assert_eq!(progress.tally().total().objects.0, plan.rows(), "seed {seed}");
        for (bucket, progress) in plan.buckets.iter().zip(&progress.buckets) {
            let verified = progress.verified.as_ref().unwrap();
            assert_eq!(
                verified.met,
                verified.expected,
                "{}: {:?}",
                bucket.bucket,
                verified.exceptions.first()
            );
            for (key, (_, all)) in versions(sandbox, &bucket.bucket) {
                let (plain, all_before) = before[&bucket.bucket][&key];
                let copied = usize::from(plain > 0);
                assert!(all - all_before <= copied, "{key} was copied more than once");
            }
        }
    }
}
