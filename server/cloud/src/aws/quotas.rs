//! Service Quotas (API 2019-06-24): the shared KMS quota, and requests to raise it.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::error::{CloudError, Fault};
use crate::quota::{QuotaFacts, UsageMetric};
use crate::traits::Increases;
use async_trait::async_trait;
use aws_sdk_servicequotas::types::{
    MetricInfo, PeriodUnit, QuotaPeriod, RequestedServiceQuotaChange, ServiceQuota,
};
use model::increases::{IncreaseRequest, RequestStatus};
use model::inventory::Region;
use model::quantity::RequestsPerSecond;
use model::quotas::{QUOTA_CODE, Quota, QuotaOrigin, SERVICE_CODE};
use model::time::UnixMillis;

const GET: &str = "GetServiceQuota";
const DEFAULT: &str = "GetAWSDefaultServiceQuota";
const REQUEST: &str = "RequestServiceQuotaIncrease";
const HISTORY: &str = "ListRequestedServiceQuotaChangeHistoryByQuota";
const LOOK_UP: &str = "GetRequestedServiceQuotaChange";

/// Requests of the history that are looked at.
const MAX_REQUESTS: usize = 200;

impl Clients {
    /// What is applied to the account, else the default of the Region.
    pub(super) async fn quota_facts(
        &self,
        region: &Region,
        now: UnixMillis,
    ) -> Result<QuotaFacts, CloudError> {
        let shortfall = match self.applied(region).await {
            Ok(Some(quota)) => return facts(&quota, QuotaOrigin::Applied, GET, region, now),
            // The account has no value of its own, which is how the default holds.
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let client = self.quotas_in(&region.0);
        let answer = client
            .get_aws_default_service_quota()
            .service_code(SERVICE_CODE)
            .quota_code(QUOTA_CODE)
            .send()
            .await;
        let quota = match answer {
            Ok(answer) => answer.quota,
            // Why the first question failed says more.
            Err(error) => {
                return Err(shortfall.unwrap_or_else(|| cloud_error(DEFAULT, region.0.as_str(), error)));
            }
        };
        let quota = quota.ok_or_else(|| incomplete(DEFAULT, region, "no quota"))?;
        let found = facts(&quota, QuotaOrigin::ServiceDefault, DEFAULT, region, now)?;
        Ok(QuotaFacts { shortfall, ..found })
    }

    /// The applied quota; `None` where the account has none of its own.
    async fn applied(&self, region: &Region) -> Result<Option<ServiceQuota>, CloudError> {
        let client = self.quotas_in(&region.0);
        let answer = client
            .get_service_quota()
            .service_code(SERVICE_CODE)
            .quota_code(QUOTA_CODE)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.quota.filter(|quota| quota.value().is_some())),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_no_such_resource_exception()) =>
            {
                Ok(None)
            }
            Err(error) => Err(cloud_error(GET, region.0.as_str(), error)),
        }
    }
}

fn incomplete(operation: &'static str, region: &Region, what: &str) -> CloudError {
    let text = format!("the answer holds {what}");
    CloudError::new(Fault::Unanswered, operation, region.0.as_str(), text)
}

fn facts(
    quota: &ServiceQuota,
    origin: QuotaOrigin,
    operation: &'static str,
    region: &Region,
    now: UnixMillis,
) -> Result<QuotaFacts, CloudError> {
    let limit = quota
        .value()
        .and_then(|value| per_second(value, quota.period()))
        .ok_or_else(|| incomplete(operation, region, "no value that is a rate"))?;
    Ok(QuotaFacts {
        quota: Quota {
            name: quota.quota_name().unwrap_or_default().to_string(),
            limit,
            origin,
            source: format!("Service Quotas, {operation} {SERVICE_CODE} {QUOTA_CODE} in {region}"),
            date: now.to_date(),
        },
        adjustable: quota.adjustable(),
        metric: quota.usage_metric().and_then(metric),
        shortfall: None,
    })
}

/// A value for a period as a rate; without a period it is per second, as this quota is. `None` for no number, and for a
/// period that is not known.
fn per_second(value: f64, period: Option<&QuotaPeriod>) -> Option<RequestsPerSecond> {
    if !value.is_finite() || value < 0.0 {
        return None;
    }
    let milliseconds = match period {
        None => 1000.0,
        Some(period) => {
            let unit = match period.period_unit()? {
                PeriodUnit::Millisecond => 1.0,
                PeriodUnit::Second => 1000.0,
                PeriodUnit::Minute => 60_000.0,
                PeriodUnit::Hour => 3_600_000.0,
                _ => return None,
            };
            f64::from(period.period_value().filter(|value| *value > 0)?) * unit
        }
    };
    // A quota is a small whole number; the cast saturates.
    Some(RequestsPerSecond::from_milli(
        (value * 1_000_000.0 / milliseconds).round() as u64,
    ))
}

fn metric(metric: &MetricInfo) -> Option<UsageMetric> {
    Some(UsageMetric {
        namespace: metric.metric_namespace()?.to_string(),
        name: metric.metric_name()?.to_string(),
        dimensions: metric
            .metric_dimensions()?
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        named_by_quota: true,
    })
}

#[async_trait]
impl Increases for Clients {
    async fn request(&self, region: &Region, per_second: u64) -> Result<IncreaseRequest, CloudError> {
        let client = self.quotas_once(&region.0);
        let answer = client
            .request_service_quota_increase()
            .service_code(SERVICE_CODE)
            .quota_code(QUOTA_CODE)
            // A quota is far below what a double holds exactly.
            .desired_value(per_second as f64)
            .send()
            .await
            .map_err(|error| cloud_error(REQUEST, region.0.as_str(), error))?;
        let request = answer.requested_quota.as_ref();
        request
            .and_then(|request| change(request, region))
            .ok_or_else(|| incomplete(REQUEST, region, "no request id"))
    }

    async fn requests(&self, region: &Region) -> Result<Vec<IncreaseRequest>, CloudError> {
        let client = self.quotas_in(&region.0);
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = client
                .list_requested_service_quota_change_history_by_quota()
                .service_code(SERVICE_CODE)
                .quota_code(QUOTA_CODE)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| cloud_error(HISTORY, region.0.as_str(), error))?;
            let changes = page.requested_quotas().iter();
            found.extend(changes.filter_map(|request| change(request, region)));
            token = page.next_token().map(ToString::to_string);
            if token.is_none() || found.len() >= MAX_REQUESTS {
                break;
            }
        }
        found.sort_by_key(|request| std::cmp::Reverse(request.created));
        Ok(found)
    }

    async fn look_up(&self, region: &Region, id: &str) -> Result<IncreaseRequest, CloudError> {
        let client = self.quotas_in(&region.0);
        let answer = client
            .get_requested_service_quota_change()
            .request_id(id)
            .send()
            .await
            .map_err(|error| cloud_error(LOOK_UP, region.0.as_str(), error))?;
        let request = answer.requested_quota.as_ref();
        request
            .and_then(|request| change(request, region))
            .ok_or_else(|| incomplete(LOOK_UP, region, "no request"))
    }
}

fn change(request: &RequestedServiceQuotaChange, region: &Region) -> Option<IncreaseRequest> {
    let at = |time: Option<&aws_sdk_servicequotas::primitives::DateTime>| {
        time.and_then(|time| time.to_millis().ok()).map(UnixMillis)
    };
    Some(IncreaseRequest {
        id: request.id()?.to_string(),
        region: region.clone(),
        // The cast saturates; a quota is a small whole number.
        desired: request.desired_value().map(|value| value.max(0.0).round() as u64),
        status: RequestStatus::from(request.status().map_or("", |status| status.as_str()).to_string()),
        case: request.case_id().map(ToString::to_string),
        created: at(request.created()),
        updated: at(request.last_updated()),
        requester: request.requester().map(ToString::to_string),
    })
}
