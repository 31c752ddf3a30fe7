//! What holds for every estate: totals equal their lines, another bucket never makes anything cheaper, and splitting one
//! changes nothing that is priced piece by piece.

mod support;

use model::basis::Basis;
use model::cost::{
    Configuration, Heads, Statement, monthly_by_bucket, one_time, one_time_by_bucket, requests, usage,
};
use model::forecast::Forecast;
use model::inventory::{EncryptionStatus, ObjectGroup, Region, StorageClass};
use model::money::NanoUsd;
use model::quantity::{Bytes, Objects, Ratio, Requests};
use model::requests::RequestCounts;
use model::scenario::Scenario;
use model::time::UnixMillis;
use model::workload::{BucketWorkload, Workload};
use proptest::prelude::*;

const REGIONS: [&str; 3] = ["eu-west-2", "us-east-1", "ap-southeast-2"];

/// A bucket: its groups and its requests a month.
type Bucket = (Vec<ObjectGroup>, u64, u64);

fn groups() -> impl Strategy<Value = Vec<ObjectGroup>> {
    let class = proptest::sample::select(vec![
        StorageClass::Standard,
        StorageClass::StandardIa,
        StorageClass::IntelligentTiering,
        StorageClass::GlacierIr,
        StorageClass::DeepArchive,
    ]);
    let status = proptest::sample::select(vec![
        EncryptionStatus::SseS3,
        EncryptionStatus::SseKms,
        EncryptionStatus::NotSse,
        EncryptionStatus::SseC,
        EncryptionStatus::DsseKms,
    ]);
    let one = (
        class,
        status,
        1..1_000_000_u64,
        0..1_u64 << 45,
        any::<bool>(),
        0..400_i64,
    );
    let group = |(storage_class, encryption_status, objects, bytes, current, days)| ObjectGroup {
        storage_class,
        encryption_status,
        current,
        oldest: Some(UnixMillis(1_795_136_400_000 - days * 86_400_000 - 1)),
        newest: Some(UnixMillis(1_795_136_400_000 - days * 43_200_000)),
        ..support::group("", objects, bytes)
    };
    proptest::collection::vec(one.prop_map(group), 1..5)
}

fn buckets(most: usize) -> impl Strategy<Value = Vec<Bucket>> {
    proptest::collection::vec((groups(), 0..1_000_000_000_u64, 0..100_000_000_u64), 1..most)
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let fields = (any::<bool>(), 0..100_u32, 0..100_u32, 1..37_u32, 0..27_u32);
    fields.prop_map(|(bucket_key, growth, saving, months, ramp_weeks)| Scenario {
        bucket_key,
        growth: Ratio::from_milli(growth),
        saving: Ratio::from_milli(saving * 10),
        months,
        ramp_weeks,
        ..Scenario::default()
    })
}

fn basis(buckets: &[Bucket]) -> Basis {
    let (mut all, mut workload) = (Vec::new(), Workload::default());
    for (index, (groups, gets, puts)) in buckets.iter().enumerate() {
        let (name, region) = (format!("b{index:03}"), Region(REGIONS[index % 3].to_string()));
        let counts = RequestCounts::reads_and_writes(Requests(*gets), Requests(*puts));
        workload.buckets.push(BucketWorkload::new(&name, None, &counts));
        all.extend(groups.iter().map(|group| ObjectGroup {
            bucket: name.clone(),
            region: Some(region.clone()),
            ..group.clone()
        }));
    }
    Basis::new(&all, &workload, Some(UnixMillis(1_795_136_400_000)))
}

fn sum(statement: &Statement) -> NanoUsd {
    statement.lines.iter().filter_map(|line| line.usd).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn sums_equal_their_lines_by_region_and_by_bucket(buckets in buckets(8), scenario in scenario()) {
        let basis = basis(&buckets);
        let forecast = Forecast::new(&basis, &scenario);
        let regions = usage(&basis, &scenario, &requests(&basis, &scenario));
        for (statement, configuration) in [
            (&forecast.before, Configuration::AsNow),
            (&forecast.after, Configuration::Kms),
            (&forecast.after_bucket_key, Configuration::KmsBucketKey),
        ] {
            prop_assert_eq!(statement.total, sum(statement));
            let by_bucket = monthly_by_bucket(&basis, &scenario, &regions, configuration);
            prop_assert_eq!(by_bucket.total, statement.total);
            prop_assert_eq!(&by_bucket.missing, &statement.missing);
        }
        for one in one_time(&basis, &scenario) {
            let by_bucket = one_time_by_bucket(&basis, &scenario, one.way, Heads::default());
            prop_assert_eq!(one.statement.total, sum(&one.statement));
            prop_assert_eq!(by_bucket.objects, one.objects);
            // Storage of days is rounded line by line, to a nano-dollar each.
            let apart = by_bucket.statement.total - one.statement.total;
            prop_assert!(apart.0.abs() <= by_bucket.statement.lines.len() as i128, "{apart:?}");
        }
    }

    #[test]
    fn another_bucket_never_makes_anything_cheaper(buckets in buckets(6), more in groups(), gets in 0..1_000_000_u64, scenario in scenario()) {
        let fewer = Forecast::new(&basis(&buckets), &scenario);
        let mut with = buckets.clone();
        with.push((more, gets, 0));
        let more = Forecast::new(&basis(&with), &scenario);
        prop_assert!(more.before.total >= fewer.before.total);
        prop_assert!(more.after.total >= fewer.after.total);
        prop_assert!(more.after_bucket_key.total >= fewer.after_bucket_key.total);
        for (after, before) in more.months.iter().zip(&fewer.months) {
            prop_assert!(after.usd >= before.usd && after.cumulative >= before.cumulative);
        }
        let once = |forecast: &Forecast| forecast.once().map(|once| once.statement.total);
        prop_assert!(once(&more) >= once(&fewer));
    }

    /// Two buckets of one Region with half the requests each cost what one does: all of it is priced piece by piece, and
    /// tiers and the free tier are shared anyway. Halves of an odd number and of KMS requests are rounded once more.
    #[test]
    fn splitting_a_workload_changes_only_roundings(groups in groups(), gets in 0..1_000_000_u64, puts in 0..1_000_000_u64, scenario in scenario()) {
        let doubled: Vec<ObjectGroup> = groups.iter().cloned().map(|mut group| {
            group.objects = Objects(group.objects.0 * 2);
            group.bytes = Bytes(group.bytes.0 * 2);
            group
        }).collect();
        let whole = vec![(doubled, gets * 2, puts * 2)];
        let empty = (Vec::new(), 0, 0);
        let halves = vec![(groups.clone(), gets, puts), empty.clone(), empty, (groups, gets, puts)];
        let (one, two) = (Forecast::new(&basis(&whole), &scenario), Forecast::new(&basis(&halves), &scenario));
        // A dearest request is a GET of Glacier Instant Retrieval; a few of them may fall on another class.
        let roundings = 40 * 30_000;
        for (one, two) in [(&one.before, &two.before), (&one.after, &two.after), (&one.after_bucket_key, &two.after_bucket_key)] {
            prop_assert!((one.total - two.total).0.abs() <= roundings, "{} and {}", one.total.to_decimal(), two.total.to_decimal());
        }
    }

    #[test]
    fn without_requests_only_storage_and_keys_cost(groups in groups(), scenario in scenario()) {
        let forecast = Forecast::new(&basis(&[(groups, 0, 0)]), &scenario);
        let other = |statement: &Statement| {
            statement.lines.iter().filter(|line| {
                use model::cost::CostLine as L;
                !matches!(line.what, L::Storage(_) | L::TieringMonitoring | L::KmsKey)
            }).count()
        };
        prop_assert_eq!(other(&forecast.before) + other(&forecast.after) + other(&forecast.after_bucket_key), 0);
        prop_assert_eq!(forecast.after.total - forecast.before.total, NanoUsd::cents(100));
    }
}
