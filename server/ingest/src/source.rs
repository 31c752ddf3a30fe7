//! What the three readers have in common: rows of one data file, in file order, some at a time. Groups and rows are read
//! through this alone, so that what holds for one format holds for all.

use crate::columns::Column;
use crate::csv::CsvSource;
use crate::error::{ImportError, RowProblem};
use crate::manifest::InventoryFormat;
use crate::row::RawRow;
use crate::schema::FileSchema;
use crate::{orc, parquet};
use std::path::Path;

/// Takes one row; a problem that it finds ends the reading with an error that names the row.
pub(crate) type RowVisitor<'v> = dyn FnMut(&RawRow<'_>) -> Result<(), RowProblem> + 'v;

/// Rows of one data file.
pub(crate) trait RowSource: Send {
    /// Hands on at most `rows_max` rows and returns how many; fewer only at the end of the file.
    fn visit(&mut self, rows_max: u64, each: &mut RowVisitor<'_>) -> Result<u64, ImportError>;

    /// Passes over rows without reading more of them than the format demands; fewer only at the end of the file.
    fn skip(&mut self, rows: u64) -> Result<u64, ImportError>;

    /// Compressed bytes of the file that are behind the reader, about.
    fn bytes_read(&self) -> u64;
}

/// Opens a data file for these columns, after comparing the columns it has with the schema.
pub(crate) fn open(
    path: &Path,
    format: InventoryFormat,
    schema: &FileSchema,
    columns: &[Column],
) -> Result<Box<dyn RowSource>, ImportError> {
    Ok(match format {
        InventoryFormat::Csv => Box::new(CsvSource::open(path, schema)?),
        InventoryFormat::Orc => Box::new(orc::open(path, schema, columns)?),
        InventoryFormat::Parquet => Box::new(parquet::open(path, schema, columns)?),
    })
}
