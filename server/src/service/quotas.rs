//! What the account tells of its KMS quotas, of their use, and of requests to raise them: asked of all Regions at once,
//! kept for some minutes with its date, and never waited for long. And the filing of such a request.

use super::migrations::OPERATOR;
use super::{Service, internal, region_field};
use app::backend::{AppError, ErrorKind, QuotaTold, Trouble};
use cloud::{CloudError, Fault, UsageMetric};
use model::headroom::{AccountUsage, RegionUsage};
use model::increases::{FiledIncrease, Filing, IncreaseRequest};
use model::inventory::Region;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long a whole answer stands.
const STANDS: Duration = Duration::from_secs(600);
/// How long an answer stands in which something is missing, or whose request is open.
const STANDS_OPEN: Duration = Duration::from_secs(5);
/// How long a page waits; what comes later is there for the next page.
const PATIENCE: Duration = Duration::from_secs(3);
/// Requests filed here that AWS's list does not show and that are looked up one by one.
const LOOKED_UP: usize = 5;
/// The largest value that is asked for: no published quota is near it.
const VALUE_MAX: u64 = 100_000_000;

/// Answers with the time at which they came.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    answers: Mutex<BTreeMap<Region, (Instant, QuotaTold)>>,
    /// Held while a request is filed, so that two confirmations cannot both find none open.
    filing: tokio::sync::Mutex<()>,
}

impl Quotas {
    fn fresh(&self, region: &Region) -> Option<QuotaTold> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, told) = answers.get(region)?;
        let open = told.requests.iter().any(|request| request.status.is_open());
        let stands = if open || !told.troubles.is_empty() {
            STANDS_OPEN
        } else {
            STANDS
        };
        (at.elapsed() < stands).then(|| told.clone())
    }

    fn keep(&self, told: QuotaTold) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(told.region.clone(), (Instant::now(), told));
    }

    fn forget(&self) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clear();
    }
}

impl Service {
    /// What the account tells about quotas and use in these Regions; what it does not tell is left out.
    pub(crate) async fn usage(&self, regions: impl IntoIterator<Item = Region>) -> AccountUsage {
        let told = self.told(regions).await.into_iter();
        told.map(|told| (told.region, told.usage)).collect()
    }

    /// The same with what could not be had, and the requests to raise the quotas.
    pub(crate) async fn told(&self, regions: impl IntoIterator<Item = Region>) -> Vec<QuotaTold> {
        let (mut all, mut asked) = (BTreeMap::new(), JoinSet::new());
        for region in regions {
            if let Some(fresh) = self.inner.quotas.fresh(&region) {
                all.insert(region, fresh);
                continue;
            }
            all.insert(region.clone(), late(&region));
            let service = self.clone();
            asked.spawn(async move {
                let told = service.ask_quota(region).await;
                service.inner.quotas.keep(told.clone());
                told
            });
        }
        let collected = tokio::time::timeout(PATIENCE, async {
            while let Some(answer) = asked.join_next().await {
                match answer {
                    Ok(told) => {
                        all.insert(told.region.clone(), told);
                    }
                    Err(error) => tracing::error!(%error, "a quota was not asked for to the end"),
                }
            }
        });
        let is_late = collected.await.is_err();
        if is_late {
            asked.detach_all();
        }
        all.into_values().collect()
    }

    /// Forgets what the account told, so that the next page asks again.
    pub(crate) fn refresh_quotas(&self) {
        self.inner.quotas.forget();
    }

    async fn ask_quota(&self, region: Region) -> QuotaTold {
        let (usage, now) = (&self.inner.account.usage, self.inner.clock.now());
        let mut troubles = Vec::new();
        let facts = usage.kms_quota(&region, now).await;
        let metric = match &facts {
            Ok(facts) => facts.metric.clone(),
            Err(_) => None,
        };
        let metric = metric.unwrap_or_else(UsageMetric::of_kms_symmetric);
        let (used, requests) = tokio::join!(
            usage.kms_use(&region, &metric, now),
            self.inner.account.increases.requests(&region)
        );
        let (quota, adjustable) = match facts {
            Ok(facts) => {
                let shortfall = facts.shortfall.map(|error| trouble("The applied quota", &error));
                troubles.extend(shortfall);
                (Some(facts.quota), facts.adjustable)
            }
            Err(error) => {
                troubles.push(trouble("The quota", &error));
                (None, false)
            }
        };
        let used = used.unwrap_or_else(|error| {
            troubles.push(trouble("The existing load", &error));
            None
        });
        if used.is_none() && troubles.iter().all(|trouble| trouble.what != "The existing load") {
            troubles.push(Trouble {
                what: "The existing load".to_string(),
                message: format!("{metric} has no data point in the last two weeks."),
                remedy: "If nothing in the account uses KMS in this Region, type 0 as the load in use."
                    .to_string(),
            });
        }
        let listed = requests.is_ok();
        let mut requests = requests.unwrap_or_else(|error| {
            troubles.push(trouble("Requests to raise the quota", &error));
            Vec::new()
        });
        if listed {
            self.look_up_filed(&region, &mut requests).await;
        }
        QuotaTold {
            asked_at: Some(now),
            usage: RegionUsage { quota, used },
            troubles,
            adjustable,
            listed,
            requests,
            filed: Vec::new(),
            region,
        }
    }

    /// Follows what was filed here and is not in AWS's list, which may lag behind.
    async fn look_up_filed(&self, region: &Region, requests: &mut Vec<IncreaseRequest>) {
        let filed = match self.inner.store.increases().await {
            Ok(filed) => filed,
            Err(error) => {
                tracing::error!(%error, "the filed quota requests cannot be read");
                return;
            }
        };
        let missing: Vec<String> = filed
            .iter()
            .filter(|filed| filed.region == *region)
            .filter_map(|filed| match &filed.filing {
                Filing::Taken(id) => Some(id.clone()),
                Filing::Sent | Filing::Refused(_) => None,
            })
            .filter(|id| requests.iter().all(|request| request.id != *id))
            .take(LOOKED_UP)
            .collect();
        for id in missing {
            match self.inner.account.increases.look_up(region, &id).await {
                Ok(request) => requests.push(request),
                Err(error) => tracing::warn!(request.id = id, %error, "a filed request was not found"),
            }
        }
    }

    /// Files a request to raise the KMS quota of a Region. `typed` confirms it by naming the Region.
    pub(crate) async fn file_increase(
        &self,
        region: &str,
        value: &str,
        typed: &str,
    ) -> Result<FiledIncrease, AppError> {
        self.require_changes()?;
        let region = region_field(region)?.ok_or_else(|| input("No Region was named.", "Name one."))?;
        if typed.trim() != region.0 {
            let message = format!("`{}` is not {region}, so nothing was sent.", typed.trim());
            return Err(input(&message, "Type the Region to confirm."));
        }
        let digits: String = value
            .chars()
            .filter(|one| !matches!(one, ',' | '_' | ' '))
            .collect();
        let per_second = digits
            .parse()
            .ok()
            .filter(|value| (1..=VALUE_MAX).contains(value))
            .ok_or_else(|| {
                input(
                    &format!("`{}` is not a number of requests a second.", value.trim()),
                    "Give a whole number such as 40,000.",
                )
            })?;
        let _one_at_a_time = self.inner.quotas.filing.lock().await;
        self.admit_increase(&region, per_second).await?;
        let filed = self.send_increase(region, per_second).await;
        self.refresh_quotas();
        filed
    }

    /// Refuses what AWS would refuse or what is under way already.
    async fn admit_increase(&self, region: &Region, per_second: u64) -> Result<(), AppError> {
        let listed = self.inner.account.increases.requests(region).await;
        let listed = listed.map_err(|error| {
            let trouble = trouble("Requests to raise the quota", &error);
            let text = format!("Whether a request is open cannot be seen, so nothing was sent: {error}");
            AppError::new(kind(&error), text, trouble.remedy)
        })?;
        if let Some(open) = listed.iter().find(|request| request.status.is_open()) {
            return Err(AppError::new(
                ErrorKind::Conflict,
                format!("Request {} of {region} is {}.", open.id, open.status),
                "Wait for its end; AWS takes one request for a quota at a time.",
            ));
        }
        let usage = self.usage([region.clone()]).await;
        let quota = usage.get(region).and_then(|told| told.quota.as_ref());
        match quota {
            Some(quota) if per_second <= quota.limit.floor() => Err(input(
                &format!("The quota is {} already.", model::format::rate(quota.limit)),
                "Ask for more than that.",
            )),
            _ => Ok(()),
        }
    }

    /// Sends it, with its record before and after.
    async fn send_increase(&self, region: Region, per_second: u64) -> Result<FiledIncrease, AppError> {
        let mut filed = FiledIncrease {
            region,
            desired: per_second,
            by: OPERATOR.to_string(),
            at: self.inner.clock.now(),
            filing: Filing::Sent,
        };
        let store = &self.inner.store;
        store
            .put_increase(&filed)
            .await
            .map_err(|error| internal(&error))?;
        let answer = self
            .inner
            .account
            .increases
            .request(&filed.region, per_second)
            .await;
        let refused = match answer {
            Ok(request) => {
                tracing::info!(region = %filed.region, value = per_second, request.id = request.id, "quota increase filed");
                filed.filing = Filing::Taken(request.id);
                None
            }
            Err(error) => {
                tracing::warn!(region = %filed.region, value = per_second, %error, "quota increase not filed");
                let known = !matches!(error.fault, Fault::Unanswered);
                if known {
                    filed.filing = Filing::Refused(error.to_string());
                }
                Some(not_filed(&error, known))
            }
        };
        store
            .put_increase(&filed)
            .await
            .map_err(|error| internal(&error))?;
        match refused {
            Some(refused) => Err(refused),
            None => Ok(filed),
        }
    }
}

fn late(region: &Region) -> QuotaTold {
    QuotaTold {
        region: region.clone(),
        asked_at: None,
        usage: RegionUsage::default(),
        troubles: vec![Trouble {
            what: "Quota and load".to_string(),
            message: "The account has not answered yet.".to_string(),
            remedy: "Reload the page to see its answer.".to_string(),
        }],
        adjustable: false,
        listed: false,
        requests: Vec::new(),
        filed: Vec::new(),
    }
}

fn input(message: &str, hint: &str) -> AppError {
    AppError::new(ErrorKind::Input, message, hint)
}

fn kind(error: &CloudError) -> ErrorKind {
    match error.fault {
        Fault::AccessDenied | Fault::ReadOnly => ErrorKind::Forbidden,
        Fault::Refused => ErrorKind::Input,
        _ => ErrorKind::Internal,
    }
}

fn not_filed(error: &CloudError, known: bool) -> AppError {
    if known {
        let remedy = trouble("The request", error).remedy;
        return AppError::new(
            kind(error),
            format!("AWS did not take the request: {error}"),
            remedy,
        );
    }
    AppError::new(
        ErrorKind::Internal,
        format!("No answer came, and the request may have arrived: {error}"),
        "Refresh: AWS's list shows it if it did. Do not file it again before that.",
    )
}

/// What an error means for the page, and what to do about it.
pub(super) fn trouble(what: &str, error: &CloudError) -> Trouble {
    let code = error.message.split(':').next().unwrap_or_default();
    let action = action(error.operation);
    let remedy = match (error.fault, code) {
        // What AWS says of credentials in a Region that the account has not enabled.
        (_, "UnrecognizedClientException" | "InvalidClientTokenId" | "OptInRequired") => {
            "The Region may not be enabled for this account: enable it in the account's settings, or leave its buckets out.".to_string()
        }
        (Fault::AccessDenied, _) => format!("Allow {action} to the principal that this server uses."),
        (Fault::Throttled(_), _) => "Refresh in a minute.".to_string(),
        (Fault::Transient | Fault::Unanswered, _) => {
            format!("Refresh. If it stays, see whether this server reaches {}.", service(error.operation))
        }
        (Fault::NotSupported | Fault::NotFound, _) => {
            "What answers there does not have it: type the figure in the form instead.".to_string()
        }
        _ => "Refresh, or type the figure in the form.".to_string(),
    };
    Trouble {
        what: what.to_string(),
        message: error.to_string(),
        remedy,
    }
}

fn service(operation: &str) -> &'static str {
    match operation {
        "GetMetricData" => "CloudWatch",
        "ListBucketMetricsConfigurations" | "HeadBucket" => "S3",
        _ => "Service Quotas",
    }
}

/// The IAM action of an operation.
fn action(operation: &str) -> String {
    match operation {
        "GetMetricData" => "cloudwatch:GetMetricData".to_string(),
        "ListBucketMetricsConfigurations" => "s3:GetMetricsConfiguration".to_string(),
        "HeadBucket" => "s3:ListBucket".to_string(),
        operation => format!("servicequotas:{operation}"),
    }
}
