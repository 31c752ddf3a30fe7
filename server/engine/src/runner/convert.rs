//! Converts one bucket: what is left of it by the fold goes through the pipeline, and the rows must be as many as the
//! plan was made for.

use super::Runner;
use super::feed::Cursor;
use super::pipeline::{Pipeline, other_inventory};
use super::work::BucketWork;
use crate::journal::JournalError;
use crate::limits::BATCH_ROWS_MAX;
use std::sync::Arc;

impl Runner {
    /// Converts what is left of a bucket, or as much as there is time for.
    pub(super) async fn convert_bucket(&mut self, work: &Arc<BucketWork>) -> Result<(), JournalError> {
        let bucket = work.bucket();
        let (settings, count) = (work.plan().settings, work.plan().buckets.len());
        let batch_rows = settings.batch_rows.clamp(1, BATCH_ROWS_MAX);
        let (cursor, pass, rows_left) = {
            let progress = self.migration.ledger.progress();
            let rows = match progress.pass {
                0 => bucket.rows,
                _ => progress.rows_to_retry(work.position),
            };
            let done = progress.rows_done(work.position, progress.pass);
            let cursor = Cursor::remaining(&progress, &self.shared.rows, bucket, work.position, batch_rows);
            (cursor, progress.pass, rows.saturating_sub(done))
        };
        let what = match pass {
            0 => "Converting",
            _ => "Trying again what failed in",
        };
        self.migration.phase(format!(
            "{what} {} ({} of {count})",
            bucket.bucket,
            work.position + 1
        ));
        let carried = match pass {
            0 => self.carried(work).await,
            _ => Ok(None),
        };
        let carried = match carried {
            Ok(carried) => carried,
            Err(Some(reason)) => return self.stop(reason).await,
            Err(None) => return Ok(()),
        };
        let expected = carried.as_ref().and_then(|carried| carried.expected);
        let through = Pipeline::new(self, work, (cursor, rows_left), carried)
            .run()
            .await;
        self.migration.gauges().pending.clear();
        if through? && pass == 0 {
            self.all_rows(work, expected);
        }
        match work.stopped() {
            Some(reason) => self.stop(reason).await,
            None => Ok(()),
        }
    }

    /// Whether the rows that were worked through are those of the plan, and hold the failures that a job reported.
    fn all_rows(&self, work: &BucketWork, expected: Option<u64>) {
        let progress = self.migration.ledger.progress();
        if progress.rows_done(work.position, 0) < work.bucket().rows {
            work.stop(other_inventory(work.bucket()));
        }
        let tally = &progress.buckets[work.position as usize].tally;
        let found = tally.failed.objects.0 + tally.gone.objects.0;
        if let Some(expected) = expected.filter(|expected| found < *expected) {
            work.stop(format!(
                "The job of {} reported {expected} failures, and only {found} of them are among the inventory’s objects: look at its report before you go on.",
                work.bucket().bucket
            ));
        }
    }
}
