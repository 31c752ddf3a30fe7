//! `fileSchema` of a manifest: which columns a delivery has, in the three notations that S3 writes. Used by the manifest
//! and the three readers.

use crate::columns::{Column, ColumnType};
use crate::error::{ImportError, excerpt};
use crate::manifest::InventoryFormat;
use std::path::Path;

/// The columns of a delivery, in the order of `fileSchema`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSchema {
    columns: Vec<Column>,
}

impl FileSchema {
    /// Reads `fileSchema` in the notation of the format. `manifest` is for messages.
    pub(crate) fn parse(manifest: &Path, format: InventoryFormat, text: &str) -> Result<Self, ImportError> {
        let declared = match format {
            InventoryFormat::Csv => csv_columns(text),
            InventoryFormat::Orc => orc_columns(text),
            InventoryFormat::Parquet => parquet_columns(text),
        };
        let declared = declared.ok_or_else(|| ImportError::ManifestField {
            path: manifest.to_path_buf(),
            field: "fileSchema",
            problem: format!("is not in the notation of {format}: `{}`", excerpt(text)),
        })?;
        let mut columns = Vec::with_capacity(declared.len());
        for Declared { name, type_name } in declared {
            let known = match format {
                InventoryFormat::Csv => Column::of_csv_name(name),
                InventoryFormat::Orc | InventoryFormat::Parquet => Column::of_field_name(name),
            };
            let path = || manifest.to_path_buf();
            let column = known.ok_or_else(|| ImportError::UnknownColumn {
                path: path(),
                column: excerpt(name),
            })?;
            if columns.contains(&column) {
                return Err(ImportError::RepeatedColumn { path: path(), column });
            }
            check_type(column, type_name.as_deref(), format).map_err(|found| ImportError::ColumnType {
                path: path(),
                column,
                found,
                expected: column.column_type().name(),
            })?;
            columns.push(column);
        }
        for column in [Column::Bucket, Column::Key] {
            if !columns.contains(&column) {
                return Err(ImportError::MissingColumn {
                    path: manifest.to_path_buf(),
                    column,
                });
            }
        }
        Ok(Self { columns })
    }

    /// That of a table whose files have these columns.
    pub(crate) const fn of(columns: Vec<Column>) -> Self {
        Self { columns }
    }

    /// Whether the delivery has the column.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// In the order of the file.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Fails unless an ORC or Parquet file has exactly the columns of this schema.
    pub(crate) fn check_file<'n>(
        &self,
        path: &Path,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<(), ImportError> {
        let mut missing = self.columns.clone();
        for name in names {
            let column = Column::of_field_name(name).filter(|column| missing.contains(column));
            let column = column.ok_or_else(|| ImportError::ColumnNotInSchema {
                path: path.to_path_buf(),
                column: excerpt(name),
            })?;
            missing.retain(|other| *other != column);
        }
        match missing.first() {
            None => Ok(()),
            Some(column) => Err(ImportError::ColumnNotInFile {
                path: path.to_path_buf(),
                column: *column,
            }),
        }
    }

    /// Those of `wanted` that the delivery has.
    pub(crate) fn present(&self, wanted: &[Column]) -> Vec<Column> {
        wanted
            .iter()
            .copied()
            .filter(|column| self.has(*column))
            .collect()
    }

    /// Where each column is in a row; `None` for those the delivery lacks.
    pub(crate) fn positions(&self) -> [Option<usize>; Column::COUNT] {
        let mut positions = [None; Column::COUNT];
        for (position, column) in self.columns.iter().enumerate() {
            positions[*column as usize] = Some(position);
        }
        positions
    }
}

/// A column as a schema declares it.
struct Declared<'a> {
    name: &'a str,
    /// Absent in CSV, where all is text.
    type_name: Option<String>,
}

/// `Bucket, Key, VersionId, …`
fn csv_columns(text: &str) -> Option<Vec<Declared<'_>>> {
    let names = text.split(',').map(|name| Declared {
        name: name.trim(),
        type_name: None,
    });
    (!text.trim().is_empty()).then(|| names.collect())
}

/// `struct<bucket:string,key:string,size:bigint,…>`
fn orc_columns(text: &str) -> Option<Vec<Declared<'_>>> {
    let fields = text.trim().strip_prefix("struct<")?.strip_suffix('>')?;
    fields
        .split(',')
        .map(|field| {
            let (name, type_name) = field.split_once(':')?;
            Some(Declared {
                name: name.trim(),
                type_name: Some(type_name.trim().to_ascii_lowercase()),
            })
        })
        .collect()
}

/// `message s3.inventory { required binary bucket (UTF8); optional int64 size; … }`, with the annotations of either
/// generation: `UTF8` or `STRING`, `TIMESTAMP_MILLIS` or `TIMESTAMP(MILLIS,true)`.
fn parquet_columns(text: &str) -> Option<Vec<Declared<'_>>> {
    let body = text.trim().strip_prefix("message")?;
    let body = body[body.find('{')? + 1..].trim().strip_suffix('}')?;
    let fields = body.split(';').map(str::trim).filter(|field| !field.is_empty());
    fields
        .map(|field| {
            let (head, annotation) = match field.split_once('(') {
                Some((head, annotation)) => (head, Some(annotation.trim().strip_suffix(')')?)),
                None => (field, None),
            };
            let mut words = head.split_whitespace();
            let (_repetition, physical, name) = (words.next()?, words.next()?, words.next()?);
            let mut type_name = physical.to_ascii_lowercase();
            if let Some(annotation) = annotation {
                type_name.push_str(&format!(" ({})", annotation.to_ascii_uppercase()));
            }
            Some(Declared {
                name,
                type_name: Some(type_name),
            })
        })
        .collect()
}

/// Whether a column of the declared type can be read; the type's name when it cannot.
fn check_type(column: Column, type_name: Option<&str>, format: InventoryFormat) -> Result<(), String> {
    let Some(type_name) = type_name else { return Ok(()) };
    let fits = match (column.column_type(), format) {
        (ColumnType::Undocumented, _) | (_, InventoryFormat::Csv) => true,
        (ColumnType::Text, InventoryFormat::Orc) => type_name == "string" || type_name.starts_with("varchar"),
        (ColumnType::Integer, InventoryFormat::Orc) => matches!(type_name, "bigint" | "long"),
        (ColumnType::Boolean, _) => type_name == "boolean",
        (ColumnType::Timestamp, InventoryFormat::Orc) => type_name.starts_with("timestamp"),
        (ColumnType::Text, InventoryFormat::Parquet) => {
            matches!(type_name, "binary (UTF8)" | "binary (STRING)")
        }
        (ColumnType::Integer, InventoryFormat::Parquet) => {
            type_name == "int64" || type_name.starts_with("int64 (INT")
        }
        (ColumnType::Timestamp, InventoryFormat::Parquet) => {
            type_name.starts_with("int64 (TIMESTAMP") || type_name == "int96"
        }
    };
    if fits { Ok(()) } else { Err(type_name.to_string()) }
}
