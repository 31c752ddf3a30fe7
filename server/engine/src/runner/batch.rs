//! Batches in work: which rows are out, which outcomes are back, and what is journaled of them. Pure bookkeeping; the
//! pipeline asks it what to do next.

use super::feed::Handed;
use super::object::{Known, Outcome};
use crate::limits::ROWS_IN_TURN;
use model::migration::{BatchId, Entry, FailedObject, Tally};
use model::row::ObjectRow;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
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
    next: usize,
    backs: Vec<Option<(Outcome, u32)>>,
    settled: usize,
}

/// The batches in work, in the order of the rows.
#[derive(Debug)]
pub(crate) struct Batches {
    open: BTreeMap<BatchId, Batch>,
    /// Those with rows that may be worked on, the next one first.
    ready: VecDeque<BatchId>,
    /// Rows of them without an outcome.
    unsettled: usize,
    /// Thousandths of a KMS call that a request is taken to make.
    kms_milli: u64,
}

impl Batches {
    pub(crate) fn new(kms_milli: u64) -> Self {
        Self {
            open: BTreeMap::new(),
            ready: VecDeque::new(),
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
        if self.open.contains_key(&id) {
            self.ready.push_back(id);
        }
    }

    /// The announcement was not written: the rows stay for later.
    pub(crate) fn withdraw(&mut self, id: BatchId) {
        if let Some(batch) = self.open.remove(&id) {
            self.unsettled -= batch.backs.len();
        }
    }

    /// The next row to work on: some of each batch in turn, since those of different stretches go to different prefixes.
    pub(crate) fn next_job(&mut self) -> Option<Job> {
        let id = self.ready.pop_front()?;
        let batch = self.open.get_mut(&id)?;
        let index = batch.next;
        batch.next += 1;
        match batch.next {
            next if next == batch.rows.len() => {}
            next if next.is_multiple_of(ROWS_IN_TURN) => self.ready.push_back(id),
            _ => self.ready.push_front(id),
        }
        Some(Job {
            batch: id,
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
        whole.then(|| self.close(back.batch).pop()).flatten()
    }

    /// Ends all batches where they stand, when nothing is out any more: what has an outcome counts, and the rows between
    /// are announced again later.
    pub(crate) fn cut(&mut self) -> Vec<Entry> {
        self.ready.clear();
        let ids: Vec<BatchId> = self.open.keys().copied().collect();
        ids.into_iter().flat_map(|id| self.close(id)).collect()
    }

    /// Ends a batch: an entry for each stretch of its rows that has outcomes, so that nothing done is done again. The
    /// first has the batch's own name, which closes it, even when it counts no rows. A batch with a row of which a
    /// request may have had its effect stays open instead, and is looked at object by object.
    fn close(&mut self, id: BatchId) -> Vec<Entry> {
        let Some(batch) = self.open.remove(&id) else {
            return Vec::new();
        };
        self.unsettled -= batch.backs.iter().filter(|back| back.is_none()).count();
        let has_outcome = |at: usize| {
            let back = batch.backs.get(at).and_then(Option::as_ref);
            back.is_some_and(|(outcome, _)| *outcome != Outcome::Interrupted)
        };
        // One that was begun and has nothing to tell has failed within.
        let asked = |back: &Option<(Outcome, u32)>| match back {
            Some((outcome, requests)) => *outcome == Outcome::Interrupted && *requests > 0,
            None => true,
        };
        let in_doubt = match batch.known {
            // Requests of the runner before may have had their effects.
            Known::Interrupted => !(0..batch.rows.len()).all(has_outcome),
            Known::ByInventory | Known::ByJob => batch.backs[..batch.next].iter().any(asked),
            // Each is looked at in any case.
            Known::Failed => false,
        };
        if in_doubt {
            return Vec::new();
        }
        let mut entries = Vec::new();
        let mut at = 0;
        while at < batch.rows.len() {
            let end = (at..batch.rows.len())
                .find(|row| !has_outcome(*row))
                .unwrap_or(batch.rows.len());
            if at == 0 || end > at {
                entries.push(self.done(id, &batch, at..end));
            }
            at = end + 1;
        }
        entries
    }

    /// The entry that tells of some rows of a batch.
    fn done(&self, id: BatchId, batch: &Batch, rows: Range<usize>) -> Entry {
        let (mut tally, mut failures, mut effects) = (Tally::default(), Vec::new(), 0);
        let first_row = id.first_row + rows.start as u64;
        for (row, back) in batch.rows[rows.clone()].iter().zip(&batch.backs[rows]) {
            let Some((outcome, requests)) = back else { continue };
            effects += u64::from(*requests);
            count(&mut tally, row, outcome);
            if let Outcome::Failed(cause, message) = outcome {
                failures.push(FailedObject {
                    key: row.key.clone(),
                    version_id: row.version_id.clone(),
                    noncurrent: !row.current,
                    size: row.size,
                    cause: *cause,
                    message: message.clone(),
                    line: None,
                });
            }
        }
        tally.kms_calls = (effects * self.kms_milli).div_ceil(1000);
        Entry::BatchDone {
            batch: BatchId { first_row, ..id },
            tally,
            failures,
        }
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
