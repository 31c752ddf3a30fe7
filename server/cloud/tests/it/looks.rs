//! Looks at an object that are answered without words: `HEAD` has no body, so that another request has to tell why.

use crate::recorder::{Answer, Recorder};
use crate::wire::{PATH, account, object};
use cloud::Fault;

/// What comes of a look that is answered 400, when the object's first byte is answered like this.
async fn looked(first_byte: fn() -> Answer) -> cloud::CloudError {
    let recorder = Recorder::start(move |request| {
        Some(if request.line.starts_with("HEAD ") {
            Answer::new(400, "")
        } else {
            first_byte()
        })
    })
    .await;
    let looked = account(&recorder).await.objects.head(&object(Some("v1"))).await;
    let requests = recorder.requests();
    let asked = requests.last().expect("requests");
    assert!(asked.line.starts_with(&format!("GET {PATH}?")), "{}", asked.line);
    assert!(asked.line.contains("versionId=v1"), "{}", asked.line);
    assert_eq!(asked.header("range"), "bytes=0-0");
    looked.expect_err("a refusal")
}

#[tokio::test]
async fn a_look_that_is_refused_without_words_is_what_the_first_byte_is_refused_for() {
    let expired = looked(|| Answer::error(400, "ExpiredToken", "The provided token has expired.")).await;
    assert!(expired.is_of_credentials(), "{expired}");
    assert_eq!(
        (expired.fault, expired.operation),
        (Fault::AccessDenied, "HeadObject")
    );

    let customers =
        looked(|| Answer::error(400, "InvalidRequest", "The correct parameters must be provided.")).await;
    assert_eq!(customers.fault, Fault::Refused);
    assert!(customers.message.contains("correct parameters"), "{customers}");

    let disabled = looked(|| Answer::error(400, "KMS.DisabledException", "It is disabled.")).await;
    assert_eq!(disabled.fault, Fault::KeyUnusable);
}

#[tokio::test]
async fn a_look_that_nothing_explains_is_no_fault_of_the_object() {
    for first_byte in [
        (|| Answer::new(206, "a")) as fn() -> Answer,
        || Answer::new(400, ""),
        || Answer::error(416, "InvalidRange", "The requested range is not satisfiable"),
    ] {
        let error = looked(first_byte).await;
        assert_eq!(error.fault, Fault::Transient, "{error}");
    }
}

#[tokio::test]
async fn a_missing_bucket_is_told_where_the_answer_has_words() {
    let recorder = Recorder::start(|_| Some(Answer::error(404, "NoSuchBucket", "It does not exist."))).await;
    let account = account(&recorder).await;
    let target = crate::wire::target();
    let updated = account.objects.update_encryption(&object(None), &target).await;
    let error = updated.expect_err("no bucket");
    assert!(error.is_of_bucket(), "{error}");
    let recorder = Recorder::start(|_| Some(Answer::error(404, "NoSuchKey", "It does not exist."))).await;
    let account = crate::wire::account(&recorder).await;
    let updated = account.objects.update_encryption(&object(None), &target).await;
    let error = updated.expect_err("no object");
    assert!(error.fault == Fault::NotFound && !error.is_of_bucket(), "{error}");
}
