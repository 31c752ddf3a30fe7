//! `UpdateObjectEncryption` and `CopyObject`: what they check in which order, the KMS calls that they make, and their
//! effects.

use super::storing::{allowed, upload};
use super::{COPY, UPDATE, World, about};
use crate::error::{CloudError, Fault};
use crate::object::{CopyOrder, ObjectRef};
use crate::sandbox::dressing::Sent;
use crate::sandbox::effects::Effect;
use crate::sandbox::estate::ACCOUNT_ID;
use crate::sandbox::key_calls::{DATA_KEY, DECRYPT};
use crate::sandbox::object::copy_parts;
use crate::sandbox::rules::{CHANGED, NOT_CUSTOMER_MANAGED, OTHER_ACCOUNT, Refusal, admissible, copyable};
use model::encryption::{ObjectEncryption, TargetEncryption};
use model::inventory::EncryptionStatus;

impl World {
    pub(in crate::sandbox) fn update(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), CloudError> {
        let mut open = self.open(UPDATE, &object.bucket)?;
        let bucket = open.get();
        let now = self.now();
        let region = bucket.plan.region;
        bucket
            .prefixes
            .write(now, &object.key, 1, self.writes_per_second)
            .map_err(about(object, UPDATE))?;
        let (_, version) = bucket.find(object).map_err(about(object, UPDATE))?;
        admissible(version, now).map_err(about(object, UPDATE))?;
        let version = version.id.as_deref().map(str::to_string);
        self.admissible_key(region, target)
            .map_err(about(object, UPDATE))?;
        self.usable(UPDATE, object, region, target.key.as_str())?;
        self.take_kms(region, 1).map_err(about(object, UPDATE))?;
        self.made.note(target.key.as_str(), DATA_KEY, now, 1);
        let effect = Effect::Update {
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            version,
            target: target.clone(),
            at: now,
        };
        self.commit(UPDATE, bucket, effect)
    }

    /// What only `UpdateObjectEncryption` asks of a key.
    fn admissible_key(&self, region: &str, target: &TargetEncryption) -> Result<(), Refusal> {
        if target.key.account() != ACCOUNT_ID {
            return Err((Fault::AccessDenied, OTHER_ACCOUNT));
        }
        let known = self
            .kms
            .get(region)
            .and_then(|kms| kms.keys().find(|facts| facts.arn == target.key));
        if known.is_some_and(|facts| !facts.customer_managed) {
            return Err((Fault::Refused, NOT_CUSTOMER_MANAGED));
        }
        Ok(())
    }

    /// What a client that looks at an object sends along with its copy.
    pub(in crate::sandbox) fn to_send(&self, object: &ObjectRef) -> Result<Sent, CloudError> {
        let mut open = self.open(COPY, &object.bucket)?;
        let (_, version) = open.get().find(object).map_err(about(object, COPY))?;
        Ok(Sent::of(&version.dressing(&object.key)))
    }

    pub(in crate::sandbox) fn copy(
        &self,
        object: &ObjectRef,
        order: &CopyOrder,
        sent: Sent,
    ) -> Result<(), CloudError> {
        let mut open = self.open(COPY, &object.bucket)?;
        let bucket = open.get();
        let now = self.now();
        let region = bucket.plan.region;
        let (_, read) = bucket.find(object).map_err(about(object, COPY))?;
        copyable(read, order, now).map_err(about(object, COPY))?;
        let written = ObjectEncryption {
            status: EncryptionStatus::SseKms,
            key: Some(target_key(order).to_string()),
            bucket_key: order.target.bucket_key,
        };
        allowed(
            bucket.policy.as_ref(),
            COPY,
            object,
            &upload(Some(&written), None),
        )?;
        let current = ObjectRef {
            version_id: None,
            ..object.clone()
        };
        let (_, replaced) = bucket.find(&current).map_err(about(object, COPY))?;
        if replaced.e_tag() != order.seen.e_tag {
            return Err(about(object, COPY)((Fault::Changed, CHANGED)));
        }
        let source = read.id.as_deref().map(str::to_string);
        let decrypts = u64::from(read.encryption.under_kms() && !read.encryption.bucket_key);
        let source_key = read.encryption.key.clone();
        let parts = copy_parts(read.size);
        bucket
            .prefixes
            .write(now, &object.key, 1 + parts, self.writes_per_second)
            .map_err(about(object, COPY))?;
        if let Some(key) = &source_key {
            self.usable(COPY, object, region, key)?;
        }
        self.usable(COPY, object, region, target_key(order))?;
        let data_keys: u64 = (0..=parts)
            .map(|_| bucket.data_key_calls(order.target.bucket_key))
            .sum();
        self.take_kms(region, decrypts + data_keys)
            .map_err(about(object, COPY))?;
        if let Some(key) = &source_key {
            self.made.note(key, DECRYPT, now, decrypts);
        }
        self.made.note(target_key(order), DATA_KEY, now, data_keys);
        let effect = Effect::Copy {
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            source,
            made: bucket.next_version(&object.key),
            target: order.target.clone(),
            storage_class: order.seen.storage_class,
            sent: Some(sent),
            at: now,
        };
        self.commit(COPY, bucket, effect)
    }
}

fn target_key(order: &CopyOrder) -> &str {
    order.target.key.as_str()
}
