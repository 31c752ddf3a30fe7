//! What ORC and Parquet have in common: a file is decoded in batches of typed columns, and rows are handed on one by
//! one. [`crate::orc`] and [`crate::parquet`] bring the decoding.

use crate::columns::Column;
use crate::error::{ImportError, RowProblem};
use crate::row::{Cells, RawRow};
use crate::source::{RowSource, RowVisitor};
use model::quantity::proportion;
use model::time::UnixMillis;
use std::path::{Path, PathBuf};

/// Decodes one file, batch by batch.
pub(crate) trait Batches: Send {
    /// A decoded column.
    type Values: Values;

    /// The batch that begins behind so many rows, which are all that were handed out before; `None` at the end.
    fn next_batch(&mut self, rows_read: u64) -> Result<Option<Batch<Self::Values>>, ImportError>;

    /// Makes the first batch begin behind so many rows, without decoding those; how many there were to pass over.
    fn begin_behind(&mut self, rows: u64) -> Result<u64, ImportError>;

    /// Rows of the file.
    fn rows_total(&self) -> u64;
}

/// A decoded column; each value may be absent.
pub(crate) trait Values: Send {
    fn text(&self, at: usize) -> Option<&str>;
    fn boolean(&self, at: usize) -> Option<bool>;
    fn integer(&self, at: usize) -> Option<i64>;
    fn timestamp(&self, at: usize) -> Option<UnixMillis>;
}

/// Decoded columns and the row of them that is next.
pub(crate) struct Batch<V> {
    columns: [Option<V>; Column::COUNT],
    rows: usize,
    at: usize,
}

impl<V> Batch<V> {
    /// Of so many rows, each column decoded by `decode`.
    pub(crate) fn decode(
        rows: usize,
        columns: &[Column],
        mut decode: impl FnMut(Column) -> Result<V, ImportError>,
    ) -> Result<Self, ImportError> {
        let mut decoded = [const { None }; Column::COUNT];
        for column in columns {
            decoded[*column as usize] = Some(decode(*column)?);
        }
        Ok(Self {
            columns: decoded,
            rows,
            at: 0,
        })
    }

    fn values(&self, column: Column) -> Option<&V> {
        self.columns[column as usize].as_ref()
    }
}

impl<V: Values> Cells for Batch<V> {
    const KEYS_ENCODED: bool = false;

    fn text(&self, column: Column) -> &str {
        self.values(column)
            .and_then(|values| values.text(self.at))
            .unwrap_or("")
    }

    fn boolean(&self, column: Column) -> Result<Option<bool>, RowProblem> {
        Ok(self.values(column).and_then(|values| values.boolean(self.at)))
    }

    fn count(&self, column: Column) -> Result<Option<u64>, RowProblem> {
        let value = self.values(column).and_then(|values| values.integer(self.at));
        let negative = |value: i64| RowProblem::value(column, &value.to_string(), "a whole number");
        value
            .map(|value| u64::try_from(value).map_err(|_| negative(value)))
            .transpose()
    }

    fn timestamp(&self, column: Column) -> Result<Option<UnixMillis>, RowProblem> {
        Ok(self.values(column).and_then(|values| values.timestamp(self.at)))
    }
}

/// Rows of one columnar file.
pub(crate) struct ColumnarSource<B: Batches> {
    path: PathBuf,
    batches: B,
    batch: Option<Batch<B::Values>>,
    rows_read: u64,
    size_bytes: u64,
}

impl<B: Batches> ColumnarSource<B> {
    pub(crate) fn new(path: &Path, batches: B) -> Self {
        let size_bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        Self {
            path: path.to_path_buf(),
            batches,
            batch: None,
            rows_read: 0,
            size_bytes,
        }
    }
}

impl<B: Batches> RowSource for ColumnarSource<B> {
    fn visit(&mut self, rows_max: u64, each: &mut RowVisitor<'_>) -> Result<u64, ImportError> {
        let mut visited = 0;
        while visited < rows_max {
            let batch = match self.batch.take().filter(|batch| batch.at < batch.rows) {
                Some(batch) => batch,
                None => match self.batches.next_batch(self.rows_read)? {
                    Some(batch) => batch,
                    None => break,
                },
            };
            let batch = self.batch.insert(batch);
            while batch.at < batch.rows && visited < rows_max {
                let row = self.rows_read + 1;
                let done = RawRow::of(&*batch).and_then(|raw| each(&raw));
                done.map_err(|problem| ImportError::Row {
                    path: self.path.clone(),
                    row,
                    problem,
                })?;
                batch.at += 1;
                visited += 1;
                self.rows_read = row;
            }
        }
        Ok(visited)
    }

    fn skip(&mut self, rows: u64) -> Result<u64, ImportError> {
        if self.rows_read > 0 {
            return self.visit(rows, &mut |_| Ok(()));
        }
        self.rows_read = self.batches.begin_behind(rows)?;
        Ok(self.rows_read)
    }

    fn bytes_read(&self) -> u64 {
        proportion(self.size_bytes, self.rows_read, self.batches.rows_total())
    }
}
