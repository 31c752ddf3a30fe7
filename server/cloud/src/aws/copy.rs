//! Copies in place: one `CopyObject` up to 5 GiB, parts above. What S3 would lose is read first and sent along; the object
//! must still be the one that was seen. Facts: Amazon S3 API Reference, `CopyObject` (botocore model of 2026-11-17).

use super::acl::{Grants, grants};
use super::clients::{Clients, S3};
use super::errors::cloud_error;
use super::objects::explained;
use super::still::stands_still;
use super::words::{REDIRECT, checksum, facts, quoted_tag};
use crate::encoding::encode;
use crate::error::{CloudError, Fault};
use crate::object::{CopyOrder, ObjectFacts, ObjectRef};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, MetadataDirective, ServerSideEncryption, StorageClass, TaggingDirective,
};
use model::encryption::TargetEncryption;
use model::inventory::{self, EncryptionStatus};
use model::quantity::Bytes;
use std::time::Duration;
use tokio::time::Instant;

pub(super) const OPERATION: &str = "CopyObject";
/// How long what was seen of an object is sent along with its copy.
const LOOK_HOLDS: Duration = Duration::from_secs(1);
const HEAD: &str = "HeadObject";

/// Everything that a copy sends.
#[derive(Debug)]
pub(super) struct Copy<'a> {
    pub(super) object: &'a ObjectRef,
    /// The object just before the copy.
    pub(super) now: ObjectFacts,
    pub(super) target: &'a TargetEncryption,
    pub(super) storage_class: StorageClass,
    pub(super) checksum: Option<ChecksumAlgorithm>,
    pub(super) grants: Grants,
}

impl<'a> Copy<'a> {
    fn of(
        object: &'a ObjectRef,
        order: &'a CopyOrder,
        now: ObjectFacts,
        checksum: Option<ChecksumAlgorithm>,
        grants: Grants,
    ) -> Self {
        Self {
            object,
            storage_class: StorageClass::from(now.storage_class.word()),
            now,
            target: &order.target,
            checksum,
            grants,
        }
    }

    /// Bucket, key and version as `x-amz-copy-source` takes them.
    pub(super) fn source(&self) -> String {
        let source = format!("{}/{}", self.object.bucket, encode(&self.object.key, true));
        match &self.object.version_id {
            Some(version) => format!("{source}?versionId={}", encode(version, false)),
            None => source,
        }
    }

    /// The condition on the source and on what is replaced.
    pub(super) fn condition(&self) -> String {
        quoted_tag(&self.now.e_tag)
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.now.headers.get(name).cloned()
    }
}

pub(super) async fn in_place(
    clients: &Clients,
    object: &ObjectRef,
    order: &CopyOrder,
) -> Result<(), CloudError> {
    let s3 = clients.s3_of(&object.bucket).await?;
    let mut copy = prepare(clients, &s3, object, order).await?;
    let in_parts = copy.now.size > Bytes::COPY_LIMIT;
    let seen_at = Instant::now();
    order.may_write(OPERATION, object).await?;
    if seen_at.elapsed() > LOOK_HOLDS {
        // The entity tag does not tell of an ACL, a class or a redirect that changed meanwhile. Leave is for now: after another
        // look it is asked for again, and that is the last time.
        copy = prepare(clients, &s3, object, order).await?;
        order.may_write(OPERATION, object).await?;
    }
    if in_parts {
        return super::multipart::copy(&s3, &copy, order).await;
    }
    let request = s3
        .once
        .copy_object()
        .bucket(&object.bucket)
        .key(&object.key)
        .copy_source(copy.source())
        .copy_source_if_match(copy.condition())
        .if_match(copy.condition())
        .metadata_directive(MetadataDirective::Copy)
        .tagging_directive(TaggingDirective::Copy)
        .storage_class(copy.storage_class.clone())
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id(order.target.key.as_str())
        .bucket_key_enabled(order.target.bucket_key)
        .set_checksum_algorithm(copy.checksum.clone())
        .set_website_redirect_location(copy.header(REDIRECT))
        .set_grant_full_control(copy.grants.full_control.clone())
        .set_grant_read(copy.grants.read.clone())
        .set_grant_read_acp(copy.grants.read_acp.clone())
        .set_grant_write_acp(copy.grants.write_acp.clone());
    order.sent();
    let answer = request
        .send()
        .await
        .map_err(|error| cloud_error(OPERATION, object.to_string(), error))?;
    if answer
        .copy_object_result()
        .and_then(|result| result.e_tag())
        .is_none()
    {
        let text = "the answer names no new entity tag, so it broke off before the copy ended";
        return Err(CloudError::new(
            Fault::Unanswered,
            OPERATION,
            object.to_string(),
            text,
        ));
    }
    Ok(())
}

/// Reads what has to be sent along, and refuses what cannot be copied well.
async fn prepare<'a>(
    clients: &Clients,
    s3: &S3,
    object: &'a ObjectRef,
    order: &'a CopyOrder,
) -> Result<Copy<'a>, CloudError> {
    let refused = |fault, text: &str| Err(CloudError::new(fault, OPERATION, object.to_string(), text));
    if order.seen.storage_class == inventory::StorageClass::Unknown {
        return refused(
            Fault::Refused,
            "the storage class is not known, and a copy would make it STANDARD",
        );
    }
    if order.by_inventory
        && order.seen.size <= Bytes::COPY_LIMIT
        && stands_still(clients, s3, &object.bucket).await
    {
        // S3 keeps the checksum's algorithm by itself.
        return Ok(Copy::of(
            object,
            order,
            order.seen.clone(),
            None,
            grants(clients, s3, object, Some(order)).await?,
        ));
    }
    order.may_read(HEAD, object).await?;
    let request = s3.retrying.head_object().bucket(&object.bucket).key(&object.key);
    // Where the object is under a KMS key, telling of its checksum would be a call to KMS; S3 keeps the algorithm by itself.
    let checksum_mode = (!order.seen.encryption.is_under_kms()).then_some(ChecksumMode::Enabled);
    let request = request
        .set_version_id(object.version_id.clone())
        .set_checksum_mode(checksum_mode);
    let head = match request.send().await {
        Ok(head) => head,
        Err(error) => return Err(explained(&s3.retrying, object, error).await),
    };
    let now = facts(&head);
    // The conditions below say the same to S3; some servers that look like it do not heed them.
    if now.e_tag != order.seen.e_tag {
        return refused(Fault::Changed, "the entity tag is not the one that was seen");
    }
    if now.encryption.key.is_some() && order.seen.encryption.key.is_none() {
        return refused(Fault::Changed, "it came under a KMS key since it was seen");
    }
    if now.locked {
        return refused(Fault::Locked, "a copy would not carry the object's lock over");
    }
    if now.encryption.status == EncryptionStatus::SseC {
        return refused(
            Fault::Refused,
            "the object is under a key that only its owner has (SSE-C)",
        );
    }
    if now.storage_class != order.seen.storage_class {
        return refused(Fault::Changed, "its storage class is not the one that was seen");
    }
    let grants = grants(clients, s3, object, Some(order)).await?;
    Ok(Copy::of(object, order, now, checksum(&head), grants))
}
