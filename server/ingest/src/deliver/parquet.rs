//! Writes rows as Parquet with Snappy, by polars.

use super::{boolean_of, size_of, text_of};
use crate::columns::{Column, ColumnType};
use crate::error::Cause;
use model::row::ObjectRow;
use polars::prelude::{
    BooleanChunked, DataFrame, DataType, Int64Chunked, IntoColumn, IntoSeries, NamedFrom, NewChunkedArray,
    ParquetCompression, ParquetWriter, Series, TimeUnit,
};

/// `message s3.inventory { required binary bucket (UTF8); … }`
pub(super) fn file_schema(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let required = matches!(column, Column::Bucket | Column::Key);
        let repetition = if required { "required" } else { "optional" };
        let name = column.field_name();
        match column.column_type() {
            ColumnType::Text | ColumnType::Undocumented => format!("  {repetition} binary {name} (UTF8);"),
            ColumnType::Boolean => format!("  {repetition} boolean {name};"),
            ColumnType::Integer => format!("  {repetition} int64 {name};"),
            ColumnType::Timestamp => format!("  {repetition} int64 {name} (TIMESTAMP_MILLIS);"),
        }
    };
    let fields: Vec<String> = columns.iter().map(field).collect();
    format!("message s3.inventory {{{}}}", fields.concat())
}

pub(super) fn encode(source_bucket: &str, columns: &[Column], rows: &[ObjectRow]) -> Result<Vec<u8>, Cause> {
    let columns = columns
        .iter()
        .map(|column| series(source_bucket, *column, rows).map(IntoColumn::into_column));
    let mut frame = DataFrame::new(rows.len(), columns.collect::<Result<_, Cause>>()?)?;
    let mut content = Vec::new();
    let writer = ParquetWriter::new(&mut content).with_compression(ParquetCompression::Snappy);
    // One thread, so that the same rows give the same bytes.
    writer.set_parallel(false).finish(&mut frame)?;
    Ok(content)
}

fn series(source_bucket: &str, column: Column, rows: &[ObjectRow]) -> Result<Series, Cause> {
    let name = column.field_name().into();
    Ok(match column.column_type() {
        ColumnType::Text | ColumnType::Undocumented => {
            let values: Vec<&str> = rows
                .iter()
                .map(|row| text_of(source_bucket, row, column))
                .collect();
            Series::new(name, values)
        }
        ColumnType::Boolean => {
            let values: Vec<bool> = rows.iter().map(|row| boolean_of(row, column)).collect();
            BooleanChunked::from_slice(name, &values).into_series()
        }
        ColumnType::Integer => {
            let values = rows
                .iter()
                .map(|row| size_of(row).and_then(|size| i64::try_from(size).ok()));
            Int64Chunked::from_iter_options(name, values).into_series()
        }
        ColumnType::Timestamp => {
            let values = rows.iter().map(|row| row.last_modified.map(|at| at.0));
            let values = Int64Chunked::from_iter_options(name, values).into_series();
            values.cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?
        }
    })
}
