//! CSV data files: gzip, no header, columns in the order of `fileSchema`, keys URL-encoded.
//!
//! The reader is our own although polars is at hand. When fewer columns are asked for than a file has, polars 0.55 stops
//! looking for surplus fields (`polars-io` `csv/read/parser.rs`, `parse_lines`), it fills rows that are too short with
//! nulls in any case, and it cannot say in which row anything is wrong. Here every row must have the fields that the
//! manifest names, and an error names its row.

mod fields;
mod records;

use crate::columns::Column;
use crate::error::{ImportError, RowProblem};
use crate::limits;
use crate::row::{Cells, RawRow};
use crate::schema::FileSchema;
use crate::source::{RowSource, RowVisitor};
use fields::Fields;
use flate2::bufread::MultiGzDecoder;
use model::time::UnixMillis;
use records::Records;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows of one `.csv.gz` file.
pub(crate) struct CsvSource {
    path: PathBuf,
    records: Records<MultiGzDecoder<BufReader<Counted>>>,
    positions: [Option<usize>; Column::COUNT],
    field_count: usize,
    rows_read: u64,
    bytes_read: Arc<AtomicU64>,
}

impl CsvSource {
    /// Opens a file; what its rows hold is found out row by row.
    pub(crate) fn open(path: &Path, schema: &FileSchema) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|source| ImportError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            file,
            bytes_read: Arc::clone(&bytes_read),
        };
        let gzip = MultiGzDecoder::new(BufReader::with_capacity(limits::READ_BYTES, counted));
        Ok(Self {
            path: path.to_path_buf(),
            records: Records::new(gzip),
            positions: schema.positions(),
            field_count: schema.columns().len(),
            rows_read: 0,
            bytes_read,
        })
    }

    /// Reads one row; `false` at the end of the file.
    fn step(&mut self, each: Option<&mut RowVisitor<'_>>) -> Result<bool, ImportError> {
        let row = self.rows_read + 1;
        let at = |problem| ImportError::Row {
            path: self.path.clone(),
            row,
            problem,
        };
        let record = self.records.next_record().map_err(|stop| match stop {
            records::Stop::Problem(problem) => at(problem),
            records::Stop::Input(source) => ImportError::Broken {
                path: self.path.clone(),
                rows_read: self.rows_read,
                source: Box::new(source),
            },
        })?;
        let Some(fields) = record else { return Ok(false) };
        if fields.len() != self.field_count {
            return Err(at(RowProblem::FieldCount {
                found: fields.len(),
                expected: self.field_count,
            }));
        }
        if let Some(each) = each {
            let cells = CsvCells {
                fields,
                positions: &self.positions,
            };
            RawRow::of(&cells).and_then(|row| each(&row)).map_err(at)?;
        }
        self.rows_read = row;
        Ok(true)
    }
}

impl RowSource for CsvSource {
    fn visit(&mut self, rows_max: u64, each: &mut RowVisitor<'_>) -> Result<u64, ImportError> {
        for rows in 0..rows_max {
            if !self.step(Some(each))? {
                return Ok(rows);
            }
        }
        Ok(rows_max)
    }

    fn skip(&mut self, rows: u64) -> Result<u64, ImportError> {
        for skipped in 0..rows {
            if !self.step(None)? {
                return Ok(skipped);
            }
        }
        Ok(rows)
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

/// Counts what is read from the file, for progress.
struct Counted {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.bytes_read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// One row with the places of its columns.
struct CsvCells<'a> {
    fields: Fields<'a>,
    positions: &'a [Option<usize>; Column::COUNT],
}

impl CsvCells<'_> {
    /// The text of a column, parsed; empty text is no value.
    fn parsed<T>(
        &self,
        column: Column,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, RowProblem> {
        match self.text(column) {
            "" => Ok(None),
            text => parse(text)
                .map(Some)
                .ok_or_else(|| RowProblem::value(column, text, expected)),
        }
    }
}

impl Cells for CsvCells<'_> {
    const KEYS_ENCODED: bool = true;

    fn text(&self, column: Column) -> &str {
        self.positions[column as usize].map_or("", |position| self.fields.get(position))
    }

    fn boolean(&self, column: Column) -> Result<Option<bool>, RowProblem> {
        self.parsed(column, "true or false", |text| match text {
            "true" | "TRUE" | "True" => Some(true),
            "false" | "FALSE" | "False" => Some(false),
            _ => None,
        })
    }

    fn count(&self, column: Column) -> Result<Option<u64>, RowProblem> {
        self.parsed(column, "a whole number", |text| {
            text.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| text.parse().ok())
                .flatten()
        })
    }

    fn timestamp(&self, column: Column) -> Result<Option<UnixMillis>, RowProblem> {
        self.parsed(
            column,
            "a date such as 2026-11-20T01:00:00.000Z",
            UnixMillis::parse_iso,
        )
    }
}
