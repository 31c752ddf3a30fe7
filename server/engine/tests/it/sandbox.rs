//! The simulated account that the server offers, migrated whole, with faults of every passing kind.

use crate::estate::{FakeRows, plan_bucket};
use cloud::sandbox::{Clock, FaultPlan, Sandbox, SandboxOptions};
use engine::{Engine, EngineOptions, MemoryJournal, SystemClock};
use model::encryption::TargetEncryption;
use model::inventory::EncryptionStatus;
use model::method::MethodRules;
use model::migration::{Progress, State};
use model::plan::{Binding, MigrationId, Plan, PlanRate, PlanSettings};
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Goes with the time of the test, so that the account's rates and the runner's waits agree.
#[derive(Debug)]
pub(crate) struct TestClock {
    pub(crate) start: Instant,
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(Sandbox::START.0 + self.start.elapsed().as_millis() as i64)
    }
}

pub(crate) fn plan(sandbox: &Sandbox, rows: &mut FakeRows, rekey: bool) -> Plan {
    let settings = PlanSettings::default();
    let rules = MethodRules {
        rekey,
        ..settings.rules
    };
    let mut plan = Plan {
        id: MigrationId("all".to_string()),
        name: "all".to_string(),
        buckets: Vec::new(),
        settings: PlanSettings { rules, ..settings },
        rates: Vec::new(),
        noted: Vec::new(),
        jobs: None,
    };
    for bucket in sandbox.buckets() {
        let key = sandbox.usable_keys(&bucket.region).swap_remove(0).arn;
        let shards = vec![sandbox.inventory_rows(&bucket.name)];
        let mut planned = plan_bucket(&bucket.name, &shards, rules);
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
    plan
}

async fn migrate(sandbox: &Sandbox, rows: FakeRows, plan: Plan) -> Progress {
    let id = plan.id.clone();
    let journal = Arc::new(MemoryJournal::default());
    let engine = Engine::new(
        journal,
        Arc::new(rows),
        sandbox.account(),
        Arc::new(SystemClock),
        EngineOptions::default(),
    );
    engine.confirm(plan, "ada", "all").await.unwrap();
    let mut live = engine.watch(&id).unwrap();
    live.wait_for(|live| !live.state.is_active()).await.unwrap();
    engine.progress(&id).unwrap()
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
        let directory = tempfile::tempdir().unwrap();
        let faults = FaultPlan {
            seed,
            transient_per_mille: per_mille,
            unanswered_per_mille: per_mille,
            throttled_per_mille: per_mille,
        };
        let clock = Arc::new(TestClock {
            start: Instant::now(),
        });
        let sandbox = Sandbox::open(
            directory.path(),
            SandboxOptions {
                faults,
                clock,
                ..SandboxOptions::default()
            },
        );
        let sandbox = sandbox.unwrap();
        let mut rows = FakeRows::default();
        let plan = plan(&sandbox, &mut rows, seed == 2);
        let before: BTreeMap<String, _> = plan
            .buckets
            .iter()
            .map(|bucket| (bucket.bucket.clone(), versions(&sandbox, &bucket.bucket)))
            .collect();
        let progress = migrate(&sandbox, rows, plan.clone()).await;
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
            for (key, (_, all)) in versions(&sandbox, &bucket.bucket) {
                let (plain, all_before) = before[&bucket.bucket][&key];
                let copied = usize::from(plain > 0);
                assert!(all - all_before <= copied, "{key} was copied more than once");
            }
        }
    }
}
