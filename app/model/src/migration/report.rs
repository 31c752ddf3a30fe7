//! What a migration amounts to, as its report states it: counts by bucket, settings that changed, every exception, and
//! the verdict. Made of plan and journal by the server for the report, and again by `rekey verify-report` from the
//! entries that the report holds. Who asked for what is in the entries themselves; nothing here is hashed.

use super::entry::{Entry, FailedObject, FailureCause, Recorded, Setting, VerifiedBucket};
use super::progress::{BucketProgress, Progress};
use super::state::{IllegalTransition, State};
use super::tally::Tally;
use crate::encryption::DefaultEncryption;
use crate::format::{counted, grouped};
use crate::inventory::{Region, SnapshotId};
use crate::method::Method;
use crate::plan::{Plan, PlanBucket};
use crate::quantity::{Bytes, Objects};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The confirmation of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub by: String,
    /// When.
    pub at: UnixMillis,
    /// What was typed.
    pub typed: String,
}

/// A bucket's default encryption, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Before; `None` where it was never configured.
    pub previous: Option<DefaultEncryption>,
    /// After.
    pub wanted: DefaultEncryption,
    /// Whether it was seen to be in force.
    pub is_set: bool,
}

/// What reading a bucket back gave, in counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    /// Objects that should be under the key.
    pub expected: u64,
    /// Objects that were read.
    pub checked: u64,
    /// Of these, under the key.
    pub met: u64,
    /// Deleted since they were converted.
    pub gone: u64,
    /// Neither.
    pub exceptions: u64,
}

impl ReadBack {
    /// Whether no sample was read but every object.
    const fn is_of_all(&self) -> bool {
        self.checked >= self.expected
    }
}

impl From<&VerifiedBucket> for ReadBack {
    fn from(result: &VerifiedBucket) -> Self {
        Self {
            expected: result.expected,
            checked: result.checked,
            met: result.met,
            gone: result.gone,
            exceptions: result.checked.saturating_sub(result.met + result.gone),
        }
    }
}

/// One bucket in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketSummary {
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: Region,
    /// Inventory that the plan was made of.
    pub snapshot: SnapshotId,
    /// ARN of its key.
    pub key: String,
    /// Whether objects use an S3 Bucket Key.
    pub bucket_key: bool,
    /// Rows of the inventory: objects, versions and delete markers.
    pub rows: u64,
    /// Objects that the plan converts.
    pub planned: Objects,
    /// Outcomes of its rows.
    pub tally: Tally,
    /// Default encryption, once its replacement was announced.
    pub default_encryption: Option<SettingChange>,
    /// What showed that a method works here.
    pub proofs: BTreeMap<Method, String>,
    /// What the canaries showed.
    pub canary: Option<String>,
    /// Settings that were changed after the run and hold, with what showed it.
    pub settings: BTreeMap<Setting, String>,
    /// Result of reading back.
    pub read_back: Option<ReadBack>,
    /// Objects that S3 reports its last job of S3 Batch Operations to have updated.
    #[serde(default)]
    pub by_job: u64,
    /// Whether such a job was made whose report is not read yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub job_open: bool,
    /// All of it in a sentence.
    pub sentence: String,
}

impl BucketSummary {
    /// Objects of the plan that were not tried, because the run was cancelled or has not ended; as the verdict counts them.
    /// Those that S3 reports its job to have updated are none of them, though nobody looked at them here.
    #[must_use]
    pub fn not_tried(&self) -> u64 {
        let left = Counts::of(self.planned.0, &self.tally, self.read_back).left;
        left.saturating_sub(self.by_job)
    }

    /// Objects that were not looked at here, and that S3 reports its job to have updated.
    #[must_use]
    pub fn by_job_alone(&self) -> u64 {
        let left = Counts::of(self.planned.0, &self.tally, self.read_back).left;
        left.min(self.by_job)
    }

    /// Rows of the inventory that it did not come to, those that the plan leaves out among them.
    #[must_use]
    pub fn rows_not_reached(&self) -> u64 {
        self.rows.saturating_sub(self.tally.total().objects.0)
    }
}

/// When an exception was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundIn {
    /// It could not be converted.
    Conversion,
    /// It reads back as something else.
    ReadingBack,
}

impl FoundIn {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Conversion => "conversion",
            Self::ReadingBack => "reading back",
        }
    }
}

/// An object that is not as the plan wanted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version, where the inventory names one.
    pub version_id: Option<String>,
    /// Size by the inventory.
    pub size: Bytes,
    /// When it was found.
    pub found_in: FoundIn,
    /// Why.
    pub cause: FailureCause,
    /// What the server said.
    pub message: String,
}

impl Exception {
    fn new(bucket: &str, found_in: FoundIn, object: &FailedObject) -> Self {
        Self {
            bucket: bucket.to_string(),
            key: object.key.clone(),
            version_id: object.version_id.clone(),
            size: object.size,
            found_in,
            cause: object.cause,
            message: object.message.clone(),
        }
    }
}

/// A migration in the end, or as far as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Where it stands.
    pub state: State,
    /// The result in a sentence.
    pub verdict: String,
    /// Who confirmed the plan.
    pub confirmed: Option<Confirmation>,
    /// When a runner first took it up.
    pub started_at: Option<UnixMillis>,
    /// ARNs of the AWS credentials that runners worked under, each once; none where the journal does not tell.
    pub callers: Vec<String>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// Rows of all inventories.
    pub rows: u64,
    /// Objects that the plan converts.
    pub planned: Objects,
    /// Outcomes of all rows.
    pub tally: Tally,
    /// Buckets in the order of the plan.
    pub buckets: Vec<BucketSummary>,
    /// Objects that are not as the plan wanted them; all of them that the journal names.
    pub exceptions: Vec<Exception>,
    /// Exceptions that were counted in reading back beyond the number that is named there.
    pub exceptions_not_named: u64,
}

/// The journal taken in entry by entry, so that its length needs no memory.
#[derive(Debug)]
pub struct SummaryFold {
    plan: Plan,
    progress: Progress,
    typed: String,
    wanted: BTreeMap<String, DefaultEncryption>,
}

impl SummaryFold {
    /// Before anything happened.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            progress: Progress::new(plan),
            typed: String::new(),
            wanted: BTreeMap::new(),
        }
    }

    /// Takes one more entry in.
    ///
    /// # Errors
    /// When it may not follow the ones before it.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), IllegalTransition> {
        self.progress.apply(recorded)?;
        match &recorded.entry {
            Entry::Confirmed { typed, .. } => self.typed.clone_from(typed),
            Entry::DefaultEncryptionIntended { bucket, wanted, .. } => {
                self.wanted.insert(bucket.clone(), wanted.clone());
            }
            // What else an entry changes is the fold's matter.
            _ => {}
        }
        Ok(())
    }

    /// What it amounts to.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let progress = &self.progress;
        let pairs = || self.plan.buckets.iter().zip(&progress.buckets);
        let buckets: Vec<BucketSummary> = pairs()
            .map(|(planned, here)| self.bucket(planned, here))
            .collect();
        let (exceptions, exceptions_not_named) = self.exceptions();
        let confirmed = progress.confirmed.clone();
        Summary {
            state: progress.state,
            verdict: verdict(progress.state, &buckets, progress.tally()),
            confirmed: confirmed.map(|(by, at)| Confirmation {
                by,
                at,
                typed: self.typed.clone(),
            }),
            started_at: progress.started_at,
            callers: progress.callers.clone(),
            ended_at: progress.ended_at,
            rows: self.plan.rows(),
            planned: self.plan.objects(),
            tally: progress.tally().clone(),
            buckets,
            exceptions,
            exceptions_not_named,
        }
    }

    fn bucket(&self, planned: &PlanBucket, here: &BucketProgress) -> BucketSummary {
        let key = planned.target.key.as_str();
        let wanted = self.wanted.get(&planned.bucket).cloned();
        BucketSummary {
            bucket: planned.bucket.clone(),
            region: planned.region.clone(),
            snapshot: planned.snapshot.clone(),
            key: key.to_string(),
            bucket_key: planned.target.bucket_key,
            rows: planned.rows,
            planned: planned.objects(),
            default_encryption: wanted.map(|wanted| SettingChange {
                previous: here.previous_default.clone().flatten(),
                wanted,
                is_set: here.default_set,
            }),
            proofs: here.proofs.clone(),
            canary: here.canary.clone(),
            settings: here.settings.clone(),
            read_back: here.verified.as_ref().map(ReadBack::from),
            sentence: sentence(planned, here),
            by_job: by_job(here),
            job_open: job_open(here),
            tally: here.tally.clone(),
        }
    }

    /// Failures that stand, then what reading back found; and how many of the latter are counted only.
    fn exceptions(&self) -> (Vec<Exception>, u64) {
        let name = |position: u32| {
            let bucket = self.plan.buckets.get(position as usize);
            bucket.map_or("", |bucket| bucket.bucket.as_str())
        };
        let failures = self.progress.failures.iter();
        // What a retry has not come to yet was found in reading back.
        let found_in = |object: &FailedObject| match object.line {
            Some(_) => FoundIn::ReadingBack,
            None => FoundIn::Conversion,
        };
        let mut exceptions: Vec<Exception> = failures
            .map(|(position, object)| Exception::new(name(*position), found_in(object), object))
            .collect();
        let mut not_named = 0;
        for (planned, here) in self.plan.buckets.iter().zip(&self.progress.buckets) {
            let Some(result) = &here.verified else { continue };
            let found = result.exceptions.iter();
            exceptions
                .extend(found.map(|object| Exception::new(&planned.bucket, FoundIn::ReadingBack, object)));
            not_named += result.not_named();
        }
        (exceptions, not_named)
    }
}

/// Objects that are deleted: where all were read back, those that were not there; one that the run had missed may be there
/// again.
fn gone(tally: &Tally, read: Option<ReadBack>) -> u64 {
    let missed = tally.gone.objects.0;
    match read {
        Some(read) if read.is_of_all() => {
            (tally.done().objects.0 + missed).saturating_sub(read.met + read.exceptions)
        }
        // A sample may hold what the run had missed, too.
        Some(read) => missed.max(read.gone),
        None => missed,
    }
}

/// A bucket's result in numbers. Of what the plan converts, each object is under the key, gone, an exception, or was never
/// tried.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Under the key, by what was read back where that was all, else by what was converted.
    met: u64,
    /// Of the plan's objects, those that are still there.
    of: u64,
    /// Not tried, because the run was cancelled or has not ended.
    left: u64,
    /// Of those that were not tried: those of buckets with a job that S3 reports to have updated some.
    told: u64,
    /// How many it reports to have updated there.
    by_job: u64,
    /// Of those that were not tried: those of buckets with a job whose report is not read yet.
    with_job: u64,
    read_back: u64,
    to_read_back: u64,
}

impl Counts {
    fn of(planned: u64, tally: &Tally, read: Option<ReadBack>) -> Self {
        let (done, failed) = (tally.done().objects.0, tally.failed.objects.0);
        let (gone, not_as_asked) = (gone(tally, read), read.map_or(0, |read| read.exceptions));
        let met = match read.filter(ReadBack::is_of_all) {
            Some(read) => read.met,
            None => (done + tally.gone.objects.0).saturating_sub(gone + not_as_asked),
        };
        let of = planned.saturating_sub(gone);
        let left = of.saturating_sub(met + failed + not_as_asked);
        Self {
            met,
            of,
            left,
            told: 0,
            by_job: 0,
            with_job: 0,
            read_back: read.map_or(0, |read| read.checked),
            to_read_back: done,
        }
    }

    /// With what a job of S3 did, where some were not tried here.
    fn with_job(self, by_job: u64, job_open: bool) -> Self {
        Self {
            told: if by_job > 0 { self.left } else { 0 },
            by_job: if self.left > 0 { by_job } else { 0 },
            with_job: if job_open && by_job == 0 { self.left } else { 0 },
            ..self
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            met: self.met + other.met,
            of: self.of + other.of,
            left: self.left + other.left,
            told: self.told + other.told,
            by_job: self.by_job + other.by_job,
            with_job: self.with_job + other.with_job,
            read_back: self.read_back + other.read_back,
            to_read_back: self.to_read_back + other.to_read_back,
        }
    }

    /// What the numbers rest on.
    fn proof(self) -> String {
        match (self.read_back, self.to_read_back) {
            (_, 0) => String::new(),
            (0, _) => "; none of them read back".to_string(),
            (read, of) if read >= of => ", each read back".to_string(),
            (read, of) => format!("; {} of {} read back", grouped(read), grouped(of)),
        }
    }

    /// What was not tried; where a job of S3 worked, S3's word is all that is known of these.
    fn not_tried(self) -> String {
        let with_job = match self.with_job {
            0 => String::new(),
            left => format!(
                "; {} with a job of S3 whose report is not read yet",
                grouped(left)
            ),
        };
        let told = match self.told {
            0 => String::new(),
            left => format!(
                "; {} not looked at here, while S3 reports {} updated by its job",
                grouped(left),
                counted(self.by_job, "object")
            ),
        };
        let others = match self.left - self.with_job - self.told {
            0 => String::new(),
            left => format!("; {} not tried", grouped(left)),
        };
        [with_job, told, others].concat()
    }
}

/// Objects that the last job of a bucket updated, by S3's count.
fn by_job(here: &BucketProgress) -> u64 {
    let result = here.job.as_ref().and_then(|job| job.result.as_ref());
    result.map_or(0, |result| result.succeeded)
}

/// Whether S3 was asked for a job of a bucket, and what it did is not known.
fn job_open(here: &BucketProgress) -> bool {
    let job = here.job.as_ref();
    job.is_some_and(|job| job.token.is_some() && job.result.is_none())
}

/// A bucket's result: `10,000 of 10,000 objects now under key …, each read back.`, of those that the plan converts.
#[must_use]
pub fn sentence(planned: &PlanBucket, here: &BucketProgress) -> String {
    sentence_with(planned, here, by_job(here))
}

/// The same where the tally holds already what S3 reports its job to have updated.
#[must_use]
pub fn sentence_as_counted(planned: &PlanBucket, here: &BucketProgress) -> String {
    sentence_with(planned, here, 0)
}

fn sentence_with(planned: &PlanBucket, here: &BucketProgress, by_job: u64) -> String {
    let (tally, read) = (&here.tally, here.verified.as_ref().map(ReadBack::from));
    let key = planned.target.key.as_str();
    let counts = Counts::of(planned.objects().0, tally, read).with_job(by_job, job_open(here));
    let mut text = format!(
        "{} of {} now under key {key}{}{}",
        grouped(counts.met),
        counted(counts.of, "object"),
        counts.proof(),
        counts.not_tried()
    );
    if !tally.failed.objects.is_zero() {
        text.push_str(&format!("; {} failed", grouped(tally.failed.objects.0)));
    }
    if let Some(found) = read.map(|read| read.exceptions).filter(|found| *found > 0) {
        text.push_str(&format!("; {} read back as something else", grouped(found)));
    }
    let gone = gone(tally, read);
    if gone > 0 {
        text.push_str(&format!("; {} deleted since the inventory", grouped(gone)));
    }
    let left_out = tally.untouched().objects.0;
    if left_out > 0 {
        let so_far = if tally.total().objects.0 < planned.rows {
            " so far"
        } else {
            ""
        };
        text.push_str(&format!("; {} left out by the plan{so_far}", grouped(left_out)));
    }
    text.push('.');
    text
}

/// The result of all buckets.
fn verdict(state: State, buckets: &[BucketSummary], tally: &Tally) -> String {
    let counts = buckets.iter().fold(Counts::default(), |sum, bucket| {
        let counts = Counts::of(bucket.planned.0, &bucket.tally, bucket.read_back);
        sum.and(counts.with_job(bucket.by_job, bucket.job_open))
    });
    let not_as_asked: u64 = buckets
        .iter()
        .map(|bucket| bucket.read_back.map_or(0, |read| read.exceptions))
        .sum();
    let mut keys: Vec<&str> = buckets.iter().map(|bucket| bucket.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let under = match keys.as_slice() {
        [key] => format!("key {key}"),
        keys => format!("their {} keys", keys.len()),
    };
    let text = format!(
        "{} of {} now under {under}{}{}",
        grouped(counts.met),
        counted(counts.of, "object"),
        counts.proof(),
        counts.not_tried()
    );
    let exceptions = tally.failed.objects.0 + not_as_asked;
    let with = if exceptions > 0 {
        format!("; with {}", counted(exceptions, "exception"))
    } else {
        String::new()
    };
    match state {
        State::Succeeded | State::SucceededWithExceptions => format!("{text}{with}."),
        State::Cancelled => format!("Cancelled: {text}{with}. What was converted stays converted."),
        State::Planned => "Not confirmed: nothing was converted.".to_string(),
        state => format!("Not ended ({state}): {text}{with}."),
    }
}

#[cfg(test)]
mod tests;
