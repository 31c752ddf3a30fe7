//! Objects that failed and were not done since, in the order in which they were found. Kept by the fold; retries go by
//! the same order, and journals that are stored count on it. Each has a number, so that taking one out needs neither a
//! search nor a copy of its key: a job may bring a million of them.

use super::entry::FailedObject;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Failures that stand, with the position of their bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    standing: BTreeMap<u64, (u32, FailedObject)>,
    /// Number of the next one; none is given twice.
    next: u64,
}

impl Failures {
    /// All that stand, the first found first.
    pub fn iter(&self) -> impl Iterator<Item = &(u32, FailedObject)> {
        self.standing.values()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.standing.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.standing.is_empty()
    }

    pub(super) fn add(&mut self, bucket: u32, failed: FailedObject) {
        self.standing.insert(self.next, (bucket, failed));
        self.next += 1;
    }

    /// Takes one out, if it stands.
    fn remove(&mut self, number: u64) -> Option<FailedObject> {
        self.standing.remove(&number).map(|(_, failed)| failed)
    }
}

/// The failures that a retry works through, by bucket: as they stood when it was asked for, and in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrying {
    buckets: BTreeMap<u32, Vec<(u64, FailedObject)>>,
}

impl Retrying {
    pub(super) fn of(failures: &Failures) -> Self {
        let mut buckets: BTreeMap<u32, Vec<(u64, FailedObject)>> = BTreeMap::new();
        for (number, (bucket, failed)) in &failures.standing {
            buckets
                .entry(*bucket)
                .or_default()
                .push((*number, failed.clone()));
        }
        Self { buckets }
    }

    /// Those of a bucket.
    pub fn in_bucket(&self, bucket: u32) -> impl ExactSizeIterator<Item = &FailedObject> {
        self.rows(bucket).iter().map(|(_, failed)| failed)
    }

    /// Takes those of a batch out of the failures that stand, and gives them.
    pub(super) fn take(&self, bucket: u32, first: u64, rows: u64, from: &mut Failures) -> Vec<FailedObject> {
        let at = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let of_batch = self.rows(bucket).iter().skip(at(first)).take(at(rows));
        of_batch.filter_map(|(number, _)| from.remove(*number)).collect()
    }

    fn rows(&self, bucket: u32) -> &[(u64, FailedObject)] {
        self.buckets.get(&bucket).map_or(&[], Vec::as_slice)
    }
}
