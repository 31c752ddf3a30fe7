//! What a migration has come to as it is now, beyond its fold: outcomes that are back and not journaled yet, and what a job of
//! S3 Batch Operations says that it did and nobody has read in its report yet. Asked by [`crate::migration::Migration`] when
//! it shows itself, and by [`crate::Engine`] for pages, so that all figures of a page are of one moment.

use crate::migration::Gauges;
use model::method::Method;
use model::migration::{Amount, BucketProgress, Progress, Tally};
use model::plan::{Plan, PlanBucket};
use model::quantity::{Bytes, Objects};
use std::collections::BTreeMap;

/// What a job says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JobCount {
    pub(crate) total: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
}

/// Outcomes beyond the fold's, by the position of their bucket.
pub(crate) fn beyond(plan: &Plan, progress: &Progress, gauges: &Gauges) -> BTreeMap<u32, Tally> {
    let mut beyond: BTreeMap<u32, Tally> = BTreeMap::new();
    // Only of batches that the fold holds to be open: the others are in its tally.
    let pending = gauges.pending.iter();
    for (id, tally) in pending.filter(|(id, _)| progress.open.contains_key(id)) {
        beyond.entry(id.bucket).or_default().merge(tally);
    }
    if plan.jobs.is_some() && progress.pass == 0 {
        let buckets = plan.buckets.iter().zip(&progress.buckets);
        for (position, (planned, here)) in (0u32..).zip(buckets) {
            let through = progress.rows_done(position, 0) >= planned.rows;
            for count in counts_of(position, here, gauges).into_iter().filter(|_| !through) {
                let counted = beyond.entry(position).or_default();
                let left = unread(planned, count, &here.tally, counted);
                counted.merge(&left);
            }
        }
    }
    beyond
}

/// Adds what is beyond the fold to a tally of it.
pub(crate) fn add(progress: &Progress, tally: &mut Tally, beyond: &Tally) {
    if progress.pass > 0 {
        // A retry's outcomes take the place of failures that still stand in the fold.
        tally.retract_failed(beyond.total());
    }
    tally.merge(beyond);
}

/// What the jobs of a bucket say: the one that did most of those that have ended, and the one that is looked at. Whatever the
/// one did, the other does not do again.
fn counts_of(position: u32, here: &BucketProgress, gauges: &Gauges) -> Vec<JobCount> {
    let ended = here.told_by_jobs.as_ref().map(|result| JobCount {
        total: result.total,
        succeeded: result.succeeded,
        failed: result.failed,
    });
    let looked_at = gauges.job.filter(|(of, _)| *of == position);
    // One whose list is not read yet has no total.
    let looked_at = looked_at.map(|(_, count)| count).filter(|count| count.total > 0);
    ended.into_iter().chain(looked_at).collect()
}

/// What a job did that is not counted object by object yet. Its bytes are not told: each object is taken to be as large as
/// the mean of those that are updated.
fn unread(planned: &PlanBucket, count: JobCount, fold: &Tally, back: &Tally) -> Tally {
    let updates = planned
        .lines
        .iter()
        .filter(|line| line.method == Method::UpdateObjectEncryption);
    let (objects, bytes) = updates.fold((0u64, 0u64), |(objects, bytes), line| {
        (objects + line.objects.0, bytes + line.bytes.0)
    });
    let mean = bytes / objects.max(1);
    let amount = |count: u64| Amount {
        objects: Objects(count),
        bytes: Bytes(count.saturating_mul(mean)),
    };
    let of = |tally: &Tally| {
        let updated = tally.converted.get(&Method::UpdateObjectEncryption);
        updated.map_or(0, |amount| amount.objects.0) + tally.already.objects.0
    };
    // What was done before the job is not in its list.
    let before = objects.saturating_sub(count.total);
    let did = (before + count.succeeded).min(objects);
    let mut left = Tally::default();
    left.converted.insert(
        Method::UpdateObjectEncryption,
        amount(did.saturating_sub(of(fold) + of(back))),
    );
    let failed = fold.failed.objects.0 + back.failed.objects.0;
    left.failed = amount(count.failed.saturating_sub(failed));
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::encryption::{KeyArn, TargetEncryption};
    use model::inventory::{EncryptionStatus, Region, SnapshotId, StorageClass};
    use model::plan::PlanLine;

    fn planned() -> PlanBucket {
        let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
        PlanBucket {
            bucket: "alpha".to_string(),
            region: Region("eu-west-2".to_string()),
            snapshot: SnapshotId("s-1".to_string()),
            target: TargetEncryption {
                key: KeyArn::parse(key).expect("an ARN"),
                bucket_key: true,
            },
            rows: 100,
            lines: vec![PlanLine {
                method: Method::UpdateObjectEncryption,
                storage_class: StorageClass::Standard,
                encryption_status: EncryptionStatus::SseS3,
                current: true,
                objects: Objects(100),
                bytes: Bytes(1_000),
                over_5_gib: Objects::ZERO,
            }],
            left_out: Vec::new(),
        }
    }

    fn tally(updated: u64, failed: u64) -> Tally {
        let mut tally = Tally::default();
        let amount = |objects| Amount {
            objects: Objects(objects),
            bytes: Bytes(objects * 10),
        };
        tally
            .converted
            .insert(Method::UpdateObjectEncryption, amount(updated));
        tally.failed = amount(failed);
        tally
    }

    #[test]
    fn what_a_job_did_counts_once_while_its_report_is_read() {
        // Two canaries before the job of 98, of which 95 succeeded; then its outcomes come object by object.
        let count = JobCount {
            total: 98,
            succeeded: 95,
            failed: 3,
        };
        for (fold, back, left) in [
            ((2, 0), (0, 0), (95, 3)),
            ((2, 0), (40, 1), (55, 2)),
            ((50, 1), (40, 1), (7, 1)),
            ((97, 3), (0, 0), (0, 0)),
            ((98, 4), (0, 0), (0, 0)),
        ] {
            let (fold, back) = (tally(fold.0, fold.1), tally(back.0, back.1));
            let unread = unread(&planned(), count, &fold, &back);
            assert_eq!(unread, tally(left.0, left.1), "{fold:?} {back:?}");
        }
    }

    #[test]
    fn a_list_that_is_not_of_these_rows_counts_no_more_than_there_are() {
        let count = JobCount {
            total: 500,
            succeeded: 400,
            failed: 0,
        };
        let unread = unread(&planned(), count, &tally(2, 0), &Tally::default());
        assert_eq!(unread, tally(98, 0));
    }
}
