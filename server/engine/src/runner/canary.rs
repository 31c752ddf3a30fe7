//! The canaries of a bucket: a few objects of each kind that the plan knows, converted one after another before the rest,
//! read before and after and compared in full. Each is a batch of one row, so that the fold counts it like any other and
//! the run passes over it. What one showed is not in the journal before all have passed, so a runner that takes the bucket
//! up in between compares others.

use super::Runner;
use super::batch::{Back, Batches, Job};
use super::feed::{Handed, reading};
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
use model::migration::{BatchId, CANARY, Entry, FailureCause};
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows that are looked through at a time.
const ROWS_AT_A_TIME: usize = 4096;
/// Objects of a kind that are tried beyond those that are wanted, because some of the first may be gone, or fail.
const SPARES: u64 = 32;
/// As many at most where none of them told anything: an earlier migration may have converted the first thousands.
const SPARES_MAX: u64 = 8_192;
/// Rows among which spares are looked for; only what is wanted at least is looked for in all of them.
const SPARES_WITHIN: u64 = 100_000;

/// Objects of one line of a plan.
type Kind = (Method, StorageClass, EncryptionStatus, bool);

/// An object to try.
#[derive(Debug)]
struct Candidate {
    kind: Kind,
    id: BatchId,
    row: ObjectRow,
    known: Known,
}

/// What came of one.
#[derive(Debug)]
enum Tried {
    /// It was converted and is as it was; so many bytes of its body were compared.
    Compared(u64),
    /// It could not be converted.
    Failed(String),
    /// It tells nothing: it was under the key already, or gone, or the run winds down.
    Nothing,
}

/// What came of those of one kind.
#[derive(Debug, Default)]
struct OfKind {
    compared: u64,
    bytes: u64,
    failed: Option<String>,
    /// Those that told nothing.
    silent: u64,
}

impl OfKind {
    const fn told_something(&self) -> bool {
        self.compared > 0 || self.failed.is_some()
    }
}

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
        let mut kinds: BTreeMap<Kind, OfKind> = BTreeMap::new();
        let mut spares = SPARES;
        loop {
            let picked = match self.pick(work, spares).await {
                Ok(picked) => picked,
                Err(reason) => {
                    return self
                        .stop(format!("{reason}. Import the inventory anew, then resume."))
                        .await;
                }
            };
            let before: u64 = kinds.values().map(|of_kind| of_kind.silent).sum();
            self.try_all(work, picked, &mut kinds).await?;
            if let Some(reason) = work.stopped() {
                return self.stop(reason).await;
            }
            if !self.goes_on(work) {
                return Ok(());
            }
            let silent: u64 = kinds.values().map(|of_kind| of_kind.silent).sum();
            let told = kinds.values().all(OfKind::told_something);
            if told || silent == before || spares >= SPARES_MAX {
                break;
            }
            spares *= 4;
        }
        for (kind, of_kind) in &kinds {
            if let (0, Some(message)) = (of_kind.compared, &of_kind.failed) {
                return self.stop(none_of(&bucket, kind, message)).await;
            }
        }
        let asks = work.plan().settings.canary.asks;
        self.passed(bucket, &kinds, asks).await
    }

    /// Tries candidates until there are enough of their kinds, or something else is to be done.
    async fn try_all(
        &mut self,
        work: &Arc<BucketWork>,
        picked: Vec<Candidate>,
        kinds: &mut BTreeMap<Kind, OfKind>,
    ) -> Result<(), JournalError> {
        for candidate in picked {
            let of_kind = kinds.entry(candidate.kind).or_default();
            if of_kind.compared >= u64::from(self.canaries_wanted()) {
                continue;
            }
            match self.one(work, candidate).await? {
                Tried::Compared(bytes) => {
                    of_kind.compared += 1;
                    of_kind.bytes += bytes;
                }
                Tried::Failed(message) => of_kind.failed = Some(message),
                Tried::Nothing => of_kind.silent += 1,
            }
            if work.stopped().is_some() || !self.goes_on(work) {
                return Ok(());
            }
            self.show(work);
        }
        Ok(())
    }

    /// Journals what they showed; the word to wait for goes with it, so that no crash comes between the two.
    async fn passed(
        &self,
        bucket: String,
        kinds: &BTreeMap<Kind, OfKind>,
        asks: bool,
    ) -> Result<(), JournalError> {
        let objects = kinds.values().map(|of_kind| of_kind.compared).sum();
        let bytes = kinds.values().map(|of_kind| of_kind.bytes).sum();
        let evidence = format!(
            "{} converted, read back and compared: size, class, metadata, headers, tags, grants, and {} of their bodies.",
            counted(objects, "object"),
            counted(bytes, "byte")
        );
        tracing::info!(migration.id = %self.migration.plan.id, bucket.name = bucket, objects, "canaries passed");
        let mut entries = vec![Entry::CanaryPassed {
            bucket,
            objects,
            evidence,
        }];
        if asks && !kinds.is_empty() {
            let by = CANARY.to_string();
            entries.push(Entry::PauseRequested { by });
        }
        self.journal_if_they_fit(entries).await.map(drop)
    }

    /// The first objects of each kind that are not done, with spares.
    async fn pick(&self, work: &Arc<BucketWork>, spares: u64) -> Result<Vec<Candidate>, String> {
        let (open, covered) = {
            let progress = self.migration.ledger.progress();
            (progress.open.clone(), progress.covered.clone())
        };
        let (rows, work) = (Arc::clone(&self.shared.rows), Arc::clone(work));
        let of = Arc::clone(&rows);
        let at_least = u64::from(self.canaries_wanted());
        let picking = reading(of.as_ref(), move || {
            let (mut wanted, mut picked, mut looked_at) = (wanted(&work, at_least, spares), Vec::new(), 0u64);
            look_through(rows.as_ref(), &work, |shard, row_number, row| {
                looked_at += 1;
                let kind = by_inventory(row, &work)
                    .map(|method| (method, row.storage_class, row.encryption_status, row.current));
                let wanted_of = kind.ok().and_then(|kind| Some((kind, wanted.get_mut(&kind)?)));
                if let Some((kind, wanted_of)) = wanted_of {
                    let id = BatchId {
                        bucket: work.position,
                        pass: 0,
                        shard,
                        first_row: row_number,
                    };
                    let done = covered
                        .get(&id.shard_pass())
                        .is_some_and(|rows| rows.contains(row_number));
                    if wanted_of.ends_with(done) {
                        wanted.remove(&kind);
                    }
                    if !done {
                        // Announced before, by a run that ended in the middle of it.
                        let known = match open.get(&id) {
                            Some(_) => Known::Interrupted,
                            None => Known::ByInventory,
                        };
                        let row = row.clone();
                        picked.push(Candidate { kind, id, row, known });
                    }
                }
                if looked_at < SPARES_WITHIN {
                    !wanted.is_empty()
                } else {
                    wanted.values().any(WantedOf::lacks_some)
                }
            })?;
            Ok::<_, RowsError>(picked)
        });
        match picking.await {
            Ok(Ok(picked)) => Ok(picked),
            Ok(Err(error)) => Err(in_words(&error)),
            Err(error) => Err(in_words(&error)),
        }
    }

    /// Announces, tries and journals one.
    async fn one(&mut self, work: &Arc<BucketWork>, candidate: Candidate) -> Result<Tried, JournalError> {
        let Candidate { id, row, known, .. } = candidate;
        let mut batches = Batches::new(u64::from(work.plan().settings.kms_calls_per_object.milli()));
        let rows = vec![row.clone()];
        let intended = batches.take(Handed { id, rows, known });
        if known != Known::Interrupted && !self.journal_if_they_fit(vec![intended]).await? {
            // A command came between.
            work.wind_down.cancel();
            return Ok(Tried::Nothing);
        }
        batches.announced(id);
        let Some(Job { batch, index, .. }) = batches.next_job() else {
            return Ok(Tried::Nothing);
        };
        let (tried, outcome, effects) = self.attend(work, try_one(work, &row, known)).await;
        self.finished += u64::from(outcome != Outcome::Interrupted);
        self.breaker.judge(&outcome, work);
        let back = Back {
            batch,
            index,
            outcome,
            effects,
        };
        let done = match batches.settle(back) {
            Some(done) => vec![done],
            None => batches.cut(),
        };
        if !done.is_empty() {
            self.journal(done).await?;
        }
        Ok(tried)
    }

    /// Waits for something to end, shows where it stands meanwhile, and tells it when it is to wind down.
    async fn attend<T>(&mut self, work: &Arc<BucketWork>, under_way: impl Future<Output = T>) -> T {
        let mut changes = self.migration.ledger.changes();
        let stopping = self.shared.stopping.clone();
        let mut ticker = tokio::time::interval(self.shared.options.tick);
        ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut under_way = std::pin::pin!(under_way);
        loop {
            if !self.goes_on(work) {
                work.wind_down.cancel();
            }
            tokio::select! {
                biased;
                ended = &mut under_way => return ended,
                _ = ticker.tick() => self.show(work),
                _ = changes.changed() => {}
                () = stopping.cancelled(), if !work.wind_down.is_cancelled() => {}
            }
        }
    }
}

/// Reads, converts and reads again.
async fn try_one(work: &Arc<BucketWork>, row: &ObjectRow, known: Known) -> (Tried, Outcome, u32) {
    let before = match whole(work, row).await {
        Ok(before) => Some(before),
        Err(_) if work.wind_down.is_cancelled() => return (Tried::Nothing, Outcome::Interrupted, 0),
        Err(error) if may_be_read_later(error.fault) => {
            // Nothing was touched yet, and nothing is that could not be compared.
            work.stop(unreadable(row, &error));
            return (Tried::Nothing, Outcome::Interrupted, 0);
        }
        // It is gone, or another's: the conversion tells.
        Err(_) => None,
    };
    let (outcome, effects) = convert(work, row, known).await;
    let method = match &outcome {
        Outcome::Converted(method) => *method,
        Outcome::Failed(_, message) => return (Tried::Failed(message.clone()), outcome, effects),
        _ => return (Tried::Nothing, outcome, effects),
    };
    let after = whole(work, row).await;
    match (before, after) {
        (Some(before), Ok(after)) => match difference(method, &before, &after) {
            None => {
                let bytes = after.body.map_or(0, |body| body.len() as u64);
                (Tried::Compared(bytes), outcome, effects)
            }
            Some(what) => {
                let object = work.object(&row.key, row.version_id.as_ref());
                let message = format!(
                    "The canary {object} did not come through {} as it should: {what}. Look at it before you resume; nothing of its kind was converted after it.",
                    method.title()
                );
                work.stop(message.clone());
                let failed = Outcome::Failed(FailureCause::NotAsAsked, message.clone());
                (Tried::Failed(message), failed, effects)
            }
        },
        (_, Err(error)) if error.fault != Fault::NotFound && !work.wind_down.is_cancelled() => {
            work.stop(unreadable(row, &error));
            (Tried::Nothing, outcome, effects)
        }
        _ => (Tried::Nothing, outcome, effects),
    }
}

/// Whether a read fails for a reason that lies in the runner or in the moment, not in the object.
const fn may_be_read_later(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::AccessDenied | Fault::Throttled(_) | Fault::Transient | Fault::Unanswered
    )
}

fn unreadable(row: &ObjectRow, error: &CloudError) -> String {
    format!(
        "The canary {} could not be read: {error}. Give the runner s3:GetObject, s3:GetObjectTagging, s3:GetObjectAcl and kms:Decrypt, then resume.",
        row.key
    )
}

fn none_of(bucket: &str, (method, class, status, current): &Kind, message: &str) -> String {
    let what = if *current {
        "objects"
    } else {
        "noncurrent versions"
    };
    format!(
        "No canary among the {what} of {bucket} in {class}, {status}, could be converted by {}, last: {message}. Nothing else of the kind was tried. Mend the cause, then resume: the next ones are tried.",
        method.title()
    )
}

/// Objects of one kind that are still looked for.
#[derive(Debug)]
struct WantedOf {
    /// To try.
    candidates: u64,
    /// How many of these are spares.
    spares: u64,
    /// Rows of the kind that the plan knows of, so that not all rows are looked through for one that is not there.
    rows: u64,
}

impl WantedOf {
    /// Counts a row of the kind; says whether it was the last that is of use.
    const fn ends_with(&mut self, done: bool) -> bool {
        self.rows = self.rows.saturating_sub(1);
        self.candidates = self.candidates.saturating_sub(if done { 0 } else { 1 });
        self.rows == 0 || self.candidates == 0
    }

    /// Whether there are fewer than the plan asks for so far.
    const fn lacks_some(&self) -> bool {
        self.candidates > self.spares
    }
}

/// What is looked for: some of each kind that the plan has objects of.
fn wanted(work: &BucketWork, at_least: u64, spares: u64) -> BTreeMap<Kind, WantedOf> {
    let mut wanted = BTreeMap::new();
    for line in &work.bucket().lines {
        let kind = (
            line.method,
            line.storage_class,
            line.encryption_status,
            line.current,
        );
        if !line.objects.is_zero() {
            let none = WantedOf {
                candidates: at_least + spares,
                spares,
                rows: 0,
            };
            wanted.entry(kind).or_insert(none).rows += line.objects.0;
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
    let facts = patiently(work, &row.key, || objects.head(&object)).await?;
    let tags = patiently(work, &row.key, || objects.tags(&object)).await;
    let tags = if_told(tags)?;
    let grants = patiently(work, &row.key, || objects.grants(&object)).await;
    let grants = if_told(grants)?;
    let body = patiently(work, &row.key, || objects.read(&object, CANARY_BODY_MAX)).await;
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

/// Repeats a read while its errors pass and the run goes on.
async fn patiently<T, F: Future<Output = Result<T, CloudError>>>(
    work: &BucketWork,
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
            Some(wait) => tokio::select! {
                biased;
                () = work.wind_down.cancelled() => return Err(error),
                () = tokio::time::sleep(wait) => {}
            },
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
