//! Requests of a bucket by its CloudWatch request metrics (Amazon S3 User Guide, metrics-dimensions and
//! metrics-configurations, 2026): the filter that covers the whole bucket, then its sums by the hour. They are delivered as
//! best S3 can, and only from the day on which somebody enabled them.

use super::clients::Clients;
use super::errors::cloud_error;
use super::metrics::{SUM, Sums, Wanted, sums};
use crate::error::CloudError;
use crate::quota::RequestMetrics;
use aws_sdk_s3::types::{MetricsConfiguration, MetricsFilter};
use model::counted::CountedRequests;
use model::inventory::Region;
use model::quantity::Requests;
use model::requests::{RequestCounts, RequestKind};
use model::time::UnixMillis;
use std::collections::BTreeMap;

const LIST: &str = "ListBucketMetricsConfigurations";
const NAMESPACE: &str = "AWS/S3";
const HOUR_SECONDS: i32 = 3_600;
const HOUR_MS: i64 = 3_600_000;
const LOOKED_AT_MS: i64 = 30 * 24 * HOUR_MS;

/// Metrics by kind. What a multipart upload is made of is counted with PUT; `PostRequests` also counts other things.
const METRICS: [(RequestKind, &str); 4] = [
    (RequestKind::Get, "GetRequests"),
    (RequestKind::Put, "PutRequests"),
    (RequestKind::Head, "HeadRequests"),
    (RequestKind::List, "ListRequests"),
];

impl Clients {
    /// The requests of a bucket in 30 days.
    pub(super) async fn counted_requests(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<RequestMetrics, CloudError> {
        let Some(filter) = self.whole_bucket_filter(bucket).await? else {
            return Ok(RequestMetrics::NotEnabled);
        };
        let dimensions = BTreeMap::from([
            ("BucketName".to_string(), bucket.to_string()),
            ("FilterId".to_string(), filter.clone()),
        ]);
        let wanted = METRICS.map(|(_, name)| Wanted {
            namespace: NAMESPACE,
            name,
            dimensions: &dimensions,
            statistic: SUM,
        });
        // Whole hours, so that the points of an hour are not cut.
        let until = UnixMillis(until.0.div_euclid(HOUR_MS) * HOUR_MS);
        let from = UnixMillis(until.0 - LOOKED_AT_MS);
        let client = self.metrics_in(&region.0);
        let found = sums(
            &client,
            &format!("s3://{bucket}"),
            &wanted,
            HOUR_SECONDS,
            from,
            until,
        )
        .await?;
        let counted = counted(bucket, &filter, &found, until);
        Ok(counted.map_or(RequestMetrics::Silent(filter), RequestMetrics::Counted))
    }

    /// Id of the metrics configuration that has no filter.
    async fn whole_bucket_filter(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        let client = self.s3_of(bucket).await?.retrying;
        let mut token = None;
        loop {
            let page = client
                .list_bucket_metrics_configurations()
                .bucket(bucket)
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|error| cloud_error(LIST, format!("s3://{bucket}"), error))?;
            let whole = page
                .metrics_configuration_list()
                .iter()
                .find(|one| covers_all(one));
            if let Some(whole) = whole {
                return Ok(Some(whole.id().to_string()));
            }
            token = page.next_continuation_token().map(ToString::to_string);
            if token.is_none() {
                return Ok(None);
            }
        }
    }
}

fn covers_all(configuration: &MetricsConfiguration) -> bool {
    match configuration.filter() {
        None => true,
        Some(MetricsFilter::Prefix(prefix)) => prefix.is_empty(),
        Some(_) => false,
    }
}

/// The sums brought to a month. A kind without data points while others have some was not asked for; without any data point
/// nothing is known.
fn counted(bucket: &str, filter: &str, found: &[Sums], until: UnixMillis) -> Option<CountedRequests> {
    let first = found.iter().flatten().map(|(at, _)| *at).min()?;
    let mut counts = RequestCounts::default();
    for ((kind, _), sums) in METRICS.iter().zip(found) {
        counts[*kind] = sums.iter().map(|(_, sum)| *sum).sum::<Requests>();
    }
    let source = format!(
        "CloudWatch, {NAMESPACE} GetRequests, PutRequests (multipart parts among them), HeadRequests and ListRequests, filter {filter}; delivered as best S3 can"
    );
    CountedRequests::new(bucket, &counts, first, until, source)
}
