//! What the workers of one bucket share: its plan, its limits, what was proved there, and the word to stop.

use crate::limits::BUCKET_SEEN;
use crate::migration::Migration;
use crate::retry::{Ended, Patience, patiently};
use crate::shared::Shared;
use crate::throttle::Throttle;
use cloud::{AccountKind, Fault, ObjectFacts, ObjectRef, Throttler};
use model::encryption::{DefaultEncryption, TargetEncryption};
use model::inventory::EncryptionStatus;
use model::method::{LeftOut, Method};
use model::plan::{Looks, Plan, PlanBucket, PlanSettings};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// One bucket being worked on.
#[derive(Debug)]
pub(crate) struct BucketWork {
    pub(crate) shared: Arc<Shared>,
    pub(crate) migration: Arc<Migration>,
    /// Position in the plan.
    pub(crate) position: u32,
    /// The runner that works.
    pub(crate) epoch: u64,
    pub(crate) throttle: Throttle,
    pub(crate) proved: Proved,
    /// Whether each object is looked at before its update, which S3 makes without a condition.
    pub(crate) looks_before_updates: bool,
    /// Told when nothing more may be begun.
    pub(crate) wind_down: CancellationToken,
    halt: Mutex<Option<String>>,
    /// When the bucket was last seen to be there, where that was asked.
    bucket_seen: tokio::sync::Mutex<Option<Instant>>,
}

/// Which methods were seen to work in a bucket.
#[derive(Debug, Default)]
pub(crate) struct Proved {
    /// Held by the one object on which a method is tried.
    pub(crate) turn: tokio::sync::Mutex<()>,
    update: AtomicBool,
    copy: AtomicBool,
}

impl Proved {
    const fn flag(&self, method: Method) -> &AtomicBool {
        match method {
            Method::UpdateObjectEncryption => &self.update,
            Method::CopyObject => &self.copy,
        }
    }

    pub(crate) fn is(&self, method: Method) -> bool {
        self.flag(method).load(Ordering::Acquire)
    }

    pub(crate) fn set(&self, method: Method) {
        self.flag(method).store(true, Ordering::Release);
    }
}

impl BucketWork {
    pub(crate) fn new(
        shared: Arc<Shared>,
        migration: Arc<Migration>,
        position: u32,
        epoch: u64,
        throttle: Throttle,
    ) -> Self {
        let proved = Proved::default();
        let mut default_before = None;
        if let Some(bucket) = migration.ledger.progress().buckets.get(position as usize) {
            bucket.proofs.keys().for_each(|method| proved.set(*method));
            default_before = bucket.previous_default.clone().flatten();
        }
        let planned = &migration.plan.buckets[position as usize];
        let looks_before_updates =
            looks_before_updates(&migration.plan.settings, planned, default_before.as_ref());
        Self {
            shared,
            migration,
            position,
            epoch,
            throttle,
            proved,
            looks_before_updates,
            wind_down: CancellationToken::new(),
            halt: Mutex::new(None),
            bucket_seen: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.migration.plan
    }

    pub(crate) fn bucket(&self) -> &PlanBucket {
        &self.plan().buckets[self.position as usize]
    }

    pub(crate) fn target(&self) -> &TargetEncryption {
        &self.bucket().target
    }

    /// Whether the server's answers tell of bucket keys; those of some look-alikes never do.
    pub(crate) fn bucket_key_reported(&self) -> bool {
        self.shared.account.identity.kind != AccountKind::CustomEndpoint
    }

    /// Whether an object is where the plan wants it.
    pub(crate) fn meets(&self, facts: &ObjectFacts) -> bool {
        facts.encryption.meets(self.target(), self.bucket_key_reported())
    }

    /// Stops the run; the first reason holds.
    pub(crate) fn stop(&self, reason: String) {
        self.halt
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(reason);
        self.wind_down.cancel();
    }

    /// Stops the run because access was refused; once somebody resumed it, that is a failure like others.
    pub(crate) fn stop_refused(&self, reason: String) {
        self.migration.heed(self.position, |heeded| heeded.refused = true);
        self.stop(reason);
    }

    /// Stops the run because too many objects failed; once somebody resumed it, more of them are borne.
    pub(crate) fn stop_too_many(&self, reason: String) {
        // Those in flight may fail too, and are of the same stop.
        if self.stopped().is_none() {
            self.migration.heed(self.position, |heeded| heeded.too_many += 1);
        }
        self.stop(reason);
    }

    /// Why the run is to stop.
    pub(crate) fn stopped(&self) -> Option<String> {
        self.halt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An answer was throttled: go slower.
    pub(crate) fn throttled(&self, by: Throttler, key: &str) {
        match by {
            Throttler::Kms => self.throttle.kms.cut(),
            Throttler::S3 => self.throttle.cut_prefix(key),
        }
    }

    /// Names a version of an object in this bucket.
    pub(crate) fn object(&self, key: &str, version_id: Option<&String>) -> ObjectRef {
        ObjectRef {
            bucket: self.bucket().bucket.clone(),
            key: key.to_string(),
            version_id: version_id.cloned(),
        }
    }

    /// Whether the bucket itself is missing, which an answer to `HEAD` does not tell from a missing object. Asked now and
    /// then: a bucket must be empty before it can be deleted, so that the objects found gone in between are gone. `None`
    /// when the run winds down before it is known.
    pub(crate) async fn bucket_is_gone(&self) -> Option<bool> {
        let mut seen = self.bucket_seen.lock().await;
        if seen.is_some_and(|at| at.elapsed() < BUCKET_SEEN) {
            return Some(false);
        }
        if self.wind_down.is_cancelled() {
            return None;
        }
        let settings = self.shared.account.buckets.settings(&self.bucket().bucket).await;
        let gone = settings.is_err_and(|error| error.fault == Fault::NotFound);
        if !gone {
            *seen = Some(Instant::now());
        }
        Some(gone)
    }

    /// Whether the plan's key cannot be used, as opposed to a key that one object is under now. When KMS does not
    /// tell, it is the plan's key unless the object has another.
    pub(crate) async fn target_key_fails(&self, object_has_key: bool) -> bool {
        let key = self.target().key.as_str();
        let broken_off = self.wind_down.cancelled();
        let described = patiently(key, Patience::with_control(), broken_off, || {
            self.shared.account.keys.describe(key)
        });
        match described.await {
            Ok(facts) => facts.obstacle().is_some() || !object_has_key,
            Err(Ended::Failed(error)) if matches!(error.fault, Fault::KeyUnusable | Fault::NotFound) => true,
            Err(_) => !object_has_key,
        }
    }
}

/// Whether an object that is listed under SSE-S3 may have come under another key since, and the plan would leave it there:
/// where the bucket has such objects, or took them by default.
fn looks_before_updates(
    settings: &PlanSettings,
    bucket: &PlanBucket,
    default_before: Option<&DefaultEncryption>,
) -> bool {
    let has_others = bucket
        .left_out
        .iter()
        .any(|line| line.reason == LeftOut::AlreadyKms && !line.objects.is_zero());
    // Without a key it names the AWS managed one.
    let took_others = default_before.is_some_and(|default| {
        let under_kms = !matches!(default.status, EncryptionStatus::SseS3 | EncryptionStatus::NotSse);
        under_kms && default.key.as_deref() != Some(bucket.target.key.as_str())
    });
    settings.looks == Looks::Each || (!settings.rules.rekey && (has_others || took_others))
}
