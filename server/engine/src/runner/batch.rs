//! Batches in work: which rows are out, which outcomes are back, and what is journaled of them. Pure bookkeeping; the
//! pipeline asks it what to do next.

use super::feed::Handed;
use super::object::{Known, Outcome};
use crate::limits::ROWS_IN_TURN;
use model::migration::{BatchId, Entry, FailedObject, RowSpan, Tally};
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

/// What is known of a row when its batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Outcome,
    /// A request may have had its effect.
    InDoubt,
    /// Nothing was asked about it.
    Nothing,
}

impl Batch {
    fn told(&self, index: usize) -> Told {
        let back = self.backs.get(index).and_then(Option::as_ref);
        match (back, self.known) {
            (Some((outcome, _)), _) if *outcome != Outcome::Interrupted => Told::Outcome,
            // Each is looked at in any case.
            (_, Known::Failed) => Told::Nothing,
            // Requests of the runner before may have had their effects.
            (_, Known::Interrupted) => Told::InDoubt,
            (Some((_, requests)), _) if *requests > 0 => Told::InDoubt,
            // One that was begun and has nothing to tell has failed within.
            (None, _) if index < self.next => Told::InDoubt,
            _ => Told::Nothing,
        }
    }

    /// Its rows in stretches of which the same is known.
    fn spans(&self) -> Vec<(Told, Range<usize>)> {
        let mut spans: Vec<(Told, Range<usize>)> = Vec::new();
        for index in 0..self.rows.len() {
            let told = self.told(index);
            match spans.last_mut() {
                Some((last, rows)) if *last == told => rows.end = index + 1,
                _ => spans.push((told, index..index + 1)),
            }
        }
        spans
    }
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
    /// first has the batch's own name, which closes it, even when it counts no rows, and names the rows of which a request
    /// may have had its effect without an answer: they stay announced, and are looked at one by one. All others are announced
    /// again later.
    fn close(&mut self, id: BatchId) -> Vec<Entry> {
        let Some(batch) = self.open.remove(&id) else {
            return Vec::new();
        };
        self.unsettled -= batch.backs.iter().filter(|back| back.is_none()).count();
        let spans = batch.spans();
        let of = |wanted: Told| {
            let wanted = spans.iter().filter(move |(told, _)| *told == wanted);
            wanted.map(|(_, rows)| rows.clone())
        };
        let whole = 0..batch.rows.len();
        if of(Told::InDoubt).any(|rows| rows == whole) {
            // It stands as it was announced.
            return Vec::new();
        }
        let in_doubt = of(Told::InDoubt).map(|rows| RowSpan {
            first_row: id.first_row + rows.start as u64,
            rows: rows.len() as u64,
        });
        let mut in_doubt: Vec<RowSpan> = in_doubt.collect();
        // The first tells of the rows with which the batch begins, if they have outcomes.
        let begin = of(Told::Outcome).find(|rows| rows.start == 0).unwrap_or(0..0);
        let rest = of(Told::Outcome).filter(|rows| rows.start > 0);
        std::iter::once(begin.clone())
            .chain(rest)
            .map(|rows| self.done(id, &batch, rows, std::mem::take(&mut in_doubt)))
            .collect()
    }

    /// The entry that tells of some rows of a batch.
    fn done(&self, id: BatchId, batch: &Batch, rows: Range<usize>, in_doubt: Vec<RowSpan>) -> Entry {
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
            in_doubt,
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
