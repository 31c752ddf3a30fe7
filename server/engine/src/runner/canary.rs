//! The canaries of a bucket: a few objects of each kind that the plan knows, converted one after another before the rest,
//! read before and after and compared in full. Each is a batch of one row, so that the fold counts it like any other and
//! the run passes over it.

use super::Runner;
use super::batch::{Back, Batches, Job};
use super::feed::Handed;
use super::object::{Known, Outcome, by_inventory, convert};
use super::work::BucketWork;
use crate::error::in_words;
use crate::journal::JournalError;
use crate::limits::CANARY_BODY_MAX;
use crate::retry::Patience;
use crate::rows::{Rows, RowsError};
use cloud::{CloudError, Fault, ObjectFacts};
use model::format::{counted, grouped};
use model::inventory::{EncryptionStatus, StorageClass};
use model::method::Method;
use model::migration::{BatchId, Entry, FailureCause, State};
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows that are looked through at a time.
const ROWS_AT_A_TIME: usize = 4096;
/// By whom the rest waits where the plan asks for a word.
const CANARY: &str = "the canary";

/// Objects of one line of a plan.
type Kind = (Method, StorageClass, EncryptionStatus, bool);

/// What an object holds, as far as it can be read.
#[derive(Debug, PartialEq, Eq)]
struct Whole {
    facts: ObjectFacts,
    tags: Option<BTreeMap<String, String>>,
    grants: Option<BTreeMap<String, String>>,
    body: Option<Vec<u8>>,
}

impl Runner {
    /// Converts and compares the canaries of a bucket, then lets the rest go on or asks.
    pub(super) async fn canaries(&mut self, work: &Arc<BucketWork>) -> Result<(), JournalError> {
        let bucket = work.bucket().bucket.clone();
        self.migration.phase(format!("Trying canaries of {bucket}"));
        let picked = match self.pick(work).await {
            Ok(picked) => picked,
            Err(reason) => {
                return self
                    .stop(format!("{reason}. Import the inventory anew, then resume."))
                    .await;
            }
        };
        let (mut objects, mut bytes) = (0u64, 0u64);
        for (id, row, known) in picked {
            if self.migration.ledger.state() != State::Running || self.shared.stopping.is_cancelled() {
                return Ok(());
            }
            match self.one(work, id, row, known).await? {
                Some(read) => (objects, bytes) = (objects + 1, bytes + read),
                None => match work.stopped() {
                    Some(reason) => return self.stop(reason).await,
                    None if work.wind_down.is_cancelled() => return Ok(()),
                    None => {}
                },
            }
            self.show(work);
        }
        let evidence = format!(
            "{} converted, read back and compared: size, class, metadata, headers, tags, grants, and {} of their bodies.",
            counted(objects, "object"),
            counted(bytes, "byte")
        );
        tracing::info!(migration.id = %work.plan().id, bucket.name = bucket, objects, "canaries passed");
        let passed = Entry::CanaryPassed {
            bucket,
            objects,
            evidence,
        };
        self.journal_if_it_fits(passed).await?;
        if work.plan().settings.canary.asks && objects > 0 {
            let by = CANARY.to_string();
            self.journal_if_it_fits(Entry::PauseRequested { by }).await?;
        }
        Ok(())
    }

    /// The first objects of each kind that are not done.
    async fn pick(&self, work: &Arc<BucketWork>) -> Result<Vec<(BatchId, ObjectRow, Known)>, String> {
        let (open, covered) = {
            let progress = self.migration.ledger.progress();
            (progress.open.clone(), progress.covered.clone())
        };
        let (rows, work) = (Arc::clone(&self.shared.rows), Arc::clone(work));
        let picking = tokio::task::spawn_blocking(move || {
            let mut wanted = wanted(&work);
            let mut picked = Vec::new();
            look_through(rows.as_ref(), &work, |shard, row_number, row| {
                let Ok(method) = by_inventory(row, &work) else {
                    return !wanted.is_empty();
                };
                let kind = (method, row.storage_class, row.encryption_status, row.current);
                let Some(left) = wanted.get_mut(&kind) else {
                    return !wanted.is_empty();
                };
                *left -= 1;
                if *left == 0 {
                    wanted.remove(&kind);
                }
                let id = BatchId {
                    bucket: work.position,
                    pass: 0,
                    shard,
                    first_row: row_number,
                };
                let done = covered
                    .get(&id.shard_pass())
                    .is_some_and(|rows| rows.contains(row_number));
                if !done {
                    // Announced before, by a run that ended in the middle of it.
                    let known = match open.get(&id) {
                        Some(_) => Known::Interrupted,
                        None => Known::ByInventory,
                    };
                    picked.push((id, row.clone(), known));
                }
                !wanted.is_empty()
            })?;
            Ok::<_, RowsError>(picked)
        });
        match picking.await {
            Ok(Ok(picked)) => Ok(picked),
            Ok(Err(error)) => Err(in_words(&error)),
            Err(error) => Err(in_words(&error)),
        }
    }

    /// One canary: how many bytes of its body were compared, or nothing when it was not converted.
    async fn one(
        &mut self,
        work: &Arc<BucketWork>,
        id: BatchId,
        row: ObjectRow,
        known: Known,
    ) -> Result<Option<u64>, JournalError> {
        let mut batches = Batches::new(u64::from(work.plan().settings.kms_calls_per_object.milli()));
        let rows = vec![row.clone()];
        let intended = batches.take(Handed { id, rows, known });
        if known != Known::Interrupted {
            match self.journal(vec![intended]).await {
                Ok(_) => {}
                // A command came between.
                Err(JournalError::Illegal { .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        batches.announced(id);
        let Some(Job { batch, index, .. }) = batches.next_job() else {
            return Ok(None);
        };
        let before = whole(work, &row).await;
        let (mut outcome, effects) = convert(work, &row, known).await;
        let mut compared = None;
        if let Outcome::Converted(method) = outcome {
            match (before, whole(work, &row).await) {
                (Ok(before), Ok(after)) => match difference(method, &before, &after) {
                    None => compared = Some(after.body.map_or(0, |body| body.len() as u64)),
                    Some(what) => {
                        let object = work.object(&row.key, row.version_id.as_ref());
                        let message = format!(
                            "The canary {object} did not come through {} as it should: {what}. Look at it before you resume; nothing of its kind was converted after it.",
                            method.title()
                        );
                        work.stop(message.clone());
                        outcome = Outcome::Failed(FailureCause::NotAsAsked, message);
                    }
                },
                (Err(error), _) | (_, Err(error)) => {
                    work.stop(format!(
                        "The canary {} could not be read: {error}. Give the runner s3:GetObject, s3:GetObjectTagging, s3:GetObjectAcl and kms:Decrypt, then resume.",
                        row.key
                    ));
                }
            }
        }
        self.finished += 1;
        if let Some(reason) = self.breaker.note(&outcome) {
            work.stop(reason);
        }
        let back = Back {
            batch,
            index,
            outcome,
            effects,
        };
        let done: Vec<Entry> = batches.settle(back).into_iter().collect();
        if !done.is_empty() {
            self.journal(done).await?;
        }
        Ok(compared)
    }
}

/// How many objects of each kind are wanted: no more than the plan has of them.
fn wanted(work: &BucketWork) -> BTreeMap<Kind, u64> {
    let mut wanted = BTreeMap::new();
    let each = u64::from(work.plan().settings.canary.objects);
    for line in &work.bucket().lines {
        let kind = (
            line.method,
            line.storage_class,
            line.encryption_status,
            line.current,
        );
        if !line.objects.is_zero() {
            *wanted.entry(kind).or_insert(0) = line.objects.0.min(each);
        }
    }
    wanted
}

/// Shows each row with its place until it is told to stop. Blocks.
fn look_through(
    rows: &dyn Rows,
    work: &BucketWork,
    mut show: impl FnMut(u32, u64, &ObjectRow) -> bool,
) -> Result<(), RowsError> {
    for shard in 0..rows.shards(work.bucket())? {
        let mut reader = rows.open(work.bucket(), shard)?;
        let mut number = 0;
        loop {
            let batch = reader.next_batch(ROWS_AT_A_TIME)?;
            if batch.is_empty() {
                break;
            }
            for row in &batch {
                if !show(shard, number, row) {
                    return Ok(());
                }
                number += 1;
            }
        }
    }
    Ok(())
}

/// Reads an object as far as that is possible: bodies that are archived or under another's key are left out.
async fn whole(work: &BucketWork, row: &ObjectRow) -> Result<Whole, CloudError> {
    let current = by_inventory(row, work) == Ok(Method::CopyObject);
    let object = work.object(&row.key, row.version_id.as_ref().filter(|_| !current));
    let objects = &work.shared.account.objects;
    let facts = patiently(&row.key, || objects.head(&object)).await?;
    let tags = patiently(&row.key, || objects.tags(&object)).await;
    let tags = if_told(tags)?;
    let grants = patiently(&row.key, || objects.grants(&object)).await;
    let grants = if_told(grants)?;
    let body = patiently(&row.key, || objects.read(&object, CANARY_BODY_MAX)).await;
    let body = if_told(body)?;
    Ok(Whole {
        facts,
        tags,
        grants,
        body,
    })
}

/// What was read, or none where this object or server does not give it.
fn if_told<T>(read: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => match error.fault {
            Fault::NeedsRestore | Fault::Refused | Fault::NotSupported | Fault::NotFound => Ok(None),
            _ => Err(error),
        },
    }
}

/// Repeats a read while its errors pass.
async fn patiently<T, F: Future<Output = Result<T, CloudError>>>(
    key: &str,
    read: impl Fn() -> F,
) -> Result<T, CloudError> {
    let mut patience = Patience::default();
    loop {
        let error = match read().await {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        let wait = match error.fault {
            Fault::Throttled(_) => patience.after_throttle(key),
            Fault::Transient | Fault::Unanswered => patience.after_fault(key),
            _ => None,
        };
        match wait {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(error),
        }
    }
}

/// What a method changed that it must keep; none when it kept all.
fn difference(method: Method, before: &Whole, after: &Whole) -> Option<String> {
    let (facts, now) = (&before.facts, &after.facts);
    if facts.size != now.size {
        return Some(format!(
            "it had {} bytes and has {}",
            grouped(facts.size.0),
            grouped(now.size.0)
        ));
    }
    if facts.storage_class != now.storage_class {
        return Some(format!(
            "its class was {} and is {}",
            facts.storage_class, now.storage_class
        ));
    }
    let kept = [
        ("metadata", facts.metadata == now.metadata),
        ("headers", facts.headers == now.headers),
        ("tags", before.tags == after.tags),
        ("grants", before.grants == after.grants),
        ("body", before.body == after.body),
    ];
    if let Some((what, _)) = kept.into_iter().find(|(_, kept)| !kept) {
        return Some(format!("its {what} changed"));
    }
    let rewritten = facts.e_tag != now.e_tag || facts.last_modified != now.last_modified;
    (method == Method::UpdateObjectEncryption && rewritten)
        .then(|| "its ETag or its date changed, as if it had been written anew".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::encryption::ObjectEncryption;
    use model::quantity::Bytes;
    use model::time::UnixMillis;

    fn seen() -> Whole {
        let one = |name: &str| BTreeMap::from([(name.to_string(), "value".to_string())]);
        Whole {
            facts: ObjectFacts {
                size: Bytes(3),
                e_tag: "abc".to_string(),
                last_modified: Some(UnixMillis(1)),
                storage_class: StorageClass::Standard,
                encryption: ObjectEncryption {
                    status: EncryptionStatus::SseS3,
                    key: None,
                    bucket_key: false,
                },
                version_id: None,
                metadata: one("owner"),
                headers: one("content-type"),
                locked: false,
            },
            tags: Some(one("team")),
            grants: Some(one("READ")),
            body: Some(b"abc".to_vec()),
        }
    }

    /// A part of an object, and how it is changed.
    type Part = (&'static str, fn(&mut Whole));

    #[test]
    fn whatever_a_method_must_keep_is_compared() {
        let parts: [Part; 7] = [
            ("bytes", |whole| whole.facts.size = Bytes(4)),
            ("class", |whole| {
                whole.facts.storage_class = StorageClass::StandardIa
            }),
            ("metadata", |whole| whole.facts.metadata.clear()),
            ("headers", |whole| whole.facts.headers.clear()),
            ("tags", |whole| whole.tags = Some(BTreeMap::new())),
            ("grants", |whole| whole.grants = Some(BTreeMap::new())),
            ("body", |whole| whole.body = Some(b"abd".to_vec())),
        ];
        for method in [Method::CopyObject, Method::UpdateObjectEncryption] {
            assert_eq!(difference(method, &seen(), &seen()), None);
            for (name, change) in parts {
                let mut after = seen();
                change(&mut after);
                let found = difference(method, &seen(), &after);
                assert!(found.is_some_and(|text| text.contains(name)), "{name}");
            }
        }
        let mut rewritten = seen();
        rewritten.facts.e_tag = "def".to_string();
        assert_eq!(difference(Method::CopyObject, &seen(), &rewritten), None);
        assert!(difference(Method::UpdateObjectEncryption, &seen(), &rewritten).is_some());
    }
}
