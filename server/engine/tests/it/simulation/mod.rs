//! The engine in a simulated world, run after run, each decided by one number: what the estate is, how the account
//! fares, what people and other writers do, and when the process dies. Time only advances when everything waits, and one
//! thread does it all, so that a number that failed fails again. What must hold is in `promises.rs`, `pace.rs` and
//! `verdicts.rs`; what can be told before the end is looked for after each life of the process.
//!
//! `REKEY_SEEDS=5000..90000` tries other numbers; a single one, `REKEY_SEEDS=7..8`, also tells all that happened. One that fails is added to `seeds.txt`, which is run first.

mod draw;
mod lives;
mod pace;
mod promises;
mod verdicts;

use crate::world::{busiest, is_conversion};
use lives::Played;
use model::migration::Entry;
use model::window::Window;
use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Numbers tried when nothing else is asked for.
const SEEDS: Range<u64> = 0..3_000;

/// Numbers that showed a defect once.
fn remembered() -> Vec<u64> {
    let lines = include_str!("seeds.txt").lines();
    lines
        .filter_map(|line| line.split('#').next()?.trim().parse().ok())
        .collect()
}

fn seeds() -> Vec<u64> {
    let asked = std::env::var("REKEY_SEEDS").ok();
    let range = asked.as_deref().map_or(SEEDS, |text| {
        let (from, to) = text.split_once("..").expect("REKEY_SEEDS is FROM..TO");
        from.parse().unwrap()..to.parse().unwrap()
    });
    remembered().into_iter().chain(range).collect()
}

/// What a run broke, in sentences.
fn broken_by(seed: u64) -> Vec<String> {
    match catch_unwind(AssertUnwindSafe(|| promises::broken(&lives::play(seed)))) {
        Ok(broken) => broken,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            vec![format!("it panicked: {}", text.unwrap_or_default())]
        }
    }
}

#[test]
fn no_run_breaks_what_a_migration_promises() {
    let seeds = seeds();
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = broken_by(*seed);
                    if !found.is_empty() {
                        broken.lock().unwrap().push((*seed, found));
                    }
                }
            });
        }
    });
    let mut broken = broken.into_inner().unwrap();
    broken.sort_unstable();
    let shown = broken.iter().take(10);
    let shown: Vec<String> = shown
        .map(|(seed, found)| format!("seed {seed}: {}", found.join("; ")))
        .collect();
    let told = match broken.as_slice() {
        [(seed, _)] => trace(&lives::play(*seed)).join("\n"),
        _ => String::new(),
    };
    assert!(
        broken.is_empty(),
        "{} of {} runs broke a promise; add the seeds to seeds.txt:\n{}\n{told}",
        broken.len(),
        seeds.len(),
        shown.join("\n")
    );
}

#[test]
fn a_seed_is_the_same_run_each_time() {
    for seed in 0..40 {
        let (first, second) = (lives::play(seed), lives::play(seed));
        assert_eq!(trace(&first), trace(&second), "seed {seed}");
    }
}

/// Everything that could be seen from outside.
fn trace(played: &Played) -> Vec<String> {
    let stage = &played.stage;
    let world = stage.bench.account.world();
    let entries = stage
        .plans
        .iter()
        .flat_map(|plan| stage.bench.journal.entries(&plan.id));
    let calls = world.calls.iter().map(|call| {
        let at = call.at.duration_since(world.calls[0].at);
        format!("{at:?} {} {}/{}", call.operation, call.bucket, call.key)
    });
    calls
        .chain(entries.map(|recorded| format!("{:?} {:?}", recorded.at, recorded.entry)))
        .collect()
}

/// What `settings` tries on the sandbox, which has policies to set.
const ELSEWHERE: [&str; 4] = [
    "SettingRequested",
    "SettingIntended",
    "SettingChanged",
    "SettingRefused",
];

/// What a run met besides what its journal says.
fn kinds(played: &Played) -> Vec<(bool, &'static str)> {
    let stage = &played.stage;
    let world = stage.bench.account.world();
    let entries: Vec<Entry> = stage.bench.entries();
    let retried = entries
        .iter()
        .any(|entry| matches!(entry, Entry::RetryRequested { .. }));
    let named = entries
        .iter()
        .any(|entry| matches!(entry, Entry::BucketVerified { result, .. } if !result.exceptions.is_empty()));
    let beside = stage
        .plans
        .get(1)
        .map(|plan| stage.bench.journal.entries(&plan.id));
    let converts = |recorded: &model::migration::Recorded| matches!(recorded.entry, Entry::BatchDone { .. });
    let converted_beside = beside.is_some_and(|entries| entries.iter().any(converts));
    let writes = stage.bench.plan.settings.s3_writes_per_prefix.floor() as usize;
    let by_prefix = |prefix: &str| {
        let of = world.calls.iter().filter(|call| {
            call.bucket == "alpha" && is_conversion(call.operation) && call.key.starts_with(prefix)
        });
        busiest(of.map(|call| call.at))
    };
    vec![
        (played.lives > 1, "a crash"),
        (!world.replaced.is_empty(), "another writer"),
        (world.landed_late > 0, "a late effect"),
        (world.conversions.values().sum::<u32>() > 0, "a conversion"),
        (named && retried, "a retry of what read back differently"),
        (converted_beside, "a migration beside it"),
        (
            converted_beside
                && entries
                    .iter()
                    .any(|entry| matches!(entry, Entry::JobEnded { .. })),
            "a migration beside a job",
        ),
        (stage.bench.plan.settings.window != Window::default(), "a window"),
        (by_prefix("a/") == writes, "a prefix at its limit"),
    ]
}

#[test]
fn the_runs_are_of_every_kind() {
    let mut seen = BTreeSet::new();
    let mut wanted: BTreeSet<_> = model::migration::EntryKind::ALL
        .iter()
        .map(|kind| kind.name())
        .collect();
    for seed in 0..300 {
        let played = lives::play(seed);
        let entries = played.stage.bench.entries();
        seen.extend(entries.iter().map(|entry| entry.kind().name()));
        let met = kinds(&played);
        seen.extend(met.iter().filter(|(is, _)| *is).map(|(_, kind)| *kind));
        wanted.extend(met.into_iter().map(|(_, kind)| kind));
    }
    let missing: Vec<_> = wanted
        .into_iter()
        .filter(|kind| !seen.contains(kind) && !ELSEWHERE.contains(kind))
        .collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}
