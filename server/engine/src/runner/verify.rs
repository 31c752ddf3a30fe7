//! Reads a bucket back after the run: every object that the plan converts, or an even sample. Exceptions are journaled
//! as they are found, a bucket when it is through; one that was broken off is read from its beginning.

use super::Runner;
use super::feed::{Cursor, Feed};
use super::findings::{Checked, Findings, Sampler};
use super::object::{Attempt, Outcome, Step, by_inventory, left_behind};
use super::trial::as_found;
use super::work::BucketWork;
use crate::journal::JournalError;
use crate::limits::{BATCH_ROWS_MAX, IN_FLIGHT_MAX};
use model::method::{LeftOut, Method};
use model::migration::{Entry, FailedObject, FailureCause, PlannedLine, Progress, State, VerifiedBucket};
use model::plan::VerifyScope;
use model::row::ObjectRow;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;

impl Runner {
    /// Reads the next bucket back, or ends the migration.
    pub(super) async fn verify_on(&mut self) -> Result<(), JournalError> {
        let (next, read_before) = {
            let progress = self.migration.ledger.progress();
            let verified = progress
                .buckets
                .iter()
                .filter_map(|bucket| bucket.verified.as_ref());
            let read_before = verified.map(|result| result.checked).sum();
            let next = progress
                .buckets
                .iter()
                .position(|bucket| bucket.verified.is_none());
            (next, read_before)
        };
        self.migration.gauges().read_back = read_before;
        let Some(position) = next else {
            let entry = if is_whole(&self.migration.ledger.progress()) {
                Entry::Succeeded
            } else {
                Entry::SucceededWithExceptions
            };
            return self.journal_if_it_fits(entry).await;
        };
        let work = self.work_on(u32::try_from(position).unwrap_or(u32::MAX));
        let bucket = work.bucket().bucket.clone();
        let count = work.plan().buckets.len();
        self.migration
            .phase(format!("Reading back {bucket} ({} of {count})", position + 1));
        match self.read_back(&work).await? {
            Some(result) => {
                tracing::info!(
                    migration.id = %work.plan().id, bucket.name = bucket,
                    checked = result.checked, met = result.met, gone = result.gone, "bucket verified"
                );
                self.journal_if_it_fits(Entry::BucketVerified { bucket, result })
                    .await
            }
            None => match work.stopped() {
                Some(reason) => self.stop(reason).await,
                None => Ok(()),
            },
        }
    }

    /// Reads one bucket back; nothing when it was broken off.
    async fn read_back(&mut self, work: &Arc<BucketWork>) -> Result<Option<VerifiedBucket>, JournalError> {
        let settings = work.plan().settings;
        let in_flight = (settings.in_flight as usize).clamp(1, IN_FLIGHT_MAX);
        let batch_rows = settings.batch_rows.clamp(1, BATCH_ROWS_MAX);
        let (tally, failed) = {
            let progress = self.migration.ledger.progress();
            (
                progress.buckets[work.position as usize].tally.clone(),
                failed_in(&progress, work.position),
            )
        };
        let mut sampler = Sampler::new(settings.verify, (tally.done().objects + tally.gone.objects).0);
        let mut findings = Findings::default();
        let rows = Arc::clone(&self.shared.rows);
        let mut feed = Feed::new(Cursor::whole(rows, work.bucket(), work.position, 0, batch_rows));
        let mut rows = Vec::new().into_iter();
        let mut tasks: JoinSet<Checked> = JoinSet::new();
        let mut changes = self.migration.ledger.changes();
        let stopping = self.shared.stopping.clone();
        let mut ticker = tokio::time::interval(self.shared.options.tick);
        loop {
            let named = self.name(&mut findings, work).await?;
            let goes_on = self.migration.ledger.state() == State::Verifying && !stopping.is_cancelled();
            if !named || !goes_on || work.wind_down.is_cancelled() {
                work.wind_down.cancel();
                tasks.shutdown().await;
                return Ok(None);
            }
            while tasks.len() < in_flight {
                let Some(row) = rows.next() else { break };
                match by_inventory(&row, work) {
                    // The plan does not convert it.
                    Err(_) => {}
                    Ok(_) if failed.contains(&(row.key.clone(), row.version_id.clone())) => {}
                    Ok(_) if !sampler.takes_next() => {}
                    Ok(method) => {
                        let work = Arc::clone(work);
                        tasks.spawn(async move { check(&work, &row, method).await });
                    }
                }
            }
            if tasks.is_empty() && feed.is_ended() && rows.len() == 0 {
                let every = settings.verify == VerifyScope::Every;
                return Ok(Some(findings.result(&tally, every)));
            }
            tokio::select! {
                biased;
                Some(checked) = tasks.join_next(), if !tasks.is_empty() => {
                    self.finished += 1;
                    self.migration.gauges().read_back += 1;
                    findings.note(checked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
                }
                handed = feed.next(), if !feed.is_ended() && rows.len() == 0 => match handed {
                    Ok(handed) => rows = handed.map(|handed| handed.rows).unwrap_or_default().into_iter(),
                    Err(reason) => work.stop(format!("{reason}. Import the inventory anew, then resume.")),
                },
                _ = ticker.tick() => self.show(work),
                _ = changes.changed() => {}
                () = stopping.cancelled() => {}
                () = work.wind_down.cancelled() => {}
            }
        }
    }

    /// Has the journal name what was found, once that is enough for an entry; false when a command came in between.
    async fn name(&self, findings: &mut Findings, work: &BucketWork) -> Result<bool, JournalError> {
        let at_once = self.shared.options.exceptions_at_once;
        match findings.entry_of(&work.bucket().bucket, at_once) {
            Some(entry) => self.journal_if_they_fit(vec![entry]).await,
            None => Ok(true),
        }
    }
}

/// Looks at one object that the plan converts.
async fn check(work: &Arc<BucketWork>, row: &ObjectRow, method: Method) -> Checked {
    let (cause, message) = match found(work, row, method).await {
        Outcome::Already => return Checked::Met,
        Outcome::Gone => return Checked::Gone,
        Outcome::Failed(cause, message) => (cause, message),
        _ => return Checked::BrokenOff,
    };
    Checked::Exception(FailedObject {
        key: row.key.clone(),
        version_id: row.version_id.clone(),
        noncurrent: !row.current,
        size: row.size,
        cause,
        message,
        line: Some(PlannedLine {
            method,
            storage_class: row.storage_class,
            encryption_status: row.encryption_status,
        }),
    })
}

/// What an object is now. What the plan would not convert as it stands has the cause that a retry would give it, so that
/// only what a retry can mend is said to read back differently.
async fn found(work: &Arc<BucketWork>, row: &ObjectRow, method: Method) -> Outcome {
    let mut attempt = Attempt::new(work, row);
    let facts = match attempt.head(method == Method::CopyObject).await {
        Ok(facts) => facts,
        Err(Step::End(outcome)) => return outcome,
        Err(_) => return Outcome::Interrupted,
    };
    if work.meets(&facts) {
        return Outcome::Already;
    }
    if method == Method::CopyObject && row.version_id.is_some() {
        // The copy was the current version, and is not any more.
        return left_behind(LeftOut::NoncurrentCopy, None);
    }
    match attempt.by_look(&facts) {
        Ok(_) => Outcome::Failed(
            FailureCause::NotAsAsked,
            format!("It reads back {}.", as_found(work, &facts)),
        ),
        Err(reason) => left_behind(reason, Some(&facts)),
    }
}

fn failed_in(progress: &Progress, position: u32) -> HashSet<(String, Option<String>)> {
    let failures = progress.failures.iter().filter(|(bucket, _)| *bucket == position);
    failures
        .map(|(_, failed)| (failed.key.clone(), failed.version_id.clone()))
        .collect()
}

fn is_whole(progress: &Progress) -> bool {
    let mut results = progress
        .buckets
        .iter()
        .filter_map(|bucket| bucket.verified.as_ref());
    progress.failures.is_empty() && results.all(VerifiedBucket::is_whole)
}
