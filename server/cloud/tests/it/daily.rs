//! What buckets hold by CloudWatch's daily storage metrics, against the stub and in the sandbox.

use crate::quotas::{account, region, time};
use crate::stub::{Call, Reply, Stub, at};
use cloud::Fault;
use cloud::sandbox::{Sandbox, SandboxOptions};
use model::inventory::StorageClass;
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

fn now() -> UnixMillis {
    time("2026-11-24T09:30:00Z")
}

/// Midnight so many days before today, in seconds.
fn midnight(days: i64) -> i64 {
    time("2026-11-24T00:00:00Z").0 / 1000 - days * DAY
}

/// Points of each storage type: days before today and values.
fn points(call: &Call, of: &[(&str, &[(i64, f64)])]) -> Value {
    let queries = call.input["MetricDataQueries"].as_array().expect("queries");
    let result = |query: &Value| {
        let kind = query["MetricStat"]["Metric"]["Dimensions"][1]["Value"]
            .as_str()
            .expect("a type");
        let found = of.iter().find(|(wanted, _)| *wanted == kind);
        let found = found.map_or(&[][..], |(_, points)| points);
        json!({
            "Id": query["Id"], "StatusCode": "Complete",
            "Timestamps": found.iter().map(|(days, _)| at(midnight(*days))).collect::<Vec<_>>(),
            "Values": found.iter().map(|(_, value)| json!(value)).collect::<Vec<_>>(),
        })
    };
    json!({"MetricDataResults": queries.iter().map(result).collect::<Vec<_>>()})
}

#[tokio::test]
async fn the_newest_day_of_the_stub_is_read_by_storage_class() {
    let stub = Stub::start(|call| {
        Reply::Output(points(
            call,
            &[
                ("StandardStorage", &[(3, 900.0), (2, 1_000.0)]),
                ("IntelligentTieringFAStorage", &[(2, 40.0)]),
                ("IntelligentTieringDAAStorage", &[(2, 2.0)]),
                ("DeepArchiveStorage", &[(3, 7.0)]),
                ("GlacierStorage", &[(3, 0.0)]),
                ("AllStorageTypes", &[(3, 11.0), (2, 12.0)]),
            ],
        ))
    })
    .await;
    let usage = account(&stub).await.usage;
    let told = usage.daily_storage("claims", &region("eu-west-2"), now()).await;
    let told = told.expect("an answer").expect("figures");
    assert_eq!(told.day.0 / 1000, midnight(2));
    assert_eq!(told.objects, Some(Objects(12)));
    let bytes: Vec<(StorageClass, Bytes)> = told.bytes.into_iter().collect();
    assert_eq!(
        bytes,
        [
            (StorageClass::Standard, Bytes(1_000)),
            (StorageClass::IntelligentTiering, Bytes(42)),
        ]
    );
    assert_eq!(
        told.gaps,
        [StorageClass::DeepArchive],
        "what is missing that day is not zero"
    );

    let calls = stub.calls();
    let [call] = calls.as_slice() else {
        panic!("one request: {calls:?}")
    };
    assert_eq!(call.region, "eu-west-2", "asked in the Region of the bucket");
    for query in call.input["MetricDataQueries"].as_array().expect("queries") {
        let stat = &query["MetricStat"];
        assert_eq!(stat["Metric"]["Namespace"], "AWS/S3");
        assert_eq!(
            (&stat["Period"], &stat["Stat"]),
            (&json!(86_400), &json!("Average"))
        );
        let all = stat["Metric"]["Dimensions"][1]["Value"] == "AllStorageTypes";
        let name = if all { "NumberOfObjects" } else { "BucketSizeBytes" };
        assert_eq!(stat["Metric"]["MetricName"], name);
    }
}

#[tokio::test]
async fn without_a_point_of_the_stub_nothing_is_known_and_nothing_is_zero() {
    let stub = Stub::start(|call| Reply::Output(points(call, &[]))).await;
    let usage = account(&stub).await.usage;
    let told = usage.daily_storage("claims", &region("eu-west-2"), now()).await;
    assert_eq!(told.expect("an answer"), None);

    let stub = Stub::start(|call| Reply::Output(points(call, &[("StandardStorage", &[(1, 5.0)])]))).await;
    let usage = account(&stub).await.usage;
    let told = usage.daily_storage("claims", &region("eu-west-2"), now()).await;
    assert_eq!(told.expect("an answer").expect("bytes").objects, None);
}

#[tokio::test]
async fn what_the_stub_denies_of_daily_metrics_is_an_error() {
    let stub = Stub::start(|_| Reply::Error(403, "AccessDeniedException", "not authorized")).await;
    let usage = account(&stub).await.usage;
    let told = usage.daily_storage("claims", &region("eu-west-2"), now()).await;
    let error = told.expect_err("denied");
    assert_eq!(
        (error.fault, error.operation),
        (Fault::AccessDenied, "GetMetricData")
    );
}

#[tokio::test]
async fn the_sandbox_tells_of_the_day_before_what_its_inventory_lists() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::open(folder.path(), SandboxOptions::default()).expect("a sandbox");
    let account = sandbox.account();
    let rows = sandbox.inventory_rows("claims-documents-prod");
    let objects = rows.iter().filter(|row| !row.delete_marker);
    let (count, bytes) = objects.fold((0, Bytes::ZERO), |(count, bytes), row| {
        (count + 1, bytes + row.size)
    });
    let told = account
        .usage
        .daily_storage("claims-documents-prod", &region("eu-west-2"), now())
        .await;
    let told = told.expect("an answer").expect("figures");
    assert_eq!(told.objects, Some(Objects(count)));
    assert_eq!(told.bytes.values().copied().sum::<Bytes>(), bytes);
    assert!(told.day < now());
    let nobodys = account
        .usage
        .daily_storage("nobodys", &region("eu-west-2"), now())
        .await;
    assert_eq!(nobodys.expect_err("no such bucket").fault, Fault::NotFound);
}
