//! Rows of a delivery for the migration runner: shard by shard, in file order, from any row on. The runner checkpoints
//! shard and row number; reading the same delivery again gives the same rows at the same numbers.

use crate::cancel::CancelFlag;
use crate::columns::Column;
use crate::delivery::Delivery;
use crate::error::ImportError;
use crate::guard::guarded;
use crate::rules::Rules;
use crate::source::RowSource;
use model::row::ObjectRow;
use std::fmt;
use std::path::PathBuf;

/// Reads one shard; stays open between batches.
pub struct RowReader {
    path: PathBuf,
    source: Box<dyn RowSource>,
    rules: Rules,
    next_row: u64,
    /// After an error the decoder's state means nothing.
    failed: bool,
}

impl Delivery {
    /// Opens a shard, the first being 0, behind its first `skip_rows` rows. The file is verified the first time that it is
    /// read since the delivery was opened.
    pub fn read(&self, shard: usize, skip_rows: u64) -> Result<RowReader, ImportError> {
        let shards = self.shards();
        let path = shards
            .get(shard)
            .ok_or(ImportError::NoSuchShard {
                shard,
                shards: shards.len(),
            })?
            .path()
            .to_path_buf();
        guarded(&path, || {
            let mut source = self.open_shard(shard, Column::OF_ROWS, &CancelFlag::default())?;
            let next_row = if skip_rows > 0 { source.skip(skip_rows)? } else { 0 };
            Ok(RowReader {
                path: path.clone(),
                source,
                rules: self.rules(),
                next_row,
                failed: false,
            })
        })
    }
}

impl RowReader {
    /// At most `rows_max` rows, delete markers among them; fewer only at the end of the shard, and none behind it. After
    /// an error every further batch is an error.
    pub fn next_batch(&mut self, rows_max: usize) -> Result<Vec<ObjectRow>, ImportError> {
        if self.failed {
            let source = "an earlier batch of it failed".into();
            return Err(ImportError::Broken {
                path: self.path.clone(),
                rows_read: self.next_row,
                source,
            });
        }
        let mut rows = Vec::with_capacity(rows_max.min(crate::limits::ORC_BATCH_ROWS));
        let (source, rules) = (&mut self.source, &self.rules);
        let visited = guarded(&self.path, || {
            source.visit(rows_max as u64, &mut |row| {
                rows.push(rules.object_row(row)?);
                Ok(())
            })
        });
        self.failed = visited.is_err();
        self.next_row += visited?;
        Ok(rows)
    }

    /// Rows of the shard that are behind this reader, skipped ones included: the number to resume from.
    #[must_use]
    pub fn next_row(&self) -> u64 {
        self.next_row
    }
}

impl fmt::Debug for RowReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RowReader")
            .field("path", &self.path)
            .field("next_row", &self.next_row)
            .finish()
    }
}
