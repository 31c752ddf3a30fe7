//! An account in memory for these tests: objects with versions, faults on demand, a log of every request.

use async_trait::async_trait;
use cloud::{
    Account, AccountKind, BucketSettings, BucketSummary, Buckets, Caller, CallerIdentity, CloudError,
    Content, CopyOrder, Deliveries, Fault, Folder, Identity, InventoryConfiguration, KeyFacts, Keys, Macie,
    MacieBucket, ObjectFacts, ObjectRef, Objects, Probes, Throttler, Usage, VersionPage,
};
use model::encryption::{DefaultEncryption, KeyArn, ObjectEncryption, TargetEncryption};
use model::inventory::{EncryptionStatus, Region};
use model::quantity::{Bytes, RequestsPerSecond};
use model::quotas::Quota;
use model::time::UnixMillis;
use model::workload::BucketWorkload;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// What a request is made to do instead of succeeding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mishap {
    /// Nothing happens, and this is said.
    Refuse(Fault),
    /// It happens, and this is said.
    LoseAnswer(Fault),
    /// Another writer replaces the object first.
    Overwrite,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) key: String,
    pub(crate) at: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    /// Versions of each object, newest last.
    pub(crate) objects: BTreeMap<(String, String), Vec<ObjectFacts>>,
    pub(crate) defaults: BTreeMap<String, DefaultEncryption>,
    pub(crate) mishaps: BTreeMap<(&'static str, String), VecDeque<Mishap>>,
    /// Refused each time.
    pub(crate) refused: BTreeMap<String, Fault>,
    pub(crate) calls: Vec<Call>,
    pub(crate) key_disabled: bool,
    /// After so many conversions the key is disabled.
    pub(crate) disable_after: Option<usize>,
    /// KMS calls a second beyond which requests are throttled.
    pub(crate) kms_limit: Option<usize>,
    /// The server writes an empty object where an update is asked for.
    pub(crate) update_destroys: bool,
    pub(crate) versioned: bool,
    pub(crate) latency: Duration,
    serial: u64,
}

impl World {
    pub(crate) fn count(&self, operation: &str, key: &str) -> usize {
        self.calls
            .iter()
            .filter(|call| call.operation == operation && call.key == key)
            .count()
    }

    pub(crate) fn total(&self, operation: &str) -> usize {
        self.calls
            .iter()
            .filter(|call| call.operation == operation)
            .count()
    }

    /// The most conversions in any one second.
    pub(crate) fn busiest_second(&self) -> usize {
        let effects: Vec<Instant> = self
            .calls
            .iter()
            .filter(|call| is_effect(call.operation))
            .map(|call| call.at)
            .collect();
        let within = |from: Instant| {
            effects
                .iter()
                .filter(|at| **at >= from && **at < from + SECOND)
                .count()
        };
        effects.iter().map(|from| within(*from)).max().unwrap_or(0)
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn is_effect(operation: &str) -> bool {
    matches!(operation, "UpdateObjectEncryption" | "CopyObject")
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeAccount {
    world: Arc<Mutex<World>>,
}

impl FakeAccount {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn account(&self, kind: AccountKind, changes_allowed: bool) -> Account {
        let this = || Arc::new(self.clone());
        Account {
            identity: Identity {
                kind,
                account_id: None,
                endpoint: None,
                region: None,
                changes_allowed,
            },
            objects: this(),
            probes: this(),
            buckets: this(),
            keys: this(),
            usage: this(),
            deliveries: this(),
            macie: this(),
            caller: this(),
        }
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, facts: ObjectFacts) {
        self.world()
            .objects
            .entry((bucket.to_string(), key.to_string()))
            .or_default()
            .push(facts);
    }

    pub(crate) fn mishap(&self, operation: &'static str, key: &str, mishaps: &[Mishap]) {
        self.world()
            .mishaps
            .entry((operation, key.to_string()))
            .or_default()
            .extend(mishaps);
    }

    async fn half(&self) {
        let latency = self.world().latency;
        if latency > Duration::ZERO {
            tokio::time::sleep(latency / 2).await;
        }
    }

    /// Logs a request and gives the mishap that is due.
    fn begin(&self, operation: &'static str, object: &ObjectRef) -> Result<Option<Mishap>, CloudError> {
        let mut world = self.world();
        let now = Instant::now();
        world.calls.push(Call {
            operation,
            key: object.key.clone(),
            at: now,
        });
        let due = world
            .mishaps
            .get_mut(&(operation, object.key.clone()))
            .and_then(VecDeque::pop_front);
        if let Some(Mishap::Refuse(fault)) = due {
            return Err(error(fault, operation, object));
        }
        if let Some(Mishap::Overwrite) = due {
            world.serial += 1;
            let serial = world.serial;
            let of = (object.bucket.clone(), object.key.clone());
            if let Some(newest) = world
                .objects
                .get_mut(&of)
                .and_then(|versions| versions.last_mut())
            {
                newest.e_tag = format!("overwritten-{serial}");
            }
        }
        if !is_effect(operation) {
            return Ok(due);
        }
        if let Some(fault) = world.refused.get(&object.key) {
            return Err(error(*fault, operation, object));
        }
        let effects = world.calls.iter().filter(|call| is_effect(call.operation));
        if world
            .disable_after
            .is_some_and(|after| effects.clone().count() > after)
        {
            world.key_disabled = true;
        }
        if world.key_disabled {
            return Err(error(Fault::KeyUnusable, operation, object));
        }
        let effects = world.calls.iter().filter(|call| is_effect(call.operation));
        let lately = effects.filter(|call| call.at + SECOND > now).count();
        if world.kms_limit.is_some_and(|limit| lately > limit) {
            return Err(error(Fault::Throttled(Throttler::Kms), operation, object));
        }
        Ok(due)
    }
}

fn error(fault: Fault, operation: &'static str, object: &ObjectRef) -> CloudError {
    CloudError::new(fault, operation, object.to_string(), format!("{fault:?}"))
}

fn find<'a>(
    world: &'a mut World,
    operation: &'static str,
    object: &ObjectRef,
) -> Result<&'a mut ObjectFacts, CloudError> {
    let versions = world
        .objects
        .get_mut(&(object.bucket.clone(), object.key.clone()));
    let found = versions.and_then(|versions| match &object.version_id {
        None => versions.last_mut(),
        Some(wanted) => versions.iter_mut().find(|facts| {
            facts.version_id.as_ref() == Some(wanted) || (facts.version_id.is_none() && wanted == "null")
        }),
    });
    found.ok_or_else(|| error(Fault::NotFound, operation, object))
}

fn under(target: &TargetEncryption) -> ObjectEncryption {
    ObjectEncryption {
        status: EncryptionStatus::SseKms,
        key: Some(target.key.as_str().to_string()),
        bucket_key: target.bucket_key,
    }
}

#[async_trait]
impl Objects for FakeAccount {
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        self.half().await;
        self.begin("HeadObject", object)?;
        let facts = find(&mut self.world(), "HeadObject", object).cloned();
        self.half().await;
        facts
    }

    async fn update_encryption(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), CloudError> {
        const OPERATION: &str = "UpdateObjectEncryption";
        self.half().await;
        let due = self.begin(OPERATION, object)?;
        {
            let mut world = self.world();
            let destroys = world.update_destroys;
            let facts = find(&mut world, OPERATION, object)?;
            if destroys {
                facts.size = Bytes(0);
                facts.e_tag = "destroyed".to_string();
            }
            facts.encryption = under(target);
        }
        self.half().await;
        match due {
            Some(Mishap::LoseAnswer(fault)) => Err(error(fault, OPERATION, object)),
            _ => Ok(()),
        }
    }

    async fn copy_in_place(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError> {
        const OPERATION: &str = "CopyObject";
        self.half().await;
        let due = self.begin(OPERATION, object)?;
        {
            let mut world = self.world();
            world.serial += 1;
            let (serial, versioned) = (world.serial, world.versioned);
            let facts = find(&mut world, OPERATION, object)?;
            if facts.e_tag != order.seen.e_tag {
                return Err(error(Fault::Changed, OPERATION, object));
            }
            let copy = ObjectFacts {
                e_tag: format!("copy-{serial}"),
                last_modified: Some(UnixMillis(2_000)),
                encryption: under(&order.target),
                version_id: versioned.then(|| format!("v{serial}")),
                ..order.seen.clone()
            };
            if versioned {
                world
                    .objects
                    .entry((object.bucket.clone(), object.key.clone()))
                    .or_default()
                    .push(copy);
            } else {
                *facts = copy;
            }
        }
        self.half().await;
        match due {
            Some(Mishap::LoseAnswer(fault)) => Err(error(fault, OPERATION, object)),
            _ => Ok(()),
        }
    }

    async fn list_versions(&self, _: &str, _: Option<&str>) -> Result<VersionPage, CloudError> {
        unimplemented!("the engine lists nothing")
    }

    async fn read(&self, _: &ObjectRef, _: usize) -> Result<Vec<u8>, CloudError> {
        unimplemented!("the engine reads no bodies")
    }

    async fn tags(&self, _: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        unimplemented!("the engine reads no tags")
    }
}

#[async_trait]
impl Buckets for FakeAccount {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> {
        Ok(Vec::new())
    }

    async fn settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        self.half().await;
        let of = ObjectRef {
            bucket: bucket.to_string(),
            key: bucket.to_string(),
            version_id: None,
        };
        self.begin("GetBucketEncryption", &of)?;
        let default_encryption = self.world().defaults.get(bucket).cloned();
        Ok(BucketSettings {
            default_encryption,
            versioned: false,
            object_lock: false,
        })
    }

    async fn put_default_encryption(
        &self,
        bucket: &str,
        wanted: &DefaultEncryption,
    ) -> Result<(), CloudError> {
        self.half().await;
        let of = ObjectRef {
            bucket: bucket.to_string(),
            key: bucket.to_string(),
            version_id: None,
        };
        self.begin("PutBucketEncryption", &of)?;
        self.world().defaults.insert(bucket.to_string(), wanted.clone());
        self.half().await;
        Ok(())
    }
}

#[async_trait]
impl Keys for FakeAccount {
    async fn describe(&self, arn: &str) -> Result<KeyFacts, CloudError> {
        let state = if self.world().key_disabled {
            "Disabled"
        } else {
            "Enabled"
        };
        Ok(KeyFacts {
            arn: KeyArn::parse(arn).unwrap(),
            alias: None,
            description: String::new(),
            state: state.to_string(),
            symmetric: true,
            customer_managed: true,
        })
    }

    async fn list(&self, _: &Region) -> Result<Vec<KeyFacts>, CloudError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Probes for FakeAccount {
    async fn put_probe(&self, _: &ObjectRef, _: &[u8]) -> Result<Option<String>, CloudError> {
        unimplemented!("proving is the prover's part")
    }

    async fn delete_probe(&self, _: &ObjectRef) -> Result<(), CloudError> {
        unimplemented!("proving is the prover's part")
    }
}

#[async_trait]
impl Usage for FakeAccount {
    async fn kms_quota(&self, _: &Region) -> Result<Option<Quota>, CloudError> {
        Ok(None)
    }

    async fn kms_baseline(&self, _: &Region) -> Result<Option<RequestsPerSecond>, CloudError> {
        Ok(None)
    }

    async fn workload(&self, _: &str) -> Result<Option<BucketWorkload>, CloudError> {
        Ok(None)
    }
}

/// No migration asks where an inventory is.
const NOT_ASKED: &str = "a migration does not ask this";

#[async_trait]
impl Deliveries for FakeAccount {
    async fn region(&self, _: &str) -> Result<Option<Region>, CloudError> {
        unimplemented!("{NOT_ASKED}")
    }

    async fn folder(&self, _: &str, _: &str) -> Result<Folder, CloudError> {
        unimplemented!("{NOT_ASKED}")
    }

    async fn open(&self, _: &str, _: &str) -> Result<Content, CloudError> {
        unimplemented!("{NOT_ASKED}")
    }

    async fn configurations(&self, _: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        unimplemented!("{NOT_ASKED}")
    }
}

#[async_trait]
impl Macie for FakeAccount {
    async fn describe_buckets(&self, _: &Region) -> Result<Vec<MacieBucket>, CloudError> {
        unimplemented!("{NOT_ASKED}")
    }
}

#[async_trait]
impl Caller for FakeAccount {
    async fn identity(&self) -> Result<CallerIdentity, CloudError> {
        unimplemented!("{NOT_ASKED}")
    }
}
