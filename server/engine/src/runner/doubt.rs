//! What a process that was killed left in doubt, looked at before a migration is cancelled: nothing comes back to these
//! objects afterwards, and the report must not say that they were not tried where they are under the key. Nothing is
//! converted here. Called by the runner when it winds down.

use super::Runner;
use super::batch::{Back, Batches};
use super::feed::{Cursor, Handed, reading};
use super::object::{Outcome, look_only};
use super::work::BucketWork;
use crate::error::in_words;
use crate::journal::JournalError;
use crate::limits::BATCH_ROWS_MAX;
use futures::stream::{self, StreamExt as _};
use model::migration::Entry;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Objects that are looked at side by side.
const LOOKS_AT_ONCE: usize = 64;

impl Runner {
    /// Looks at each object of a batch that was announced and has no outcome, and journals what is known then. What cannot be
    /// read or looked at stays in doubt: whoever cancels waits for nothing.
    pub(super) async fn settle_doubt(&mut self) -> Result<(), JournalError> {
        let positions: BTreeSet<u32> = {
            let progress = self.migration.ledger.progress();
            progress.open.keys().map(|batch| batch.bucket).collect()
        };
        for position in positions {
            let work = self.work_on(position);
            self.migration.phase(format!(
                "Looking at what was in doubt in {}",
                work.bucket().bucket
            ));
            let cursor = {
                let progress = self.migration.ledger.progress();
                let rows = &self.shared.rows;
                Cursor::remaining(&progress, rows, work.bucket(), position, BATCH_ROWS_MAX)
            };
            let announced = match reading(self.shared.rows.as_ref(), move || cursor.announced()).await {
                Ok(Ok(announced)) => announced,
                Ok(Err(error)) => {
                    tracing::warn!(
                        bucket.name = work.bucket().bucket,
                        error = in_words(&error),
                        "what is in doubt cannot be read"
                    );
                    continue;
                }
                Err(error) => {
                    tracing::warn!(
                        bucket.name = work.bucket().bucket,
                        error = in_words(&error),
                        "what is in doubt cannot be read"
                    );
                    continue;
                }
            };
            for handed in announced {
                let told = self.look_at(&work, handed).await;
                self.journal_if_they_fit(told).await?;
                if self.shared.stopping.is_cancelled() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// What can be told of a batch.
    async fn look_at(&self, work: &Arc<BucketWork>, handed: Handed) -> Vec<Entry> {
        let mut batches = Batches::new(u64::from(work.plan().settings.kms_calls_per_object.milli()));
        let id = handed.id;
        let _announced_before = batches.take(handed);
        batches.announced(id);
        let jobs: Vec<_> = std::iter::from_fn(|| batches.next_job()).collect();
        let looks = stream::iter(jobs).map(|job| async move {
            let (outcome, effects) = tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => (Outcome::Interrupted, 0),
                seen = look_only(work, &job.rows[job.index], job.known) => seen,
            };
            Back {
                batch: job.batch,
                index: job.index,
                outcome,
                effects,
            }
        });
        let backs: Vec<Back> = looks.buffered(LOOKS_AT_ONCE).collect().await;
        let mut told: Vec<Entry> = Vec::new();
        for back in backs {
            told.extend(batches.settle(back));
        }
        told.extend(batches.cut());
        told
    }
}
