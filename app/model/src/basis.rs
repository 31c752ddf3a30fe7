//! An estate reduced to what costs and rates follow from: per bucket, classes and request counts. Small enough for five
//! thousand buckets to be sent to the browser, where what-if answers are computed from it.

use crate::classes::Classes;
use crate::inventory::{BucketKeyStatus, EncryptionStatus, ObjectGroup, Region, SizeBand, StorageClass};
use crate::line_choices::LineChoices;
use crate::method::{Candidate, LeftOut, Method, MethodChoice, MethodRules, choose};
use crate::prices::Prices;
use crate::quantity::{Bytes, Objects};
use crate::requests::RequestCounts;
use crate::time::UnixMillis;
use crate::workload::{BucketWorkload, Workload};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One storage class of one bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassBasis {
    /// All objects, noncurrent versions included.
    pub objects: Objects,
    /// Bytes that storage is billed for: minimum sizes and archive overhead included.
    pub billed_bytes: Bytes,
    /// Archive overhead that is billed at the Standard rate.
    pub standard_overhead: Bytes,
    /// Objects of 128 KiB and more, which Intelligent-Tiering monitors.
    pub monitored: Objects,
    /// Current versions.
    pub current: Objects,
}

/// Objects that a method can convert, per class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convertible {
    /// How many.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
    /// Those that are under a KMS key already, which a copy has to have decrypted.
    pub under_kms: Objects,
    /// Those larger than 5 GiB.
    pub over_5_gib: Objects,
    /// Bytes of those larger than 5 GiB.
    pub over_5_gib_bytes: Bytes,
    /// Bytes times the days that are left of their class's minimum duration on the day of the inventory.
    pub early_byte_days: u128,
    /// Objects of a class with a minimum duration whose age is not known.
    pub undated: Objects,
    /// Whether their bucket keeps old versions, as far as the inventory shows.
    pub versioned: bool,
}

/// Current versions by what their reads and writes cost at KMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsMix {
    /// All of them.
    pub current: Objects,
    /// Under SSE-KMS without a bucket key.
    pub per_request: Objects,
    /// Under DSSE-KMS, which knows no bucket key.
    pub dual_layer: Objects,
    /// Under SSE-KMS with a bucket key.
    pub bucket_key: Objects,
    /// Under SSE-C, which never calls KMS and is never converted.
    pub customer_key: Objects,
}

impl KmsMix {
    /// Whether objects are under SSE-KMS already.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        !self.per_request.is_zero() || !self.bucket_key.is_zero()
    }
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketBasis {
    /// Name.
    pub name: String,
    /// Region, where it is known.
    pub region: Option<Region>,
    /// Its classes.
    pub classes: Classes<ClassBasis>,
    /// What is encrypted how.
    pub mix: KmsMix,
    /// What `UpdateObjectEncryption` can convert.
    pub by_update: Classes<Convertible>,
    /// What `CopyObject` can convert.
    pub by_copy: Classes<Convertible>,
    /// What only a copy can convert.
    pub copy_alone: Classes<Convertible>,
    /// What only a copy can convert, after a restore.
    pub after_restore: Classes<Convertible>,
    /// Requests a month, where they are known.
    pub requests: Option<RequestCounts>,
    /// Distinct first prefix segments, each with its own S3 request rate.
    pub prefixes: u32,
}

/// An estate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Buckets by name.
    pub buckets: Vec<BucketBasis>,
    /// Date of the newest source.
    pub as_of: Option<UnixMillis>,
    /// When the newest object was written.
    pub newest: Option<UnixMillis>,
    /// The prices in use.
    pub prices: Prices,
}

const KIB: u64 = 1024;

/// Bytes that storage is billed for, and archive overhead billed at the Standard rate (Amazon S3 User Guide,
/// aws-usage-report-understand notes 3 to 6 and storage-class-intro, 2026-04): 128 KB at least in the
/// infrequent-access classes and Glacier Instant Retrieval; 32 KB more at the class's rate and 8 KB more at Standard's
/// for each object in Glacier Flexible Retrieval and Deep Archive.
fn billed(group: &ObjectGroup) -> (Bytes, Bytes) {
    use StorageClass as C;
    let objects = group.objects.0;
    match group.storage_class {
        C::StandardIa | C::OneZoneIa | C::GlacierIr if group.size_band == SizeBand::Under128Kib => {
            (Bytes(objects.saturating_mul(128 * KIB)), Bytes::ZERO)
        }
        C::Glacier | C::DeepArchive => (
            group.bytes + Bytes(objects.saturating_mul(32 * KIB)),
            Bytes(objects.saturating_mul(8 * KIB)),
        ),
        _ => (group.bytes, Bytes::ZERO),
    }
}

impl Basis {
    /// Reduces groups, with the request counts that are known.
    #[must_use]
    pub fn new<'a>(
        groups: impl IntoIterator<Item = &'a ObjectGroup>,
        workload: &Workload,
        as_of: Option<UnixMillis>,
    ) -> Self {
        let known = workload
            .buckets
            .iter()
            .map(|bucket| (bucket.name.as_str(), bucket));
        let known: BTreeMap<&str, &BucketWorkload> = known.collect();
        let mut buckets: BTreeMap<&str, (BucketBasis, Vec<&str>)> = BTreeMap::new();
        let mut newest = None;
        for group in groups {
            newest = newest.max(group.newest);
            let (bucket, prefixes) = buckets.entry(&group.bucket).or_insert_with(|| {
                let known = known.get(group.bucket.as_str()).copied();
                (BucketBasis::empty(&group.bucket, known), Vec::new())
            });
            bucket.add(group, as_of);
            if prefixes.last() != Some(&group.prefix.as_str()) {
                prefixes.push(&group.prefix);
            }
        }
        let buckets = buckets
            .into_values()
            .map(|(mut bucket, mut prefixes)| {
                prefixes.sort_unstable();
                prefixes.dedup();
                bucket.prefixes = u32::try_from(prefixes.len()).unwrap_or(u32::MAX);
                bucket.note_versions();
                bucket
            })
            .collect();
        Self {
            buckets,
            as_of,
            newest,
            prices: Prices::default(),
        }
    }

    /// The same by other prices than those of the bundled table.
    #[must_use]
    pub fn priced_by(self, prices: &Prices) -> Self {
        Self {
            prices: prices.clone(),
            ..self
        }
    }

    /// The same for a plan: what its rules convert by which method; request counts are not asked for.
    #[must_use]
    pub fn under<'a>(
        groups: impl IntoIterator<Item = &'a ObjectGroup>,
        rules: MethodRules,
        as_of: Option<UnixMillis>,
    ) -> Self {
        let mut buckets: BTreeMap<&str, BucketBasis> = BTreeMap::new();
        let mut newest = None;
        for group in groups {
            newest = newest.max(group.newest);
            let empty = || BucketBasis::empty(&group.bucket, None);
            let bucket = buckets.entry(&group.bucket).or_insert_with(empty);
            bucket.region.clone_from(&group.region);
            bucket.count(group);
            let part = match choose(candidate(group), rules) {
                Ok(Method::UpdateObjectEncryption) => &mut bucket.by_update,
                Ok(Method::CopyObject) => &mut bucket.copy_alone,
                Err(_) => continue,
            };
            free_part(group)
                .aged(group, as_of)
                .add_to(part.of(group.storage_class));
        }
        let with_versions = |mut bucket: BucketBasis| {
            bucket.note_versions();
            bucket
        };
        Self {
            buckets: buckets.into_values().map(with_versions).collect(),
            as_of,
            newest,
            prices: Prices::default(),
        }
    }

    /// The date after which months are counted: of the newest source, or else, since some sources do not tell theirs, of the
    /// newest object.
    #[must_use]
    pub fn dated(&self) -> Option<UnixMillis> {
        self.as_of.or(self.newest)
    }

    /// Buckets whose request counts are not known.
    #[must_use]
    pub fn without_workload(&self) -> usize {
        self.buckets
            .iter()
            .filter(|bucket| bucket.requests.is_none())
            .count()
    }
}

impl BucketBasis {
    fn empty(name: &str, known: Option<&BucketWorkload>) -> Self {
        Self {
            name: name.to_string(),
            region: known.and_then(|known| known.region.clone()),
            classes: Classes::default(),
            mix: KmsMix::default(),
            by_update: Classes::default(),
            by_copy: Classes::default(),
            copy_alone: Classes::default(),
            after_restore: Classes::default(),
            requests: known.map(BucketWorkload::counts),
            prefixes: 0,
        }
    }

    fn add(&mut self, group: &ObjectGroup, as_of: Option<UnixMillis>) {
        if group.region.is_some() {
            self.region.clone_from(&group.region);
        }
        self.count(group);
        if group.current {
            self.mix.current += group.objects;
            match (group.encryption_status, group.bucket_key_status) {
                (EncryptionStatus::SseKms, BucketKeyStatus::Enabled) => self.mix.bucket_key += group.objects,
                (EncryptionStatus::SseKms, _) => self.mix.per_request += group.objects,
                (EncryptionStatus::DsseKms, _) => self.mix.dual_layer += group.objects,
                (EncryptionStatus::SseC, _) => self.mix.customer_key += group.objects,
                _ => {}
            }
        }
        self.add_convertible(group, as_of);
    }

    /// Counts a group's objects in its class.
    fn count(&mut self, group: &ObjectGroup) {
        let class = self.classes.of(group.storage_class);
        let (billed_bytes, overhead) = billed(group);
        class.objects += group.objects;
        class.billed_bytes += billed_bytes;
        class.standard_overhead += overhead;
        if group.size_band != SizeBand::Under128Kib {
            class.monitored += group.objects;
        }
        if group.current {
            class.current += group.objects;
        }
    }

    /// A copy in a bucket that keeps versions leaves one behind.
    fn note_versions(&mut self) {
        if self.classes.values().all(|class| class.objects == class.current) {
            return;
        }
        let copies = [&mut self.by_copy, &mut self.copy_alone, &mut self.after_restore];
        for part in copies.into_iter().flat_map(Classes::values_mut) {
            part.versioned = true;
        }
    }

    fn add_convertible(&mut self, group: &ObjectGroup, as_of: Option<UnixMillis>) {
        let method = |choice| {
            choose(
                candidate(group),
                MethodRules {
                    choice,
                    noncurrent: true,
                    rekey: false,
                    lines: LineChoices::NONE,
                },
            )
        };
        let free = free_part(group).aged(group, as_of);
        let update = method(MethodChoice::UpdateOnly).is_ok();
        let copy = method(MethodChoice::CopyOnly).is_ok();
        if update {
            free.add_to(self.by_update.of(group.storage_class));
        }
        if copy {
            free.add_to(self.by_copy.of(group.storage_class));
        }
        if copy && !update {
            free.add_to(self.copy_alone.of(group.storage_class));
        }
        if method(MethodChoice::Automatic) == Err(LeftOut::NeedsRestore) {
            free.add_to(self.after_restore.of(group.storage_class));
        }
    }
}

/// A group as the chooser sees it, without its locked objects.
#[must_use]
pub fn candidate(group: &ObjectGroup) -> Candidate {
    Candidate {
        delete_marker: false,
        current: group.current,
        storage_class: group.storage_class,
        encryption_status: group.encryption_status,
        bucket_key_status: group.bucket_key_status,
        locked: false,
    }
}

/// The part of a group that Object Lock does not hold.
#[must_use]
pub fn free_part(group: &ObjectGroup) -> Convertible {
    let objects = group.objects.saturating_sub(group.locked);
    let bytes = group.bytes.saturating_sub(group.locked_bytes);
    let large = group.size_band == SizeBand::Over5Gib;
    let under_kms = matches!(
        group.encryption_status,
        EncryptionStatus::SseKms | EncryptionStatus::DsseKms
    );
    Convertible {
        objects,
        bytes,
        under_kms: if under_kms { objects } else { Objects::ZERO },
        over_5_gib: if large { objects } else { Objects::ZERO },
        over_5_gib_bytes: if large { bytes } else { Bytes::ZERO },
        ..Convertible::default()
    }
}

const DAY_MILLIS: i64 = 24 * 3600 * 1000;

/// Days for which storage is billed at least (Amazon S3 User Guide, storage-class-intro and glacier-storage-classes,
/// 2026-04).
const fn minimum_days(class: StorageClass) -> i64 {
    match class {
        StorageClass::StandardIa | StorageClass::OneZoneIa => 30,
        StorageClass::GlacierIr | StorageClass::Glacier => 90,
        StorageClass::DeepArchive => 180,
        _ => 0,
    }
}

impl Convertible {
    /// With what is left of the minimum duration: the mean over ages that are spread evenly between the newest and the
    /// oldest object of the group.
    fn aged(mut self, group: &ObjectGroup, as_of: Option<UnixMillis>) -> Self {
        let minimum = minimum_days(group.storage_class) * DAY_MILLIS;
        if minimum == 0 {
            return self;
        }
        let (Some(as_of), Some(oldest), Some(newest)) = (as_of, group.oldest, group.newest) else {
            self.undated = self.objects;
            return self;
        };
        let age = |date: UnixMillis| as_of.0.saturating_sub(date.0).max(0);
        let (youngest, eldest) = (age(newest), age(oldest).max(age(newest)));
        if youngest >= minimum {
            return self;
        }
        let (most, least) = (minimum - youngest, minimum - eldest.min(minimum));
        // Half the difference of the squares is what the ages below the minimum leave of it in all.
        let area = (i128::from(most) * i128::from(most) - i128::from(least) * i128::from(least)) / 2;
        let mean = match i128::from(eldest - youngest) {
            0 => i128::from(most),
            span => area / span,
        };
        let mean = u128::try_from(mean).unwrap_or(0);
        self.early_byte_days = u128::from(self.bytes.0) * mean / u128::from(DAY_MILLIS.unsigned_abs());
        self
    }

    fn add_to(&self, sum: &mut Self) {
        sum.early_byte_days += self.early_byte_days;
        sum.undated += self.undated;
        sum.objects += self.objects;
        sum.under_kms += self.under_kms;
        sum.bytes += self.bytes;
        sum.over_5_gib += self.over_5_gib;
        sum.over_5_gib_bytes += self.over_5_gib_bytes;
    }
}

/// What becomes of a group under a plan's rules: the part that is converted, and the parts that are left out.
pub fn outcome(
    group: &ObjectGroup,
    rules: MethodRules,
) -> (Result<Method, LeftOut>, Convertible, Option<LeftOut>) {
    let chosen = choose(candidate(group), rules);
    let locked = choose(
        Candidate {
            locked: true,
            ..candidate(group)
        },
        rules,
    );
    (
        chosen,
        free_part(group),
        if group.locked.is_zero() {
            None
        } else {
            locked.err()
        },
    )
}
