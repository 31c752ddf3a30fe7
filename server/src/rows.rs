//! Gives the engine the rows of stored inventories: `engine::Rows` over `ingest::Delivery`. The snapshot's own name is
//! checked against the files, so that a plan never runs on another list than the one it was made from.

use engine::{RowReader, Rows, RowsError};
use ingest::{Delivery, ImportError, InventoryFormat};
use model::inventory::SnapshotId;
use model::plan::PlanBucket;
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Opened deliveries by snapshot.
#[derive(Debug, Default)]
pub(crate) struct InventoryRows {
    locations: Mutex<BTreeMap<SnapshotId, PathBuf>>,
    opened: Mutex<BTreeMap<SnapshotId, Arc<Delivery>>>,
}

/// The files of a snapshot are not what they were.
#[derive(Debug, thiserror::Error)]
enum Misplaced {
    #[error("no location is stored for it: import the inventory again")]
    Unknown,
    #[error(
        "the files at its location are those of snapshot {found}: import them as what they are, and plan again"
    )]
    Another { found: SnapshotId },
}

impl InventoryRows {
    /// Tells where a snapshot's delivery lies.
    pub(crate) fn locate(&self, snapshot: SnapshotId, location: PathBuf) {
        let mut locations = self.locations.lock().unwrap_or_else(PoisonError::into_inner);
        locations.insert(snapshot, location);
    }

    fn delivery(&self, bucket: &PlanBucket) -> Result<Arc<Delivery>, RowsError> {
        let missing = |source: Box<dyn std::error::Error + Send + Sync>| RowsError::Missing {
            bucket: bucket.bucket.clone(),
            snapshot: bucket.snapshot.clone(),
            source,
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(delivery) = opened.get(&bucket.snapshot) {
            return Ok(Arc::clone(delivery));
        }
        let locations = self.locations.lock().unwrap_or_else(PoisonError::into_inner);
        let location = locations
            .get(&bucket.snapshot)
            .ok_or_else(|| missing(Misplaced::Unknown.into()))?;
        let delivery = Delivery::open(location).map_err(|error| missing(error.into()))?;
        let found = delivery.snapshot_id();
        if found != bucket.snapshot {
            return Err(missing(Misplaced::Another { found }.into()));
        }
        let delivery = Arc::new(delivery);
        opened.insert(bucket.snapshot.clone(), Arc::clone(&delivery));
        Ok(delivery)
    }
}

impl Rows for InventoryRows {
    fn shards(&self, bucket: &PlanBucket) -> Result<u32, RowsError> {
        let delivery = self.delivery(bucket)?;
        Ok(u32::try_from(delivery.shards().len()).unwrap_or(u32::MAX))
    }

    fn shards_in_turn(&self, bucket: &PlanBucket) -> Result<u32, RowsError> {
        // A CSV reader holds a few hundred kilobytes; those of the other formats hold a row group's worth of rows.
        Ok(match self.delivery(bucket)?.format() {
            InventoryFormat::Csv => 8,
            InventoryFormat::Orc | InventoryFormat::Parquet => 4,
        })
    }

    fn open(&self, bucket: &PlanBucket, shard: u32) -> Result<Box<dyn RowReader + Send>, RowsError> {
        let delivery = self.delivery(bucket)?;
        let reader = ShardReader {
            delivery,
            bucket: bucket.bucket.clone(),
            shard,
            next_row: 0,
            open: None,
        };
        Ok(Box::new(reader))
    }
}

/// One shard, opened at the first row that is asked for, so that passing over rows costs no decoding of keys.
#[derive(Debug)]
struct ShardReader {
    delivery: Arc<Delivery>,
    bucket: String,
    shard: u32,
    next_row: u64,
    open: Option<ingest::RowReader>,
}

impl ShardReader {
    fn unreadable(&self, source: ImportError) -> RowsError {
        RowsError::Unreadable {
            bucket: self.bucket.clone(),
            shard: self.shard,
            source: source.into(),
        }
    }
}

impl RowReader for ShardReader {
    fn next_batch(&mut self, max: usize) -> Result<Vec<ObjectRow>, RowsError> {
        let mut reader = match self.open.take() {
            Some(reader) => reader,
            None => {
                let opened = self.delivery.read(self.shard as usize, self.next_row);
                opened.map_err(|source| self.unreadable(source))?
            }
        };
        let rows = reader.next_batch(max).map_err(|source| self.unreadable(source))?;
        self.next_row += rows.len() as u64;
        self.open = Some(reader);
        Ok(rows)
    }

    fn skip(&mut self, rows: u64) -> Result<(), RowsError> {
        self.next_row += rows;
        self.open = None;
        Ok(())
    }
}
