//! The fold: what a journal amounts to. The only way in which a migration has a state.

use super::coverage::Coverage;
use super::entry::{
    BatchId, Entry, FailedObject, FailureCause, Recorded, RowSpan, Setting, ShardPass, VerifiedBucket,
};
use super::failures::{Failures, Retrying};
use super::pairs;
use super::state::{IllegalTransition, State, next};
use super::tally::{Amount, Tally};
use crate::encryption::DefaultEncryption;
use crate::jobs::{JobProgress, JobResult};
use crate::key_calls::FirstMinutes;
use crate::method::Method;
use crate::plan::Plan;
use crate::quantity::Ratio;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketProgress {
    /// Default encryption before the migration, once its replacement was announced.
    pub previous_default: Option<Option<DefaultEncryption>>,
    /// Whether the default encryption has been replaced.
    pub default_set: bool,
    /// What showed that a method works here.
    pub proofs: BTreeMap<Method, String>,
    /// What the canaries showed, once all of them were converted and compared.
    #[serde(default)]
    pub canary: Option<String>,
    /// Its last job of S3 Batch Operations, once one was announced.
    #[serde(default)]
    pub job: Option<JobProgress>,
    /// What the job of it said that did most. One that was ended by a pause is followed by another over the same objects,
    /// which changes nothing about those that the first one updated.
    #[serde(default)]
    pub told_by_jobs: Option<JobResult>,
    /// Outcomes so far.
    pub tally: Tally,
    /// What was converted in the first minutes, to be held against the KMS calls that CloudWatch counts.
    #[serde(default)]
    pub first_minutes: FirstMinutes,
    /// When the last batch that converted something was told of.
    #[serde(default)]
    pub last_converted_at: Option<UnixMillis>,
    /// Exceptions that a reading back which has not ended has named so far.
    #[serde(default)]
    found: Vec<FailedObject>,
    /// Result of the last reading back, with every exception that is named; none while a retry may still change it.
    pub verified: Option<VerifiedBucket>,
    /// The last setting that was changed after the run, with what showed it.
    #[serde(default)]
    pub settings: BTreeMap<Setting, String>,
    /// Settings that were announced and not yet seen to be changed.
    #[serde(default)]
    pub settings_open: BTreeSet<Setting>,
}

impl BucketProgress {
    /// Takes in what concerns its settings, proofs, jobs and reading back.
    fn note(&mut self, entry: &Entry) {
        match entry {
            // The first announcement holds: after a crash the setting read again may be our own.
            Entry::DefaultEncryptionIntended { previous, .. } => {
                self.previous_default.get_or_insert_with(|| previous.clone());
            }
            Entry::DefaultEncryptionSet { .. } => self.default_set = true,
            Entry::MethodProved { method, evidence, .. } => {
                self.proofs.insert(*method, evidence.clone());
            }
            Entry::ExceptionsFound { first, objects, .. } => self.exceptions_found(*first, objects),
            Entry::BucketVerified { result, .. } => self.read_back(result),
            Entry::ManifestIntended { number, .. } => self.job = Some(JobProgress::announced(*number)),
            Entry::JobIntended {
                number,
                token,
                manifest,
                ..
            } => {
                self.job = Some(JobProgress {
                    token: Some(token.clone()),
                    manifest: Some(manifest.clone()),
                    ..JobProgress::announced(*number)
                });
            }
            Entry::JobCreated { id, .. } => {
                if let Some(job) = &mut self.job {
                    job.id = Some(id.clone());
                }
            }
            Entry::JobEnded { result, .. } => {
                if let Some(job) = &mut self.job {
                    job.result = Some(result.clone());
                }
                let most = self.told_by_jobs.as_ref().map_or(0, |told| told.succeeded);
                if result.succeeded > most {
                    self.told_by_jobs = Some(result.clone());
                }
            }
            Entry::CanaryPassed { evidence, .. } => self.canary = Some(evidence.clone()),
            Entry::SettingIntended { setting, .. } => {
                self.settings_open.insert(*setting);
            }
            Entry::SettingRefused {
                setting,
                undone: true,
                ..
            } => {
                self.settings_open.remove(setting);
            }
            Entry::SettingChanged {
                setting, evidence, ..
            } => self.setting_changed(*setting, evidence),
            _ => {}
        }
    }

    /// Exceptions of the reading back that is under way. One that was broken off began anew, and counts from its first.
    fn exceptions_found(&mut self, first: u64, objects: &[FailedObject]) {
        self.found.truncate(usize::try_from(first).unwrap_or(usize::MAX));
        self.found.extend_from_slice(objects);
    }

    /// The result names the last exceptions by itself; the ones before it were named on the way. What a reading back named
    /// that was broken off before this one is none of them.
    fn read_back(&mut self, result: &VerifiedBucket) {
        let told = self.verified.take().map(|told| told.exceptions);
        let found = std::mem::take(&mut self.found);
        let mut named = told.unwrap_or(found);
        named.truncate(usize::try_from(result.not_named()).unwrap_or(usize::MAX));
        named.extend_from_slice(&result.exceptions);
        self.verified = Some(VerifiedBucket {
            exceptions: named,
            ..result.clone()
        });
    }

    /// One takes the other back, so that only what holds is kept.
    fn setting_changed(&mut self, setting: Setting, evidence: &str) {
        self.settings_open.remove(&setting);
        let back = match setting {
            Setting::Enforcement => Some(Setting::EnforcementReleased),
            Setting::EnforcementReleased => Some(Setting::Enforcement),
            Setting::KeyDeletion => Some(Setting::KeyKept),
            Setting::KeyKept => Some(Setting::KeyDeletion),
            Setting::DefaultRestored => None,
        };
        if let Some(back) = back {
            self.settings.remove(&back);
            self.settings_open.remove(&back);
        }
        self.settings.insert(setting, evidence.to_string());
    }

    /// Whether the migration put objects under its key here, or had uploads come under it.
    #[must_use]
    pub fn put_under_key(&self) -> bool {
        self.default_set
            || self
                .tally
                .converted
                .values()
                .any(|amount| !amount.objects.is_zero())
    }

    /// Whether the bucket's policy holds uploads to the plan's key, by this migration.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.settings.contains_key(&Setting::Enforcement)
    }
}

/// A migration's state and counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where it stands.
    pub state: State,
    /// Position of the last entry.
    pub seq: u64,
    /// Number of the last runner.
    pub epoch: u64,
    /// Share of headroom in force.
    pub share: Ratio,
    /// Which retry is in force; zero is the first pass.
    pub pass: u32,
    /// Buckets in the order of the plan.
    pub buckets: Vec<BucketProgress>,
    /// Batches announced and not done: after a crash these are looked at object by object.
    #[serde(with = "pairs")]
    pub open: BTreeMap<BatchId, u64>,
    /// Rows done, by shard and pass.
    #[serde(with = "pairs")]
    pub covered: BTreeMap<ShardPass, Coverage>,
    /// Failures that stand.
    pub failures: Failures,
    /// What the running retry works through.
    pub retrying: Retrying,
    /// Who confirmed, and when.
    pub confirmed: Option<(String, UnixMillis)>,
    /// Its place among the confirmations on this server, where the journal says.
    #[serde(default)]
    pub order: Option<u64>,
    /// When a runner first took it up.
    pub started_at: Option<UnixMillis>,
    /// When the last runner took it up.
    #[serde(default)]
    pub runner_started_at: Option<UnixMillis>,
    /// ARNs of the AWS credentials that runners worked under, each once, in the order in which they came.
    #[serde(default)]
    pub callers: Vec<String>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// When the last entry was written.
    pub last_at: Option<UnixMillis>,
    /// Why it stopped by itself, while it is stopped.
    pub stopped: Option<String>,
    /// Who asked for the last pause.
    #[serde(default)]
    pub paused_by: Option<String>,
    sum: Tally,
    names: Vec<String>,
}

impl Progress {
    /// The state of a stored plan before anything happened.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            state: State::Planned,
            seq: 0,
            epoch: 0,
            share: plan.settings.share,
            pass: 0,
            buckets: vec![BucketProgress::default(); plan.buckets.len()],
            open: BTreeMap::new(),
            covered: BTreeMap::new(),
            failures: Failures::default(),
            retrying: Retrying::default(),
            confirmed: None,
            order: None,
            started_at: None,
            runner_started_at: None,
            callers: Vec::new(),
            ended_at: None,
            last_at: None,
            stopped: None,
            paused_by: None,
            sum: Tally::default(),
            names: plan.buckets.iter().map(|bucket| bucket.bucket.clone()).collect(),
        }
    }

    /// The state that a whole journal amounts to.
    ///
    /// # Errors
    /// When an entry may not follow the ones before it: the journal is damaged.
    pub fn fold<'a>(
        plan: &Plan,
        journal: impl IntoIterator<Item = &'a Recorded>,
    ) -> Result<Self, IllegalTransition> {
        let mut progress = Self::new(plan);
        for recorded in journal {
            progress.apply(recorded)?;
        }
        Ok(progress)
    }

    /// Takes one more entry in.
    ///
    /// # Errors
    /// When it may not follow; then nothing changes.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), IllegalTransition> {
        let before = self.state;
        self.state = next(self.state, recorded.entry.kind())?;
        self.seq = recorded.seq;
        self.last_at = Some(recorded.at);
        if before == State::Stopped && self.state != State::Stopped {
            self.stopped = None;
        }
        if self.state.is_ended() && self.ended_at.is_none() {
            self.ended_at = Some(recorded.at);
        }
        self.note(recorded);
        Ok(())
    }

    fn note(&mut self, recorded: &Recorded) {
        match &recorded.entry {
            Entry::Confirmed { by, order, .. } => {
                self.confirmed = Some((by.clone(), recorded.at));
                self.order = *order;
            }
            Entry::RunnerStarted { epoch, caller } => {
                self.runner_started(*epoch, caller.as_deref(), recorded.at);
            }
            Entry::BatchIntended { batch, rows } => {
                let alone = !self.open.keys().any(|open| open.bucket == batch.bucket);
                self.open.insert(*batch, *rows);
                if let Some(bucket) = self.buckets.get_mut(batch.bucket as usize) {
                    bucket.first_minutes.begin(recorded.at, alone);
                }
            }
            Entry::BatchDone {
                batch,
                tally,
                failures,
                in_doubt,
            } => {
                self.batch_done(*batch, recorded.at, tally, failures);
                for RowSpan { first_row, rows } in in_doubt {
                    let first_row = *first_row;
                    self.open.insert(BatchId { first_row, ..*batch }, *rows);
                }
            }
            Entry::Stopped { reason } => {
                self.stopped = Some(reason.clone());
                self.nothing_is_worked_on();
            }
            Entry::Paused | Entry::VerificationStarted | Entry::Cancelled => self.nothing_is_worked_on(),
            Entry::RetryRequested { read_back, .. } => self.retry_requested(*read_back),
            Entry::ShareChanged { share, .. } => self.share = *share,
            Entry::DefaultEncryptionIntended { bucket, .. }
            | Entry::DefaultEncryptionSet { bucket }
            | Entry::MethodProved { bucket, .. }
            | Entry::CanaryPassed { bucket, .. }
            | Entry::ExceptionsFound { bucket, .. }
            | Entry::BucketVerified { bucket, .. }
            | Entry::ManifestIntended { bucket, .. }
            | Entry::JobIntended { bucket, .. }
            | Entry::JobCreated { bucket, .. }
            | Entry::JobEnded { bucket, .. }
            | Entry::SettingIntended { bucket, .. }
            | Entry::SettingChanged { bucket, .. }
            | Entry::SettingRefused { bucket, .. } => {
                if let Some(bucket) = self.bucket_mut(bucket) {
                    bucket.note(&recorded.entry);
                }
            }
            Entry::PauseRequested { by } => self.paused_by = Some(by.clone()),
            Entry::SettingRequested { .. }
            | Entry::Resumed { .. }
            | Entry::CancelRequested { .. }
            | Entry::Succeeded
            | Entry::SucceededWithExceptions => {}
        }
    }

    fn runner_started(&mut self, epoch: u64, caller: Option<&str>, at: UnixMillis) {
        self.epoch = epoch;
        self.started_at.get_or_insert(at);
        self.runner_started_at = Some(at);
        let new = caller.filter(|caller| !self.callers.iter().any(|known| known == caller));
        self.callers.extend(new.map(ToString::to_string));
        self.nothing_is_worked_on();
    }

    /// No batch is in flight, or none of a runner that is gone.
    fn nothing_is_worked_on(&mut self) {
        self.buckets
            .iter_mut()
            .for_each(|bucket| bucket.first_minutes.close());
    }

    fn retry_requested(&mut self, read_back: bool) {
        if read_back {
            self.fail_what_read_back_differently();
        }
        self.pass += 1;
        self.ended_at = None;
        self.retrying = Retrying::of(&self.failures);
        for (position, bucket) in (0u32..).zip(&mut self.buckets) {
            // What read back whole stays so; the others are read again when the retry is through.
            if self.retrying.in_bucket(position).len() > 0
                || bucket.verified.as_ref().is_some_and(|result| !result.is_whole())
            {
                bucket.verified = None;
            }
        }
    }

    /// Makes failures of the objects that reading back named: they are to be done again, and until then they are not under
    /// the key. Those that it only counted stay where they are; the next reading back names them.
    fn fail_what_read_back_differently(&mut self) {
        for (position, bucket) in (0u32..).zip(&mut self.buckets) {
            let result = bucket.verified.take_if(|result| !result.exceptions.is_empty());
            let named = result.into_iter().flat_map(|result| result.exceptions);
            // Of a version that was named without its line it is not known whether it is the one to convert: the next
            // reading back says so.
            for found in named.filter(|found| found.line.is_some() || found.version_id.is_none()) {
                let mut amount = Amount::default();
                amount.add(found.size);
                let method = found.line.map(|line| line.method);
                bucket.tally.fail_done(method, amount);
                self.sum.fail_done(method, amount);
                self.failures.add(position, found);
            }
        }
    }

    fn batch_done(&mut self, batch: BatchId, at: UnixMillis, tally: &Tally, failures: &[FailedObject]) {
        self.open.remove(&batch);
        let rows = tally.total().objects.0;
        // A batch counts once, however often a crash made it be reported.
        if !self
            .covered
            .entry(batch.shard_pass())
            .or_default()
            .cover(batch.first_row, rows)
        {
            return;
        }
        if batch.pass > 0 {
            self.retract(batch, rows);
        }
        for failure in failures {
            self.failures.add(batch.bucket, failure.clone());
        }
        if let Some(bucket) = self.buckets.get_mut(batch.bucket as usize) {
            bucket.tally.merge(tally);
            let converted = tally.converted.values().map(|amount| amount.objects.0).sum();
            bucket.first_minutes.note(at, converted);
            if converted > 0 {
                bucket.last_converted_at = Some(at);
            }
            self.sum.merge(tally);
        }
    }

    /// Takes the failures of a retry's batch out of the counts: the batch brings their new outcomes.
    fn retract(&mut self, batch: BatchId, rows: u64) {
        let mut amount = Amount::default();
        let again = self
            .retrying
            .take(batch.bucket, batch.first_row, rows, &mut self.failures);
        again.iter().for_each(|failed| amount.add(failed.size));
        if let Some(bucket) = self.buckets.get_mut(batch.bucket as usize) {
            bucket.tally.retract_failed(amount);
            self.sum.retract_failed(amount);
        }
    }

    fn bucket_mut(&mut self, name: &str) -> Option<&mut BucketProgress> {
        let position = self.names.iter().position(|candidate| candidate == name)?;
        self.buckets.get_mut(position)
    }

    /// Replaces a bucket's outcomes by what is known beyond the journal, to be shown; no entry does that.
    pub fn set_tally(&mut self, bucket: u32, tally: Tally) {
        if let Some(here) = self.buckets.get_mut(bucket as usize) {
            here.tally = tally;
        }
        self.sum = Tally::default();
        self.buckets.iter().for_each(|here| self.sum.merge(&here.tally));
    }

    /// Outcomes of all buckets.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.sum
    }

    /// Rows of a bucket that are done in a pass.
    #[must_use]
    pub fn rows_done(&self, bucket: u32, pass: u32) -> u64 {
        let from = ShardPass {
            bucket,
            pass,
            shard: 0,
        };
        let to = ShardPass {
            shard: u32::MAX,
            ..from
        };
        self.covered
            .range(from..=to)
            .map(|(_, coverage)| coverage.rows())
            .sum()
    }

    /// Failures of a bucket that the running retry works through.
    #[must_use]
    pub fn rows_to_retry(&self, bucket: u32) -> u64 {
        self.retrying.in_bucket(bucket).len() as u64
    }

    /// Failures that stand, counted by cause.
    #[must_use]
    pub fn failures_by_cause(&self) -> BTreeMap<FailureCause, u64> {
        let mut counts = BTreeMap::new();
        for (_, failure) in self.failures.iter() {
            *counts.entry(failure.cause).or_insert(0) += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests;
