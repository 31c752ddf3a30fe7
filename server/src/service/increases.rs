//! Files a request to raise a quota: confirmed by typing the Region, refused while another is open, on record before it is
//! sent and after its answer, and sent once.

use super::accounts::AccountKey;
use super::quotas::trouble;
use super::{Service, internal, region_field};
use app::backend::{AppError, ErrorKind};
use cloud::{CloudError, Fault};
use model::increases::{FiledIncrease, Filing};
use model::inventory::Region;

/// The largest value that is asked for: no published quota is near it.
const VALUE_MAX: u64 = 100_000_000;
/// How long a request without an answer is waited for.
const MAY_TURN_UP_MS: i64 = 15 * 60_000;

impl Service {
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
        let mut listed = listed.map_err(|error| {
            let trouble = trouble("Requests to raise the quota", &error);
            let text = format!("Whether a request is open cannot be seen, so nothing was sent: {error}");
            AppError::new(kind(&error), text, trouble.remedy)
        })?;
        self.look_up_filed(region, &mut listed).await;
        if let Some(open) = listed.iter().find(|request| request.status.is_open()) {
            return Err(AppError::new(
                ErrorKind::Conflict,
                format!("Request {} of {region} is {}.", open.id, open.status),
                "Wait for its end; AWS takes one request for a quota at a time.",
            ));
        }
        self.admit_after_silence(region).await?;
        let usage = self.usage(&AccountKey::own(), [region.clone()]).await;
        let quota = usage.get(region).and_then(|told| told.quota.as_ref());
        match quota {
            Some(quota) if per_second <= quota.limit.floor() => Err(input(
                &format!("The quota is {} already.", model::format::rate(quota.limit)),
                "Ask for more than that.",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses while one that was sent without an answer may still turn up in AWS's list.
    async fn admit_after_silence(&self, region: &Region) -> Result<(), AppError> {
        let filed = self.inner.store.increases().await;
        let filed = filed.map_err(|error| internal(&error))?;
        let since = self.inner.clock.now().0 - MAY_TURN_UP_MS;
        let unanswered = filed
            .iter()
            .any(|filed| filed.region == *region && filed.filing == Filing::Sent && filed.at.0 > since);
        if unanswered {
            return Err(AppError::new(
                ErrorKind::Conflict,
                format!(
                    "A request for {region} was sent minutes ago and no answer came: it may have arrived."
                ),
                "Refresh in a quarter of an hour: AWS's list shows it then if it did.",
            ));
        }
        Ok(())
    }

    /// Sends it, with its record before and after.
    async fn send_increase(&self, region: Region, per_second: u64) -> Result<FiledIncrease, AppError> {
        let mut filed = FiledIncrease {
            region,
            desired: per_second,
            by: self.who.to_string(),
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

fn input(message: &str, hint: &str) -> AppError {
    AppError::new(ErrorKind::Input, message, hint)
}

fn kind(error: &CloudError) -> ErrorKind {
    match error.fault {
        Fault::AccessDenied | Fault::ReadOnly => ErrorKind::Forbidden,
        Fault::Refused | Fault::NotFound => ErrorKind::Input,
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
