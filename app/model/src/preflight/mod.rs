//! What could go wrong with a plan, by rule: what was looked at, what was found, why it matters, how to mend it. The
//! server gathers the evidence and shows the findings; nothing is decided there.
//!
//! A rule looks at one bucket and the key that it moves under. What could not be read is a finding too: unknown is not
//! harmless. Hazards that no API tells of (clients that take an entity tag for an MD5, a content delivery network with an origin access
//! identity) are said where the plan makes them matter.

mod clients;
mod evidence;
mod jobs;
mod key;
mod logs;
mod named;
mod parts;
mod policies;
mod readers;
mod replication;
mod settings;

pub use evidence::{
    AclsIgnoredBy, BucketEvidence, Grant, KeyEvidence, Lifecycle, Neighbours, PublicAcls, Replication, Seen,
    Sends,
};
pub use jobs::{JobEvidence, JobFinding, PlaceEvidence, SERVICE, look_at_jobs, overtaken};
pub use named::{NamedReaders, named_readers};
pub use parts::{Part, Prefixes};
pub use readers::{Access, IdentitySays, Loss, Reader, ReaderAsked, reader};

use crate::method::Method;
use crate::plan::{PlanBucket, PlanLine};
use crate::policy::Caller;
use crate::quantity::Objects;
use serde::{Deserialize, Serialize};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing stands against it.
    Passed,
    /// Good to know.
    Information,
    /// Somebody must have read it: a plan is stored only with a word on these.
    Watch,
    /// The migration cannot start.
    Stop,
}

/// A rule of the catalogue.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Short name, for links and files.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// Where that is written.
    pub source: &'static str,
    look: fn(&Look<'_>) -> Vec<Found>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rule")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The bucket as it is planned.
    pub plan: &'a PlanBucket,
    /// What was read of it.
    pub bucket: &'a BucketEvidence,
    /// What was read of its key.
    pub key: &'a KeyEvidence,
    /// Who converts.
    pub runner: &'a Caller,
    /// First prefixes of the bucket, as its inventory lists them.
    pub prefixes: &'a Prefixes,
}

impl Look<'_> {
    /// What S3 tells KMS when a principal of the bucket's account reads through it: condition keys with their values.
    #[must_use]
    pub fn through_s3(&self) -> Vec<(String, String)> {
        let context = key::through_s3(self, self.owner());
        context
            .values()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    }

    /// The parts of the bucket that policies may speak of by themselves.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        self.prefixes.parts(self.partition(), &self.plan.bucket)
    }

    /// Account of the bucket, as far as it is known: the runner's, since no plan has a bucket of another.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.runner.account.as_deref()
    }

    /// Account of the key.
    #[must_use]
    pub fn key_account(&self) -> Option<&str> {
        self.key.arn.split(':').nth(4)
    }

    /// Objects that are copied.
    fn copies(&self) -> Objects {
        let copied = |line: &&PlanLine| line.method == Method::CopyObject;
        self.plan
            .lines
            .iter()
            .filter(copied)
            .map(|line| line.objects)
            .sum()
    }

    /// Partition of AWS: `aws`, `aws-cn`.
    fn partition(&self) -> &str {
        self.key.arn.split(':').nth(1).unwrap_or("aws")
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How grave.
    pub severity: Severity,
    /// What was looked at, in AWS's names.
    pub looked_at: String,
    /// What was found.
    pub found: String,
    /// How to mend it; empty when nothing is to mend.
    pub mend: String,
}

impl Found {
    fn new(
        severity: Severity,
        looked_at: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            looked_at: looked_at.into(),
            found: found.into(),
            mend: mend.into(),
        }
    }

    /// Nothing stands against it: what was looked at, and what was found.
    fn passed(looked_at: impl Into<String>, found: impl Into<String>) -> Vec<Self> {
        vec![Self::new(Severity::Passed, looked_at, found, "")]
    }

    /// A part of the evidence that could not be read.
    fn unread(looked_at: impl Into<String>, error: &str, permission: &str) -> Vec<Self> {
        vec![Self::new(
            Severity::Watch,
            looked_at,
            format!("It could not be read: {error}"),
            format!("Allow {permission} and look again, or make sure by other means."),
        )]
    }
}

/// A finding with the rule that made it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What it found.
    pub found: Found,
}

/// The rules about a bucket and its key, in the order in which they are looked at.
pub const RULES: &[&[Rule]] = &[
    key::RULES,
    policies::RULES,
    logs::RULES,
    replication::RULES,
    settings::RULES,
    clients::RULES,
];

/// What all rules find about one bucket.
#[must_use]
pub fn look(at: &Look<'_>) -> Vec<Finding> {
    let rules = RULES.iter().copied().flatten();
    rules
        .flat_map(|rule| {
            (rule.look)(at)
                .into_iter()
                .map(move |found| Finding { rule, found })
        })
        .collect()
}
