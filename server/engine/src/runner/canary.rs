//! The canaries of a bucket: a few objects of each kind that the plan knows (`candidates`), converted one after another
//! before the rest, read before and after and compared in full (`whole`). Each is a batch of one row, so that the fold
//! counts it like any other and the run passes over it. What one showed is not in the journal before all have passed, so a
//! runner that takes the bucket up in between compares others.

use super::Runner;
use super::batch::{Back, Batches, Job};
use super::candidates::{Candidate, Kind};
use super::feed::Handed;
use super::object::{Known, Outcome, convert};
use super::whole::{difference, whole};
use super::work::BucketWork;
use crate::journal::JournalError;
use cloud::{CloudError, Fault};
use model::format::counted;
use model::migration::{CANARY, Entry, FailureCause};
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Objects of a kind that are tried beyond those that are wanted, because some of the first may be gone, or fail.
const SPARES: u64 = 32;
/// As many at most where none of them told anything: an earlier migration may have converted the first thousands.
const SPARES_MAX: u64 = 8_192;

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
            if !self.goes_on(work) {
                return Ok(());
            }
            let before: u64 = kinds.values().map(|of_kind| of_kind.silent).sum();
            let picked = if spares > SPARES {
                let (left, converted) = self.not_converted(work, picked).await;
                for (kind, count) in converted {
                    kinds.entry(kind).or_default().silent += count;
                }
                left
            } else {
                picked
            };
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
        let evidence = match objects {
            0 => "None: the first objects of each kind are under the key already, or gone.".to_string(),
            objects => format!(
                "{} converted, read back and compared: size, class, metadata, headers, tags, grants, and {} of their bodies.",
                counted(objects, "object"),
                counted(bytes, "byte")
            ),
        };
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
    pub(super) async fn attend<T>(
        &mut self,
        work: &Arc<BucketWork>,
        under_way: impl Future<Output = T>,
    ) -> T {
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

/// With one full stop at its end.
fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}

fn none_of(bucket: &str, (method, class, status, current): &Kind, message: &str) -> String {
    let what = if *current {
        "objects"
    } else {
        "noncurrent versions"
    };
    format!(
        "No canary among the {what} of {bucket} in {class}, {status}, could be converted by {}, last: {} Nothing else of the kind was tried. Mend the cause, then resume, and others are tried; or cancel.",
        method.title(),
        sentence(message)
    )
}
