//! The state of one bucket and how an effect changes it: the same code for what happens now and for what is replayed.

use super::dressing::Sent;
use super::effects::Effect;
use super::estate::BucketPlan;
use super::generate::{self, Objects};
use super::kms::RegionKms;
use super::mix;
use super::object::{Body, Clothes, Content, Encryption, Lock, NewObject, Version, copy_parts};
use super::policies::{self, BucketPolicy};
use super::rates::Prefixes;
use super::rules::Refusal;
use crate::error::Fault;
use crate::object::ObjectRef;
use model::encryption::{DefaultEncryption, TargetEncryption};
use model::inventory::{EncryptionStatus, StorageClass};
use model::time::UnixMillis;
use std::sync::Arc;

/// One KMS call for so many requests under a bucket key (Amazon S3 User Guide, bucket-key, 2026-04: "up to 99 percent").
const REQUESTS_PER_BUCKET_KEY_CALL: u64 = 100;

/// A bucket; its objects are made when it is first used.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) plan: &'static BucketPlan,
    pub(super) objects: Objects,
    pub(super) default: DefaultEncryption,
    pub(super) policy: Option<BucketPolicy>,
    pub(super) prefixes: Prefixes,
    /// When an object of it was changed last.
    pub(super) changed: Option<UnixMillis>,
    /// Writes so far, from which new version ids follow.
    writes: u64,
    bucket_key_requests: u64,
    /// What the last object was put under: the next one most often shares it, and with it the key's text.
    last_target: Encryption,
}

impl Bucket {
    pub(super) fn generated(plan: &'static BucketPlan, keys: u64, kms: &RegionKms) -> Self {
        let default = generate::encryption(plan.default, kms).facts();
        Self {
            plan,
            objects: generate::objects(plan, keys, kms),
            default: DefaultEncryption {
                status: default.status,
                key: default.key,
                bucket_key: default.bucket_key,
                blocked: vec!["SSE-C".to_string()],
            },
            policy: policies::initial(plan.name),
            prefixes: Prefixes::default(),
            changed: None,
            writes: 0,
            bucket_key_requests: 0,
            last_target: Encryption::plain(EncryptionStatus::Unknown),
        }
    }

    /// The encryption that a target means.
    fn under(&mut self, target: &TargetEncryption) -> Encryption {
        let last = &self.last_target;
        if last.key.as_deref() != Some(target.key.as_str()) || last.bucket_key != target.bucket_key {
            self.last_target = Encryption::from(target);
        }
        self.last_target.clone()
    }

    /// The version that a request means, with its place among the object's versions.
    pub(super) fn find(&self, object: &ObjectRef) -> Result<(usize, &Version), Refusal> {
        let no_key = (Fault::NotFound, "NoSuchKey: The specified key does not exist.");
        let no_version = (
            Fault::NotFound,
            "NoSuchVersion: The specified version does not exist.",
        );
        let versions = self.objects.get(object.key.as_str());
        match (&object.version_id, versions) {
            (None, None) => Err(no_key),
            (Some(_), None) => Err(no_version),
            (None, Some(versions)) => versions
                .first()
                .filter(|version| !version.delete_marker)
                .map(|version| (0, version))
                .ok_or(no_key),
            (Some(wanted), Some(versions)) => {
                let place = versions
                    .iter()
                    .position(|version| version.id() == wanted)
                    .ok_or(no_version)?;
                if versions[place].delete_marker {
                    let text = "MethodNotAllowed: The specified method is not allowed against this resource.";
                    return Err((Fault::Refused, text));
                }
                Ok((place, &versions[place]))
            }
        }
    }

    /// The id of the version that the next write to a key makes; `None` without versioning.
    pub(super) fn next_version(&self, key: &str) -> Option<String> {
        let seed = mix::name(&[self.plan.name, key]) ^ mix::mix(self.writes ^ 0x0077_7269_7465);
        self.plan.versioned.then(|| mix::version_id(seed))
    }

    /// KMS calls for one data key: one, or now and then one where a bucket key serves.
    pub(super) fn data_key_calls(&mut self, bucket_key: bool) -> u64 {
        if !bucket_key {
            return 1;
        }
        let due = self
            .bucket_key_requests
            .is_multiple_of(REQUESTS_PER_BUCKET_KEY_CALL);
        self.bucket_key_requests += 1;
        u64::from(due)
    }

    /// Changes the bucket.
    pub(super) fn apply(&mut self, effect: Effect) {
        self.changed = self.changed.max(effect.changes_object_at());
        match effect {
            Effect::Update {
                key, version, target, ..
            } => self.update(&key, version.as_deref(), &target),
            Effect::Copy {
                key,
                source,
                made,
                target,
                storage_class,
                sent,
                at,
                ..
            } => {
                let from = (source.as_deref(), sent.as_ref());
                self.copy(&key, from, made, &target, storage_class, at);
            }
            Effect::Put {
                key,
                made,
                object,
                at,
                ..
            } => self.put(&key, made, object, at),
            Effect::Delete {
                key,
                version,
                marker,
                at,
                ..
            } => self.delete(&key, version.as_deref(), marker, at),
            Effect::DefaultEncryption { wanted, .. } => self.default = wanted,
            // What was logged had been read before.
            // Keys are not a bucket's.
            Effect::KeyState { .. } => {}
            Effect::Policy { policy, .. } => {
                self.policy = policy.and_then(|text| BucketPolicy::parse(&text).ok());
            }
        }
    }

    fn update(&mut self, key: &str, version: Option<&str>, target: &TargetEncryption) {
        let encryption = self.under(target);
        let versions = self.objects.get_mut(key);
        if let Some(found) =
            versions.and_then(|list| list.iter_mut().find(|entry| entry.id.as_deref() == version))
        {
            found.encryption = encryption;
        }
    }

    fn copy(
        &mut self,
        key: &str,
        (source, sent): (Option<&str>, Option<&Sent>),
        made: Option<String>,
        target: &TargetEncryption,
        storage_class: StorageClass,
        at: UnixMillis,
    ) {
        let encryption = self.under(target);
        let versions = self.objects.get(key);
        let Some(read) = versions.and_then(|list| list.iter().find(|entry| entry.id.as_deref() == source))
        else {
            return;
        };
        let seen = read.dressing(key);
        // What follows from a seed still does, where nothing was lost.
        let clothes = match sent.map(|sent| sent.put_on(seen.clone())) {
            Some(left) if left != seen => Clothes::Written(Arc::new(left)),
            _ => read.clothes.clone(),
        };
        let new = Version {
            id: made.map(Into::into),
            modified: at,
            class: storage_class,
            encryption,
            clothes,
            // Under SSE-KMS the tag of a new object is not the MD5 of its body: it changes with each write.
            tag_seed: mix::mix(read.tag_seed ^ self.writes),
            parts: copy_parts(read.size),
            lock: Lock::default(),
            restored: false,
            ..read.clone()
        };
        self.write(key, new);
    }

    fn put(&mut self, key: &str, made: Option<String>, object: NewObject, at: UnixMillis) {
        let seed = mix::name(&[self.plan.name, key]) ^ mix::mix(self.writes);
        let (size, body) = match object.content {
            Content::Written(bytes) => (bytes.len() as u64, Body::Written(Arc::from(bytes))),
            Content::Generated(size) => (size.0, Body::Seeded(seed)),
        };
        let new = Version {
            id: made.map(Into::into),
            delete_marker: false,
            size,
            modified: at,
            class: object.storage_class,
            encryption: object
                .encryption
                .as_ref()
                .map_or(Encryption::plain(EncryptionStatus::SseS3), Encryption::from),
            tag_seed: seed,
            parts: copy_parts(size),
            body,
            clothes: Clothes::Written(Arc::new(object.dressing)),
            lock: Lock {
                legal_hold: object.legal_hold,
                ..Lock::default()
            },
            restored: object.restored,
        };
        self.write(key, new);
    }

    /// A new current version; without versioning it takes the place of the old one.
    fn write(&mut self, key: &str, new: Version) {
        self.writes += 1;
        let versions = self.objects.entry(key.into()).or_default();
        if !self.plan.versioned {
            versions.clear();
        }
        versions.insert(0, new);
    }

    fn delete(&mut self, key: &str, version: Option<&str>, marker: Option<String>, at: UnixMillis) {
        if let Some(marker) = marker {
            let new = Version {
                id: Some(marker.into()),
                delete_marker: true,
                size: 0,
                modified: at,
                class: StorageClass::Standard,
                encryption: Encryption::plain(EncryptionStatus::Unknown),
                tag_seed: 0,
                parts: 0,
                body: Body::Seeded(0),
                clothes: Clothes::Written(Arc::default()),
                lock: Lock::default(),
                restored: false,
            };
            return self.write(key, new);
        }
        if let Some(versions) = self.objects.get_mut(key) {
            versions.retain(|entry| entry.id.as_deref() != version);
            if versions.is_empty() {
                self.objects.remove(key);
            }
        }
    }
}
