//! One row of an inventory: an object version or a delete marker. `ingest` reads rows, the runner works through them;
//! nothing stores them.

use crate::inventory::{BucketKeyStatus, EncryptionStatus, StorageClass};
use crate::quantity::Bytes;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// An object version or a delete marker, as an inventory lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRow {
    /// Key, decoded.
    pub key: String,
    /// Version; `None` in a list of current versions, `Some("null")` for the null version of a list of all versions.
    pub version_id: Option<String>,
    /// Whether it is the current version.
    pub current: bool,
    /// Whether it is a delete marker, which has no data and is never converted.
    pub delete_marker: bool,
    /// Size.
    pub size: Bytes,
    /// Last modified.
    pub last_modified: Option<UnixMillis>,
    /// Entity tag without quotes; empty when the inventory leaves it out.
    pub e_tag: String,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Encryption at rest.
    pub encryption_status: EncryptionStatus,
    /// Whether a bucket key is used.
    pub bucket_key_status: BucketKeyStatus,
    /// Under Object Lock retention or legal hold.
    pub locked: bool,
}
