//! The SDK's words in ours, and ours in the SDK's.

use crate::object::ObjectFacts;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectLockLegalHoldStatus, ServerSideEncryption};
use model::encryption::ObjectEncryption;
use model::inventory::{EncryptionStatus, StorageClass};
use model::quantity::Bytes;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Name under which a website redirect is kept among the headers.
pub(super) const REDIRECT: &str = "x-amz-website-redirect-location";

/// An entity tag without its quotes.
pub(super) fn bare_tag(tag: Option<&str>) -> String {
    tag.unwrap_or_default().trim_matches('"').to_string()
}

/// An entity tag with its quotes, as conditions take it.
pub(super) fn quoted_tag(tag: &str) -> String {
    format!("\"{tag}\"")
}

pub(super) fn millis(date: Option<&DateTime>) -> Option<UnixMillis> {
    date.and_then(|date| date.to_millis().ok()).map(UnixMillis)
}

/// Encryption by the algorithm that S3 names; nothing named means that it is not encrypted by S3, or under a customer's
/// key.
pub(super) fn status(algorithm: Option<&ServerSideEncryption>, customer_key: bool) -> EncryptionStatus {
    match algorithm {
        Some(ServerSideEncryption::Aes256) => EncryptionStatus::SseS3,
        Some(ServerSideEncryption::AwsKms) => EncryptionStatus::SseKms,
        Some(ServerSideEncryption::AwsKmsDsse) => EncryptionStatus::DsseKms,
        Some(_) => EncryptionStatus::Unknown,
        None if customer_key => EncryptionStatus::SseC,
        None => EncryptionStatus::NotSse,
    }
}

/// The algorithm for a status that a bucket's default can have.
pub(super) fn algorithm(status: EncryptionStatus) -> Option<ServerSideEncryption> {
    match status {
        EncryptionStatus::SseS3 => Some(ServerSideEncryption::Aes256),
        EncryptionStatus::SseKms => Some(ServerSideEncryption::AwsKms),
        EncryptionStatus::DsseKms => Some(ServerSideEncryption::AwsKmsDsse),
        EncryptionStatus::SseC | EncryptionStatus::NotSse | EncryptionStatus::Unknown => None,
    }
}

/// What `HeadObject` told.
pub(super) fn facts(head: &HeadObjectOutput) -> ObjectFacts {
    let class = head.storage_class().map_or("STANDARD", |class| class.as_str());
    let metadata = head.metadata().into_iter().flatten();
    ObjectFacts {
        size: Bytes(u64::try_from(head.content_length().unwrap_or(0)).unwrap_or(0)),
        e_tag: bare_tag(head.e_tag()),
        last_modified: millis(head.last_modified()),
        storage_class: StorageClass::parse(class).unwrap_or(StorageClass::UNKNOWN),
        encryption: ObjectEncryption {
            status: status(
                head.server_side_encryption(),
                head.sse_customer_algorithm().is_some(),
            ),
            key: head.ssekms_key_id().map(ToString::to_string),
            bucket_key: head.bucket_key_enabled().unwrap_or(false),
        },
        version_id: head.version_id().map(ToString::to_string),
        metadata: metadata
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        headers: headers(head),
        locked: locked(head),
    }
}

fn headers(head: &HeadObjectOutput) -> BTreeMap<String, String> {
    let told = [
        ("cache-control", head.cache_control()),
        ("content-disposition", head.content_disposition()),
        ("content-encoding", head.content_encoding()),
        ("content-language", head.content_language()),
        ("content-type", head.content_type()),
        ("expires", head.expires_string()),
        (REDIRECT, head.website_redirect_location()),
    ];
    let present = told
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)));
    present
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

fn locked(head: &HeadObjectOutput) -> bool {
    let held = head.object_lock_legal_hold_status() == Some(&ObjectLockLegalHoldStatus::On);
    let retained = head
        .object_lock_retain_until_date()
        .is_some_and(|until| *until > DateTime::from(SystemTime::now()));
    held || retained
}

/// The algorithm of the checksum that an object carries.
pub(super) fn checksum(head: &HeadObjectOutput) -> Option<ChecksumAlgorithm> {
    let carried = [
        (head.checksum_crc64_nvme(), ChecksumAlgorithm::Crc64Nvme),
        (head.checksum_crc32(), ChecksumAlgorithm::Crc32),
        (head.checksum_crc32_c(), ChecksumAlgorithm::Crc32C),
        (head.checksum_sha1(), ChecksumAlgorithm::Sha1),
        (head.checksum_sha256(), ChecksumAlgorithm::Sha256),
    ];
    carried
        .into_iter()
        .find_map(|(value, algorithm)| value.map(|_| algorithm))
}
