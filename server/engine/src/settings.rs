//! Settings that are changed after a run, each by a decision of its own: the bucket policy that holds uploads to the key,
//! its taking back, the default encryption as it was before, and the deletion of the key (`cleanup`). Per bucket the setting
//! that is there is journaled first, then it is changed, read back, and, for the policy, tried (`uploads`). What a crash cut
//! short is announced and not done; asking again goes on with it, since every step applied twice is the same as once.

mod uploads;

use crate::engine::Engine;
use crate::error::{EngineError, in_words};
use crate::migration::Migration;
use crate::retry::{Ended, Patience, patiently, wait};
use crate::runner::is_as_wanted;
use crate::shared::Shared;
use cloud::{Account, CloudError, Fault};
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus;
use model::migration::{Entry, Setting, State};
use model::plan::{MigrationId, PlanBucket};
use model::policy::{PolicyError, enforced, has_ours, is_enforced, released};
use std::collections::BTreeSet;
use std::sync::Arc;
use uploads::Trial;

/// Looks at a changed setting, and uploads, before it is taken not to hold: S3 takes its time with policies.
const LOOKS_MAX: u32 = 8;

/// What a person decided after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The bucket policies are to refuse uploads under another encryption than the plan's.
    Enforce,
    /// They are to be without that again.
    Release,
    /// The default encryptions are to be what they were before the run.
    RestoreDefault,
    /// The keys are to be deleted.
    DeleteKeys {
        /// Days until then.
        days: u8,
        /// Buckets that are known to hold nothing under SSE-KMS, for example by an inventory that was taken after the end.
        without: BTreeSet<String>,
    },
    /// The keys are to stay after all.
    KeepKeys,
}

impl Decision {
    /// Its name in the journal.
    const fn setting(&self) -> Setting {
        match self {
            Self::Enforce => Setting::Enforcement,
            Self::Release => Setting::EnforcementReleased,
            Self::RestoreDefault => Setting::DefaultRestored,
            Self::DeleteKeys { .. } => Setting::KeyDeletion,
            Self::KeepKeys => Setting::KeyKept,
        }
    }

    /// Whether each bucket is by itself, so that one which refuses it keeps no other from it. A key is that of several.
    const fn is_by_bucket(&self) -> bool {
        matches!(self, Self::Enforce | Self::Release | Self::RestoreDefault)
    }
}

impl Engine {
    /// Carries a decision out for every bucket of a migration that has ended, in the order of the plan. Buckets where it
    /// holds already are passed over.
    ///
    /// # Errors
    /// When the account is read-only, the migration has not ended, or it cannot be done for a bucket or does not hold
    /// afterwards. That is journaled too. A setting of a bucket is changed in the others all the same; what is decided of
    /// keys ends with the first refusal.
    pub async fn decide(&self, id: &MigrationId, by: &str, decision: Decision) -> Result<State, EngineError> {
        let (shared, migration) = self.changeable(id)?;
        let by = by.to_string();
        // To its end, even when the caller goes away.
        let changed = tokio::spawn(async move {
            let _turn = migration.settings.lock().await;
            let setting = decision.setting();
            let requested = Entry::SettingRequested { by, setting };
            migration.ledger.append(None, vec![requested]).await?;
            let carried_out = everywhere(&shared, &migration, &decision).await;
            migration.publish();
            carried_out.map(|()| migration.ledger.state())
        });
        changed.await.unwrap_or(Err(EngineError::ShuttingDown))
    }
}

/// Carries a decision out for each bucket; gives the first refusal.
async fn everywhere(
    shared: &Arc<Shared>,
    migration: &Migration,
    decision: &Decision,
) -> Result<(), EngineError> {
    let mut refused = Ok(());
    for position in 0..migration.plan.buckets.len() {
        let change = Change {
            shared,
            migration,
            position,
        };
        match change.carry_out(decision).await {
            Ok(()) => {}
            Err(error @ EngineError::Setting { .. }) if decision.is_by_bucket() => {
                refused = refused.and(Err(error));
            }
            Err(error) => return Err(error),
        }
    }
    refused
}

/// One bucket's change.
pub(crate) struct Change<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) migration: &'a Migration,
    pub(crate) position: usize,
}

impl Change<'_> {
    pub(crate) fn bucket(&self) -> &PlanBucket {
        &self.migration.plan.buckets[self.position]
    }

    pub(crate) fn account(&self) -> &Account {
        &self.shared.account
    }

    pub(crate) fn refused(&self, reason: impl Into<String>, remedy: &'static str) -> EngineError {
        EngineError::Setting {
            bucket: self.bucket().bucket.clone(),
            reason: reason.into(),
            remedy,
            undone: false,
        }
    }

    /// The same after what had been announced was taken back.
    fn undone(&self, reason: impl Into<String>, remedy: &'static str) -> EngineError {
        EngineError::Setting {
            bucket: self.bucket().bucket.clone(),
            reason: reason.into(),
            remedy,
            undone: true,
        }
    }

    /// Whether a setting was announced and not seen to its end.
    pub(crate) fn is_open(&self, setting: Setting) -> bool {
        let progress = self.migration.ledger.progress();
        progress.buckets[self.position].settings_open.contains(&setting)
    }

    fn unreadable(&self, error: &PolicyError) -> EngineError {
        self.refused(error.to_string(), "Mend the bucket policy, then try again.")
    }

    /// Does what was decided and journals what came of it, a refusal too: the history that says who asked has to say that
    /// it was not done.
    async fn carry_out(&self, decision: &Decision) -> Result<(), EngineError> {
        let (bucket, setting) = (self.bucket().bucket.clone(), decision.setting());
        let (entry, refused) = match self.make(decision).await {
            Ok(None) => return Ok(()),
            Ok(Some(evidence)) => (
                Entry::SettingChanged {
                    bucket,
                    setting,
                    evidence,
                },
                None,
            ),
            // Neither of these is an answer: asking again goes on where it ended.
            Err(error @ (EngineError::ShuttingDown | EngineError::Journal { .. })) => return Err(error),
            Err(error) => {
                let (reason, undone) = match &error {
                    EngineError::Setting { reason, undone, .. } => (reason.clone(), *undone),
                    other => (in_words(other), false),
                };
                (
                    Entry::SettingRefused {
                        bucket,
                        setting,
                        reason,
                        undone,
                    },
                    Some(error),
                )
            }
        };
        self.migration.ledger.append(None, vec![entry]).await?;
        refused.map_or(Ok(()), Err)
    }

    /// Does what was decided; gives what showed it, or nothing where it holds already.
    async fn make(&self, decision: &Decision) -> Result<Option<String>, EngineError> {
        match decision {
            Decision::Enforce | Decision::Release | Decision::RestoreDefault => {}
            Decision::DeleteKeys { days, without } => return self.delete_key(*days, without).await.map(Some),
            Decision::KeepKeys => return self.keep_key().await.map(Some),
        }
        let (done, open, enforced) = {
            let progress = self.migration.ledger.progress();
            let here = &progress.buckets[self.position];
            let open = &here.settings_open;
            (
                here.settings.contains_key(&decision.setting()),
                !open.is_empty(),
                here.is_enforced() || open.contains(&Setting::Enforcement),
            )
        };
        // Statements may have been taken out of a policy by others since: the policy tells.
        if done && !open && *decision != Decision::Enforce {
            return Ok(None);
        }
        if let Some(other) = self.shared.unread_on(&self.bucket().bucket) {
            return Err(self.refused(
                format!("the journal of migration {other}, which has this bucket too, cannot be read"),
                "The log says why. Once it can be read, try again.",
            ));
        }
        let (id, bucket) = (&self.migration.plan.id, &self.bucket().bucket);
        if let Some(newer) = self.shared.newer_on(id, bucket, decision.setting()) {
            return Err(self.refused(
                format!("migration {newer} was begun on it after this one, and this setting is that one’s"),
                "Change it on the page of that migration, or take back there what it has changed.",
            ));
        }
        let evidence = match decision {
            Decision::Enforce => self.enforce().await?,
            Decision::Release => self.release().await?,
            _ if enforced => {
                return Err(self.refused(
                    "the bucket policy holds uploads to the key",
                    "Take the policy back first: with another default it would refuse uploads.",
                ));
            }
            _ => self.restore_default().await?,
        };
        Ok(Some(evidence))
    }

    pub(crate) async fn announce(
        &self,
        setting: Setting,
        previous: Option<String>,
        wanted: Option<String>,
    ) -> Result<(), EngineError> {
        let bucket = self.bucket().bucket.clone();
        tracing::info!(migration.id = %self.migration.plan.id, bucket.name = bucket, ?setting, "changing a setting");
        let intended = Entry::SettingIntended {
            bucket,
            setting,
            previous,
            wanted,
        };
        self.migration.ledger.append(None, vec![intended]).await?;
        Ok(())
    }

    async fn policy(&self) -> Result<Option<String>, EngineError> {
        let bucket = &self.bucket().bucket;
        self.patiently(|| self.account().policies.policy(bucket)).await
    }

    async fn enforce(&self) -> Result<String, EngineError> {
        let bucket = self.bucket();
        let settings = self
            .patiently(|| self.account().buckets.settings(&bucket.bucket))
            .await?;
        let default = settings.default_encryption.as_ref();
        if default.and_then(|found| found.key.as_deref()) != Some(bucket.target.key.as_str()) {
            return Err(self.refused(
                "its default encryption is not under the plan's key",
                "Uploads without a header would not come under it: set the default to the key first, by a plan for this bucket, or by hand where everything in it is under the key already.",
            ));
        }
        // Of a trial that was cut short nobody knows whether uploads went on under the policy.
        let cut_short = self.is_open(Setting::Enforcement);
        let current = self.policy().await?;
        let wanted = enforced(current.as_deref(), &bucket.bucket, &bucket.target.key)
            .map_err(|error| self.unreadable(&error))?;
        self.announce(Setting::Enforcement, current.clone(), Some(wanted.clone()))
            .await?;
        let holds = |policy: Option<&str>| {
            policy.is_some_and(|text| is_enforced(text, &bucket.bucket, &bucket.target.key) == Ok(true))
        };
        let held = holds(current.as_deref());
        let tried = if held {
            self.try_uploads(settings.object_lock).await
        } else {
            self.put_and_try(&wanted, holds, settings.object_lock).await
        };
        let before = match (held, cut_short) {
            (false, _) => Some(current),
            (true, true) => {
                let without = current.as_deref().map(released).transpose();
                Some(without.map_err(|error| self.unreadable(&error))?.flatten())
            }
            (true, false) => None,
        };
        let blocked = settings.default_encryption.map(|found| found.blocked);
        match (tried, before) {
            (Ok(evidence), _) => Ok(format!(
                "{evidence} {}",
                customer_keys(&blocked.unwrap_or_default())
            )),
            (Err(Trial::BreaksUploads(error)), None) => Err(self.refused(
                format!("an upload without a header failed: {error}"),
                "The policy was there before. Take it back, or look at what else denies the upload.",
            )),
            (Err(Trial::BreaksUploads(error)), Some(before)) => {
                // Nobody's uploads wait for a person to read this.
                Err(self.put_back(before, &error.to_string()).await)
            }
            (Err(Trial::Other(EngineError::ShuttingDown)), Some(before)) => Err(self
                .put_back(before, "the server stops, and none was seen to go on")
                .await),
            (Err(Trial::Other(error)), _) => Err(error),
        }
    }

    /// Sets the policy, waits until it reads back, and tries uploads under it.
    async fn put_and_try(
        &self,
        wanted: &str,
        holds: impl Fn(Option<&str>) -> bool,
        object_lock: bool,
    ) -> Result<String, Trial> {
        self.put_policy(Some(wanted)).await?;
        self.until(holds).await?;
        self.try_uploads(object_lock).await
    }

    /// Puts the policy back under which no upload was seen to go on, also while the server stops; gives what to say.
    async fn put_back(&self, before: Option<String>, why: &str) -> EngineError {
        let bucket = &self.bucket().bucket;
        let put = || self.account().policies.put_policy(bucket, before.as_deref());
        let put = patiently(bucket, Patience::with_settings(), std::future::pending(), put).await;
        match put {
            Ok(()) => self.undone(
                format!("uploads without a header were not seen to go on under the policy, which is what it was before again: {why}"),
                "Look at what else denies such uploads, then try again.",
            ),
            Err(Ended::Failed(error) | Ended::BrokenOff(error)) => self.refused(
                format!(
                    "uploads without a header were not seen to go on under the policy ({why}), and the one before could not be put back: {error}"
                ),
                "Take the statements whose Sid begins with Rekey out of the bucket policy by hand, now: uploads may be failing.",
            ),
        }
    }

    async fn release(&self) -> Result<String, EngineError> {
        let Some(current) = self.policy().await? else {
            if self.is_open(Setting::Enforcement) {
                self.remove_throwaways().await?;
            }
            return Ok("The bucket has no policy.".to_string());
        };
        let wanted = released(&current).map_err(|error| self.unreadable(&error))?;
        let broken_off = self.is_open(Setting::Enforcement);
        self.announce(Setting::EnforcementReleased, Some(current), wanted.clone())
            .await?;
        self.put_policy(wanted.as_deref()).await?;
        self.until(|policy| !policy.is_some_and(|text| has_ours(text) != Ok(false)))
            .await?;
        if broken_off {
            self.remove_throwaways().await?;
        }
        Ok(match wanted {
            Some(_) => "Its statements are out of the policy; the others stay.",
            None => "The policy held nothing else and is removed.",
        }
        .to_string())
    }

    async fn put_policy(&self, policy: Option<&str>) -> Result<(), EngineError> {
        let bucket = &self.bucket().bucket;
        self.patiently(|| self.account().policies.put_policy(bucket, policy))
            .await
    }

    /// Reads the policy back until it is as it should be.
    async fn until(&self, holds: impl Fn(Option<&str>) -> bool) -> Result<(), EngineError> {
        let holds = &holds;
        let look = |_| async move { Ok(holds(self.policy().await?.as_deref())) };
        if self.in_the_end(look).await? {
            return Ok(());
        }
        Err(self.refused(
            "the policy reads back as another than was set",
            "See who else changes it, then try again.",
        ))
    }

    /// Looks, with waits between, until what is looked for is seen or was not for long enough: S3 takes its time with
    /// settings. Each look has a number.
    pub(crate) async fn in_the_end<F: Future<Output = Result<bool, EngineError>>>(
        &self,
        look: impl Fn(u32) -> F,
    ) -> Result<bool, EngineError> {
        for number in 1..=LOOKS_MAX {
            if look(number).await? {
                return Ok(true);
            }
            if number == LOOKS_MAX {
                break;
            }
            tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => return Err(EngineError::ShuttingDown),
                () = tokio::time::sleep(wait(&self.bucket().bucket, number)) => {}
            }
        }
        Ok(false)
    }

    async fn restore_default(&self) -> Result<String, EngineError> {
        let previous = self.migration.ledger.progress().buckets[self.position]
            .previous_default
            .clone();
        let Some(previous) = previous else {
            return Ok("This migration did not change it.".to_string());
        };
        let bucket = &self.bucket().bucket;
        let found = self.patiently(|| self.account().buckets.settings(bucket)).await?;
        let found = found.default_encryption;
        // Where none was ever configured, S3's own is SSE-S3; what is blocked now stays so.
        let wanted = previous.unwrap_or_else(|| DefaultEncryption {
            status: EncryptionStatus::SseS3,
            key: None,
            bucket_key: false,
            blocked: found
                .as_ref()
                .map(|found| found.blocked.clone())
                .unwrap_or_default(),
        });
        let ours = found
            .as_ref()
            .is_some_and(|found| found.key.as_deref() == Some(self.bucket().target.key.as_str()));
        let back = |found: Option<&DefaultEncryption>| is_as_wanted(self.account(), found, &wanted);
        let like_it = found
            .as_ref()
            .is_some_and(|found| found.status == wanted.status && found.key == wanted.key);
        self.key_of_the_past(wanted.key.as_deref()).await?;
        if !ours && !like_it {
            return Err(self.refused(
                "its default encryption is no more what this migration set",
                "Whoever changed it since decides.",
            ));
        }
        let as_json = |setting: &DefaultEncryption| serde_json::to_string(setting).ok();
        self.announce(
            Setting::DefaultRestored,
            found.as_ref().and_then(as_json),
            as_json(&wanted),
        )
        .await?;
        self.patiently(|| self.account().buckets.put_default_encryption(bucket, &wanted))
            .await?;
        let back = &back;
        let look = |_| async move {
            let settings = self.patiently(|| self.account().buckets.settings(bucket)).await?;
            Ok(back(settings.default_encryption.as_ref()))
        };
        if self.in_the_end(look).await? {
            return Ok(format!("It is {} again.", wanted.status));
        }
        Err(self.refused(
            "the default encryption reads back as another than was set",
            "See who else changes it, then try again.",
        ))
    }

    /// Refuses a default under a key that cannot be used any more: S3 takes any, and refuses all uploads then.
    async fn key_of_the_past(&self, key: Option<&str>) -> Result<(), EngineError> {
        let Some(key) = key else { return Ok(()) };
        let obstacle = match self.asked(|| self.account().keys.describe(key)).await? {
            Ok(facts) => facts.obstacle(),
            // Whoever may not look knows no more than before the run.
            Err(error) if error.fault == Fault::AccessDenied => None,
            Err(error) => Some(error.to_string()),
        };
        match obstacle {
            None => Ok(()),
            Some(obstacle) => Err(self.refused(
                format!("it was under {key} before, and uploads under that would fail: {obstacle}"),
                "Make that key usable again, or set another default by hand.",
            )),
        }
    }

    /// Repeats a request while its errors pass.
    pub(crate) async fn patiently<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        request: impl Fn() -> F,
    ) -> Result<T, EngineError> {
        let given = self.asked(request).await?;
        given.map_err(|error| self.refused_by(&error))
    }

    /// What the account refused, with what to do.
    pub(crate) fn refused_by(&self, error: &CloudError) -> EngineError {
        self.refused(error.to_string(), remedy(error))
    }

    /// The same for one whose lasting error is an answer.
    pub(crate) async fn asked<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        request: impl Fn() -> F,
    ) -> Result<Result<T, CloudError>, EngineError> {
        let (bucket, stopping) = (&self.bucket().bucket, self.shared.stopping.cancelled());
        match patiently(bucket, Patience::with_settings(), stopping, request).await {
            Ok(given) => Ok(Ok(given)),
            Err(Ended::Failed(error)) => Ok(Err(error)),
            Err(Ended::BrokenOff(_)) => Err(EngineError::ShuttingDown),
        }
    }
}

/// What becomes of uploads under keys of the client's own, of which the statements do not speak.
fn customer_keys(blocked: &[String]) -> &'static str {
    if blocked.iter().any(|kind| kind == EncryptionStatus::SseC.word()) {
        "The default encryption blocks uploads under SSE-C."
    } else {
        "Uploads under SSE-C are not refused: neither the policy nor the default encryption blocks them."
    }
}

fn remedy(error: &CloudError) -> &'static str {
    match (error.fault, error.operation) {
        (Fault::AccessDenied, "EnableKey") => {
            "Give the server kms:EnableKey on the key, then ask again: its deletion is taken back, and it stays disabled until then."
        }
        (Fault::AccessDenied, "DescribeKey" | "ScheduleKeyDeletion" | "CancelKeyDeletion") => {
            "Give the server kms:DescribeKey, kms:ScheduleKeyDeletion, kms:CancelKeyDeletion and kms:EnableKey on the key, then try again."
        }
        (Fault::AccessDenied, "ListBuckets") => "Give the server s3:ListAllMyBuckets, then try again.",
        (Fault::AccessDenied, "DeleteObject") => {
            "Give the server s3:DeleteObject and s3:DeleteObjectVersion on the bucket, remove its throwaway objects under .rekey-probe/, then try again."
        }
        (Fault::AccessDenied, _) => {
            "Give the server s3:GetBucketPolicy, s3:PutBucketPolicy, s3:DeleteBucketPolicy, s3:GetEncryptionConfiguration and s3:PutEncryptionConfiguration on the bucket, then try again."
        }
        (Fault::NotFound, _) => "There is nothing to change any more: see who removed it.",
        _ => "Try again.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_of_what_was_refused() {
        for (fault, operation, part) in [
            (Fault::AccessDenied, "PutBucketPolicy", "s3:PutBucketPolicy"),
            (
                Fault::AccessDenied,
                "PutBucketEncryption",
                "s3:PutEncryptionConfiguration",
            ),
            (
                Fault::AccessDenied,
                "ScheduleKeyDeletion",
                "kms:ScheduleKeyDeletion",
            ),
            (Fault::AccessDenied, "ListBuckets", "s3:ListAllMyBuckets"),
            (Fault::AccessDenied, "DeleteObject", ".rekey-probe/"),
            (Fault::NotFound, "DescribeKey", "see who removed it"),
            (Fault::Transient, "PutBucketPolicy", "Try again"),
        ] {
            let error = CloudError::new(fault, operation, "b", "no");
            assert!(remedy(&error).contains(part), "{operation}: {}", remedy(&error));
        }
    }
}
