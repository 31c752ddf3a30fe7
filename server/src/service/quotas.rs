//! What an account tells of its KMS quotas, of their use, and of requests to raise them: asked of all Regions at once,
//! kept for some minutes with its date, and never waited for long.

use super::Service;
use super::accounts::AccountKey;
use app::backend::{QuotaTold, Trouble};
use cloud::{Account, CloudError, Fault, UsageMetric};
use model::headroom::{AccountUsage, RegionUsage};
use model::increases::{Filing, IncreaseRequest};
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::KeptUsage;
use tokio::task::JoinSet;

/// How long a whole answer stands.
const STANDS: Duration = Duration::from_secs(600);
/// How long an answer stands in which something is missing or on its way.
const STANDS_OPEN: Duration = Duration::from_secs(5);
/// How long after the end of a request its quota is looked at often.
const SETTLES_MS: i64 = 15 * 60_000;
/// How long a page waits; what comes later is there for the next page.
const PATIENCE: Duration = Duration::from_secs(3);
/// Keys of a Region that are shown.
const KEYS_SHOWN: usize = 10;
/// Requests filed here that AWS's list does not show and that are looked up one by one.
const LOOKED_UP: usize = 5;

/// Answers with the time at which they came.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    answers: Mutex<BTreeMap<(AccountKey, Region), (Instant, QuotaTold)>>,
    /// Held while a request is filed, so that two confirmations cannot both find none open.
    pub(super) filing: tokio::sync::Mutex<()>,
}

impl Quotas {
    fn fresh(&self, about: &(AccountKey, Region)) -> Option<QuotaTold> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, told) = answers.get(about)?;
        let moving = told
            .requests
            .iter()
            .any(|request| is_moving(request, told.asked_at));
        let stands = if moving || !told.troubles.is_empty() {
            STANDS_OPEN
        } else {
            STANDS
        };
        (at.elapsed() < stands).then(|| told.clone())
    }

    fn keep(&self, account: AccountKey, told: QuotaTold) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let about = (account, told.region.clone());
        answers.insert(about, (Instant::now(), told));
    }

    fn forget(&self) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clear();
    }
}

impl Service {
    /// What an account tells about quotas and use in these Regions; what it does not tell is left out.
    pub(crate) async fn usage(
        &self,
        account: &AccountKey,
        regions: impl IntoIterator<Item = Region>,
    ) -> AccountUsage {
        let told = self.told(account, regions).await.into_iter();
        told.map(|told| (told.region, told.usage)).collect()
    }

    /// The same with what could not be had, and the requests to raise the quotas.
    pub(crate) async fn told(
        &self,
        account: &AccountKey,
        regions: impl IntoIterator<Item = Region>,
    ) -> Vec<QuotaTold> {
        let (mut all, mut asked) = (BTreeMap::new(), JoinSet::new());
        for region in regions {
            if let Some(fresh) = self.inner.quotas.fresh(&(account.clone(), region.clone())) {
                all.insert(region, fresh);
                continue;
            }
            all.insert(region.clone(), late(&region));
            let (service, account) = (self.clone(), account.clone());
            asked.spawn(async move {
                let told = service.ask_quota(&account, region).await;
                if account.is_own() {
                    // Commands compute for the server's own account.
                    service.keep_usage(&told).await;
                }
                service.inner.quotas.keep(account, told.clone());
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

    async fn ask_quota(&self, key: &AccountKey, region: Region) -> QuotaTold {
        let account = self.account(key);
        let (usage, now) = (&account.usage, self.inner.clock.now());
        let mut troubles = Vec::new();
        let facts = usage.kms_quota(&region, now).await;
        let metric = facts.as_ref().ok().and_then(|facts| facts.metric.clone());
        let metric = metric.unwrap_or_else(UsageMetric::of_kms_symmetric);
        let (used, requests, keys) = tokio::join!(
            usage.kms_use(&region, &metric, now),
            account.increases.requests(&region),
            keys_in_use(account, &region, now)
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
        let used = match used {
            Ok(Some(used)) => Some(used),
            Ok(None) => {
                troubles.push(silent(&metric));
                None
            }
            Err(error) => {
                troubles.push(trouble("The existing load", &error));
                None
            }
        };
        let keys = keys.unwrap_or_else(|error| {
            troubles.push(trouble("Calls by key", &error));
            Vec::new()
        });
        let listed = requests.is_ok();
        let mut requests = requests.unwrap_or_else(|error| {
            troubles.push(trouble("Requests to raise the quota", &error));
            Vec::new()
        });
        // What was filed from here was filed for the own account.
        if listed && key.is_own() {
            self.look_up_filed(&region, &mut requests).await;
        }
        QuotaTold {
            asked_at: Some(now),
            usage: RegionUsage { quota, used },
            keys,
            troubles,
            adjustable,
            listed,
            requests,
            filed: Vec::new(),
            region,
        }
    }

    /// Keeps what the account told for commands that connect to none; where it told nothing, what it told before stands.
    async fn keep_usage(&self, told: &QuotaTold) {
        let Some(at) = told.asked_at.filter(|_| told.usage != RegionUsage::default()) else {
            return;
        };
        let kept = KeptUsage {
            region: told.region.clone(),
            at,
            usage: told.usage.clone(),
        };
        if let Err(error) = self.inner.store.put_usage(&kept).await {
            tracing::error!(%error, "a quota cannot be kept");
        }
    }

    /// Follows what was filed here and is not in AWS's list, which may lag behind.
    pub(super) async fn look_up_filed(&self, region: &Region, requests: &mut Vec<IncreaseRequest>) {
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
}

/// The keys that were used most in a day, with their aliases where the account tells them.
async fn keys_in_use(
    account: &Account,
    region: &Region,
    now: UnixMillis,
) -> Result<Vec<KeyCalls>, CloudError> {
    let mut keys = account.usage.keys_in_use(region, now).await?;
    keys.sort_by_key(|calls| std::cmp::Reverse(calls.total()));
    keys.truncate(KEYS_SHOWN);
    let named = keys.into_iter().map(async |mut calls| {
        // A key that may not be described has no alias to show.
        let facts = account.keys.describe(calls.key.as_str()).await.ok();
        calls.alias = facts.and_then(|facts| facts.alias);
        calls
    });
    Ok(futures::future::join_all(named).await)
}

/// Whether a request is open, or ended so lately that the quota may not show it yet.
fn is_moving(request: &IncreaseRequest, asked_at: Option<UnixMillis>) -> bool {
    let lately = |at: UnixMillis| asked_at.is_some_and(|asked| asked.0 - at.0 < SETTLES_MS);
    request.status.is_open() || request.updated.is_some_and(lately)
}

fn late(region: &Region) -> QuotaTold {
    QuotaTold {
        region: region.clone(),
        asked_at: None,
        usage: RegionUsage::default(),
        keys: Vec::new(),
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

/// A metric without a data point, which does not say zero.
fn silent(metric: &UsageMetric) -> Trouble {
    Trouble {
        what: "The existing load".to_string(),
        message: format!("{metric} has no data point in the last two weeks."),
        remedy: "If nothing in the account uses KMS in this Region, type 0 as the load in use.".to_string(),
    }
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
        "GetMetricData" | "ListMetrics" => "CloudWatch",
        "ListBucketMetricsConfigurations" | "HeadBucket" => "S3",
        _ => "Service Quotas",
    }
}

/// The IAM action of an operation.
fn action(operation: &str) -> String {
    match operation {
        "GetMetricData" | "ListMetrics" => format!("cloudwatch:{operation}"),
        "ListBucketMetricsConfigurations" => "s3:GetMetricsConfiguration".to_string(),
        "HeadBucket" => "s3:ListBucket".to_string(),
        operation => format!("servicequotas:{operation}"),
    }
}
