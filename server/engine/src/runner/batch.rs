//! Batches in work: which rows are out, which outcomes are back, and what is journaled of them. Pure bookkeeping; the
//! pipeline asks it what to do next.

use super::feed::Handed;
use super::object::{Known, Outcome};
use model::migration::{BatchId, Entry, FailedObject, Tally};
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row to work on.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) batch: BatchId,
    pub(crate) index: usize,
    pub(crate) rows: Arc<Vec<ObjectRow>>,
    pub(crate) known: Known,
}

/// What came back of a row.
#[derive(Debug)]
pub(crate) struct Back {
    pub(crate) batch: BatchId,
    pub(crate) index: usize,
    pub(crate) outcome: Outcome,
    /// Requests that made KMS calls.
    pub(crate) effects: u32,
}

#[derive(Debug)]
struct Batch {
    rows: Arc<Vec<ObjectRow>>,
    known: Known,
    /// Whether its announcement is durable.
    announced: bool,
    next: usize,
    backs: Vec<Option<(Outcome, u32)>>,
    settled: usize,
}

/// The batches in work, in the order of the rows.
#[derive(Debug)]
pub(crate) struct Batches {
    open: BTreeMap<BatchId, Batch>,
    /// Rows of them without an outcome.
    unsettled: usize,
    /// Thousandths of a KMS call that a request is taken to make.
    kms_milli: u64,
}

impl Batches {
    pub(crate) fn new(kms_milli: u64) -> Self {
        Self {
            open: BTreeMap::new(),
            unsettled: 0,
            kms_milli,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) const fn unsettled(&self) -> usize {
        self.unsettled
    }

    /// Takes rows in; gives the entry that announces them.
    pub(crate) fn take(&mut self, handed: Handed) -> Entry {
        let count = handed.rows.len();
        self.unsettled += count;
        let batch = Batch {
            rows: Arc::new(handed.rows),
            known: handed.known,
            announced: false,
            next: 0,
            backs: vec![None; count],
            settled: 0,
        };
        self.open.insert(handed.id, batch);
        Entry::BatchIntended {
            batch: handed.id,
            rows: count as u64,
        }
    }

    /// The announcement is durable: rows may be worked on.
    pub(crate) fn announced(&mut self, id: BatchId) {
        if let Some(batch) = self.open.get_mut(&id) {
            batch.announced = true;
        }
    }

    /// The announcement was not written: the rows stay for later.
    pub(crate) fn withdraw(&mut self, id: BatchId) {
        if let Some(batch) = self.open.remove(&id) {
            self.unsettled -= batch.backs.len();
        }
    }

    /// The next row to work on.
    pub(crate) fn next_job(&mut self) -> Option<Job> {
        let ready = |batch: &Batch| batch.announced && batch.next < batch.rows.len();
        let (id, batch) = self.open.iter_mut().find(|(_, batch)| ready(batch))?;
        let index = batch.next;
        batch.next += 1;
        Some(Job {
            batch: *id,
            index,
            rows: Arc::clone(&batch.rows),
            known: batch.known,
        })
    }

    /// Notes an outcome; gives the entry that ends the batch when it was the last.
    pub(crate) fn settle(&mut self, back: Back) -> Option<Entry> {
        let batch = self.open.get_mut(&back.batch)?;
        batch.settled += 1;
        self.unsettled -= 1;
        batch.backs[back.index] = Some((back.outcome, back.effects));
        let whole = batch.settled == batch.rows.len()
            && !batch
                .backs
                .iter()
                .flatten()
                .any(|(outcome, _)| *outcome == Outcome::Interrupted);
        whole.then(|| self.close(back.batch)).flatten()
    }

    /// Ends all batches where they stand, when nothing is out any more: each counts its rows up to the first without an
    /// outcome, and the others are announced again later.
    pub(crate) fn cut(&mut self) -> Vec<Entry> {
        let ids: Vec<BatchId> = self.open.keys().copied().collect();
        ids.into_iter().filter_map(|id| self.close(id)).collect()
    }

    fn close(&mut self, id: BatchId) -> Option<Entry> {
        let batch = self.open.remove(&id)?;
        self.unsettled -= batch.backs.iter().filter(|back| back.is_none()).count();
        let (mut tally, mut failures, mut effects) = (Tally::default(), Vec::new(), 0);
        for (row, back) in batch.rows.iter().zip(&batch.backs) {
            let Some((outcome, requests)) = back else { break };
            if *outcome == Outcome::Interrupted {
                break;
            }
            effects += u64::from(*requests);
            count(&mut tally, row, outcome);
            if let Outcome::Failed(cause, message) = outcome {
                failures.push(FailedObject {
                    key: row.key.clone(),
                    version_id: row.version_id.clone(),
                    size: row.size,
                    cause: *cause,
                    message: message.clone(),
                });
            }
        }
        tally.kms_calls = (effects * self.kms_milli).div_ceil(1000);
        Some(Entry::BatchDone {
            batch: id,
            tally,
            failures,
        })
    }

    /// Outcomes that are back, by batch.
    pub(crate) fn pending(&self) -> BTreeMap<BatchId, Tally> {
        self.open
            .iter()
            .map(|(id, batch)| (*id, self.so_far(batch)))
            .collect()
    }

    fn so_far(&self, batch: &Batch) -> Tally {
        let (mut tally, mut effects) = (Tally::default(), 0);
        for (row, back) in batch.rows.iter().zip(&batch.backs) {
            if let Some((outcome, requests)) = back {
                count(&mut tally, row, outcome);
                effects += u64::from(*requests);
            }
        }
        tally.kms_calls = (effects * self.kms_milli).div_ceil(1000);
        tally
    }
}

fn count(tally: &mut Tally, row: &ObjectRow, outcome: &Outcome) {
    let amount = match outcome {
        Outcome::Converted(method) => tally.converted.entry(*method).or_default(),
        Outcome::Already => &mut tally.already,
        Outcome::LeftOut(reason) => tally.left_out.entry(*reason).or_default(),
        Outcome::Gone => &mut tally.gone,
        Outcome::Failed(..) => &mut tally.failed,
        Outcome::Interrupted => return,
    };
    amount.add(row.size);
}
