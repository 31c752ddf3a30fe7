//! What the conversion costs once, by way of doing it. Formulas: `UpdateObjectEncryption` is billed as one PUT at the
//! Standard rate whatever the class; `CopyObject` as one request at the rate of its class, plus retrieval where the class
//! has it, plus the rest of the minimum duration of what it overwrites, plus the version that it leaves behind (Amazon
//! S3 User Guide, update-sse-encryption, copy-object and storage-class-intro, 2026-04). S3 Batch Operations bill a job
//! and each object beside the requests (`AmazonS3` price list, 2026-08). A run looks at objects before it converts them and
//! reads them back afterwards, each by one HEAD at the rate of the class, which calls no KMS (Amazon S3 API Reference,
//! `HeadObject`, 2026-04); what canaries read, some objects of each kind, is not counted.

use super::line::{CostLine, Statement};
use super::places::{Places, at};
use super::usage::{ByClass, priced_in};
use super::work::{Work, WorkByClass};
use crate::basis::{Basis, BucketBasis};
use crate::inventory::{Region, StorageClass};
use crate::plan::{Looks, PlanSettings, VerifyScope};
use crate::prices::{Meter, Prices};
use crate::quantity::Objects;
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// A way of converting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The update wherever S3 takes it, a copy for the rest.
    Proposed,
    /// `UpdateObjectEncryption` by this server.
    Update,
    /// `CopyObject` by this server.
    Copy,
    /// `UpdateObjectEncryption` by S3 Batch Operations, one job for each bucket.
    BatchUpdate,
    /// `CopyObject` by S3 Batch Operations, one job for each bucket; nothing above 5 GiB.
    BatchCopy,
    /// Archived objects that only a copy converts: restored first.
    Restore,
}

impl Way {
    /// Every way, the proposed one first.
    pub const ALL: [Self; 6] = [
        Self::Proposed,
        Self::Update,
        Self::Copy,
        Self::BatchUpdate,
        Self::BatchCopy,
        Self::Restore,
    ];

    /// Name in documents.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Update => "UpdateObjectEncryption",
            Self::Copy => "CopyObject",
            Self::BatchUpdate => "UpdateObjectEncryption by S3 Batch Operations",
            Self::BatchCopy => "CopyObject by S3 Batch Operations",
            Self::Restore => "restore, then CopyObject",
        }
    }

    /// What speaks for it and against it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Proposed => {
                "No data moves where S3 takes the update: no new version, no retrieval, dates and tags stay, and no writer can be overtaken. Only what the update refuses is copied."
            }
            Self::Update => "Takes SSE-S3 and SSE-KMS objects of any size and class; refuses the others.",
            Self::Copy => {
                "Rewrites each object: new version and date, retrieval and early deletion are billed, archives must be restored first."
            }
            Self::BatchUpdate => {
                "S3 works through a manifest by itself: for millions of objects and more. No throttle and no pause."
            }
            Self::BatchCopy => "As the copy, by S3 itself; objects above 5 GiB are left out.",
            Self::Restore => {
                "Archived objects that are not encrypted: restored by the standard tier for a week, then copied."
            }
        }
    }

    const fn is_batch(self) -> bool {
        matches!(self, Self::BatchUpdate | Self::BatchCopy)
    }
}

/// Which objects a run asks S3 about beside converting them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Those that are looked at just before.
    pub looks: Looks,
    /// Those that are read back afterwards.
    pub verify: VerifyScope,
    /// Whether what is under other KMS keys is converted too, so that nothing need be looked at for their sake.
    pub rekey: bool,
}

impl From<&PlanSettings> for Heads {
    fn from(settings: &PlanSettings) -> Self {
        Self {
            looks: settings.looks,
            verify: settings.verify,
            rekey: settings.rules.rekey,
        }
    }
}

impl Default for Heads {
    /// Those of a plan in which nothing was said.
    fn default() -> Self {
        Self::from(&PlanSettings::default())
    }
}

impl Heads {
    /// How many are looked at of so many updates, copies, and updates in buckets with objects under other KMS keys.
    fn before(self, updates: Objects, copies: Objects, beside_others: Objects) -> Objects {
        match self.looks {
            Looks::Each => updates + copies,
            Looks::Standard if self.rekey => copies,
            Looks::Standard => copies + beside_others,
            Looks::Fewest if self.rekey => Objects::ZERO,
            Looks::Fewest => beside_others,
        }
    }

    /// How many of a class are read back, of all that are converted: a sample is taken evenly.
    fn after(self, of_class: Objects, all: Objects) -> u128 {
        match self.verify {
            VerifyScope::Sample(wanted) if wanted < all.0 => {
                (u128::from(of_class.0) * u128::from(wanted)).div_ceil(u128::from(all.0))
            }
            _ => of_class.0.into(),
        }
    }
}

/// What one way of converting costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime {
    /// The way.
    pub way: Way,
    /// Objects that it can convert.
    pub objects: Objects,
    /// Of these, the ones converted by copy.
    pub copies: Objects,
    /// Lines and total.
    pub statement: Statement,
}

/// Each way that converts anything, the proposed one first, with a line for each Region and kind.
#[must_use]
pub fn one_time(basis: &Basis, scenario: &Scenario) -> Vec<OneTime> {
    let (mut places, mut sums) = (Places::default(), Vec::<ByWay>::new());
    for (index, bucket) in (0u32..).zip(&basis.buckets) {
        at(&mut sums, places.place(priced_in(bucket, scenario))).take(bucket, index, scenario);
    }
    let ways = Way::ALL.into_iter().map(|way| {
        let mut one = OneTime::empty(way, &basis.prices);
        for (place, region) in places.by_name() {
            one.add(sums[place].of(way), region, scenario, Heads::default());
        }
        one
    });
    ways.filter(|one| one.way == Way::Proposed || !one.objects.is_zero())
        .collect()
}

/// The same with its lines bucket by bucket, by a plan's own looks and reading back; with those of a plan in which nothing
/// was said its sum is the same.
#[must_use]
pub fn one_time_by_bucket(basis: &Basis, scenario: &Scenario, way: Way, heads: Heads) -> OneTime {
    let mut one = OneTime::empty(way, &basis.prices);
    for (index, bucket) in (0u32..).zip(&basis.buckets) {
        let mut work = ByWay::default();
        work.take(bucket, index, scenario);
        one.add(work.of(way), priced_in(bucket, scenario), scenario, heads);
    }
    one
}

/// What a way converts, in one bucket or Region.
#[derive(Clone, Debug, Default)]
pub(super) struct Converted {
    updates: ByClass<Objects>,
    /// Of the updates, those in buckets that have objects under other KMS keys.
    beside_others: ByClass<Objects>,
    copies: WorkByClass,
    kms_calls: u64,
    /// Buckets with anything to convert, and the only one if there is only one.
    buckets: u32,
    only: Option<u32>,
    /// Objects that are listed for a manifest: all of them.
    listed: u64,
}

impl Converted {
    /// Adds copies. A copy makes a data key for each object and, above 5 GiB, is taken to make one call for each further
    /// request; a source under a KMS key is decrypted as well.
    pub(super) fn copy(&mut self, class: StorageClass, work: &Work) {
        self.copies.add(class, work);
        let calls = work.requests.saturating_add(work.decrypts);
        self.kms_calls = self.kms_calls.saturating_add(calls);
    }

    /// Adds updates; how many calls each makes is the scenario's assumption.
    pub(super) fn update(
        &mut self,
        class: StorageClass,
        objects: Objects,
        beside_others: bool,
        scenario: &Scenario,
    ) {
        self.updates[class] += objects;
        if beside_others {
            self.beside_others[class] += objects;
        }
        let calls = (u128::from(objects.0) * u128::from(scenario.kms_calls.milli())).div_ceil(1000);
        self.kms_calls = self
            .kms_calls
            .saturating_add(u64::try_from(calls).unwrap_or(u64::MAX));
    }

    /// Counts a bucket in which the way converts anything.
    fn count(&mut self, index: u32, listed: u64) {
        self.only = (self.buckets == 0).then_some(index);
        self.buckets += 1;
        self.listed = self.listed.saturating_add(listed);
    }
}

/// What each way converts, in one bucket or Region: all of them at once, so that thousands of buckets are gone over once.
#[derive(Clone, Debug, Default)]
struct ByWay([Converted; Way::ALL.len()]);

impl ByWay {
    const fn of(&self, way: Way) -> &Converted {
        &self.0[way as usize]
    }

    /// Adds a bucket.
    fn take(&mut self, bucket: &BucketBasis, index: u32, scenario: &Scenario) {
        let mut found = [false; Way::ALL.len()];
        let beside_others = bucket.mix.has_keys();
        for (class, part) in bucket.by_update.iter() {
            for way in [Way::Proposed, Way::Update, Way::BatchUpdate] {
                self.0[way as usize].update(class, part.objects, beside_others, scenario);
                found[way as usize] |= !part.objects.is_zero();
            }
        }
        let mut copy = |way: Way, class, work: &Work| {
            self.0[way as usize].copy(class, work);
            found[way as usize] |= !work.objects.is_zero();
        };
        for (class, part) in bucket.copy_alone.iter() {
            copy(Way::Proposed, class, &Work::of(part));
        }
        for (class, part) in bucket.by_copy.iter() {
            copy(Way::Copy, class, &Work::of(part));
            copy(Way::BatchCopy, class, &Work::of_small(part));
        }
        for (class, part) in bucket.after_restore.iter() {
            copy(Way::Restore, class, &Work::of(part));
        }
        let listed = bucket.classes.values().map(|part| part.objects.0).sum();
        for (converted, _) in self.0.iter_mut().zip(found).filter(|(_, found)| *found) {
            converted.count(index, listed);
        }
    }
}

impl OneTime {
    pub(super) fn empty(way: Way, prices: &Prices) -> Self {
        Self {
            way,
            objects: Objects::ZERO,
            copies: Objects::ZERO,
            statement: Statement::by(prices),
        }
    }

    /// Adds what is converted; where `heads` take a sample, `work` is that of one bucket.
    pub(super) fn add(
        &mut self,
        work: &Converted,
        region: Option<&Region>,
        scenario: &Scenario,
        heads: Heads,
    ) {
        let (bucket, copied) = (work.only, work.copies.total());
        let updates: Objects = work.updates.values().copied().sum();
        let objects = updates + copied.objects;
        if objects.is_zero() {
            return;
        }
        self.objects += objects;
        self.copies += copied.objects;
        self.statement.push(
            CostLine::UpdateRequests,
            bucket,
            region,
            updates.0,
            Meter::Put(StorageClass::Standard),
        );
        self.add_copies(work, region, scenario);
        self.statement.push(
            CostLine::ConversionKms,
            bucket,
            region,
            work.kms_calls,
            Meter::KmsRequest,
        );
        self.add_heads(work, region, heads);
        let mut push =
            |what, quantity: u128, meter| self.statement.push(what, bucket, region, quantity, meter);
        if self.way.is_batch() {
            push(CostLine::BatchJob, work.buckets.into(), Meter::BatchJob);
            push(CostLine::BatchObjects, objects.0.into(), Meter::BatchObject);
            push(
                CostLine::BatchManifest,
                work.listed.into(),
                Meter::BatchManifestObject,
            );
        }
        if scenario.data_events {
            self.statement
                .push_priced(CostLine::DataEvents, bucket, region, objects.0, None);
        }
        self.note_undated(copied.undated);
    }

    /// Requests of copies, what they bring back, and what they leave behind.
    fn add_copies(&mut self, work: &Converted, region: Option<&Region>, scenario: &Scenario) {
        let mut push =
            |what, quantity: u128, meter| self.statement.push(what, work.only, region, quantity, meter);
        for (class, part) in work.copies.iter() {
            if self.way == Way::Restore {
                push(
                    CostLine::RestoreRequests(class),
                    part.objects.0.into(),
                    Meter::RestoreRequest(class),
                );
                push(
                    CostLine::RestoreRetrieval(class),
                    part.bytes.0.into(),
                    Meter::Retrieval(class),
                );
                let week = u128::from(part.bytes.0) * RESTORED_DAYS;
                push(
                    CostLine::RestoredCopy(class),
                    week,
                    Meter::Storage(StorageClass::Standard),
                );
            }
            push(
                CostLine::CopyRequests(class),
                part.requests.into(),
                Meter::Put(class),
            );
            if self.way != Way::Restore && class != StorageClass::Standard {
                push(
                    CostLine::CopyRetrieval(class),
                    part.bytes.0.into(),
                    Meter::Retrieval(class),
                );
            }
            push(
                CostLine::EarlyDelete(class),
                part.early_byte_days,
                Meter::Storage(class),
            );
            let kept = u128::from(part.kept_bytes.0) * u128::from(scenario.old_version_days);
            push(CostLine::OldVersions(class), kept, Meter::Storage(class));
        }
    }

    /// Requests that look at objects before and after.
    fn add_heads(&mut self, work: &Converted, region: Option<&Region>, heads: Heads) {
        let mut push =
            |what, quantity: u128, meter| self.statement.push(what, work.only, region, quantity, meter);
        let objects = work.updates.values().copied().sum::<Objects>() + work.copies.total().objects;
        for class in StorageClass::ALL.iter().copied() {
            let (updated, copied) = (work.updates[class], work.copies.of(class).objects);
            let looked_at = if self.way.is_batch() {
                Objects::ZERO
            } else {
                heads.before(updated, copied, work.beside_others[class])
            };
            push(CostLine::Looks(class), looked_at.0.into(), Meter::Get(class));
            let read_back = heads.after(updated + copied, objects);
            push(CostLine::ReadBack(class), read_back, Meter::Get(class));
        }
    }

    fn note_undated(&mut self, undated: Objects) {
        if undated.is_zero() {
            return;
        }
        const TEXT: &str = "The early-delete charge of some copies is not counted, because the inventory does not say when the objects were written.";
        if !self.statement.missing.iter().any(|text| text == TEXT) {
            self.statement.missing.push(TEXT.to_string());
        }
    }
}

/// Days for which a restored copy is kept beside the archive: an assumption, enough for a copy run.
const RESTORED_DAYS: u128 = 7;
