//! What the cells of a row mean: words to values, which version is current, what is locked. One set of rules for the
//! groups and for the runner's rows, so that both see the same objects.

use crate::columns::Column;
use crate::error::{RowProblem, excerpt};
use crate::manifest::Manifest;
use crate::row::RawRow;
use crate::schema::FileSchema;
use model::inventory::{BucketKeyStatus, EncryptionStatus, StorageClass};
use model::quantity::Bytes;
use model::row::ObjectRow;
use model::time::UnixMillis;

/// The rules for one delivery.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    source_bucket: String,
    created: UnixMillis,
    schema: FileSchema,
}

/// A row, understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) current: bool,
    pub(crate) delete_marker: bool,
    pub(crate) size: Option<Bytes>,
    pub(crate) last_modified: Option<UnixMillis>,
    pub(crate) storage_class: StorageClass,
    pub(crate) encryption_status: EncryptionStatus,
    pub(crate) bucket_key_status: BucketKeyStatus,
    pub(crate) locked: bool,
}

/// Something in a row that is kept as unknown and told in a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity<'a> {
    /// A word that this version does not know.
    UnknownWord(Column, &'a str),
    /// No value in a column that the delivery has and that every object should fill.
    NoValue(Column),
    /// A key whose bytes are no UTF-8.
    KeyNotText,
}

impl Rules {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        Self {
            source_bucket: manifest.source_bucket.clone(),
            created: manifest.created,
            schema: manifest.schema.clone(),
        }
    }

    /// The rules for a bucket in a table without a manifest, which knows no Object Lock.
    pub(crate) fn of_table(source_bucket: &str, schema: &FileSchema) -> Self {
        Self {
            source_bucket: source_bucket.to_string(),
            created: UnixMillis(0),
            schema: schema.clone(),
        }
    }

    /// Understands a row; what is odd about it goes to `odd`.
    pub(crate) fn facts<'a>(
        &self,
        row: &RawRow<'a>,
        odd: &mut impl FnMut(Oddity<'a>),
    ) -> Result<Facts, RowProblem> {
        if row.bucket != self.source_bucket {
            return Err(RowProblem::OtherBucket {
                found: excerpt(row.bucket),
                expected: self.source_bucket.clone(),
            });
        }
        let delete_marker = row.is_delete_marker.unwrap_or(false);
        let mut facts = Facts {
            current: row.is_latest.unwrap_or(true),
            delete_marker,
            size: row.size.map(Bytes),
            last_modified: row.last_modified,
            storage_class: StorageClass::UNKNOWN,
            encryption_status: EncryptionStatus::UNKNOWN,
            bucket_key_status: BucketKeyStatus::UNKNOWN,
            locked: self.locked(row),
        };
        if delete_marker {
            return Ok(facts);
        }
        self.note_missing(row, odd);
        if let Some(class) = self.word(Column::StorageClass, row.storage_class, StorageClass::parse, odd) {
            facts.storage_class = class;
        }
        let status = self.word(
            Column::EncryptionStatus,
            row.encryption_status,
            EncryptionStatus::parse,
            odd,
        );
        facts.encryption_status = status.unwrap_or(EncryptionStatus::UNKNOWN);
        // A bucket key serves KMS keys only: elsewhere an empty status is no gap.
        let needs_bucket_key = matches!(facts.encryption_status, EncryptionStatus::SseKms);
        if needs_bucket_key || !row.bucket_key_status.is_empty() {
            let status = self.word(
                Column::BucketKeyStatus,
                row.bucket_key_status,
                BucketKeyStatus::parse,
                odd,
            );
            facts.bucket_key_status = status.unwrap_or(BucketKeyStatus::UNKNOWN);
        }
        Ok(facts)
    }

    /// The row that the runner works on. Sizes that are not given read as zero; the import has warned of them.
    pub(crate) fn object_row(&self, row: &RawRow<'_>) -> Result<ObjectRow, RowProblem> {
        let facts = self.facts(row, &mut |_| {})?;
        let version_id = self.schema.has(Column::VersionId).then(|| match row.version_id {
            "" => "null".to_string(),
            id => id.to_string(),
        });
        Ok(ObjectRow {
            key: row.key.decode().text.into_owned(),
            version_id,
            current: facts.current,
            delete_marker: facts.delete_marker,
            size: facts.size.unwrap_or(Bytes::ZERO),
            last_modified: facts.last_modified,
            e_tag: row.e_tag.trim_matches('"').to_string(),
            storage_class: facts.storage_class,
            encryption_status: facts.encryption_status,
            bucket_key_status: facts.bucket_key_status,
            locked: facts.locked,
        })
    }

    /// Under legal hold, or under retention that ends after the list was taken. A mode without a date counts as locked:
    /// the date is an optional column of its own.
    fn locked(&self, row: &RawRow<'_>) -> bool {
        let held = row.legal_hold.eq_ignore_ascii_case("on");
        let retained = match row.retain_until {
            Some(until) => until > self.created,
            None => !row.lock_mode.is_empty(),
        };
        held || retained
    }

    fn note_missing<'a>(&self, row: &RawRow<'a>, odd: &mut impl FnMut(Oddity<'a>)) {
        let missing = [
            (Column::Size, row.size.is_none()),
            (Column::LastModifiedDate, row.last_modified.is_none()),
            (Column::IsLatest, row.is_latest.is_none()),
        ];
        for (column, is_missing) in missing {
            if is_missing && self.schema.has(column) {
                odd(Oddity::NoValue(column));
            }
        }
    }

    fn word<'a, T>(
        &self,
        column: Column,
        word: &'a str,
        parse: fn(&str) -> Option<T>,
        odd: &mut impl FnMut(Oddity<'a>),
    ) -> Option<T> {
        let value = parse(word);
        if value.is_none() && self.schema.has(column) {
            odd(if word.is_empty() {
                Oddity::NoValue(column)
            } else {
                Oddity::UnknownWord(column, word)
            });
        }
        value
    }
}
