//! Copies in place above 5 GiB: a multipart upload whose parts S3 copies from the object itself. Unlike `CopyObject` it
//! keeps nothing by itself: headers, metadata and tags are sent. Called by `copy`; and by `objects` for what a process that
//! was killed left behind.

use super::clients::{Clients, S3};
use super::copy::Copy;
use super::errors::cloud_error;
use super::words::{REDIRECT, millis};
use crate::caller::Caller as _;
use crate::encoding::encode;
use crate::error::{CloudError, Fault};
use crate::object::{CopyOrder, ObjectRef};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use model::cost::MULTIPART_PART;
use model::time::UnixMillis;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most parts of an upload (Amazon S3 User Guide, `qfacts`, 2026-04).
const MAX_PARTS: u64 = 10_000;
/// Parts that are copied at once.
const PARTS_AT_ONCE: usize = 8;

/// Waits between the tries of one part.
const PART_WAITS: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_millis(3200),
];

const TAGS: &str = "GetObjectTagging";
const CREATE: &str = "CreateMultipartUpload";
const PART: &str = "UploadPartCopy";
const COMPLETE: &str = "CompleteMultipartUpload";

/// Copies it; its first request that writes may go.
pub(super) async fn copy(s3: &S3, copy: &Copy<'_>, order: &CopyOrder) -> Result<(), CloudError> {
    order.may_read(TAGS, copy.object).await?;
    let tags = tags(s3, copy).await?;
    order.sent();
    let upload = create(s3, copy, tags).await?;
    let copied = order.unless_broken_off(PART, copy.object, parts(s3, copy, order, &upload));
    let outcome = match copied.await {
        Ok(Ok(parts)) => {
            order.sent();
            complete(s3, copy, &upload, parts).await
        }
        Ok(Err(error)) | Err(error) => Err(error),
    };
    // An upload that got no answer may be complete, and then there is nothing to abort.
    if outcome.is_err() {
        abort(s3, copy, &upload).await;
    }
    outcome
}

/// The tags as a header takes them.
async fn tags(s3: &S3, copy: &Copy<'_>) -> Result<Option<String>, CloudError> {
    let object = copy.object;
    let request = s3
        .retrying
        .get_object_tagging()
        .bucket(&object.bucket)
        .key(&object.key);
    let answer = request.set_version_id(object.version_id.clone()).send().await;
    let answer = answer.map_err(|error| cloud_error(TAGS, object.to_string(), error))?;
    let pairs = answer.tag_set().iter();
    let pairs = pairs.map(|tag| format!("{}={}", encode(tag.key(), false), encode(tag.value(), false)));
    let text = pairs.collect::<Vec<_>>().join("&");
    Ok((!text.is_empty()).then_some(text))
}

async fn create(s3: &S3, copy: &Copy<'_>, tags: Option<String>) -> Result<String, CloudError> {
    let object = copy.object;
    let metadata = copy
        .now
        .metadata
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    let mut request = s3
        .once
        .create_multipart_upload()
        .bucket(&object.bucket)
        .key(&object.key)
        .set_metadata(Some(metadata.collect()))
        .set_tagging(tags)
        .set_cache_control(copy.header("cache-control"))
        .set_content_disposition(copy.header("content-disposition"))
        .set_content_encoding(copy.header("content-encoding"))
        .set_content_language(copy.header("content-language"))
        .set_content_type(copy.header("content-type"))
        .set_website_redirect_location(copy.header(REDIRECT))
        .storage_class(copy.storage_class.clone())
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id(copy.target.key.as_str())
        .bucket_key_enabled(copy.target.bucket_key)
        .set_checksum_algorithm(copy.checksum.clone())
        .set_grant_full_control(copy.grants.full_control.clone())
        .set_grant_read(copy.grants.read.clone())
        .set_grant_read_acp(copy.grants.read_acp.clone())
        .set_grant_write_acp(copy.grants.write_acp.clone());
    if let Some(expires) = copy.header("expires") {
        request = request.expires(expiry(copy, &expires)?);
    }
    let answer = request
        .send()
        .await
        .map_err(|error| cloud_error(CREATE, object.to_string(), error))?;
    let missing = || {
        CloudError::new(
            Fault::Unanswered,
            CREATE,
            object.to_string(),
            "the answer names no upload",
        )
    };
    answer.upload_id().map(ToString::to_string).ok_or_else(missing)
}

/// The header `Expires`, which the SDK takes only as a date.
fn expiry(copy: &Copy<'_>, text: &str) -> Result<aws_sdk_s3::primitives::DateTime, CloudError> {
    use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
    DateTime::from_str(text, DateTimeFormat::HttpDate).map_err(|_| {
        let message = format!("the header Expires is no date and would be lost: `{text}`");
        CloudError::new(Fault::Refused, CREATE, copy.object.to_string(), message)
    })
}

/// First and last byte of each part.
fn ranges(size: u64) -> Vec<(u64, u64)> {
    let part = MULTIPART_PART.0.max(size.div_ceil(MAX_PARTS));
    let count = size.div_ceil(part);
    (0..count)
        .map(|index| (index * part, ((index + 1) * part).min(size) - 1))
        .collect()
}

/// Copies all parts, and waits for leave to complete the upload.
async fn parts(
    s3: &S3,
    copy: &Copy<'_>,
    order: &CopyOrder,
    upload: &str,
) -> Result<Vec<CompletedPart>, CloudError> {
    let numbered = (1..).zip(ranges(copy.now.size.0));
    let copied =
        stream::iter(numbered).map(|(number, range)| part_or_again(s3, copy, order, upload, (number, range)));
    let mut parts: Vec<CompletedPart> = copied.buffer_unordered(PARTS_AT_ONCE).try_collect().await?;
    parts.sort_by_key(|part| part.part_number());
    order.may_write(COMPLETE, copy.object).await?;
    Ok(parts)
}

/// Copies a part, again after a passing fault: the second copy of a part takes the place of the first, and one fault
/// among thousands of parts must not cost the whole upload.
async fn part_or_again(
    s3: &S3,
    copy: &Copy<'_>,
    order: &CopyOrder,
    upload: &str,
    (number, range): (i32, (u64, u64)),
) -> Result<CompletedPart, CloudError> {
    let mut waits = PART_WAITS.iter();
    loop {
        order.may_write(PART, copy.object).await?;
        order.sent();
        let error = match part(s3, copy, upload, number, range).await {
            Ok(part) => return Ok(part),
            Err(error) => error,
        };
        match error.fault {
            Fault::Throttled(by) => order.throttled(by),
            Fault::Transient | Fault::Unanswered => {}
            _ => return Err(error),
        }
        let Some(wait) = waits.next() else {
            return Err(error);
        };
        tokio::time::sleep(spread(*wait, upload, number)).await;
    }
}

/// Between half of a wait and all of it: parts that failed together must not come back together.
fn spread(wait: Duration, upload: &str, number: i32) -> Duration {
    let mut hasher = DefaultHasher::new();
    (upload, number).hash(&mut hasher);
    let thousandths = u32::try_from(hasher.finish() % 1000).unwrap_or(0);
    wait / 2 + wait / 2 * thousandths / 1000
}

async fn part(
    s3: &S3,
    copy: &Copy<'_>,
    upload: &str,
    number: i32,
    (first, last): (u64, u64),
) -> Result<CompletedPart, CloudError> {
    let object = copy.object;
    let request = s3
        .once
        .upload_part_copy()
        .bucket(&object.bucket)
        .key(&object.key)
        .upload_id(upload)
        .part_number(number)
        .copy_source(copy.source())
        .copy_source_if_match(copy.condition())
        .copy_source_range(format!("bytes={first}-{last}"));
    let answer = request
        .send()
        .await
        .map_err(|error| cloud_error(PART, object.to_string(), error))?;
    let Some(result) = answer
        .copy_part_result()
        .filter(|result| result.e_tag().is_some())
    else {
        let text = "the answer names no entity tag, so it broke off before the part was copied";
        return Err(CloudError::new(Fault::Unanswered, PART, object.to_string(), text));
    };
    Ok(CompletedPart::builder()
        .part_number(number)
        .set_e_tag(result.e_tag().map(ToString::to_string))
        .set_checksum_crc32(result.checksum_crc32().map(ToString::to_string))
        .set_checksum_crc32_c(result.checksum_crc32_c().map(ToString::to_string))
        .set_checksum_crc64_nvme(result.checksum_crc64_nvme().map(ToString::to_string))
        .set_checksum_sha1(result.checksum_sha1().map(ToString::to_string))
        .set_checksum_sha256(result.checksum_sha256().map(ToString::to_string))
        .build())
}

async fn complete(
    s3: &S3,
    copy: &Copy<'_>,
    upload: &str,
    parts: Vec<CompletedPart>,
) -> Result<(), CloudError> {
    let object = copy.object;
    let request = s3
        .once
        .complete_multipart_upload()
        .bucket(&object.bucket)
        .key(&object.key)
        .upload_id(upload)
        .if_match(copy.condition())
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build());
    let answer = request
        .send()
        .await
        .map_err(|error| cloud_error(COMPLETE, object.to_string(), error))?;
    if answer.e_tag().is_none() {
        let text = "the answer names no entity tag, so it broke off before the upload was complete";
        return Err(CloudError::new(
            Fault::Unanswered,
            COMPLETE,
            object.to_string(),
            text,
        ));
    }
    Ok(())
}

/// Frees the parts of an upload that failed; they would be billed until a lifecycle rule removes them.
async fn abort(s3: &S3, copy: &Copy<'_>, upload: &str) {
    if let Err(error) = abort_upload(s3, copy.object, upload).await {
        tracing::warn!(upload, %error, "parts of a failed copy are left in the bucket");
    }
}

async fn abort_upload(s3: &S3, object: &ObjectRef, upload: &str) -> Result<(), CloudError> {
    let request = s3
        .retrying
        .abort_multipart_upload()
        .bucket(&object.bucket)
        .key(&object.key)
        .upload_id(upload);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(cloud_error("AbortMultipartUpload", object.to_string(), error)),
    }
}

/// Frees the parts of uploads to an object that this caller began within a span of time.
pub(super) async fn free(
    clients: &Clients,
    object: &ObjectRef,
    begun: &RangeInclusive<UnixMillis>,
) -> Result<u64, CloudError> {
    let s3 = clients.s3_of(&object.bucket).await?;
    // Uploads come by key, so those to the object itself are the first below its key as a prefix.
    let request = s3
        .retrying
        .list_multipart_uploads()
        .bucket(&object.bucket)
        .prefix(&object.key);
    let listed = request
        .send()
        .await
        .map_err(|error| cloud_error("ListMultipartUploads", object.to_string(), error))?;
    let to_object: Vec<_> = listed
        .uploads()
        .iter()
        .filter(|upload| upload.key() == Some(object.key.as_str()))
        .filter(|upload| millis(upload.initiated()).is_some_and(|at| begun.contains(&at)))
        .collect();
    if to_object.is_empty() {
        return Ok(0);
    }
    let caller = clients.identity().await?.arn;
    let mut freed = 0;
    for upload in to_object {
        let initiator = upload.initiator().and_then(|initiator| initiator.id());
        let ours = initiator.is_some_and(|initiator| principal(initiator) == principal(&caller));
        if let (true, Some(id)) = (ours, upload.upload_id()) {
            abort_upload(&s3, object, id).await?;
            freed += 1;
        }
    }
    Ok(freed)
}

/// A principal without the name of its session, which is another one after each start.
fn principal(arn: &str) -> &str {
    if arn.contains(":assumed-role/") {
        arn.rsplit_once('/').map_or(arn, |(role, _)| role)
    } else {
        arn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_object_and_never_exceed_the_limit() {
        let six_gib = 6 << 30;
        let list = ranges(six_gib);
        assert_eq!(
            (list.len(), list[0], list[5]),
            (6, (0, (1 << 30) - 1), (5 << 30, six_gib - 1))
        );
        assert_eq!(ranges((1 << 30) + 1).last(), Some(&(1 << 30, 1 << 30)));
        // 50 TB is the largest object that S3 takes (Amazon S3 User Guide, upload-objects, 2026-04).
        let largest = 50_000_000_000_000;
        let list = ranges(largest);
        assert!(list.len() <= 10_000);
        assert_eq!(list.last().map(|(_, last)| *last), Some(largest - 1));
    }
}
