//! Where a job's list of objects comes from, and whether that list holds what the plan updates and nothing else. Asked by
//! the checks of a draft, and by `engine` before it makes a job.

use crate::inventory::{EncryptionStatus, Snapshot};
use crate::method::{LeftOut, Method};
use crate::plan::{PlanBucket, PlanLine};
use serde::{Deserialize, Serialize};

/// Where a job's list of objects comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestSource {
    /// A CSV of exactly the objects that the plan updates, written and uploaded by Rekey.
    #[default]
    Written,
    /// The inventory's own `manifest.json`, as S3 delivered it: CSV, and every row of it.
    Inventory,
    /// S3 makes it when the job begins, of all objects of the bucket that are under SSE-S3.
    Generated,
}

impl ManifestSource {
    /// Every source, the default first.
    pub const ALL: [Self; 3] = [Self::Written, Self::Inventory, Self::Generated];

    /// In a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Inventory => "inventory",
            Self::Generated => "generated",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// As people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Written => "a list written by Rekey",
            Self::Inventory => "the inventory as S3 delivered it",
            Self::Generated => "a list that S3 makes",
        }
    }

    /// Whether it lists exactly the objects that the plan updates. `in_s3`: whether the inventory's own manifest is known
    /// to lie in S3.
    ///
    /// # Errors
    /// Why it would make the job touch, or miss, objects that the plan does not; with what to choose instead.
    pub fn fits(self, bucket: &PlanBucket, snapshot: &Snapshot, in_s3: bool) -> Result<(), String> {
        match self {
            Self::Written => {}
            Self::Inventory => inventory_is_taken(bucket, snapshot, in_s3)?,
            Self::Generated => has_no_versions(bucket, snapshot)?,
        }
        self.keeps_to(bucket)
    }

    /// The same as far as the plan alone tells, which holds for plans of earlier versions too: no job is made without it.
    ///
    /// # Errors
    /// As [`Self::fits`].
    pub fn keeps_to(self, bucket: &PlanBucket) -> Result<(), String> {
        match self {
            Self::Written => Ok(()),
            Self::Inventory => every_row(bucket),
            Self::Generated => every_sse_s3(bucket),
        }
    }
}

const WRITE_IT: &str = "Choose a list written by Rekey.";

fn inventory_is_taken(bucket: &PlanBucket, snapshot: &Snapshot, in_s3: bool) -> Result<(), String> {
    let name = &bucket.bucket;
    if snapshot.source.format != "CSV" {
        return Err(format!(
            "S3 Batch Operations take inventories in CSV only, and that of {name} is another. {WRITE_IT}"
        ));
    }
    if !in_s3 {
        return Err(format!(
            "The inventory of {name} was imported from files, so that S3 does not have its manifest. Import it from S3, or choose a list written by Rekey."
        ));
    }
    Ok(())
}

fn has_no_versions(bucket: &PlanBucket, snapshot: &Snapshot) -> Result<(), String> {
    let name = &bucket.bucket;
    let versions = snapshot
        .groups
        .iter()
        .any(|group| group.bucket == *name && !group.current);
    if versions {
        return Err(format!(
            "{name} has noncurrent versions, and nothing published says whether S3 lists them. {WRITE_IT}"
        ));
    }
    Ok(())
}

fn every_row(bucket: &PlanBucket) -> Result<(), String> {
    let updated = |line: &PlanLine| line.method == Method::UpdateObjectEncryption;
    if !bucket.lines.iter().all(updated) || !bucket.left_out().is_zero() {
        return Err(format!(
            "A job works on every row of the inventory of {}, also on those that the plan leaves out or copies. {WRITE_IT}",
            bucket.bucket
        ));
    }
    Ok(())
}

fn every_sse_s3(bucket: &PlanBucket) -> Result<(), String> {
    let name = &bucket.bucket;
    let plain = |line: &PlanLine| {
        line.encryption_status == EncryptionStatus::SseS3 && line.method == Method::UpdateObjectEncryption
    };
    if !bucket.lines.iter().all(plain) {
        return Err(format!(
            "S3's list would hold the objects of {name} that are under SSE-S3 alone, and the plan converts others too. {WRITE_IT}"
        ));
    }
    let mut listed = bucket
        .left_out
        .iter()
        .filter(|line| may_be_sse_s3(line.reason) && !line.objects.is_zero());
    match listed.next() {
        None => Ok(()),
        Some(line) => Err(format!(
            "S3's list would hold all objects of {name} that are under SSE-S3, also those that the plan leaves out: “{}” {WRITE_IT}",
            line.reason.reason()
        )),
    }
}

/// Whether an object that is left out for this reason may be under SSE-S3, and so be in the list that S3 makes.
const fn may_be_sse_s3(reason: LeftOut) -> bool {
    match reason {
        LeftOut::Locked
        | LeftOut::NeedsRestore
        | LeftOut::NoncurrentCopy
        | LeftOut::NoncurrentByChoice
        | LeftOut::UnknownState
        | LeftOut::ByChoice => true,
        // No data, another encryption, or none.
        LeftOut::DeleteMarker
        | LeftOut::CustomerKey
        | LeftOut::DualLayer
        | LeftOut::AlreadyKms
        | LeftOut::MethodExcluded
        | LeftOut::UpdateRefuses => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encryption::{KeyArn, TargetEncryption};
    use crate::inventory::{BucketKeyStatus, Region, SnapshotId, SnapshotSource, SourceKind, StorageClass};
    use crate::line_choices::{LineChoice, LineChoices, LineKey};
    use crate::method::{Candidate, MethodChoice, MethodRules, choose};
    use crate::plan::LeftOutLine;
    use crate::quantity::{Bytes, Objects};
    use ManifestSource as Source;

    fn line(encryption_status: EncryptionStatus, method: Method) -> PlanLine {
        PlanLine {
            storage_class: StorageClass::Standard,
            encryption_status,
            current: true,
            method,
            objects: Objects(10),
            bytes: Bytes(10),
            over_5_gib: Objects::ZERO,
        }
    }

    fn without(reason: LeftOut, objects: u64) -> LeftOutLine {
        LeftOutLine {
            reason,
            objects: Objects(objects),
            bytes: Bytes::ZERO,
        }
    }

    /// Ten objects under SSE-S3 that are updated, and what is left out.
    fn bucket(left_out: Vec<LeftOutLine>) -> PlanBucket {
        let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
        PlanBucket {
            bucket: "alpha".to_string(),
            region: Region("eu-west-2".to_string()),
            snapshot: SnapshotId("s-1".to_string()),
            target: TargetEncryption {
                key: KeyArn::parse(key).expect("an ARN"),
                bucket_key: true,
            },
            rows: 10,
            lines: vec![line(EncryptionStatus::SseS3, Method::UpdateObjectEncryption)],
            left_out,
        }
    }

    fn snapshot(format: &str) -> Snapshot {
        Snapshot {
            id: SnapshotId("s-1".to_string()),
            source: SnapshotSource {
                kind: SourceKind::Inventory,
                format: format.to_string(),
                as_of: None,
                location: String::new(),
                files: 1,
            },
            rows: 10,
            objects: Objects(10),
            bytes: Bytes(10),
            delete_markers: Objects::ZERO,
            groups: Vec::new(),
            keys: Vec::new(),
            totals: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_list_fits_where_it_holds_what_the_plan_updates_and_nothing_else() {
        use EncryptionStatus as E;
        let update = Method::UpdateObjectEncryption;
        let with = |more: PlanLine| PlanBucket {
            lines: vec![line(E::SseS3, update), more],
            ..bucket(Vec::new())
        };
        let leaving = |reason| bucket(vec![without(reason, 1)]);
        // The plan, and whether an inventory and a list that S3 makes fit it.
        let table = [
            (bucket(Vec::new()), true, true),
            (with(line(E::SseKms, update)), true, false),
            (with(line(E::NotSse, Method::CopyObject)), false, false),
            (with(line(E::SseS3, Method::CopyObject)), false, false),
            (bucket(vec![without(LeftOut::ByChoice, 0)]), true, true),
            (leaving(LeftOut::ByChoice), false, false),
            (leaving(LeftOut::Locked), false, false),
            (leaving(LeftOut::NeedsRestore), false, false),
            (leaving(LeftOut::NoncurrentCopy), false, false),
            (leaving(LeftOut::NoncurrentByChoice), false, false),
            (leaving(LeftOut::UnknownState), false, false),
            (leaving(LeftOut::DeleteMarker), false, true),
            (leaving(LeftOut::CustomerKey), false, true),
            (leaving(LeftOut::DualLayer), false, true),
            (leaving(LeftOut::AlreadyKms), false, true),
            (leaving(LeftOut::MethodExcluded), false, true),
            (leaving(LeftOut::UpdateRefuses), false, true),
        ];
        let csv = snapshot("CSV");
        for (planned, inventory, generated) in table {
            for (source, fits) in [
                (Source::Written, true),
                (Source::Inventory, inventory),
                (Source::Generated, generated),
            ] {
                let name = format!("{source:?} {:?} {:?}", planned.lines, planned.left_out);
                let said = source.fits(&planned, &csv, true);
                assert_eq!(said.is_ok(), fits, "{name}: {said:?}");
                assert_eq!(source.keeps_to(&planned), said, "{name}");
                assert!(fits || said.is_err_and(|text| text.contains("written by Rekey")));
            }
        }
        let plain = bucket(Vec::new());
        for (format, in_s3) in [("ORC", true), ("CSV", false)] {
            let listed = snapshot(format);
            assert!(
                Source::Inventory.fits(&plain, &listed, in_s3).is_err(),
                "{format}"
            );
            assert!(Source::Generated.fits(&plain, &listed, in_s3).is_ok(), "{format}");
        }
    }

    /// Whatever a plan leaves out of what S3 would list keeps S3 from making the list.
    #[test]
    fn no_object_under_sse_s3_is_left_out_for_a_reason_that_lets_s3_make_the_list() {
        let choices = LineChoice::ALL.map(Some).into_iter().chain([None]);
        let kinds = choices.flat_map(|choice| StorageClass::ALL.iter().map(move |class| (choice, *class)));
        let mut reasons = 0;
        for ((choice, storage_class), bits) in kinds.flat_map(|kind| (0u8..8).map(move |bits| (kind, bits))) {
            let candidate = Candidate {
                delete_marker: false,
                current: bits & 1 > 0,
                storage_class,
                encryption_status: EncryptionStatus::SseS3,
                bucket_key_status: BucketKeyStatus::Unknown,
                locked: bits & 2 > 0,
            };
            for general in [
                MethodChoice::Automatic,
                MethodChoice::CopyOnly,
                MethodChoice::UpdateOnly,
            ] {
                let rules = MethodRules {
                    choice: general,
                    noncurrent: bits & 4 > 0,
                    rekey: false,
                    lines: LineChoices::NONE.with(LineKey::of(&candidate), choice),
                };
                if let Err(reason) = choose(candidate, rules) {
                    reasons += 1;
                    let planned = bucket(vec![without(reason, 1)]);
                    assert!(Source::Generated.keeps_to(&planned).is_err(), "{reason:?}");
                }
            }
        }
        assert!(reasons > 100, "{reasons}");
    }
}
