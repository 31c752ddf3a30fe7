//! What journals fold to.

use super::*;
use crate::inventory::{EncryptionStatus, Region, SnapshotId, StorageClass};
use crate::method::LeftOut;
use crate::migration::PlannedLine;
use crate::plan::{MigrationId, PlanBucket, PlanSettings};
use crate::quantity::{Bytes, Objects};

fn plan() -> Plan {
    let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
    Plan {
        id: MigrationId("m-1".to_string()),
        name: "alpha".to_string(),
        buckets: vec![PlanBucket {
            bucket: "alpha".to_string(),
            region: Region("eu-west-2".to_string()),
            snapshot: SnapshotId("s-1".to_string()),
            target: crate::encryption::TargetEncryption {
                key: crate::encryption::KeyArn::parse(key).expect("an ARN"),
                bucket_key: true,
            },
            rows: 10,
            lines: Vec::new(),
            left_out: Vec::new(),
        }],
        settings: PlanSettings::default(),
        rates: Vec::new(),
        noted: Vec::new(),
        jobs: None,
    }
}

fn failed(key: &str) -> FailedObject {
    FailedObject {
        key: key.to_string(),
        version_id: None,
        noncurrent: false,
        size: Bytes(100),
        cause: FailureCause::Refused,
        message: "no".to_string(),
        line: None,
    }
}

fn key(failed: &FailedObject) -> &str {
    &failed.key
}

/// Keys of the failures that stand.
fn standing(progress: &Progress) -> Vec<&str> {
    progress.failures.iter().map(|(_, failed)| key(failed)).collect()
}

fn retry(read_back: bool) -> Entry {
    Entry::RetryRequested {
        by: "ada".to_string(),
        read_back,
    }
}

/// A batch of converted objects and failures.
fn done(pass: u32, first_row: u64, converted: u64, failures: &[&str]) -> Entry {
    let mut tally = Tally::default();
    (0..converted).for_each(|_| {
        tally
            .converted
            .entry(Method::CopyObject)
            .or_default()
            .add(Bytes(100))
    });
    failures.iter().for_each(|_| tally.failed.add(Bytes(100)));
    let failures = failures.iter().map(|key| failed(key)).collect();
    Entry::BatchDone {
        batch: BatchId {
            bucket: 0,
            pass,
            shard: 0,
            first_row,
        },
        tally,
        failures,
        in_doubt: Vec::new(),
    }
}

fn fold(entries: Vec<Entry>) -> Progress {
    let begin = [
        Entry::Confirmed {
            by: "ada".to_string(),
            typed: "alpha".to_string(),
            order: None,
        },
        Entry::RunnerStarted {
            epoch: 1,
            caller: None,
        },
    ];
    let journal: Vec<Recorded> = (1..)
        .zip(begin.into_iter().chain(entries))
        .map(|(seq, entry)| Recorded {
            seq,
            at: UnixMillis(0),
            entry,
        })
        .collect();
    Progress::fold(&plan(), &journal).expect("a legal journal")
}

#[test]
fn a_batch_that_was_cut_short_leaves_its_other_rows_to_do() {
    let batch = BatchId {
        bucket: 0,
        pass: 0,
        shard: 0,
        first_row: 0,
    };
    let mut entries = vec![Entry::BatchIntended { batch, rows: 5 }, done(0, 0, 3, &[])];
    let progress = fold(entries.clone());
    assert!(progress.open.is_empty());
    assert_eq!(progress.rows_done(0, 0), 3);
    assert_eq!(progress.covered[&batch.shard_pass()].next_open(0), 3);
    entries.push(done(0, 3, 7, &[]));
    assert_eq!(fold(entries).rows_done(0, 0), 10);
}

#[test]
fn a_batch_that_is_told_twice_counts_once() {
    let progress = fold(vec![done(0, 0, 2, &["a"]), done(0, 0, 2, &["a"])]);
    assert_eq!(
        (progress.tally().total().objects, progress.failures.len()),
        (Objects(3), 1)
    );
}

#[test]
fn a_retry_takes_the_place_of_the_failures_it_worked_on() {
    let ended = [Entry::VerificationStarted, Entry::SucceededWithExceptions];
    let mut entries = vec![done(0, 0, 6, &["a", "b", "c", "d"])];
    entries.extend(ended.clone());
    entries.push(retry(true));
    let progress = fold(entries.clone());
    assert_eq!((progress.pass, progress.rows_to_retry(0)), (1, 4));
    entries.push(done(1, 0, 2, &["b"]));
    let progress = fold(entries.clone());
    assert_eq!(standing(&progress), ["d", "b"]);
    assert_eq!(
        (progress.tally().total().objects, progress.tally().failed.objects),
        (Objects(10), Objects(2))
    );
    entries.push(done(1, 3, 1, &[]));
    entries.extend(ended);
    entries.push(retry(true));
    entries.push(done(2, 0, 1, &[]));
    let progress = fold(entries);
    assert_eq!(standing(&progress), [""; 0]);
    assert_eq!(progress.tally().done().objects, Objects(10));
}

/// Ten rows, of which one failed; of the nine others two read back differently and one was deleted.
fn read_back() -> Vec<Entry> {
    let found = |key: &str, method| FailedObject {
        cause: FailureCause::NotAsAsked,
        line: Some(PlannedLine {
            method,
            storage_class: StorageClass::Standard,
            encryption_status: EncryptionStatus::SseS3,
        }),
        ..failed(key)
    };
    let result = VerifiedBucket {
        expected: 9,
        checked: 9,
        met: 6,
        gone: 1,
        exceptions: vec![
            found("c", Method::CopyObject),
            // By the tally it was found under the key.
            found("u", Method::UpdateObjectEncryption),
        ],
    };
    vec![
        done(0, 0, 9, &["a"]),
        Entry::VerificationStarted,
        Entry::BucketVerified {
            bucket: "alpha".to_string(),
            result,
        },
        Entry::SucceededWithExceptions,
    ]
}

#[test]
fn what_read_back_differently_is_to_be_done_again_and_counts_once_on_the_way() {
    let mut entries = read_back();
    entries.push(retry(true));
    let progress = fold(entries.clone());
    let retrying: Vec<&str> = progress.retrying.in_bucket(0).map(key).collect();
    assert_eq!(retrying, ["a", "c", "u"]);
    assert_eq!(progress.rows_to_retry(0), 3);
    assert_eq!(progress.buckets[0].verified, None, "it is read back anew");
    let counts = |progress: &Progress| {
        let tally = progress.tally();
        assert_eq!(*tally, progress.buckets[0].tally);
        (
            tally.done().objects.0,
            tally.failed.objects.0,
            tally.total().objects.0,
        )
    };
    assert_eq!(counts(&progress), (7, 3, 10));
    assert_eq!(progress.tally().done().bytes, Bytes(700));
    // Two of them come right, one does not.
    entries.push(done(1, 0, 2, &["u"]));
    let progress = fold(entries);
    assert_eq!(counts(&progress), (9, 1, 10));
    assert_eq!(standing(&progress), ["u"]);
}

#[test]
fn a_retry_from_before_reading_back_could_be_tried_again_folds_as_it_did() {
    let mut entries = read_back();
    entries.push(retry(false));
    let progress = fold(entries);
    assert_eq!(progress.rows_to_retry(0), 1);
    assert_eq!(progress.tally().done().objects, Objects(9));
    let text = serde_json::to_string(&retry(false)).expect("JSON");
    assert_eq!(
        text, r#"{"entry":"retry-requested","by":"ada"}"#,
        "its hash is what it was"
    );
    assert_eq!(
        serde_json::from_str::<Entry>(&text).expect("the same"),
        retry(false)
    );
}

#[test]
fn a_fold_goes_over_the_wire() {
    let mut tally = Tally::default();
    tally.left_out.entry(LeftOut::Locked).or_default().add(Bytes(1));
    let batch = BatchId {
        bucket: 0,
        pass: 0,
        shard: 1,
        first_row: 0,
    };
    let progress = fold(vec![
        done(0, 0, 2, &["a"]),
        Entry::BatchDone {
            batch: BatchId { shard: 2, ..batch },
            tally,
            failures: Vec::new(),
            in_doubt: Vec::new(),
        },
        Entry::BatchIntended { batch, rows: 3 },
        Entry::MethodProved {
            bucket: "alpha".to_string(),
            method: Method::CopyObject,
            evidence: "seen".to_string(),
        },
    ]);
    let text = serde_json::to_string(&progress).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Progress>(&text).expect("the same"),
        progress
    );
}

#[test]
fn of_one_key_only_the_version_that_was_tried_again_is_taken_out() {
    let version = |id: &str| FailedObject {
        version_id: Some(id.to_string()),
        ..failed("a")
    };
    let mut tally = Tally::default();
    (0..3).for_each(|_| tally.failed.add(Bytes(100)));
    let batch = BatchId {
        bucket: 0,
        pass: 0,
        shard: 0,
        first_row: 0,
    };
    let mut entries = vec![
        Entry::BatchDone {
            batch,
            tally,
            failures: vec![version("1"), version("2"), version("3")],
            in_doubt: Vec::new(),
        },
        Entry::VerificationStarted,
        Entry::SucceededWithExceptions,
        retry(true),
    ];
    let fails_again = |first_row, id: &str| {
        let mut tally = Tally::default();
        tally.failed.add(Bytes(100));
        Entry::BatchDone {
            batch: BatchId {
                pass: 1,
                first_row,
                ..batch
            },
            tally,
            failures: vec![version(id)],
            in_doubt: Vec::new(),
        }
    };
    // In another order than they were found in, and one of them told twice.
    entries.extend([done(1, 1, 1, &[]), fails_again(0, "1"), fails_again(0, "1")]);
    let progress = fold(entries);
    let standing: Vec<_> = progress
        .failures
        .iter()
        .map(|(_, failed)| failed.version_id.as_deref())
        .collect();
    assert_eq!(standing, [Some("3"), Some("1")], "the last found is the last");
    let tally = progress.tally();
    assert_eq!(
        (tally.failed.objects, tally.done().objects),
        (Objects(2), Objects(1))
    );
    assert_eq!(tally.failed.bytes, Bytes(200));
}

#[test]
fn the_last_conversion_is_told_whatever_comes_after_it() {
    let mut progress = Progress::new(&plan());
    let mut seq = 0;
    let mut apply = |entry: Entry| {
        seq += 1;
        let at = UnixMillis(i64::try_from(seq).expect("a small number"));
        progress
            .apply(&Recorded { seq, at, entry })
            .expect("a legal entry");
        progress.buckets[0].last_converted_at
    };
    apply(Entry::Confirmed {
        by: "ada".to_string(),
        typed: "alpha".to_string(),
        order: None,
    });
    apply(Entry::RunnerStarted {
        epoch: 1,
        caller: None,
    });
    assert_eq!(apply(done(0, 0, 0, &["a"])), None, "nothing was converted");
    assert_eq!(apply(done(0, 1, 2, &[])), Some(UnixMillis(4)));
    assert_eq!(apply(done(0, 3, 1, &["b"])), Some(UnixMillis(5)));
    for entry in [
        done(0, 5, 0, &["c"]),
        Entry::VerificationStarted,
        Entry::SucceededWithExceptions,
        Entry::SettingRequested {
            by: "ada".to_string(),
            setting: Setting::Enforcement,
        },
    ] {
        assert_eq!(apply(entry), Some(UnixMillis(5)));
    }
}

fn found(first: u64, keys: &[&str]) -> Entry {
    Entry::ExceptionsFound {
        bucket: "alpha".to_string(),
        first,
        objects: keys.iter().map(|key| failed(key)).collect(),
    }
}

/// A bucket of ten objects, of which so many read back differently; the entry names the last of them.
fn verified(exceptions: u64, last: &[&str]) -> Entry {
    Entry::BucketVerified {
        bucket: "alpha".to_string(),
        result: VerifiedBucket {
            expected: 10,
            checked: 10,
            met: 10 - exceptions,
            gone: 0,
            exceptions: last.iter().map(|key| failed(key)).collect(),
        },
    }
}

#[test]
fn exceptions_that_were_named_on_the_way_are_named_once_each() {
    let broken_off = [found(0, &["x", "y"]), found(2, &["z", "w"])];
    let anew = || {
        [
            Entry::PauseRequested {
                by: "ada".to_string(),
            },
            Entry::Paused,
            Entry::Resumed {
                by: "ada".to_string(),
            },
            Entry::VerificationStarted,
        ]
    };
    // How the reading back ended that began anew, and what is named then.
    let cases: [(Vec<Entry>, &[&str], u64); 6] = [
        (vec![verified(0, &[])], &[], 0),
        (vec![verified(1, &["a"])], &["a"], 0),
        (vec![found(0, &["a", "b"]), verified(2, &[])], &["a", "b"], 0),
        (
            vec![found(0, &["a", "b"]), found(2, &["c", "d"]), verified(5, &["e"])],
            &["a", "b", "c", "d", "e"],
            0,
        ),
        // Told twice, as after an append of which nobody knew whether it was written.
        (
            vec![
                found(0, &["a", "b"]),
                found(0, &["a", "b"]),
                verified(3, &["c"]),
                verified(3, &["c"]),
            ],
            &["a", "b", "c"],
            0,
        ),
        // A journal of before names as many as it does.
        (vec![verified(4, &["a", "b"])], &["a", "b"], 2),
    ];
    for (entries, names, not_named) in cases {
        for before in [&[][..], &broken_off[..1], &broken_off[..]] {
            // A journal of before has none of these entries.
            if not_named > 0 && !before.is_empty() {
                continue;
            }
            let begun = [done(0, 0, 10, &[]), Entry::VerificationStarted];
            let journal = begun.into_iter().chain(before.iter().cloned());
            let journal: Vec<Entry> = journal.chain(anew()).chain(entries.clone()).collect();
            let progress = fold(journal);
            let result = progress.buckets[0].verified.as_ref().expect("a result");
            let named: Vec<&str> = result.exceptions.iter().map(key).collect();
            assert_eq!(
                (named.as_slice(), result.not_named()),
                (names, not_named),
                "{before:?}"
            );
        }
    }
}

#[test]
fn a_retry_takes_every_exception_that_was_named() {
    let progress = fold(vec![
        done(0, 0, 10, &[]),
        Entry::VerificationStarted,
        found(0, &["a", "b"]),
        found(2, &["c", "d"]),
        verified(5, &["e"]),
        Entry::SucceededWithExceptions,
        retry(true),
    ]);
    let retrying: Vec<&str> = progress.retrying.in_bucket(0).map(key).collect();
    assert_eq!(retrying, ["a", "b", "c", "d", "e"]);
    assert_eq!(progress.tally().failed.objects, Objects(5));
    assert_eq!(progress.tally().total().objects, Objects(10));
}
