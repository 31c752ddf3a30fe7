//! Where the rows to work through come from. The server implements it over `ingest`; the engine calls it on threads that
//! may block, unless rows are in memory, and never keeps more rows than the open batches hold.

use model::inventory::SnapshotId;
use model::plan::PlanBucket;
use model::row::ObjectRow;
use std::fmt::Debug;

/// Why rows could not be read. The runner stops with this text and the causes beneath it.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The inventory behind a plan is not there any more, or never listed objects.
    #[error("the inventory {snapshot} of bucket {bucket} cannot be opened")]
    Missing {
        /// Bucket.
        bucket: String,
        /// Inventory.
        snapshot: SnapshotId,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A shard cannot be read.
    #[error("shard {shard} of the inventory of bucket {bucket} cannot be read")]
    Unreadable {
        /// Bucket.
        bucket: String,
        /// Shard.
        shard: u32,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Inventories, row by row. The same bucket of the same plan gives the same rows in the same order each time.
pub trait Rows: Debug + Send + Sync {
    /// How many shards a bucket's inventory has.
    ///
    /// # Errors
    /// When the inventory cannot be opened.
    fn shards(&self, bucket: &PlanBucket) -> Result<u32, RowsError>;

    /// Opens one shard at its first row.
    ///
    /// # Errors
    /// When it cannot be opened or is not what it was.
    fn open(&self, bucket: &PlanBucket, shard: u32) -> Result<Box<dyn RowReader + Send>, RowsError>;

    /// How many shards may be read in turn: each stays open, with what its format keeps in memory.
    ///
    /// # Errors
    /// When the inventory cannot be opened.
    fn shards_in_turn(&self, _: &PlanBucket) -> Result<u32, RowsError> {
        Ok(4)
    }

    /// Whether the rows are in memory, so that reading them never blocks and needs no thread of its own.
    fn in_memory(&self) -> bool {
        false
    }
}

/// Reads a shard from front to back.
pub trait RowReader: Debug {
    /// At most `max` further rows; none at the end.
    ///
    /// # Errors
    /// When the shard cannot be read on.
    fn next_batch(&mut self, max: usize) -> Result<Vec<ObjectRow>, RowsError>;

    /// Passes over rows; stops at the end.
    ///
    /// # Errors
    /// When the shard cannot be read on.
    fn skip(&mut self, rows: u64) -> Result<(), RowsError>;
}
