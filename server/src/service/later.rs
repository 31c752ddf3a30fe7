//! Which objects of a plan a later inventory lists under something else than SSE-KMS, by name: reads both lists from their
//! files. Called by the API for a file; the counts alone are in the report.

use super::{Service, chain};
use app::backend::{AppError, ErrorKind};
use engine::{RowReader, Rows, RowsError};
use model::inventory::SourceKind;
use model::method::{Candidate, choose};
use model::migration::{LaterCounts, LaterException, Otherwise, later_counts};
use model::plan::{MigrationId, Plan, PlanBucket};
use model::row::ObjectRow;
use std::sync::Arc;

/// Objects that are named; beyond these the counts tell enough.
const NAMED: usize = 100_000;
/// Rows that are read at once.
const ROWS: usize = 4096;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct LaterNamed {
    /// By bucket, in the order of the plan's rows within each reading.
    pub(crate) exceptions: Vec<LaterException>,
    /// Whether more were there.
    pub(crate) more: bool,
}

impl Service {
    /// Compares a plan with the inventories that were taken after its migration ended. Takes as long as reading them does.
    pub(crate) async fn later_named(&self, id: &str) -> Result<LaterNamed, AppError> {
        let id = MigrationId(id.to_string());
        let plan = self.stored_plan(&id).await?.plan;
        let summary = self.report_summary(&id.0).await?;
        let later = later_counts(&plan, summary.ended_at, &self.known().snapshots);
        if !later.iter().any(|counts| counts.kind == SourceKind::Inventory) {
            return Err(AppError::new(
                ErrorKind::NotFound,
                "No inventory that was taken after the end is imported, so that nothing can be compared.",
                "Import one, then ask again.",
            ));
        }
        let rows = Arc::clone(&self.inner.rows);
        let compared = tokio::task::spawn_blocking(move || compare(&*rows, &plan, &later)).await;
        let unread = |text: String| {
            AppError::new(
                ErrorKind::Conflict,
                format!("The inventories cannot be compared: {text}."),
                "Import the inventory anew, then ask again.",
            )
        };
        match compared {
            Ok(found) => found.map_err(|error| unread(chain(&error))),
            Err(error) => Err(unread(error.to_string())),
        }
    }
}

fn compare(rows: &dyn Rows, plan: &Plan, later: &[LaterCounts]) -> Result<LaterNamed, RowsError> {
    let mut found = LaterNamed::default();
    for counts in later {
        let names_objects = counts.kind == SourceKind::Inventory && !counts.others.is_empty();
        let planned = plan.buckets.iter().find(|bucket| bucket.bucket == counts.bucket);
        if let Some(planned) = planned.filter(|_| names_objects) {
            compare_bucket(rows, plan, planned, counts, &mut found)?;
        }
        if found.more {
            break;
        }
    }
    Ok(found)
}

fn compare_bucket(
    rows: &dyn Rows,
    plan: &Plan,
    planned: &PlanBucket,
    counts: &LaterCounts,
    found: &mut LaterNamed,
) -> Result<(), RowsError> {
    let fresh = PlanBucket {
        snapshot: counts.snapshot.clone(),
        ..planned.clone()
    };
    let mut later = Walk::new(rows, &fresh)?;
    loop {
        let mut otherwise = Otherwise::default();
        while !otherwise.is_full() {
            let Some(batch) = later.next()? else { break };
            batch.into_iter().for_each(|row| otherwise.take(row));
        }
        if otherwise.is_empty() {
            return Ok(());
        }
        let mut walk = Walk::new(rows, planned)?;
        while let Some(batch) = walk.next()? {
            for row in &batch {
                let method = choose(Candidate::from(row), plan.settings.rules).ok();
                let Some(listed) = method.and_then(|method| otherwise.of(row, method)) else {
                    continue;
                };
                if found.exceptions.len() == NAMED {
                    found.more = true;
                    return Ok(());
                }
                let exception = listed.exception(&planned.bucket, &row.key, &counts.snapshot);
                found.exceptions.push(exception);
            }
        }
    }
}

/// All rows of a bucket's inventory, shard by shard.
struct Walk<'a> {
    rows: &'a dyn Rows,
    bucket: &'a PlanBucket,
    shards: u32,
    shard: u32,
    reader: Option<Box<dyn RowReader + Send>>,
}

impl<'a> Walk<'a> {
    fn new(rows: &'a dyn Rows, bucket: &'a PlanBucket) -> Result<Self, RowsError> {
        Ok(Self {
            rows,
            bucket,
            shards: rows.shards(bucket)?,
            shard: 0,
            reader: None,
        })
    }

    /// The next rows; none at the end.
    fn next(&mut self) -> Result<Option<Vec<ObjectRow>>, RowsError> {
        while self.shard < self.shards {
            let reader = match &mut self.reader {
                Some(reader) => reader,
                none => none.insert(self.rows.open(self.bucket, self.shard)?),
            };
            let batch = reader.next_batch(ROWS)?;
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            self.reader = None;
            self.shard += 1;
        }
        Ok(None)
    }
}
