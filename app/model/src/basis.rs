//! An estate reduced to what costs and rates follow from: per bucket, classes and request counts. Small enough for five
//! thousand buckets to be sent to the browser, where what-if answers are computed from it.

use crate::inventory::{BucketKeyStatus, EncryptionStatus, ObjectGroup, Region, SizeBand, StorageClass};
use crate::method::{Candidate, LeftOut, Method, MethodChoice, MethodRules, choose};
use crate::quantity::{Bytes, Objects, Requests};
use crate::time::UnixMillis;
use crate::workload::Workload;
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
    /// Those larger than 5 GiB.
    pub over_5_gib: Objects,
    /// Bytes of those larger than 5 GiB.
    pub over_5_gib_bytes: Bytes,
}

/// Current versions by what their reads and writes cost at KMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsMix {
    /// All of them.
    pub current: Objects,
    /// Under SSE-KMS or DSSE-KMS without a bucket key: one call each time.
    pub per_request: Objects,
    /// Under SSE-KMS with a bucket key.
    pub bucket_key: Objects,
    /// Under SSE-C, which never calls KMS and is never converted.
    pub customer_key: Objects,
}

/// One bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketBasis {
    /// Name.
    pub name: String,
    /// Region, where it is known.
    pub region: Option<Region>,
    /// Its classes.
    pub classes: BTreeMap<StorageClass, ClassBasis>,
    /// What is encrypted how.
    pub mix: KmsMix,
    /// What `UpdateObjectEncryption` can convert.
    pub by_update: BTreeMap<StorageClass, Convertible>,
    /// What `CopyObject` can convert.
    pub by_copy: BTreeMap<StorageClass, Convertible>,
    /// What only a copy can convert.
    pub copy_alone: BTreeMap<StorageClass, Convertible>,
    /// `GetObject` requests a month, where they are known.
    pub gets: Option<Requests>,
    /// `PutObject` requests a month, where they are known.
    pub puts: Option<Requests>,
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
        let mut buckets: BTreeMap<&str, (BucketBasis, Vec<&str>)> = BTreeMap::new();
        for group in groups {
            let (bucket, prefixes) = buckets
                .entry(&group.bucket)
                .or_insert_with(|| (BucketBasis::empty(&group.bucket, workload), Vec::new()));
            bucket.add(group);
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
                bucket
            })
            .collect();
        Self { buckets, as_of }
    }

    /// The same for a plan: what its rules convert by which method; request counts are not asked for.
    #[must_use]
    pub fn under<'a>(groups: impl IntoIterator<Item = &'a ObjectGroup>, rules: MethodRules) -> Self {
        let mut buckets: BTreeMap<&str, BucketBasis> = BTreeMap::new();
        for group in groups {
            let empty = || BucketBasis::empty(&group.bucket, &Workload::default());
            let bucket = buckets.entry(&group.bucket).or_insert_with(empty);
            bucket.region.clone_from(&group.region);
            let part = match choose(candidate(group), rules) {
                Ok(Method::UpdateObjectEncryption) => &mut bucket.by_update,
                Ok(Method::CopyObject) => &mut bucket.copy_alone,
                Err(_) => continue,
            };
            free_part(group).add_to(part.entry(group.storage_class).or_default());
        }
        Self {
            buckets: buckets.into_values().collect(),
            as_of: None,
        }
    }

    /// Buckets whose request counts are not known.
    #[must_use]
    pub fn without_workload(&self) -> usize {
        self.buckets.iter().filter(|bucket| bucket.gets.is_none()).count()
    }
}

impl BucketBasis {
    /// Where its current versions are encrypted alike: nothing under KMS, all of it, or a mixture that is its own.
    #[must_use]
    pub fn mix_kind(&self) -> (bool, bool, bool, Option<&str>) {
        let mix = &self.mix;
        let some = [mix.per_request, mix.bucket_key, mix.customer_key].map(|part| !part.is_zero());
        let mixed = some.iter().filter(|some| **some).count() > 0;
        (some[0], some[1], some[2], mixed.then_some(self.name.as_str()))
    }

    /// Takes another bucket's objects and requests in.
    pub fn absorb(&mut self, other: &Self) {
        for (class, part) in &other.classes {
            let sum = self.classes.entry(*class).or_default();
            sum.objects += part.objects;
            sum.billed_bytes += part.billed_bytes;
            sum.standard_overhead += part.standard_overhead;
            sum.monitored += part.monitored;
            sum.current += part.current;
        }
        self.mix.current += other.mix.current;
        self.gets = self.gets.zip(other.gets).map(|(mine, theirs)| mine + theirs);
        self.puts = self.puts.zip(other.puts).map(|(mine, theirs)| mine + theirs);
    }

    fn empty(name: &str, workload: &Workload) -> Self {
        let known = workload.bucket(name);
        Self {
            name: name.to_string(),
            region: known.and_then(|known| known.region.clone()),
            classes: BTreeMap::new(),
            mix: KmsMix::default(),
            by_update: BTreeMap::new(),
            by_copy: BTreeMap::new(),
            copy_alone: BTreeMap::new(),
            gets: known.map(|known| known.gets_per_month),
            puts: known.map(|known| known.puts_per_month),
            prefixes: 0,
        }
    }

    fn add(&mut self, group: &ObjectGroup) {
        if group.region.is_some() {
            self.region.clone_from(&group.region);
        }
        let class = self.classes.entry(group.storage_class).or_default();
        let (billed_bytes, overhead) = billed(group);
        class.objects += group.objects;
        class.billed_bytes += billed_bytes;
        class.standard_overhead += overhead;
        if group.size_band != SizeBand::Under128Kib {
            class.monitored += group.objects;
        }
        if group.current {
            class.current += group.objects;
            self.mix.current += group.objects;
            match (group.encryption_status, group.bucket_key_status) {
                (EncryptionStatus::SseKms, BucketKeyStatus::Enabled) => self.mix.bucket_key += group.objects,
                (EncryptionStatus::SseKms | EncryptionStatus::DsseKms, _) => {
                    self.mix.per_request += group.objects
                }
                (EncryptionStatus::SseC, _) => self.mix.customer_key += group.objects,
                _ => {}
            }
        }
        self.add_convertible(group);
    }

    fn add_convertible(&mut self, group: &ObjectGroup) {
        let method = |choice| {
            choose(
                candidate(group),
                MethodRules {
                    choice,
                    noncurrent: true,
                    rekey: false,
                },
            )
        };
        let free = free_part(group);
        let update = method(MethodChoice::UpdateOnly).is_ok();
        let copy = method(MethodChoice::CopyOnly).is_ok();
        if update {
            free.add_to(self.by_update.entry(group.storage_class).or_default());
        }
        if copy {
            free.add_to(self.by_copy.entry(group.storage_class).or_default());
        }
        if copy && !update {
            free.add_to(self.copy_alone.entry(group.storage_class).or_default());
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
    Convertible {
        objects,
        bytes,
        over_5_gib: if large { objects } else { Objects::ZERO },
        over_5_gib_bytes: if large { bytes } else { Bytes::ZERO },
    }
}

impl Convertible {
    fn add_to(&self, sum: &mut Self) {
        sum.objects += self.objects;
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
