//! `HeadObject`, `PutObject`, `GetObject` and `DeleteObject`, and what a bucket policy says of a write.

use super::{DELETE, GET, HEAD, PUT, World, about};
use crate::error::{CloudError, Fault};
use crate::object::{ObjectFacts, ObjectRef, SentEncryption};
use crate::sandbox::effects::Effect;
use crate::sandbox::estate::ACCOUNT_ID;
use crate::sandbox::key_calls::{DATA_KEY, DECRYPT};
use crate::sandbox::kms::KeyRole;
use crate::sandbox::object::{Content, Encryption, NULL_VERSION, NewObject};
use crate::sandbox::policies::BucketPolicy;
use crate::sandbox::rules::{NEEDS_CUSTOMER_KEY, readable};
use model::encryption::ObjectEncryption;
use model::inventory::EncryptionStatus;
use model::policy::{Ask, Caller, Context, Verdict, evaluate};
use std::sync::Arc;

impl World {
    pub(in crate::sandbox) fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        let mut open = self.open(HEAD, &object.bucket)?;
        let bucket = open.get();
        let (_, version) = bucket
            .find(object)
            .map_err(|(fault, text)| about(object, HEAD)((fault, text)))?;
        if version.encryption.status == EncryptionStatus::SseC {
            return Err(about(object, HEAD)((Fault::Refused, NEEDS_CUSTOMER_KEY)));
        }
        Ok(version.facts(&object.key, bucket.plan.versioned, self.now()))
    }

    pub(in crate::sandbox) fn put(
        &self,
        object: &ObjectRef,
        new: &NewObject,
    ) -> Result<Option<String>, CloudError> {
        let mut open = self.open(PUT, &object.bucket)?;
        let bucket = open.get();
        let now = self.now();
        let region = bucket.plan.region;
        let default = Encryption {
            status: bucket.default.status,
            key: bucket.default.key.as_deref().map(Arc::from),
            bucket_key: bucket.default.bucket_key,
        };
        let named = new.encryption.as_ref().map(|named| self.resolved(region, named));
        let context = upload(named.as_ref(), default.key.as_deref());
        allowed(bucket.policy.as_ref(), PUT, object, &context)?;
        let encryption = named.as_ref().map_or(default, Encryption::from);
        bucket
            .prefixes
            .write(now, &object.key, 1, self.writes_per_second)
            .map_err(about(object, PUT))?;
        if let Some(key) = encryption.key.as_deref() {
            self.usable(PUT, object, region, key)?;
            let calls = bucket.data_key_calls(encryption.bucket_key);
            self.take_kms(region, calls).map_err(about(object, PUT))?;
            self.made.note(key, DATA_KEY, now, calls);
        }
        let made = bucket.next_version(&object.key);
        let effect = Effect::Put {
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            made: made.clone(),
            object: NewObject {
                encryption: Some(encryption.facts()),
                ..new.clone()
            },
            at: now,
        };
        self.commit(PUT, bucket, effect)?;
        Ok(made)
    }

    /// What an upload's headers come to: for SSE-KMS without a key S3 takes `aws/s3` (Amazon S3 API Reference, `PutObject`,
    /// 2026-11).
    fn resolved(&self, region: &str, named: &ObjectEncryption) -> ObjectEncryption {
        let managed = || {
            let arn = self.kms.get(region)?.with_role(KeyRole::AwsManaged)?;
            Some(arn.to_string())
        };
        let key = match named.status {
            EncryptionStatus::SseKms => named.key.clone().or_else(managed),
            _ => named.key.clone(),
        };
        ObjectEncryption { key, ..named.clone() }
    }

    pub(in crate::sandbox) fn delete(&self, object: &ObjectRef) -> Result<(), CloudError> {
        let mut open = self.open(DELETE, &object.bucket)?;
        let bucket = open.get();
        let version = match &object.version_id {
            Some(_) => match bucket.find(object) {
                Ok((_, version)) if version.lock.holds(self.now()) => {
                    let text = "AccessDenied: Access Denied because object protected by object lock.";
                    return Err(about(object, DELETE)((Fault::Locked, text)));
                }
                Ok((_, version)) => version.id.as_deref().map(str::to_string),
                Err((Fault::NotFound, _)) => return Ok(()),
                // A delete marker, which is removed by its version as any other.
                Err((Fault::Refused, _)) => object
                    .version_id
                    .clone()
                    .filter(|version| version != NULL_VERSION),
                Err(missing) => return Err(about(object, DELETE)(missing)),
            },
            None => None,
        };
        let marker = if object.version_id.is_none() {
            bucket.next_version(&object.key)
        } else {
            None
        };
        let effect = Effect::Delete {
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            version,
            marker,
            at: self.now(),
        };
        self.commit(DELETE, bucket, effect)
    }

    pub(in crate::sandbox) fn read(&self, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError> {
        let mut open = self.open(GET, &object.bucket)?;
        let bucket = open.get();
        let region = bucket.plan.region;
        let (_, version) = bucket.find(object).map_err(about(object, GET))?;
        readable(version).map_err(about(object, GET))?;
        if let Some(key) = version.encryption.key.as_deref() {
            self.usable(GET, object, region, key)?;
            let calls = u64::from(!version.encryption.bucket_key);
            self.take_kms(region, calls).map_err(about(object, GET))?;
            self.made.note(key, DECRYPT, self.now(), calls);
        }
        Ok(version.read(limit))
    }
}

/// What a bucket policy is told of an upload: the algorithm that is sent, and the key that S3 would use, be it that of the
/// headers or of the default (Amazon S3 User Guide, `UsingKMSEncryption`, 2026-04).
pub(super) fn upload(named: Option<&ObjectEncryption>, default_key: Option<&str>) -> Context {
    let (algorithm, key) = match named {
        Some(encryption) => (
            match encryption.status {
                EncryptionStatus::SseKms => Some("aws:kms"),
                EncryptionStatus::DsseKms => Some("aws:kms:dsse"),
                EncryptionStatus::SseS3 => Some("AES256"),
                _ => None,
            },
            encryption.key.as_deref(),
        ),
        None => (None, default_key),
    };
    let with = |context: Context, name: &str, value: Option<&str>| match value {
        Some(value) => context.with(name, value),
        None => context.without(name),
    };
    let context = Context::default().with("aws:SecureTransport", "true");
    let context = with(context, "s3:x-amz-server-side-encryption", algorithm);
    with(context, "s3:x-amz-server-side-encryption-aws-kms-key-id", key)
}

/// Whether the bucket policy lets a write through; only its denials count, since the caller has every right of its own.
pub(super) fn allowed(
    policy: Option<&BucketPolicy>,
    operation: &'static str,
    object: &ObjectRef,
    context: &Context,
) -> Result<(), CloudError> {
    let Some(policy) = policy else { return Ok(()) };
    let resource = format!("arn:aws:s3:::{}/{}", object.bucket, object.key);
    let caller = Caller::by_arn(&format!("arn:aws:iam::{ACCOUNT_ID}:role/rekey-runner"));
    let ask = Ask {
        caller: Some(&caller),
        action: "s3:PutObject",
        resource: &resource,
        context,
    };
    match evaluate(&policy.read, ask) {
        Verdict::Denied(name) => {
            let text = format!(
                "AccessDenied: User is not authorized to perform: s3:PutObject on resource: \"{resource}\" with an explicit deny in a resource-based policy ({name})"
            );
            Err(CloudError::new(
                Fault::AccessDenied,
                operation,
                object.to_string(),
                text,
            ))
        }
        _ => Ok(()),
    }
}

/// An object to write: its bytes, and what is said of its encryption.
pub(in crate::sandbox) fn written(sent: SentEncryption, bytes: &[u8]) -> NewObject {
    let under = |status| Some(Encryption::plain(status).facts());
    NewObject {
        encryption: match sent {
            SentEncryption::Nothing => None,
            SentEncryption::SseS3 => under(EncryptionStatus::SseS3),
            SentEncryption::SseKms => under(EncryptionStatus::SseKms),
        },
        content: Content::Written(bytes.to_vec()),
        ..NewObject::holding(&[])
    }
}
