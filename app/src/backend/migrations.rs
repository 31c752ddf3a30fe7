//! Models of the pages about migrations: the list, the draft, one migration.

use super::Trouble;
use model::alternatives::LineOffer;
use model::cost::LineText;
use model::encryption::KeyArn;
use model::inventory::Region;
use model::key_calls::CallsPerObject;
use model::method::LeftOut;
use model::migration::{
    FailedObject, FailureCause, LaterCounts, Live, Setting, State, Summary, VerifiedBucket,
};
use model::money::NanoUsd;
use model::plan::Plan;
use model::preflight::Reader;
pub use model::preflight::Severity;
use model::quantity::{Bytes, Objects, Ratio};
use model::scenario::FieldError;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Exceptions of a bucket's reading back that a migration's page lists; the rest is counted there and named in the report.
pub const EXCEPTIONS_LISTED: usize = 20;

/// A migration in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationRow {
    /// Id.
    pub id: String,
    /// Title.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Buckets.
    pub buckets: usize,
    /// Objects to convert.
    pub objects: Objects,
    /// Objects done.
    pub done: Objects,
    /// Objects failed.
    pub failed: Objects,
    /// When it was planned.
    pub created_at: UnixMillis,
}

/// A bucket that a plan could hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketChoice {
    /// Name.
    pub name: String,
    /// Region.
    pub region: Option<Region>,
    /// Objects.
    pub objects: Objects,
    /// Bytes.
    pub bytes: Bytes,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why it cannot be chosen; `None` when it can.
    pub obstacle: Option<String>,
}

/// A key that a plan could use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChoice {
    /// Full ARN.
    pub arn: String,
    /// Alias or description.
    pub title: String,
    /// Region.
    pub region: Region,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why it cannot be chosen.
    pub obstacle: Option<String>,
    /// Whether it is in a custom key store, whose quota holds the plan.
    #[serde(default)]
    pub in_key_store: bool,
}

/// One check before a migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Short name of its rule; empty for what the server knows by itself.
    pub rule: String,
    /// What it is about: the title of its rule, else what was looked at.
    pub title: String,
    /// The bucket that it is about; `None` where it is about the plan, or several buckets alike.
    pub bucket: Option<String>,
    /// What was looked at.
    pub looked_at: String,
    /// What was found.
    pub found: String,
    /// Why it matters; empty where the finding says so.
    pub why: String,
    /// How to mend it; empty when nothing is to mend.
    pub mend: String,
    /// Where that is written; empty for what the server knows by itself.
    pub source: String,
    /// How grave.
    pub severity: Severity,
}

/// What the new-migration form holds, in the URL of the page: `bucket=a&bucket=b&key=ARN&key=ARN&bk=1&method=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Chosen buckets.
    pub buckets: Vec<String>,
    /// Chosen keys, one for each Region.
    pub keys: Vec<String>,
    /// Whether objects use a bucket key; on unless switched off.
    pub bucket_key: bool,
    /// `automatic`, `copy-only` or `update-only`.
    pub method: String,
    /// What was chosen for single lines, each as `STANDARD/SSE-S3/current:copy`.
    pub lines: Vec<String>,
    /// Whether noncurrent versions are converted.
    pub noncurrent: bool,
    /// Whether objects already under SSE-KMS are put under the plan's key.
    pub rekey: bool,
    /// Share of headroom, in percent.
    pub share: String,
    /// KMS calls per object, an assumption.
    pub calls: String,
    /// Requests in flight.
    pub in_flight: String,
    /// `every`, or how many objects of each bucket are read back.
    pub verify: String,
    /// Title for several buckets; the bucket's own name for one.
    pub name: String,
    /// Canaries of each kind of object.
    pub canary: String,
    /// Whether the rest waits for a word after the canaries.
    pub canary_asks: bool,
    /// Writes a second to one prefix of S3.
    pub s3_writes: String,
    /// Which objects are looked at just before they are converted: `standard`, `each` or `fewest`.
    pub looks: String,
    /// Hours of the day (UTC) in which it may convert, as `22-6`; always when empty.
    pub hours: String,
    /// Days on which nothing is converted, as `2026-11-27, 2026-12-24..2027-01-02`; none when empty.
    pub freeze: String,
    /// ARNs of users and roles whose access is looked at, besides those that bucket policies name; separated by blanks or
    /// commas.
    pub readers: String,
    /// Whether all users and roles of the account are looked at.
    pub all_readers: bool,
    /// Whether the findings that need a word have it.
    pub noted: bool,
    /// `here`: this server makes the updates; `jobs`: S3 Batch Operations do.
    pub executor: String,
    /// ARN of the role that jobs work under.
    pub job_role: String,
    /// Where lists and reports of jobs go, as `s3://bucket/prefix`, one for each Region, separated by blanks or commas.
    pub job_place: String,
    /// `written`, `inventory` or `generated`: where the list of a job comes from.
    pub manifest: String,
}

/// The new-migration page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftPage {
    /// What was chosen.
    pub draft: Draft,
    /// Buckets to choose from.
    pub buckets: Vec<BucketChoice>,
    /// Keys to choose from, of the Regions of the chosen buckets.
    pub keys: Vec<KeyChoice>,
    /// Fields that are wrong or missing.
    pub errors: Vec<FieldError>,
    /// Kinds of objects of the chosen buckets, with what may be chosen for each and its cost.
    pub lines: Vec<LineOffer>,
    /// The plan, when the draft is whole.
    pub plan: Option<Plan>,
    /// What the conversion costs once, with its lines, when the draft is whole.
    pub cost: Option<PlanCost>,
    /// Checks, when the draft is whole.
    pub checks: Vec<Check>,
    /// Who reads today, and whether they could afterwards.
    pub readers: Vec<Reader>,
    /// What could not be looked at about readers.
    pub reader_gaps: Vec<String>,
    /// The same by command line: one line per step.
    pub commands: Vec<String>,
    /// What stays set, as Terraform.
    pub terraform: String,
    /// When it would end if it began now.
    pub ends_at: Option<UnixMillis>,
    /// Why nothing can be started here; for example without `--allow-changes`.
    pub not_allowed: Option<String>,
}

/// What a plan costs once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCost {
    /// Sum.
    pub total: NanoUsd,
    /// Lines.
    pub lines: Vec<LineText>,
    /// What is missing from the sum.
    pub missing: Vec<String>,
}

/// Objects that failed or read back differently, of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// Cause.
    pub cause: FailureCause,
    /// How many.
    pub count: u64,
    /// Examples, with their bucket.
    pub examples: Vec<(String, FailedObject)>,
}

/// A line of a migration's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Position in the journal.
    pub seq: u64,
    /// When.
    pub at: UnixMillis,
    /// What, in a sentence.
    pub text: String,
}

/// A bucket of a running migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRow {
    /// Name.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Rows of its inventory.
    pub rows: u64,
    /// Objects now under the key.
    pub done: Objects,
    /// Failed.
    pub failed: Objects,
    /// Deleted since the inventory.
    pub gone: Objects,
    /// Not touched.
    pub left_out: Objects,
    /// Default encryption before, in words, once it was read.
    pub previous_default: Option<String>,
    /// Whether the default encryption is set.
    pub default_set: bool,
    /// What showed that the method works here.
    pub proof: Option<String>,
    /// What the canaries showed.
    pub canary: Option<String>,
    /// Its job of S3 Batch Operations, in sentences.
    pub job: Option<String>,
    /// Settings that were changed after the run, with what showed it.
    pub settings: Vec<(Setting, String)>,
    /// A setting whose change was begun and not seen to its end.
    pub setting_open: Option<Setting>,
    /// A migration that was begun on the bucket after this one: the bucket's settings are that one's.
    pub settings_of: Option<String>,
    /// Result of reading back, with the first [`EXCEPTIONS_LISTED`] of its exceptions.
    pub verified: Option<VerifiedBucket>,
    /// What has come of it so far, in a sentence.
    pub sentence: String,
}

/// A migration's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationPage {
    /// The plan as it was confirmed.
    pub plan: Plan,
    /// What it shows now.
    pub live: Live,
    /// When the page was made.
    pub now: UnixMillis,
    /// What the plan costs once; before it is confirmed, as long as its inventories are there.
    pub cost: Option<PlanCost>,
    /// When it would end, begun now; before it is confirmed, where that can be told.
    pub ends_at: Option<UnixMillis>,
    /// Who confirmed, and when.
    pub confirmed: Option<(String, UnixMillis)>,
    /// When it began.
    pub started_at: Option<UnixMillis>,
    /// ARNs of the AWS credentials that it worked under.
    pub callers: Vec<String>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// Why it stopped by itself, or what it waits for.
    pub stopped: Option<String>,
    /// Share of headroom in force.
    pub share: Ratio,
    /// Buckets.
    pub buckets: Vec<BucketRow>,
    /// Left out, by reason.
    pub left_out: BTreeMap<LeftOut, Objects>,
    /// What failed or read back differently, by cause.
    pub failures: Vec<FailureGroup>,
    /// What read back differently beyond that, counted and not named.
    pub failures_not_named: u64,
    /// Its buckets in sources that were taken after it ended.
    pub later: Vec<LaterCounts>,
    /// KMS calls that the conversion of an object took, by key.
    pub kms_calls: Vec<CallsRow>,
    /// The last lines of the log, newest first.
    pub log: Vec<LogLine>,
    /// What may be done now.
    pub actions: Vec<Action>,
    /// Why nothing may be done here.
    pub not_allowed: Option<String>,
}

/// KMS calls for each object that a migration converts under a key, as CloudWatch counts them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsRow {
    /// The key.
    pub key: KeyArn,
    /// What was counted; `None` while CloudWatch does not tell.
    pub measured: Option<CallsPerObject>,
    /// Why it could not be asked.
    pub trouble: Option<Trouble>,
    /// Whether nothing more comes to what was counted.
    pub is_whole: bool,
    /// Calls that the plan takes an object to make.
    pub planned: Ratio,
    /// Share of the headroom at which the run keeps the budget that it was given; `None` where it does.
    pub share: Option<Ratio>,
}

impl CallsRow {
    /// Before anything is told of a key.
    #[must_use]
    pub const fn unknown(key: KeyArn) -> Self {
        Self {
            key,
            measured: None,
            trouble: None,
            is_whole: false,
            planned: Ratio::ZERO,
            share: None,
        }
    }
}

/// A bucket's default encryption before and after a migration, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// Bucket.
    pub bucket: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
    /// Whether it was seen to be in force.
    pub is_set: bool,
    /// Whether the one before was put back since.
    pub is_restored: bool,
}

/// A migration's report, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPage {
    /// The plan.
    pub plan: Plan,
    /// When it was stored.
    pub planned_at: UnixMillis,
    /// By whom.
    pub planned_by: String,
    /// What the journal amounts to.
    pub summary: Summary,
    /// Settings that were changed.
    pub settings: Vec<SettingRow>,
    /// Its buckets in sources that were taken after it ended.
    pub later: Vec<LaterCounts>,
    /// What happened, oldest first: every command, and other entries but batches.
    pub history: Vec<LogLine>,
    /// Entries that the history leaves away for their number.
    pub history_left_away: u64,
    /// Entries of the journal.
    pub entries: u64,
    /// Hash that the chain begins with, which binds the plan.
    pub opening_hash: String,
    /// Hash of the last entry.
    pub last_hash: String,
    /// When the report was made.
    pub made_at: UnixMillis,
    /// By which version.
    pub made_by: String,
}

/// What an operator may do with a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Confirm by typing the plan's name.
    Confirm,
    /// Pause.
    Pause,
    /// Go on.
    Resume,
    /// End it.
    Cancel,
    /// Try the failed objects again.
    Retry,
    /// Change the share of headroom.
    Share,
    /// Hold uploads to the key by the bucket policies.
    Enforce,
    /// Take the bucket policies back.
    Release,
    /// Put the default encryption back.
    RestoreDefault,
    /// Have the keys of a rehearsal deleted; the argument is the plan's name and the days, as `alpha 7`.
    DeleteKey,
    /// Keep them after all.
    KeepKey,
}
