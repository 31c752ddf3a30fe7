//! Times the whole forecast of a large estate: `cargo run --release -p model --example forecast [BUCKETS]`. Called by
//! `cargo xtask bench forecast`.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measured")]

use model::basis::Basis;
use model::cost::{requests, worth};
use model::forecast::Forecast;
use model::inventory::{BucketKeyStatus, EncryptionStatus, ObjectGroup, Region, SizeBand, StorageClass};
use model::quantity::{Bytes, Objects, Ratio, Requests};
use model::requests::RequestCounts;
use model::scenario::Scenario;
use model::time::UnixMillis;
use model::workload::{BucketWorkload, Workload};
use std::time::Instant;

const REGIONS: [&str; 4] = ["eu-west-2", "us-east-1", "eu-central-1", "ap-southeast-2"];
const CLASSES: [StorageClass; 4] = [
    StorageClass::Standard,
    StorageClass::StandardIa,
    StorageClass::IntelligentTiering,
    StorageClass::DeepArchive,
];

fn groups(bucket: usize) -> impl Iterator<Item = ObjectGroup> {
    let statuses = [EncryptionStatus::SseS3, EncryptionStatus::NotSse];
    let kinds = CLASSES
        .into_iter()
        .flat_map(move |class| statuses.map(|status| (class, status)));
    kinds
        .enumerate()
        .map(move |(index, (storage_class, encryption_status))| ObjectGroup {
            bucket: format!("bucket-{bucket:05}"),
            region: Some(Region(REGIONS[bucket % REGIONS.len()].to_string())),
            prefix: format!("team-{index}/"),
            storage_class,
            encryption_status,
            bucket_key_status: BucketKeyStatus::Disabled,
            current: true,
            size_band: SizeBand::To5Gib,
            objects: Objects(1_000 + bucket as u64),
            bytes: Bytes((1 + index as u64) << 30),
            over_5_gib: Objects(0),
            locked: Objects(0),
            locked_bytes: Bytes(0),
            oldest: Some(UnixMillis(1_700_000_000_000)),
            newest: Some(UnixMillis(1_795_000_000_000)),
        })
}

fn main() {
    let buckets = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    let groups: Vec<ObjectGroup> = (0..buckets).flat_map(groups).collect();
    let known = |bucket: usize| {
        let counts =
            RequestCounts::reads_and_writes(Requests(bucket as u64 * 1_000), Requests(bucket as u64));
        BucketWorkload::new(&format!("bucket-{bucket:05}"), None, &counts)
    };
    let workload = Workload {
        buckets: (0..buckets).map(known).collect(),
        ..Workload::default()
    };
    let basis = Basis::new(&groups, &workload, Some(UnixMillis(1_795_136_400_000)));
    let scenario = Scenario {
        months: 36,
        growth: Ratio::from_milli(20),
        ..Scenario::default()
    };
    let mut best = f64::MAX;
    for _ in 0..20 {
        let began = Instant::now();
        let forecast = Forecast::new(&basis, &scenario);
        best = best.min(began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(forecast.months.len(), 36);
    }
    println!("forecast of {buckets} buckets over 36 months: {best:.1} ms, the best of 20");
    let mut best = f64::MAX;
    for _ in 0..20 {
        let began = Instant::now();
        let rows = worth(&basis, &scenario, &requests(&basis, &scenario));
        best = best.min(began.elapsed().as_secs_f64() * 1000.0);
        assert!(!rows.is_empty());
    }
    println!("when a Bucket Key pays, by class and method: {best:.1} ms");
}
