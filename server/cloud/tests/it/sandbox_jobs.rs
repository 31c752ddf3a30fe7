//! Jobs of S3 Batch Operations in the simulated account: the states that they go through, what they report, and where their
//! lists and reports lie.

use crate::jobs::{order, place};
use crate::quotas::region;
use crate::sandbox::fresh;
use cloud::jobs::{JobFailure, failures, manifest_row};
use cloud::sandbox::{Clock, Sandbox, SandboxOptions, SetClock};
use cloud::{Account, CloudError, Fault, JobFacts, JobOrder, ObjectRef, Probes, SentEncryption};
use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{EncryptionStatus, Region};
use model::jobs::{JobPlace, JobStatus, Manifest};
use std::sync::Arc;
use tokio::sync::mpsc;

const BUCKET: &str = "customer-statements";

/// Writes a list of these objects; gives its entity tag.
async fn listing(account: &Account, reports: &str, keys: &[&str]) -> String {
    let (pieces, text) = mpsc::channel(1);
    let mut rows = Vec::new();
    for key in keys {
        manifest_row(&mut rows, BUCKET, key, None);
    }
    pieces.send(Ok(rows)).await.expect("room for one piece");
    drop(pieces);
    let written = account.jobs.put_manifest(reports, "moves/list.csv", text).await;
    written.expect("a list")
}

/// Looks at a job until it ended; gives what it said last, and each status once.
async fn to_its_end(account: &Account, id: &str, clock: &SetClock) -> (JobFacts, Vec<JobStatus>) {
    let mut seen = Vec::new();
    loop {
        let told = account
            .jobs
            .describe("111122223333", &region("eu-west-2"), id)
            .await;
        let facts = told.expect("the job");
        if seen.last() != Some(&facts.status) {
            seen.push(facts.status);
        }
        if facts.status.is_ended() {
            return (facts, seen);
        }
        clock.advance(100);
    }
}

/// The simulated account, the time in it, and where its lists and reports of London lie.
struct Simulated {
    _directory: tempfile::TempDir,
    clock: Arc<SetClock>,
    sandbox: Sandbox,
    account: Account,
    reports: String,
}

impl Simulated {
    fn open() -> Self {
        let directory = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(SetClock::at(Sandbox::START));
        let options = SandboxOptions {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::open(directory.path(), options).expect("the account");
        Self {
            _directory: directory,
            clock,
            account: sandbox.account(),
            sandbox,
            reports: format!("{}eu-west-2", Sandbox::JOB_REPORTS),
        }
    }

    fn key(&self) -> KeyArn {
        self.sandbox.usable_keys(&region("eu-west-2")).swap_remove(0).arn
    }

    fn order(&self, manifest: Manifest) -> JobOrder {
        JobOrder {
            bucket: BUCKET.to_string(),
            target: TargetEncryption {
                key: self.key(),
                bucket_key: false,
            },
            place: place(&self.reports),
            role: Sandbox::job_role(),
            ..order(manifest)
        }
    }

    /// An order for these objects, after their list is written.
    async fn of_list(&self, keys: &[&str]) -> JobOrder {
        self.order(Manifest::Written {
            bucket: self.reports.clone(),
            key: "moves/list.csv".to_string(),
            e_tag: listing(&self.account, &self.reports, keys).await,
            versions: false,
            objects: keys.len() as u64,
        })
    }

    async fn failures(&self, id: &str, failed: u64) -> Result<Vec<JobFailure>, CloudError> {
        failures(
            self.account.deliveries.as_ref(),
            &place(&self.reports),
            id,
            failed,
        )
        .await
    }
}

#[tokio::test]
async fn a_job_of_the_sandbox_goes_through_the_states_and_reports_what_failed() {
    let simulated = Simulated::open();
    let jobs = &simulated.account.jobs;
    let listed = simulated.sandbox.inventory_rows(BUCKET);
    let there = listed
        .iter()
        .find(|row| row.encryption_status == EncryptionStatus::SseS3)
        .expect("an object");
    let order = simulated.of_list(&[&there.key, "not there, at all"]).await;
    let id = jobs.create(&order).await.expect("a job");
    assert_eq!(
        jobs.create(&order).await.expect("the same"),
        id,
        "one token, one job"
    );
    let (facts, seen) = to_its_end(&simulated.account, &id, &simulated.clock).await;
    assert_eq!(
        seen,
        [
            JobStatus::New,
            JobStatus::Preparing,
            JobStatus::Ready,
            JobStatus::Active,
            JobStatus::Completing,
            JobStatus::Complete
        ]
    );
    assert_eq!((facts.total, facts.succeeded, facts.failed), (2, 1, 1));
    let failed = simulated.failures(&id, facts.failed).await.expect("the report");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].keys().next().as_deref(), Some("not there, at all"));
    assert_eq!(failed[0].fault, Fault::NotFound);
    let object = ObjectRef {
        bucket: BUCKET.to_string(),
        key: there.key.clone(),
        version_id: None,
    };
    let facts = simulated.account.objects.head(&object).await.expect("the object");
    assert_eq!(facts.encryption.key.as_deref(), Some(simulated.key().as_str()));
    // A report that says less than the job does is not taken for the whole.
    let short = simulated.failures(&id, 2).await;
    assert!(short.expect_err("one is missing").to_string().contains("names 1"));
}

#[tokio::test]
async fn a_job_of_the_sandbox_is_on_its_way_before_it_has_failed_or_is_cancelled() {
    use JobStatus as S;
    let missing: Vec<String> = (0..1_200).map(|n| format!("missing/{n}")).collect();
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    let simulated = Simulated::open();
    let jobs = &simulated.account.jobs;
    let too_many = JobOrder {
        token: "too-many".to_string(),
        ..simulated.of_list(&missing).await
    };
    let no_role = JobOrder {
        token: "no-role".to_string(),
        role: "arn:aws:iam::111122223333:role/other".to_string(),
        ..too_many.clone()
    };
    let table: [(&JobOrder, &[S], &str); 2] = [
        (
            &too_many,
            &[S::New, S::Preparing, S::Ready, S::Active, S::Failing, S::Failed],
            "half of the tasks",
        ),
        (&no_role, &[S::New, S::Failing, S::Failed], "under the role"),
    ];
    for (order, states, reason) in table {
        let id = jobs.create(order).await.expect("a job");
        let (facts, seen) = to_its_end(&simulated.account, &id, &simulated.clock).await;
        assert_eq!(seen, states, "{reason}");
        assert!(facts.reasons.concat().contains(reason), "{:?}", facts.reasons);
    }
    let cancelled = JobOrder {
        token: "cancelled".to_string(),
        ..too_many.clone()
    };
    let id = jobs.create(&cancelled).await.expect("a job");
    let london = region("eu-west-2");
    jobs.cancel("111122223333", &london, &id)
        .await
        .expect("it is ended");
    let (facts, seen) = to_its_end(&simulated.account, &id, &simulated.clock).await;
    assert_eq!(seen, [S::Cancelling, S::Cancelled]);
    assert_eq!(facts.succeeded + facts.failed, 0, "none of it was begun");
}

/// S3 User Guide, `batch-ops`: a list of all versions leaves the version of a null version empty, and such tasks fail.
#[tokio::test]
async fn null_versions_of_an_inventory_fail_in_the_sandbox_as_in_s3() {
    let simulated = Simulated::open();
    let versioned = "claims-documents-prod";
    let is_null = |row: &model::row::ObjectRow| row.version_id.as_deref() == Some("null");
    let listed = simulated.sandbox.inventory_rows(versioned);
    let nulls: Vec<_> = listed.iter().filter(|row| is_null(row)).collect();
    assert!(nulls.len() > 10, "the bucket was versioned late");
    let inventory = Manifest::Inventory {
        bucket: Sandbox::REPORTS.to_string(),
        key: "a/manifest.json".to_string(),
        e_tag: "abc".to_string(),
    };
    let order = JobOrder {
        bucket: versioned.to_string(),
        ..simulated.order(inventory)
    };
    let id = simulated.account.jobs.create(&order).await.expect("a job");
    let (facts, _) = to_its_end(&simulated.account, &id, &simulated.clock).await;
    assert_eq!(facts.status, JobStatus::Complete);
    let failed = simulated.failures(&id, facts.failed).await.expect("the report");
    let unnamed = failed.iter().filter(|failure| failure.version_id.is_none());
    assert_eq!(unnamed.count(), nulls.len());
    let now = simulated.sandbox.inventory_rows(versioned);
    for (before, after) in listed.iter().zip(&now).filter(|(row, _)| is_null(row)) {
        assert_eq!(before.encryption_status, after.encryption_status, "{}", after.key);
    }
}

#[tokio::test]
async fn nothing_is_written_outside_of_the_sandboxs_places() {
    let simulated = Simulated::open();
    let outside = simulated.sandbox.deliveries().join("escaped");
    let absolute = outside.to_str().expect("a path").to_string();
    for key in [
        "../../deliveries/escaped",
        "moves/../../../deliveries/escaped",
        absolute.as_str(),
    ] {
        let object = ObjectRef {
            bucket: simulated.reports.clone(),
            key: key.to_string(),
            version_id: None,
        };
        let account = &simulated.account;
        let put = account
            .probes
            .put_probe(&object, SentEncryption::SseS3, b"x")
            .await;
        let (pieces, text) = mpsc::channel(1);
        drop(pieces);
        let listed = account.jobs.put_manifest(&simulated.reports, key, text).await;
        let removed = account.probes.delete_probe(&object).await;
        for refused in [put.map(drop), listed.map(drop), removed] {
            let error = refused.expect_err(key);
            assert_eq!(error.fault, Fault::Refused, "{key}");
        }
        assert!(!outside.exists(), "{key}");
    }
}

/// Writes as the account does, and may remove nothing.
#[derive(Debug)]
struct NoRemoval(Arc<dyn Probes>);

#[async_trait::async_trait]
impl Probes for NoRemoval {
    async fn put_probe(
        &self,
        object: &ObjectRef,
        sent: SentEncryption,
        body: &[u8],
    ) -> Result<Option<String>, CloudError> {
        self.0.put_probe(object, sent, body).await
    }

    async fn delete_probe(&self, object: &ObjectRef) -> Result<(), CloudError> {
        let text = "no s3:DeleteObject";
        Err(CloudError::new(
            Fault::AccessDenied,
            "DeleteObject",
            object.to_string(),
            text,
        ))
    }
}

/// Jobs need no right to remove: the next try replaces what one left.
#[tokio::test]
async fn a_place_does_for_jobs_though_nothing_can_be_removed_there() {
    let (_dir, sandbox) = fresh();
    let mut account = sandbox.account();
    account.probes = Arc::new(NoRemoval(account.probes));
    let place = JobPlace {
        region: Region("eu-west-2".to_string()),
        bucket: format!("{}eu-west-2", Sandbox::JOB_REPORTS),
        prefix: "moves".to_string(),
    };
    for body in [b"rekey tries m, 1", b"rekey tries m, 2"] {
        cloud::place::try_place(&account, &place, "m/probe", body)
            .await
            .expect("it does");
    }
    let left = account.deliveries.folder(&place.bucket, "moves/m/").await;
    assert_eq!(left.expect("a folder").keys, ["moves/m/probe"]);
}
