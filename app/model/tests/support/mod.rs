//! What the tests of the model are made of: an object group to vary.

use model::inventory::{BucketKeyStatus, EncryptionStatus, ObjectGroup, SizeBand, StorageClass};
use model::quantity::{Bytes, Objects};

/// Current SSE-S3 objects in Standard, none of them locked or large; nothing is known of their Region and dates.
pub(crate) fn group(bucket: &str, objects: u64, bytes: u64) -> ObjectGroup {
    ObjectGroup {
        bucket: bucket.to_string(),
        region: None,
        prefix: "archive/".to_string(),
        storage_class: StorageClass::Standard,
        encryption_status: EncryptionStatus::SseS3,
        bucket_key_status: BucketKeyStatus::Disabled,
        current: true,
        size_band: SizeBand::To5Gib,
        objects: Objects(objects),
        bytes: Bytes(bytes),
        over_5_gib: Objects(0),
        locked: Objects(0),
        locked_bytes: Bytes(0),
        oldest: None,
        newest: None,
    }
}
