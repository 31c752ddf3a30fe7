//! The fold: what a journal amounts to. The only way in which a migration has a state.

use super::coverage::Coverage;
use super::entry::{
    BatchId, Entry, FailedObject, FailureCause, Recorded, Setting, ShardPass, VerifiedBucket,
};
use super::pairs;
use super::state::{IllegalTransition, State, next};
use super::tally::{Amount, Tally};
use crate::encryption::DefaultEncryption;
use crate::jobs::JobProgress;
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
    /// Outcomes so far.
    pub tally: Tally,
    /// What was converted in the first minutes, to be held against the KMS calls that CloudWatch counts.
    #[serde(default)]
    pub first_minutes: FirstMinutes,
    /// Result of the last reading back; none while a retry may still change it.
    pub verified: Option<VerifiedBucket>,
    /// The last setting that was changed after the run, with what showed it.
    #[serde(default)]
    pub settings: BTreeMap<Setting, String>,
    /// Settings that were announced and not yet seen to be changed.
    #[serde(default)]
    pub settings_open: BTreeSet<Setting>,
}

impl BucketProgress {
    /// Takes in what concerns the canaries, the jobs and the settings after the run.
    fn note(&mut self, entry: &Entry) {
        match entry {
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
    /// Failures that stand, with the position of their bucket.
    pub failures: Vec<(u32, FailedObject)>,
    /// What the running retry works through: the failures as they stood when it was asked for.
    pub retrying: Vec<(u32, FailedObject)>,
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
            failures: Vec::new(),
            retrying: Vec::new(),
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
            Entry::DefaultEncryptionIntended { bucket, previous, .. } => {
                if let Some(bucket) = self.bucket_mut(bucket) {
                    // The first announcement holds: after a crash the setting read again may be our own.
                    bucket.previous_default.get_or_insert_with(|| previous.clone());
                }
            }
            Entry::DefaultEncryptionSet { bucket } => {
                if let Some(bucket) = self.bucket_mut(bucket) {
                    bucket.default_set = true;
                }
            }
            Entry::MethodProved {
                bucket,
                method,
                evidence,
            } => {
                if let Some(bucket) = self.bucket_mut(bucket) {
                    bucket.proofs.insert(*method, evidence.clone());
                }
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
            } => self.batch_done(*batch, recorded.at, tally, failures),
            Entry::BucketVerified { bucket, result } => {
                if let Some(bucket) = self.bucket_mut(bucket) {
                    bucket.verified = Some(result.clone());
                }
            }
            Entry::Stopped { reason } => {
                self.stopped = Some(reason.clone());
                self.nothing_is_worked_on();
            }
            Entry::Paused | Entry::VerificationStarted | Entry::Cancelled => self.nothing_is_worked_on(),
            Entry::RetryRequested { read_back, .. } => self.retry_requested(*read_back),
            Entry::ShareChanged { share, .. } => self.share = *share,
            Entry::CanaryPassed { bucket, .. }
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
        self.retrying = self.failures.clone();
        let retried: BTreeSet<u32> = self.retrying.iter().map(|(bucket, _)| *bucket).collect();
        for (position, bucket) in (0u32..).zip(&mut self.buckets) {
            // What read back whole stays so; the others are read again when the retry is through.
            if retried.contains(&position)
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
                self.failures.push((position, found));
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
        if let Some(bucket) = self.buckets.get_mut(batch.bucket as usize) {
            bucket.tally.merge(tally);
            let converted = tally.converted.values().map(|amount| amount.objects.0).sum();
            bucket.first_minutes.note(at, converted);
            self.sum.merge(tally);
        }
        self.failures
            .extend(failures.iter().map(|failure| (batch.bucket, failure.clone())));
    }

    /// Takes the failures of a retry's batch out of the counts: the batch brings their new outcomes.
    fn retract(&mut self, batch: BatchId, rows: u64) {
        let mut amount = Amount::default();
        let mut again = BTreeSet::new();
        for failed in self.retried(batch, rows) {
            amount.add(failed.size);
            again.insert((failed.key.clone(), failed.version_id.clone()));
        }
        self.failures.retain(|(bucket, standing)| {
            *bucket != batch.bucket || !again.contains(&(standing.key.clone(), standing.version_id.clone()))
        });
        if let Some(bucket) = self.buckets.get_mut(batch.bucket as usize) {
            bucket.tally.retract_failed(amount);
            self.sum.retract_failed(amount);
        }
    }

    /// The failures that a retry's batch works on.
    pub fn retried(&self, batch: BatchId, rows: u64) -> impl Iterator<Item = &FailedObject> {
        self.retrying
            .iter()
            .filter(move |(bucket, _)| *bucket == batch.bucket)
            .map(|(_, failed)| failed)
            .skip(usize::try_from(batch.first_row).unwrap_or(usize::MAX))
            .take(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    fn bucket_mut(&mut self, name: &str) -> Option<&mut BucketProgress> {
        let position = self.names.iter().position(|candidate| candidate == name)?;
        self.buckets.get_mut(position)
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
        self.retrying.iter().filter(|(of, _)| *of == bucket).count() as u64
    }

    /// Failures that stand, counted by cause.
    #[must_use]
    pub fn failures_by_cause(&self) -> BTreeMap<FailureCause, u64> {
        let mut counts = BTreeMap::new();
        for (_, failure) in &self.failures {
            *counts.entry(failure.cause).or_insert(0) += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{EncryptionStatus, Region, SnapshotId, StorageClass};
    use crate::method::LeftOut;
    use crate::migration::PlannedLine;
    use crate::plan::{MigrationId, PlanBucket, PlanSettings};
    use crate::quantity::{Bytes, Objects};

    fn plan() -> Plan {
        let key = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";
        Plan {
            id: MigrationId("m-1".to_string()),
            name: "alpha".to_string(),
            buckets: vec![PlanBucket {
                bucket: "alpha".to_string(),
                region: Region("eu-west-2".to_string()),
                snapshot: SnapshotId("s-1".to_string()),
                target: crate::encryption::TargetEncryption {
                    key: crate::encryption::KeyArn::parse(key).expect("an ARN"),
                    bucket_key: true,
                },
                rows: 10,
                lines: Vec::new(),
                left_out: Vec::new(),
            }],
            settings: PlanSettings::default(),
            rates: Vec::new(),
            noted: Vec::new(),
            jobs: None,
        }
    }

    fn failed(key: &str) -> FailedObject {
        FailedObject {
            key: key.to_string(),
            version_id: None,
            noncurrent: false,
            size: Bytes(100),
            cause: FailureCause::Refused,
            message: "no".to_string(),
            line: None,
        }
    }

    fn retry(read_back: bool) -> Entry {
        Entry::RetryRequested {
            by: "ada".to_string(),
            read_back,
        }
    }

    /// A batch of converted objects and failures.
    fn done(pass: u32, first_row: u64, converted: u64, failures: &[&str]) -> Entry {
        let mut tally = Tally::default();
        (0..converted).for_each(|_| {
            tally
                .converted
                .entry(Method::CopyObject)
                .or_default()
                .add(Bytes(100))
        });
        failures.iter().for_each(|_| tally.failed.add(Bytes(100)));
        let failures = failures.iter().map(|key| failed(key)).collect();
        Entry::BatchDone {
            batch: BatchId {
                bucket: 0,
                pass,
                shard: 0,
                first_row,
            },
            tally,
            failures,
        }
    }

    fn fold(entries: Vec<Entry>) -> Progress {
        let begin = [
            Entry::Confirmed {
                by: "ada".to_string(),
                typed: "alpha".to_string(),
                order: None,
            },
            Entry::RunnerStarted {
                epoch: 1,
                caller: None,
            },
        ];
        let journal: Vec<Recorded> = (1..)
            .zip(begin.into_iter().chain(entries))
            .map(|(seq, entry)| Recorded {
                seq,
                at: UnixMillis(0),
                entry,
            })
            .collect();
        Progress::fold(&plan(), &journal).expect("a legal journal")
    }

    #[test]
    fn a_batch_that_was_cut_short_leaves_its_other_rows_to_do() {
        let batch = BatchId {
            bucket: 0,
            pass: 0,
            shard: 0,
            first_row: 0,
        };
        let mut entries = vec![Entry::BatchIntended { batch, rows: 5 }, done(0, 0, 3, &[])];
        let progress = fold(entries.clone());
        assert!(progress.open.is_empty());
        assert_eq!(progress.rows_done(0, 0), 3);
        assert_eq!(progress.covered[&batch.shard_pass()].next_open(0), 3);
        entries.push(done(0, 3, 7, &[]));
        assert_eq!(fold(entries).rows_done(0, 0), 10);
    }

    #[test]
    fn a_batch_that_is_told_twice_counts_once() {
        let progress = fold(vec![done(0, 0, 2, &["a"]), done(0, 0, 2, &["a"])]);
        assert_eq!(
            (progress.tally().total().objects, progress.failures.len()),
            (Objects(3), 1)
        );
    }

    #[test]
    fn a_retry_takes_the_place_of_the_failures_it_worked_on() {
        let ended = [Entry::VerificationStarted, Entry::SucceededWithExceptions];
        let mut entries = vec![done(0, 0, 6, &["a", "b", "c", "d"])];
        entries.extend(ended.clone());
        entries.push(retry(true));
        let progress = fold(entries.clone());
        assert_eq!((progress.pass, progress.rows_to_retry(0)), (1, 4));
        entries.push(done(1, 0, 2, &["b"]));
        let progress = fold(entries.clone());
        let standing = |progress: &Progress| -> Vec<String> {
            progress
                .failures
                .iter()
                .map(|(_, failed)| failed.key.clone())
                .collect()
        };
        assert_eq!(standing(&progress), ["d", "b"]);
        assert_eq!(
            (progress.tally().total().objects, progress.tally().failed.objects),
            (Objects(10), Objects(2))
        );
        entries.push(done(1, 3, 1, &[]));
        entries.extend(ended);
        entries.push(retry(true));
        entries.push(done(2, 0, 1, &[]));
        let progress = fold(entries);
        assert_eq!(standing(&progress), [""; 0]);
        assert_eq!(progress.tally().done().objects, Objects(10));
    }

    /// Ten rows, of which one failed; of the nine others two read back differently and one was deleted.
    fn read_back() -> Vec<Entry> {
        let found = |key: &str, method| FailedObject {
            cause: FailureCause::NotAsAsked,
            line: Some(PlannedLine {
                method,
                storage_class: StorageClass::Standard,
                encryption_status: EncryptionStatus::SseS3,
            }),
            ..failed(key)
        };
        let result = VerifiedBucket {
            expected: 9,
            checked: 9,
            met: 6,
            gone: 1,
            exceptions: vec![
                found("c", Method::CopyObject),
                // By the tally it was found under the key.
                found("u", Method::UpdateObjectEncryption),
            ],
        };
        vec![
            done(0, 0, 9, &["a"]),
            Entry::VerificationStarted,
            Entry::BucketVerified {
                bucket: "alpha".to_string(),
                result,
            },
            Entry::SucceededWithExceptions,
        ]
    }

    #[test]
    fn what_read_back_differently_is_to_be_done_again_and_counts_once_on_the_way() {
        let mut entries = read_back();
        entries.push(retry(true));
        let progress = fold(entries.clone());
        let keys = |of: &[(u32, FailedObject)]| -> Vec<String> {
            of.iter().map(|(_, failed)| failed.key.clone()).collect()
        };
        assert_eq!(keys(&progress.retrying), ["a", "c", "u"]);
        assert_eq!(progress.rows_to_retry(0), 3);
        assert_eq!(progress.buckets[0].verified, None, "it is read back anew");
        let counts = |progress: &Progress| {
            let tally = progress.tally();
            assert_eq!(*tally, progress.buckets[0].tally);
            (
                tally.done().objects.0,
                tally.failed.objects.0,
                tally.total().objects.0,
            )
        };
        assert_eq!(counts(&progress), (7, 3, 10));
        assert_eq!(progress.tally().done().bytes, Bytes(700));
        // Two of them come right, one does not.
        entries.push(done(1, 0, 2, &["u"]));
        let progress = fold(entries);
        assert_eq!(counts(&progress), (9, 1, 10));
        assert_eq!(keys(&progress.failures), ["u"]);
    }

    #[test]
    fn a_retry_from_before_reading_back_could_be_tried_again_folds_as_it_did() {
        let mut entries = read_back();
        entries.push(retry(false));
        let progress = fold(entries);
        assert_eq!(progress.rows_to_retry(0), 1);
        assert_eq!(progress.tally().done().objects, Objects(9));
        let text = serde_json::to_string(&retry(false)).expect("JSON");
        assert_eq!(
            text, r#"{"entry":"retry-requested","by":"ada"}"#,
            "its hash is what it was"
        );
        assert_eq!(
            serde_json::from_str::<Entry>(&text).expect("the same"),
            retry(false)
        );
    }

    #[test]
    fn a_fold_goes_over_the_wire() {
        let mut tally = Tally::default();
        tally.left_out.entry(LeftOut::Locked).or_default().add(Bytes(1));
        let batch = BatchId {
            bucket: 0,
            pass: 0,
            shard: 1,
            first_row: 0,
        };
        let progress = fold(vec![
            done(0, 0, 2, &["a"]),
            Entry::BatchDone {
                batch: BatchId { shard: 2, ..batch },
                tally,
                failures: Vec::new(),
            },
            Entry::BatchIntended { batch, rows: 3 },
            Entry::MethodProved {
                bucket: "alpha".to_string(),
                method: Method::CopyObject,
                evidence: "seen".to_string(),
            },
        ]);
        let text = serde_json::to_string(&progress).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Progress>(&text).expect("the same"),
            progress
        );
    }
}
