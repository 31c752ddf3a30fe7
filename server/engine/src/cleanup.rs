//! Cleaning up after a rehearsal: the keys of a migration on their way to be deleted, once nothing needs them. Under a
//! deleted key every object is lost, so that whatever cannot be seen not to need the key keeps it. Rekey deletes no object
//! and no bucket: whoever rehearsed removes those first.

use crate::error::EngineError;
use crate::settings::Change;
use cloud::{CloudError, Fault, ObjectRef};
use futures::stream::{self, TryStreamExt as _};
use model::format::{counted, grouped};
use model::migration::Setting;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Versions that are looked at for one key: a rehearsal has few, and an account in which more would have to be looked at is
/// none to delete keys in.
const VERSIONS_MAX: u64 = 50_000;

/// Versions that are looked at side by side.
const LOOKS_AT_ONCE: usize = 32;

/// States of a key, as `DescribeKey` names them.
const ENABLED: &str = "Enabled";
const DISABLED: &str = "Disabled";

/// Days until a key is deleted that KMS takes (AWS KMS API Reference, `ScheduleKeyDeletion`, 2026-04).
pub const DELETION_DAYS: std::ops::RangeInclusive<u8> = 7..=30;

/// Whether a key is on its way to be deleted. The primary of several Regions waits for its replicas first.
fn is_pending(state: &str) -> bool {
    matches!(state, "PendingDeletion" | "PendingReplicaDeletion")
}

impl Change<'_> {
    /// Whether the migration put objects under the bucket's key, in any of its buckets, or made it a default.
    fn used_the_key(&self) -> bool {
        let key = &self.bucket().target.key;
        let progress = self.migration.ledger.progress();
        let mut of_key = (self.migration.plan.buckets.iter())
            .zip(&progress.buckets)
            .filter(|(planned, _)| planned.target.key == *key);
        of_key.any(|(_, here)| here.put_under_key())
    }

    async fn key_state(&self) -> Result<String, EngineError> {
        let key = self.bucket().target.key.as_str();
        let facts = self.patiently(|| self.account().keys.describe(key)).await?;
        Ok(facts.state)
    }

    /// Has the key deleted after so many days, when nothing needs it; says what was looked at.
    pub(crate) async fn delete_key(
        &self,
        days: u8,
        without: &BTreeSet<String>,
    ) -> Result<String, EngineError> {
        let key = self.bucket().target.key.as_str();
        if !self.used_the_key() {
            return Err(self.refused(
                format!("this migration put nothing under {key}, and did not make it a default"),
                "Only the key of a rehearsal that was run is deleted here: delete others by hand.",
            ));
        }
        let state = self.key_state().await?;
        if is_pending(&state) {
            let progress = self.migration.ledger.progress();
            let told = progress.buckets[self.position]
                .settings
                .get(&Setting::KeyDeletion);
            // The first word on it has the day.
            let first = told.cloned();
            return Ok(first.unwrap_or_else(|| format!("{key} is on its way to be deleted already.")));
        }
        // Until the key is on its way, no migration may begin that would need it.
        let (_leaving, needed) = {
            let _beginning = self.shared.beginning.lock().await;
            let key = &self.bucket().target.key;
            let leaving = self.shared.leave(key);
            (leaving, self.shared.needs_key(&self.migration.plan.id, key))
        };
        if let Some(other) = needed {
            return Err(self.refused(
                format!("migration {other} puts objects under {key}, or is planned to"),
                "Cancel it first, or leave the key.",
            ));
        }
        let seen = self.nothing_needs(without).await?;
        let wanted = format!("PendingDeletion in {days} days");
        self.announce(Setting::KeyDeletion, Some(state), Some(wanted))
            .await?;
        let at = self
            .patiently(|| self.account().keys.schedule_deletion(key, days))
            .await?;
        let when = at.map_or_else(
            || "once its replicas in other Regions are".to_string(),
            |at| format!("on {at}"),
        );
        Ok(format!(
            "{key} is deleted {when}, unless that is taken back before. {seen}"
        ))
    }

    /// Takes the deletion of the key back. A key whose deletion is cancelled is disabled, and nothing under it can be read:
    /// only the second request makes it what it was, and where that one failed before, asking again makes it alone.
    pub(crate) async fn keep_key(&self) -> Result<String, EngineError> {
        let key = self.bucket().target.key.as_str();
        let state = self.key_state().await?;
        let pending = is_pending(&state);
        let only_disabled = state == DISABLED && self.is_open(Setting::KeyKept);
        if !pending && !only_disabled {
            return Ok(format!("{key} is not on its way to be deleted: it is {state}."));
        }
        if pending {
            self.announce(Setting::KeyKept, Some(state), Some(ENABLED.to_string()))
                .await?;
            self.stop_deletion(key).await?;
        }
        self.patiently(|| self.account().keys.enable(key)).await?;
        let look = |_| async move { Ok(self.key_state().await? == ENABLED) };
        if self.in_the_end(look).await? {
            return Ok(format!("{key} stays, and is enabled."));
        }
        Err(self.refused(
            format!("{key} stays, and is not seen to be enabled"),
            "Nothing under it can be read while it is disabled: ask again, or enable it by hand.",
        ))
    }

    /// Cancels the deletion. An answer that was lost may have done it.
    async fn stop_deletion(&self, key: &str) -> Result<(), EngineError> {
        match self.asked(|| self.account().keys.cancel_deletion(key)).await? {
            Ok(()) => Ok(()),
            Err(_) if !is_pending(&self.key_state().await?) => Ok(()),
            Err(error) => Err(self.refused_by(&error)),
        }
    }

    /// Whether nothing in the account needs the key; says what was looked at.
    async fn nothing_needs(&self, without: &BTreeSet<String>) -> Result<String, EngineError> {
        let (key, region) = (&self.bucket().target.key, &self.bucket().region);
        let listed = self.patiently(|| self.account().buckets.list()).await?;
        let names: BTreeSet<String> = listed
            .into_iter()
            .filter(|bucket| bucket.region.as_ref().is_none_or(|told| told == region))
            .map(|bucket| bucket.name)
            .chain(
                self.migration
                    .plan
                    .buckets
                    .iter()
                    .map(|bucket| bucket.bucket.clone()),
            )
            .collect();
        let (mut buckets, mut by_inventory) = (0u64, 0u64);
        let looked_at = AtomicU64::new(0);
        for name in &names {
            let settings = match self.asked(|| self.account().buckets.settings(name)).await? {
                Ok(settings) => settings,
                Err(error) if error.fault == Fault::NotFound => continue,
                Err(error) => return Err(self.unseen(name, &error)),
            };
            // A list of current versions says nothing about others.
            let known = without.contains(name) && !settings.versioned && self.is_listed_whole(name).await;
            let default = settings.default_encryption.and_then(|default| default.key);
            if default.as_deref() == Some(key.as_str()) {
                return Err(self.refused(
                    format!("the default encryption of {name} is under {key}"),
                    "Put the default encryption back first.",
                ));
            }
            if known {
                by_inventory += 1;
            } else {
                buckets += 1;
                self.no_object_needs(name, &looked_at).await?;
            }
        }
        let listed = match by_inventory {
            0 => String::new(),
            count => format!(
                " {} were not looked through: by an inventory of after the end they hold nothing under SSE-KMS.",
                counted(count, "bucket")
            ),
        };
        Ok(format!(
            "None of {} object versions in {} is under it.{listed}",
            grouped(looked_at.into_inner()),
            counted(buckets, "bucket")
        ))
    }

    /// Whether the inventories of a bucket list all of it: one below a prefix says nothing about the rest, and which of
    /// several was imported is not told.
    async fn is_listed_whole(&self, bucket: &str) -> bool {
        let configurations = self.account().deliveries.configurations(bucket).await;
        configurations.is_ok_and(|all| !all.is_empty() && all.iter().all(|each| each.filter.is_none()))
    }

    /// Goes through the versions of a bucket.
    async fn no_object_needs(&self, bucket: &str, looked_at: &AtomicU64) -> Result<(), EngineError> {
        let mut from: Option<String> = None;
        loop {
            if self.shared.stopping.is_cancelled() {
                return Err(EngineError::ShuttingDown);
            }
            let page = self
                .asked(|| self.account().objects.list_versions(bucket, from.as_deref()))
                .await?
                .map_err(|error| self.unseen(bucket, &error))?;
            let versions = page.versions.into_iter().filter(|version| !version.delete_marker);
            let looks = stream::iter(versions.map(Ok)).try_for_each_concurrent(LOOKS_AT_ONCE, |version| {
                self.does_not_need(
                    ObjectRef {
                        bucket: bucket.to_string(),
                        key: version.key,
                        version_id: Some(version.version_id),
                    },
                    looked_at,
                )
            });
            looks.await?;
            from = page.next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// Whether a version can do without the key; an error where it cannot, or where that is not seen.
    async fn does_not_need(&self, object: ObjectRef, looked_at: &AtomicU64) -> Result<(), EngineError> {
        let key = &self.bucket().target.key;
        if looked_at.fetch_add(1, Ordering::Relaxed) >= VERSIONS_MAX {
            return Err(self.refused(
                format!(
                    "more than {} object versions would have to be looked at, the next ones in {}",
                    grouped(VERSIONS_MAX),
                    object.bucket
                ),
                "Import inventories that were taken after the end: buckets in which they list nothing under SSE-KMS are passed over. Else delete the key by hand.",
            ));
        }
        match self.asked(|| self.account().objects.head(&object)).await? {
            Ok(facts) if facts.encryption.key.as_deref() == Some(key.as_str()) => Err(self.refused(
                format!("{object} is under {key} and would be lost"),
                "Remove the objects of the rehearsal, or convert them to another key, then try again.",
            )),
            Ok(_) => Ok(()),
            Err(error) if error.fault == Fault::NotFound => Ok(()),
            Err(error) => Err(self.unseen(&object.to_string(), &error)),
        }
    }

    fn unseen(&self, what: &str, error: &CloudError) -> EngineError {
        let remedy = match error.fault {
            Fault::AccessDenied => {
                "Allow s3:ListBucketVersions, s3:GetObject and s3:GetEncryptionConfiguration, then try again: what cannot be seen may need the key."
            }
            Fault::Refused => {
                "Look at it yourself, and delete the key by hand where nothing needs it: what cannot be seen may need the key. Objects under SSE-C are seen by their owner alone."
            }
            _ => "Try again: what cannot be seen may need the key.",
        };
        self.refused(format!("{what} cannot be looked at: {error}"), remedy)
    }
}
