//! Rules about replication: from the bucket, whose role must read under the key, and into it, whose role must write under it.

use super::key::through_s3;
use super::readers::{Access, IdentitySays, ReaderAsked, decrypts};
use super::settings::{information, of};
use super::{Found, Look, Rule, Severity};
use crate::policy::{Ask, Caller, Policy, Reach, Verdict, evaluate};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "replication",
        title: "Replication",
        why: "Without a rule for SSE-KMS objects, new objects stop being replicated, silently; with one, the role of the rules must be let to decrypt under the new key. An update of existing objects is never replicated.",
        source: "S3 User Guide, replication-config-for-kms-objects and update-sse-encryption",
        look: from_here,
    },
    Rule {
        id: "replication-into",
        title: "Replication into it",
        why: "Replicas are writes: under a new default or key the role that writes them must be let to use it, or they fail.",
        source: "S3 User Guide, replication-config-for-kms-objects",
        look: into_here,
    },
];

fn from_here(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Replication");
    let rules = match &at.bucket.replication {
        Err(error) => return Found::unread(looked_at, error, "s3:GetReplicationConfiguration"),
        Ok(rules) if rules.rules == 0 => return Found::passed(looked_at, "No rule replicates from it."),
        Ok(rules) => rules,
    };
    let mut found = Vec::new();
    if rules.with_kms < rules.rules {
        found.push(Found::new(
            Severity::Watch,
            looked_at.clone(),
            format!(
                "{} of {} replication rules do not take SSE-KMS objects: from the change of the default on, new objects would not be replicated by them.",
                rules.rules - rules.with_kms,
                rules.rules
            ),
            "Set SourceSelectionCriteria.SseKmsEncryptedObjects and a ReplicaKmsKeyID in each rule, and give its role kms:Decrypt here and kms:Encrypt there. Move the destination by a plan of its own.",
        ));
    }
    if rules.with_kms > 0 {
        found.push(by_role(at, looked_at, rules.role.as_deref()));
    }
    found
}

/// Whether the role that replicates what is under SSE-KMS may read it under the plan's key.
fn by_role(at: &Look<'_>, looked_at: String, role: Option<&str>) -> Found {
    const UPDATES: &str =
        "What is updated here is not replicated: move the destination by a plan of its own.";
    let mend = "Allow the role kms:Decrypt on the plan's key, in the key policy and in its own policies.";
    let Some(role) = role else {
        let text = "Its replication rules take SSE-KMS objects, and their role is not told: whether it may decrypt under the plan's key is not known.";
        return Found::new(Severity::Watch, looked_at, text, mend);
    };
    let not_asked = || IdentitySays::CannotTell("they were not asked about".to_string());
    let asked = ReaderAsked {
        caller: Caller::by_arn(role),
        reads: Vec::new(),
        decrypts: at.bucket.replicator.clone().unwrap_or_else(not_asked),
    };
    match decrypts(at, &asked) {
        Access::Yes(why) => Found::new(
            Severity::Information,
            looked_at,
            format!(
                "Its replication rules take SSE-KMS objects, and their role {role} may decrypt under the plan's key. {why} {UPDATES}"
            ),
            "",
        ),
        Access::No(why) => Found::new(
            Severity::Stop,
            looked_at,
            format!(
                "Its replication rules take SSE-KMS objects, and their role {role} may not decrypt under the plan's key: new objects would fail to be replicated. {why}"
            ),
            mend,
        ),
        Access::Unknown(why) => Found::new(
            Severity::Watch,
            looked_at,
            format!(
                "Its replication rules take SSE-KMS objects, and whether their role {role} may decrypt under the plan's key cannot be told. {why} {UPDATES}"
            ),
            mend,
        ),
    }
}

fn into_here(at: &Look<'_>) -> Vec<Found> {
    let looked_at = "Replication of other buckets";
    let neighbours = &at.bucket.neighbours;
    let mut found: Vec<Found> = neighbours
        .replicates_from
        .iter()
        .map(|(bucket, role)| {
            let role = role.as_deref().unwrap_or("a role that is not told");
            Found::new(
                Severity::Watch,
                looked_at,
                format!(
                    "{bucket} is replicated to {}, by {role}. {}",
                    at.plan.bucket,
                    may_write(at, role)
                ),
                "Let that role use kms:Encrypt and kms:GenerateDataKey on the plan's key, and kms:Decrypt with a Bucket Key; where the rule names another key (ReplicaKmsKeyID), replicas go on arriving under that one.",
            )
        })
        .collect();
    if found.is_empty() {
        let text = format!(
            "None of {} that were looked at is replicated to {}.",
            neighbours.looked_at, at.plan.bucket
        );
        found.extend(Found::passed(looked_at, text));
    }
    found.extend(
        neighbours
            .gaps
            .iter()
            .flat_map(|gap| information(looked_at, gap.clone())),
    );
    found
}

/// What the key policy says of a role that writes replicas.
fn may_write(at: &Look<'_>, role: &str) -> &'static str {
    let policy = at.key.policy.as_ref().ok();
    let Some(policy) = policy.and_then(|text| Policy::parse(text).ok()) else {
        return "Whether the key policy lets it write under the plan's key is not known.";
    };
    let (caller, context) = (Caller::by_arn(role), through_s3(at, at.owner()));
    let ask = Ask {
        caller: Some(&caller),
        action: "kms:Encrypt",
        resource: &at.key.arn,
        context: &context,
    };
    match evaluate(&policy, ask) {
        Verdict::Allowed(Reach::Caller, _) => "The key policy lets it write under the plan's key.",
        Verdict::Allowed(Reach::Account, _) | Verdict::AllowedByAccount(_) => {
            "The key policy leaves it to the role's own policies to let it write under the plan's key."
        }
        Verdict::Denied(_) | Verdict::Silent => {
            "The key policy does not let it write under the plan's key, unless by a grant."
        }
        Verdict::CannotTell(_) => {
            "Whether the key policy lets it write under the plan's key depends on more than is known."
        }
    }
}
