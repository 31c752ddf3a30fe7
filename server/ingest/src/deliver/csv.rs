//! Writes rows as gzip-compressed CSV: every field quoted, no header, keys URL-encoded.

use super::{boolean_of, encoded_key, size_of, text_of};
use crate::columns::{Column, ColumnType};
use crate::error::Cause;
use flate2::Compression;
use flate2::write::GzEncoder;
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::borrow::Cow;
use std::io::Write;

/// `Bucket, Key, …`
pub(super) fn file_schema(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.csv_name()).collect();
    names.join(", ")
}

pub(super) fn encode(source_bucket: &str, columns: &[Column], rows: &[ObjectRow]) -> Result<Vec<u8>, Cause> {
    // The encoder writes no time and no name into the header: the same rows give the same bytes.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut line = String::new();
    for row in rows {
        line.clear();
        for (index, column) in columns.iter().enumerate() {
            line.push_str(if index == 0 { "\"" } else { ",\"" });
            line.push_str(&field(source_bucket, row, *column).replace('"', "\"\""));
            line.push('"');
        }
        line.push('\n');
        gzip.write_all(line.as_bytes())?;
    }
    Ok(gzip.finish()?)
}

fn field<'r>(source_bucket: &'r str, row: &'r ObjectRow, column: Column) -> Cow<'r, str> {
    match column.column_type() {
        _ if column == Column::Key => encoded_key(row).into(),
        ColumnType::Boolean => if boolean_of(row, column) { "true" } else { "false" }.into(),
        ColumnType::Integer => size_of(row)
            .map(|size| size.to_string())
            .unwrap_or_default()
            .into(),
        ColumnType::Timestamp => row
            .last_modified
            .map(with_milliseconds)
            .unwrap_or_default()
            .into(),
        ColumnType::Text | ColumnType::Undocumented => text_of(source_bucket, row, column).into(),
    }
}

/// `2026-11-20T01:00:00.000Z`, as S3 writes it.
fn with_milliseconds(at: UnixMillis) -> String {
    let seconds = at.to_iso();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.0.rem_euclid(1000))
}
