//! The operations of the simulated account, each with the checks that AWS documents, in the order: rate of S3, object,
//! source, key, rate of KMS; then the effect is logged, then it is applied, then the caller is answered.

use super::SandboxOptions;
use super::bucket::Bucket;
use super::clock::Clock;
use super::effects::{Effect, Log};
use super::estate::{ACCOUNT_ID, BUCKETS, BucketPlan, LOAD};
use super::faults::Faults;
use super::increases::Asked;
use super::jobs::Ordered;
use super::key_calls::{DATA_KEY, DECRYPT, Made};
use super::kms::{KeyRole, RegionKms};
use super::object::{Content, Encryption, NewObject, copy_parts};
use super::policies::BucketPolicy;
use super::rates::Window;
use super::rules::{
    CHANGED, NEEDS_CUSTOMER_KEY, NO_BUCKET, NOT_CUSTOMER_MANAGED, OTHER_ACCOUNT, Refusal, admissible,
    copyable, readable,
};
use crate::error::{CloudError, Fault};
use crate::object::{CopyOrder, ObjectFacts, ObjectRef, SentEncryption};
use model::encryption::{DefaultEncryption, ObjectEncryption, TargetEncryption};
use model::inventory::EncryptionStatus;
use model::policy::{Ask, Caller, Context, Verdict, evaluate};
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) const HEAD: &str = "HeadObject";
pub(super) const UPDATE: &str = "UpdateObjectEncryption";
pub(super) const COPY: &str = "CopyObject";
pub(super) const PUT: &str = "PutObject";
pub(super) const GET: &str = "GetObject";
pub(super) const DELETE: &str = "DeleteObject";

/// The account's state.
pub(super) struct World {
    buckets: BTreeMap<&'static str, Mutex<Option<Bucket>>>,
    kms: BTreeMap<&'static str, RegionKms>,
    windows: BTreeMap<&'static str, Mutex<Window>>,
    /// Calls with each key.
    pub(super) made: Made,
    log: Log,
    pub(super) increases: Asked,
    pub(super) jobs: Ordered,
    clock: Arc<dyn Clock>,
    pub(super) faults: Faults,
    pub(super) latency: Duration,
    writes_per_second: u64,
    load_objects: u64,
}

impl fmt::Debug for World {
    /// Without its objects.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("World")
            .field("log", &self.log.path())
            .finish_non_exhaustive()
    }
}

/// A locked bucket that has its objects.
pub(super) struct Open<'a> {
    state: MutexGuard<'a, Option<Bucket>>,
    plan: &'static BucketPlan,
    keys: u64,
    kms: &'a RegionKms,
}

impl Open<'_> {
    pub(super) fn get(&mut self) -> &mut Bucket {
        self.state
            .get_or_insert_with(|| Bucket::generated(self.plan, self.keys, self.kms))
    }
}

/// The buckets of the table, and the one to measure on if it is to hold anything.
fn plans(load_objects: u64) -> impl Iterator<Item = &'static BucketPlan> {
    let load = (load_objects > 0).then_some(&LOAD);
    BUCKETS.iter().chain(load)
}

impl World {
    pub(super) fn new(
        log: Log,
        effects: Vec<Effect>,
        (increases, jobs): (Asked, Ordered),
        options: SandboxOptions,
    ) -> Self {
        let kms = super::kms::regions(&options.kms_quotas);
        let world = Self {
            buckets: plans(options.load_objects)
                .map(|plan| (plan.name, Mutex::new(None)))
                .collect(),
            windows: kms.keys().map(|region| (*region, Mutex::default())).collect(),
            kms,
            made: Made::default(),
            log,
            increases,
            jobs,
            clock: options.clock,
            faults: Faults::new(options.faults),
            latency: options.latency,
            writes_per_second: options.s3_writes_per_prefix.floor(),
            load_objects: options.load_objects,
        };
        for effect in effects {
            if let Effect::KeyState { key, state, .. } = &effect {
                world.key_comes_to(key, state);
                continue;
            }
            if let Ok(mut bucket) = world.open("replay", effect.bucket()) {
                bucket.get().apply(effect);
            }
        }
        world
    }

    fn key_comes_to(&self, arn: &str, state: &str) {
        let mut regions = self.kms.values();
        if let Some(kms) = regions.find(|kms| kms.keys().any(|facts| facts.arn.as_str() == arn)) {
            kms.set_state(arn, state);
        }
    }

    /// Logs that a key comes to another state, then brings it there.
    pub(super) fn set_key_state(
        &self,
        operation: &'static str,
        arn: &str,
        state: &str,
    ) -> Result<(), CloudError> {
        let effect = Effect::KeyState {
            key: arn.to_string(),
            state: state.to_string(),
            at: self.now(),
        };
        self.log
            .append(&effect)
            .map_err(|error| self.unlogged(operation, arn, &error))?;
        self.key_comes_to(arn, state);
        Ok(())
    }

    fn unlogged(&self, operation: &'static str, target: &str, error: &std::io::Error) -> CloudError {
        let text = format!(
            "InternalError: the sandbox cannot write {}: {error}",
            self.log.path().display()
        );
        CloudError::new(Fault::Transient, operation, target, text)
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    pub(super) fn region(&self, code: &str) -> Option<&RegionKms> {
        self.kms.get(code)
    }

    /// The quota of a Region now: what was granted, else what it began with.
    pub(super) fn quota(&self, code: &str) -> Option<RequestsPerSecond> {
        let begun = self.kms.get(code)?.quota;
        Some(self.increases.granted(code, self.now()).unwrap_or(begun))
    }

    pub(super) fn kms(&self) -> impl Iterator<Item = &RegionKms> {
        self.kms.values()
    }

    /// A bucket, locked.
    pub(super) fn open(&self, operation: &'static str, name: &str) -> Result<Open<'_>, CloudError> {
        let missing = || CloudError::new(Fault::NotFound, operation, format!("s3://{name}"), NO_BUCKET);
        let plan = self.plans().find(|plan| plan.name == name).ok_or_else(missing)?;
        let state = self.buckets.get(name).ok_or_else(missing)?;
        let kms = self.kms.get(plan.region).ok_or_else(missing)?;
        Ok(Open {
            state: state.lock().unwrap_or_else(PoisonError::into_inner),
            plan,
            keys: if plan.name == LOAD.name {
                self.load_objects
            } else {
                plan.keys
            },
            kms,
        })
    }

    /// The buckets of the account.
    pub(super) fn plans(&self) -> impl Iterator<Item = &'static BucketPlan> + use<> {
        plans(self.load_objects)
    }

    /// Logs an effect, then applies it.
    fn commit(&self, operation: &'static str, bucket: &mut Bucket, effect: Effect) -> Result<(), CloudError> {
        if let Err(error) = self.log.append(&effect) {
            return Err(self.unlogged(operation, effect.bucket(), &error));
        }
        bucket.apply(effect);
        Ok(())
    }

    fn take_kms(&self, region: &str, calls: u64) -> Result<(), Refusal> {
        let (Some(window), Some(kms), Some(quota)) =
            (self.windows.get(region), self.kms.get(region), self.quota(region))
        else {
            return Ok(());
        };
        let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
        window.kms(self.now(), calls, quota.saturating_sub(kms.baseline).floor())
    }

    pub(super) fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
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

    pub(super) fn update(&self, object: &ObjectRef, target: &TargetEncryption) -> Result<(), CloudError> {
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

    fn usable(
        &self,
        operation: &'static str,
        object: &ObjectRef,
        region: &str,
        arn: &str,
    ) -> Result<(), CloudError> {
        let Some(kms) = self.kms.get(region) else {
            return Ok(());
        };
        kms.usable(region, arn)
            .map_err(|(fault, text)| CloudError::new(fault, operation, object.to_string(), text))
    }

    pub(super) fn copy(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError> {
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
            at: now,
        };
        self.commit(COPY, bucket, effect)
    }

    pub(super) fn put(&self, object: &ObjectRef, new: &NewObject) -> Result<Option<String>, CloudError> {
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

    pub(super) fn delete(&self, object: &ObjectRef) -> Result<(), CloudError> {
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

    pub(super) fn read(&self, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError> {
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

    pub(super) fn set_default(&self, name: &str, wanted: &DefaultEncryption) -> Result<(), CloudError> {
        const OPERATION: &str = "PutBucketEncryption";
        let mut open = self.open(OPERATION, name)?;
        let effect = Effect::DefaultEncryption {
            bucket: name.to_string(),
            wanted: wanted.clone(),
            at: self.now(),
        };
        self.commit(OPERATION, open.get(), effect)
    }

    pub(super) fn set_policy(&self, name: &str, policy: Option<&str>) -> Result<(), CloudError> {
        let operation = match policy {
            Some(_) => "PutBucketPolicy",
            None => "DeleteBucketPolicy",
        };
        let mut open = self.open(operation, name)?;
        if let Some(text) = policy {
            BucketPolicy::parse(text)
                .map_err(|text| CloudError::new(Fault::Refused, operation, format!("s3://{name}"), text))?;
        }
        let effect = Effect::Policy {
            bucket: name.to_string(),
            policy: policy.map(ToString::to_string),
            at: self.now(),
        };
        self.commit(operation, open.get(), effect)
    }
}

/// What a bucket policy is told of an upload: the algorithm that is sent, and the key that S3 would use, be it that of the
/// headers or of the default (Amazon S3 User Guide, `UsingKMSEncryption`, 2026-04).
fn upload(named: Option<&ObjectEncryption>, default_key: Option<&str>) -> Context {
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
fn allowed(
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

fn target_key(order: &CopyOrder) -> &str {
    order.target.key.as_str()
}

/// Puts the operation and the object to a fault.
fn about(object: &ObjectRef, operation: &'static str) -> impl Fn(Refusal) -> CloudError {
    move |(fault, text)| CloudError::new(fault, operation, object.to_string(), text)
}

/// An object to write: its bytes, and what is said of its encryption.
pub(super) fn written(sent: SentEncryption, bytes: &[u8]) -> NewObject {
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
