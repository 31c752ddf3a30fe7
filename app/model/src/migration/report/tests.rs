//! What a summary states of journals: counts, names and the verdict.

use super::*;
use crate::encryption::{KeyArn, TargetEncryption};
use crate::inventory::EncryptionStatus;
use crate::inventory::StorageClass;
use crate::jobs::{JobResult, JobStatus, Manifest};
use crate::method::LeftOut;
use crate::migration::{BatchId, PlannedLine};
use crate::plan::{MigrationId, PlanLine, PlanSettings};

const CALLER: &str = "arn:aws:sts::111122223333:assumed-role/rekey/nightly";
const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

fn plan() -> Plan {
    Plan {
        id: MigrationId("m-1".to_string()),
        name: "alpha".to_string(),
        buckets: vec![PlanBucket {
            bucket: "alpha".to_string(),
            region: Region("eu-west-2".to_string()),
            snapshot: SnapshotId("s-1".to_string()),
            target: TargetEncryption {
                key: KeyArn::parse(KEY).expect("an ARN"),
                bucket_key: true,
            },
            rows: 10,
            lines: vec![PlanLine {
                method: Method::CopyObject,
                storage_class: StorageClass::Standard,
                encryption_status: EncryptionStatus::SseS3,
                current: true,
                objects: Objects(9),
                bytes: Bytes(900),
                over_5_gib: Objects(0),
            }],
            left_out: Vec::new(),
        }],
        settings: PlanSettings::default(),
        rates: Vec::new(),
        noted: Vec::new(),
        jobs: None,
    }
}

fn failed(key: &str, cause: FailureCause) -> FailedObject {
    FailedObject {
        key: key.to_string(),
        version_id: Some("v1".to_string()),
        noncurrent: false,
        size: Bytes(100),
        cause,
        message: "no".to_string(),
        line: None,
    }
}

/// Six converted, one gone, one left out, two failed.
fn batch() -> Entry {
    let mut tally = Tally::default();
    let converted = tally.converted.entry(Method::CopyObject).or_default();
    (0..6).for_each(|_| converted.add(Bytes(100)));
    tally.gone.add(Bytes(100));
    tally.left_out.entry(LeftOut::Locked).or_default().add(Bytes(100));
    (0..2).for_each(|_| tally.failed.add(Bytes(100)));
    Entry::BatchDone {
        batch: BatchId {
            bucket: 0,
            pass: 0,
            shard: 0,
            first_row: 0,
        },
        tally,
        failures: vec![
            failed("a", FailureCause::Refused),
            failed("b", FailureCause::Throttled),
        ],
        in_doubt: Vec::new(),
    }
}

fn default(status: EncryptionStatus) -> DefaultEncryption {
    DefaultEncryption {
        status,
        key: None,
        bucket_key: false,
        blocked: Vec::new(),
    }
}

fn fold(entries: Vec<Entry>) -> Summary {
    let plan = plan();
    let mut fold = SummaryFold::new(&plan);
    let begin = [
        Entry::Confirmed {
            by: "ada".to_string(),
            typed: "alpha".to_string(),
            order: None,
        },
        Entry::RunnerStarted {
            epoch: 1,
            caller: Some(CALLER.to_string()),
        },
        Entry::DefaultEncryptionIntended {
            bucket: "alpha".to_string(),
            previous: Some(default(EncryptionStatus::SseS3)),
            wanted: default(EncryptionStatus::SseKms),
        },
        Entry::DefaultEncryptionSet {
            bucket: "alpha".to_string(),
        },
    ];
    for (seq, entry) in (1..).zip(begin.into_iter().chain(entries)) {
        let at = UnixMillis(i64::try_from(seq).expect("a small number"));
        fold.apply(&Recorded { seq, at, entry }).expect("a legal entry");
    }
    fold.summary()
}

fn ended(result: VerifiedBucket) -> Summary {
    fold(vec![
        batch(),
        Entry::VerificationStarted,
        Entry::BucketVerified {
            bucket: "alpha".to_string(),
            result,
        },
        Entry::SucceededWithExceptions,
    ])
}

fn verified(checked: u64, met: u64, gone: u64, named: &[&str]) -> VerifiedBucket {
    let exceptions = named
        .iter()
        .map(|key| failed(key, FailureCause::NotAsAsked))
        .collect();
    VerifiedBucket {
        expected: 6,
        checked,
        met,
        gone,
        exceptions,
    }
}

#[test]
fn every_exception_is_named_or_counted() {
    let summary = ended(verified(6, 3, 1, &["c"]));
    assert_eq!(
        summary.verdict,
        format!("3 of 7 objects now under key {KEY}, each read back; with 4 exceptions.")
    );
    let sentence = &summary.buckets[0].sentence;
    let expected = format!(
        "3 of 7 objects now under key {KEY}, each read back; 2 failed; 2 read back as something else; 2 deleted since the inventory; 1 left out by the plan."
    );
    assert_eq!(*sentence, expected);
    let named: Vec<(&str, FoundIn, FailureCause)> = summary
        .exceptions
        .iter()
        .map(|one| (one.key.as_str(), one.found_in, one.cause))
        .collect();
    assert_eq!(
        named,
        [
            ("a", FoundIn::Conversion, FailureCause::Refused),
            ("b", FoundIn::Conversion, FailureCause::Throttled),
            ("c", FoundIn::ReadingBack, FailureCause::NotAsAsked),
        ]
    );
    assert_eq!(summary.exceptions_not_named, 1);
    assert_eq!(summary.tally.total().objects.0, summary.rows);
}

#[test]
fn what_is_there_again_is_counted_as_it_is_now() {
    // The run found one of them gone; read back, it is there and under the key.
    let summary = ended(verified(7, 7, 0, &[]));
    assert_eq!(
        summary.verdict,
        format!("7 of 9 objects now under key {KEY}, each read back; with 2 exceptions.")
    );
    assert!(
        !summary.buckets[0].sentence.contains("deleted"),
        "{}",
        summary.buckets[0].sentence
    );
}

#[test]
fn what_a_retry_has_not_come_to_is_an_exception_of_the_reading_back() {
    let mut result = verified(6, 5, 0, &["c"]);
    result.exceptions[0].line = Some(PlannedLine {
        method: Method::CopyObject,
        storage_class: StorageClass::Standard,
        encryption_status: EncryptionStatus::SseS3,
    });
    let summary = fold(vec![
        batch(),
        Entry::VerificationStarted,
        Entry::BucketVerified {
            bucket: "alpha".to_string(),
            result,
        },
        Entry::SucceededWithExceptions,
        Entry::RetryRequested {
            by: "ada".to_string(),
            read_back: true,
        },
        Entry::CancelRequested {
            by: "ada".to_string(),
        },
        Entry::Cancelled,
    ]);
    let found: Vec<(&str, FoundIn)> = summary
        .exceptions
        .iter()
        .map(|one| (one.key.as_str(), one.found_in))
        .collect();
    assert_eq!(
        found,
        [
            ("a", FoundIn::Conversion),
            ("b", FoundIn::Conversion),
            ("c", FoundIn::ReadingBack)
        ]
    );
    assert!(summary.verdict.contains("5 of 8 objects"), "{}", summary.verdict);
    assert_eq!(summary.tally.total().objects.0, summary.rows);
}

#[test]
fn a_sample_is_not_called_all() {
    let summary = ended(verified(2, 2, 0, &[]));
    let sentence = &summary.buckets[0].sentence;
    assert!(
        sentence.starts_with("6 of 8 objects now under key") && sentence.contains("; 2 of 6 read back;"),
        "{sentence}"
    );
    assert!(
        summary.verdict.contains("; 2 of 6 read back; with 2 exceptions"),
        "{}",
        summary.verdict
    );
    let unread = ended(verified(0, 0, 0, &[]));
    assert!(
        unread.verdict.contains("6 of 8") && unread.verdict.contains("none of them read back"),
        "{}",
        unread.verdict
    );
}

#[test]
fn what_was_not_tried_is_still_of_the_plan() {
    let cancelled = fold(vec![
        Entry::CancelRequested {
            by: "ada".to_string(),
        },
        Entry::Cancelled,
    ]);
    assert!(
        cancelled.verdict.contains("0 of 9 objects") && cancelled.verdict.contains("9 not tried"),
        "{}",
        cancelled.verdict
    );
    assert!(
        cancelled.buckets[0].sentence.contains("9 not tried"),
        "{}",
        cancelled.buckets[0].sentence
    );
}

#[test]
fn what_a_job_has_is_not_said_to_be_untried() {
    let bucket = "alpha".to_string();
    let asked = Entry::JobIntended {
        bucket: bucket.clone(),
        number: 1,
        token: "t".to_string(),
        manifest: Manifest::Generated,
    };
    let made = Entry::JobCreated {
        bucket: bucket.clone(),
        id: "00e1".to_string(),
    };
    let under_way = fold(vec![asked.clone(), made.clone()]);
    let with_it = "; 9 with a job of S3 whose report is not read yet";
    for text in [&under_way.verdict, &under_way.buckets[0].sentence] {
        assert!(text.contains(with_it) && !text.contains("not tried"), "{text}");
    }
    let result = JobResult {
        status: JobStatus::Complete,
        total: 9,
        succeeded: 7,
        failed: 2,
        reasons: Vec::new(),
    };
    let over = fold(vec![asked, made, Entry::JobEnded { bucket, result }]);
    let reported = "; 9 not looked at here, while S3 reports 7 objects updated by its job";
    assert!(over.verdict.contains(reported), "{}", over.verdict);
    let bucket = &over.buckets[0];
    assert_eq!((bucket.not_tried(), bucket.by_job_alone()), (2, 7));
}

#[test]
fn what_did_not_end_does_not_say_that_it_did() {
    let summary = fold(vec![batch()]);
    assert!(summary.verdict.starts_with("Not ended (Running): 6 of 8"));
    assert!(summary.buckets[0].sentence.contains("; none of them read back"));
    // All rows have their outcome, so that no more is left out.
    assert!(summary.buckets[0].sentence.ends_with("; 1 left out by the plan."));
    let Entry::BatchDone { tally, .. } = batch() else {
        panic!("a batch")
    };
    let mut planned = plan().buckets.remove(0);
    planned.rows = 11;
    let mut here = Progress::new(&plan()).buckets.remove(0);
    here.tally = tally;
    assert!(sentence(&planned, &here).ends_with("; 1 left out by the plan so far."));
    let cancelled = fold(vec![
        batch(),
        Entry::CancelRequested {
            by: "ada".to_string(),
        },
        Entry::Cancelled,
    ]);
    assert!(cancelled.verdict.starts_with("Cancelled: 6 of 8"));
    let plan = plan();
    let untouched = SummaryFold::new(&plan).summary();
    assert_eq!(untouched.verdict, "Not confirmed: nothing was converted.");
}

#[test]
fn who_confirmed_and_what_changed_are_told() {
    let summary = ended(verified(6, 6, 0, &[]));
    let confirmed = summary.confirmed.expect("a confirmation");
    assert_eq!(
        (confirmed.by.as_str(), confirmed.at, confirmed.typed.as_str()),
        ("ada", UnixMillis(1), "alpha")
    );
    assert_eq!(summary.callers, [CALLER]);
    let setting = summary.buckets[0].default_encryption.as_ref().expect("a change");
    let previous = setting.previous.as_ref().map(|previous| previous.status);
    assert_eq!(
        (previous, setting.wanted.status, setting.is_set),
        (Some(EncryptionStatus::SseS3), EncryptionStatus::SseKms, true)
    );
}

#[test]
fn exceptions_that_the_journal_named_on_the_way_are_in_the_report() {
    let mut result = verified(6, 1, 0, &["g"]);
    result.exceptions[0].version_id = None;
    let summary = fold(vec![
        batch(),
        Entry::VerificationStarted,
        Entry::ExceptionsFound {
            bucket: "alpha".to_string(),
            first: 0,
            objects: ["c", "d", "e", "f"]
                .map(|key| failed(key, FailureCause::NotAsAsked))
                .to_vec(),
        },
        Entry::BucketVerified {
            bucket: "alpha".to_string(),
            result,
        },
        Entry::SucceededWithExceptions,
    ]);
    let named: Vec<&str> = summary.exceptions.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(named, ["a", "b", "c", "d", "e", "f", "g"]);
    assert_eq!(summary.exceptions_not_named, 0);
    assert!(
        summary.verdict.contains("with 7 exceptions"),
        "{}",
        summary.verdict
    );
}
