//! What Rekey asks of AWS, as permissions: each with the operations that need it, what it is for, and which part of the
//! product does without it what. The settings page makes an IAM policy of them; a test of `cloud` holds the operations
//! against those that are really called.
//!
//! Sources: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations" (2026-04); botocore 1.44.5, S3
//! `UpdateObjectEncryption`; AWS KMS and Amazon Macie API references.

mod table;

pub use table::PERMISSIONS;

use std::fmt::Write as _;

/// A part of the product that can be allowed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Finding and reading inventories in S3.
    Import,
    /// Macie's bucket statistics.
    Macie,
    /// Prices of the account's Regions.
    Prices,
    /// Quotas that hold for the account.
    Quotas,
    /// Requests that the account makes.
    Metrics,
    /// Drafting a plan.
    Plan,
    /// Running a migration here.
    Migrate,
    /// Running it as S3 Batch Operations jobs.
    Batch,
    /// Looking at who would lose access.
    Preflight,
    /// Cleaning up after a rehearsal.
    CleanUp,
    /// Reading other accounts through roles.
    Accounts,
}

impl Capability {
    /// All of them, as they follow one another in the work.
    pub const ALL: [Self; 11] = [
        Self::Import,
        Self::Macie,
        Self::Prices,
        Self::Quotas,
        Self::Metrics,
        Self::Plan,
        Self::Preflight,
        Self::Migrate,
        Self::Batch,
        Self::CleanUp,
        Self::Accounts,
    ];

    /// In a URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Macie => "macie",
            Self::Prices => "prices",
            Self::Quotas => "quotas",
            Self::Metrics => "metrics",
            Self::Plan => "plan",
            Self::Migrate => "migrate",
            Self::Batch => "batch",
            Self::Preflight => "preflight",
            Self::CleanUp => "clean-up",
            Self::Accounts => "accounts",
        }
    }

    /// As a person reads it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Import => "Find and import inventories in S3",
            Self::Macie => "Import Macie’s statistics",
            Self::Prices => "Read current prices",
            Self::Quotas => "Read quotas, and ask for higher ones",
            Self::Metrics => "Read how many requests are made",
            Self::Plan => "Plan migrations",
            Self::Migrate => "Run migrations from here",
            Self::Batch => "Run migrations as S3 Batch Operations jobs",
            Self::Preflight => "Look at who would lose access",
            Self::CleanUp => "Clean up after rehearsals",
            Self::Accounts => "Read other accounts through roles",
        }
    }

    /// Reads the word of a URL.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.word() == word)
    }

    /// Whether it asks anything of AWS in this version.
    #[must_use]
    pub fn asks(self) -> bool {
        PERMISSIONS
            .iter()
            .any(|permission| permission.uses.contains(&self))
    }

    /// Whether it changes anything in the account.
    #[must_use]
    pub const fn changes(self) -> bool {
        matches!(self, Self::Migrate | Self::Batch | Self::CleanUp)
    }

    /// What it needs.
    pub fn permissions(self) -> impl Iterator<Item = &'static Permission> {
        PERMISSIONS
            .iter()
            .filter(move |permission| permission.uses.contains(&self))
    }
}

/// What an action is allowed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Actions that know no resource.
    Account,
    /// Buckets.
    Buckets,
    /// Objects in them.
    Objects,
    /// Roles of any account.
    Roles,
    /// KMS keys, directly.
    Keys,
    /// KMS keys, in what S3 does on the caller's behalf.
    KeysThroughS3,
    /// Roles that are handed to S3 Batch Operations.
    JobRoles,
}

impl Resource {
    const ALL: [Self; 7] = [
        Self::Account,
        Self::Buckets,
        Self::Objects,
        Self::Roles,
        Self::Keys,
        Self::KeysThroughS3,
        Self::JobRoles,
    ];

    const fn sid(self) -> &'static str {
        match self {
            Self::Account => "RekeyAccount",
            Self::Buckets => "RekeyBuckets",
            Self::Objects => "RekeyObjects",
            Self::Roles => "RekeyRoles",
            Self::Keys => "RekeyKeys",
            Self::KeysThroughS3 => "RekeyKeysThroughS3",
            Self::JobRoles => "RekeyJobRoles",
        }
    }

    fn arn(self, partition: &str, account: &str) -> String {
        match self {
            Self::Account => "*".to_string(),
            Self::Buckets => format!("arn:{partition}:s3:::*"),
            Self::Objects => format!("arn:{partition}:s3:::*/*"),
            Self::Roles => format!("arn:{partition}:iam::*:role/*"),
            Self::Keys | Self::KeysThroughS3 => format!("arn:{partition}:kms:*:{account}:key/*"),
            Self::JobRoles => format!("arn:{partition}:iam::{account}:role/*"),
        }
    }
}

/// One action.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// As IAM names it.
    pub action: &'static str,
    /// What it is allowed on.
    pub resource: Resource,
    /// Parts of the product that need it.
    pub uses: &'static [Capability],
    /// Operations that need it.
    pub operations: &'static [&'static str],
    /// What it is for.
    pub reason: &'static str,
}

const fn of(
    action: &'static str,
    resource: Resource,
    uses: &'static [Capability],
    operations: &'static [&'static str],
    reason: &'static str,
) -> Permission {
    Permission {
        action,
        resource,
        uses,
        operations,
        reason,
    }
}

/// Operations that everybody may call.
pub const FREE_OPERATIONS: [&str; 1] = ["GetCallerIdentity"];

/// What stands for the account number while nobody has told it.
const ANY_ACCOUNT: &str = "*";

/// The IAM policy that allows these parts and nothing else; a statement for each kind of resource. Without any part it has
/// no statement, which IAM does not take.
#[must_use]
pub fn policy(parts: &[Capability], partition: &str, account: Option<&str>) -> String {
    let needed = |permission: &&Permission| permission.uses.iter().any(|part| parts.contains(part));
    let statements = Resource::ALL.into_iter().filter_map(|resource| {
        let actions = PERMISSIONS.iter().filter(needed);
        let mut actions: Vec<&str> = actions
            .filter(|permission| permission.resource == resource)
            .map(|permission| permission.action)
            .collect();
        actions.sort_unstable();
        (!actions.is_empty())
            .then(|| statement(resource, &actions, partition, account.unwrap_or(ANY_ACCOUNT)))
    });
    let statements: Vec<String> = statements.collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}",
        statements.join(",\n")
    )
}

fn statement(resource: Resource, actions: &[&str], partition: &str, account: &str) -> String {
    let mut text = format!(
        "    {{\n      \"Sid\": \"{}\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\n",
        resource.sid()
    );
    let lines: Vec<String> = actions
        .iter()
        .map(|action| format!("        \"{action}\""))
        .collect();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{}\n      ],\n      \"Resource\": \"{}\"",
        lines.join(",\n"),
        resource.arn(partition, account)
    );
    if resource == Resource::KeysThroughS3 {
        text.push_str(
            ",\n      \"Condition\": { \"StringLike\": { \"kms:ViaService\": \"s3.*.amazonaws.com\" } }",
        );
    }
    if resource == Resource::JobRoles {
        text.push_str(
            ",\n      \"Condition\": { \"StringEquals\": { \"iam:PassedToService\": \"batchoperations.s3.amazonaws.com\" } }",
        );
    }
    text + "\n    }"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn actions(parts: &[Capability]) -> BTreeSet<String> {
        let text = policy(parts, "aws", Some("111122223333"));
        let policy: serde_json::Value = serde_json::from_str(&text).expect("a policy is JSON");
        let statements = policy["Statement"].as_array().expect("statements");
        let actions = statements
            .iter()
            .flat_map(|one| one["Action"].as_array().expect("actions"));
        actions
            .map(|action| action.as_str().expect("text").to_string())
            .collect()
    }

    #[test]
    fn a_policy_allows_the_chosen_parts_and_nothing_else() {
        let macie: BTreeSet<String> = [
            "macie2:DescribeBuckets",
            "macie2:GetBucketStatistics",
            "s3:ListAllMyBuckets",
        ]
        .map(str::to_string)
        .into();
        assert_eq!(actions(&[Capability::Macie]), macie);
        let import = actions(&[Capability::Import]);
        assert!(import.contains("s3:GetObject") && !import.iter().any(|action| action.contains(":Put")));
        let both = actions(&[Capability::Macie, Capability::Import]);
        assert_eq!(both, &macie | &import);
        assert!(actions(&[]).is_empty());
    }

    #[test]
    fn reading_needs_no_right_to_change() {
        for part in [Capability::Import, Capability::Macie, Capability::Plan] {
            for action in actions(&[part]) {
                let verb = action.split_once(':').expect("a service").1;
                let reads = ["Get", "List", "Describe", "Decrypt"]
                    .iter()
                    .any(|begin| verb.starts_with(begin));
                assert!(reads, "{part:?} asks for {action}");
            }
        }
    }

    #[test]
    fn each_action_stands_once_and_each_row_says_why() {
        let names: BTreeSet<&str> = PERMISSIONS.iter().map(|permission| permission.action).collect();
        assert_eq!(names.len(), PERMISSIONS.len());
        for permission in PERMISSIONS {
            assert!(
                !permission.uses.is_empty() && !permission.operations.is_empty(),
                "{}",
                permission.action
            );
            assert!(permission.reason.ends_with('.'), "{}", permission.action);
        }
        for part in Capability::ALL {
            assert_eq!(Capability::parse(part.word()), Some(part));
        }
    }
}
