//! Calls with single keys by CloudWatch's metrics, against the stub and in the sandbox.

use crate::quotas::{account, region, time};
use crate::stub::{Call, Reply, Stub, at};
use cloud::Fault;
use cloud::sandbox::{Sandbox, SandboxOptions};
use model::encryption::KeyArn;
use model::quantity::Requests;
use model::time::UnixMillis;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
const THIRD: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455558888";
const OTHER: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455557777";

fn now() -> UnixMillis {
    time("2026-11-24T09:30:20Z")
}

fn key() -> KeyArn {
    KeyArn::parse(KEY).expect("an ARN")
}

fn metric(dimensions: &[(&str, &str)]) -> Value {
    let of = |(name, value): &(&str, &str)| json!({"Name": name, "Value": value});
    json!({
        "Namespace": "AWS/KMS", "MetricName": "SuccessfulRequest",
        "Dimensions": dimensions.iter().map(of).collect::<Vec<_>>()
    })
}

fn reencrypted(from: &str, to: &str) -> Value {
    metric(&[
        ("SourceKeyArn", from),
        ("DestinationKeyArn", to),
        ("Operation", "ReEncrypt"),
    ])
}

/// Two pages of metrics, among them some that are not of one key and operation; what moves objects under a key is listed by
/// itself.
fn listed(call: &Call) -> Value {
    let by = call.input["Dimensions"][0]["Name"].as_str();
    let of = |key, operation| metric(&[("KeyArn", key), ("Operation", operation)]);
    let without_key = metric(&[("Operation", "Decrypt")]);
    let first = call.input["NextToken"].is_null();
    let metrics = match (by, first) {
        (Some("DestinationKeyArn"), _) => {
            return json!({"Metrics": [reencrypted(OTHER, KEY), reencrypted(THIRD, KEY)]});
        }
        (Some(_), true) => vec![of(KEY, "Decrypt"), without_key],
        (Some(_), false) => vec![of(KEY, "GenerateDataKey"), of(THIRD, "Encrypt")],
        (None, true) => vec![of(KEY, "Decrypt"), reencrypted(KEY, OTHER), without_key],
        (None, false) => vec![of(THIRD, "Encrypt"), of(KEY, "GenerateDataKey")],
    };
    let more = first.then_some("more");
    json!({ "Metrics": metrics, "NextToken": more })
}

/// One point for each metric that is asked for: the first 10 calls, the second 20, and so on; none for the third.
fn answer(call: &Call) -> Reply {
    if call.operation == "ListMetrics" {
        return Reply::Output(listed(call));
    }
    let queries = call.input["MetricDataQueries"].as_array().expect("queries");
    let result = |(place, query): (usize, &Value)| {
        let points = if place == 2 {
            vec![]
        } else {
            vec![(place + 1) * 10]
        };
        let seconds = time("2026-11-24T09:20:00Z").0 / 1000;
        json!({
            "Id": query["Id"], "StatusCode": "Complete",
            "Timestamps": points.iter().map(|_| at(seconds)).collect::<Vec<_>>(), "Values": points,
        })
    };
    let results: Vec<Value> = queries.iter().enumerate().map(result).collect();
    Reply::Output(json!({ "MetricDataResults": results }))
}

#[tokio::test]
async fn calls_of_a_key_on_the_stub_are_counted_by_operation_and_minute() {
    let stub = Stub::start(answer).await;
    let usage = account(&stub).await.usage;
    let from = time("2026-11-24T09:10:00Z");
    let calls = usage.key_calls(&key(), from, now()).await.expect("an answer");
    assert_eq!(calls.key, key());
    let minute = time("2026-11-24T09:20:00Z");
    assert_eq!(calls.operations["Decrypt"], [(minute, Requests(10))]);
    assert_eq!(calls.operations["GenerateDataKey"], [(minute, Requests(20))]);
    assert_eq!(
        calls.operations["ReEncrypt"],
        [(minute, Requests(40 + 50))],
        "from two keys"
    );
    assert_eq!(calls.operations.len(), 3, "{calls:?}");
    assert_eq!(
        calls.settled,
        UnixMillis(now().0 - 180_000),
        "CloudWatch lags behind"
    );
    let operations = ["ListMetrics", "ListMetrics", "ListMetrics", "GetMetricData"];
    assert_eq!(stub.operations(), operations);
    let asked = stub.calls();
    assert_eq!(asked[0].input["Namespace"], "AWS/KMS");
    assert_eq!(
        asked[0].input["Dimensions"],
        json!([{"Name": "KeyArn", "Value": KEY}])
    );
    assert_eq!(
        asked[2].input["Dimensions"],
        json!([{"Name": "DestinationKeyArn", "Value": KEY}])
    );
    assert_eq!(asked[0].region, "eu-west-2", "the key's own Region is asked");
    assert_eq!(asked[3].input["MetricDataQueries"][0]["MetricStat"]["Period"], 60);
}

#[tokio::test]
async fn keys_in_use_on_the_stub_are_those_with_a_data_point_in_a_day() {
    let stub = Stub::start(answer).await;
    let usage = account(&stub).await.usage;
    let keys = usage
        .keys_in_use(&region("eu-west-2"), now())
        .await
        .expect("an answer");
    let told: Vec<_> = keys
        .iter()
        .map(|calls| (calls.key.as_str(), calls.total()))
        .collect();
    assert_eq!(
        told,
        [(KEY, Requests(50)), (OTHER, Requests(20))],
        "the third has no data point, and what leaves a key counts with the other one"
    );
    let asked = stub.calls();
    assert!(asked[0].input["Dimensions"].is_null(), "all keys are asked for");
    let query = &asked[2].input;
    assert_eq!(query["MetricDataQueries"][0]["MetricStat"]["Period"], 3600);
    let instant = |field: &str| query[field]["$at"].as_f64().expect("a time");
    assert!((instant("EndTime") - instant("StartTime") - 86_400.0).abs() < 1.0);
}

#[tokio::test]
async fn a_key_without_metrics_on_the_stub_has_no_calls_and_a_refusal_names_its_operation() {
    let stub = Stub::start(|_| Reply::Output(json!({"Metrics": []}))).await;
    let usage = account(&stub).await.usage;
    let calls = usage
        .key_calls(&key(), UnixMillis(0), now())
        .await
        .expect("an answer");
    assert_eq!(calls.total(), Requests(0));
    assert_eq!(
        stub.operations(),
        ["ListMetrics", "ListMetrics"],
        "nothing is asked of no metric"
    );

    let stub = Stub::start(|_| {
        Reply::Error(
            403,
            "AccessDenied",
            "not authorized to perform: cloudwatch:ListMetrics",
        )
    })
    .await;
    let usage = account(&stub).await.usage;
    let error = usage
        .keys_in_use(&region("eu-west-2"), now())
        .await
        .expect_err("denied");
    assert_eq!(
        (error.fault, error.operation),
        (Fault::AccessDenied, "ListMetrics")
    );
}

#[tokio::test]
async fn the_sandbox_shares_the_existing_load_among_keys_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::open(folder.path(), SandboxOptions::default()).expect("the sandbox");
    let account = sandbox.account();
    let keys = account
        .usage
        .keys_in_use(&region("eu-west-2"), now())
        .await
        .expect("an answer");
    let mut aliases = Vec::new();
    for calls in &keys {
        let facts = account.keys.describe(calls.key.as_str()).await.expect("a key");
        aliases.push(facts.alias.expect("an alias"));
        assert_eq!(calls.operations["Decrypt"].len(), 24, "a day of hours");
    }
    aliases.sort();
    assert_eq!(
        aliases,
        ["alias/aws/s3", "alias/payments-data", "alias/storage-general"]
    );
}
