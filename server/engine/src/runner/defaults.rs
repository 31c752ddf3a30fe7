//! Replaces a bucket's default encryption: what it was is journaled first, what it became is read back.

use super::Runner;
use super::work::BucketWork;
use crate::journal::JournalError;
use crate::retry::{Ended, Patience, patiently};
use cloud::{Account, AccountKind, CloudError, Fault};
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus;
use model::migration::{Entry, FailureCause, State};

/// Times that the setting is read back before it is taken to be another than was asked for.
const READ_BACK_MAX: usize = 5;

/// What came of a request that may have to be repeated.
enum Answer<T> {
    Given(T),
    Stop(String),
    WindDown,
}

impl Runner {
    /// Sees to it that new objects of the bucket are under the plan's key.
    pub(super) async fn set_default(&mut self, work: &BucketWork) -> Result<(), JournalError> {
        let bucket = work.bucket().bucket.clone();
        self.migration
            .phase(format!("Setting the default encryption of {bucket}"));
        let previous = match self.read_default(work).await {
            Answer::Given(setting) => setting,
            Answer::Stop(reason) => return self.stop(reason).await,
            Answer::WindDown => return Ok(()),
        };
        let wanted = DefaultEncryption {
            status: EncryptionStatus::SseKms,
            key: Some(work.target().key.as_str().to_string()),
            bucket_key: work.target().bucket_key,
            blocked: previous
                .as_ref()
                .map(|setting| setting.blocked.clone())
                .unwrap_or_default(),
        };
        if !is_as_wanted(&work.shared.account, previous.as_ref(), &wanted) {
            for answer in [
                self.is_in_its_region(work).await,
                self.key_can_be_used(work).await,
            ] {
                match answer {
                    Answer::Given(()) => {}
                    Answer::Stop(reason) => return self.stop(reason).await,
                    Answer::WindDown => return Ok(()),
                }
            }
            let intended = Entry::DefaultEncryptionIntended {
                bucket: bucket.clone(),
                previous,
                wanted: wanted.clone(),
            };
            if !self.journal_if_they_fit(vec![intended]).await?
                || self.migration.ledger.state() != State::Running
            {
                return Ok(());
            }
            match self.put_default(work, &wanted).await {
                Answer::Given(()) => {}
                Answer::Stop(reason) => return self.stop(reason).await,
                Answer::WindDown => return Ok(()),
            }
        }
        tracing::info!(migration.id = %work.plan().id, bucket.name = bucket, "default encryption set");
        self.journal_if_it_fits(Entry::DefaultEncryptionSet { bucket })
            .await
    }

    /// Whether the bucket is in the Region that the plan says, which is the key's: inventories do not name it, and S3 takes a
    /// key of another Region as a default, under which all uploads would fail.
    async fn is_in_its_region(&self, work: &BucketWork) -> Answer<()> {
        let (deliveries, planned) = (&self.shared.account.deliveries, work.bucket());
        let look = || async {
            match deliveries.region(&planned.bucket).await {
                // Whoever may not ask has the word of the plan.
                Err(error) if error.fault == Fault::AccessDenied => Ok(None),
                told => told,
            }
        };
        match self.patiently(work, look).await {
            Answer::Given(Some(told)) if told != planned.region => Answer::Stop(format!(
                "{} is in {told}, and the plan says {}: its default encryption was left as it is. Cancel, import its inventory with the right Region, and plan again.",
                planned.bucket, planned.region
            )),
            Answer::Given(_) => Answer::Given(()),
            Answer::Stop(reason) => Answer::Stop(reason),
            Answer::WindDown => Answer::WindDown,
        }
    }

    /// Whether new objects could be written under the key. S3 takes any key as a default and looks at none, so that all
    /// uploads would fail under one that was disabled since the plan was made.
    async fn key_can_be_used(&self, work: &BucketWork) -> Answer<()> {
        let (keys, key) = (&self.shared.account.keys, work.target().key.as_str());
        let look = || async {
            match keys.describe(key).await {
                Ok(facts) => Ok(facts.obstacle()),
                // Whoever confirmed the plan knew that the key cannot be looked at.
                Err(error) if error.fault == Fault::AccessDenied => Ok(None),
                Err(error) if matches!(error.fault, Fault::NotFound | Fault::KeyUnusable) => {
                    Ok(Some(format!("{error}.")))
                }
                Err(error) => Err(error),
            }
        };
        match self.patiently(work, look).await {
            Answer::Given(None) => Answer::Given(()),
            Answer::Given(Some(obstacle)) => Answer::Stop(format!(
                "The default encryption of {} was left as it is, because uploads under {key} would fail. {obstacle} Then resume.",
                work.bucket().bucket
            )),
            Answer::Stop(reason) => Answer::Stop(reason),
            Answer::WindDown => Answer::WindDown,
        }
    }

    /// Replaces the setting and reads it back.
    async fn put_default(&self, work: &BucketWork, wanted: &DefaultEncryption) -> Answer<()> {
        let buckets = &work.shared.account.buckets;
        let bucket = &work.bucket().bucket;
        match self
            .patiently(work, || buckets.put_default_encryption(bucket, wanted))
            .await
        {
            Answer::Given(()) => {}
            other => return other,
        }
        let mut found = None;
        for _ in 0..READ_BACK_MAX {
            found = match self.read_default(work).await {
                Answer::Given(setting) => setting,
                Answer::Stop(reason) => return Answer::Stop(reason),
                Answer::WindDown => return Answer::WindDown,
            };
            if is_as_wanted(&work.shared.account, found.as_ref(), wanted) {
                return Answer::Given(());
            }
            tokio::time::sleep(crate::retry::wait(bucket, 3)).await;
        }
        Answer::Stop(format!(
            "The default encryption of {bucket} was set and reads back as {}: see who else changes it, then resume.",
            found.map_or_else(
                || "none".to_string(),
                |found| format!(
                    "{} under {}",
                    found.status,
                    found.key.as_deref().unwrap_or("no key")
                )
            )
        ))
    }

    async fn read_default(&self, work: &BucketWork) -> Answer<Option<DefaultEncryption>> {
        let buckets = &work.shared.account.buckets;
        match self
            .patiently(work, || buckets.settings(&work.bucket().bucket))
            .await
        {
            Answer::Given(settings) => Answer::Given(settings.default_encryption),
            Answer::Stop(reason) => Answer::Stop(reason),
            Answer::WindDown => Answer::WindDown,
        }
    }

    /// Repeats a request while its errors pass.
    async fn patiently<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        work: &BucketWork,
        request: impl Fn() -> F,
    ) -> Answer<T> {
        let (bucket, called_off) = (&work.bucket().bucket, self.called_off());
        match patiently(bucket, Patience::with_settings(), called_off, request).await {
            Ok(given) => Answer::Given(given),
            Err(Ended::Failed(error)) => Answer::Stop(format!("{error}. {}", advice(&error))),
            Err(Ended::BrokenOff(_)) => Answer::WindDown,
        }
    }
}

fn advice(error: &CloudError) -> &'static str {
    match error.fault {
        Fault::AccessDenied => {
            "Give the runner s3:GetEncryptionConfiguration and s3:PutEncryptionConfiguration on the bucket, then resume."
        }
        Fault::NotFound => "If the bucket was deleted, cancel and plan again without it.",
        Fault::KeyUnusable => FailureCause::KeyUnusable.remedy(),
        Fault::ReadOnly => "Restart the server with --allow-changes, then resume.",
        _ => "Resume to try again.",
    }
}

/// Whether a setting that was read back is the one that was asked for.
pub(crate) fn is_as_wanted(
    account: &Account,
    found: Option<&DefaultEncryption>,
    wanted: &DefaultEncryption,
) -> bool {
    let Some(found) = found else { return false };
    if account.identity.kind == AccountKind::CustomEndpoint {
        // Look-alikes leave out what they do not know.
        return found.status == wanted.status && found.key == wanted.key;
    }
    let sorted = |blocked: &[String]| {
        let mut blocked = blocked.to_vec();
        blocked.sort_unstable();
        blocked
    };
    found.status == wanted.status
        && found.key == wanted.key
        && found.bucket_key == wanted.bucket_key
        && sorted(&found.blocked) == sorted(&wanted.blocked)
}
