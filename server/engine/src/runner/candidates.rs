//! Which objects are the canaries of a bucket: the first ones of each kind that the plan knows and that are not done, with
//! spares. Called by `canary`.

use super::Runner;
use super::feed::reading;
use super::object::{Known, by_inventory};
use super::work::BucketWork;
use crate::error::in_words;
use crate::rows::{Rows, RowsError};
use futures::stream::{self, StreamExt as _};
use model::inventory::{EncryptionStatus, StorageClass};
use model::method::Method;
use model::migration::BatchId;
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

/// Rows that are looked through at a time.
const ROWS_AT_A_TIME: usize = 4096;
/// Rows among which spares are looked for; only what is wanted at least is looked for in all of them.
const SPARES_WITHIN: u64 = 100_000;

/// Objects that are looked at side by side.
const LOOKS_AT_ONCE: usize = 64;

/// Objects of one line of a plan.
pub(super) type Kind = (Method, StorageClass, EncryptionStatus, bool);

/// An object to try.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) kind: Kind,
    pub(super) id: BatchId,
    pub(super) row: ObjectRow,
    pub(super) known: Known,
}

impl Runner {
    /// The first objects of each kind that are not done, with spares.
    pub(super) async fn pick(&self, work: &Arc<BucketWork>, spares: u64) -> Result<Vec<Candidate>, String> {
        let (open, covered) = {
            let progress = self.migration.ledger.progress();
            (progress.open.clone(), progress.covered.clone())
        };
        let (rows, work) = (Arc::clone(&self.shared.rows), Arc::clone(work));
        let of = Arc::clone(&rows);
        let at_least = u64::from(self.canaries_wanted());
        let called_off = Arc::clone(&work);
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
        let mut picking = pin!(picking);
        let picked = tokio::select! {
            biased;
            picked = &mut picking => picked,
            () = self.called_off() => {
                called_off.wind_down.cancel();
                picking.await
            }
        };
        match picked {
            Ok(Ok(picked)) => Ok(picked),
            Ok(Err(error)) => Err(in_words(&error)),
            Err(error) => Err(in_words(&error)),
        }
    }

    /// Of many candidates those that are not under the key yet, and how many of each kind are: an earlier migration may have
    /// converted the first thousands, and each one that is tried costs entries of the journal.
    pub(super) async fn not_converted(
        &mut self,
        work: &Arc<BucketWork>,
        picked: Vec<Candidate>,
    ) -> (Vec<Candidate>, BTreeMap<Kind, u64>) {
        let looks = stream::iter(picked).map(|candidate| async move {
            let converted = is_converted(work, &candidate.row).await;
            (candidate, converted)
        });
        let looked_at = looks.buffered(LOOKS_AT_ONCE).collect::<Vec<_>>();
        let looked_at = self.attend(work, looked_at).await;
        let (mut left, mut converted) = (Vec::new(), BTreeMap::new());
        for (candidate, is_converted) in looked_at {
            if is_converted {
                *converted.entry(candidate.kind).or_default() += 1;
            } else {
                left.push(candidate);
            }
        }
        (left, converted)
    }
}

/// Whether an object is seen to be under the key. What cannot be seen is tried as any other.
async fn is_converted(work: &BucketWork, row: &ObjectRow) -> bool {
    tokio::select! {
        biased;
        () = work.wind_down.cancelled() => return false,
        () = work.throttle.read(&row.key) => {}
    }
    let object = work.object(&row.key, row.version_id.as_ref());
    let facts = work.shared.account.objects.head(&object).await;
    facts.is_ok_and(|facts| work.meets(&facts))
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
            if work.wind_down.is_cancelled() {
                return Ok(());
            }
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
