//! Worked examples, computed by hand in the comments and compared to the cent or finer.

use model::basis::Basis;
use model::forecast::Forecast;
use model::headroom::{AccountUsage, Phase, headroom};
use model::inventory::{BucketKeyStatus, EncryptionStatus, ObjectGroup, Region, SizeBand, StorageClass};
use model::money::NanoUsd;
use model::quantity::{Bytes, Objects, Ratio, Requests, RequestsPerSecond};
use model::requests::RequestCounts;
use model::scenario::Scenario;
use model::time::UnixMillis;
use model::workload::{BucketWorkload, Workload};

fn group(bucket: &str, region: &str, objects: u64, bytes: u64) -> ObjectGroup {
    ObjectGroup {
        bucket: bucket.to_string(),
        region: Some(Region(region.to_string())),
        prefix: "archive/".to_string(),
        storage_class: StorageClass::Standard,
        encryption_status: EncryptionStatus::SseS3,
        bucket_key_status: BucketKeyStatus::Disabled,
        current: true,
        size_band: SizeBand::To5Gib,
        objects: Objects(objects),
        bytes: Bytes(bytes),
        over_5_gib: Objects(0),
        locked: Objects(0),
        locked_bytes: Bytes(0),
        oldest: None,
        newest: None,
    }
}

fn workload(bucket: &str, gets: u64, puts: u64) -> Workload {
    let counts = RequestCounts::reads_and_writes(Requests(gets), Requests(puts));
    let bucket = BucketWorkload::new(bucket, None, &counts);
    Workload {
        buckets: vec![bucket],
        ..Workload::default()
    }
}

fn london() -> Basis {
    let groups = [group("kms-encryption-demo", "eu-west-2", 10_000, 10_000 << 30)];
    Basis::new(
        &groups,
        &workload("kms-encryption-demo", 2_000_000, 10_000),
        Some(UnixMillis(1_795_136_400_000)),
    )
}

/// The example of the AWS Storage Blog, at today's list prices: 10,000 GB × $0.024 = $240.00; 2,000,000 GET × $0.00042
/// per 1,000 = $0.84; 10,000 PUT × $0.0053 per 1,000 = $0.053; together $240.893. SSE-KMS adds one key, $1.00, and
/// 2,010,000 requests × $0.03 per 10,000 = $6.03, of which 20,000 are free (−$0.06): $247.863.
#[test]
fn london_ten_terabytes() {
    let basis = london();
    let forecast = Forecast::new(&basis, &Scenario::default());
    assert_eq!(forecast.before.total, NanoUsd(240_893_000_000));
    assert_eq!(forecast.after.total, NanoUsd(247_863_000_000));
    assert_eq!(forecast.before.missing, Vec::<String>::new());
    let shown: Vec<(String, String)> = forecast
        .after
        .lines
        .iter()
        .map(|line| line.text(&basis))
        .map(|text| (text.line, text.usd.expect("a known price").to_decimal()))
        .collect();
    let expected = [
        ("Storage, STANDARD", "240.00"),
        ("GET requests, STANDARD", "0.84"),
        ("PUT requests, STANDARD", "0.053"),
        ("KMS requests", "6.03"),
        ("KMS free tier", "-0.06"),
        ("KMS key", "1.00"),
    ];
    assert_eq!(
        shown,
        expected.map(|(line, usd)| (line.to_string(), usd.to_string()))
    );
    // With a bucket key that saves 90 %: 201,000 requests, $0.603, less the free $0.06.
    assert_eq!(forecast.after_bucket_key.total, NanoUsd(242_436_000_000));
    // At the published best of 99 %: 20,100 requests, $0.0603, less $0.06.
    assert_eq!(forecast.best, NanoUsd(241_893_300_000));
    // Once, by update: 10,000 × $0.0053 per 1,000 = $0.053 and 10,000 KMS calls, $0.03.
    assert_eq!(
        forecast.once().expect("a proposal").statement.total,
        NanoUsd(83_000_000)
    );
    assert_eq!(forecast.months.len(), 12);
    assert_eq!(forecast.months[0].month, "2026-12");
    assert_eq!(forecast.months[0].usd, forecast.after.total);
    assert_eq!(forecast.months[11].before, forecast.before.total);
}

/// One million objects by update in us-east-1: 1,000 × $0.005 = $5.00, and $3.00 for each KMS call per object. (The $1.25
/// of a Batch Operations job are not part of a run by this server.)
#[test]
fn a_million_updates_in_virginia() {
    let groups = [group("million", "us-east-1", 1_000_000, 1 << 40)];
    let basis = Basis::new(&groups, &Workload::default(), None);
    for (calls, expected) in [(1000, 8_000_000_000), (2000, 11_000_000_000)] {
        let scenario = Scenario {
            kms_calls: Ratio::from_milli(calls),
            ..Scenario::default()
        };
        let forecast = Forecast::new(&basis, &scenario);
        assert_eq!(
            forecast.once().expect("a proposal").statement.total,
            NanoUsd(expected)
        );
    }
    let forecast = Forecast::new(&basis, &Scenario::default());
    assert!(
        !forecast.before.missing.is_empty(),
        "request counts are unknown, not zero"
    );
}

/// 49 million KMS requests are about $147 a month: 48,980,000 × $0.000003 = $146.94.
#[test]
fn a_real_bill_without_a_bucket_key() {
    let groups = [group("metr", "us-east-1", 1000, 1 << 30)];
    let basis = Basis::new(&groups, &workload("metr", 49_000_000, 0), None);
    let forecast = Forecast::new(&basis, &Scenario::default());
    let kms: NanoUsd = forecast
        .after
        .lines
        .iter()
        .map(|line| (line.text(&basis), line.usd.expect("known")))
        .filter(|(text, _)| text.line == "KMS requests" || text.line == "KMS free tier")
        .map(|(_, usd)| usd)
        .sum();
    assert_eq!(kms, NanoUsd(146_940_000_000));
}

/// 100 million objects at half of London's headroom with 4,000/s in use: (20,000 − 4,000) × 0.5 = 8,000/s, 12,500 s.
#[test]
fn a_hundred_million_objects_at_half_of_londons_headroom() {
    let groups = [group("big", "eu-west-2", 100_000_000, 1 << 40)];
    let basis = Basis::new(&groups, &Workload::default(), None);
    let scenario = Scenario {
        baseline: Some(RequestsPerSecond::whole(4000)),
        ..Scenario::default()
    };
    let regions = headroom(&basis, &scenario, &AccountUsage::new());
    assert_eq!(regions[0].migration, RequestsPerSecond::whole(8000));
    let settings = model::plan::PlanSettings {
        in_flight: 2000,
        ..Default::default()
    };
    let rate = model::planning::rate(
        &regions[0].region,
        Objects(100_000_000),
        3,
        &regions[0],
        &settings,
    );
    assert_eq!(rate.seconds, 12_500);
    assert_eq!(rate.binds, model::plan::Binding::KmsShare);
}

/// London's steady state: 2,010,000 ÷ 2,592,000 s = 0.776/s on average, five times that in the busiest second.
#[test]
fn londons_steady_state_is_far_below_its_quota() {
    let regions = headroom(&london(), &Scenario::default(), &AccountUsage::new());
    let london = &regions[0];
    assert_eq!(london.quota.limit.floor(), 20_000);
    assert_eq!(london.after.average.milli(), 776);
    assert_eq!(london.after.peak.milli(), 3880);
    assert_eq!(london.load(Phase::Now, false), RequestsPerSecond::ZERO);
    assert!(london.is_bound(), "the account's own use is not known");
    assert_eq!(london.breach(Phase::After, false), None);
}

/// Storage tiers run over the whole Region: 40 TiB in each of two buckets are 80 TiB: 51,200 GB × $0.023 + 30,720 GB ×
/// $0.022 = $1,177.60 + $675.84.
#[test]
fn tiers_are_shared_by_the_buckets_of_a_region() {
    let groups = [
        group("a", "us-east-1", 1, 40 << 40),
        group("b", "us-east-1", 1, 40 << 40),
    ];
    let basis = Basis::new(&groups, &Workload::default(), None);
    let forecast = Forecast::new(&basis, &Scenario::default());
    assert_eq!(forecast.before.total, NanoUsd(1_853_440_000_000));
}

/// A typed-in total is split over buckets without losing a request.
#[test]
fn typed_totals_are_split_whole() {
    let groups = ["a", "b", "c"].map(|bucket| group(bucket, "us-east-1", 1, 1 << 30));
    let basis = Basis::new(&groups, &Workload::default(), None);
    let (scenario, _) = Scenario::from_pairs([("gets", "1000000"), ("puts", "7")]);
    let shares = model::cost::requests(&basis, &scenario);
    let sum = shares
        .into_iter()
        .flatten()
        .fold(model::cost::RequestShares::default(), |sum, part| sum.plus(part));
    assert_eq!(
        sum.s3,
        RequestCounts::reads_and_writes(Requests(1_000_000), Requests(7))
    );
}

/// Growth of 10 % for two months: 1.21 times the bytes and requests in the third.
#[test]
fn growth_compounds() {
    let scenario = Scenario {
        growth: Ratio::percent(10),
        months: 3,
        ..Scenario::default()
    };
    let forecast = Forecast::new(&london(), &scenario);
    assert_eq!(forecast.months[2].before, NanoUsd(291_480_530_000));
}
