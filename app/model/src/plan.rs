//! A migration plan as it is shown, confirmed and run: what is converted how, what is left out and why, at which rate.
//! Built by [`crate::planning`], stored by `store`, run by `engine`. A confirmed plan never changes.

use crate::encryption::TargetEncryption;
use crate::inventory::{EncryptionStatus, Region, SnapshotId, StorageClass};
use crate::jobs::JobSettings;
use crate::method::{LeftOut, Method, MethodRules};
use crate::quantity::{Bytes, Objects, Ratio, RequestsPerSecond};
use crate::quotas::s3_put_per_prefix;
use crate::window::Window;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Name of a migration; its plan and its journal share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MigrationId(pub String);

impl fmt::Display for MigrationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How much of the result is read back with `HeadObject` after the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyScope {
    /// Every object that the plan converts.
    Every,
    /// At most so many objects of each bucket, spread evenly.
    Sample(u64),
}

/// Objects that are converted and compared in full before the rest of their bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// How many of each kind: of each line of the plan.
    pub objects: u32,
    /// Whether the rest waits for a person's word.
    pub asks: bool,
}

/// What the operator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSettings {
    /// Methods and their limits.
    pub rules: MethodRules,
    /// Share of the KMS headroom that the migration may use.
    pub share: Ratio,
    /// KMS calls that converting one object is taken to make; not published by AWS, adjustable.
    pub kms_calls_per_object: Ratio,
    /// Requests to S3 in flight at once.
    pub in_flight: u32,
    /// Rows of the inventory in one journaled batch.
    pub batch_rows: u32,
    /// What is read back at the end.
    pub verify: VerifyScope,
    /// What goes first.
    #[serde(default)]
    pub canary: Canary,
    /// When it may convert.
    #[serde(default)]
    pub window: Window,
    /// Writes a second to one prefix of S3. S3 promises at least its published rate, and may give a busy prefix more.
    #[serde(default = "published_writes")]
    pub s3_writes_per_prefix: RequestsPerSecond,
    /// Which objects are looked at just before they are converted.
    #[serde(default)]
    pub looks: Looks,
}

/// Which objects are looked at (`HeadObject`) just before they are converted, because the inventory may be out of date. A
/// copy is conditional on the entity tag, an update on nothing: S3 has no condition for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looks {
    /// Before each copy; before an update where the bucket has objects under other KMS keys, or took them by default, and the
    /// plan is to leave them there.
    #[default]
    Standard,
    /// Before each copy and each update: twice the requests.
    Each,
    /// As the standard, but copies go by the inventory: half the requests. Where a bucket serves a website, keeps locks or
    /// has lifecycle rules, each object is looked at all the same.
    Fewest,
}

impl Looks {
    /// All of them, the standard first.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Each, Self::Fewest];

    /// In a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Each => "each",
            Self::Fewest => "fewest",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|looks| looks.word() == word)
    }

    /// As people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Standard => "look where a copy or another key could be lost",
            Self::Each => "look at every object",
            Self::Fewest => "copy by the inventory where nothing can be lost",
        }
    }
}

fn published_writes() -> RequestsPerSecond {
    s3_put_per_prefix().limit
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self {
            rules: MethodRules {
                choice: crate::method::MethodChoice::Automatic,
                noncurrent: true,
                rekey: false,
                lines: crate::line_choices::LineChoices::NONE,
            },
            share: Ratio::percent(50),
            kms_calls_per_object: Ratio::ONE,
            in_flight: 256,
            batch_rows: 500,
            verify: VerifyScope::Every,
            canary: Canary {
                objects: 2,
                asks: false,
            },
            window: Window::default(),
            s3_writes_per_prefix: published_writes(),
            looks: Looks::Standard,
        }
    }
}

/// Objects that are converted alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    /// Storage class.
    pub storage_class: StorageClass,
    /// Encryption now.
    pub encryption_status: EncryptionStatus,
    /// Current versions, or noncurrent ones.
    pub current: bool,
    /// How they are converted.
    pub method: Method,
    /// How many.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
    /// Those larger than 5 GiB.
    pub over_5_gib: Objects,
}

/// Objects that are not touched, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutLine {
    /// Why.
    pub reason: LeftOut,
    /// How many; delete markers count here too.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
}

/// One bucket of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanBucket {
    /// Bucket.
    pub bucket: String,
    /// Its Region, which is its key's.
    pub region: Region,
    /// Inventory that lists its objects.
    pub snapshot: SnapshotId,
    /// What its objects and its default encryption become.
    pub target: TargetEncryption,
    /// Rows of the inventory: objects, versions and delete markers.
    pub rows: u64,
    /// What is converted.
    pub lines: Vec<PlanLine>,
    /// What is not.
    pub left_out: Vec<LeftOutLine>,
}

impl PlanBucket {
    /// Objects that will be converted.
    #[must_use]
    pub fn objects(&self) -> Objects {
        self.lines.iter().map(|line| line.objects).sum()
    }

    /// Whether anything in it is converted so.
    #[must_use]
    pub fn converts_by(&self, method: Method) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|line| line.method == method && !line.objects.is_zero())
    }

    /// Bytes of the objects that will be converted.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.lines.iter().map(|line| line.bytes).sum()
    }

    /// Objects and delete markers that will not be touched.
    #[must_use]
    pub fn left_out(&self) -> Objects {
        self.left_out.iter().map(|line| line.objects).sum()
    }
}

/// The limit that decides how fast a migration can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// The chosen share of the KMS headroom.
    KmsShare,
    /// The request rate of S3 per prefix.
    S3Prefix,
    /// Requests in flight over the time that one takes.
    Workers,
}

impl Binding {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::KmsShare => "the share of KMS headroom",
            Self::S3Prefix => "the S3 request rate per prefix",
            Self::Workers => "the requests in flight",
        }
    }
}

/// How fast one Region's part of a plan can go, and what holds it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRate {
    /// Region; each has its own quota and is worked through on its own.
    pub region: Region,
    /// KMS calls a second that the migration may make.
    pub kms_budget: RequestsPerSecond,
    /// Objects a second.
    pub objects_per_second: RequestsPerSecond,
    /// What holds it there.
    pub binds: Binding,
    /// Seconds for this Region's objects at that rate, rounded up.
    pub seconds: u64,
    /// Each limit with the rate that it allows and the seconds that this takes.
    #[serde(default)]
    pub limits: Vec<(Binding, RequestsPerSecond, u64)>,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the migration.
    pub id: MigrationId,
    /// Title that the operator types to confirm: the bucket, or a name for several.
    pub name: String,
    /// Buckets, sorted by name.
    pub buckets: Vec<PlanBucket>,
    /// What the operator set.
    pub settings: PlanSettings,
    /// Rate per Region.
    pub rates: Vec<PlanRate>,
    /// Findings of the checks that somebody took note of when the plan was stored.
    #[serde(default)]
    pub noted: Vec<String>,
    /// S3 Batch Operations, if they make the updates; else the server does.
    #[serde(default)]
    pub jobs: Option<JobSettings>,
}

impl Plan {
    /// Objects that will be converted.
    #[must_use]
    pub fn objects(&self) -> Objects {
        self.buckets.iter().map(PlanBucket::objects).sum()
    }

    /// Bytes of the objects that will be converted.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.buckets.iter().map(PlanBucket::bytes).sum()
    }

    /// Objects and delete markers that will not be touched.
    #[must_use]
    pub fn left_out(&self) -> Objects {
        self.buckets.iter().map(PlanBucket::left_out).sum()
    }

    /// Rows of all inventories.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.rows).sum()
    }

    /// Objects converted by one method.
    #[must_use]
    pub fn by_method(&self, method: Method) -> (Objects, Bytes) {
        let lines = self
            .buckets
            .iter()
            .flat_map(|bucket| &bucket.lines)
            .filter(|line| line.method == method);
        lines.fold((Objects::ZERO, Bytes::ZERO), |(objects, bytes), line| {
            (objects + line.objects, bytes + line.bytes)
        })
    }

    /// Seconds for the whole plan: buckets are worked through one after another. `u64::MAX` where it does not end, because a
    /// Region has no headroom.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let seconds = self.rates.iter().map(|rate| rate.seconds);
        seconds.fold(0, u64::saturating_add)
    }
}
