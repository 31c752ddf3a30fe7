//! An account in memory for these tests: each request takes its way to the world, has its effect or a mishap, and takes
//! its way back.

use crate::beside::Beside;
use crate::world::{Call, Change, Doer, Mishap, World, bucket_itself, error, find};
use async_trait::async_trait;
use cloud::{
    Account, AccountKind, BucketSettings, BucketSummary, Buckets, CloudError, CopyOrder, Fault, Identity,
    KeyFacts, Keys, ObjectFacts, ObjectRef, Objects, VersionPage,
};
use model::encryption::{DefaultEncryption, KeyArn, TargetEncryption};
use model::inventory::Region;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The look at an object that a copy begins with, apart from those that the engine asks for itself.
pub(crate) const LOOK_OF_COPY: &str = "HeadObject of CopyObject";

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeAccount {
    world: Arc<Mutex<World>>,
    /// Told when the process that uses the account is to die.
    pub(crate) crashed: Arc<Notify>,
}

impl FakeAccount {
    /// An account of its own that holds this.
    pub(crate) fn holding(world: World) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            ..Self::default()
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(crate) fn account(&self, kind: AccountKind, changes_allowed: bool) -> Account {
        let this = || Arc::new(self.clone());
        Account {
            identity: Identity {
                kind,
                role: None,
                account_id: None,
                endpoint: None,
                region: None,
                changes_allowed,
            },
            objects: this(),
            probes: this(),
            buckets: this(),
            policies: Arc::new(Beside),
            evidence: Arc::new(Beside),
            principals: Arc::new(Beside),
            jobs: this(),
            keys: this(),
            usage: this(),
            increases: Arc::new(Beside),
            price_list: Arc::new(Beside),
            deliveries: this(),
            macie: Arc::new(Beside),
            caller: Arc::new(Beside),
        }
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, facts: ObjectFacts) {
        self.world().put(bucket, key, facts, BTreeMap::new());
    }

    pub(crate) fn mishap(&self, operation: &'static str, key: &str, mishaps: &[Mishap]) {
        self.world()
            .mishaps
            .entry((operation, key.to_string()))
            .or_default()
            .extend(mishaps);
    }

    /// The way to the account, or back.
    pub(crate) async fn way(&self) {
        let takes = {
            let mut world = self.world();
            let half = world.latency / 2;
            world.storm.as_mut().map_or(half, crate::storm::Storm::delay)
        };
        if takes > Duration::ZERO {
            tokio::time::sleep(takes).await;
        }
    }

    async fn look_of_copy(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError> {
        order.may_read(LOOK_OF_COPY, object).await?;
        self.ask(LOOK_OF_COPY, object).await?;
        self.way().await;
        Ok(())
    }

    /// Something happens outside the process now, unless the process is dead: then whoever waits here waits for ever.
    pub(crate) async fn event(&self) {
        let dead = {
            let mut world = self.world();
            world.events += 1;
            world.jobs_go_on();
            world.crash_at.is_some_and(|at| world.events >= at)
        };
        if dead {
            self.crashed.notify_one();
            std::future::pending().await
        }
    }

    fn log(&self, operation: &'static str, object: &ObjectRef) {
        let mut world = self.world();
        let call = Call {
            operation,
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            at: world.now(),
        };
        world.calls.push(call);
    }

    /// A request that changes nothing arrives.
    pub(crate) async fn ask(&self, operation: &'static str, object: &ObjectRef) -> Result<(), CloudError> {
        self.log(operation, object);
        self.way().await;
        self.event().await;
        self.world().mishap(operation, object).map(drop)
    }

    /// A request that changes something, from sending it to its answer.
    async fn change(&self, change: Change) -> Result<(), CloudError> {
        let (operation, object) = (change.operation(), change.object());
        let ticket = {
            let mut world = self.world();
            let ticket = world.serial();
            world.on_the_way.insert(ticket, change.clone());
            ticket
        };
        self.log(operation, &object);
        self.way().await;
        self.event().await;
        let answer = self.arrive(ticket, &change);
        self.event().await;
        self.way().await;
        answer
    }

    fn arrive(&self, ticket: u64, change: &Change) -> Result<(), CloudError> {
        let (operation, object) = (change.operation(), change.object());
        let mut world = self.world();
        let due = world.mishap(operation, &object);
        if let Ok(Some(Mishap::ActLate(fault, late))) = due {
            drop(world);
            self.land(ticket, late);
            return Err(error(fault, operation, &object));
        }
        world.on_the_way.remove(&ticket);
        let due = due?;
        world.carry_out(change, Doer::Runner)?;
        match due {
            Some(Mishap::LoseAnswer(fault)) => Err(error(fault, operation, &object)),
            _ => Ok(()),
        }
    }

    /// Lets a request that nobody waits for any more have its effect, if it is still on its way then.
    pub(crate) fn land(&self, ticket: u64, late: Duration) {
        let account = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            let mut world = account.world();
            if let Some(change) = world.on_the_way.remove(&ticket) {
                world.landed_late += 1;
                // Whether it was refused, nobody asks.
                let _ = world.take_late(&change);
            }
        });
    }
}

#[async_trait]
impl Objects for FakeAccount {
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        self.ask("HeadObject", object).await?;
        let facts = find(&mut self.world(), "HeadObject", object).map(|stored| ObjectFacts::clone(stored));
        self.way().await;
        facts
    }

    async fn update_encryption(
        &self,
        object: &ObjectRef,
        target: &TargetEncryption,
    ) -> Result<(), CloudError> {
        self.change(Change::Update(object.clone(), target.clone())).await
    }

    /// A copy looks at its object just before, which takes its time, and again where leave to send it came late.
    async fn copy_in_place(&self, object: &ObjectRef, order: &CopyOrder) -> Result<(), CloudError> {
        self.look_of_copy(object, order).await?;
        let seen_at = Instant::now();
        order.may_write("CopyObject", object).await?;
        if seen_at.elapsed() > Duration::from_secs(1) {
            self.look_of_copy(object, order).await?;
            order.may_write("CopyObject", object).await?;
        }
        order.sent();
        self.change(Change::Copy(object.clone(), order.clone())).await
    }

    async fn free_parts(&self, object: &ObjectRef, _: RangeInclusive<UnixMillis>) -> Result<u64, CloudError> {
        self.ask("AbortMultipartUpload", object).await?;
        Ok(1)
    }

    async fn list_versions(&self, _: &str, _: Option<&str>) -> Result<VersionPage, CloudError> {
        unimplemented!("the engine lists nothing")
    }

    async fn read(&self, object: &ObjectRef, _: usize) -> Result<Vec<u8>, CloudError> {
        const GET: &str = "GetObject";
        self.ask(GET, object).await?;
        let read = {
            let mut world = self.world();
            let disabled = world.key_disabled;
            let stored = find(&mut world, GET, object)?;
            if stored.storage_class.needs_restore() {
                return Err(error(Fault::NeedsRestore, GET, object));
            }
            if disabled && stored.encryption.key.is_some() {
                return Err(error(Fault::KeyUnusable, GET, object));
            }
            stored.body.to_le_bytes().to_vec()
        };
        self.way().await;
        Ok(read)
    }

    async fn tags(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        const TAGS: &str = "GetObjectTagging";
        self.ask(TAGS, object).await?;
        let tags = find(&mut self.world(), TAGS, object).map(|stored| stored.tags.clone());
        self.way().await;
        tags
    }

    async fn grants(&self, object: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        self.ask("GetObjectAcl", object).await?;
        Ok(BTreeMap::new())
    }
}

#[async_trait]
impl Buckets for FakeAccount {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> {
        Ok(Vec::new())
    }

    async fn settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        self.ask("GetBucketEncryption", &bucket_itself(bucket)).await?;
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
        self.change(Change::Default(bucket.to_string(), wanted.clone()))
            .await
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
            custom_key_store: None,
        })
    }

    async fn list(&self, _: &Region) -> Result<Vec<KeyFacts>, CloudError> {
        Ok(Vec::new())
    }

    async fn schedule_deletion(&self, _: &str, _: u8) -> Result<Option<UnixMillis>, CloudError> {
        unimplemented!("keys are deleted on the sandbox")
    }

    async fn enable(&self, _: &str) -> Result<(), CloudError> {
        unimplemented!("keys are deleted on the sandbox")
    }

    async fn cancel_deletion(&self, _: &str) -> Result<(), CloudError> {
        unimplemented!("keys are deleted on the sandbox")
    }
}
