//! Which objects of a plan a later inventory lists under something else than SSE-KMS: some of its rows are held, and the
//! plan's rows are held against them. Called by the server, which reads both lists from their files, in turns where the
//! later one has more such rows than are held at once.

use crate::inventory::{EncryptionStatus, SnapshotId};
use crate::method::Method;
use crate::quantity::Bytes;
use crate::row::ObjectRow;
use std::collections::HashMap;

/// Rows that are held at once: some tens of megabytes.
const HELD: usize = 100_000;

/// An object of the plan that a later inventory lists under something else than SSE-KMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaterException {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version, where the later inventory names one.
    pub version_id: Option<String>,
    /// Size by the later inventory.
    pub size: Bytes,
    /// Encryption by the later inventory.
    pub encryption_status: EncryptionStatus,
    /// The later inventory.
    pub snapshot: SnapshotId,
}

/// A row that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    version_id: Option<String>,
    current: bool,
    /// Size.
    pub size: Bytes,
    /// Encryption.
    pub encryption_status: EncryptionStatus,
}

impl Listed {
    /// Whether it is what a row of the plan became. A copy makes the current object; an update leaves the version that it
    /// is, which a list of current objects does not name.
    fn is_of(&self, planned: &ObjectRow, method: Method) -> bool {
        let same_version = self.version_id.is_some() && self.version_id == planned.version_id;
        match method {
            Method::CopyObject => self.current,
            Method::UpdateObjectEncryption if self.version_id.is_some() && planned.version_id.is_some() => {
                same_version
            }
            Method::UpdateObjectEncryption => self.current && planned.current,
        }
    }

    /// With what names it.
    #[must_use]
    pub fn exception(&self, bucket: &str, key: &str, snapshot: &SnapshotId) -> LaterException {
        LaterException {
            bucket: bucket.to_string(),
            key: key.to_string(),
            version_id: self.version_id.clone(),
            size: self.size,
            encryption_status: self.encryption_status,
            snapshot: snapshot.clone(),
        }
    }
}

/// Rows of a later inventory that are not under SSE-KMS.
#[derive(Debug, Default)]
pub struct Otherwise {
    held: usize,
    by_key: HashMap<String, Vec<Listed>>,
}

impl Otherwise {
    /// Holds a row, unless it is under SSE-KMS or DSSE-KMS or has no data.
    pub fn take(&mut self, row: ObjectRow) {
        let under_kms = matches!(
            row.encryption_status,
            EncryptionStatus::SseKms | EncryptionStatus::DsseKms
        );
        if under_kms || row.delete_marker {
            return;
        }
        self.held += 1;
        self.by_key.entry(row.key).or_default().push(Listed {
            version_id: row.version_id,
            current: row.current,
            size: row.size,
            encryption_status: row.encryption_status,
        });
    }

    /// Whether no more should be taken before these were looked for.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.held >= HELD
    }

    /// Whether none is held.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// What a row that the plan converts by a method is listed as.
    #[must_use]
    pub fn of(&self, planned: &ObjectRow, method: Method) -> Option<&Listed> {
        let listed = self.by_key.get(&planned.key)?;
        listed.iter().find(|listed| listed.is_of(planned, method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{BucketKeyStatus, StorageClass};

    fn row(version: Option<&str>, current: bool, status: EncryptionStatus) -> ObjectRow {
        ObjectRow {
            key: "k".to_string(),
            version_id: version.map(str::to_string),
            current,
            delete_marker: false,
            size: Bytes(7),
            last_modified: None,
            e_tag: String::new(),
            storage_class: StorageClass::Standard,
            encryption_status: status,
            bucket_key_status: BucketKeyStatus::Disabled,
            locked: false,
        }
    }

    #[test]
    fn what_a_row_became_is_found_by_its_method_and_version() {
        use EncryptionStatus as E;
        use Method::{CopyObject, UpdateObjectEncryption};
        let cases = [
            // An update leaves the version.
            (
                UpdateObjectEncryption,
                Some("1"),
                true,
                (Some("1"), true, E::SseS3),
                true,
            ),
            (
                UpdateObjectEncryption,
                Some("1"),
                true,
                (Some("2"), true, E::SseS3),
                false,
            ),
            (
                UpdateObjectEncryption,
                Some("1"),
                false,
                (Some("1"), false, E::SseS3),
                true,
            ),
            // A copy makes a version, and the old one stays as it was.
            (CopyObject, Some("1"), true, (Some("1"), false, E::NotSse), false),
            (CopyObject, Some("1"), true, (Some("2"), true, E::SseS3), true),
            // Lists of current objects name no version.
            (UpdateObjectEncryption, None, true, (None, true, E::SseC), true),
            (
                UpdateObjectEncryption,
                Some("1"),
                true,
                (None, true, E::SseS3),
                true,
            ),
            (
                UpdateObjectEncryption,
                Some("1"),
                false,
                (None, true, E::SseS3),
                false,
            ),
            // Under KMS it is as planned.
            (UpdateObjectEncryption, None, true, (None, true, E::SseKms), false),
            (CopyObject, None, true, (None, true, E::DsseKms), false),
        ];
        for (method, version, current, (later, is_current, status), is_found) in cases {
            let mut otherwise = Otherwise::default();
            otherwise.take(row(later, is_current, status));
            let found = otherwise.of(&row(version, current, E::SseS3), method);
            assert_eq!(
                found.is_some(),
                is_found,
                "{method:?} {version:?} {current} {later:?} {is_current} {status:?}"
            );
        }
        let marker = ObjectRow {
            delete_marker: true,
            ..row(None, true, E::Unknown)
        };
        let mut otherwise = Otherwise::default();
        otherwise.take(marker);
        assert!(otherwise.is_empty());
    }
}
