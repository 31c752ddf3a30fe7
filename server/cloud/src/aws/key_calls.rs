//! Calls with KMS keys by CloudWatch's metric of each key and operation (`AWS/KMS` `SuccessfulRequest`, KMS Developer
//! Guide, monitoring-cloudwatch, 2026-04). Which keys and operations there are is asked of CloudWatch too: a key without
//! calls in two weeks has no metric.

use super::clients::Clients;
use super::errors::cloud_error;
use super::metrics::{SUM, Sums, Wanted, sums};
use crate::error::CloudError;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{DimensionFilter, Metric};
use model::encryption::KeyArn;
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::time::UnixMillis;
use std::collections::BTreeMap;

const NAMESPACE: &str = "AWS/KMS";
const NAME: &str = "SuccessfulRequest";
const KEY: &str = "KeyArn";
/// `ReEncrypt` names two keys instead.
const FROM: &str = "SourceKeyArn";
const TO: &str = "DestinationKeyArn";
const OPERATION: &str = "Operation";
/// Metrics that one `GetMetricData` takes (Amazon CloudWatch API Reference, 2026-11); what is beyond is left out.
const MAX_METRICS: usize = 500;
const MINUTE_SECONDS: i32 = 60;
const HOUR_SECONDS: i32 = 3600;
const DAY_MS: i64 = 86_400_000;
/// What CloudWatch has had to count by then is taken to be whole. No delay is published.
const SETTLES_MS: i64 = 3 * 60_000;

/// The dimensions of one metric.
type Dimensions = BTreeMap<String, String>;

impl Clients {
    /// One key's calls, minute by minute.
    pub(super) async fn calls_of(
        &self,
        key: &KeyArn,
        from: UnixMillis,
        now: UnixMillis,
    ) -> Result<KeyCalls, CloudError> {
        let client = self.metrics_in(&key.region().0);
        let mut found = metrics(&client, key.as_str(), Some((KEY, key))).await?;
        found.extend(metrics(&client, key.as_str(), Some((TO, key))).await?);
        found.truncate(MAX_METRICS);
        let counted = counted(&client, key.as_str(), &found, MINUTE_SECONDS, (from, now)).await?;
        let none = || none(key.clone(), now);
        Ok(counted
            .into_iter()
            .find(|calls| calls.key == *key)
            .unwrap_or_else(none))
    }

    /// The calls of all keys of a Region in a day, hour by hour.
    pub(super) async fn calls_by_key(
        &self,
        region: &Region,
        now: UnixMillis,
    ) -> Result<Vec<KeyCalls>, CloudError> {
        let client = self.metrics_in(&region.0);
        let found = metrics(&client, &region.0, None).await?;
        let span = (UnixMillis(now.0 - DAY_MS), now);
        counted(&client, &region.0, &found, HOUR_SECONDS, span).await
    }
}

fn none(key: KeyArn, now: UnixMillis) -> KeyCalls {
    KeyCalls {
        key,
        alias: None,
        operations: BTreeMap::new(),
        settled: UnixMillis(now.0 - SETTLES_MS),
    }
}

/// The metrics that name a key by a dimension, or those of all keys.
async fn metrics(
    client: &Client,
    target: &str,
    key: Option<(&str, &KeyArn)>,
) -> Result<Vec<Dimensions>, CloudError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    let filter = key.map(|(name, key)| {
        let filter = DimensionFilter::builder().name(name).value(key.as_str());
        vec![filter.build()]
    });
    loop {
        let page = client
            .list_metrics()
            .namespace(NAMESPACE)
            .metric_name(NAME)
            .set_dimensions(filter.clone())
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| cloud_error("ListMetrics", target, error))?;
        found.extend(page.metrics().iter().filter_map(dimensions));
        token = page.next_token().map(ToString::to_string);
        if token.is_none() || found.len() >= MAX_METRICS {
            if found.len() > MAX_METRICS || token.is_some() {
                tracing::warn!(
                    target,
                    looked_at = MAX_METRICS,
                    "more keys are in use than are looked at"
                );
            }
            found.truncate(MAX_METRICS);
            return Ok(found);
        }
    }
}

/// The dimensions of a metric of one operation with one key, or with the two of `ReEncrypt`; others name no key.
fn dimensions(metric: &Metric) -> Option<Dimensions> {
    let named = metric.dimensions().iter();
    let named: Dimensions = named
        .filter_map(|dimension| Some((dimension.name()?.to_string(), dimension.value()?.to_string())))
        .collect();
    let are =
        |names: &[&str]| named.len() == names.len() && names.iter().all(|name| named.contains_key(*name));
    (are(&[KEY, OPERATION]) || are(&[FROM, TO, OPERATION])).then_some(named)
}

/// What these metrics counted, put together by key.
async fn counted(
    client: &Client,
    target: &str,
    found: &[Dimensions],
    period_seconds: i32,
    (from, now): (UnixMillis, UnixMillis),
) -> Result<Vec<KeyCalls>, CloudError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Wanted<'_>> = found
        .iter()
        .map(|dimensions| Wanted {
            namespace: NAMESPACE,
            name: NAME,
            dimensions,
            statistic: SUM,
        })
        .collect();
    let sums = sums(client, target, &wanted, period_seconds, from, now).await?;
    let mut keys: BTreeMap<String, KeyCalls> = BTreeMap::new();
    for (dimensions, sums) in found.iter().zip(sums) {
        take(&mut keys, dimensions, sums, now);
    }
    Ok(keys.into_values().collect())
}

/// Adds one metric; one without a data point in this time says nothing.
fn take(keys: &mut BTreeMap<String, KeyCalls>, dimensions: &Dimensions, sums: Sums, now: UnixMillis) {
    let arn = dimensions.get(KEY).or_else(|| dimensions.get(TO));
    let (Some(arn), Some(operation)) = (arn, dimensions.get(OPERATION)) else {
        return;
    };
    let Ok(key) = KeyArn::parse(arn) else { return };
    if !sums.is_empty() {
        let calls = keys.entry(arn.clone()).or_insert_with(|| none(key, now));
        calls.add(operation, &sums);
    }
}
