//! What every run must keep, whatever happened to it. Each promise is looked for in the world and in the journal, not in
//! what the engine says of itself.

use super::draw::TICK;
use super::lives::{Played, Stage};
use super::pace;
use crate::estate::target;
use crate::world::{Name, Stored};
use model::method::{Candidate, LeftOut, Method, choose};
use model::migration::{BatchId, Entry, FailureCause, Progress, State, Tally};
use model::plan::{Plan, PlanBucket};
use model::row::ObjectRow;
use std::collections::{BTreeMap, BTreeSet};

/// The promises that a run broke, in sentences.
pub(super) fn broken(played: &Played) -> Vec<String> {
    let mut broken = played.broken.clone();
    for (plan, progress) in played.stage.plans.iter().zip(&played.ended) {
        match folded(&played.stage, plan) {
            Ok(folded) if folded == *progress => {}
            _ => broken.push(format!("{}: memory is not what the journal says", plan.id)),
        }
        let ended = Ended {
            played,
            plan,
            progress,
        };
        for (position, bucket) in (0u32..).zip(&plan.buckets) {
            outcomes(&ended, position, bucket, &mut broken);
        }
        super::verdicts::stated(&ended, &mut broken);
    }
    broken
}

/// The promises that are broken by what has happened so far, whatever is still to come.
pub(super) fn so_far(stage: &Stage) -> Vec<String> {
    let mut broken = Vec::new();
    contents(stage, &mut broken);
    conversions(stage, &mut broken);
    pace::kept(stage, TICK, &mut broken);
    for plan in &stage.plans {
        journal(stage, plan, &mut broken);
        match folded(stage, plan) {
            Ok(progress) => settings(stage, plan, &progress, &mut broken),
            Err(error) => broken.push(error),
        }
    }
    broken
}

/// A migration that has ended.
#[derive(Clone, Copy)]
pub(super) struct Ended<'a> {
    pub(super) played: &'a Played,
    pub(super) plan: &'a Plan,
    pub(super) progress: &'a Progress,
}

fn folded(stage: &Stage, plan: &Plan) -> Result<Progress, String> {
    let recorded = stage.bench.journal.entries(&plan.id);
    Progress::fold(plan, &recorded).map_err(|error| error.to_string())
}

/// No object loses its body, metadata, headers, tags, class or a version; no upload of another writer is lost.
fn contents(stage: &Stage, broken: &mut Vec<String>) {
    let world = stage.bench.account.world();
    for ((name, body), uploaded) in &world.uploads {
        let versions = world.objects.get(name).map_or(&[][..], Vec::as_slice);
        let kept: Vec<&Stored> = versions.iter().filter(|stored| stored.body == *body).collect();
        if kept.is_empty() && !world.replaced.contains(&(name.clone(), *body)) {
            broken.push(format!("content {body} of {name:?} is lost"));
        }
        for stored in kept {
            let same = stored.size == uploaded.size
                && stored.metadata == uploaded.metadata
                && stored.headers == uploaded.headers
                && stored.tags == uploaded.tags
                && stored.storage_class == uploaded.storage_class;
            if !same {
                broken.push(format!("{name:?} was {uploaded:?} and is {stored:?}"));
            }
        }
        if world.versioned
            && !versions
                .iter()
                .any(|stored| stored.version_id == uploaded.version_id)
        {
            broken.push(format!("version {:?} of {name:?} is lost", uploaded.version_id));
        }
    }
    for (name, versions) in &world.objects {
        let last = world.uploads.range((name.clone(), 0)..=(name.clone(), u64::MAX));
        let last = last.map(|((_, body), _)| *body).max();
        if versions.last().map(|stored| stored.body) != last {
            broken.push(format!("the last upload of {name:?} is not the current one"));
        }
    }
}

/// Each content is converted once at most, and nothing that is done is asked for again.
fn conversions(stage: &Stage, broken: &mut Vec<String>) {
    let world = stage.bench.account.world();
    for ((name, body), count) in &world.conversions {
        if *count > 1 {
            broken.push(format!("content {body} of {name:?} was converted {count} times"));
        }
    }
    if !world.repeated.is_empty() {
        broken.push(format!("converted again: {:?}", world.repeated));
    }
}

/// Each row is told of once in each pass.
fn journal(stage: &Stage, plan: &Plan, broken: &mut Vec<String>) {
    let mut told: BTreeMap<(u32, u32, u32), Vec<(u64, u64)>> = BTreeMap::new();
    for recorded in stage.bench.journal.entries(&plan.id) {
        if let Entry::BatchDone { batch, tally, .. } = recorded.entry {
            let BatchId {
                bucket, pass, shard, ..
            } = batch;
            let rows = tally.total().objects.0;
            // A batch of which nothing was done is closed by an entry without rows.
            if rows > 0 {
                told.entry((bucket, pass, shard))
                    .or_default()
                    .push((batch.first_row, batch.first_row + rows));
            }
        }
    }
    for (shard, mut stretches) in told {
        stretches.sort_unstable();
        if stretches.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            broken.push(format!("rows of {shard:?} are told of twice: {stretches:?}"));
        }
    }
}

/// The setting to go back to is the one from before the migration.
fn settings(stage: &Stage, plan: &Plan, progress: &Progress, broken: &mut Vec<String>) {
    for (bucket, progress) in plan.buckets.iter().zip(&progress.buckets) {
        let before = stage.defaults_before.get(&bucket.bucket);
        if let Some(kept) = &progress.previous_default
            && kept.as_ref() != before
        {
            broken.push(format!("{}: {kept:?} is kept, it was {before:?}", bucket.bucket));
        }
        let now = stage.bench.account.world().defaults.get(&bucket.bucket).cloned();
        let set = now.as_ref().is_some_and(|default| {
            default.key.as_deref() == Some(target().key.as_str())
                && default.bucket_key
                && default.blocked == before.map(|default| default.blocked.clone()).unwrap_or_default()
        });
        if progress.default_set && !set {
            broken.push(format!("{}: the default is {now:?}", bucket.bucket));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Done,
    Gone,
    Failed,
    LeftOut(LeftOut),
}

/// Each row ends in the one outcome that it has to have, crash or not, and the counts say so.
fn outcomes(ended: &Ended<'_>, position: u32, bucket: &PlanBucket, broken: &mut Vec<String>) {
    let (played, progress) = (ended.played, ended.progress);
    let tally = &progress.buckets[position as usize].tally;
    let rows = &played.stage.bench.rows.shards[&bucket.bucket];
    let excused = excused(progress, position);
    let (mut must, mut open) = (BTreeMap::<Outcome, u64>::new(), 0);
    for row in rows.iter().flatten() {
        let name = (bucket.bucket.clone(), row.key.clone());
        let chosen = choose(candidate(row), ended.plan.settings.rules);
        let outcome = match chosen {
            Err(reason) => Outcome::LeftOut(reason),
            Ok(_) if played.touched.contains(&name) => {
                open += 1;
                continue;
            }
            Ok(_) if excused.contains(&(row.key.as_str(), row.version_id.as_deref())) => Outcome::Failed,
            Ok(_) if row.key.starts_with("gone/") => Outcome::Gone,
            Ok(method) => expected(ended, &name, row, method, broken),
        };
        *must.entry(outcome).or_default() += 1;
    }
    let (whole, has) = (progress.state != State::Cancelled, counts(tally));
    let all: u64 = has.values().sum();
    if (whole && all != bucket.rows) || all > bucket.rows {
        broken.push(format!(
            "{}: {all} outcomes for {} rows",
            bucket.bucket, bucket.rows
        ));
    }
    for outcome in must.keys().chain(has.keys()).collect::<BTreeSet<_>>() {
        let least = must.get(outcome).copied().unwrap_or(0);
        let count = has.get(outcome).copied().unwrap_or(0);
        if count > least + open || (whole && count < least) {
            let failed: Vec<_> = progress
                .failures
                .iter()
                .map(|(_, failed)| (&failed.key, failed.cause, &failed.message))
                .collect();
            broken.push(format!(
                "{}: {count} {outcome:?}, {least} to {} expected; {failed:?}",
                bucket.bucket,
                least + open
            ));
        }
    }
}

/// What a row that nobody else touched has to become; looks whether the object is where it should be.
fn expected(
    ended: &Ended<'_>,
    name: &Name,
    row: &ObjectRow,
    method: Method,
    broken: &mut Vec<String>,
) -> Outcome {
    let world = ended.played.stage.bench.account.world();
    let versions = &world.objects[name];
    let of_row = versions.iter().find(|stored| stored.version_id == row.version_id);
    let body = of_row.map(|stored| stored.body);
    // An update converts the version itself, a copy makes another one of the same content.
    let converted = versions.iter().find(|stored| {
        let may_be = method == Method::CopyObject || stored.version_id == row.version_id;
        may_be && Some(stored.body) == body && stored.encryption.meets(&target(), true)
    });
    if row.key.starts_with("refused/") {
        let was = body.and_then(|body| world.uploads.get(&(name.clone(), body)));
        let already = was.is_some_and(|stored| stored.encryption.meets(&target(), true));
        return if already { Outcome::Done } else { Outcome::Failed };
    }
    if converted.is_none() && ended.progress.state != State::Cancelled {
        let found = of_row.map(|stored| &stored.encryption);
        broken.push(format!(
            "{name:?} {:?} is not under the key: {found:?}",
            row.version_id
        ));
    }
    Outcome::Done
}

/// Failures of passing causes: their retries ran out, and nobody tried them again.
fn excused(progress: &Progress, position: u32) -> BTreeSet<(&str, Option<&str>)> {
    let passing = |cause| {
        matches!(
            cause,
            FailureCause::Transient
                | FailureCause::Throttled
                | FailureCause::AccessDenied
                | FailureCause::KeyUnusable
        )
    };
    progress
        .failures
        .iter()
        .filter(|(bucket, failed)| *bucket == position && passing(failed.cause))
        .map(|(_, failed)| (failed.key.as_str(), failed.version_id.as_deref()))
        .collect()
}

fn counts(tally: &Tally) -> BTreeMap<Outcome, u64> {
    let mut counts = BTreeMap::from([
        (Outcome::Done, tally.done().objects.0),
        (Outcome::Gone, tally.gone.objects.0),
        (Outcome::Failed, tally.failed.objects.0),
    ]);
    for (reason, amount) in &tally.left_out {
        counts.insert(Outcome::LeftOut(*reason), amount.objects.0);
    }
    counts
}

pub(super) const fn candidate(row: &ObjectRow) -> Candidate {
    Candidate {
        delete_marker: row.delete_marker,
        current: row.current,
        storage_class: row.storage_class,
        encryption_status: row.encryption_status,
        bucket_key_status: row.bucket_key_status,
        locked: row.locked,
    }
}
