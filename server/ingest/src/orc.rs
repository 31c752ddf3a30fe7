//! ORC data files, decoded by orc-rust: polars has no ORC. Only the columns asked for are decoded, and one stripe is in
//! memory at a time.

use crate::columnar::{Batch, Batches, ColumnarSource, Values};
use crate::columns::{Column, ColumnType};
use crate::error::{Cause, ImportError};
use crate::limits;
use crate::schema::FileSchema;
use arrow::array::{Array, AsArray, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use model::time::UnixMillis;
use orc_rust::projection::ProjectionMask;
use orc_rust::{ArrowReader, ArrowReaderBuilder, RowSelection, RowSelector, TimestampPrecision};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Opens a file whose columns are exactly those of the schema.
pub(crate) fn open(
    path: &Path,
    schema: &FileSchema,
    columns: &[Column],
) -> Result<ColumnarSource<OrcBatches>, ImportError> {
    let columns = schema.present(columns);
    let builder = builder(path)?;
    let root = builder.file_metadata().root_data_type();
    schema.check_file(path, root.children().iter().map(|child| child.name()))?;
    let rows_total = builder.file_metadata().number_of_rows();
    let reader = project(builder, &columns).build();
    Ok(ColumnarSource::new(
        path,
        OrcBatches {
            path: path.to_path_buf(),
            columns,
            reader,
            rows_total,
        },
    ))
}

/// Batches of one `.orc` file.
pub(crate) struct OrcBatches {
    path: PathBuf,
    columns: Vec<Column>,
    reader: ArrowReader<File>,
    rows_total: u64,
}

impl Batches for OrcBatches {
    type Values = OrcValues;

    fn next_batch(&mut self, rows_read: u64) -> Result<Option<Batch<OrcValues>>, ImportError> {
        let Some(batch) = self.reader.next() else {
            return Ok(None);
        };
        let batch = batch.map_err(|error| broken(&self.path, rows_read, error))?;
        let decode = |column: Column| {
            let array =
                batch
                    .column_by_name(column.field_name())
                    .ok_or_else(|| ImportError::ColumnNotInFile {
                        path: self.path.clone(),
                        column,
                    })?;
            OrcValues::of(array, column).ok_or_else(|| ImportError::ColumnType {
                path: self.path.clone(),
                column,
                found: array.data_type().to_string(),
                expected: column.column_type().name(),
            })
        };
        Batch::decode(batch.num_rows(), &self.columns, decode).map(Some)
    }

    fn begin_behind(&mut self, rows: u64) -> Result<u64, ImportError> {
        let skipped = rows.min(self.rows_total);
        let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let selection = RowSelection::from(vec![
            RowSelector::skip(count(skipped)),
            RowSelector::select(count(self.rows_total - skipped)),
        ]);
        self.reader = project(builder(&self.path)?, &self.columns)
            .with_row_selection(selection)
            .build();
        Ok(skipped)
    }

    fn rows_total(&self) -> u64 {
        self.rows_total
    }
}

fn builder(path: &Path) -> Result<ArrowReaderBuilder<File>, ImportError> {
    let file = File::open(path).map_err(|source| ImportError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    ArrowReaderBuilder::try_new(file).map_err(|error| broken(path, 0, error))
}

fn project(builder: ArrowReaderBuilder<File>, columns: &[Column]) -> ArrowReaderBuilder<File> {
    let names: Vec<&str> = columns.iter().map(|column| column.field_name()).collect();
    let mask = ProjectionMask::named_roots(builder.file_metadata().root_data_type(), &names);
    builder
        .with_projection(mask)
        .with_batch_size(limits::ORC_BATCH_ROWS)
        // Nanoseconds overflow in the year 2262, and retention dates may lie beyond.
        .with_timestamp_precision(TimestampPrecision::Microsecond)
}

fn broken(path: &Path, rows_read: u64, error: impl Into<Cause>) -> ImportError {
    ImportError::Broken {
        path: path.to_path_buf(),
        rows_read,
        source: error.into(),
    }
}

/// A decoded column.
pub(crate) enum OrcValues {
    Text(StringArray),
    Boolean(BooleanArray),
    Integer(Int64Array),
    Timestamp(TimestampMicrosecondArray),
}

impl OrcValues {
    fn of(array: &dyn Array, column: Column) -> Option<Self> {
        match (column.column_type(), array.data_type()) {
            (ColumnType::Text, DataType::Utf8) => Some(Self::Text(array.as_string::<i32>().clone())),
            (ColumnType::Boolean, DataType::Boolean) => Some(Self::Boolean(array.as_boolean().clone())),
            (ColumnType::Integer, DataType::Int64) => {
                Some(Self::Integer(array.as_primitive::<Int64Type>().clone()))
            }
            (ColumnType::Timestamp, DataType::Timestamp(TimeUnit::Microsecond, _)) => Some(Self::Timestamp(
                array.as_primitive::<TimestampMicrosecondType>().clone(),
            )),
            _ => None,
        }
    }
}

impl Values for OrcValues {
    fn text(&self, at: usize) -> Option<&str> {
        match self {
            Self::Text(array) if array.is_valid(at) => Some(array.value(at)),
            _ => None,
        }
    }

    fn boolean(&self, at: usize) -> Option<bool> {
        match self {
            Self::Boolean(array) if array.is_valid(at) => Some(array.value(at)),
            _ => None,
        }
    }

    fn integer(&self, at: usize) -> Option<i64> {
        match self {
            Self::Integer(array) if array.is_valid(at) => Some(array.value(at)),
            _ => None,
        }
    }

    fn timestamp(&self, at: usize) -> Option<UnixMillis> {
        match self {
            Self::Timestamp(array) if array.is_valid(at) => {
                Some(UnixMillis(array.value(at).div_euclid(1000)))
            }
            _ => None,
        }
    }
}
