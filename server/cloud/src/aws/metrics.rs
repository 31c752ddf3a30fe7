//! Sums or averages of CloudWatch metrics over periods (`GetMetricData`), page by page. Used for the use of quotas, for
//! request counts of buckets, and for what buckets hold.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::error::{CloudError, Fault};
use crate::quota::UsageMetric;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use model::inventory::Region;
use model::measured::MeasuredUse;
use model::quantity::Requests;
use model::time::UnixMillis;
use std::collections::BTreeMap;

pub(super) const SUM: &str = "Sum";
pub(super) const AVERAGE: &str = "Average";

const GET: &str = "GetMetricData";
const MINUTE_SECONDS: i32 = 60;
/// What is looked at of a quota's use: CloudWatch keeps one-minute points for 15 days (Amazon CloudWatch API Reference,
/// `GetMetricData`, 2026-11).
const LOOKED_AT_MS: i64 = 14 * 24 * 3_600_000;

/// Sums of a metric with the time at which each period begins.
pub(super) type Sums = Vec<(UnixMillis, Requests)>;

/// A metric to look at.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) dimensions: &'a BTreeMap<String, String>,
    /// [`SUM`] or [`AVERAGE`].
    pub(super) statistic: &'a str,
}

impl Clients {
    /// The use of a quota in two weeks.
    pub(super) async fn measured_use(
        &self,
        region: &Region,
        metric: &UsageMetric,
        until: UnixMillis,
    ) -> Result<Option<MeasuredUse>, CloudError> {
        let from = UnixMillis(until.0 - LOOKED_AT_MS);
        let sums = self.used_minutes(region, metric, from, until).await?;
        Ok(MeasuredUse::from_minutes(sums, from, until, metric.to_string()))
    }

    /// The use of a quota, minute by minute.
    pub(super) async fn used_minutes(
        &self,
        region: &Region,
        metric: &UsageMetric,
        from: UnixMillis,
        until: UnixMillis,
    ) -> Result<Sums, CloudError> {
        let wanted = Wanted {
            namespace: &metric.namespace,
            name: &metric.name,
            dimensions: &metric.dimensions,
            statistic: SUM,
        };
        let client = self.metrics_in(&region.0);
        let sums = sums(&client, &region.0, &[wanted], MINUTE_SECONDS, from, until).await?;
        Ok(sums.into_iter().flatten().collect())
    }
}

/// The figures of each metric, in the order of the metrics; an empty list is a metric without a data point.
pub(super) async fn sums(
    client: &Client,
    target: &str,
    wanted: &[Wanted<'_>],
    period_seconds: i32,
    from: UnixMillis,
    until: UnixMillis,
) -> Result<Vec<Sums>, CloudError> {
    let queries: Vec<MetricDataQuery> = wanted
        .iter()
        .enumerate()
        .map(|(place, wanted)| query(place, wanted, period_seconds))
        .collect();
    let mut all: Vec<Sums> = vec![Sums::new(); wanted.len()];
    let mut token: Option<String> = None;
    loop {
        let page = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries.clone()))
            .start_time(DateTime::from_millis(from.0))
            .end_time(DateTime::from_millis(until.0))
            .scan_by(ScanBy::TimestampAscending)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| cloud_error(GET, target, error))?;
        for result in page.metric_data_results() {
            take(&mut all, target, result)?;
        }
        token = page.next_token().map(ToString::to_string);
        if token.is_none() {
            return Ok(all);
        }
    }
}

fn query(place: usize, wanted: &Wanted<'_>, period_seconds: i32) -> MetricDataQuery {
    let dimensions = wanted
        .dimensions
        .iter()
        .map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder()
        .namespace(wanted.namespace)
        .metric_name(wanted.name)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let sum = MetricStat::builder()
        .metric(metric)
        .period(period_seconds)
        .stat(wanted.statistic)
        .build();
    MetricDataQuery::builder()
        .id(format!("m{place}"))
        .metric_stat(sum)
        .build()
}

/// Adds what a page says of one metric.
fn take(all: &mut [Sums], target: &str, result: &MetricDataResult) -> Result<(), CloudError> {
    let refused = |fault| {
        let said = result.messages().first().and_then(|message| message.value());
        let said = said.unwrap_or("CloudWatch gave no figures and no reason");
        Err(CloudError::new(fault, GET, target, said))
    };
    match result.status_code() {
        Some(StatusCode::Forbidden) => return refused(Fault::AccessDenied),
        Some(StatusCode::InternalError) => return refused(Fault::Transient),
        _ => {}
    }
    let place = result
        .id()
        .and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
    if let Some(sums) = place.and_then(|place| all.get_mut(place)) {
        let points = result.timestamps().iter().zip(result.values());
        sums.extend(points.filter_map(|(at, value)| Some((UnixMillis(at.to_millis().ok()?), whole(*value)))));
    }
    Ok(())
}

/// A count, which CloudWatch gives as a double.
fn whole(value: f64) -> Requests {
    // The cast saturates, and a count is neither negative nor no number.
    Requests(value.max(0.0).round() as u64)
}
