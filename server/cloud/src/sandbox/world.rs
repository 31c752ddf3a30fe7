//! The state of the simulated account, and its operations (`converting`, `storing`; settings are here), each with the checks
//! that AWS documents, in the order: rate of S3, object, source, key, rate of KMS; then the effect is logged, then it is
//! applied, then the caller is answered.

mod converting;
mod storing;

pub(super) use storing::written;

use super::SandboxOptions;
use super::bucket::Bucket;
use super::clock::Clock;
use super::effects::{Effect, Log};
use super::estate::{BUCKETS, BucketPlan, LOAD};
use super::faults::Faults;
use super::increases::Asked;
use super::jobs::Ordered;
use super::key_calls::Made;
use super::kms::RegionKms;
use super::policies::BucketPolicy;
use super::rates::Window;
use super::rules::{NO_BUCKET, Refusal};
use crate::error::{CloudError, Fault};
use crate::object::ObjectRef;
use model::encryption::DefaultEncryption;
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

    /// When an object of a bucket was changed last; makes no bucket that nobody used.
    pub(super) fn changed_at(&self, name: &str) -> Option<UnixMillis> {
        let state = self.buckets.get(name)?;
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.as_ref()?.changed
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

/// Puts the operation and the object to a fault.
fn about(object: &ObjectRef, operation: &'static str) -> impl Fn(Refusal) -> CloudError {
    move |(fault, text)| CloudError::new(fault, operation, object.to_string(), text)
}
