//! One row as a data file gives it, before any word in it is interpreted. The three readers fill it through [`Cells`];
//! [`crate::rules`] says what it means.

use crate::columns::Column;
use crate::error::RowProblem;
use crate::key::RawKey;
use model::inventory::BucketKeyStatus;
use model::time::UnixMillis;

/// The cells of one row, by column. A column that the file lacks reads as empty.
pub(crate) trait Cells {
    /// Whether the format encodes keys.
    const KEYS_ENCODED: bool;

    /// Text; empty when there is none.
    fn text(&self, column: Column) -> &str;
    /// A truth value, if any.
    fn boolean(&self, column: Column) -> Result<Option<bool>, RowProblem>;
    /// A count, if any.
    fn count(&self, column: Column) -> Result<Option<u64>, RowProblem>;
    /// A point in time, if any.
    fn timestamp(&self, column: Column) -> Result<Option<UnixMillis>, RowProblem>;
}

/// A row whose cells have types.
#[derive(Debug)]
pub(crate) struct RawRow<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: RawKey<'a>,
    pub(crate) version_id: &'a str,
    pub(crate) is_latest: Option<bool>,
    pub(crate) is_delete_marker: Option<bool>,
    pub(crate) size: Option<u64>,
    pub(crate) last_modified: Option<UnixMillis>,
    pub(crate) e_tag: &'a str,
    pub(crate) storage_class: &'a str,
    pub(crate) encryption_status: &'a str,
    pub(crate) bucket_key_status: &'a str,
    pub(crate) kms_key: &'a str,
    pub(crate) retain_until: Option<UnixMillis>,
    pub(crate) lock_mode: &'a str,
    pub(crate) legal_hold: &'a str,
}

impl<'a> RawRow<'a> {
    /// Reads every cell that is ever used.
    pub(crate) fn of<C: Cells>(cells: &'a C) -> Result<Self, RowProblem> {
        Ok(Self {
            bucket: cells.text(Column::Bucket),
            key: RawKey {
                text: cells.text(Column::Key),
                encoded: C::KEYS_ENCODED,
            },
            version_id: cells.text(Column::VersionId),
            is_latest: cells.boolean(Column::IsLatest)?,
            is_delete_marker: cells.boolean(Column::IsDeleteMarker)?,
            size: cells.count(Column::Size)?,
            last_modified: cells.timestamp(Column::LastModifiedDate)?,
            e_tag: cells.text(Column::ETag),
            storage_class: cells.text(Column::StorageClass),
            encryption_status: cells.text(Column::EncryptionStatus),
            bucket_key_status: bucket_key_status(cells)?,
            kms_key: cells.text(Column::KmsKeyArn),
            retain_until: cells.timestamp(Column::ObjectLockRetainUntilDate)?,
            lock_mode: cells.text(Column::ObjectLockMode),
            legal_hold: cells.text(Column::ObjectLockLegalHoldStatus),
        })
    }
}

/// An inventory says it in a word, an S3 Metadata table by a truth value.
fn bucket_key_status<C: Cells>(cells: &C) -> Result<&str, RowProblem> {
    let word = cells.text(Column::BucketKeyStatus);
    if !word.is_empty() {
        return Ok(word);
    }
    let enabled = cells.boolean(Column::IsBucketKeyEnabled)?;
    Ok(enabled.map_or("", |enabled| {
        if enabled {
            BucketKeyStatus::Enabled.word()
        } else {
            BucketKeyStatus::Disabled.word()
        }
    }))
}
