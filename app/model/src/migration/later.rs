//! A migration's buckets in a source that was taken after it ended: how many objects are under KMS there. Asked by the
//! report and the migration's page. Neither S3 Inventory nor Macie names the key, so this finds what is not under KMS
//! at all; what is under another key only reading back finds.

use crate::format::{counted, grouped};
use crate::inventory::{EncryptionStatus, ObjectGroup, Snapshot, SnapshotId, SourceKind};
use crate::plan::Plan;
use crate::quantity::Objects;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A bucket as a later source lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterCounts {
    /// Bucket.
    pub bucket: String,
    /// The source's snapshot.
    pub snapshot: SnapshotId,
    /// Kind of the source.
    pub kind: SourceKind,
    /// When AWS took it.
    pub as_of: UnixMillis,
    /// Objects, noncurrent versions included where the source lists them.
    pub objects: Objects,
    /// Of these, under SSE-KMS or DSSE-KMS; under which key the source does not say.
    pub under_kms: Objects,
    /// The others, by encryption.
    pub others: BTreeMap<EncryptionStatus, Objects>,
}

impl LaterCounts {
    /// `9,998 of 10,000 objects under KMS; 2 SSE-S3.`
    #[must_use]
    pub fn sentence(&self) -> String {
        let others: Vec<String> = self
            .others
            .iter()
            .map(|(status, objects)| format!("{} {status}", grouped(objects.0)))
            .collect();
        let rest = if others.is_empty() {
            String::new()
        } else {
            format!("; {}", others.join(", "))
        };
        format!(
            "{} of {} under KMS{rest}.",
            grouped(self.under_kms.0),
            counted(self.objects.0, "object")
        )
    }
}

/// Of each of the plan's buckets the newest source that was taken after the migration ended, an inventory before Macie;
/// buckets without one are left out.
#[must_use]
pub fn later_counts(plan: &Plan, ended_at: Option<UnixMillis>, snapshots: &[Snapshot]) -> Vec<LaterCounts> {
    let Some(ended_at) = ended_at else {
        return Vec::new();
    };
    let of_bucket = |bucket: &str| {
        let taken_after = snapshots.iter().filter_map(|snapshot| {
            let as_of = snapshot.source.as_of.filter(|as_of| *as_of > ended_at)?;
            let groups: Vec<&ObjectGroup> = snapshot
                .groups
                .iter()
                .filter(|group| group.bucket == bucket)
                .collect();
            (!groups.is_empty()).then_some((snapshot, as_of, groups))
        });
        let (snapshot, as_of, groups) =
            taken_after.max_by_key(|(snapshot, as_of, _)| (snapshot.source.kind.rank(), *as_of))?;
        Some(counts(bucket, snapshot, as_of, &groups))
    };
    plan.buckets
        .iter()
        .filter_map(|planned| of_bucket(&planned.bucket))
        .collect()
}

fn counts(bucket: &str, snapshot: &Snapshot, as_of: UnixMillis, groups: &[&ObjectGroup]) -> LaterCounts {
    let mut counts = LaterCounts {
        bucket: bucket.to_string(),
        snapshot: snapshot.id.clone(),
        kind: snapshot.source.kind,
        as_of,
        objects: Objects::ZERO,
        under_kms: Objects::ZERO,
        others: BTreeMap::new(),
    };
    for group in groups.iter().filter(|group| group.objects > Objects::ZERO) {
        counts.objects += group.objects;
        match group.encryption_status {
            EncryptionStatus::SseKms | EncryptionStatus::DsseKms => counts.under_kms += group.objects,
            other => *counts.others.entry(other).or_insert(Objects::ZERO) += group.objects,
        }
    }
    counts
}
