//! Reading objects, updating their encryption, and throwaway objects. Copies are in `copy`, listings in `listing`.

use super::clients::Clients;
use super::errors::cloud_error;
use super::words::facts;
use crate::error::{CloudError, Fault};
use crate::object::{CopyOrder, ObjectFacts, ObjectRef, SentEncryption, VersionPage};
use crate::traits::{Objects, Probes};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ObjectEncryption, ServerSideEncryption, SsekmsEncryption};
use model::encryption::TargetEncryption;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const HEAD: &str = "HeadObject";

/// What an error of `HeadObject` means. An answer to HEAD has no body, so that a 400 says nothing of its reason, which may
/// be expired credentials as well as a customer's key: the first byte is asked for, whose refusal has words.
pub(super) async fn explained(
    client: &Client,
    object: &ObjectRef,
    error: SdkError<HeadObjectError, HttpResponse>,
) -> CloudError {
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let silent = status == Some(400) && error.code().is_none();
    let error = cloud_error(HEAD, object.to_string(), error);
    if !silent {
        return error;
    }
    let request = client.get_object().bucket(&object.bucket).key(&object.key);
    let request = request
        .set_version_id(object.version_id.clone())
        .range("bytes=0-0");
    match request.send().await {
        Err(told) if told.code().is_some_and(|code| code != NO_FIRST_BYTE) => {
            cloud_error(HEAD, object.to_string(), told)
        }
        // It can be read, or says as little: nothing about the object is known to be wrong.
        _ => CloudError {
            fault: Fault::Transient,
            ..error
        },
    }
}

/// What an empty object answers.
const NO_FIRST_BYTE: &str = "InvalidRange";

#[async_trait]
impl Objects for Clients {
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        let client = self.s3_of(&object.bucket).await?.retrying;
        let request = client.head_object().bucket(&object.bucket).key(&object.key);
        match request.set_version_id(object.version_id.clone()).send().await {
            Ok(head) => Ok(facts(&head)),
            Err(error) => Err(explained(&client, object, error).await),
        }
    }

    async fn update_encryption(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), CloudError> {
        const OPERATION: &str = "UpdateObjectEncryption";
        let wanted = SsekmsEncryption::builder()
            .kms_key_arn(target.key.as_str())
            .bucket_key_enabled(target.bucket_key)
            .build()
            .map_err(|error| {
                CloudError::new(Fault::Refused, OPERATION, object.to_string(), error.to_string())
            })?;
        let client = self.s3_of(&object.bucket).await?.once;
        let request = client
            .update_object_encryption()
            .bucket(&object.bucket)
            .key(&object.key)
            .set_version_id(object.version_id.clone())
            .object_encryption(ObjectEncryption::Ssekms(wanted));
        let answer = request.send().await;
        answer
            .map(|_| ())
            .map_err(|error| cloud_error(OPERATION, object.to_string(), error))
    }

    async fn copy_in_place(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError> {
        super::copy::in_place(self, object, order).await
    }

    async fn free_parts(
        &self,
        object: &ObjectRef,
        begun: RangeInclusive<UnixMillis>,
    ) -> Result<u64, CloudError> {
        super::multipart::free(self, object, &begun).await
    }

    async fn list_versions(&self, bucket: &str, from: Option<&str>) -> Result<VersionPage, CloudError> {
        super::listing::versions(self, bucket, from).await
    }

    async fn read(&self, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError> {
        const OPERATION: &str = "GetObject";
        let client = self.s3_of(&object.bucket).await?.retrying;
        let request = client.get_object().bucket(&object.bucket).key(&object.key);
        let answer = request.set_version_id(object.version_id.clone()).send().await;
        let mut answer = answer.map_err(|error| cloud_error(OPERATION, object.to_string(), error))?;
        // Not a range request: those fail on an empty object.
        let mut bytes = Vec::new();
        while bytes.len() < limit {
            match answer.body.try_next().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => {
                    let text = format!("the body broke off: {error}");
                    return Err(CloudError::new(
                        Fault::Transient,
                        OPERATION,
                        object.to_string(),
                        text,
                    ));
                }
            }
        }
        bytes.truncate(limit);
        Ok(bytes)
    }

    async fn tags(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        let client = self.s3_of(&object.bucket).await?.retrying;
        let request = client
            .get_object_tagging()
            .bucket(&object.bucket)
            .key(&object.key);
        let answer = request.set_version_id(object.version_id.clone()).send().await;
        let answer = answer.map_err(|error| cloud_error("GetObjectTagging", object.to_string(), error))?;
        let tags = answer.tag_set().iter();
        Ok(tags
            .map(|tag| (tag.key().to_string(), tag.value().to_string()))
            .collect())
    }

    async fn grants(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        let s3 = self.s3_of(&object.bucket).await?;
        let grants = super::acl::grants(self, &s3, object, None).await?;
        Ok(grants.by_permission())
    }
}

#[async_trait]
impl Probes for Clients {
    async fn put_probe(
        &self,
        object: &ObjectRef,
        sent: SentEncryption,
        body: &[u8],
    ) -> Result<Option<String>, CloudError> {
        let client = self.s3_of(&object.bucket).await?.once;
        let request = client
            .put_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .set_server_side_encryption(match sent {
                SentEncryption::Nothing => None,
                SentEncryption::SseS3 => Some(ServerSideEncryption::Aes256),
                SentEncryption::SseKms => Some(ServerSideEncryption::AwsKms),
            })
            .body(ByteStream::from(body.to_vec()));
        let answer = request
            .send()
            .await
            .map_err(|error| cloud_error("PutObject", object.to_string(), error))?;
        Ok(answer.version_id().map(ToString::to_string))
    }

    async fn delete_probe(&self, object: &ObjectRef) -> Result<(), CloudError> {
        let client = self.s3_of(&object.bucket).await?.once;
        let request = client.delete_object().bucket(&object.bucket).key(&object.key);
        let answer = request.set_version_id(object.version_id.clone()).send().await;
        answer
            .map(|_| ())
            .map_err(|error| cloud_error("DeleteObject", object.to_string(), error))
    }
}
