//! What is done to a report is found, and where.

use super::*;
use crate::report::{Statement, document};
use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{EncryptionStatus, Region, SnapshotId, StorageClass};
use model::method::Method;
use model::migration::{BatchId, Entry, Tally, VerifiedBucket};
use model::plan::{MigrationId, Plan, PlanBucket, PlanLine, PlanSettings};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;

const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

fn opening() -> Opening {
    let bucket = PlanBucket {
        bucket: "alpha".to_string(),
        region: Region("eu-west-2".to_string()),
        snapshot: SnapshotId("s-1".to_string()),
        target: TargetEncryption {
            key: KeyArn::parse(KEY).expect("an ARN"),
            bucket_key: true,
        },
        rows: 6,
        lines: vec![PlanLine {
            storage_class: StorageClass::Standard,
            encryption_status: EncryptionStatus::NotSse,
            current: true,
            method: Method::CopyObject,
            objects: Objects(6),
            bytes: Bytes(600),
            over_5_gib: Objects(0),
        }],
        left_out: Vec::new(),
    };
    Opening {
        plan: Plan {
            id: MigrationId("m-1".to_string()),
            name: "alpha".to_string(),
            buckets: vec![bucket],
            settings: PlanSettings::default(),
            rates: Vec::new(),
            noted: Vec::new(),
            jobs: None,
        },
        planned_at: UnixMillis(1000),
        planned_by: "ada".to_string(),
    }
}

fn batch(first_row: u64) -> Entry {
    let mut tally = Tally::default();
    let converted = tally.converted.entry(Method::CopyObject).or_default();
    (0..3).for_each(|_| converted.add(Bytes(100)));
    Entry::BatchDone {
        batch: BatchId {
            bucket: 0,
            pass: 0,
            shard: 0,
            first_row,
        },
        tally,
        failures: Vec::new(),
        in_doubt: Vec::new(),
    }
}

fn started(caller: Option<&str>) -> Entry {
    Entry::RunnerStarted {
        epoch: 1,
        caller: caller.map(ToString::to_string),
    }
}

/// A journal from before callers were noted reads, and keeps the hashes that were noted of it.
#[test]
fn an_entry_of_before_stays_what_it_was() {
    let before = serde_json::json!({ "entry": "runner-started", "epoch": 1 });
    let entry: Entry = serde_json::from_value(before.clone()).expect("an entry");
    assert_eq!(entry, started(None));
    assert_eq!(serde_json::to_value(&entry).expect("JSON"), before);
}

/// Seven entries of a migration that succeeded.
fn entries() -> Vec<Entry> {
    vec![
        Entry::Confirmed {
            by: "ada".to_string(),
            typed: "alpha".to_string(),
            order: None,
        },
        started(Some("arn:aws:sts::111122223333:assumed-role/rekey/nightly")),
        batch(0),
        batch(3),
        Entry::VerificationStarted,
        Entry::BucketVerified {
            bucket: "alpha".to_string(),
            result: VerifiedBucket {
                expected: 6,
                checked: 6,
                met: 6,
                gone: 0,
                exceptions: Vec::new(),
            },
        },
        Entry::Succeeded,
    ]
}

fn written(entries: Vec<Entry>) -> Value {
    let opening = opening();
    let mut book = Book::open(&opening).expect("an opening");
    let mut links = Vec::new();
    for (seq, entry) in (1..).zip(entries) {
        let at = UnixMillis(2000);
        links.push(book.take(&Recorded { seq, at, entry }).expect("a legal entry"));
    }
    let (summary, commands) = book.summary();
    let statement = Statement {
        made_at: UnixMillis(3000),
        made_by: "0.0.0".to_string(),
        summary,
        commands,
        later: Vec::new(),
    };
    let end = book.close(&statement).expect("an end");
    let (first, rest) = links.split_at(links.len().min(1));
    let text = [
        document::head(&opening),
        document::entries(first, true),
        document::entries(rest, false),
        document::tail(&statement, &end),
    ];
    let text: String = text.map(|part| part.expect("JSON")).concat();
    serde_json::from_str(&text).expect("one document")
}

fn found(document: &Value) -> Result<Whole, (Option<u64>, Wrong)> {
    check(document.to_string().as_bytes(), None).map_err(|finding| (finding.seq, finding.problem))
}

/// What the check finds after a change.
fn after(change: impl FnOnce(&mut Value)) -> Result<Whole, (Option<u64>, Wrong)> {
    let mut document = written(entries());
    change(&mut document);
    found(&document)
}

fn links(document: &mut Value) -> &mut Vec<Value> {
    document["entries"].as_array_mut().expect("entries")
}

/// Computes all hashes of an altered document anew, as somebody would who knows the rule.
fn chained_anew(document: &mut Value) {
    let mut chain = Chain::open(&document["opening"]);
    for link in links(document) {
        let recorded = link.as_object_mut().expect("an entry");
        recorded.remove("hash");
        *link = serde_json::to_value(chain.add_recorded(recorded.clone())).expect("JSON");
    }
    document["chain"] = serde_json::to_value(chain.end(&document["statement"])).expect("JSON");
}

#[test]
fn a_whole_report_is_whole_however_it_is_laid_out() {
    let document = written(entries());
    let whole = found(&document).expect("whole");
    assert_eq!((whole.migration.as_str(), whole.entries), ("m-1", 7));
    assert_eq!(
        whole.verdict,
        format!("6 of 6 objects now under key {KEY}, each read back.")
    );
    let pretty = serde_json::to_string_pretty(&document).expect("JSON");
    assert_eq!(check(pretty.as_bytes(), None), Ok(whole));
    assert!(found(&written(Vec::new())).is_ok(), "a plan without entries");
}

#[test]
fn what_was_altered_is_found() {
    let altered = |seq: u64| Err((Some(seq), Wrong::Altered));
    assert_eq!(
        after(|document| links(document)[0]["entry"]["by"] = "eve".into()),
        altered(1)
    );
    let altered_rule = after(|document| document["rule"] = "SHA-256 of nothing".into());
    assert_eq!(altered_rule, Err((None, Wrong::Altered)));
    for place in ["/note", "/chain/note"] {
        let added = after(|document| {
            let (object, name) = place.rsplit_once('/').expect("a place");
            document.pointer_mut(object).expect("an object")[name] = "whole".into();
        });
        assert_eq!(added, Err((None, Wrong::Unreadable)), "{place}");
    }
    assert_eq!(
        after(|document| links(document)[2]["at"] = 1999.into()),
        altered(3)
    );
    assert_eq!(
        after(|document| links(document)[4]["note"] = "more".into()),
        altered(5)
    );
    assert_eq!(
        after(|document| links(document)[3]["hash"] = "00".into()),
        altered(4)
    );
    assert_eq!(
        after(|document| document["chain"]["last"] = "00".into()),
        altered(7)
    );
    for field in ["planned_by", "planned_at", "plan"] {
        let change = |document: &mut Value| document["opening"][field] = "eve".into();
        assert_eq!(after(change), Err((None, Wrong::Altered)), "{field}");
    }
    assert_eq!(
        after(|document| document["statement"]["made_at"] = 1.into()),
        Err((None, Wrong::Altered))
    );
}

#[test]
fn what_is_not_in_its_place_is_found() {
    assert_eq!(
        after(|document| drop(links(document).remove(3))),
        Err((Some(4), Wrong::Missing))
    );
    assert_eq!(
        after(|document| links(document).swap(2, 3)),
        Err((Some(3), Wrong::Reordered))
    );
    assert_eq!(
        after(|document| links(document).truncate(5)),
        Err((Some(6), Wrong::CutOff))
    );
    assert_eq!(
        after(|document| {
            let again = links(document)[2].clone();
            links(document).insert(3, again);
        }),
        Err((Some(3), Wrong::Added))
    );
    assert_eq!(
        after(|document| document["chain"]["entries"] = 6.into()),
        Err((Some(7), Wrong::Added))
    );
    // Moved together and numbered anew: the hash of the one that moved up no longer fits.
    let renumbered = |document: &mut Value| {
        links(document).remove(3);
        for (seq, link) in (4..).zip(&mut links(document)[3..]) {
            link["seq"] = Value::from(seq);
        }
    };
    assert_eq!(after(renumbered), Err((Some(4), Wrong::Altered)));
}

#[test]
fn a_summary_that_does_not_follow_from_the_entries_is_found() {
    let contradicted = Err((None, Wrong::Contradicted));
    let changes: [fn(&mut Value); 4] = [
        |document| document["statement"]["summary"]["verdict"] = "All is well.".into(),
        |document| document["statement"]["summary"]["tally"]["already"]["objects"] = 5.into(),
        |document| document["statement"]["summary"]["ended_at"] = Value::Null,
        |document| document["statement"]["commands"] = Value::Array(Vec::new()),
    ];
    for change in changes {
        let mut document = written(entries());
        change(&mut document);
        assert_eq!(found(&document), contradicted);
        chained_anew(&mut document);
        assert_eq!(found(&document), contradicted, "with all hashes made anew");
    }
    let mut document = written(entries());
    links(&mut document).truncate(5);
    chained_anew(&mut document);
    assert_eq!(
        found(&document),
        contradicted,
        "entries left away, all hashes made anew"
    );
    let mut document = written(entries());
    links(&mut document).remove(1);
    for (seq, link) in (1..).zip(links(&mut document)) {
        link["seq"] = Value::from(seq);
    }
    chained_anew(&mut document);
    assert_eq!(
        found(&document),
        Err((Some(2), Wrong::Contradicted)),
        "a batch before the runner"
    );
}

#[test]
fn a_hash_that_was_noted_binds_the_history() {
    let mut document = written(entries());
    let noted = document["chain"]["last"].as_str().expect("a hash").to_string();
    let text = document.to_string();
    assert!(check(text.as_bytes(), Some(&noted)).is_ok());
    let longer = {
        let mut longer = entries();
        longer.pop();
        written(longer)
    };
    let earlier = longer["chain"]["last"].as_str().expect("a hash");
    assert!(
        check(text.as_bytes(), Some(earlier)).is_ok(),
        "the hash of an earlier report of the same migration"
    );
    links(&mut document)[0]["entry"]["by"] = "eve".into();
    document["statement"]["summary"]["confirmed"]["by"] = "eve".into();
    document["statement"]["commands"][0]["by"] = "eve".into();
    chained_anew(&mut document);
    assert!(
        found(&document).is_ok(),
        "nothing inside tells that all was made anew"
    );
    let told = check(document.to_string().as_bytes(), Some(&noted));
    assert_eq!(told.map_err(|finding| finding.problem), Err(Wrong::OtherHistory));
}

#[test]
fn what_is_no_report_is_refused() {
    for text in ["", "{}", "[1]", "{\"format\":\"rekey-report/1\""] {
        let finding = check(text.as_bytes(), None).expect_err("no report");
        assert_eq!(finding.problem, Wrong::Unreadable, "{text}");
    }
    assert_eq!(
        after(|document| document["format"] = "rekey-report/9".into()),
        Err((None, Wrong::Unreadable))
    );
    let unknown = |document: &mut Value| {
        links(document)[1]["entry"] = serde_json::json!({ "entry": "of-another-version" });
        chained_anew(document);
    };
    assert_eq!(after(unknown), Err((Some(2), Wrong::Unreadable)));
}
