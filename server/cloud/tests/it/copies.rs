//! Copies in place as a recording server sees them: what is sent along, on what condition, in parts, and with or without a
//! look before.

use crate::recorder::{Answer, Recorder, Request};
use crate::wire::{KEY, PATH, account, object, target};
use cloud::{CloudError, CopyOrder, Fault, ObjectFacts, ObjectRef};
use model::encryption::ObjectEncryption;
use model::inventory::{EncryptionStatus, StorageClass};
use model::quantity::Bytes;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;

pub(crate) const SIX_GIB: u64 = 6 << 30;

pub(crate) fn seen(size: u64) -> ObjectFacts {
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

/// Answers of a bucket with ACLs that holds one object of a size.
pub(crate) fn bucket(size: u64) -> impl Fn(&Request) -> Option<Answer> {
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

pub(crate) fn assert_sent(request: &Request, headers: &[(&str, &str)]) {
    for (name, value) in headers {
        assert_eq!(request.header(name), *value, "{name} of {}", request.line);
    }
}

/// Copies an object that was seen like this, after a look.
async fn copied(recorder: &Recorder, object: &ObjectRef, seen: ObjectFacts) -> Result<(), CloudError> {
    let order = CopyOrder {
        seen,
        target: target(),
        by_inventory: false,
        break_off: CancellationToken::new(),
        permits: None,
    };
    account(recorder)
        .await
        .objects
        .copy_in_place(object, &order)
        .await
}

#[tokio::test]
async fn a_copy_sends_along_what_s3_would_lose() {
    let recorder = Recorder::start(bucket(10)).await;
    copied(&recorder, &object(Some("v+1")), seen(10))
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
    let error = copied(&recorder, &object(None), seen(10)).await;
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
    copied(&recorder, &object(None), seen(SIX_GIB))
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
    assert_eq!(ranges.len(), 7, "the part that was refused once is copied again");
    assert!(ranges.contains(&"bytes=0-1073741823") && ranges.contains(&"bytes=5368709120-6442450943"));
    let complete = requests.last().expect("requests");
    assert!(complete.line.starts_with("POST ") && complete.header("if-match") == "\"abc\"");
    assert_eq!(complete.body.matches("<PartNumber>").count(), 6);
}

#[tokio::test]
async fn a_failed_part_aborts_the_upload() {
    let answers = bucket(SIX_GIB);
    let recorder = Recorder::start(move |request| {
        if request.line.contains("partNumber=5&") {
            return Some(Answer::error(412, "PreconditionFailed", "changed"));
        }
        answers(request)
    })
    .await;
    let error = copied(&recorder, &object(None), seen(SIX_GIB)).await;
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
    let error = copied(&recorder, &object(None), seen).await;
    assert_eq!(error.expect_err("a change").fault, Fault::Changed);
    assert!(
        recorder
            .requests()
            .iter()
            .all(|request| request.line.starts_with("HEAD "))
    );
}

#[tokio::test]
async fn a_copy_in_parts_that_is_broken_off_leaves_none_behind() {
    let answers = bucket(SIX_GIB);
    let break_off = CancellationToken::new();
    let told = break_off.clone();
    let recorder = Recorder::start(move |request| {
        if request.line.contains("partNumber=2&") {
            told.cancel();
        }
        answers(request)
    })
    .await;
    let order = CopyOrder {
        seen: seen(SIX_GIB),
        target: target(),
        by_inventory: false,
        break_off,
        permits: None,
    };
    let account = account(&recorder).await;
    let copied = account.objects.copy_in_place(&object(None), &order).await;
    assert_eq!(copied.expect_err("broken off").fault, Fault::Unanswered);
    let requests = recorder.requests();
    let last = &requests.last().expect("requests").line;
    assert!(
        last.starts_with("DELETE ") && last.contains("uploadId=U1"),
        "{last}"
    );
}

#[tokio::test]
async fn parts_that_a_killed_process_left_are_freed_and_those_of_others_stay() {
    const UPLOADS: &str = "<ListMultipartUploadsResult>\
<Upload><Key>a b/ü+&amp;100%.txt</Key><UploadId>OURS</UploadId><Initiated>2026-11-23T08:30:00.000Z</Initiated><Initiator><ID>arn:aws:sts::111122223333:assumed-role/rekey/before</ID></Initiator></Upload>\
<Upload><Key>a b/ü+&amp;100%.txt</Key><UploadId>THEIRS</UploadId><Initiated>2026-11-23T08:30:00.000Z</Initiated><Initiator><ID>arn:aws:iam::111122223333:user/ada</ID></Initiator></Upload>\
<Upload><Key>a b/ü+&amp;100%.txt.old</Key><UploadId>OTHER</UploadId><Initiated>2026-11-23T08:30:00.000Z</Initiated><Initiator><ID>arn:aws:sts::111122223333:assumed-role/rekey/before</ID></Initiator></Upload>\
<Upload><Key>a b/ü+&amp;100%.txt</Key><UploadId>LATER</UploadId><Initiated>2026-11-23T09:30:00.000Z</Initiated><Initiator><ID>arn:aws:sts::111122223333:assumed-role/rekey/app</ID></Initiator></Upload>\
</ListMultipartUploadsResult>";
    const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>\
<Arn>arn:aws:sts::111122223333:assumed-role/rekey/now</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let recorder = Recorder::start(|request| {
        Some(match () {
            () if request.line.contains("?uploads") => Answer::new(200, UPLOADS),
            () if request.body.contains("GetCallerIdentity") => Answer::new(200, CALLER),
            () => Answer::new(204, ""),
        })
    })
    .await;
    let account = account(&recorder).await;
    let at = |text: &str| UnixMillis::parse_iso(text).expect("a time");
    let begun = at("2026-11-23T08:00:00Z")..=at("2026-11-23T09:00:00Z");
    let freed = account.objects.free_parts(&object(None), begun).await;
    let freed = freed.expect("freed");
    assert_eq!(freed, 1);
    let aborted: Vec<_> = recorder
        .requests()
        .into_iter()
        .filter(|request| request.line.starts_with("DELETE "))
        .map(|request| request.line)
        .collect();
    assert!(
        matches!(aborted.as_slice(), [line] if line.contains("uploadId=OURS")),
        "{aborted:?}"
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
        break_off: CancellationToken::new(),
        permits: None,
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
        break_off: CancellationToken::new(),
        permits: None,
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
