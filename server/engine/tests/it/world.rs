//! What is stored behind the account of these tests, and what each request does to it, as S3 documents it: versions,
//! conditions, what a copy keeps and what it loses. Also keeps what a run must not do, so that tests can look.

use crate::headroom::SharedQuota;
use crate::operations::Operations;
use crate::storm::Storm;
use cloud::{CloudError, CopyOrder, Fault, ObjectFacts, ObjectRef, Throttler};
use model::encryption::{DefaultEncryption, ObjectEncryption, TargetEncryption};
use model::inventory::EncryptionStatus;
use model::quantity::Bytes;
use model::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use tokio::time::Instant;

/// What a request is made to do instead of succeeding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mishap {
    /// Nothing happens, and this is said.
    Refuse(Fault),
    /// It happens, and this is said.
    LoseAnswer(Fault),
    /// This is said, and it happens so much later, unless the network loses it with the process.
    ActLate(Fault, Duration),
    /// Another writer replaces the object first.
    Overwrite,
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) at: Instant,
}

/// A request that changes something.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Update(ObjectRef, TargetEncryption),
    Copy(ObjectRef, CopyOrder),
    Default(String, DefaultEncryption),
}

impl Change {
    pub(crate) const fn operation(&self) -> &'static str {
        match self {
            Self::Update(..) => "UpdateObjectEncryption",
            Self::Copy(..) => "CopyObject",
            Self::Default(..) => "PutBucketEncryption",
        }
    }

    pub(crate) fn object(&self) -> ObjectRef {
        match self {
            Self::Update(object, _) | Self::Copy(object, _) => object.clone(),
            Self::Default(bucket, _) => bucket_itself(bucket),
        }
    }
}

/// A bucket's settings as the target of a request.
pub(crate) fn bucket_itself(bucket: &str) -> ObjectRef {
    ObjectRef {
        bucket: bucket.to_string(),
        key: bucket.to_string(),
        version_id: None,
    }
}

/// Who brought a version under its encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doer {
    /// Not the runner: it was there before, or another writer's.
    Others,
    /// A request of the runner, whose answer it got or could ask for.
    Runner,
    /// A request of the runner that had its effect after the runner gave it up.
    Late,
    /// A job of S3 Batch Operations.
    Job,
}

/// A stored version.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    facts: ObjectFacts,
    /// Which content it holds: each upload has its own, a copy has its source's.
    pub(crate) body: u64,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) doer: Doer,
}

impl Deref for Stored {
    type Target = ObjectFacts;

    fn deref(&self) -> &ObjectFacts {
        &self.facts
    }
}

impl DerefMut for Stored {
    fn deref_mut(&mut self) -> &mut ObjectFacts {
        &mut self.facts
    }
}

/// Names an object: bucket and key.
pub(crate) type Name = (String, String);

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// Versions of each object, newest last.
    pub(crate) objects: BTreeMap<Name, Vec<Stored>>,
    pub(crate) defaults: BTreeMap<String, DefaultEncryption>,
    pub(crate) mishaps: BTreeMap<(&'static str, String), VecDeque<Mishap>>,
    /// Mishaps and latencies by chance.
    pub(crate) storm: Option<Storm>,
    /// The Region's KMS quota, and what others use of it; what is not told where there is none.
    pub(crate) quota: Option<SharedQuota>,
    /// S3 Batch Operations.
    pub(crate) operations: Operations,
    /// Buckets that are not there any more.
    pub(crate) deleted: BTreeSet<String>,
    /// Refused each time.
    pub(crate) refused: BTreeMap<String, Fault>,
    pub(crate) calls: Vec<Call>,
    pub(crate) key_disabled: bool,
    /// The runner's role may not touch objects.
    pub(crate) role_denied: bool,
    /// After so many conversions the key is disabled.
    pub(crate) disable_after: Option<usize>,
    /// KMS calls a second beyond which requests are throttled.
    pub(crate) kms_limit: Option<usize>,
    /// The server writes an empty object where an update is asked for.
    pub(crate) update_destroys: bool,
    pub(crate) versioned: bool,
    pub(crate) latency: Duration,
    /// How often a content was converted.
    pub(crate) conversions: BTreeMap<(Name, u64), u32>,
    /// Conversions of what the runner had converted, and could have known it.
    pub(crate) repeated: Vec<String>,
    /// Every content that was uploaded, as it was uploaded.
    pub(crate) uploads: BTreeMap<(Name, u64), Stored>,
    /// Contents that other writers replaced or deleted.
    pub(crate) replaced: BTreeSet<(Name, u64)>,
    /// Requests that had their effect after the runner had given them up.
    pub(crate) landed_late: u64,
    /// Requests on their way that have had no effect yet.
    pub(crate) on_the_way: BTreeMap<u64, Change>,
    /// Things that happened outside the process; a crash comes at one of them.
    pub(crate) events: u64,
    pub(crate) crash_at: Option<u64>,
    /// Where the time of this life of the process begins, and which time that is: lives follow each other.
    pub(crate) life: Option<(Instant, Instant)>,
    serial: u64,
}

const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn is_conversion(operation: &str) -> bool {
    matches!(operation, "UpdateObjectEncryption" | "CopyObject")
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
        let conversions = self.calls.iter().filter(|call| is_conversion(call.operation));
        busiest(conversions.map(|call| call.at))
    }

    /// The time, over all lives of the process.
    pub(crate) fn now(&self) -> Instant {
        match self.life {
            None => Instant::now(),
            Some((began, at)) => at + began.elapsed(),
        }
    }

    pub(crate) const fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Stores a version as another writer's upload.
    pub(crate) fn put(
        &mut self,
        bucket: &str,
        key: &str,
        facts: ObjectFacts,
        tags: BTreeMap<String, String>,
    ) {
        let stored = Stored {
            body: self.serial(),
            facts,
            tags,
            doer: Doer::Others,
        };
        let name = (bucket.to_string(), key.to_string());
        self.uploads.insert((name.clone(), stored.body), stored.clone());
        self.objects.entry(name).or_default().push(stored);
    }

    /// The newest version of an object, for a test that makes it another.
    pub(crate) fn newest(&mut self, bucket: &str, key: &str) -> &mut Stored {
        let name = (bucket.to_string(), key.to_string());
        self.objects.get_mut(&name).unwrap().last_mut().unwrap()
    }

    /// Another writer replaces the newest version, or adds one in a versioned bucket. Without a header it is encrypted
    /// as the bucket's default says.
    pub(crate) fn overwrite(&mut self, name: &Name, header: Option<EncryptionStatus>) {
        let (serial, versioned) = (self.serial(), self.versioned);
        let default = self.defaults.get(&name.0).cloned();
        let Some(versions) = self.objects.get_mut(name) else {
            return;
        };
        let Some(newest) = versions.last() else { return };
        let encryption = match (header, default) {
            (Some(status), _) => under_nothing(status),
            (None, Some(default)) => ObjectEncryption {
                status: default.status,
                key: default.key,
                bucket_key: default.bucket_key,
            },
            (None, None) => under_nothing(EncryptionStatus::SseS3),
        };
        let mut written = newest.clone();
        written.body = serial;
        written.doer = Doer::Others;
        written.e_tag = format!("written-{serial}");
        written.size = Bytes(newest.size.0 + 1);
        written.last_modified = Some(UnixMillis(5_000 + serial as i64));
        written.metadata = BTreeMap::from([("written".to_string(), serial.to_string())]);
        written.tags = BTreeMap::from([("by".to_string(), serial.to_string())]);
        written.encryption = encryption;
        written.locked = false;
        written.version_id = versioned.then(|| format!("w{serial}"));
        if !versioned {
            let replaced = versions.drain(..).map(|old| (name.clone(), old.body));
            self.replaced.extend(replaced);
        }
        versions.push(written.clone());
        self.uploads.insert((name.clone(), serial), written);
    }

    /// Another writer deletes an object of an unversioned bucket.
    pub(crate) fn delete(&mut self, name: &Name) {
        let versions = self.objects.remove(name).unwrap_or_default();
        let replaced = versions.into_iter().map(|old| (name.clone(), old.body));
        self.replaced.extend(replaced);
    }

    /// What is due for a request by the script, by the state of the account, or by chance.
    pub(crate) fn mishap(
        &mut self,
        operation: &'static str,
        object: &ObjectRef,
    ) -> Result<Option<Mishap>, CloudError> {
        if self.deleted.contains(&object.bucket) {
            // An answer to HEAD has no words.
            let words = if operation == "HeadObject" {
                "NotFound"
            } else {
                "NoSuchBucket: none"
            };
            return Err(CloudError::new(
                Fault::NotFound,
                operation,
                object.to_string(),
                words,
            ));
        }
        let scripted = self
            .mishaps
            .get_mut(&(operation, object.key.clone()))
            .and_then(VecDeque::pop_front);
        let due = scripted.or_else(|| self.storm.as_mut().and_then(|storm| storm.mishap(operation)));
        match due {
            Some(Mishap::Refuse(fault)) => return Err(error(fault, operation, object)),
            Some(Mishap::Overwrite) => {
                let serial = self.serial();
                let name = (object.bucket.clone(), object.key.clone());
                if let Some(newest) = self
                    .objects
                    .get_mut(&name)
                    .and_then(|versions| versions.last_mut())
                {
                    newest.e_tag = format!("overwritten-{serial}");
                }
            }
            _ => {}
        }
        if is_conversion(operation) {
            self.admit(operation, object)?;
        }
        Ok(due)
    }

    /// Whether the account takes a conversion now.
    fn admit(&mut self, operation: &'static str, object: &ObjectRef) -> Result<(), CloudError> {
        if let Some(fault) = self.refused.get(&object.key) {
            return Err(error(*fault, operation, object));
        }
        if self.role_denied {
            return Err(error(Fault::AccessDenied, operation, object));
        }
        let conversions = self.calls.iter().filter(|call| is_conversion(call.operation));
        if self
            .disable_after
            .is_some_and(|after| conversions.clone().count() > after)
        {
            self.key_disabled = true;
        }
        if self.key_disabled {
            return Err(error(Fault::KeyUnusable, operation, object));
        }
        if let Some(limit) = self.kms_limit {
            let now = self.now();
            let conversions = self
                .calls
                .iter()
                .rev()
                .filter(|call| is_conversion(call.operation));
            if conversions.take_while(|call| call.at + SECOND > now).count() > limit {
                return Err(error(Fault::Throttled(Throttler::Kms), operation, object));
            }
        }
        Ok(())
    }

    /// Takes a request that nobody waits for any more.
    pub(crate) fn take_late(&mut self, change: &Change) -> Result<(), CloudError> {
        if is_conversion(change.operation()) {
            self.admit(change.operation(), &change.object())?;
        }
        self.carry_out(change, Doer::Late)
    }

    /// Does what a request asks for.
    pub(crate) fn carry_out(&mut self, change: &Change, doer: Doer) -> Result<(), CloudError> {
        match change {
            Change::Default(bucket, wanted) => {
                self.defaults.insert(bucket.clone(), wanted.clone());
                Ok(())
            }
            Change::Update(object, target) => self.update(object, target, doer),
            Change::Copy(object, order) => self.copy(object, order, doer),
        }
    }

    fn update(
        &mut self,
        object: &ObjectRef,
        target: &TargetEncryption,
        doer: Doer,
    ) -> Result<(), CloudError> {
        const OPERATION: &str = "UpdateObjectEncryption";
        let destroys = self.update_destroys;
        let stored = find(self, OPERATION, object)?;
        if stored.locked {
            return Err(error(Fault::Locked, OPERATION, object));
        }
        if !matches!(
            stored.encryption.status,
            EncryptionStatus::SseS3 | EncryptionStatus::SseKms
        ) {
            return Err(error(Fault::Refused, OPERATION, object));
        }
        if destroys {
            stored.size = Bytes(0);
            stored.e_tag = "destroyed".to_string();
        }
        let (was, body) = (stored.doer, stored.body);
        let changes = !stored.encryption.meets(target, true);
        if changes {
            stored.encryption = under(target);
            stored.doer = doer;
        }
        self.converted(object, body, changes, was, doer);
        Ok(())
    }

    fn copy(&mut self, object: &ObjectRef, order: &CopyOrder, doer: Doer) -> Result<(), CloudError> {
        const OPERATION: &str = "CopyObject";
        let (serial, versioned) = (self.serial(), self.versioned);
        let source = find(self, OPERATION, object)?;
        let came_under_key = source.encryption.key.is_some() && order.seen.encryption.key.is_none();
        if source.e_tag != order.seen.e_tag || came_under_key {
            return Err(error(Fault::Changed, OPERATION, object));
        }
        if source.locked {
            return Err(error(Fault::Locked, OPERATION, object));
        }
        if source.storage_class.needs_restore() {
            return Err(error(Fault::NeedsRestore, OPERATION, object));
        }
        if source.encryption.status == EncryptionStatus::SseC {
            return Err(error(Fault::Refused, OPERATION, object));
        }
        let (was, body) = (source.doer, source.body);
        let mut copy = source.clone();
        copy.e_tag = format!("copy-{serial}");
        copy.last_modified = Some(UnixMillis(2_000));
        // Metadata and tags are taken from the source, the class is what the request says.
        copy.storage_class = order.seen.storage_class;
        copy.encryption = under(&order.target);
        copy.version_id = versioned.then(|| format!("v{serial}"));
        copy.doer = doer;
        if versioned {
            self.objects
                .entry((object.bucket.clone(), object.key.clone()))
                .or_default()
                .push(copy);
        } else {
            *source = copy;
        }
        self.converted(object, body, true, was, doer);
        Ok(())
    }

    fn converted(&mut self, object: &ObjectRef, body: u64, changes: bool, was: Doer, doer: Doer) {
        let name = (object.bucket.clone(), object.key.clone());
        if changes {
            *self.conversions.entry((name, body)).or_default() += 1;
        } else if (was, doer) == (Doer::Runner, Doer::Runner) {
            self.repeated.push(object.to_string());
        }
    }
}

/// The most points of time within any one second.
pub(crate) fn busiest(times: impl Iterator<Item = Instant>) -> usize {
    let mut times: Vec<Instant> = times.collect();
    times.sort_unstable();
    let within = |(first, from): (usize, &Instant)| times.partition_point(|at| *at < *from + SECOND) - first;
    times.iter().enumerate().map(within).max().unwrap_or(0)
}

pub(crate) fn error(fault: Fault, operation: &'static str, object: &ObjectRef) -> CloudError {
    CloudError::new(fault, operation, object.to_string(), format!("{fault:?}"))
}

pub(crate) fn find<'a>(
    world: &'a mut World,
    operation: &'static str,
    object: &ObjectRef,
) -> Result<&'a mut Stored, CloudError> {
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

const fn under_nothing(status: EncryptionStatus) -> ObjectEncryption {
    ObjectEncryption {
        status,
        key: None,
        bucket_key: false,
    }
}
