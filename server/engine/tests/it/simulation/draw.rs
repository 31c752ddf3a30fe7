//! The estate of a run: buckets, shards and rows of every kind, and what the operator set.

use crate::chance::Chance;
use crate::estate::{Bench, facts, plan_bucket, row, target};
use crate::storm::Storm;
use cloud::Fault;
use model::encryption::DefaultEncryption;
use model::inventory::{EncryptionStatus as E, Region, StorageClass};
use model::jobs::{JobPlace, JobSettings, ManifestSource};
use model::line_choices::{LineChoice, LineChoices, LineKey};
use model::method::MethodChoice;
use model::plan::{Canary, MigrationId, Plan, VerifyScope};
use model::quantity::{Bytes, Ratio, RequestsPerSecond};
use model::row::ObjectRow;
use model::time::UnixMillis;
use model::window::{Freeze, Freezes, Hours, Window};
use std::collections::BTreeMap;
use std::time::Duration;

/// When a run begins: four seconds to six o'clock.
pub(super) const BEGINNING: UnixMillis = UnixMillis((20_000 * 24 + 6) * 3_600_000 - 4_000);

/// How often a runner looks at the share and the window.
pub(super) const TICK: Duration = Duration::from_secs(2);

const CLASSES: [StorageClass; 5] = [
    StorageClass::Standard,
    StorageClass::StandardIa,
    StorageClass::IntelligentTiering,
    StorageClass::Glacier,
    StorageClass::GlacierIr,
];

/// Choices for some lines, admissible or not: the runner must hold to the plan's rules either way.
fn lines(chance: &mut Chance) -> LineChoices {
    let mut lines = LineChoices::NONE;
    for storage_class in [StorageClass::Standard, StorageClass::StandardIa] {
        for encryption_status in [E::SseS3, E::NotSse] {
            let key = LineKey {
                storage_class,
                encryption_status,
                current: chance.per_mille(800),
            };
            let choice = chance.pick(&[LineChoice::Update, LineChoice::Copy, LineChoice::Leave]);
            lines = lines.with(key, Some(choice));
        }
    }
    lines
}

/// What goes first. Drawn from a source of its own, so that a seed that was remembered stays the run that it was.
fn canary(mut apart: Chance) -> Canary {
    Canary {
        objects: apart.pick(&[0, 0, 1, 2]),
        asks: apart.per_mille(300),
    }
}

/// When the run may convert: hours that close or open a few seconds after its begin, or stretches without changes.
fn window(chance: &mut Chance) -> Window {
    let mut window = Window::default();
    match chance.within(0..20) {
        0 => window.hours = Hours::parse("22-6"),
        1 => window.hours = Hours::parse("6-7"),
        2..6 => {
            let mut at = BEGINNING.0;
            let freezes = (0..chance.within(1..4)).map(|_| {
                let from = at + chance.within(200..6_000) as i64;
                at = from + chance.within(1_000..40_000) as i64;
                Freeze {
                    from: UnixMillis(from),
                    until: UnixMillis(at),
                }
            });
            window.freeze = Freezes::try_from(freezes.collect::<Vec<_>>()).unwrap();
        }
        _ => {}
    }
    window
}

/// Jobs of S3 Batch Operations for the updates.
fn jobs() -> JobSettings {
    let region = Region("eu-west-2".to_string());
    JobSettings {
        role: "arn:aws:iam::111122223333:role/jobs".to_string(),
        places: vec![JobPlace {
            bucket: "reports".to_string(),
            region,
            prefix: "moves".to_string(),
        }],
        manifest: ManifestSource::Written,
        inventories: Vec::new(),
    }
}

/// Takes the last bucket of a plan into a plan of its own, which runs beside it in the Region.
fn apart(bench: &mut Bench, chance: &mut Chance) -> Option<Plan> {
    let mut beside = bench.plan.clone();
    let bucket = bench.plan.buckets.pop()?;
    beside.id = MigrationId("m-2".to_string());
    beside.name.clone_from(&bucket.bucket);
    beside.buckets = vec![bucket];
    beside.jobs = None;
    beside.settings.window = window(chance);
    beside.rates[0].kms_budget = RequestsPerSecond::whole(chance.pick(&[5, 20, 100]));
    Some(beside)
}

/// An estate with its plan, and sometimes another that runs beside it, in an account with its weather.
pub(super) fn bench(chance: &mut Chance) -> (Bench, Option<Plan>) {
    // From a source of its own, so that what it decides does not change the rest.
    let mut more = Chance::new(chance.clone().draw() ^ 0x0a11_e51d_e000_0000);
    let versioned = chance.per_mille(400);
    let buckets = ["alpha", "beta", "gamma"];
    let count = chance.within(1..4) as usize;
    let mut shards: Vec<(&str, Vec<Vec<ObjectRow>>)> = buckets[..count]
        .iter()
        .map(|bucket| (*bucket, shards_of(chance, versioned)))
        .collect();
    let has_jobs = more.per_mille(120);
    // With jobs from a source of its own: seeds of before stay what they were, but for those that get a second one by it.
    let two = if has_jobs {
        Chance::new(chance.clone().draw() ^ 0x0d0b_e51d_e000_0000).per_mille(300)
    } else {
        more.per_mille(250)
    };
    if two {
        shards.push(("delta", shards_of(&mut more, versioned)));
    }
    let mut bench = Bench::empty(shards.clone());
    let rules = &mut bench.plan.settings.rules;
    rules.rekey = chance.per_mille(300);
    rules.noncurrent = chance.per_mille(700);
    rules.choice = chance.pick(&[
        MethodChoice::Automatic,
        MethodChoice::Automatic,
        MethodChoice::CopyOnly,
        MethodChoice::UpdateOnly,
    ]);
    if chance.per_mille(200) {
        rules.lines = lines(chance);
    }
    let settings = &mut bench.plan.settings;
    settings.in_flight = chance.within(1..17) as u32;
    settings.batch_rows = chance.within(1..9) as u32;
    settings.kms_calls_per_object = Ratio::parse(chance.pick(&["1", "1", "2", "0.5"])).unwrap();
    settings.verify = chance.pick(&[VerifyScope::Every, VerifyScope::Every, VerifyScope::Sample(3)]);
    let budget = RequestsPerSecond::whole(chance.pick(&[5, 20, 100, 1_000]));
    bench.plan.rates[0].kms_budget = budget;
    settings.canary = canary(chance.clone());
    settings.window = window(&mut more);
    settings.s3_writes_per_prefix = RequestsPerSecond::whole(more.pick(&[3_500, 3_500, 5, 20, 50]));
    let rules = settings.rules;
    for (planned, (name, shards)) in bench.plan.buckets.iter_mut().zip(&shards) {
        *planned = plan_bucket(name, shards, rules);
    }
    // As the canaries: from a source of its own.
    bench.options.exceptions_at_once =
        Chance::new(chance.clone().draw() ^ 0x0e0c_e51d_e000_0000).pick(&[1, 2, 100]);
    bench.plan.jobs = has_jobs.then(jobs);
    bench.options.tick = TICK;
    for (bucket, rows) in &shards {
        for row in rows.iter().flatten() {
            if !row.delete_marker && !row.key.starts_with("gone/") {
                store(&bench, bucket, row, chance);
            }
        }
        if chance.per_mille(500) {
            let default = first_default(chance);
            let mut world = bench.account.world();
            world.defaults.insert((*bucket).to_string(), default);
        }
    }
    bench.account.world().versioned = versioned;
    weather(&bench, chance);
    let beside = if two { apart(&mut bench, &mut more) } else { None };
    (bench, beside)
}

/// How fast the account answers, what of its answers are faults, and how much KMS takes.
fn weather(bench: &Bench, chance: &mut Chance) {
    let mut world = bench.account.world();
    world.kms_limit = chance.per_mille(100).then(|| chance.within(3..30) as usize);
    world.storm = Some(Storm {
        slowest: Duration::from_millis(chance.pick(&[1, 20, 200])),
        per_mille: chance.pick(&[0, 20, 100]),
        chance: chance.split(),
    });
}

/// Some shards; one may be empty.
fn shards_of(chance: &mut Chance, versioned: bool) -> Vec<Vec<ObjectRow>> {
    let count = chance.within(1..5);
    (0..count)
        .map(|shard| {
            let rows = chance.within(0..13);
            (0..rows)
                .flat_map(|n| rows_of(chance, &format!("{shard}-{n:02}"), versioned))
                .collect()
        })
        .collect()
}

/// The row of one object, or those of its versions.
fn rows_of(chance: &mut Chance, name: &str, versioned: bool) -> Vec<ObjectRow> {
    let status = chance.pick(&[
        E::SseS3,
        E::SseS3,
        E::SseS3,
        E::SseS3,
        E::SseS3,
        E::NotSse,
        E::NotSse,
        E::NotSse,
        E::SseKms,
        E::SseC,
        E::DsseKms,
    ]);
    let prefix = match chance.within(0..20) {
        0 => "gone/",
        1 => "refused/",
        2..10 => "a/",
        _ => "",
    };
    let mut newest = row(&format!("{prefix}{name}"), status);
    newest.size = Bytes(chance.within(0..1000));
    newest.storage_class = chance.pick(&CLASSES);
    newest.locked = chance.per_mille(30);
    newest.delete_marker = versioned && chance.per_mille(50);
    if !versioned {
        return vec![newest];
    }
    newest.version_id = Some(format!("{name}-2"));
    if chance.per_mille(600) {
        return vec![newest];
    }
    let older = ObjectRow {
        version_id: Some(format!("{name}-1")),
        current: false,
        delete_marker: false,
        e_tag: format!("older-{name}"),
        ..newest.clone()
    };
    vec![older, newest]
}

/// Puts the object of a row into the account.
fn store(bench: &Bench, bucket: &str, row: &ObjectRow, chance: &mut Chance) {
    let mut stored = facts(row);
    let words = |chance: &mut Chance, name: &str| -> BTreeMap<String, String> {
        (0..chance.within(0..3))
            .map(|n| (format!("{name}-{n}"), chance.within(0..100).to_string()))
            .collect()
    };
    stored.metadata = words(chance, "meta");
    stored.headers = words(chance, "content");
    if row.encryption_status == E::SseKms {
        let ours = chance.per_mille(400);
        let other = "arn:aws:kms:eu-west-2:111122223333:key/another".to_string();
        stored.encryption.key = Some(if ours {
            target().key.as_str().to_string()
        } else {
            other
        });
        stored.encryption.bucket_key = chance.per_mille(500);
    }
    let tags = words(chance, "tag");
    let mut world = bench.account.world();
    world.put(bucket, &row.key, stored, tags);
    if row.key.starts_with("refused/") {
        world.refused.insert(row.key.clone(), Fault::Refused);
    }
}

fn first_default(chance: &mut Chance) -> DefaultEncryption {
    let blocked = if chance.per_mille(500) {
        vec!["SSE-C".to_string()]
    } else {
        Vec::new()
    };
    let ours = chance.per_mille(200);
    DefaultEncryption {
        status: if ours { E::SseKms } else { E::SseS3 },
        key: ours.then(|| target().key.as_str().to_string()),
        bucket_key: ours,
        blocked,
    }
}
