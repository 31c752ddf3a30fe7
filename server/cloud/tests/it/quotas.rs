//! Quotas, their use and requests to raise them, against the stub.

use crate::stub::{Call, Reply, Stub, at};
use cloud::aws::{AccessKey, ConnectOptions, connect};
use cloud::{Account, Fault, UsageMetric};
use model::increases::RequestStatus;
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use model::quotas::QuotaOrigin;
use model::time::UnixMillis;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub(crate) async fn account(stub: &Stub) -> Account {
    let options = ConnectOptions {
        changes_allowed: true,
        region: Some("us-east-1".to_string()),
        endpoint_url: Some(stub.endpoint.clone()),
        access_key: Some(AccessKey {
            id: "AKIDEXAMPLE".to_string(),
            secret: "SECRET".to_string(),
        }),
    };
    connect(options).await.expect("an account")
}

pub(crate) fn region(code: &str) -> Region {
    Region(code.to_string())
}

pub(crate) fn time(text: &str) -> UnixMillis {
    UnixMillis::parse_iso(text).expect("a time")
}

fn now() -> UnixMillis {
    time("2026-11-24T09:00:00Z")
}

/// The documented shape of a quota.
fn quota(value: f64) -> Value {
    json!({"Quota": {
        "ServiceCode": "kms",
        "ServiceName": "AWS Key Management Service (AWS KMS)",
        "QuotaArn": "arn:aws:servicequotas:eu-west-2:111122223333:kms/L-6E3AF000",
        "QuotaCode": "L-6E3AF000",
        "QuotaName": "Cryptographic operations (symmetric) request rate",
        "Value": value,
        "Unit": "None",
        "Adjustable": true,
        "GlobalQuota": false,
        "UsageMetric": {
            "MetricNamespace": "AWS/Usage",
            "MetricName": "CallCount",
            "MetricDimensions": {
                "Class": "None", "Resource": "CryptographicOperationsSymmetric", "Service": "KMS", "Type": "API"
            },
            "MetricStatisticRecommendation": "Sum"
        },
        "Period": {"PeriodValue": 1, "PeriodUnit": "SECOND"}
    }})
}

#[tokio::test]
async fn the_applied_quota_of_the_stub_is_live_and_names_its_metric() {
    let stub = Stub::start(|_| Reply::Output(quota(35_000.0))).await;
    let account = account(&stub).await;
    let facts = account
        .usage
        .kms_quota(&region("eu-west-2"), now())
        .await
        .expect("a quota");
    assert_eq!(facts.quota.limit, RequestsPerSecond::whole(35_000));
    assert_eq!(facts.quota.origin, QuotaOrigin::Applied);
    assert_eq!(facts.quota.date, "2026-11-24");
    assert!(facts.adjustable);
    let metric = facts.metric.expect("its metric");
    assert!(metric.named_by_quota);
    assert_eq!(metric.dimensions, UsageMetric::of_kms_symmetric().dimensions);
    let calls = stub.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].service.as_str(), calls[0].operation.as_str()),
        ("ServiceQuotasV20190624", "GetServiceQuota")
    );
    assert_eq!(calls[0].region, "eu-west-2", "asked in the Region of the quota");
    assert_eq!(
        calls[0].input,
        json!({"ServiceCode": "kms", "QuotaCode": "L-6E3AF000"})
    );
}

/// Answers the applied quota with an error and the default with a value, or with another error.
fn without_applied(error: Reply, default: Reply) -> impl Fn(&Call) -> Reply {
    move |call| match call.operation.as_str() {
        "GetServiceQuota" => error.clone(),
        _ => default.clone(),
    }
}

#[tokio::test]
async fn without_an_applied_value_the_default_of_the_stub_holds() {
    let missing = Reply::Error(
        400,
        "NoSuchResourceException",
        "The request failed because we could not find it.",
    );
    let stub = Stub::start(without_applied(missing, Reply::Output(quota(20_000.0)))).await;
    let facts = account(&stub)
        .await
        .usage
        .kms_quota(&region("eu-west-2"), now())
        .await;
    let facts = facts.expect("a quota");
    assert_eq!(facts.quota.limit, RequestsPerSecond::whole(20_000));
    assert_eq!(facts.quota.origin, QuotaOrigin::ServiceDefault);
    assert_eq!(facts.shortfall, None, "that it has none of its own is no fault");
    assert_eq!(
        stub.operations(),
        ["GetServiceQuota", "GetAWSDefaultServiceQuota"]
    );
}

#[tokio::test]
async fn what_the_stub_denies_is_said_and_the_default_used() {
    let denied = || {
        Reply::Error(
            400,
            "AccessDeniedException",
            "User is not authorized to perform: servicequotas:GetServiceQuota",
        )
    };
    let stub = Stub::start(without_applied(denied(), Reply::Output(quota(20_000.0)))).await;
    let facts = account(&stub)
        .await
        .usage
        .kms_quota(&region("eu-west-2"), now())
        .await;
    let shortfall = facts.expect("a quota").shortfall.expect("why it is the default");
    assert_eq!(
        (shortfall.fault, shortfall.operation),
        (Fault::AccessDenied, "GetServiceQuota")
    );

    let stub = Stub::start(without_applied(denied(), denied())).await;
    let error = account(&stub)
        .await
        .usage
        .kms_quota(&region("eu-west-2"), now())
        .await;
    let error = error.expect_err("nothing is told");
    assert_eq!(
        (error.fault, error.operation),
        (Fault::AccessDenied, "GetServiceQuota")
    );
}

#[tokio::test]
async fn a_region_that_the_stub_does_not_know_the_credentials_in_is_an_error_that_says_so() {
    let stub = Stub::start(|_| {
        Reply::Error(
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )
    })
    .await;
    let error = account(&stub)
        .await
        .usage
        .kms_quota(&region("ap-east-1"), now())
        .await;
    let error = error.expect_err("nothing is told");
    assert_eq!(error.fault, Fault::AccessDenied);
    assert!(
        error.message.starts_with("UnrecognizedClientException"),
        "{error}"
    );
}

#[tokio::test]
async fn a_stub_that_is_silent_is_not_waited_for_long() {
    let stub = Stub::start(|_| Reply::Silence).await;
    let begun = Instant::now();
    let error = account(&stub)
        .await
        .increases
        .requests(&region("eu-west-2"))
        .await;
    assert_eq!(error.expect_err("no answer").fault, Fault::Unanswered);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_stub_is_asked_minute_by_minute_for_two_weeks_and_the_peak_is_over_sixty() {
    let stub = Stub::start(|call| {
        let first = time("2026-11-17T14:03:00Z").0 / 1000;
        let (seconds, value, token) = match call.input["NextToken"].as_str() {
            None => (first, 60_000.0, json!("more")),
            Some(_) => (first + 60, 372_000.0, Value::Null),
        };
        let result = json!({
            "Id": "m0", "Label": "CallCount", "StatusCode": "Complete",
            "Timestamps": [at(seconds)], "Values": [value]
        });
        let mut output = json!({"MetricDataResults": [result], "Messages": []});
        if !token.is_null() {
            output["NextToken"] = token;
        }
        Reply::Output(output)
    })
    .await;
    let account = account(&stub).await;
    let metric = UsageMetric::of_kms_symmetric();
    let used = account.usage.kms_use(&region("eu-west-2"), &metric, now()).await;
    let used = used.expect("an answer").expect("data points");
    assert_eq!(used.peak, RequestsPerSecond::whole(6_200));
    assert_eq!(used.peak_at, time("2026-11-17T14:04:00Z"));
    assert_eq!(used.minutes, 2, "both pages count");
    let calls = stub.calls();
    assert_eq!(calls.len(), 2);
    let call = &calls[0];
    assert_eq!(
        (call.service.as_str(), call.operation.as_str()),
        ("GraniteServiceVersion20100801", "GetMetricData")
    );
    let query = &call.input["MetricDataQueries"][0]["MetricStat"];
    assert_eq!((&query["Period"], &query["Stat"]), (&json!(60), &json!("Sum")));
    assert_eq!(query["Metric"]["Namespace"], "AWS/Usage");
    let dimensions = query["Metric"]["Dimensions"].as_array().expect("dimensions");
    assert!(dimensions.contains(&json!({"Name": "Resource", "Value": "CryptographicOperationsSymmetric"})));
    let instant = |field: &str| call.input[field]["$at"].as_f64().expect("a time");
    assert!((instant("EndTime") - instant("StartTime") - 14.0 * 86_400.0).abs() < 1.0);
}

#[tokio::test]
async fn a_metric_without_data_points_on_the_stub_is_not_known_rather_than_zero() {
    let empty = json!({"MetricDataResults": [{"Id": "m0", "StatusCode": "Complete", "Timestamps": [], "Values": []}]});
    let stub = Stub::start(move |_| Reply::Output(empty.clone())).await;
    let metric = UsageMetric::of_kms_symmetric();
    let used = account(&stub)
        .await
        .usage
        .kms_use(&region("eu-west-2"), &metric, now())
        .await;
    assert_eq!(used.expect("an answer"), None);
}

#[tokio::test]
async fn a_metric_that_the_stub_forbids_is_an_error() {
    let forbidden = json!({"MetricDataResults": [{"Id": "m0", "StatusCode": "Forbidden", "Timestamps": [], "Values": []}]});
    let stub = Stub::start(move |_| Reply::Output(forbidden.clone())).await;
    let metric = UsageMetric::of_kms_symmetric();
    let used = account(&stub)
        .await
        .usage
        .kms_use(&region("eu-west-2"), &metric, now())
        .await;
    assert_eq!(used.expect_err("forbidden").fault, Fault::AccessDenied);

    let stub = Stub::start(|_| {
        Reply::Error(
            403,
            "AccessDenied",
            "not authorized to perform: cloudwatch:GetMetricData",
        )
    })
    .await;
    let used = account(&stub)
        .await
        .usage
        .kms_use(&region("eu-west-2"), &metric, now())
        .await;
    let error = used.expect_err("denied");
    assert_eq!(error.fault, Fault::AccessDenied);
    assert!(error.message.contains("cloudwatch:GetMetricData"), "{error}");
}

/// The documented shape of a request.
fn requested(id: &str, status: &str, created: f64) -> Value {
    json!({
        "Id": id, "CaseId": "1701", "ServiceCode": "kms", "QuotaCode": "L-6E3AF000", "DesiredValue": 40_000.0,
        "Status": status, "Created": created, "LastUpdated": created + 60.0,
        "Requester": "{\"accountId\":\"111122223333\"}", "GlobalQuota": false, "Unit": "None"
    })
}

#[tokio::test]
async fn an_increase_is_asked_of_the_stub_once_even_when_it_fails() {
    let stub =
        Stub::start(|_| Reply::Output(json!({"RequestedQuota": requested("R-1", "PENDING", 1.0)}))).await;
    let account_there = account(&stub).await;
    let request = account_there
        .increases
        .request(&region("eu-west-2"), 40_000)
        .await;
    let request = request.expect("a request");
    assert_eq!(
        (request.id.as_str(), request.status),
        ("R-1", RequestStatus::Pending)
    );
    assert_eq!(request.desired, Some(40_000));
    let input = &stub.calls()[0].input;
    assert_eq!(input["DesiredValue"], json!(40_000.0));
    assert_eq!(
        (&input["ServiceCode"], &input["QuotaCode"]),
        (&json!("kms"), &json!("L-6E3AF000"))
    );

    let stub = Stub::start(|_| Reply::Error(500, "ServiceException", "Something went wrong.")).await;
    let error = account(&stub)
        .await
        .increases
        .request(&region("eu-west-2"), 40_000)
        .await;
    assert_eq!(error.expect_err("it failed").fault, Fault::Transient);
    assert_eq!(stub.operations(), ["RequestServiceQuotaIncrease"]);
}

#[tokio::test]
async fn the_stub_s_requests_are_read_page_by_page_newest_first_and_one_by_its_id() {
    let stub = Stub::start(
        |call| match (call.operation.as_str(), call.input["NextToken"].as_str()) {
            ("GetRequestedServiceQuotaChange", _) => {
                Reply::Output(json!({"RequestedQuota": requested("R-7", "CASE_OPENED", 1_795_000_000.0)}))
            }
            (_, None) => Reply::Output(json!({
                "NextToken": "more", "RequestedQuotas": [requested("old", "DENIED", 1_700_000_000.0)]
            })),
            (_, Some(_)) => {
                Reply::Output(json!({"RequestedQuotas": [requested("new", "APPROVED", 1_795_000_000.0)]}))
            }
        },
    )
    .await;
    let increases = account(&stub).await.increases;
    let found = increases.requests(&region("eu-west-2")).await.expect("a list");
    let ids: Vec<_> = found.iter().map(|request| request.id.as_str()).collect();
    assert_eq!(ids, ["new", "old"]);
    assert_eq!(found[0].created, Some(UnixMillis(1_795_000_000_000)));
    assert_eq!(found[1].status, RequestStatus::Denied);
    let one = increases
        .look_up(&region("eu-west-2"), "R-7")
        .await
        .expect("a request");
    assert_eq!(
        (one.status, one.case.as_deref()),
        (RequestStatus::CaseOpened, Some("1701"))
    );
    assert_eq!(stub.calls()[2].input, json!({"RequestId": "R-7"}));
}

#[tokio::test]
async fn a_read_only_account_asks_the_stub_for_no_increase() {
    let stub = Stub::start(|_| Reply::Output(json!({"RequestedQuotas": []}))).await;
    let increases = account(&stub).await.read_only().increases;
    let error = increases.request(&region("eu-west-2"), 40_000).await;
    assert_eq!(error.expect_err("a change").fault, Fault::ReadOnly);
    assert_eq!(stub.operations().len(), 0);
    increases
        .requests(&region("eu-west-2"))
        .await
        .expect("reading is allowed");
}

/// Tells the test below that it is the second process, and which of the stubs the first has named for what.
const SECOND_PROCESS: &str = "REKEY_TEST_ENDPOINTS";

/// What the second process does: asks each service once.
async fn asks_each_service() {
    let account = connect(ConnectOptions::default()).await.expect("an account");
    let place = region("eu-west-2");
    account.usage.kms_quota(&place, now()).await.expect("a quota");
    let metric = UsageMetric::of_kms_symmetric();
    account
        .usage
        .kms_use(&place, &metric, now())
        .await
        .expect("an answer");
    let meter = model::prices::Meter::KmsRequest;
    account.price_list.price(&place, meter).await.expect("an answer");
}

/// Answers for every service of these tests.
fn anything(call: &Call) -> Reply {
    Reply::Output(match call.operation.as_str() {
        "GetServiceQuota" => quota(20_000.0),
        "GetMetricData" => json!({"MetricDataResults": []}),
        _ => json!({"FormatVersion": "aws_v1", "PriceList": []}),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_goes_to_its_own_stub_and_the_others_to_the_common_one() {
    if std::env::var_os(SECOND_PROCESS).is_some() {
        return asks_each_service().await;
    }
    let (common, quotas) = (Stub::start(anything).await, Stub::start(anything).await);
    let endpoints = [
        ("AWS_ENDPOINT_URL", common.endpoint.clone()),
        ("AWS_ENDPOINT_URL_SERVICE_QUOTAS", quotas.endpoint.clone()),
    ];
    let run = tokio::task::spawn_blocking(move || {
        std::process::Command::new(std::env::current_exe().expect("this test"))
            .args([
                "--exact",
                "quotas::each_service_goes_to_its_own_stub_and_the_others_to_the_common_one",
            ])
            .env(SECOND_PROCESS, "1")
            .envs(endpoints)
            .env("AWS_REGION", "eu-west-2")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "SECRET")
            .output()
            .expect("a run")
    });
    let child = run.await.expect("its end");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(quotas.operations(), ["GetServiceQuota"]);
    assert_eq!(common.operations(), ["GetMetricData", "GetProducts"]);
}
