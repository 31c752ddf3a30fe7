//! Parquet data files, decoded by polars a window of rows at a time: only the columns asked for, in file order, with
//! memory bounded by the window. Each window is a query of its own, so that a reader which pauses for hours holds no
//! thread of polars' pool.

use crate::columnar::{Batch, Batches, ColumnarSource, Values};
use crate::columns::{Column, ColumnType};
use crate::error::{Cause, ImportError};
use crate::guard::panic_message;
use crate::limits;
use crate::schema::FileSchema;
use model::time::UnixMillis;
use polars::prelude::{
    BooleanChunked, DataFrame, DataType, Engine, Expr, IdxSize, Int64Chunked, LazyFrame, ParquetReader,
    PlRefPath, PolarsResult, ScanArgsParquet, SerReader, StringChunked, TimeUnit, col,
};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Opens a file whose columns are exactly those of the schema.
pub(crate) fn open(
    path: &Path,
    schema: &FileSchema,
    columns: &[Column],
) -> Result<ColumnarSource<ParquetBatches>, ImportError> {
    let file = File::open(path).map_err(|source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let (found, rows_total) = apart(path, 0, || {
        let mut reader = ParquetReader::new(file);
        Ok((reader.schema()?, reader.num_rows()? as u64))
    })?;
    schema.check_file(path, found.iter_names().map(|name| name.as_str()))?;
    Ok(reading(path, schema.present(columns), rows_total))
}

/// Opens a file for these of its columns; it may have others.
pub(crate) fn open_columns(
    path: &Path,
    columns: Vec<Column>,
) -> Result<ColumnarSource<ParquetBatches>, ImportError> {
    let file = File::open(path).map_err(|source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let rows_total = apart(path, 0, || Ok(ParquetReader::new(file).num_rows()? as u64))?;
    Ok(reading(path, columns, rows_total))
}

/// Names of the columns of a file.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, ImportError> {
    let file = File::open(path).map_err(|source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let schema = apart(path, 0, || ParquetReader::new(file).schema())?;
    Ok(schema.iter_names().map(|name| name.to_string()).collect())
}

fn reading(path: &Path, columns: Vec<Column>, rows_total: u64) -> ColumnarSource<ParquetBatches> {
    ColumnarSource::new(
        path,
        ParquetBatches {
            path: path.to_path_buf(),
            columns,
            rows_total,
        },
    )
}

/// Batches of one `.parquet` file.
pub(crate) struct ParquetBatches {
    path: PathBuf,
    columns: Vec<Column>,
    rows_total: u64,
}

impl Batches for ParquetBatches {
    type Values = ParquetValues;

    fn next_batch(&mut self, rows_read: u64) -> Result<Option<Batch<ParquetValues>>, ImportError> {
        if rows_read >= self.rows_total {
            return Ok(None);
        }
        let frame = self.window(rows_read)?;
        let decode = |column: Column| {
            let found = frame
                .column(column.field_name())
                .map_err(|_| ImportError::ColumnNotInFile {
                    path: self.path.clone(),
                    column,
                })?;
            ParquetValues::of(found, column).ok_or_else(|| ImportError::ColumnType {
                path: self.path.clone(),
                column,
                found: found.dtype().to_string(),
                expected: column.column_type().name(),
            })
        };
        Batch::decode(frame.height(), &self.columns, decode).map(Some)
    }

    fn begin_behind(&mut self, rows: u64) -> Result<u64, ImportError> {
        Ok(rows.min(self.rows_total))
    }

    fn rows_total(&self) -> u64 {
        self.rows_total
    }
}

impl ParquetBatches {
    fn window(&self, rows_read: u64) -> Result<DataFrame, ImportError> {
        let wanted: Vec<Expr> = self
            .columns
            .iter()
            .map(|column| col(column.field_name()))
            .collect();
        let offset = i64::try_from(rows_read).unwrap_or(i64::MAX);
        let length = IdxSize::try_from(limits::PARQUET_WINDOW_ROWS).unwrap_or(IdxSize::MAX);
        let mut frame = apart(&self.path, rows_read, || {
            let arguments = ScanArgsParquet {
                glob: false,
                cache: false,
                ..ScanArgsParquet::default()
            };
            let file = LazyFrame::scan_parquet(PlRefPath::try_from_path(&self.path)?, arguments)?;
            let query = file.select(wanted).slice(offset, length);
            // One query has one result.
            Ok(query.collect_with_engine(Engine::Streaming)?.unwrap_single())
        })?;
        // A window that is empty before the end would be asked for again and again.
        if frame.height() == 0 {
            return Err(broken(
                &self.path,
                rows_read,
                "fewer rows than its footer says".into(),
            ));
        }
        frame.rechunk_mut();
        Ok(frame)
    }
}

/// Runs a query on a thread of its own: polars must not be waited for on a thread of an async runtime, and its panics
/// on broken files end here.
fn apart<T: Send>(
    path: &Path,
    rows_read: u64,
    query: impl FnOnce() -> PolarsResult<T> + Send,
) -> Result<T, ImportError> {
    match std::thread::scope(|scope| scope.spawn(query).join()) {
        Ok(result) => result.map_err(|error| broken(path, rows_read, error.into())),
        Err(panic) => Err(broken(path, rows_read, panic_message(panic.as_ref()))),
    }
}

fn broken(path: &Path, rows_read: u64, source: Cause) -> ImportError {
    ImportError::Broken {
        path: path.to_path_buf(),
        rows_read,
        source,
    }
}

/// A decoded column.
pub(crate) enum ParquetValues {
    Text(StringChunked),
    Boolean(BooleanChunked),
    Integer(Int64Chunked),
    /// Values, and how many of their unit make a millisecond.
    Timestamp(Int64Chunked, i64),
}

impl ParquetValues {
    fn of(found: &polars::prelude::Column, column: Column) -> Option<Self> {
        let series = found.as_materialized_series();
        match (column.column_type(), series.dtype()) {
            (ColumnType::Text, DataType::String) => series.str().ok().cloned().map(Self::Text),
            (ColumnType::Boolean, DataType::Boolean) => series.bool().ok().cloned().map(Self::Boolean),
            (ColumnType::Integer, DataType::Int64) => series.i64().ok().cloned().map(Self::Integer),
            (ColumnType::Timestamp, DataType::Datetime(unit, _)) => {
                let per_millisecond = match unit {
                    TimeUnit::Milliseconds => 1,
                    TimeUnit::Microseconds => 1_000,
                    TimeUnit::Nanoseconds => 1_000_000,
                };
                Some(Self::Timestamp(
                    series.datetime().ok()?.physical().clone(),
                    per_millisecond,
                ))
            }
            _ => None,
        }
    }
}

impl Values for ParquetValues {
    fn text(&self, at: usize) -> Option<&str> {
        if let Self::Text(values) = self {
            values.get(at)
        } else {
            None
        }
    }

    fn boolean(&self, at: usize) -> Option<bool> {
        if let Self::Boolean(values) = self {
            values.get(at)
        } else {
            None
        }
    }

    fn integer(&self, at: usize) -> Option<i64> {
        if let Self::Integer(values) = self {
            values.get(at)
        } else {
            None
        }
    }

    fn timestamp(&self, at: usize) -> Option<UnixMillis> {
        let Self::Timestamp(values, per_millisecond) = self else {
            return None;
        };
        values
            .get(at)
            .map(|value| UnixMillis(value.div_euclid(*per_millisecond)))
    }
}
