//! The requests themselves, as a recording server sees them, and what comes of the answers that AWS documents.

use crate::recorder::{Answer, Recorder};
use cloud::aws::{AccessKey, ConnectOptions, connect};
use cloud::{Account, AccountKind, Fault, ObjectRef, Throttler};
use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::Region;

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

pub(crate) fn target() -> TargetEncryption {
    TargetEncryption {
        key: KeyArn::parse(KEY).expect("an ARN"),
        bucket_key: true,
    }
}

pub(crate) fn object(version_id: Option<&str>) -> ObjectRef {
    ObjectRef {
        bucket: "bucket".to_string(),
        key: "a b/ü+&100%.txt".to_string(),
        version_id: version_id.map(ToString::to_string),
    }
}

pub(crate) const PATH: &str = "/bucket/a%20b/%C3%BC%2B%26100%25.txt";

pub(crate) async fn account(recorder: &Recorder) -> Account {
    let options = ConnectOptions {
        changes_allowed: true,
        region: Some("eu-west-2".to_string()),
        endpoint_url: Some(recorder.endpoint.clone()),
        access_key: Some(AccessKey {
            id: "AKIDEXAMPLE".to_string(),
            secret: "SECRET".to_string(),
        }),
    };
    connect(options).await.expect("an account")
}

#[tokio::test]
async fn the_update_is_sent_as_documented() {
    let recorder = Recorder::start(|_| Some(Answer::new(200, ""))).await;
    let account = account(&recorder).await;
    assert_eq!(account.identity.kind, AccountKind::CustomEndpoint);
    account
        .objects
        .update_encryption(&object(Some("v1")), &target())
        .await
        .expect("an update");
    account
        .objects
        .update_encryption(&object(None), &target())
        .await
        .expect("an update");
    let requests = recorder.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].line, format!("PUT {PATH}?encryption&versionId=v1"));
    assert_eq!(requests[1].line, format!("PUT {PATH}?encryption"));
    let body =
        format!("<SSE-KMS><KMSKeyArn>{KEY}</KMSKeyArn><BucketKeyEnabled>true</BucketKeyEnabled></SSE-KMS>");
    assert!(requests[0].body.contains(&body), "{}", requests[0].body);
    assert!(
        requests[0]
            .body
            .starts_with("<ObjectEncryption xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">")
    );
    assert!(
        requests[0]
            .headers
            .keys()
            .any(|name| name.starts_with("x-amz-checksum-")),
        "a checksum is required"
    );
    assert!(requests[0].header("authorization").contains("AWS4-HMAC-SHA256"));
}

#[tokio::test]
async fn each_documented_answer_to_the_update_has_its_meaning_and_one_try() {
    let lock = "The encryption type for the specified object can\u{2019}t be updated because that object is protected by S3 Object Lock.";
    let slow = "Please reduce your request rate for operations involving AWS KMS.";
    for (answer, expected) in [
        (Some(Answer::error(403, "AccessDenied", lock)), Fault::Locked),
        (
            Some(Answer::error(403, "AccessDenied", "Access Denied")),
            Fault::AccessDenied,
        ),
        (
            Some(Answer::error(400, "InvalidRequest", "unencrypted source objects")),
            Fault::Refused,
        ),
        (
            Some(Answer::error(400, "KMS.DisabledException", "is disabled")),
            Fault::KeyUnusable,
        ),
        (Some(Answer::error(404, "NoSuchKey", "no key")), Fault::NotFound),
        (
            Some(Answer::error(503, "SlowDown", slow)),
            Fault::Throttled(Throttler::Kms),
        ),
        (
            Some(Answer::error(503, "SlowDown", "Please reduce your request rate.")),
            Fault::Throttled(Throttler::S3),
        ),
        (
            Some(Answer::error(500, "InternalError", "again")),
            Fault::Transient,
        ),
        (None, Fault::Unanswered),
    ] {
        let said = answer.clone();
        let recorder = Recorder::start(move |_| answer.clone()).await;
        let error = account(&recorder)
            .await
            .objects
            .update_encryption(&object(None), &target())
            .await;
        let error = error.expect_err("an error");
        assert_eq!(error.fault, expected, "{said:?}: {error}");
        assert_eq!(recorder.requests().len(), 1, "a change is tried once: {error}");
        assert!(!format!("{error:?}").contains("SECRET"));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_had_no_effect() {
    let nobody = Recorder::nowhere();
    let error = account(&nobody)
        .await
        .objects
        .update_encryption(&object(None), &target())
        .await;
    let error = error.expect_err("nobody");
    assert_eq!(error.fault, Fault::Transient, "{error}");
}

#[tokio::test]
async fn a_read_only_account_sends_nothing() {
    let recorder = Recorder::start(|_| None).await;
    let account = account(&recorder).await.read_only();
    let error = account
        .objects
        .update_encryption(&object(None), &target())
        .await
        .expect_err("a change");
    assert_eq!(error.fault, Fault::ReadOnly);
    assert_eq!(recorder.requests().len(), 0);
}

#[tokio::test]
async fn inventory_configurations_are_read_page_by_page() {
    let one = |id: &str, prefix: &str| {
        format!(
            "<InventoryConfiguration><Id>{id}</Id><IsEnabled>true</IsEnabled>\
             <IncludedObjectVersions>All</IncludedObjectVersions>\
             <Schedule><Frequency>Daily</Frequency></Schedule>\
             <OptionalFields><Field>Size</Field><Field>ETag</Field></OptionalFields>\
             <Destination><S3BucketDestination><Format>ORC</Format><Bucket>arn:aws:s3:::reports</Bucket>{prefix}\
             </S3BucketDestination></Destination></InventoryConfiguration>"
        )
    };
    let page = |inner: String, rest: &str| {
        format!("<ListInventoryConfigurationsResult>{inner}{rest}</ListInventoryConfigurationsResult>")
    };
    let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>";
    let first = page(one("a", "<Prefix>inventory</Prefix>"), more);
    let second = page(one("b", ""), "<IsTruncated>false</IsTruncated>");
    let recorder = Recorder::start(move |request| {
        let last = request.line.contains("continuation-token=next");
        Some(Answer::new(200, if last { &second } else { &first }))
    })
    .await;
    let told = account(&recorder).await.deliveries.configurations("bucket").await;
    let told = told.expect("the configurations");
    let folders: Vec<String> = told.iter().map(|one| one.folder("bucket")).collect();
    assert_eq!(folders, ["inventory/bucket/a/", "bucket/b/"]);
    assert!(
        told.iter()
            .all(|one| one.destination == "reports" && one.format == "ORC" && one.all_versions)
    );
    assert_eq!(told[0].fields, ["Size", "ETag"]);
}

#[tokio::test]
async fn macie_is_read_page_by_page_and_gaps_stay_gaps() {
    let first = r#"{"buckets": [
        {"bucketName": "one", "region": "eu-west-2", "lastUpdated": "2026-11-20T01:00:00Z", "objectCount": 5,
         "sizeInBytes": 50, "objectCountByEncryptionType": {"s3Managed": 3, "kmsManaged": 1, "unknown": 1}}],
        "nextToken": "more"}"#;
    let second = r#"{"buckets": [{"bucketName": "two", "accountId": "111122223333", "errorCode": "ACCESS_DENIED",
        "errorMessage": "no"}]}"#;
    let recorder = Recorder::start(move |request| {
        let page = if request.body.contains("more") {
            second
        } else {
            first
        };
        Some(Answer::new(200, page).with("content-type", "application/json"))
    })
    .await;
    let region = Region("eu-west-2".to_string());
    let buckets = account(&recorder)
        .await
        .macie
        .describe_buckets(&region, &[])
        .await;
    let buckets = buckets.expect("the buckets");
    let [one, two] = buckets.as_slice() else {
        panic!("{buckets:?}")
    };
    let counts = one.object_count_by_encryption_type.expect("counts");
    assert_eq!(
        (
            counts.s3_managed,
            counts.kms_managed,
            counts.unencrypted,
            counts.unknown
        ),
        (3, 1, 0, 1)
    );
    assert_eq!(one.last_updated.as_deref(), Some("2026-11-20T01:00:00Z"));
    assert_eq!(
        (two.object_count, two.error_code.as_deref()),
        (None, Some("ACCESS_DENIED"))
    );
    let lines: Vec<String> = recorder
        .requests()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(lines, ["POST /datasources/s3", "POST /datasources/s3"]);
}

#[tokio::test]
async fn macie_that_is_not_enabled_says_what_to_do() {
    let recorder = Recorder::start(|_| {
        let body = r#"{"message": "Macie is not enabled"}"#;
        let answer = Answer::new(403, body).with("x-amzn-errortype", "AccessDeniedException");
        Some(answer.with("content-type", "application/json"))
    })
    .await;
    let region = Region("eu-west-2".to_string());
    let error = account(&recorder)
        .await
        .macie
        .describe_buckets(&region, &[])
        .await;
    let error = error.expect_err("not enabled");
    assert_eq!(error.fault, Fault::AccessDenied, "{error}");
    assert!(error.to_string().contains("Macie is not enabled"), "{error}");
    assert!(
        error.remedy().contains("Enable Amazon Macie"),
        "{}",
        error.remedy()
    );
}

#[tokio::test]
async fn macie_on_the_stub_is_asked_for_buckets_by_name_and_for_its_totals() {
    let recorder = Recorder::start(|request| {
        let body = if request.line.ends_with("/statistics") {
            r#"{"bucketCount": 3, "objectCount": 12, "lastUpdated": "2026-11-20T01:00:00Z"}"#
        } else {
            r#"{"buckets": []}"#
        };
        Some(Answer::new(200, body).with("content-type", "application/json"))
    })
    .await;
    let region = Region("eu-west-2".to_string());
    let macie = account(&recorder).await.macie;
    let names = ["one".to_string(), "two".to_string()];
    let _ = macie.describe_buckets(&region, &names).await.expect("buckets");
    let _ = macie.describe_buckets(&region, &[]).await.expect("buckets");
    let totals = macie.statistics(&region).await.expect("totals");
    assert_eq!(
        (totals.buckets, totals.objects, totals.bytes),
        (Some(3), Some(12), None),
        "what is not given is not zero"
    );
    assert_eq!(
        totals.as_of.map(|at| at.to_iso()).as_deref(),
        Some("2026-11-20T01:00:00Z")
    );
    let requests = recorder.requests();
    let body = |at: usize| -> serde_json::Value { serde_json::from_str(&requests[at].body).expect("JSON") };
    assert_eq!(
        body(0)["criteria"],
        serde_json::json!({"bucketName": {"eq": ["one", "two"]}})
    );
    assert_eq!(body(1)["criteria"], serde_json::Value::Null);
    assert_eq!(requests[2].line, "POST /datasources/s3/statistics");
}

#[tokio::test]
async fn the_caller_is_asked_of_sts() {
    let recorder = Recorder::start(|_| {
        Some(Answer::new(
            200,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:sts::111122223333:assumed-role/ops/me</Arn><UserId>AROA:me</UserId><Account>111122223333</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        ))
    })
    .await;
    let caller = account(&recorder)
        .await
        .caller
        .identity()
        .await
        .expect("who calls");
    assert_eq!(caller.account_id, "111122223333");
    assert_eq!(caller.arn, "arn:aws:sts::111122223333:assumed-role/ops/me");
}

#[tokio::test]
async fn what_signs_a_request_is_in_no_error() {
    // A server that gives back what it was sent, in every way that makes an error.
    for status in [200, 400, 403, 500] {
        let recorder = Recorder::start(move |request| {
            let echo = format!("<{}", request.header("authorization"));
            Some(Answer::new(status, &echo))
        })
        .await;
        let account = account(&recorder).await;
        let errors = [
            account.caller.identity().await.expect_err("no answer"),
            account.buckets.list().await.expect_err("no answer"),
            account
                .deliveries
                .folder("bucket", "")
                .await
                .expect_err("no answer"),
        ];
        for error in errors {
            let text = format!("{error} {error:?} {}", error.remedy());
            assert!(
                !text.contains("Signature=") && !text.contains("SECRET"),
                "{status}: {text}"
            );
        }
    }
}

/// Tells the test below that it is the second process, whose environment the first has set.
const SECOND_PROCESS: &str = "REKEY_TEST_SECOND_PROCESS";

/// What the second process does.
async fn connects_by_the_environment() {
    let account = connect(ConnectOptions::default()).await.expect("an account");
    assert_eq!(account.identity.kind, AccountKind::CustomEndpoint);
    assert_eq!(account.identity.region.as_deref(), Some("eu-central-1"));
    assert_eq!(account.identity.endpoint.as_deref(), Some("http://127.0.0.1:9"));
    assert!(!account.identity.changes_allowed);
}

#[tokio::test]
async fn the_default_chain_is_read_from_the_environment() {
    if std::env::var_os(SECOND_PROCESS).is_some() {
        return connects_by_the_environment().await;
    }
    let home = tempfile::tempdir().expect("a folder");
    let config = home.path().join("config");
    std::fs::write(&config, "[profile work]\nregion = eu-central-1\n").expect("a profile");
    let child = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "wire::the_default_chain_is_read_from_the_environment"])
        .env(SECOND_PROCESS, "1")
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .env_remove("AWS_ENDPOINT_URL")
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_PROFILE", "work")
        .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        .output()
        .expect("a run");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}
