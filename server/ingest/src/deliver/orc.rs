//! Writes rows as ORC with ZLIB, by orc-rust.

use super::stripes::stripes;
use super::{boolean_of, size_of, text_of};
use crate::columns::{Column, ColumnType};
use crate::error::Cause;
use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;
use model::row::ObjectRow;
use orc_rust::ArrowWriterBuilder;
use orc_rust::compression::CompressionType;
use std::sync::Arc;

/// `struct<bucket:string,…>`
pub(super) fn file_schema(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let type_name = match column.column_type() {
            ColumnType::Text | ColumnType::Undocumented => "string",
            ColumnType::Boolean => "boolean",
            ColumnType::Integer => "bigint",
            ColumnType::Timestamp => "timestamp",
        };
        format!("{}:{type_name}", column.field_name())
    };
    let fields: Vec<String> = columns.iter().map(field).collect();
    format!("struct<{}>", fields.join(","))
}

pub(super) fn encode(source_bucket: &str, columns: &[Column], rows: &[ObjectRow]) -> Result<Vec<u8>, Cause> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .iter()
        .map(|column| array(source_bucket, *column, rows))
        .unzip();
    let schema = Arc::new(Schema::new(fields));
    let mut content = Vec::new();
    let builder = ArrowWriterBuilder::new(&mut content, Arc::clone(&schema));
    let mut writer = builder.with_compression(CompressionType::Zlib).try_build()?;
    let batch = RecordBatch::try_new(schema, arrays)?;
    for stripe in stripes(rows.len(), &integers(rows)) {
        writer.write(&batch.slice(stripe.start, stripe.len()))?;
        writer.flush_stripe()?;
    }
    writer.close()?;
    Ok(content)
}

/// The integers that the encoder makes runs of: sizes, and seconds since the epoch of ORC, 2015-01-01.
fn integers(rows: &[ObjectRow]) -> [Vec<Option<i64>>; 2] {
    const ORC_EPOCH_SECONDS: i64 = 1_420_070_400;
    let sizes = rows
        .iter()
        .map(|row| size_of(row).and_then(|size| i64::try_from(size).ok()));
    let dates = rows.iter().map(|row| {
        row.last_modified
            .map(|at| at.0.div_euclid(1000) - ORC_EPOCH_SECONDS)
    });
    [sizes.collect(), dates.collect()]
}

fn array(source_bucket: &str, column: Column, rows: &[ObjectRow]) -> (Field, ArrayRef) {
    let (data_type, array): (DataType, ArrayRef) = match column.column_type() {
        ColumnType::Text | ColumnType::Undocumented => {
            let values = rows.iter().map(|row| text_of(source_bucket, row, column));
            (DataType::Utf8, Arc::new(StringArray::from_iter_values(values)))
        }
        ColumnType::Boolean => {
            let values: Vec<bool> = rows.iter().map(|row| boolean_of(row, column)).collect();
            (DataType::Boolean, Arc::new(BooleanArray::from(values)))
        }
        ColumnType::Integer => {
            let values = rows
                .iter()
                .map(|row| size_of(row).and_then(|size| i64::try_from(size).ok()));
            (DataType::Int64, Arc::new(Int64Array::from_iter(values)))
        }
        ColumnType::Timestamp => {
            let values = rows.iter().map(|row| row.last_modified.map(|at| at.0));
            (
                DataType::Timestamp(TimeUnit::Millisecond, None),
                Arc::new(TimestampMillisecondArray::from_iter(values)),
            )
        }
    };
    (Field::new(column.field_name(), data_type, true), array)
}
