//! Entries of a migration's journal. An entry that announces an effect is durable before the effect begins; keys of
//! objects appear only in failures, in exceptions of reading back, and in what proved a method.

use super::tally::Tally;
use crate::encryption::DefaultEncryption;
use crate::inventory::{EncryptionStatus, StorageClass};
use crate::jobs::{JobResult, Manifest};
use crate::method::Method;
use crate::quantity::{Bytes, Ratio};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Names one batch: rows of one shard of one bucket's inventory, or a retry of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BatchId {
    /// Position of the bucket in the plan.
    pub bucket: u32,
    /// Retry that it belongs to: zero is the first pass, `n` the n-th retry of what had failed.
    pub pass: u32,
    /// Shard of the inventory; zero in a retry.
    pub shard: u32,
    /// First row in the shard, or first failure of a retry.
    pub first_row: u64,
}

/// Names a row of work that batches follow each other in: a shard in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShardPass {
    /// Position of the bucket in the plan.
    pub bucket: u32,
    /// As in [`BatchId::pass`].
    pub pass: u32,
    /// As in [`BatchId::shard`].
    pub shard: u32,
}

impl BatchId {
    /// The shard and pass that it is a part of.
    #[must_use]
    pub const fn shard_pass(self) -> ShardPass {
        ShardPass {
            bucket: self.bucket,
            pass: self.pass,
            shard: self.shard,
        }
    }
}

/// Why an object could not be converted, by meaning: what triage groups by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureCause {
    /// S3 or KMS refused the caller.
    AccessDenied,
    /// The key is disabled, pending deletion, or not found.
    KeyUnusable,
    /// Object Lock holds the object.
    ObjectLocked,
    /// The object is archived.
    NeedsRestore,
    /// Another writer changed it each time it was tried, or since the inventory was taken.
    ChangedMeanwhile,
    /// S3 refuses the request for what it asks.
    Refused,
    /// Throttled, and the retries ran out.
    Throttled,
    /// A passing fault, and the retries ran out.
    Transient,
    /// It reads back in another state than was asked for.
    NotAsAsked,
}

impl FailureCause {
    /// In words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::AccessDenied => "Access denied",
            Self::KeyUnusable => "Key unusable",
            Self::ObjectLocked => "Object Lock",
            Self::NeedsRestore => "Archived",
            Self::ChangedMeanwhile => "Changed by another writer",
            Self::Refused => "Refused by S3",
            Self::Throttled => "Throttled",
            Self::Transient => "Passing fault",
            Self::NotAsAsked => "Reads back differently",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::AccessDenied => {
                "Allow the operation that the message names to the runner, and kms:Encrypt, kms:Decrypt, kms:GenerateDataKey and kms:ReEncrypt* on the key; look for a Deny in the bucket policy. The settings page has the whole policy."
            }
            Self::KeyUnusable => "Enable the key or cancel its deletion.",
            Self::ObjectLocked => "Lift the legal hold or governance retention, or wait for its end.",
            Self::NeedsRestore => "Restore the objects.",
            Self::ChangedMeanwhile => {
                "Read the message of an example: what is in heavy use is retried at a quieter time, what became something else needs a plan of a newer inventory."
            }
            Self::Refused => "Read the message of an example; S3 names what it refuses.",
            Self::Throttled => "Lower the share of headroom.",
            Self::Transient => "If it persists, look at the AWS health dashboard.",
            Self::NotAsAsked => {
                "Find out who changes them: look at one with head-object. A retry looks at each, and converts what is there now."
            }
        }
    }
}

/// The line of a plan that an object belongs to, as its inventory lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedLine {
    /// Method by which the plan converts it.
    pub method: Method,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Encryption.
    pub encryption_status: EncryptionStatus,
}

/// An object that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedObject {
    /// Key.
    pub key: String,
    /// Version, where the inventory names one.
    pub version_id: Option<String>,
    /// Whether the inventory lists it as a noncurrent version, which a later try decides by; said only where it does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub noncurrent: bool,
    /// Size by the inventory.
    pub size: Bytes,
    /// Why.
    pub cause: FailureCause,
    /// What the server said.
    pub message: String,
    /// The line by which a retry goes; known of what was read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<PlannedLine>,
}

/// Result of reading a bucket back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedBucket {
    /// Objects that should be under the key.
    pub expected: u64,
    /// Objects that were read.
    pub checked: u64,
    /// Of these, under the key.
    pub met: u64,
    /// Deleted since they were converted.
    pub gone: u64,
    /// Those that are not: in a journal the last of them, after those that [`Entry::ExceptionsFound`] named; in the fold
    /// all of them. Journals of before name at most a thousand.
    pub exceptions: Vec<FailedObject>,
}

impl VerifiedBucket {
    /// Exceptions beyond those that it names.
    #[must_use]
    pub const fn not_named(&self) -> u64 {
        let named = self.exceptions.len() as u64;
        self.checked.saturating_sub(self.met + self.gone + named)
    }

    /// Whether every object that was read is under the key, or gone.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.met + self.gone == self.checked
    }
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })?,)*) => {
        /// What happened, or is about to.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "entry", rename_all = "kebab-case")]
        pub enum Entry {
            $($(#[$doc])* $name $({ $($(#[$field_doc])* $field: $type,)* })?,)*
        }

        /// The kinds of [`Entry`], by which transitions are decided.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EntryKind {
            $($(#[$doc])* $name,)*
        }

        impl EntryKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name, as the journal's table shows it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Its name in words: the same, with blanks.
            #[must_use]
            pub fn title(self) -> String {
                let mut title = String::new();
                for letter in self.name().chars() {
                    if letter.is_uppercase() && !title.is_empty() {
                        title.push(' ');
                        title.extend(letter.to_lowercase());
                    } else {
                        title.push(letter);
                    }
                }
                title
            }

            /// Reads [`EntryKind::name`].
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }

        impl Entry {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> EntryKind {
                match self { $(Self::$name { .. } => EntryKind::$name,)* }
            }
        }
    };
}

entries! {
    /// A person confirmed the plan by typing its name.
    Confirmed {
        /// Who.
        by: String,
        /// What was typed.
        typed: String,
        /// Its place among the confirmations on this server, from 1: of two migrations of a bucket the later one has its
        /// settings, whatever the clock said. None in journals of before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<u64>,
    },
    /// A runner took the migration up.
    RunnerStarted {
        /// Grows by one with each runner.
        epoch: u64,
        /// ARN of the AWS credentials that it works under; none where AWS did not tell, and in journals of before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<String>,
    },
    /// The bucket's default encryption is about to be replaced.
    DefaultEncryptionIntended {
        /// Bucket.
        bucket: String,
        /// Setting before, to go back to.
        previous: Option<DefaultEncryption>,
        /// Setting after.
        wanted: DefaultEncryption,
    },
    /// It was replaced and read back.
    DefaultEncryptionSet {
        /// Bucket.
        bucket: String,
    },
    /// A method was seen to work here before more than one object was touched by it.
    MethodProved {
        /// Bucket.
        bucket: String,
        /// Method.
        method: Method,
        /// What was read back, beginning with the object's key.
        evidence: String,
    },
    /// The canaries of a bucket were converted, read back and compared in full.
    CanaryPassed {
        /// Bucket.
        bucket: String,
        /// How many.
        objects: u64,
        /// What was compared.
        evidence: String,
    },
    /// The list of objects of a job of S3 Batch Operations is about to be written.
    ManifestIntended {
        /// Bucket whose objects it lists.
        bucket: String,
        /// Number of the job among the bucket's.
        number: u32,
        /// Where it is written to.
        location: String,
    },
    /// A job is about to be made. A second request with its token is the same as the first.
    JobIntended {
        /// Bucket.
        bucket: String,
        /// Number of the job among the bucket's.
        number: u32,
        /// Token of the request.
        token: String,
        /// Its list of objects.
        manifest: Manifest,
    },
    /// It was made.
    JobCreated {
        /// Bucket.
        bucket: String,
        /// Its id.
        id: String,
    },
    /// It ended; or there was nothing for it to do.
    JobEnded {
        /// Bucket.
        bucket: String,
        /// How.
        result: JobResult,
    },
    /// Rows are about to be worked on.
    BatchIntended {
        /// Which.
        batch: BatchId,
        /// How many rows.
        rows: u64,
    },
    /// Rows have been worked on: as many as the tally counts, from the batch's first one. A batch that was cut short by
    /// a pause counts fewer rows than it announced; what was done behind a gap is told of under the row at which it
    /// begins, and the gaps are announced again.
    BatchDone {
        /// Which.
        batch: BatchId,
        /// Outcomes of its rows.
        tally: Tally,
        /// Those that failed.
        failures: Vec<FailedObject>,
        /// Of the rows that were announced, those of which a request may have had its effect without saying so: they stay
        /// announced, and are looked at one by one. None in journals of before, where such a batch was told of as a whole.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        in_doubt: Vec<RowSpan>,
    },
    /// A person asked for a pause.
    PauseRequested {
        /// Who.
        by: String,
    },
    /// Nothing is in flight any more.
    Paused,
    /// A person asked to go on.
    Resumed {
        /// Who.
        by: String,
    },
    /// A person asked to end it.
    CancelRequested {
        /// Who.
        by: String,
    },
    /// Nothing is in flight any more, and nothing more will be.
    Cancelled,
    /// The runner stopped and asks.
    Stopped {
        /// Why, and what to do.
        reason: String,
    },
    /// All batches are done; objects are read back.
    VerificationStarted,
    /// Objects of a bucket that is being read back are not under the key: so many that they are named before it is through.
    ExceptionsFound {
        /// Bucket.
        bucket: String,
        /// How many this reading back named before; zero where it begins, after others that were broken off.
        first: u64,
        /// Which.
        objects: Vec<FailedObject>,
    },
    /// A bucket was read back.
    BucketVerified {
        /// Bucket.
        bucket: String,
        /// Result.
        result: VerifiedBucket,
    },
    /// Ended with everything as planned.
    Succeeded,
    /// Ended with exceptions.
    SucceededWithExceptions,
    /// A person asked to try the failed objects again.
    RetryRequested {
        /// Who.
        by: String,
        /// Whether what read back differently is tried again too; said only where it is, since earlier retries took failures
        /// alone.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        read_back: bool,
    },
    /// A person changed the share of headroom.
    ShareChanged {
        /// Who.
        by: String,
        /// New share.
        share: Ratio,
    },
    /// A person asked that a setting of every bucket be changed after the run, or put back.
    SettingRequested {
        /// Who.
        by: String,
        /// Which.
        setting: Setting,
    },
    /// A bucket's setting is about to be changed.
    SettingIntended {
        /// Bucket.
        bucket: String,
        /// Which.
        setting: Setting,
        /// What is there now: a policy, or a default encryption as JSON; none where there is none.
        previous: Option<String>,
        /// What comes in its place.
        wanted: Option<String>,
    },
    /// It was changed and read back.
    SettingChanged {
        /// Bucket.
        bucket: String,
        /// Which.
        setting: Setting,
        /// What showed it.
        evidence: String,
    },
    /// It was not changed, or does not hold; no bucket after this one was come to.
    SettingRefused {
        /// Bucket.
        bucket: String,
        /// Which.
        setting: Setting,
        /// Why.
        reason: String,
        /// Whether what had been announced was taken back again, so that the setting is what it was before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undone: bool,
    },
}

/// Rows of a shard that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSpan {
    /// The first.
    pub first_row: u64,
    /// How many.
    pub rows: u64,
}

/// A setting of the buckets that is changed after the run, by a decision of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// The bucket policy refuses uploads under another encryption than the plan's.
    Enforcement,
    /// The bucket policy is without that again.
    EnforcementReleased,
    /// The default encryption is what it was before the run again.
    DefaultRestored,
    /// The key is on its way to be deleted.
    KeyDeletion,
    /// The key stays.
    KeyKept,
}

/// An entry with its place in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Position, from 1 without gaps.
    pub seq: u64,
    /// When it was written; shown, never used to decide anything.
    pub at: UnixMillis,
    /// What.
    pub entry: Entry,
}
