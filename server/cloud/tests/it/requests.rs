//! Request metrics of buckets, against the stub.

use crate::quotas::{account, region, time};
use crate::stub::{Call, Reply, Stub, at};
use cloud::{Fault, RequestMetrics};
use model::quantity::Requests;
use model::requests::RequestKind;
use model::time::UnixMillis;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn now() -> UnixMillis {
    time("2026-11-24T09:30:00Z")
}

/// The documented shape of a bucket's metrics configurations.
fn configurations(filters: &[(&str, &str)]) -> Reply {
    let one = |(id, filter): &(&str, &str)| {
        format!("<MetricsConfiguration><Id>{id}</Id>{filter}</MetricsConfiguration>")
    };
    let all: String = filters.iter().map(one).collect();
    Reply::Xml(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListMetricsConfigurationsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated>{all}</ListMetricsConfigurationsResult>"
    ))
}

const LOGS: (&str, &str) = ("logs", "<Filter><Prefix>logs/</Prefix></Filter>");
const WHOLE: (&str, &str) = ("EntireBucket", "");

/// One point for each metric that `values` names, so many hours before now.
fn points(call: &Call, values: &[(&str, f64, i64)]) -> Value {
    let queries = call.input["MetricDataQueries"].as_array().expect("queries");
    let result = |query: &Value| {
        let name = query["MetricStat"]["Metric"]["MetricName"]
            .as_str()
            .expect("a name");
        let found: Vec<_> = values.iter().filter(|(wanted, ..)| *wanted == name).collect();
        let seconds = |hours: i64| at((now().0 / HOUR_MS - hours) * HOUR_MS / 1000);
        json!({
            "Id": query["Id"], "StatusCode": "Complete",
            "Timestamps": found.iter().map(|(.., hours)| seconds(*hours)).collect::<Vec<_>>(),
            "Values": found.iter().map(|(_, value, _)| json!(value)).collect::<Vec<_>>(),
        })
    };
    json!({"MetricDataResults": queries.iter().map(result).collect::<Vec<_>>()})
}

#[tokio::test]
async fn the_filter_of_the_whole_bucket_is_counted_on_the_stub() {
    let stub = Stub::start(|call| match call.service.as_str() {
        "s3" => configurations(&[LOGS, WHOLE]),
        _ => Reply::Output(points(
            call,
            &[
                ("GetRequests", 1_500_000.0, 720),
                ("GetRequests", 500_000.0, 3),
                ("PutRequests", 10_000.0, 5),
                ("HeadRequests", 250_000.0, 5),
            ],
        )),
    })
    .await;
    let usage = account(&stub).await.usage;
    let metrics = usage.request_metrics("claims", &region("eu-west-2"), now()).await;
    let RequestMetrics::Counted(counted) = metrics.expect("an answer") else {
        panic!("there are counts");
    };
    assert_eq!(counted.counts[RequestKind::Get], Requests(2_000_000));
    assert_eq!(counted.counts[RequestKind::Put], Requests(10_000));
    assert_eq!(counted.counts[RequestKind::Head], Requests(250_000));
    assert_eq!(
        counted.counts[RequestKind::List],
        Requests(0),
        "others have data points"
    );
    assert!(
        counted.source.contains("filter EntireBucket"),
        "{}",
        counted.source
    );
    assert_eq!(counted.span(), "2026-10-25 to 2026-11-24");
    let calls = stub.calls();
    assert!(
        calls[0].operation.starts_with("GET /claims"),
        "{}",
        calls[0].operation
    );
    let call = &calls[1];
    assert_eq!(call.region, "eu-west-2", "asked in the Region of the bucket");
    for query in call.input["MetricDataQueries"].as_array().expect("queries") {
        let stat = &query["MetricStat"];
        assert_eq!(stat["Metric"]["Namespace"], "AWS/S3");
        assert_eq!((&stat["Period"], &stat["Stat"]), (&json!(3600), &json!("Sum")));
        let expected = json!([
            {"Name": "BucketName", "Value": "claims"}, {"Name": "FilterId", "Value": "EntireBucket"}
        ]);
        assert_eq!(stat["Metric"]["Dimensions"], expected);
    }
}

#[tokio::test]
async fn counts_of_some_days_on_the_stub_are_brought_to_a_month() {
    let stub = Stub::start(|call| match call.service.as_str() {
        "s3" => configurations(&[WHOLE]),
        _ => Reply::Output(points(call, &[("GetRequests", 1_000.0, 240)])),
    })
    .await;
    let usage = account(&stub).await.usage;
    let metrics = usage.request_metrics("claims", &region("eu-west-2"), now()).await;
    let RequestMetrics::Counted(counted) = metrics.expect("an answer") else {
        panic!("there are counts");
    };
    assert_eq!(counted.counts[RequestKind::Get], Requests(3_000));
    assert!(
        counted.span().ends_with("10 days brought to 30"),
        "{}",
        counted.span()
    );
}

#[tokio::test]
async fn a_bucket_of_the_stub_without_request_metrics_has_no_counts_and_is_not_zero() {
    let stub = Stub::start(|_| configurations(&[LOGS])).await;
    let usage = account(&stub).await.usage;
    let metrics = usage.request_metrics("claims", &region("eu-west-2"), now()).await;
    assert_eq!(metrics.expect("an answer"), RequestMetrics::NotEnabled);
    assert_eq!(stub.calls().len(), 1, "CloudWatch is not asked");

    let stub = Stub::start(|call| match call.service.as_str() {
        "s3" => configurations(&[WHOLE]),
        _ => Reply::Output(points(call, &[])),
    })
    .await;
    let usage = account(&stub).await.usage;
    let metrics = usage.request_metrics("claims", &region("eu-west-2"), now()).await;
    assert_eq!(
        metrics.expect("an answer"),
        RequestMetrics::Silent("EntireBucket".to_string())
    );
}

#[tokio::test]
async fn what_the_stub_denies_of_a_bucket_is_an_error() {
    let stub = Stub::start(|_| Reply::Error(403, "AccessDenied", "Access Denied")).await;
    let usage = account(&stub).await.usage;
    let metrics = usage.request_metrics("claims", &region("eu-west-2"), now()).await;
    let error = metrics.expect_err("denied");
    assert_eq!(
        (error.fault, error.operation),
        (Fault::AccessDenied, "ListBucketMetricsConfigurations")
    );
}
