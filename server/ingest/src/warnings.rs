//! Collects what was kept as unknown and writes it as warnings: each says what the figures lose. Filled by
//! [`crate::groups`], emptied into the snapshot by [`crate::import()`].

use crate::columns::Column;
use crate::error::excerpt;
use crate::limits;
use crate::rules::Oddity;
use crate::schema::FileSchema;
use model::inventory::ImportWarning;
use std::collections::BTreeMap;

/// What was odd in one or more files, by kind.
#[derive(Debug, Default)]
pub(crate) struct Oddities {
    seen: BTreeMap<Kind, Seen>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    UnknownWord(Column, String),
    OtherUnknownWords(Column),
    NoValue(Column),
    KeyNotText,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    rows: u64,
    first_row: u64,
    /// Index of the file in the delivery.
    first_file: usize,
}

impl Oddities {
    /// Counts one oddity at a row of a file.
    pub(crate) fn note(&mut self, oddity: Oddity<'_>, file: usize, row: u64) {
        let kind = match oddity {
            Oddity::UnknownWord(column, word) => Kind::UnknownWord(column, excerpt(word)),
            Oddity::NoValue(column) => Kind::NoValue(column),
            Oddity::KeyNotText => Kind::KeyNotText,
        };
        self.add(
            kind,
            Seen {
                rows: 1,
                first_row: row,
                first_file: file,
            },
        );
    }

    /// Adds those of another file, which comes later in the delivery.
    pub(crate) fn merge(&mut self, later: Self) {
        for (kind, seen) in later.seen {
            self.add(kind, seen);
        }
    }

    fn add(&mut self, kind: Kind, seen: Seen) {
        if let Some(known) = self.seen.get_mut(&kind) {
            known.rows += seen.rows;
            return;
        }
        match kind {
            Kind::UnknownWord(column, _) if self.seen.len() >= limits::ODD_WORDS_MAX => {
                let others = self.seen.entry(Kind::OtherUnknownWords(column));
                others.and_modify(|known| known.rows += seen.rows).or_insert(seen);
            }
            kind => {
                self.seen.insert(kind, seen);
            }
        }
    }

    /// The warnings, words of one column together. `file_name` names a file by its index.
    pub(crate) fn into_warnings<'n>(self, file_name: impl Fn(usize) -> &'n str) -> Vec<ImportWarning> {
        let warning = |(kind, seen): (Kind, Seen)| ImportWarning {
            message: message(&kind),
            rows: seen.rows,
            first_seen: format!("{}, row {}", file_name(seen.first_file), seen.first_row),
        };
        self.seen.into_iter().map(warning).collect()
    }
}

fn message(kind: &Kind) -> String {
    match kind {
        Kind::UnknownWord(column, word) => {
            format!(
                "{column} `{word}` is not known to this version: counted as UNKNOWN, {}",
                loss(*column)
            )
        }
        Kind::OtherUnknownWords(column) => {
            format!(
                "{column} has many more words that are not known: counted as UNKNOWN, {}",
                loss(*column)
            )
        }
        Kind::NoValue(column) => format!("{column} is empty: {}", loss(*column)),
        Kind::KeyNotText => {
            "Key is not UTF-8 once decoded: its prefix is shown with replaced characters".to_string()
        }
    }
}

/// What figures lose where a column says nothing.
const fn loss(column: Column) -> &'static str {
    match column {
        Column::Size => {
            "bytes and size bands leave these objects out, so storage and copy costs are lower bounds"
        }
        Column::LastModifiedDate => "the age of these objects is unknown",
        Column::StorageClass => "these objects have no storage price and restore needs are unknown",
        Column::EncryptionStatus => "whether these objects are to be converted is unknown",
        Column::BucketKeyStatus => "whether these objects use a bucket key is unknown",
        Column::IsLatest => "these versions count as current",
        Column::IsDeleteMarker => "delete markers cannot be told from objects and are counted as such",
        Column::ETag => "a change since the list was taken is noticed by date only",
        _ => "it is not used",
    }
}

/// One warning for each column that the delivery lacks and figures need; they concern all its rows.
pub(crate) fn of_absent_columns(schema: &FileSchema, rows: u64, first_seen: &str) -> Vec<ImportWarning> {
    let warning = |message: String| ImportWarning {
        message,
        rows,
        first_seen: first_seen.to_string(),
    };
    let mut warnings = Vec::new();
    let needed = [
        Column::Size,
        Column::LastModifiedDate,
        Column::ETag,
        Column::StorageClass,
        Column::EncryptionStatus,
        Column::BucketKeyStatus,
    ];
    for column in needed.into_iter().filter(|column| !schema.has(*column)) {
        warnings.push(warning(format!(
            "the inventory has no column {column}: {}",
            loss(column)
        )));
    }
    let locks = [
        Column::ObjectLockRetainUntilDate,
        Column::ObjectLockMode,
        Column::ObjectLockLegalHoldStatus,
    ];
    let absent: Vec<&str> = locks
        .iter()
        .filter(|lock| !schema.has(**lock))
        .map(|lock| lock.csv_name())
        .collect();
    if !absent.is_empty() {
        let names = absent.join(", ");
        warnings.push(warning(format!(
            "the inventory has no column {names}: objects that these lock count as unlocked"
        )));
    }
    if !schema.has(Column::VersionId) {
        warnings.push(warning(
            "the inventory lists current versions only: noncurrent versions, if there are any, are not counted".to_string(),
        ));
        return warnings;
    }
    for column in [Column::IsLatest, Column::IsDeleteMarker]
        .into_iter()
        .filter(|column| !schema.has(*column))
    {
        warnings.push(warning(format!(
            "the inventory has no column {column}: {}",
            loss(column)
        )));
    }
    warnings
}
