//! The requests themselves, as a recording server sees them, and what comes of the answers that AWS documents.

use crate::recorder::{Answer, Recorder, Request};
use cloud::aws::{AccessKey, ConnectOptions, connect};
use cloud::{Account, AccountKind, CopyOrder, Fault, ObjectFacts, ObjectRef, Throttler};
use model::encryption::{KeyArn, ObjectEncryption, TargetEncryption};
use model::inventory::{EncryptionStatus, Region, StorageClass};
use model::quantity::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
const SIX_GIB: u64 = 6 << 30;

fn target() -> TargetEncryption {
    TargetEncryption {
        key: KeyArn::parse(KEY).expect("an ARN"),
        bucket_key: true,
    }
}

fn object(version_id: Option<&str>) -> ObjectRef {
    ObjectRef {
        bucket: "bucket".to_string(),
        key: "a b/ü+&100%.txt".to_string(),
        version_id: version_id.map(ToString::to_string),
    }
}

const PATH: &str = "/bucket/a%20b/%C3%BC%2B%26100%25.txt";

async fn account(recorder: &Recorder) -> Account {
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

fn seen(size: u64) -> ObjectFacts {
    ObjectFacts {
        size: Bytes(size),
        e_tag: "abc".to_string(),
        last_modified: None,
        storage_class: StorageClass::StandardIa,
        encryption: ObjectEncryption {
            status: EncryptionStatus::SseS3,
            key: None,
            bucket_key: false,
        },
        version_id: None,
        metadata: BTreeMap::new(),
        headers: BTreeMap::new(),
        locked: false,
    }
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

/// Answers of a bucket with ACLs that holds one object of a size.
fn bucket(size: u64) -> impl Fn(&Request) -> Option<Answer> {
    move |request| {
        let line = request.line.as_str();
        Some(match () {
            () if line.starts_with("HEAD ") => Answer::new(200, "")
                .with("content-length", &size.to_string())
                .with("etag", "\"abc\"")
                .with("content-type", "video/mp4")
                .with("cache-control", "no-cache")
                .with("x-amz-website-redirect-location", "/elsewhere")
                .with("x-amz-meta-title", "one")
                .with("x-amz-storage-class", "STANDARD_IA")
                .with("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")
                .with("x-amz-server-side-encryption", "AES256"),
            () if line.contains("?ownershipControls") => {
                Answer::error(404, "OwnershipControlsNotFoundError", "none")
            }
            () if line.contains("?acl") => Answer::new(200, ACL),
            () if line.contains("?tagging") => Answer::new(200, TAGS),
            () if line.contains("?uploads") => Answer::new(
                200,
                "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>",
            ),
            () if line.contains("partNumber=") => {
                Answer::new(200, "<CopyPartResult><ETag>\"p\"</ETag></CopyPartResult>")
            }
            () if line.starts_with("POST ") => Answer::new(
                200,
                "<CompleteMultipartUploadResult><ETag>\"d\"</ETag></CompleteMultipartUploadResult>",
            ),
            () if line.starts_with("DELETE ") => Answer::new(204, ""),
            () => Answer::new(200, "<CopyObjectResult><ETag>\"d\"</ETag></CopyObjectResult>"),
        })
    }
}

const ACL: &str = "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>\
<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>\
</AccessControlList></AccessControlPolicy>";
const TAGS: &str =
    "<Tagging><TagSet><Tag><Key>team</Key><Value>claims + risk</Value></Tag></TagSet></Tagging>";

const SENT_WITH_BOTH: &[(&str, &str)] = &[
    ("x-amz-server-side-encryption", "aws:kms"),
    ("x-amz-server-side-encryption-aws-kms-key-id", KEY),
    ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
    ("x-amz-storage-class", "STANDARD_IA"),
    ("x-amz-website-redirect-location", "/elsewhere"),
    ("x-amz-checksum-algorithm", "CRC64NVME"),
    ("x-amz-grant-full-control", "id=\"me\""),
    (
        "x-amz-grant-read",
        "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"",
    ),
];

fn assert_sent(request: &Request, headers: &[(&str, &str)]) {
    for (name, value) in headers {
        assert_eq!(request.header(name), *value, "{name} of {}", request.line);
    }
}

#[tokio::test]
async fn a_copy_sends_along_what_s3_would_lose() {
    let recorder = Recorder::start(bucket(10)).await;
    let order = CopyOrder {
        seen: seen(10),
        target: target(),
        by_inventory: false,
    };
    account(&recorder)
        .await
        .objects
        .copy_in_place(&object(Some("v+1")), &order)
        .await
        .expect("a copy");
    let requests = recorder.requests();
    let copy = requests.last().expect("requests");
    assert!(copy.line.starts_with(&format!("PUT {PATH}")), "{}", copy.line);
    assert_sent(copy, SENT_WITH_BOTH);
    assert_sent(
        copy,
        &[
            (
                "x-amz-copy-source",
                "bucket/a%20b/%C3%BC%2B%26100%25.txt?versionId=v%2B1",
            ),
            ("x-amz-copy-source-if-match", "\"abc\""),
            ("if-match", "\"abc\""),
            ("x-amz-metadata-directive", "COPY"),
            ("x-amz-tagging-directive", "COPY"),
        ],
    );
}

#[tokio::test]
async fn an_error_inside_a_200_is_an_error() {
    let answers = bucket(10);
    let recorder = Recorder::start(move |request| {
        if request.headers.contains_key("x-amz-copy-source") {
            return Some(Answer::error(
                200,
                "InternalError",
                "We encountered an internal error.",
            ));
        }
        answers(request)
    })
    .await;
    let order = CopyOrder {
        seen: seen(10),
        target: target(),
        by_inventory: false,
    };
    let error = account(&recorder)
        .await
        .objects
        .copy_in_place(&object(None), &order)
        .await;
    assert_eq!(error.expect_err("an error").fault, Fault::Transient);
}

#[tokio::test]
async fn large_objects_are_copied_in_parts_with_everything_sent() {
    let (answers, failed) = (bucket(SIX_GIB), AtomicBool::new(false));
    let recorder = Recorder::start(move |request| {
        if request.line.contains("partNumber=3&") && !failed.swap(true, Ordering::Relaxed) {
            return Some(Answer::error(503, "SlowDown", "Please reduce your request rate."));
        }
        answers(request)
    })
    .await;
    let order = CopyOrder {
        seen: seen(SIX_GIB),
        target: target(),
        by_inventory: false,
    };
    account(&recorder)
        .await
        .objects
        .copy_in_place(&object(None), &order)
        .await
        .expect("a copy");
    let requests = recorder.requests();
    let create = requests
        .iter()
        .find(|request| request.line.contains("?uploads"))
        .expect("an upload");
    assert_sent(create, SENT_WITH_BOTH);
    assert_sent(
        create,
        &[
            ("content-type", "video/mp4"),
            ("cache-control", "no-cache"),
            ("x-amz-meta-title", "one"),
            ("x-amz-tagging", "team=claims%20%2B%20risk"),
        ],
    );
    let mut ranges: Vec<_> = requests
        .iter()
        .map(|request| request.header("x-amz-copy-source-range"))
        .collect();
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable();
    assert_eq!(ranges.len(), 13, "the part that was refused once is copied again");
    assert!(ranges.contains(&"bytes=0-536870911") && ranges.contains(&"bytes=5905580032-6442450943"));
    let complete = requests.last().expect("requests");
    assert!(complete.line.starts_with("POST ") && complete.header("if-match") == "\"abc\"");
    assert_eq!(complete.body.matches("<PartNumber>").count(), 12);
}

#[tokio::test]
async fn a_failed_part_aborts_the_upload() {
    let answers = bucket(SIX_GIB);
    let recorder = Recorder::start(move |request| {
        if request.line.contains("partNumber=7&") {
            return Some(Answer::error(412, "PreconditionFailed", "changed"));
        }
        answers(request)
    })
    .await;
    let order = CopyOrder {
        seen: seen(SIX_GIB),
        target: target(),
        by_inventory: false,
    };
    let error = account(&recorder)
        .await
        .objects
        .copy_in_place(&object(None), &order)
        .await;
    assert_eq!(error.expect_err("an error").fault, Fault::Changed);
    let requests = recorder.requests();
    let last = requests.last().expect("requests");
    assert!(
        last.line.starts_with("DELETE ") && last.line.contains("uploadId=U1"),
        "{}",
        last.line
    );
    assert!(
        !requests
            .iter()
            .any(|request| request.line.starts_with("POST ") && request.line.contains("uploadId"))
    );
}

#[tokio::test]
async fn a_changed_object_is_not_copied_even_where_conditions_are_not_heeded() {
    let recorder = Recorder::start(bucket(10)).await;
    let seen = ObjectFacts {
        e_tag: "another".to_string(),
        ..seen(10)
    };
    let order = CopyOrder {
        seen,
        target: target(),
        by_inventory: false,
    };
    let error = account(&recorder)
        .await
        .objects
        .copy_in_place(&object(None), &order)
        .await;
    assert_eq!(error.expect_err("a change").fault, Fault::Changed);
    assert!(
        recorder
            .requests()
            .iter()
            .all(|request| request.line.starts_with("HEAD "))
    );
}

#[tokio::test]
async fn an_object_that_came_to_another_class_is_not_copied_back() {
    let recorder = Recorder::start(bucket(10)).await;
    let order = CopyOrder {
        seen: ObjectFacts {
            storage_class: StorageClass::Standard,
            ..seen(10)
        },
        target: target(),
        by_inventory: false,
    };
    let copied = account(&recorder)
        .await
        .objects
        .copy_in_place(&object(None), &order)
        .await;
    assert_eq!(copied.expect_err("a change").fault, Fault::Changed);
    let requests = recorder.requests();
    assert!(requests.iter().all(|request| request.line.starts_with("HEAD ")));
}

/// Copies two objects by the inventory in a bucket that has one of what a look would show; gives the requests.
async fn by_inventory(kept: &'static str) -> Vec<Request> {
    let answers = bucket(10);
    let recorder = Recorder::start(move |request| {
        let about = |part: &str| request.line.starts_with(&format!("GET /bucket/?{part}"));
        for (part, missing, present) in [
            (
                "website",
                "NoSuchWebsiteConfiguration",
                "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>",
            ),
            (
                "object-lock",
                "ObjectLockConfigurationNotFoundError",
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
            ),
            (
                "lifecycle",
                "NoSuchLifecycleConfiguration",
                "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter></Rule></LifecycleConfiguration>",
            ),
        ] {
            if about(part) && kept == part {
                return Some(Answer::new(200, present));
            }
            if about(part) && kept == "nothing known" {
                return Some(Answer::error(403, "AccessDenied", "Access Denied"));
            }
            if about(part) {
                return Some(Answer::error(404, missing, "not there"));
            }
        }
        answers(request)
    })
    .await;
    let account = account(&recorder).await;
    let order = CopyOrder {
        seen: seen(10),
        target: target(),
        by_inventory: true,
    };
    for _ in 0..2 {
        let copied = account.objects.copy_in_place(&object(None), &order).await;
        copied.expect("a copy");
    }
    recorder.requests()
}

#[tokio::test]
async fn a_copy_by_the_inventory_is_one_request_where_a_look_could_show_nothing() {
    let looks = |requests: &[Request]| {
        requests
            .iter()
            .filter(|request| request.line.starts_with("HEAD "))
            .count()
    };
    let requests = by_inventory("nothing").await;
    assert_eq!(
        looks(&requests),
        0,
        "{:?}",
        requests.iter().map(|request| &request.line).collect::<Vec<_>>()
    );
    let asked = requests
        .iter()
        .filter(|request| request.line.starts_with("GET /bucket/?"));
    assert_eq!(asked.count(), 4, "once for each setting: {requests:?}");
    let copies: Vec<_> = requests
        .iter()
        .filter(|request| request.line.starts_with("PUT "))
        .collect();
    assert_eq!(copies.len(), 2);
    assert_sent(
        copies[1],
        &[
            ("x-amz-copy-source-if-match", "\"abc\""),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-metadata-directive", "COPY"),
            ("x-amz-tagging-directive", "COPY"),
        ],
    );
    for kept in ["website", "object-lock", "lifecycle", "nothing known"] {
        assert_eq!(looks(&by_inventory(kept).await), 2, "{kept}");
    }
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
