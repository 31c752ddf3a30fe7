//! What a migration says of itself in the end, held against the world: each object that it counts as under the key is, and
//! each exception is one.

use super::promises::{Ended, candidate};
use crate::estate::target;
use crate::world::World;
use model::format::{counted, grouped};
use model::method::{Method, choose};
use model::migration::{FailedObject, FailureCause, Progress, State, Summary, SummaryFold};
use model::plan::{Plan, PlanBucket, VerifyScope};
use model::row::ObjectRow;
use std::collections::{BTreeMap, BTreeSet};

/// What a planned object is in the world, as `HeadObject` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Under,
    Otherwise,
    Gone,
}

fn found(world: &World, bucket: &str, row: &ObjectRow, method: Method) -> Found {
    let versions = world.objects.get(&(bucket.to_string(), row.key.clone()));
    let versions = versions.map_or(&[][..], Vec::as_slice);
    let object = match (method, &row.version_id) {
        (Method::UpdateObjectEncryption, Some(_)) => {
            versions.iter().find(|stored| stored.version_id == row.version_id)
        }
        _ => versions.last(),
    };
    match object {
        None => Found::Gone,
        Some(object) if object.encryption.meets(&target(), true) => Found::Under,
        Some(_) => Found::Otherwise,
    }
}

/// Whether a failure says what the object is, and not only that a request came to nothing.
const fn is_of_the_object(cause: FailureCause) -> bool {
    matches!(
        cause,
        FailureCause::NotAsAsked
            | FailureCause::ChangedMeanwhile
            | FailureCause::ObjectLocked
            | FailureCause::NeedsRestore
    )
}

pub(super) fn stated(ended: &Ended<'_>, broken: &mut Vec<String>) {
    let (plan, progress) = (ended.plan, ended.progress);
    if progress.state == State::Cancelled {
        return;
    }
    let mut fold = SummaryFold::new(plan);
    for recorded in ended.played.stage.bench.journal.entries(&plan.id) {
        fold.apply(&recorded).expect("a legal journal");
    }
    let summary = fold.summary();
    let whole = summary.exceptions.is_empty() && summary.exceptions_not_named == 0;
    if whole != (progress.state == State::Succeeded) {
        broken.push(format!(
            "{}: {:?} with {:?}",
            plan.id, progress.state, summary.exceptions
        ));
    }
    named_once(plan, progress, &summary, broken);
    let all_read = plan.settings.verify == VerifyScope::Every;
    let (mut under, mut there, mut touched) = (0, 0, 0);
    for (position, bucket) in (0u32..).zip(&plan.buckets) {
        let counts = count(ended, position, bucket, broken);
        let stated = &summary.buckets[position as usize];
        let met = stated.read_back.map_or(0, |read| read.met);
        if all_read && !(counts.under..=counts.under + counts.touched).contains(&met) {
            broken.push(format!(
                "{}: {met} are said to be under the key, and {} are, with {} that others touched",
                bucket.bucket, counts.under, counts.touched
            ));
        }
        under += counts.under;
        there += counts.there;
        touched += counts.touched;
    }
    if all_read && touched == 0 {
        let expected = format!("{} of {} now under", grouped(under), counted(there, "object"));
        if !summary.verdict.starts_with(&expected) {
            broken.push(format!("“{}” where “{expected}” is true", summary.verdict));
        }
    }
    sums(&summary, broken);
}

/// Every exception has its name, and none has two.
fn named_once(plan: &Plan, progress: &Progress, summary: &Summary, broken: &mut Vec<String>) {
    let names: BTreeSet<_> = summary
        .exceptions
        .iter()
        .map(|one| (&one.bucket, &one.key, &one.version_id))
        .collect();
    let read_back = summary.buckets.iter().filter_map(|bucket| bucket.read_back);
    let counted = progress.tally().failed.objects.0 + read_back.map(|read| read.exceptions).sum::<u64>();
    if summary.exceptions_not_named > 0 || names.len() as u64 != counted {
        broken.push(format!(
            "{}: {counted} exceptions, of which {} have names and {} none",
            plan.id,
            names.len(),
            summary.exceptions_not_named
        ));
    }
}

/// What the plan counted is what the result counts.
fn sums(summary: &Summary, broken: &mut Vec<String>) {
    for bucket in &summary.buckets {
        let tally = &bucket.tally;
        let counted = tally.done().objects.0 + tally.gone.objects.0 + tally.failed.objects.0;
        if counted != bucket.planned.0 {
            broken.push(format!(
                "{}: {counted} of {} planned",
                bucket.bucket, bucket.planned.0
            ));
        }
    }
}

#[derive(Default)]
struct Counts {
    /// Of those that nobody else touched: under the key, and told so.
    under: u64,
    /// Of those, all that are there.
    there: u64,
    /// Those that others touched.
    touched: u64,
}

/// Counts a bucket in the world, and looks whether its exceptions are some.
fn count(ended: &Ended<'_>, position: u32, bucket: &PlanBucket, broken: &mut Vec<String>) -> Counts {
    let (played, progress) = (ended.played, ended.progress);
    let failed = progress.failures.iter().filter(|(of, _)| *of == position);
    let read_back = progress.buckets[position as usize].verified.iter();
    let exceptions: BTreeMap<(&str, Option<&str>), &FailedObject> = failed
        .map(|(_, failed)| failed)
        .chain(read_back.flat_map(|result| &result.exceptions))
        .map(|failed| ((failed.key.as_str(), failed.version_id.as_deref()), failed))
        .collect();
    let world = played.stage.bench.account.world();
    let mut counts = Counts::default();
    for row in played.stage.bench.rows.shards[&bucket.bucket].iter().flatten() {
        let Ok(method) = choose(candidate(row), ended.plan.settings.rules) else {
            continue;
        };
        if played.touched.contains(&(bucket.bucket.clone(), row.key.clone())) {
            counts.touched += 1;
            continue;
        }
        let now = found(&world, &bucket.bucket, row, method);
        let exception = exceptions.get(&(row.key.as_str(), row.version_id.as_deref()));
        // Of an object whose request came to nothing for another reason, nobody has seen whether it is there.
        let unseen = exception.is_some_and(|exception| !is_of_the_object(exception.cause));
        counts.there += u64::from(now != Found::Gone || unseen);
        match (now, exception) {
            (Found::Under, None) => counts.under += 1,
            (Found::Otherwise, Some(_)) | (Found::Gone, None) => {}
            // A request that was given up may have had its effect after all.
            (_, Some(exception)) if !is_of_the_object(exception.cause) => {}
            (now, exception) => broken.push(format!(
                "{}/{} {:?} is {now:?}, and told as {exception:?}",
                bucket.bucket, row.key, row.version_id
            )),
        }
    }
    counts
}
