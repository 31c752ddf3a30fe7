//! What AWS refuses and in which words: rules about one object version. Called by the operations of `world`. Texts are of
//! the botocore model of 2026-11-17 (`UpdateObjectEncryption`) and of Amazon S3 API Reference, error responses (2026-04).

use super::object::Version;
use crate::error::Fault;
use crate::object::CopyOrder;
use model::inventory::{EncryptionStatus, StorageClass};
use model::time::UnixMillis;

/// What it means, and code and message.
pub(super) type Refusal = (Fault, &'static str);

const NO_UNENCRYPTED: &str = "InvalidRequest: The UpdateObjectEncryption operation doesn't supported unencrypted source objects. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.";
const NO_DUAL_OR_CUSTOMER: &str = "InvalidRequest: The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.";
pub(super) const OTHER_ACCOUNT: &str = "AccessDenied: The Amazon Web Services KMS key in the request must be owned by the same account as the bucket. Modify the request to specify a KMS key from the same account, and then try again.";
const LOCKED: &str = "AccessDenied: The encryption type for the specified object can’t be updated because that object is protected by S3 Object Lock. If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock status on the object before you issue your UpdateObjectEncryption request. You can't use the UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period applied to them.";
pub(super) const NOT_CUSTOMER_MANAGED: &str = "InvalidRequest: Requests that modify an object's encryption type to SSE-KMS require a valid Amazon Web Services KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.";
pub(super) const NEEDS_CUSTOMER_KEY: &str = "InvalidRequest: The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.";
const ARCHIVED: &str = "InvalidObjectState: The operation is not valid for the object's storage class";
pub(super) const CHANGED: &str =
    "PreconditionFailed: At least one of the pre-conditions you specified did not hold";
const LOCK_LOST: &str = "a copy would not carry the object's lock over";
const NO_CLASS: &str = "InvalidStorageClass: The storage class you specified is not valid";
pub(super) const NO_BUCKET: &str = "NoSuchBucket: The specified bucket does not exist";

/// Whether `UpdateObjectEncryption` takes an object as it is.
pub(super) fn admissible(version: &Version, now: UnixMillis) -> Result<(), Refusal> {
    match version.encryption.status {
        EncryptionStatus::NotSse => Err((Fault::Refused, NO_UNENCRYPTED)),
        EncryptionStatus::SseC | EncryptionStatus::DsseKms => Err((Fault::Refused, NO_DUAL_OR_CUSTOMER)),
        _ if version.lock.holds(now) => Err((Fault::Locked, LOCKED)),
        _ => Ok(()),
    }
}

/// Whether the body can be had.
pub(super) fn readable(version: &Version) -> Result<(), Refusal> {
    if version.encryption.status == EncryptionStatus::SseC {
        return Err((Fault::Refused, NEEDS_CUSTOMER_KEY));
    }
    if version.class.needs_restore() && !version.restored {
        return Err((Fault::NeedsRestore, ARCHIVED));
    }
    Ok(())
}

/// Whether a copy in place may read the object, and it is the one that was seen.
pub(super) fn copyable(version: &Version, order: &CopyOrder, now: UnixMillis) -> Result<(), Refusal> {
    let came_under_key = version.encryption.key.is_some() && order.seen.encryption.key.is_none();
    if version.e_tag() != order.seen.e_tag || came_under_key {
        return Err((Fault::Changed, CHANGED));
    }
    if version.lock.holds(now) {
        return Err((Fault::Locked, LOCK_LOST));
    }
    readable(version)?;
    if order.seen.storage_class == StorageClass::Unknown {
        return Err((Fault::Refused, NO_CLASS));
    }
    if version.class != order.seen.storage_class {
        return Err((Fault::Changed, CHANGED));
    }
    Ok(())
}
