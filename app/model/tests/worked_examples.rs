//! Worked examples, computed by hand in the comments and compared to the cent or finer.

mod support;

use model::basis::Basis;
use model::cost::{Bound, CostLine, Heads, Payback, Way, Worth, one_time_by_bucket, requests, worth};
use model::forecast::Forecast;
use model::headroom::{AccountUsage, Phase, headroom};
use model::inventory::{EncryptionStatus, ObjectGroup, Region, StorageClass};
use model::method::Method;
use model::money::NanoUsd;
use model::plan::{Looks, VerifyScope};
use model::quantity::{Objects, Ratio, Requests, RequestsPerSecond};
use model::requests::RequestCounts;
use model::scenario::Scenario;
use model::time::UnixMillis;
use model::workload::{BucketWorkload, Workload};

fn group(bucket: &str, region: &str, objects: u64, bytes: u64) -> ObjectGroup {
    ObjectGroup {
        region: Some(Region(region.to_string())),
        ..support::group(bucket, objects, bytes)
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
    // Once, by update: 10,000 × $0.0053 per 1,000 = $0.053 and 10,000 KMS calls, $0.03; read back by 10,000 × $0.00042
    // per 1,000 = $0.0042.
    let once = &forecast.once().expect("a proposal").statement;
    assert_eq!(once.total, NanoUsd(87_200_000));
    let lines: Vec<(String, Option<NanoUsd>)> = once
        .lines
        .iter()
        .map(|line| (line.what.title(), line.usd))
        .collect();
    let expected = [
        ("UpdateObjectEncryption requests", 53_000_000),
        ("KMS requests of the conversion", 30_000_000),
        ("HEAD requests to read back, STANDARD", 4_200_000),
    ];
    assert_eq!(
        lines,
        expected.map(|(line, usd)| (line.to_string(), Some(NanoUsd(usd))))
    );
    let derivation = once.lines[2].derivation();
    assert!(
        derivation.starts_with("10,000 requests × ") && derivation.contains("the plan reads back"),
        "{derivation}"
    );
    assert_eq!(forecast.months.len(), 12);
    assert_eq!(forecast.months[0].month, "2026-12");
    assert_eq!(forecast.months[0].usd, forecast.after.total);
    assert_eq!(forecast.months[11].before, forecast.before.total);
}

/// One million objects by update in us-east-1: 1,000 × $0.005 = $5.00, $3.00 for each KMS call per object, and 1,000 ×
/// $0.0004 = $0.40 to read each back. (The $1.25 of a Batch Operations job are not part of a run by this server.)
#[test]
fn a_million_updates_in_virginia() {
    let groups = [group("million", "us-east-1", 1_000_000, 1 << 40)];
    let basis = Basis::new(&groups, &Workload::default(), None);
    for (calls, expected) in [(1000, 8_400_000_000), (2000, 11_400_000_000)] {
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
    let rate = |in_key_store| {
        model::planning::rate(
            &regions[0].region,
            Objects(100_000_000),
            3,
            &regions[0],
            in_key_store,
            &settings,
        )
    };
    assert_eq!(rate(false).seconds, 12_500);
    assert_eq!(rate(false).binds, model::plan::Binding::KmsShare);
    // In a custom key store of 1,800/s the budget is half of that, less what the estate's steady state takes of it.
    let left = regions[0].added(false);
    let store = RequestsPerSecond::whole(1_800).saturating_sub(left);
    assert_eq!(rate(true).kms_budget, store.times(Ratio::percent(50)));
    assert_eq!(rate(true).binds, model::plan::Binding::KmsShare);
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

/// Infrequent-access objects copied on their tenth day, in us-east-1: 1,000 unencrypted objects of 1 GB each, written on
/// one day, ten days before the inventory. 20 of the 30 days are left: 1,000 GB × $0.0125 × 20 ÷ 30 = $8.333333333.
/// Retrieval: 1,000 GB × $0.01 = $10.00. Requests: 1,000 × $0.01 per 1,000 = $0.01. KMS: 1,000 × $0.03 per 10,000 =
/// $0.003. Together $18.346333333. The same by update, were they under SSE-S3: 1,000 × $0.005 per 1,000 + $0.003.
#[test]
fn infrequent_access_objects_overwritten_on_their_tenth_day() {
    const DAY: i64 = 24 * 3600 * 1000;
    let as_of = UnixMillis(1_795_136_400_000);
    let mut objects = group("cold", "us-east-1", 1_000, 1_000 << 30);
    objects.storage_class = StorageClass::StandardIa;
    objects.encryption_status = EncryptionStatus::NotSse;
    objects.oldest = Some(UnixMillis(as_of.0 - 10 * DAY));
    objects.newest = objects.oldest;
    let once = |group: &ObjectGroup| {
        let basis = Basis::new([group], &workload("cold", 0, 0), Some(as_of));
        let forecast = Forecast::new(&basis, &Scenario::default());
        let once = forecast.once().expect("a proposal").statement.clone();
        assert_eq!(once.missing, Vec::<String>::new());
        once.total
    };
    assert_eq!(once(&objects), NanoUsd(18_348_333_333));
    objects.encryption_status = EncryptionStatus::SseS3;
    assert_eq!(once(&objects), NanoUsd(9_000_000));
    // Spread evenly from the 20th day to the day itself, the mean of what is left is 20 days again; older than the
    // minimum duration, nothing is.
    objects.encryption_status = EncryptionStatus::NotSse;
    objects.oldest = Some(UnixMillis(as_of.0 - 20 * DAY));
    objects.newest = Some(as_of);
    assert_eq!(once(&objects), NanoUsd(18_348_333_333));
    objects.oldest = Some(UnixMillis(as_of.0 - 90 * DAY));
    objects.newest = Some(UnixMillis(as_of.0 - 30 * DAY));
    assert_eq!(once(&objects), NanoUsd(10_015_000_000));
}

/// A copy in a bucket that keeps versions leaves the old ones behind: 100 GB Standard in us-east-1 for 30 days, $2.30;
/// 100 requests × $0.005 per 1,000 = $0.0005, 100 × $0.000003 = $0.0003, and 100 HEADs before and 100 after, each $0.0004
/// per 1,000, = $0.00008.
#[test]
fn copies_leave_versions_behind() {
    let mut plain = group("kept", "us-east-1", 100, 100 << 30);
    plain.encryption_status = EncryptionStatus::NotSse;
    let mut old = group("kept", "us-east-1", 1, 0);
    old.current = false;
    let basis = Basis::new(&[plain, old], &workload("kept", 0, 0), None);
    let once = |days: u32| {
        let scenario = Scenario {
            old_version_days: days,
            ..Scenario::default()
        };
        let ways = model::cost::one_time(&basis, &scenario);
        let copy = ways.into_iter().find(|one| one.way == model::cost::Way::Copy);
        copy.expect("a copy").statement.total
    };
    assert_eq!(once(0), NanoUsd(880_000));
    assert_eq!(once(30), NanoUsd(2_300_880_000));
}

/// 100 updates and 50 copies in a bucket that has objects under a KMS key as well: each copy is looked at before, and each
/// update too unless what is under other keys is converted with the rest. A sample is read back evenly over the classes.
#[test]
fn what_a_plan_looks_at_is_counted() {
    let of = |storage_class, encryption_status, objects| ObjectGroup {
        storage_class,
        encryption_status,
        ..group("mixed", "us-east-1", objects, objects << 20)
    };
    let groups = [
        of(StorageClass::Standard, EncryptionStatus::SseS3, 100),
        of(StorageClass::StandardIa, EncryptionStatus::NotSse, 50),
        of(StorageClass::Standard, EncryptionStatus::SseKms, 10),
    ];
    let basis = Basis::new(&groups, &workload("mixed", 0, 0), None);
    let (every, sample) = (VerifyScope::Every, VerifyScope::Sample(10));
    // Looks at Standard and Standard-IA before, then those after.
    let cases = [
        (Looks::Standard, false, every, [100, 50, 100, 50]),
        (Looks::Standard, true, every, [0, 50, 100, 50]),
        (Looks::Each, true, VerifyScope::Sample(150), [100, 50, 100, 50]),
        (Looks::Fewest, false, sample, [100, 0, 7, 4]),
        (Looks::Fewest, true, VerifyScope::Sample(0), [0, 0, 0, 0]),
    ];
    for (looks, rekey, verify, expected) in cases {
        let heads = Heads { looks, verify, rekey };
        let once = one_time_by_bucket(&basis, &Scenario::default(), Way::Proposed, heads).statement;
        let quantity = |what: CostLine| {
            let line = once.lines.iter().find(|line| line.what == what);
            line.map_or(0, |line| line.quantity)
        };
        let (standard, ia) = (StorageClass::Standard, StorageClass::StandardIa);
        let counted = [
            CostLine::Looks(standard),
            CostLine::Looks(ia),
            CostLine::ReadBack(standard),
            CostLine::ReadBack(ia),
        ];
        assert_eq!(counted.map(quantity), expected, "{heads:?}");
    }
    // Jobs of S3 Batch Operations look at nothing before.
    let jobs = one_time_by_bucket(&basis, &Scenario::default(), Way::BatchCopy, Heads::default()).statement;
    assert!(
        jobs.lines
            .iter()
            .all(|line| !matches!(line.what, CostLine::Looks(_)))
    );
}

/// S3 Batch Operations in us-east-1, one job, one million objects: $5.00 of requests, $0.25 for the job, $1.00 for the
/// objects and $0.015 for the manifest are $6.265, $3.00 for each KMS call per object, and $0.40 to read each back.
#[test]
fn a_million_updates_by_batch_operations() {
    let groups = [group("million", "us-east-1", 1_000_000, 1 << 40)];
    let basis = Basis::new(&groups, &workload("million", 0, 0), None);
    let ways = model::cost::one_time(&basis, &Scenario::default());
    let batch = ways.iter().find(|one| one.way == model::cost::Way::BatchUpdate);
    assert_eq!(batch.expect("a way").statement.total, NanoUsd(9_665_000_000));
    let elsewhere = [group("million", "eu-west-2", 1_000_000, 1 << 40)];
    let basis = Basis::new(&elsewhere, &workload("million", 0, 0), None);
    let ways = model::cost::one_time(&basis, &Scenario::default());
    let batch = ways.iter().find(|one| one.way == model::cost::Way::BatchUpdate);
    assert!(
        !batch.expect("a way").statement.missing.is_empty(),
        "London's fees were not found, so the sum is a lower bound"
    );
}

/// Half of London's requests reach KMS while half of the waves are done: the first of two waves on day 0, the second in
/// the middle of eight weeks (day 28). February of the ramp: days 30 to 59, all converted. First month: 28 days at a half
/// and two at the whole, 0.533.
#[test]
fn waves_ramp_the_requests_up() {
    let scenario = Scenario {
        ramp_weeks: 8,
        waves: 2,
        months: 2,
        ..Scenario::default()
    };
    let forecast = Forecast::new(&london(), &scenario);
    // 2,010,000 × 0.533 = 1,071,330 requests, less 20,000: $3.15399, and the key.
    assert_eq!(
        forecast.months[0].usd - forecast.before.total,
        NanoUsd(4_153_990_000)
    );
    assert_eq!(forecast.months[1].usd, forecast.after.total);
    // The conversion, $0.0872, falls on the months in the same shares; by the end of the first all is converted.
    assert_eq!(forecast.months[0].conversion, NanoUsd(87_200_000));
    let sum = forecast.months[0].usd + forecast.months[1].usd + NanoUsd(87_200_000);
    assert_eq!(forecast.months[1].cumulative, sum);
    // A Bucket Key saves 1,809,000 × 0.533 requests, $2.8926, in the first month: more than the conversion.
    assert_eq!(forecast.bucket_key_pays().expect("a month").month, "2026-12");
}

/// A key that rotates every year costs a dollar more in the second year and two from the third.
#[test]
fn rotated_keys_cost_up_to_three_dollars() {
    let scenario = Scenario {
        rotation: true,
        months: 36,
        ..Scenario::default()
    };
    let forecast = Forecast::new(&london(), &scenario);
    let added = |month: usize| forecast.months[month].usd - forecast.after.total;
    assert_eq!(
        [added(0), added(11), added(12), added(24), added(35)].map(|usd| usd.0 / 1_000_000_000),
        [0, 0, 1, 2, 2]
    );
}

/// DSSE-KMS knows no bucket key, and its price per GB was not found: the total is a lower bound that says so.
#[test]
fn a_second_layer_has_no_known_price() {
    let scenario = Scenario {
        dual_layer: true,
        bucket_key: true,
        ..Scenario::default()
    };
    let forecast = Forecast::new(&london(), &scenario);
    assert_eq!(forecast.after_bucket_key.total, forecast.after.total);
    assert!(
        forecast
            .after
            .missing
            .iter()
            .any(|text| text.contains("“DSSE-KMS, encrypted” in eu-west-2")),
        "{:?}",
        forecast.after.missing
    );
    assert_eq!(forecast.before.missing, Vec::<String>::new());
}

/// London, twelve months: 10 % of the bytes are $24.00 a month, $288 in the year. Growth of 1 % a month comes next, 10 %
/// of the GETs last: 200,000 × ($0.00042 per 1,000 + $0.03 per 10,000) = $0.684 a month, $8.208.
#[test]
fn bytes_move_londons_total_most() {
    use model::sensitivity::{Input, sensitivity};
    let swings = sensitivity(&london(), &Scenario::default());
    assert_eq!(swings[0].input, Input::Bytes);
    assert_eq!(swings[0].more, NanoUsd(288_000_000_000));
    assert_eq!(swings[0].less, NanoUsd(-288_000_000_000));
    assert_eq!(swings[1].input, Input::Growth);
    assert_eq!(
        swings[2].input,
        Input::Requests(model::requests::RequestKind::Get)
    );
    assert_eq!(swings[2].more, NanoUsd(8_208_000_000));
}

/// A busy bucket in Ireland: 25.92 billion GETs a month are 10,000/s on average, 50,000/s at five times that. Ireland's
/// quota is 100,000/s; Frankfurt's is 20,000/s, so it cannot take the load over: 30,000/s too many.
#[test]
fn a_failover_region_with_a_fifth_of_the_quota_cannot_take_over() {
    let groups = [group("busy", "eu-west-1", 1_000, 1 << 30)];
    let basis = Basis::new(&groups, &workload("busy", 25_920_000_000, 0), None);
    let (scenario, errors) = Scenario::from_pairs([("failover", "eu-central-1"), ("baseline", "0")]);
    assert_eq!(errors, []);
    let regions = headroom(&basis, &scenario, &AccountUsage::new());
    assert_eq!(regions[0].after.peak, RequestsPerSecond::whole(50_000));
    assert_eq!(regions[0].breach(Phase::After, false), None);
    let failover = regions[0].failover.as_ref().expect("a failover");
    assert_eq!(failover.quota.limit, RequestsPerSecond::whole(20_000));
    assert_eq!(failover.breach(), Some(RequestsPerSecond::whole(30_000)));
    // What is asked for: 50,000 × 1.25 = 62,500, rounded up to two digits.
    let increase = regions[0].increase(&scenario, None);
    assert_eq!(
        (increase.value, increase.is_more, increase.advised),
        (63_000, false, false)
    );
    // With 5 % growth a month over twelve months: 50,000 × 1.7959 = 89,793, over 80 % of the quota; × 1.25 = 112,241.
    let grown = Scenario {
        growth: Ratio::percent(5),
        ..scenario.clone()
    };
    let increase = regions[0].increase(&grown, Some(UnixMillis(1_795_136_400_000)));
    assert_eq!(
        (increase.value, increase.is_more, increase.advised),
        (120_000, true, true)
    );
    for part in ["eu-west-1", "50,000", "120,000", "2027-11", "5 %", "25 %"] {
        assert!(
            increase.justification.contains(part),
            "{part}: {}",
            increase.justification
        );
    }
}

/// A key in a custom key store has 1,800/s, whatever the Region; a tenth of the requests made by other accounts counts
/// against those.
#[test]
fn key_stores_bind_and_other_accounts_carry_their_own() {
    let groups = [group("busy", "eu-west-1", 1_000, 1 << 30)];
    let basis = Basis::new(&groups, &workload("busy", 2_592_000_000, 0), None);
    let with = |fields: &[(&str, &str)]| {
        let (scenario, errors) = Scenario::from_pairs(fields.iter().copied());
        assert_eq!(errors, []);
        headroom(&basis, &scenario, &AccountUsage::new()).remove(0)
    };
    let store = with(&[("store", "1")]);
    assert_eq!(store.quota.limit, RequestsPerSecond::whole(1_800));
    assert_eq!(
        store.breach(Phase::After, false),
        Some(RequestsPerSecond::whole(3_200))
    );
    let foreign = with(&[("foreign", "10")]);
    assert_eq!(foreign.after.peak, RequestsPerSecond::whole(4_500));
    assert_eq!(foreign.elsewhere.peak, RequestsPerSecond::whole(500));
}

/// One prefix takes 3,500 writes and 5,500 reads a second: 2.592 billion PUTs a month are 1,000/s, 5,000/s at the peak.
#[test]
fn s3s_own_rates_are_a_second_limit() {
    let groups = [group("hot", "us-east-1", 1_000, 1 << 30)];
    let basis = Basis::new(&groups, &workload("hot", 0, 2_592_000_000), None);
    let regions = headroom(&basis, &Scenario::default(), &AccountUsage::new());
    let load = regions[0].prefixes.as_ref().expect("a bucket");
    assert_eq!((load.bucket.as_str(), load.prefixes), ("hot", 1));
    assert_eq!(load.writes, RequestsPerSecond::whole(5_000));
    assert_eq!(load.write_limit, RequestsPerSecond::whole(3_500));
    assert_eq!(load.fullness(), 1_428);
    // The conversion of its thousand objects: in flight 256 ÷ 0.15 s = 1,706/s binds, before 3,500/s of the prefix.
    let conversion = &regions[0].conversion;
    assert_eq!(conversion.objects, Objects(1_000));
    assert_eq!(
        conversion.binds().expect("a limit").0,
        model::plan::Binding::Workers
    );
}

/// When a Bucket Key pays under the default scenario.
fn worth_of(basis: &Basis) -> Vec<Worth> {
    let scenario = Scenario::default();
    worth(basis, &scenario, &requests(basis, &scenario))
}

/// London: 10,000 updates at $0.0053 per 1,000 = $0.053, as many KMS calls at $0.03 per 10,000 = $0.03, and as many HEADs
/// at $0.00042 per 1,000 = $0.0042, together $0.0872. Of 2,010,000 KMS requests a Bucket Key saves 90 %: 1,809,000 × $0.03
/// per 10,000 = $5.427 a month. With 1,000 GETs it saves 900, $0.0027 a month, and 0.0872 ÷ 0.0027 = 32.3 months.
#[test]
fn a_bucket_key_pays_for_the_conversion_or_does_not() {
    let rows = |gets: u64, puts: u64| {
        let groups = [group("kms-encryption-demo", "eu-west-2", 10_000, 10_000 << 30)];
        let basis = Basis::new(&groups, &workload("kms-encryption-demo", gets, puts), None);
        worth_of(&basis)
    };
    let busy = rows(2_000_000, 10_000);
    assert_eq!(busy.len(), 1);
    assert_eq!(
        (busy[0].class, busy[0].method),
        (StorageClass::Standard, Method::UpdateObjectEncryption)
    );
    assert_eq!(busy[0].once, NanoUsd(87_200_000));
    assert_eq!(busy[0].saving, NanoUsd(5_427_000_000));
    assert_eq!(busy[0].payback, Payback::Months(1, Bound::Exact));
    assert!(
        busy[0].derivation.contains("1,809,000") && busy[0].derivation.contains(" Price: "),
        "{}",
        busy[0].derivation
    );
    let quiet = rows(1000, 0);
    assert_eq!(quiet[0].payback, Payback::Months(33, Bound::Exact));
    assert_eq!(quiet[0].payback.words(), "33 months");
    assert_eq!(
        rows(0, 0)[0].payback.words(),
        "never: it saves no KMS requests here"
    );
    let groups = [group("a", "eu-west-2", 10, 10)];
    let unknown = worth_of(&Basis::new(&groups, &Workload::default(), None));
    assert_eq!(unknown[0].payback, Payback::Unknown);
}

/// Half of the current objects are in Standard-IA, and a third of those of Standard are copied because they are not
/// encrypted: of 900 saved requests 450 fall on Standard-IA, 300 on the updates and 150 on the copies in Standard. What is
/// archived saves nothing. A bucket without counts makes the months an upper bound.
#[test]
fn savings_fall_on_the_objects_that_are_converted() {
    let of = |storage_class, encryption_status, objects| ObjectGroup {
        storage_class,
        encryption_status,
        ..group("mixed", "eu-west-2", objects, objects << 20)
    };
    use EncryptionStatus as E;
    use StorageClass as C;
    let mut groups = vec![
        of(C::Standard, E::SseS3, 200),
        of(C::Standard, E::NotSse, 100),
        of(C::StandardIa, E::SseS3, 300),
        of(C::DeepArchive, E::SseS3, 5000),
    ];
    let saved = |groups: &[ObjectGroup]| -> Vec<(StorageClass, Method, NanoUsd, Payback)> {
        let basis = Basis::new(groups, &workload("mixed", 1000, 0), None);
        let rows = worth_of(&basis);
        rows.into_iter()
            .map(|row| (row.class, row.method, row.saving, row.payback))
            .collect()
    };
    let update = Method::UpdateObjectEncryption;
    let rows = saved(&groups);
    let requests = |count: i128| NanoUsd(count * 3000);
    let savings: Vec<_> = rows
        .iter()
        .map(|(class, method, saving, _)| (*class, *method, *saving))
        .collect();
    assert_eq!(
        savings,
        [
            (C::Standard, update, requests(300)),
            (C::Standard, Method::CopyObject, requests(150)),
            (C::StandardIa, update, requests(450)),
            (C::DeepArchive, update, requests(0)),
        ]
    );
    assert_eq!(rows[3].3, Payback::Never);
    groups.push(group("uncounted", "eu-west-2", 10, 10));
    let Payback::Months(_, bound) = saved(&groups)[0].3 else {
        panic!("{:?}", saved(&groups));
    };
    assert_eq!(bound, Bound::AtMost);
}
