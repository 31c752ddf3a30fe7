//! A simulated account: twelve buckets in three Regions with some 35,000 objects of every kind, KMS keys, and request
//! quotas that throttle. It behaves as AWS documents, keeps what was changed in one file, and costs nothing.
//!
//! The server opens it for `--sandbox`, and tests of every crate work on it. It is the same account each time it is opened
//! on a new folder. It is no S3 server: there is no HTTP, no signature and no policy but [`Reader`].

mod bucket;
mod caller;
mod clock;
mod deliveries;
mod dressing;
mod effects;
mod estate;
mod faults;
mod generate;
mod increases;
mod job_places;
mod jobs;
mod kept;
mod key_calls;
mod kms;
mod macie;
mod mix;
mod object;
mod policies;
mod principals;
mod rates;
mod rules;
mod service;
mod weeks;
mod world;

pub use clock::{Clock, SetClock, SystemClock};
pub use dressing::{Dressing, Sent};
pub use effects::{Effect, read_effects};
pub use faults::FaultPlan;
pub use object::{Content, NewObject};

use crate::account::{Account, AccountKind, Identity};
use crate::error::{CloudError, Fault};
use crate::object::{KeyFacts, ObjectRef};
use estate::ACCOUNT_ID;
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use world::World;

/// Keys of which rows are made at once: little memory, and few looks at the bucket.
const INVENTORY_PAGE: usize = 4_096;

/// How the simulated account behaves; [`Default`] is what `--sandbox` uses.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Time that each operation takes; none by default.
    pub latency: Duration,
    /// Faults made on purpose; none by default.
    pub faults: FaultPlan,
    /// What time it is; the machine's clock by default.
    pub clock: Arc<dyn Clock>,
    /// KMS quotas that differ from the built-in ones, by Region. What others use of them stays the same; granted increases
    /// go before both.
    pub kms_quotas: BTreeMap<Region, RequestsPerSecond>,
    /// Writes that one prefix takes in a second before S3 throttles.
    pub s3_writes_per_prefix: RequestsPerSecond,
    /// Objects of one more bucket that is there to measure a migration on; without any there is no such bucket.
    pub load_objects: u64,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            faults: FaultPlan::default(),
            clock: Arc::new(SystemClock),
            kms_quotas: BTreeMap::new(),
            s3_writes_per_prefix: model::quotas::s3_put_per_prefix().limit,
            load_objects: 0,
        }
    }
}

/// Why a simulated account cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The folder or the file cannot be used.
    #[error("the sandbox cannot use {}", path.display())]
    Files {
        /// Folder or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process has it.
    #[error("another process has the sandbox open: {}", path.display())]
    InUse {
        /// File of effects.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("line {line} of {} is not an effect of the sandbox", path.display())]
    Line {
        /// File of effects.
        path: PathBuf,
        /// Number of the line.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A bucket of the simulated account, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxBucket {
    /// Name.
    pub name: String,
    /// Region.
    pub region: Region,
    /// What it is for, in a sentence.
    pub purpose: String,
    /// Whether versioning is on.
    pub versioned: bool,
    /// Whether Object Lock is enabled.
    pub object_lock: bool,
}

/// Who reads, in the demonstration of what SSE-KMS changes: with SSE-S3 the right on the bucket is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// May use the keys.
    Owner,
    /// Has `s3:*` and no right on any key.
    S3Only,
}

/// The simulated account.
#[derive(Clone, Debug)]
pub struct Sandbox {
    world: Arc<World>,
    /// The bucket that inventories are delivered to, as a folder.
    deliveries: Arc<Path>,
}

impl Sandbox {
    /// The time at which the account is as it was made: 2026-11-20T01:00:00Z.
    pub const START: UnixMillis = generate::START;

    /// The bucket that inventories are delivered to.
    pub const REPORTS: &'static str = "inventory-reports";

    /// Bucket to measure on; it is there where objects were asked for.
    pub const LOAD: &'static str = estate::LOAD.name;

    /// Id of its buckets' inventory configurations.
    pub const CONFIGURATION: &'static str = "all-objects";

    /// Opens the account whose effects are kept in `dir`.
    ///
    /// # Errors
    /// When the folder cannot be used, another process has it open, or its file is damaged.
    pub fn open(dir: &Path, options: SandboxOptions) -> Result<Self, SandboxError> {
        let (log, effects) = effects::Log::open(dir)?;
        // After the log, whose lock keeps other processes out.
        let kept = (increases::Asked::open(dir)?, jobs::Ordered::open(dir)?);
        Ok(Self {
            world: Arc::new(World::new(log, effects, kept, options)),
            deliveries: dir.join("deliveries").into(),
        })
    }

    /// The account behind the traits.
    #[must_use]
    pub fn account(&self) -> Account {
        let service = Arc::new(self.clone());
        Account {
            identity: Identity {
                kind: AccountKind::Sandbox,
                role: None,
                account_id: Some(ACCOUNT_ID.to_string()),
                endpoint: None,
                region: Some("eu-west-2".to_string()),
                changes_allowed: true,
            },
            objects: Arc::clone(&service) as _,
            probes: Arc::clone(&service) as _,
            buckets: Arc::clone(&service) as _,
            policies: Arc::clone(&service) as _,
            evidence: Arc::clone(&service) as _,
            principals: Arc::clone(&service) as _,
            jobs: Arc::clone(&service) as _,
            keys: Arc::clone(&service) as _,
            usage: Arc::clone(&service) as _,
            increases: Arc::clone(&service) as _,
            price_list: Arc::clone(&service) as _,
            deliveries: Arc::clone(&service) as _,
            macie: Arc::clone(&service) as _,
            caller: service,
        }
    }

    /// The buckets, by name.
    #[must_use]
    pub fn buckets(&self) -> Vec<SandboxBucket> {
        let bucket = |plan: &estate::BucketPlan| SandboxBucket {
            name: plan.name.to_string(),
            region: Region(plan.region.to_string()),
            purpose: plan.purpose.to_string(),
            versioned: plan.versioned,
            object_lock: plan.object_lock,
        };
        self.world.plans().map(bucket).collect()
    }

    /// The state of a bucket now as rows of an inventory: by key, newest version first. Empty for a bucket that does not
    /// exist.
    #[must_use]
    pub fn inventory_rows(&self, bucket: &str) -> Vec<ObjectRow> {
        self.inventory(bucket).collect()
    }

    /// As [`Self::inventory_rows`], some thousand at a time, so that a large bucket is not in memory twice.
    pub fn inventory(&self, bucket: &str) -> impl Iterator<Item = ObjectRow> {
        self.inventory_at(bucket, self.world.now())
    }

    /// The same with the locks that hold at a time.
    pub fn inventory_at(&self, bucket: &str, now: UnixMillis) -> impl Iterator<Item = ObjectRow> {
        let (sandbox, bucket) = (self.clone(), bucket.to_string());
        let mut after: Option<Box<str>> = None;
        let pages = std::iter::from_fn(move || {
            let mut open = sandbox.world.open(world::HEAD, &bucket).ok()?;
            let bucket = open.get();
            let begin = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let mut rows = Vec::new();
            let page = bucket
                .objects
                .range::<str, _>((begin, Bound::Unbounded))
                .take(INVENTORY_PAGE);
            let mut last = None;
            for (key, versions) in page {
                let versioned = bucket.plan.versioned;
                let listed = versions.iter().enumerate();
                rows.extend(listed.map(|(place, version)| version.row(key, versioned, place == 0, now)));
                last = Some(key.clone());
            }
            after = Some(last?);
            Some(rows)
        });
        pages.flatten()
    }

    /// When an object of a bucket was changed last, by the account's clock; `None` where none was since the account began.
    #[must_use]
    pub fn changed_at(&self, bucket: &str) -> Option<UnixMillis> {
        self.world.changed_at(bucket)
    }

    /// What time it is in the account.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.world.now()
    }

    /// Folder that stands for the bucket [`Self::REPORTS`]: whoever opens the account may put deliveries there.
    #[must_use]
    pub fn deliveries(&self) -> &Path {
        &self.deliveries
    }

    /// What Macie's `DescribeBuckets` would say of the account now.
    #[must_use]
    pub fn macie_json(&self) -> serde_json::Value {
        macie::describe_buckets(&self.world)
    }

    /// Writes an object as somebody else would, so that tests can set one up or change one under a running migration.
    ///
    /// # Errors
    /// As `PutObject`.
    pub fn put(&self, object: &ObjectRef, new: &NewObject) -> Result<Option<String>, CloudError> {
        self.world.put(object, new)
    }

    /// Everything that a copy has to keep besides the body.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn dressing(&self, object: &ObjectRef) -> Result<Dressing, CloudError> {
        let mut open = self.world.open(world::HEAD, &object.bucket)?;
        match open.get().find(object) {
            Ok((_, version)) => Ok(version.dressing(&object.key)),
            Err((fault, text)) => Err(CloudError::new(fault, world::HEAD, object.to_string(), text)),
        }
    }

    /// The start of an object's body as read by somebody who may or may not use keys.
    ///
    /// # Errors
    /// `AccessDenied` for [`Reader::S3Only`] on an object under a KMS key; else as `GetObject`.
    pub fn read_as(&self, reader: Reader, object: &ObjectRef, limit: usize) -> Result<Vec<u8>, CloudError> {
        if reader == Reader::S3Only {
            let seen = self.world.head(object)?;
            if let Some(key) = seen.encryption.key {
                let text = format!(
                    "AccessDenied: User: arn:aws:iam::{ACCOUNT_ID}:user/s3-only is not authorized to perform: \
                     kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action"
                );
                return Err(CloudError::new(
                    Fault::AccessDenied,
                    world::GET,
                    object.to_string(),
                    text,
                ));
            }
        }
        self.world.read(object, limit)
    }

    /// The keys of a Region that S3 can use and the customer manages.
    #[must_use]
    pub fn usable_keys(&self, region: &Region) -> Vec<KeyFacts> {
        let keys = self
            .world
            .region(&region.0)
            .into_iter()
            .flat_map(kms::RegionKms::now);
        keys.filter(|key| key.customer_managed && key.obstacle().is_none())
            .collect()
    }
}
