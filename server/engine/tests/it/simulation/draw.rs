//! The estate of a run: buckets, shards and rows of every kind, and what the operator set.

use crate::chance::Chance;
use crate::estate::{Bench, facts, row, target};
use crate::storm::Storm;
use cloud::Fault;
use model::encryption::DefaultEncryption;
use model::inventory::{EncryptionStatus as E, StorageClass};
use model::line_choices::{LineChoice, LineChoices, LineKey};
use model::method::MethodChoice;
use model::plan::{Canary, VerifyScope};
use model::quantity::{Bytes, Ratio, RequestsPerSecond};
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::time::Duration;

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

/// An estate with its plan, in an account with its weather.
pub(super) fn bench(chance: &mut Chance) -> Bench {
    let versioned = chance.per_mille(400);
    let buckets = ["alpha", "beta", "gamma"];
    let count = chance.within(1..4) as usize;
    let shards: Vec<(&str, Vec<Vec<ObjectRow>>)> = buckets[..count]
        .iter()
        .map(|bucket| (*bucket, shards(chance, versioned)))
        .collect();
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
    bench.options.tick = Duration::from_secs(2);
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
    {
        let mut world = bench.account.world();
        world.versioned = versioned;
        world.kms_limit = chance.per_mille(100).then(|| chance.within(3..30) as usize);
        world.storm = Some(Storm {
            slowest: Duration::from_millis(chance.pick(&[1, 20, 200])),
            per_mille: chance.pick(&[0, 20, 100]),
            chance: chance.split(),
        });
    }
    bench
}

/// Some shards; one may be empty.
fn shards(chance: &mut Chance, versioned: bool) -> Vec<Vec<ObjectRow>> {
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
