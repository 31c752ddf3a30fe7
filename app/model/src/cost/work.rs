//! What copies do to the objects of a class: the sums that their cost follows from.

use super::usage::ByClass;
use crate::basis::Convertible;
use crate::inventory::StorageClass;
use crate::quantity::{Bytes, Objects};

/// Size of the parts in which objects above 5 GiB are copied. S3 allows 5 MiB to 5 GiB and 10,000 parts (Amazon S3 API
/// Reference, `UploadPartCopy`, 2026-04); 1 GiB keeps a lost part cheap, and is enough up to 10,000 GiB; what is larger has larger parts, of which the number is
/// taken too high here.
pub const MULTIPART_PART: Bytes = Bytes(1 << 30);

/// Copies of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) objects: Objects,
    pub(super) bytes: Bytes,
    /// Requests: one for each object; above 5 GiB one to begin, one for each part, one to complete.
    pub(super) requests: u64,
    /// Those of them for which S3 decrypts the source.
    pub(super) decrypts: u64,
    /// Bytes times the days that are left of their minimum duration.
    pub(super) early_byte_days: u128,
    /// Objects of a class with a minimum duration whose age is not known.
    pub(super) undated: Objects,
    /// Bytes whose old version stays, because their bucket keeps versions.
    pub(super) kept_bytes: Bytes,
}

impl Work {
    pub(super) fn of(part: &Convertible) -> Self {
        let large = part.over_5_gib.0;
        let parts = part.over_5_gib_bytes.0.div_ceil(MULTIPART_PART.0).max(large);
        let small = part.objects.0.saturating_sub(large);
        Self::without_requests(part, part.objects, part.bytes)
            .with(small + if large > 0 { 2 * large + parts } else { 0 }, part)
    }

    /// With so many requests. Of objects under KMS keys each has the source decrypted; where only some of a class are under
    /// one, requests are taken to be spread alike.
    fn with(self, requests: u64, part: &Convertible) -> Self {
        let under_kms = u128::from(requests) * u128::from(part.under_kms.0);
        let decrypts = under_kms.div_ceil(u128::from(part.objects.0.max(1)));
        Self {
            requests,
            decrypts: u64::try_from(decrypts).unwrap_or(u64::MAX),
            ..self
        }
    }

    /// Without what is above 5 GiB.
    pub(super) fn of_small(part: &Convertible) -> Self {
        let objects = part.objects.saturating_sub(part.over_5_gib);
        let bytes = part.bytes.saturating_sub(part.over_5_gib_bytes);
        Self::without_requests(part, objects, bytes).with(objects.0, part)
    }

    fn without_requests(part: &Convertible, objects: Objects, bytes: Bytes) -> Self {
        Self {
            objects,
            bytes,
            requests: 0,
            decrypts: 0,
            early_byte_days: part.early_byte_days,
            undated: part.undated,
            kept_bytes: if part.versioned { bytes } else { Bytes::ZERO },
        }
    }

    fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.requests = self.requests.saturating_add(other.requests);
        self.decrypts = self.decrypts.saturating_add(other.decrypts);
        self.early_byte_days = self.early_byte_days.saturating_add(other.early_byte_days);
        self.undated += other.undated;
        self.kept_bytes += other.kept_bytes;
    }
}

/// Copies by class.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkByClass(ByClass<Work>);

impl WorkByClass {
    pub(super) fn add(&mut self, class: StorageClass, work: &Work) {
        self.0[class].add(work);
    }

    /// Classes that are copied.
    pub(super) fn iter(&self) -> impl Iterator<Item = (StorageClass, &Work)> {
        let classes = StorageClass::ALL.iter().map(|class| (*class, &self.0[*class]));
        classes.filter(|(_, work)| !work.objects.is_zero())
    }

    /// Those of one class.
    pub(super) fn of(&self, class: StorageClass) -> &Work {
        &self.0[class]
    }

    pub(super) fn total(&self) -> Work {
        let mut total = Work::default();
        self.iter().for_each(|(_, work)| total.add(work));
        total
    }
}
