//! The rows of a bucket that are still to be done, batch by batch: what the fold covers is passed over, what was open
//! when a runner ended comes back as it was announced. Reads on threads that may block, one batch ahead of the pipeline,
//! and from a few stretches of the inventory in turn: its rows are sorted by key, so that one stretch alone would send
//! every request to one prefix, whose rate S3 limits.

use super::object::Known;
use crate::error::in_words;
use crate::rows::{RowReader, Rows, RowsError};
use model::inventory::{BucketKeyStatus, EncryptionStatus, StorageClass};
use model::migration::{BatchId, Coverage, FailedObject, Progress, ShardPass};
use model::plan::PlanBucket;
use model::row::ObjectRow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Rows to work on, not announced yet.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) id: BatchId,
    pub(crate) rows: Vec<ObjectRow>,
    pub(crate) known: Known,
}

/// Goes through the shards of a bucket.
#[derive(Debug)]
pub(crate) struct Cursor {
    rows: Arc<dyn Rows>,
    bucket: PlanBucket,
    position: u32,
    pass: u32,
    batch_rows: u64,
    covered: BTreeMap<u32, Coverage>,
    open: BTreeMap<BatchId, u64>,
    /// None until the shards are counted; then those that have rows left, the next to read from first.
    stretches: Option<VecDeque<Stretch>>,
}

/// Neighbouring shards that are read one after another.
#[derive(Debug)]
struct Stretch {
    shard: u32,
    /// The shard after its last.
    end: u32,
    /// Row of the shard.
    at: u64,
    reader: Option<Box<dyn RowReader + Send>>,
}

/// The shards in at most so many stretches of about the same length.
fn stretches(shards: u32, in_turn: u32) -> VecDeque<Stretch> {
    let of = shards.min(in_turn.max(1));
    let bound = |part: u32| u32::try_from(u64::from(shards) * u64::from(part) / u64::from(of));
    let stretch = |part: u32| Stretch {
        shard: bound(part).unwrap_or(shards),
        end: bound(part + 1).unwrap_or(shards),
        at: 0,
        reader: None,
    };
    (0..of).map(stretch).collect()
}

impl Cursor {
    /// What is left of a bucket by the fold: rows of its inventory, or in a retry the failures that stood.
    pub(crate) fn remaining(
        progress: &Progress,
        rows: &Arc<dyn Rows>,
        bucket: &PlanBucket,
        position: u32,
        batch_rows: u32,
    ) -> Self {
        let pass = progress.pass;
        let rows: Arc<dyn Rows> = if pass == 0 {
            Arc::clone(rows)
        } else {
            Arc::new(FailedRows {
                rows: progress.retrying.in_bucket(position).map(row_of).collect(),
            })
        };
        let from = ShardPass {
            bucket: position,
            pass,
            shard: 0,
        };
        let covered = progress.covered.range(
            from..=ShardPass {
                shard: u32::MAX,
                ..from
            },
        );
        let open = progress
            .open
            .iter()
            .filter(|(batch, _)| batch.bucket == position && batch.pass == pass);
        Self {
            covered: covered
                .map(|(shard, coverage)| (shard.shard, coverage.clone()))
                .collect(),
            open: open.map(|(batch, rows)| (*batch, *rows)).collect(),
            ..Self::whole(rows, bucket, position, pass, batch_rows)
        }
    }

    /// All rows of a bucket's inventory.
    pub(crate) fn whole(
        rows: Arc<dyn Rows>,
        bucket: &PlanBucket,
        position: u32,
        pass: u32,
        batch_rows: u32,
    ) -> Self {
        Self {
            rows,
            bucket: bucket.clone(),
            position,
            pass,
            batch_rows: u64::from(batch_rows),
            covered: BTreeMap::new(),
            open: BTreeMap::new(),
            stretches: None,
        }
    }

    /// What is known of rows that were announced and have no outcome.
    const fn known_of_open(&self) -> Known {
        if self.pass > 0 {
            Known::Failed
        } else {
            Known::Interrupted
        }
    }

    /// The rows that were announced and have no outcome. Blocks.
    pub(crate) fn announced(&self) -> Result<Vec<Handed>, RowsError> {
        let mut announced = Vec::new();
        for (id, count) in &self.open {
            let mut reader = self.rows.open(&self.bucket, id.shard)?;
            reader.skip(id.first_row)?;
            let mut rows: Vec<ObjectRow> = Vec::new();
            loop {
                let wanted = usize::try_from(*count).unwrap_or(usize::MAX) - rows.len();
                let more = if wanted == 0 {
                    Vec::new()
                } else {
                    reader.next_batch(wanted)?
                };
                if more.is_empty() {
                    break;
                }
                rows.extend(more);
            }
            announced.push(Handed {
                id: *id,
                rows,
                known: self.known_of_open(),
            });
        }
        Ok(announced)
    }

    /// The next rows; none at the end. Blocks.
    fn next(&mut self) -> Result<Option<Handed>, RowsError> {
        let mut waiting = match self.stretches.take() {
            Some(stretches) => stretches,
            None => stretches(
                self.rows.shards(&self.bucket)?,
                self.rows.shards_in_turn(&self.bucket)?,
            ),
        };
        let mut handed = None;
        while handed.is_none()
            && let Some(mut stretch) = waiting.pop_front()
        {
            handed = self.next_of(&mut stretch)?;
            if handed.is_some() {
                waiting.push_back(stretch);
            }
        }
        self.stretches = Some(waiting);
        Ok(handed)
    }

    /// The next rows of a stretch; none at its end.
    fn next_of(&self, stretch: &mut Stretch) -> Result<Option<Handed>, RowsError> {
        while stretch.shard < stretch.end {
            if let Some(handed) = self.next_of_shard(stretch)? {
                return Ok(Some(handed));
            }
            (stretch.shard, stretch.at, stretch.reader) = (stretch.shard + 1, 0, None);
        }
        Ok(None)
    }

    fn next_of_shard(&self, stretch: &mut Stretch) -> Result<Option<Handed>, RowsError> {
        let begin = self
            .covered
            .get(&stretch.shard)
            .map_or(stretch.at, |covered| covered.next_open(stretch.at));
        let id = BatchId {
            bucket: self.position,
            pass: self.pass,
            shard: stretch.shard,
            first_row: begin,
        };
        let announced = self.open.get(&id);
        let most = announced.copied().unwrap_or_else(|| self.up_to_next(id));
        let known = if announced.is_some() || self.pass > 0 {
            self.known_of_open()
        } else {
            Known::ByInventory
        };
        let reader = match &mut stretch.reader {
            Some(reader) => reader,
            None => stretch
                .reader
                .insert(self.rows.open(&self.bucket, stretch.shard)?),
        };
        if begin > stretch.at {
            reader.skip(begin - stretch.at)?;
        }
        let mut rows: Vec<ObjectRow> = Vec::new();
        while (rows.len() as u64) < most {
            let wanted = usize::try_from(most).unwrap_or(usize::MAX) - rows.len();
            let more = reader.next_batch(wanted)?;
            if more.is_empty() {
                break;
            }
            rows.extend(more);
        }
        stretch.at = begin + rows.len() as u64;
        Ok((!rows.is_empty()).then_some(Handed { id, rows, known }))
    }

    /// Rows from a batch's first one to the next that is done or was announced, at most a batch.
    fn up_to_next(&self, id: BatchId) -> u64 {
        let done = self
            .covered
            .get(&id.shard)
            .and_then(|covered| covered.next_done(id.first_row));
        let last = BatchId {
            first_row: u64::MAX,
            ..id
        };
        let announced = self
            .open
            .range(id..=last)
            .map(|(batch, _)| batch.first_row)
            .find(|row| *row > id.first_row);
        let next = done.into_iter().chain(announced).min().unwrap_or(u64::MAX);
        (next - id.first_row).min(self.batch_rows)
    }
}

/// A cursor, back from reading, with what it read.
type ReadOn = (Cursor, Result<Option<Handed>, RowsError>);

/// A cursor with the reading that is under way.
#[derive(Debug)]
pub(crate) struct Feed {
    reading: Option<JoinHandle<ReadOn>>,
}

impl Feed {
    /// Begins to read.
    pub(crate) fn new(cursor: Cursor) -> Self {
        Self {
            reading: Some(read(cursor)),
        }
    }

    /// Whether all rows were handed out.
    pub(crate) const fn is_ended(&self) -> bool {
        self.reading.is_none()
    }

    /// The next rows, none at the end, or in words why there are none. Nothing is lost when it is dropped.
    pub(crate) async fn next(&mut self) -> Result<Option<Handed>, String> {
        let Some(reading) = &mut self.reading else {
            return Ok(None);
        };
        let read_on = reading.await;
        self.reading = None;
        match read_on {
            Ok((cursor, Ok(Some(handed)))) => {
                self.reading = Some(read(cursor));
                Ok(Some(handed))
            }
            Ok((_, Ok(None))) => Ok(None),
            Ok((_, Err(error))) => Err(in_words(&error)),
            Err(error) => Err(in_words(&error)),
        }
    }
}

fn read(mut cursor: Cursor) -> JoinHandle<ReadOn> {
    let rows = Arc::clone(&cursor.rows);
    reading(rows.as_ref(), move || {
        let handed = cursor.next();
        (cursor, handed)
    })
}

/// Reads rows on a thread that may block, where they are not in memory.
pub(super) fn reading<T: Send + 'static>(
    rows: &dyn Rows,
    read: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    if rows.in_memory() {
        tokio::spawn(async move { read() })
    } else {
        tokio::task::spawn_blocking(read)
    }
}

/// Failures as rows: one shard, in the order in which the fold keeps them.
#[derive(Debug)]
struct FailedRows {
    rows: Vec<ObjectRow>,
}

#[derive(Debug)]
struct FailedReader {
    rows: std::vec::IntoIter<ObjectRow>,
}

impl Rows for FailedRows {
    fn shards(&self, _: &PlanBucket) -> Result<u32, RowsError> {
        Ok(1)
    }

    fn open(&self, _: &PlanBucket, _: u32) -> Result<Box<dyn RowReader + Send>, RowsError> {
        Ok(Box::new(FailedReader {
            rows: self.rows.clone().into_iter(),
        }))
    }

    fn in_memory(&self) -> bool {
        true
    }
}

impl RowReader for FailedReader {
    fn next_batch(&mut self, max: usize) -> Result<Vec<ObjectRow>, RowsError> {
        Ok(self.rows.by_ref().take(max).collect())
    }

    fn skip(&mut self, rows: u64) -> Result<(), RowsError> {
        self.rows
            .by_ref()
            .take(usize::try_from(rows).unwrap_or(usize::MAX))
            .for_each(drop);
        Ok(())
    }
}

/// A failure as a row of which little more is known than name, version and size: it is looked at before anything else.
fn row_of(failed: &FailedObject) -> ObjectRow {
    ObjectRow {
        key: failed.key.clone(),
        version_id: failed.version_id.clone(),
        current: !failed.noncurrent,
        delete_marker: false,
        size: failed.size,
        last_modified: None,
        e_tag: String::new(),
        storage_class: failed
            .line
            .map_or(StorageClass::Unknown, |line| line.storage_class),
        encryption_status: failed
            .line
            .map_or(EncryptionStatus::Unknown, |line| line.encryption_status),
        bucket_key_status: BucketKeyStatus::Unknown,
        locked: false,
    }
}
