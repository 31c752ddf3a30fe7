//! S3 Batch Operations as the executor of a plan: what is handed to a job, where its manifest comes from, and what it
//! tells of itself. Plans hold [`JobSettings`], `engine` runs them, `cloud` speaks to AWS. Facts: Amazon S3 Control API
//! (botocore model of 2018-08-20, seen 2026-11-17), S3 User Guide, `batch-ops` (2026-04).
//!
//! Copies are never handed to a job: the copy of a job knows no condition on the entity tag, so that it could overtake a
//! writer, and it takes nothing above 5 GiB.

mod source;

pub use source::ManifestSource;

use crate::inventory::Region;
use crate::method::Method;
use crate::plan::PlanBucket;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where manifests and completion reports of a Region's jobs lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPlace {
    /// Region of the bucket, and of the jobs that use it.
    pub region: Region,
    /// Bucket.
    pub bucket: String,
    /// Prefix, without a `/` at its end; empty for none.
    pub prefix: String,
}

impl JobPlace {
    /// Reads `s3://bucket/prefix`; the Region is told by the account.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str, region: Region) -> Result<Self, String> {
        let rest = text.trim().strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(format!("`{text}` is not a place of the form s3://bucket/prefix"));
        }
        Ok(Self {
            region,
            bucket: bucket.to_string(),
            prefix: prefix.trim_matches('/').to_string(),
        })
    }

    /// The key of something that lies there.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_string()
        } else {
            format!("{}/{name}", self.prefix)
        }
    }
}

impl fmt::Display for JobPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// How the jobs of a plan are run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSettings {
    /// ARN of the role that S3 works under.
    pub role: String,
    /// One place for each Region of the plan.
    pub places: Vec<JobPlace>,
    /// Where the lists come from.
    pub manifest: ManifestSource,
    /// Where the inventories lie in S3, if they are the lists.
    #[serde(default)]
    pub inventories: Vec<InventoryPlace>,
}

/// Where S3 delivered the inventory of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryPlace {
    /// Bucket that it lists.
    pub bucket: String,
    /// Bucket that holds it.
    pub holder: String,
    /// Key of its `manifest.json`.
    pub key: String,
}

impl JobSettings {
    /// The place of a Region.
    #[must_use]
    pub fn place(&self, region: &Region) -> Option<&JobPlace> {
        self.places.iter().find(|place| place.region == *region)
    }
}

/// A list of objects as a job is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "manifest", rename_all = "kebab-case")]
pub enum Manifest {
    /// A CSV of bucket, key and, in a versioned list, version.
    Written {
        /// Bucket that holds it.
        bucket: String,
        /// Its key.
        key: String,
        /// Its entity tag, without quotes.
        e_tag: String,
        /// Whether rows name versions.
        versions: bool,
        /// How many objects it lists.
        objects: u64,
    },
    /// The `manifest.json` of a CSV inventory.
    Inventory {
        /// Bucket that holds it.
        bucket: String,
        /// Its key.
        key: String,
        /// Its entity tag, without quotes.
        e_tag: String,
    },
    /// S3 makes it, of objects under SSE-S3, and keeps it at the place of the job.
    Generated,
}

/// Where a job stands, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobStatus {
    /// Made.
    New,
    /// Its manifest is read.
    Preparing,
    /// Waits for a confirmation; Rekey asks for none, since the plan was confirmed.
    Suspended,
    /// Waits for its turn.
    Ready,
    /// Works.
    Active,
    /// About to pause: S3's own doing, there is no request for it.
    Pausing,
    /// Paused.
    Paused,
    /// Writes its report.
    Completing,
    /// Every task was tried.
    Complete,
    /// About to be cancelled.
    Cancelling,
    /// Cancelled.
    Cancelled,
    /// About to fail.
    Failing,
    /// Ended before every task was tried.
    Failed,
}

impl JobStatus {
    /// Every status.
    pub const ALL: [Self; 13] = [
        Self::New,
        Self::Preparing,
        Self::Suspended,
        Self::Ready,
        Self::Active,
        Self::Pausing,
        Self::Paused,
        Self::Completing,
        Self::Complete,
        Self::Cancelling,
        Self::Cancelled,
        Self::Failing,
        Self::Failed,
    ];

    /// As AWS writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Preparing => "Preparing",
            Self::Suspended => "Suspended",
            Self::Ready => "Ready",
            Self::Active => "Active",
            Self::Pausing => "Pausing",
            Self::Paused => "Paused",
            Self::Completing => "Completing",
            Self::Complete => "Complete",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
            Self::Failing => "Failing",
            Self::Failed => "Failed",
        }
    }

    /// Reads AWS's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing more happens.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Complete | Self::Cancelled | Self::Failed)
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    /// Its last status.
    pub status: JobStatus,
    /// Tasks of its manifest.
    pub total: u64,
    /// Of these, those that succeeded.
    pub succeeded: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// Why it ended, where S3 says so.
    pub reasons: Vec<String>,
}

/// A job of a bucket, as the journal tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobProgress {
    /// How many jobs this bucket has had, with this one.
    pub number: u32,
    /// What makes a second request for the job the same as the first; none before the job is announced.
    pub token: Option<String>,
    /// Its list, once it is known.
    pub manifest: Option<Manifest>,
    /// Its id, once S3 has answered.
    pub id: Option<String>,
    /// How it ended.
    pub result: Option<JobResult>,
}

impl JobProgress {
    /// A job of which nothing is known yet but that it is to be.
    #[must_use]
    pub const fn announced(number: u32) -> Self {
        Self {
            number,
            token: None,
            manifest: None,
            id: None,
            result: None,
        }
    }

    /// Whether S3 may be working on it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.token.is_some() && self.result.is_none()
    }

    /// Whether every task was tried, so that its report says what became of each object.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.result
            .as_ref()
            .is_some_and(|result| result.status == JobStatus::Complete)
    }
}

/// Whether a bucket has objects for a job.
#[must_use]
pub fn has_work(bucket: &PlanBucket) -> bool {
    bucket
        .lines
        .iter()
        .any(|line| line.method == Method::UpdateObjectEncryption && !line.objects.is_zero())
}
