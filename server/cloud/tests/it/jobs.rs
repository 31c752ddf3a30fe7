//! Jobs of S3 Batch Operations: what is sent and understood, against the stub, since no server has them; their lists,
//! written to the two other servers.

use crate::peers::Peer;
use crate::quotas::{account, region};
use crate::stub::{Call, Reply, Stub};
use cloud::jobs::manifest_row;
use cloud::sandbox::{Sandbox, SandboxOptions};
use cloud::{Account, CloudError, Fault, JobOrder, ObjectRef};
use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::EncryptionStatus;
use model::jobs::{JobPlace, JobStatus, Manifest};
use serde_json::json;
use tokio::sync::mpsc;

const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

pub(crate) fn place(bucket: &str) -> JobPlace {
    JobPlace {
        region: region("eu-west-2"),
        bucket: bucket.to_string(),
        prefix: "moves".to_string(),
    }
}

pub(crate) fn order(manifest: Manifest) -> JobOrder {
    JobOrder {
        account: "111122223333".to_string(),
        region: region("eu-west-2"),
        bucket: "statements".to_string(),
        target: TargetEncryption {
            key: KeyArn::parse(KEY).expect("an ARN"),
            bucket_key: true,
        },
        manifest,
        place: place("reports"),
        role: "arn:aws:iam::111122223333:role/batch".to_string(),
        token: "m-1-0-1".to_string(),
        description: "Rekey: statements".to_string(),
    }
}

fn written(versions: bool) -> Manifest {
    Manifest::Written {
        bucket: "reports".to_string(),
        key: "moves/list.csv".to_string(),
        e_tag: "abc".to_string(),
        versions,
        objects: 3,
    }
}

/// Texts that a document must hold.
fn holds(call: &Call, texts: &[&str]) {
    let body = call.input["body"].as_str().expect("a document");
    for text in texts {
        assert!(body.contains(text), "{text} is not in {body}");
    }
}

const MADE: &str = "<CreateJobResult><JobId>00e123a4-c0d8-41f4-a0eb-b46f9ba5b07c</JobId></CreateJobResult>";

#[tokio::test]
async fn a_job_is_asked_of_the_stub_with_token_list_report_and_role() {
    let stub = Stub::start(|_| Reply::Xml(MADE.to_string())).await;
    let id = account(&stub).await.jobs.create(&order(written(true))).await;
    assert_eq!(id.expect("a job"), "00e123a4-c0d8-41f4-a0eb-b46f9ba5b07c");
    let calls = stub.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].operation, "POST /v20180820/jobs");
    assert_eq!(
        calls[0].region, "eu-west-2",
        "a job runs in the Region of its bucket"
    );
    assert_eq!(calls[0].input["account"], "111122223333");
    let host = calls[0].input["host"].as_str().expect("a host");
    assert!(
        host.starts_with("111122223333."),
        "{host} without the account in front"
    );
    holds(
        &calls[0],
        &[
            "<ConfirmationRequired>false</ConfirmationRequired>",
            "<ClientRequestToken>m-1-0-1</ClientRequestToken>",
            "<RoleArn>arn:aws:iam::111122223333:role/batch</RoleArn>",
            "<Format>S3BatchOperations_CSV_20180820</Format>",
            "<ObjectArn>arn:aws:s3:::reports/moves/list.csv</ObjectArn>",
            "<ETag>abc</ETag>",
            "<ReportScope>FailedTasksOnly</ReportScope>",
            "<Prefix>moves</Prefix>",
            "<BucketKeyEnabled>true</BucketKeyEnabled>",
            KEY,
            "VersionId",
        ],
    );
}

#[tokio::test]
async fn lists_of_other_kinds_are_asked_of_the_stub_as_documented() {
    let stub = Stub::start(|_| Reply::Xml(MADE.to_string())).await;
    let jobs = account(&stub).await.jobs;
    let inventory = Manifest::Inventory {
        bucket: "inventories".to_string(),
        key: "a/manifest.json".to_string(),
        e_tag: "def".to_string(),
    };
    jobs.create(&order(written(false))).await.expect("a job");
    jobs.create(&order(inventory)).await.expect("a job");
    jobs.create(&order(Manifest::Generated)).await.expect("a job");
    let calls = stub.calls();
    assert!(
        !calls[0].input["body"]
            .as_str()
            .expect("text")
            .contains("VersionId")
    );
    holds(
        &calls[1],
        &[
            "<Format>S3InventoryReport_CSV_20161130</Format>",
            "<ObjectArn>arn:aws:s3:::inventories/a/manifest.json</ObjectArn>",
        ],
    );
    holds(
        &calls[2],
        &[
            "<SourceBucket>arn:aws:s3:::statements</SourceBucket>",
            "<EnableManifestOutput>true</EnableManifestOutput>",
            "<ManifestFormat>S3InventoryReport_CSV_20211130</ManifestFormat>",
            "MatchAnyObjectEncryption",
            "SSE-S3",
        ],
    );
}

#[tokio::test]
async fn what_the_stub_says_of_a_job_is_understood() {
    let told = "<DescribeJobResult><Job><JobId>j</JobId><Status>Failed</Status>\
        <ProgressSummary><TotalNumberOfTasks>2000</TotalNumberOfTasks>\
        <NumberOfTasksSucceeded>400</NumberOfTasksSucceeded><NumberOfTasksFailed>1100</NumberOfTasksFailed></ProgressSummary>\
        <FailureReasons><member><FailureCode>JobFailed</FailureCode><FailureReason>Too many tasks failed</FailureReason></member></FailureReasons>\
        </Job></DescribeJobResult>";
    let stub = Stub::start(move |_| Reply::Xml(told.to_string())).await;
    let facts = account(&stub)
        .await
        .jobs
        .describe("111122223333", &region("eu-west-2"), "j")
        .await
        .expect("the job");
    assert_eq!(facts.status, JobStatus::Failed);
    assert_eq!((facts.total, facts.succeeded, facts.failed), (2000, 400, 1100));
    assert_eq!(facts.reasons, ["JobFailed: Too many tasks failed"]);
    assert_eq!(stub.operations(), ["GET /v20180820/jobs/j"]);
}

#[tokio::test]
async fn a_job_that_ended_before_it_was_cancelled_at_the_stub_is_no_error() {
    for (code, ended) in [("JobStatusException", true), ("AccessDenied", false)] {
        let stub = Stub::start(move |_| Reply::Error(400, code, "no")).await;
        let jobs = account(&stub).await.jobs;
        let cancelled = jobs.cancel("111122223333", &region("eu-west-2"), "j").await;
        assert_eq!(cancelled.is_ok(), ended, "{code}");
        let operation = stub.operations().swap_remove(0);
        assert!(
            operation.starts_with("POST /v20180820/jobs/j/status?"),
            "{operation}"
        );
        assert!(operation.contains("requestedJobStatus=Cancelled"), "{operation}");
    }
}

/// Writes a list of so many rows; `broken` ends it in the middle.
async fn list(account: &Account, bucket: &str, rows: u32, broken: bool) -> Result<String, CloudError> {
    let (pieces, text) = mpsc::channel(2);
    let writing = tokio::spawn(async move {
        for first in (0..rows).step_by(10_000) {
            let mut piece = Vec::new();
            for row in first..(first + 10_000).min(rows) {
                let key = format!("a folder/with a rather long name/{row:08}");
                manifest_row(&mut piece, "statements", &key, None);
            }
            if pieces.send(Ok(piece)).await.is_err() {
                return;
            }
        }
        if broken {
            let _ = pieces.send(Err("the inventory cannot be read".to_string())).await;
        }
    });
    let written = account.jobs.put_manifest(bucket, "moves/list.csv", text).await;
    writing.await.expect("the writer");
    written
}

async fn writes_lists(peer: Peer) {
    peer.call(json!({"do": "create_bucket", "bucket": "lists", "versioned": false}));
    let bucket = "lists".to_string();
    let account = peer.account().await;
    let object = ObjectRef {
        bucket: bucket.clone(),
        key: "moves/list.csv".to_string(),
        version_id: None,
    };
    for (rows, least) in [(3u32, 0u64), (200_000, 9 << 20)] {
        let e_tag = list(&account, &bucket, rows, false).await.expect("a list");
        let facts = account.objects.head(&object).await.expect("the list");
        assert_eq!(facts.e_tag, e_tag);
        assert_eq!(facts.encryption.status, EncryptionStatus::SseS3);
        assert!(facts.size.0 > least, "{:?} of {rows} rows", facts.size);
        let text = account.objects.read(&object, 64 << 20).await.expect("its text");
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines as u32, rows);
    }
    let error = list(&account, &bucket, 200_000, true)
        .await
        .expect_err("it broke off");
    assert!(
        error.to_string().contains("the inventory cannot be read"),
        "{error}"
    );
    let left = peer.call(json!({"do": "uploads", "bucket": "lists"}));
    assert_eq!(left, 0, "an upload was left behind");
}

#[tokio::test]
async fn lists_are_written_to_moto_small_and_large() {
    writes_lists(Peer::moto()).await;
}

#[tokio::test]
async fn lists_are_written_to_ministack_small_and_large() {
    writes_lists(Peer::ministack()).await;
}

#[tokio::test]
async fn reading_alone_makes_no_job() {
    let directory = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::open(directory.path(), SandboxOptions::default()).expect("the account");
    let account = sandbox.account().read_only();
    let refused = account
        .jobs
        .create(&order(Manifest::Generated))
        .await
        .expect_err("a refusal");
    assert_eq!(refused.fault, Fault::ReadOnly);
}
