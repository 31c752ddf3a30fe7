//! What can be wrong with a delivery, by meaning. Each message names the file, row or column and what to do; the cause
//! underneath stays reachable through `source()`. Returned by everything in this crate; the server turns it into exit
//! code 2 or a page.

use crate::columns::Column;
use std::path::PathBuf;

/// A cause from a library, kept for whoever prints the chain.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a source was not imported. Nothing of it is kept then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The path leads nowhere.
    #[error("{} does not exist: name a manifest.json, a directory that holds one, or a Macie JSON file", path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// A directory without a delivery.
    #[error("{} holds no inventory delivery: no manifest.json in it or in dated folders below it", path.display())]
    NoDelivery {
        /// The directory.
        path: PathBuf,
    },
    /// A directory with deliveries of several configurations.
    #[error("{} holds several inventories: name one of {}", path.display(), found.join(", "))]
    SeveralDeliveries {
        /// The directory.
        path: PathBuf,
        /// Folders of the configurations, relative to it.
        found: Vec<String>,
    },
    /// A file that is neither a manifest nor Macie's list.
    #[error("{} is no inventory manifest and no Macie bucket list: it holds {found}", path.display())]
    NotAManifest {
        /// The file.
        path: PathBuf,
        /// What it holds instead.
        found: String,
    },
    /// JSON that does not parse, or is of another form.
    #[error("{} is not the JSON that AWS writes: fetch it again", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A field of the manifest that is missing or means nothing.
    #[error("{}: {field} {problem}", path.display())]
    ManifestField {
        /// The manifest.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A file beyond a limit of this program.
    #[error("{} has {found} {unit}; the most that is read is {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many it has.
        found: u64,
        /// Of what.
        unit: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The mark that S3 writes last is not there.
    #[error("{} has no manifest.checksum beside it: the delivery is not complete yet; wait for it or name an older one", path.display())]
    ChecksumMissing {
        /// The manifest.
        path: PathBuf,
    },
    /// A file is not what its checksum says.
    #[error("{} has MD5 {found} instead of {expected}: it was changed or cut; fetch it again", path.display())]
    ChecksumMismatch {
        /// The file.
        path: PathBuf,
        /// By manifest or manifest.checksum.
        expected: String,
        /// As computed.
        found: String,
    },
    /// A data file has another length than the manifest says.
    #[error("{} has {found} bytes instead of {expected}: it was changed or cut; fetch it again", path.display())]
    SizeMismatch {
        /// The file.
        path: PathBuf,
        /// By the manifest.
        expected: u64,
        /// On disk.
        found: u64,
    },
    /// A column that no document names.
    #[error("{}: fileSchema names the unknown column `{column}`: this version cannot tell what it means", path.display())]
    UnknownColumn {
        /// The manifest.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// `Bucket` or `Key` is not there.
    #[error("{}: fileSchema lacks the column {column}, without which rows mean nothing", path.display())]
    MissingColumn {
        /// The manifest.
        path: PathBuf,
        /// The column.
        column: Column,
    },
    /// A column is listed twice.
    #[error("{}: fileSchema names the column {column} twice", path.display())]
    RepeatedColumn {
        /// The manifest.
        path: PathBuf,
        /// The column.
        column: Column,
    },
    /// A column has a type that it cannot be read from.
    #[error("{}: column {column} is of type {found}, expected {expected}", path.display())]
    ColumnType {
        /// Manifest or data file.
        path: PathBuf,
        /// The column.
        column: Column,
        /// As declared.
        found: String,
        /// As documented.
        expected: &'static str,
    },
    /// A data file lacks a column of the schema.
    #[error("{} lacks the column {column} that the manifest's fileSchema names", path.display())]
    ColumnNotInFile {
        /// The data file.
        path: PathBuf,
        /// The column.
        column: Column,
    },
    /// A data file has a column that the schema does not name.
    #[error("{} has the column `{column}` that the manifest's fileSchema does not name", path.display())]
    ColumnNotInSchema {
        /// The data file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A key that would leave the delivery.
    #[error("{}: the file key `{key}` leaves the delivery and is refused", path.display())]
    UnsafeKey {
        /// The manifest.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A data file is listed twice and would be counted twice.
    #[error("{}: the file `{key}` is listed twice", path.display())]
    RepeatedFile {
        /// The manifest.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A data file is not there.
    #[error("the data file `{key}` is neither under the folder that the manifest's layout gives nor in {}: copy it there", looked.display())]
    FileMissing {
        /// Its key.
        key: String,
        /// Where it was last looked for.
        looked: PathBuf,
    },
    /// A file could not be read.
    #[error("{} could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Compressed or columnar content is broken.
    #[error("{} is broken after row {rows_read}: it was cut or written wrongly; fetch it again", path.display())]
    Broken {
        /// The data file.
        path: PathBuf,
        /// Rows that could be read.
        rows_read: u64,
        /// What the decoder says.
        #[source]
        source: Cause,
    },
    /// A row that cannot mean what its columns say.
    #[error("{}, row {row}: {problem}", path.display())]
    Row {
        /// The data file.
        path: PathBuf,
        /// Its number, the first being 1.
        row: u64,
        /// What is wrong with it.
        problem: RowProblem,
    },
    /// A Parquet file that is not of an S3 Metadata table.
    #[error(
        "{} is a Parquet file without the column {missing}, so it is not of an S3 Metadata inventory table: of an S3 Inventory name its manifest.json instead",
        path.display()
    )]
    NotATable {
        /// The file.
        path: PathBuf,
        /// The first column that it lacks.
        missing: &'static str,
    },
    /// Files of a table in one folder that differ in their columns.
    #[error("{} has other columns than {}: files of one table have the same; name one table at a time", path.display(), first.display())]
    MixedTable {
        /// The file.
        path: PathBuf,
        /// The one that was read before.
        first: PathBuf,
    },
    /// There is nothing in it.
    #[error("{} lists no objects: the bucket was empty or the inventory's filter matches nothing", path.display())]
    Empty {
        /// The manifest or document.
        path: PathBuf,
    },
    /// Macie knows counts, not objects.
    #[error("{} is Macie's bucket list, which names no objects: import an S3 Inventory for this", path.display())]
    NoRows {
        /// The document.
        path: PathBuf,
    },
    /// A table is counted, and migrations do not run from it.
    #[error("{} is of an S3 Metadata table, which migrations do not run from: import an S3 Inventory for this", path.display())]
    NoManifest {
        /// A file of it.
        path: PathBuf,
    },
    /// There is no such shard.
    #[error("the delivery has {shards} data files; number {shard} does not exist")]
    NoSuchShard {
        /// The one asked for, the first being 0.
        shard: usize,
        /// How many there are.
        shards: usize,
    },
    /// The caller called it off.
    #[error("the import was cancelled")]
    Cancelled,
}

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// Too many or too few fields.
    #[error("{found} fields instead of the {expected} that fileSchema names")]
    FieldCount {
        /// In the row.
        found: usize,
        /// In the schema.
        expected: usize,
    },
    /// A quote that does not end, or one where none may be.
    #[error("a quotation mark is misplaced in field {field}")]
    Quote {
        /// The field, the first being 1.
        field: usize,
    },
    /// Longer than any row of an inventory.
    #[error("longer than {limit} bytes, so a quotation mark is probably missing")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are not text.
    #[error("not UTF-8 text")]
    NotText,
    /// A value that its column does not allow.
    #[error("{column} is `{value}`, expected {expected}")]
    Value {
        /// The column.
        column: Column,
        /// The value, shortened.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// The row belongs to another bucket than the manifest's.
    #[error("Bucket is `{found}`, but the manifest is of `{expected}`")]
    OtherBucket {
        /// In the row.
        found: String,
        /// `sourceBucket` of the manifest.
        expected: String,
    },
}

impl RowProblem {
    /// A value that its column does not allow, shortened for the message.
    pub(crate) fn value(column: Column, value: &str, expected: &'static str) -> Self {
        Self::Value {
            column,
            value: excerpt(value),
            expected,
        }
    }
}

/// As much of a text as a message repeats, control characters escaped.
pub(crate) fn excerpt(text: &str) -> String {
    let limit = crate::limits::EXCERPT_CHARS_MAX;
    let mut short: String = text.chars().take(limit).flat_map(char::escape_debug).collect();
    if text.chars().nth(limit).is_some() {
        short.push('…');
    }
    short
}
