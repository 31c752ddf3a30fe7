//! Bounds on what a delivery may hold, each with its reason. Read by every reader of this crate; none is a setting,
//! because none is met by a delivery that S3 writes.

/// Largest `manifest.json`. S3 lists some 200 bytes per data file, so this is about 300,000 files.
pub const MANIFEST_BYTES_MAX: u64 = 64 << 20;

/// Largest Macie document. One bucket takes about 2 KiB and Macie watches 10,000 buckets per account (AWS SDK for
/// Kotlin reference, `BucketMetadata.errorCode`).
pub const MACIE_BYTES_MAX: u64 = 256 << 20;

/// Most data files in one delivery; keeps the list of results and of shards small.
pub const FILES_MAX: usize = 100_000;

/// Largest row of a CSV file. A key has at most 1,024 bytes, thrice that when encoded; the base64 access list is the
/// only longer field. More than this is a lost quote, not a row.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// First prefix segments kept by name per bucket, unless the caller asks for another number: more rows than a person
/// reads, few enough that every page computes over all groups at once.
pub const PREFIXES_MAX: usize = 1_000;

/// First prefix segments followed while reading, so that the largest can be kept at the end. Bounds memory when every
/// key begins with another segment: at some 200 bytes per group this is a few megabytes.
pub const PREFIXES_TRACKED_MAX: usize = 20_000;

/// Distinct words, such as unknown storage classes, told apart in warnings; the rest is counted together.
pub const ODD_WORDS_MAX: usize = 64;

/// Characters of an unexpected value that a message repeats.
pub const EXCERPT_CHARS_MAX: usize = 80;

/// Data files read at the same time, at most; each takes the memory of one batch.
pub const READERS_MAX: usize = 4;

/// Rows between two looks at the cancel flag, and between two counts of progress.
pub const ROWS_PER_STEP: u64 = 16_384;

/// Rows decoded at once from a Parquet file: about 30 MB of the columns needed.
pub const PARQUET_WINDOW_ROWS: usize = 131_072;

/// Rows decoded at once from an ORC file.
pub const ORC_BATCH_ROWS: usize = 8_192;

/// Distinct KMS keys told apart in one table; the rest is counted together. A Region of an account may have more keys, but
/// nobody puts a bucket's objects under that many.
pub const KEYS_MAX: usize = 10_000;

/// Buckets told apart in one table: a table is of one bucket, and a folder may hold some.
pub const TABLE_BUCKETS_MAX: usize = 1_000;

/// Bytes read at once from a file.
pub const READ_BYTES: usize = 256 << 10;

/// Folders looked into below the one that was named: destination bucket, prefix, source bucket, configuration, date.
pub const SEARCH_DEPTH_MAX: usize = 5;

/// Folders looked into before the search gives up and asks for the manifest by name.
pub const SEARCH_FOLDERS_MAX: usize = 100_000;
