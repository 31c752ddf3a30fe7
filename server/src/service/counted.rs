//! Request counts of buckets by CloudWatch's request metrics: asked when somebody wants them, kept with their date for as
//! long as the process lives, and adopted by a button.

use super::quotas::trouble;
use super::{Service, internal};
use app::backend::{AppError, BucketMetrics, ErrorKind, Metrics};
use cloud::RequestMetrics;
use model::counted::CountedRequests;
use model::inventory::Region;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long the form waits; what comes later is there for the next page.
const PATIENCE: Duration = Duration::from_secs(15);
/// Questions in flight.
const IN_FLIGHT: usize = 8;

/// Answers by bucket.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    answers: Mutex<BTreeMap<String, BucketMetrics>>,
}

impl Counted {
    pub(super) fn of(&self, bucket: &str) -> Option<BucketMetrics> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(bucket).cloned()
    }

    fn keep(&self, answer: BucketMetrics) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(answer.bucket.clone(), answer);
    }
}

impl Service {
    /// Asks CloudWatch about these buckets.
    pub(crate) async fn ask_metrics(&self, buckets: Vec<String>) {
        let (mut asked, turns) = (JoinSet::new(), Arc::new(Semaphore::new(IN_FLIGHT)));
        let known = self.known();
        for bucket in buckets {
            let Some(found) = known.estate.bucket(&bucket) else {
                continue;
            };
            let (service, turns, region) = (self.clone(), Arc::clone(&turns), found.region.clone());
            asked.spawn(async move {
                // Never closed.
                let _turn = turns.acquire().await;
                let answer = service.ask_metrics_of(bucket, region).await;
                service.inner.counted.keep(answer);
            });
        }
        let collected = tokio::time::timeout(PATIENCE, async { while asked.join_next().await.is_some() {} });
        let late = collected.await.is_err();
        if late {
            asked.detach_all();
        }
    }

    async fn ask_metrics_of(&self, bucket: String, region: Option<Region>) -> BucketMetrics {
        let now = self.inner.clock.now();
        let said = match region {
            None => Metrics::NoRegion,
            Some(region) => {
                let usage = &self.account_of(&bucket).usage;
                match usage.request_metrics(&bucket, &region, now).await {
                    Ok(RequestMetrics::NotEnabled) => Metrics::NotEnabled,
                    Ok(RequestMetrics::Silent(filter)) => Metrics::Silent(filter),
                    Ok(RequestMetrics::Counted(counted)) => Metrics::Counted(counted),
                    Err(error) => Metrics::Failed(trouble("Request metrics", &error)),
                }
            }
        };
        BucketMetrics {
            bucket,
            asked_at: now,
            said,
        }
    }

    /// Takes what CloudWatch counted for these buckets as their counts.
    pub(crate) async fn adopt_metrics(&self, buckets: &[String]) -> Result<(), AppError> {
        let counted = |bucket: &String| match self.inner.counted.of(bucket)?.said {
            Metrics::Counted(counted) => Some(counted),
            _ => None,
        };
        let counted: Vec<CountedRequests> = buckets.iter().filter_map(counted).collect();
        if counted.is_empty() {
            return Err(AppError::new(
                ErrorKind::Input,
                "CloudWatch's counts of these buckets are not here.",
                "Ask CloudWatch first.",
            ));
        }
        let kept = self.inner.store.adopt_counted(&counted).await;
        kept.map_err(|error| internal(&error))?;
        self.refresh().await.map_err(|error| internal(&error))
    }

    /// Stops using what was adopted for a bucket.
    pub(crate) async fn drop_metrics(&self, bucket: &str) -> Result<(), AppError> {
        let dropped = self.inner.store.drop_counted(bucket).await;
        dropped.map_err(|error| internal(&error))?;
        self.refresh().await.map_err(|error| internal(&error))
    }
}
