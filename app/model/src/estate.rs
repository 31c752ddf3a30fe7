//! All that is imported, as the overview shows it: of each bucket the newest of the sources that know most, an inventory
//! before an S3 Metadata table, Macie and CloudWatch. Built once per import by the server; asked once per page.

use crate::basis::Basis;
use crate::classes::Classes;
use crate::cost::{Configuration, Terms, monthly, requests, usage};
use crate::inventory::{
    EncryptionStatus, ObjectGroup, Region, Snapshot, SnapshotId, SourceKind, StorageClass,
};
use crate::money::NanoUsd;
use crate::prices::Prices;
use crate::quantity::{Bytes, Objects};
use crate::scenario::Scenario;
use crate::time::UnixMillis;
use crate::workload::Workload;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Objects and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
}

impl Share {
    fn add(&mut self, group: &ObjectGroup) {
        self.objects += group.objects;
        self.bytes += group.bytes;
    }
}

/// Objects and bytes by encryption.
pub type Mix = BTreeMap<EncryptionStatus, Share>;

/// One bucket of the estate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstateBucket {
    /// Name.
    pub name: String,
    /// Region, where it is known.
    pub region: Option<Region>,
    /// Objects and bytes.
    pub all: Share,
    /// By encryption.
    pub mix: Mix,
    /// By storage class.
    pub classes: BTreeMap<StorageClass, Share>,
    /// Snapshot that lists it.
    pub snapshot: SnapshotId,
    /// Kind of that source.
    pub kind: SourceKind,
    /// Date of that source.
    pub as_of: Option<UnixMillis>,
    /// What somebody should look at, in sentences.
    pub attention: Vec<String>,
    /// Dollars a month that SSE-KMS without a bucket key adds in requests; unknown without request counts or a price.
    pub added: Option<NanoUsd>,
    /// How `added` was computed, or why it is not known.
    pub added_how: String,
}

/// The estate.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Buckets by name.
    pub buckets: Vec<EstateBucket>,
    /// What costs and rates follow from.
    pub basis: Basis,
    /// Snapshots in use, with their warnings.
    pub snapshots: Vec<(SnapshotId, SourceKind, Option<UnixMillis>, usize)>,
}

impl Estate {
    /// Puts snapshots together: of each bucket the newest of the sources that know most.
    #[must_use]
    pub fn new(snapshots: &[Snapshot], workload: &Workload, prices: &Prices) -> Self {
        let mut chosen: BTreeMap<&str, &Snapshot> = BTreeMap::new();
        for snapshot in snapshots {
            for bucket in snapshot.buckets() {
                let better = |other: &&Snapshot| rank(snapshot) > rank(other);
                if chosen.get(bucket).is_none_or(better) {
                    chosen.insert(bucket, snapshot);
                }
            }
        }
        let in_use = |group: &&ObjectGroup, snapshot: &Snapshot| {
            chosen
                .get(group.bucket.as_str())
                .is_some_and(|other| other.id == snapshot.id)
        };
        let mut groups: Vec<(&ObjectGroup, &Snapshot)> = Vec::new();
        for snapshot in snapshots {
            groups.extend(
                snapshot
                    .groups
                    .iter()
                    .filter(|group| in_use(group, snapshot))
                    .map(|group| (group, snapshot)),
            );
        }
        let as_of = groups
            .iter()
            .filter_map(|(_, snapshot)| snapshot.source.as_of)
            .max();
        let basis = Basis::new(groups.iter().map(|(group, _)| *group), workload, as_of).priced_by(prices);
        let mut buckets: BTreeMap<&str, EstateBucket> = BTreeMap::new();
        for (group, snapshot) in &groups {
            let empty = || EstateBucket::empty(&group.bucket, snapshot);
            buckets.entry(&group.bucket).or_insert_with(empty).add(group);
        }
        let mut buckets: Vec<EstateBucket> = buckets.into_values().collect();
        for (index, bucket) in buckets.iter_mut().enumerate() {
            match added(&basis, index) {
                Ok((added, how)) => (bucket.added, bucket.added_how) = (Some(added), how),
                Err(why) => bucket.added_how = why.to_string(),
            }
            if let Some(basis) = basis.buckets.get(index) {
                bucket.region.clone_from(&basis.region);
            }
            bucket.look();
        }
        let in_use = |snapshot: &&Snapshot| chosen.values().any(|other| other.id == snapshot.id);
        let snapshots = snapshots.iter().filter(in_use);
        let snapshots = snapshots.map(|one| {
            (
                one.id.clone(),
                one.source.kind,
                one.source.as_of,
                one.warnings.len(),
            )
        });
        Self {
            buckets,
            basis,
            snapshots: snapshots.collect(),
        }
    }

    /// The part of the estate that one snapshot holds.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&EstateBucket> {
        let index = self
            .buckets
            .binary_search_by(|bucket| bucket.name.as_str().cmp(name))
            .ok()?;
        self.buckets.get(index)
    }
}

/// What knows more, then the newer.
fn rank(snapshot: &Snapshot) -> (u8, Option<UnixMillis>) {
    (snapshot.source.kind.rank(), snapshot.source.as_of)
}

/// What one bucket's requests add a month, without the key and the free tier, which the account shares; and how that
/// was computed, or why it is not known.
fn added(basis: &Basis, index: usize) -> Result<(NanoUsd, String), &'static str> {
    const NO_REGION: &str = "The Region of the bucket is not known, so there is no price.";
    const NO_REQUESTS: &str = "The bucket's requests a month are not known. Give them on the requests page.";
    const NO_PRICE: &str = "The price of a KMS request in this Region is not known here.";
    let bucket = basis.buckets.get(index).ok_or(NO_REGION)?;
    bucket.region.as_ref().ok_or(NO_REGION)?;
    bucket.requests.ok_or(NO_REQUESTS)?;
    let mut alone = bucket.clone();
    alone.classes = Classes::default();
    let alone = Basis {
        buckets: vec![alone],
        as_of: None,
        newest: None,
        prices: basis.prices.clone(),
    };
    let scenario = Scenario::default();
    let used = usage(&alone, &scenario, &requests(&alone, &scenario));
    let kms = |configuration| {
        let statement = monthly(&used, configuration, Terms::converted(&scenario));
        let lines: Vec<_> = statement
            .lines
            .iter()
            .filter(|line| line.what == crate::cost::CostLine::KmsRequests)
            .collect();
        let sum = lines
            .iter()
            .map(|line| line.usd)
            .sum::<Option<NanoUsd>>()
            .ok_or(NO_PRICE)?;
        Ok::<_, &'static str>((
            sum,
            lines.iter().map(|line| line.derivation()).collect::<Vec<_>>(),
        ))
    };
    let ((after, mut how), (now, less)) = (kms(Configuration::Kms)?, kms(Configuration::AsNow)?);
    how.extend(
        less.into_iter()
            .map(|line| format!("less what is paid already: {line}")),
    );
    Ok((after - now, how.join(" · ")))
}

impl EstateBucket {
    fn empty(name: &str, snapshot: &Snapshot) -> Self {
        Self {
            name: name.to_string(),
            region: None,
            all: Share::default(),
            mix: Mix::new(),
            classes: BTreeMap::new(),
            snapshot: snapshot.id.clone(),
            kind: snapshot.source.kind,
            as_of: snapshot.source.as_of,
            attention: Vec::new(),
            added: None,
            added_how: String::new(),
        }
    }

    fn add(&mut self, group: &ObjectGroup) {
        self.all.add(group);
        self.mix.entry(group.encryption_status).or_default().add(group);
        self.classes.entry(group.storage_class).or_default().add(group);
        if !group.locked.is_zero() {
            self.note("Object Lock holds some objects; they cannot be converted.");
        }
    }

    fn note(&mut self, sentence: &str) {
        if !self.attention.iter().any(|other| other == sentence) {
            self.attention.push(sentence.to_string());
        }
    }

    fn look(&mut self) {
        let has = |status| {
            self.mix
                .get(&status)
                .is_some_and(|share: &Share| !share.objects.is_zero())
        };
        let found = [
            (
                has(EncryptionStatus::NotSse),
                "Some objects are not encrypted by S3; only a copy can convert them.",
            ),
            (
                has(EncryptionStatus::SseC),
                "Some objects use customer-provided keys (SSE-C), which only their owner can convert.",
            ),
            (
                has(EncryptionStatus::Unknown),
                "The encryption of some objects is not known.",
            ),
            (
                self.region.is_none(),
                "The Region is not known, so nothing can be priced: import again with a Region.",
            ),
        ];
        for (applies, sentence) in found {
            if applies {
                self.note(sentence);
            }
        }
        if let Some(sentence) = self.kind.lacks() {
            self.note(sentence);
        }
    }

    /// Objects and bytes under a KMS key.
    #[must_use]
    pub fn under_kms(&self) -> Share {
        under_kms(&self.mix)
    }
}

/// Objects and bytes of a mix that are under a KMS key.
#[must_use]
pub fn under_kms(mix: &Mix) -> Share {
    let mut sum = Share::default();
    for status in [EncryptionStatus::SseKms, EncryptionStatus::DsseKms] {
        if let Some(share) = mix.get(&status) {
            sum.objects += share.objects;
            sum.bytes += share.bytes;
        }
    }
    sum
}

/// Adds a mix to another.
pub fn add_mix(sum: &mut Mix, other: &Mix) {
    for (status, share) in other {
        let entry = sum.entry(*status).or_default();
        entry.objects += share.objects;
        entry.bytes += share.bytes;
    }
}
