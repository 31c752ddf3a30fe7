//! The list of a job as an object: in one piece when it is small, else as a multipart upload whose parts are sent while
//! the list is still being written. Called by `jobs`.

use super::clients::S3;
use super::errors::cloud_error;
use super::words::bare_tag;
use crate::error::{CloudError, Fault};
use crate::jobs::ManifestText;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};

/// Bytes of a part; S3 takes 10,000 of them, so that a list may have 80 GB.
const PART_BYTES: usize = 8 << 20;

const PUT: &str = "PutObject";
const CREATE: &str = "CreateMultipartUpload";
const PART: &str = "UploadPart";
const COMPLETE: &str = "CompleteMultipartUpload";

/// Writes a list; gives its entity tag.
pub(super) async fn upload(
    s3: &S3,
    bucket: &str,
    key: &str,
    mut text: ManifestText,
) -> Result<String, CloudError> {
    let upload = Upload { s3, bucket, key };
    let first = upload.piece(&mut text).await?;
    if first.len() < PART_BYTES {
        return upload.whole(first).await;
    }
    let id = upload.begin().await?;
    let written = upload.parts(&id, first, &mut text).await;
    let outcome = match written {
        Ok(parts) => upload.complete(&id, parts).await,
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        upload.abort(&id).await;
    }
    outcome
}

struct Upload<'a> {
    s3: &'a S3,
    bucket: &'a str,
    key: &'a str,
}

impl Upload<'_> {
    fn target(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// At least a part's worth of text, or all that is left.
    async fn piece(&self, text: &mut ManifestText) -> Result<Vec<u8>, CloudError> {
        let mut piece = Vec::new();
        while piece.len() < PART_BYTES {
            match text.recv().await {
                Some(Ok(more)) => piece.extend(more),
                Some(Err(reason)) => {
                    return Err(CloudError::new(Fault::Refused, PUT, self.target(), reason));
                }
                None => break,
            }
        }
        Ok(piece)
    }

    async fn whole(&self, text: Vec<u8>) -> Result<String, CloudError> {
        let request = self
            .s3
            .retrying
            .put_object()
            .bucket(self.bucket)
            .key(self.key)
            .server_side_encryption(ServerSideEncryption::Aes256)
            .content_type("text/csv")
            .body(ByteStream::from(text));
        let answer = request.send().await;
        let answer = answer.map_err(|error| cloud_error(PUT, self.target(), error))?;
        self.tag(PUT, answer.e_tag())
    }

    async fn begin(&self) -> Result<String, CloudError> {
        let request = self
            .s3
            .retrying
            .create_multipart_upload()
            .bucket(self.bucket)
            .key(self.key)
            .server_side_encryption(ServerSideEncryption::Aes256)
            .content_type("text/csv");
        let answer = request.send().await;
        let answer = answer.map_err(|error| cloud_error(CREATE, self.target(), error))?;
        let missing = || {
            CloudError::new(
                Fault::Unanswered,
                CREATE,
                self.target(),
                "the answer names no upload",
            )
        };
        answer.upload_id().map(ToString::to_string).ok_or_else(missing)
    }

    async fn parts(
        &self,
        id: &str,
        first: Vec<u8>,
        text: &mut ManifestText,
    ) -> Result<Vec<CompletedPart>, CloudError> {
        let (mut parts, mut piece) = (Vec::new(), first);
        for number in 1.. {
            let request = self
                .s3
                .retrying
                .upload_part()
                .bucket(self.bucket)
                .key(self.key)
                .upload_id(id)
                .part_number(number)
                .body(ByteStream::from(piece));
            let answer = request.send().await;
            let answer = answer.map_err(|error| cloud_error(PART, self.target(), error))?;
            let part = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(answer.e_tag().map(ToString::to_string))
                .set_checksum_crc32(answer.checksum_crc32().map(ToString::to_string))
                .set_checksum_crc64_nvme(answer.checksum_crc64_nvme().map(ToString::to_string));
            parts.push(part.build());
            piece = self.piece(text).await?;
            if piece.is_empty() {
                break;
            }
        }
        Ok(parts)
    }

    async fn complete(&self, id: &str, parts: Vec<CompletedPart>) -> Result<String, CloudError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self
            .s3
            .once
            .complete_multipart_upload()
            .bucket(self.bucket)
            .key(self.key)
            .upload_id(id)
            .multipart_upload(parts);
        let answer = request.send().await;
        let answer = answer.map_err(|error| cloud_error(COMPLETE, self.target(), error))?;
        self.tag(COMPLETE, answer.e_tag())
    }

    fn tag(&self, operation: &'static str, tag: Option<&str>) -> Result<String, CloudError> {
        let tag = bare_tag(tag);
        if tag.is_empty() {
            let text = "the answer names no entity tag";
            return Err(CloudError::new(Fault::Unanswered, operation, self.target(), text));
        }
        Ok(tag)
    }

    /// What is left of it costs storage; a failure to remove that is told and nothing more.
    async fn abort(&self, id: &str) {
        let request = self
            .s3
            .retrying
            .abort_multipart_upload()
            .bucket(self.bucket)
            .key(self.key)
            .upload_id(id);
        if let Err(error) = request.send().await {
            let error = cloud_error("AbortMultipartUpload", self.target(), error);
            tracing::warn!(%error, "an upload could not be aborted: a lifecycle rule removes it");
        }
    }
}
