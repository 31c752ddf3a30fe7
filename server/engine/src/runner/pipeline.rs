//! The pipeline of one bucket: rows become batches, batches are announced, their objects are worked on many at a time,
//! outcomes are journaled. One append is under way at most, and takes everything that came together meanwhile, so that
//! thousands of objects a second need few syncs of the disk.

use super::batch::{Back, Batches, Job};
use super::carried::Carried;
use super::feed::{Cursor, Feed, Handed};
use super::object::{Known, Outcome, by_inventory, convert};
use super::work::BucketWork;
use super::{Runner, journal};
use crate::error::in_words;
use crate::journal::JournalError;
use crate::limits::{BATCH_ROWS_MAX, IN_FLIGHT_MAX};
use model::format::grouped;
use model::method::Method;
use model::migration::{Entry, State};
use model::plan::{MigrationId, PlanBucket};
use model::row::ObjectRow;
use std::sync::Arc;
use tokio::task::{JoinHandle, JoinSet};

/// Journaling under way: the entries, and the task.
type Appending = (Vec<Entry>, JoinHandle<Result<State, JournalError>>);

/// One bucket's objects on their way.
pub(super) struct Pipeline<'a> {
    runner: &'a mut Runner,
    work: &'a Arc<BucketWork>,
    feed: Feed,
    batches: Batches,
    tasks: JoinSet<Back>,
    queue: Vec<Entry>,
    appending: Option<Appending>,
    in_flight: usize,
    /// Rows without an outcome up to which further batches are taken.
    rows_ahead: usize,
    /// Batches in work at most: a few slow objects must not hold ever more rows in memory.
    batches_max: usize,
    /// Rows that the plan says are left; more than that is not the inventory it was made for.
    rows_left: u64,
    /// Outcomes that a job of S3 Batch Operations reported.
    carried: Option<Carried>,
    /// Nothing more is begun.
    draining: bool,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(
        runner: &'a mut Runner,
        work: &'a Arc<BucketWork>,
        (cursor, rows_left): (Cursor, u64),
        carried: Option<Carried>,
    ) -> Self {
        let settings = work.plan().settings;
        let batch_rows = settings.batch_rows.clamp(1, BATCH_ROWS_MAX) as usize;
        let in_flight = (settings.in_flight as usize).clamp(1, IN_FLIGHT_MAX);
        let rows_ahead = 2 * (in_flight + batch_rows);
        Self {
            runner,
            work,
            feed: Feed::new(cursor),
            batches: Batches::new(u64::from(settings.kms_calls_per_object.milli())),
            tasks: JoinSet::new(),
            queue: Vec::new(),
            appending: None,
            in_flight,
            rows_ahead,
            batches_max: 16 + 4 * rows_ahead / batch_rows,
            rows_left,
            carried,
            draining: false,
        }
    }

    /// Runs until all rows are journaled, or until what is in flight is; says whether it was all.
    pub(super) async fn run(mut self) -> Result<bool, JournalError> {
        let mut changes = self.runner.migration.ledger.changes();
        let stopping = self.runner.shared.stopping.clone();
        let work = Arc::clone(self.work);
        let mut ticker = tokio::time::interval(self.runner.shared.options.tick);
        ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.look_at_state();
            self.fill();
            self.append();
            if self.is_idle() {
                return Ok(!self.draining && self.feed.is_ended());
            }
            tokio::select! {
                biased;
                Some(back) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    self.settle(back);
                    while let Some(back) = self.tasks.try_join_next() {
                        self.settle(back);
                    }
                }
                result = appended(&mut self.appending, &work.plan().id), if self.appending.is_some() => self.acknowledge(result)?,
                handed = self.feed.next(), if wants_rows(&self.batches, &self.feed, self.draining, self.rows_ahead, self.batches_max) => {
                    match handed {
                        Ok(Some(handed)) => self.take(handed),
                        Ok(None) => {}
                        Err(reason) => work.stop(format!("{reason}. Import the inventory anew, then resume.")),
                    }
                }
                _ = ticker.tick() => self.show(),
                _ = changes.changed() => {}
                () = stopping.cancelled(), if !self.draining => {}
                () = work.wind_down.cancelled(), if !self.draining => {}
            }
        }
    }

    /// Begins to drain when the state, the server or a worker asks for that.
    fn look_at_state(&mut self) {
        if self.draining || self.runner.goes_on(self.work) {
            return;
        }
        self.draining = true;
        self.work.wind_down.cancel();
        self.runner.migration.phase("Finishing what is in flight");
        // What was announced only in the queue was not begun.
        let batches = &mut self.batches;
        self.queue.retain(|entry| match entry {
            Entry::BatchIntended { batch, .. } => {
                batches.withdraw(*batch);
                false
            }
            _ => true,
        });
    }

    /// Takes rows in, to be announced.
    fn take(&mut self, handed: Handed) {
        match self.rows_left.checked_sub(handed.rows.len() as u64) {
            Some(left) => {
                self.rows_left = left;
                self.queue.push(self.batches.take(handed));
            }
            None => self.work.stop(other_inventory(self.work.bucket())),
        }
    }

    /// Begins as many objects as may be in flight; when draining, ends the batches once nothing is.
    fn fill(&mut self) {
        if self.draining {
            if self.tasks.is_empty() && self.appending.is_none() {
                self.queue.extend(self.batches.cut());
            }
            return;
        }
        while self.tasks.len() < self.in_flight {
            let Some(job) = self.batches.next_job() else {
                return;
            };
            self.begin(job);
        }
    }

    fn begin(&mut self, job: Job) {
        let known = match job.known {
            Known::Failed => Ok(Known::Failed),
            known => self.known_outcome(&job.rows[job.index], known),
        };
        let known = match known {
            Ok(known) => known,
            Err(outcome) => {
                // What a job converted, S3 called KMS for all the same.
                let effects = u32::from(matches!(outcome, Outcome::Converted(_)));
                self.queue.extend(self.batches.settle(Back {
                    batch: job.batch,
                    index: job.index,
                    outcome,
                    effects,
                }));
                return;
            }
        };
        let work = Arc::clone(self.work);
        self.tasks.spawn(async move {
            let (outcome, effects) = convert(&work, &job.rows[job.index], known).await;
            Back {
                batch: job.batch,
                index: job.index,
                outcome,
                effects,
            }
        });
    }

    /// What is known of a row that is to be worked on, or as an error the outcome of one for which no request is made: by
    /// the inventory, or by a job's report. The breaker does not judge that, since stopping would keep nothing from
    /// happening.
    fn known_outcome(&self, row: &ObjectRow, known: Known) -> Result<Known, Outcome> {
        match (by_inventory(row, self.work), &self.carried) {
            (Err(reason), _) => Err(Outcome::LeftOut(reason)),
            (Ok(Method::UpdateObjectEncryption), Some(carried)) => match carried.outcome(row) {
                Some(outcome) => Err(outcome),
                None => Ok(Known::ByJob),
            },
            (Ok(_), _) => Ok(known),
        }
    }

    fn settle(&mut self, back: Result<Back, tokio::task::JoinError>) {
        match back {
            Ok(back) => self.note(back),
            // Its batch stays open and is looked at object by object.
            Err(error) => self.work.stop(format!(
                "A request failed within Rekey: {}. Resume to go on.",
                in_words(&error)
            )),
        }
    }

    fn note(&mut self, back: Back) {
        if !matches!(back.outcome, Outcome::Interrupted | Outcome::LeftOut(_)) {
            self.runner.finished += 1;
        }
        self.runner.breaker.judge(&back.outcome, self.work);
        self.queue.extend(self.batches.settle(back));
    }

    /// Journals what came together, when the last append is through.
    fn append(&mut self) {
        if self.appending.is_some() || self.queue.is_empty() {
            return;
        }
        let entries = std::mem::take(&mut self.queue);
        let (shared, migration) = (
            Arc::clone(&self.runner.shared),
            Arc::clone(&self.runner.migration),
        );
        let (epoch, written) = (self.runner.epoch, entries.clone());
        let task = tokio::spawn(async move { journal(&shared, &migration, epoch, written).await });
        self.appending = Some((entries, task));
    }

    fn acknowledge(
        &mut self,
        (entries, result): (Vec<Entry>, Result<State, JournalError>),
    ) -> Result<(), JournalError> {
        let intended = |entry: &Entry| match entry {
            Entry::BatchIntended { batch, .. } => Some(*batch),
            _ => None,
        };
        match result {
            Ok(_) => entries
                .iter()
                .filter_map(intended)
                .for_each(|batch| self.batches.announced(batch)),
            Err(JournalError::Illegal { .. }) if entries.iter().any(|entry| intended(entry).is_some()) => {
                // A pause came between: nothing new may be announced, but what is done is told again. The feed is past
                // these rows, so that another one has to bring them, even when the run has been resumed by now.
                self.work.wind_down.cancel();
                entries
                    .iter()
                    .filter_map(intended)
                    .for_each(|batch| self.batches.withdraw(batch));
                let done = entries.into_iter().filter(|entry| intended(entry).is_none());
                self.queue.splice(0..0, done);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn is_idle(&self) -> bool {
        let nothing_under_way = self.tasks.is_empty() && self.appending.is_none() && self.queue.is_empty();
        nothing_under_way && self.batches.is_empty() && (self.draining || self.feed.is_ended())
    }

    fn show(&mut self) {
        let mut pending = self.batches.pending();
        let appending = self.appending.iter().flat_map(|(entries, _)| entries);
        for entry in appending.chain(&self.queue) {
            if let Entry::BatchDone { batch, tally, .. } = entry {
                pending.insert(*batch, tally.clone());
            }
        }
        self.runner.migration.gauges().pending = pending;
        self.runner.show(self.work);
    }
}

/// Why a run stops whose rows are not as many as were planned for.
pub(super) fn other_inventory(bucket: &PlanBucket) -> String {
    format!(
        "The inventory of {} does not have the {} rows that the plan was made for: cancel, import it anew and plan again.",
        bucket.bucket,
        grouped(bucket.rows)
    )
}

fn wants_rows(batches: &Batches, feed: &Feed, draining: bool, rows_ahead: usize, batches_max: usize) -> bool {
    !draining && !feed.is_ended() && batches.unsettled() < rows_ahead && batches.len() < batches_max
}

/// The end of an append. Nothing is lost when it is dropped before.
async fn appended(
    appending: &mut Option<Appending>,
    id: &MigrationId,
) -> (Vec<Entry>, Result<State, JournalError>) {
    let Some((_, task)) = appending.as_mut() else {
        return std::future::pending().await;
    };
    let result = match task.await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The process ends.
            Err(error) => Err(JournalError::Unavailable {
                id: id.clone(),
                source: Box::new(error),
            }),
        },
    };
    let entries = appending.take().map(|(entries, _)| entries).unwrap_or_default();
    (entries, result)
}
