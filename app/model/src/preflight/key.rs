//! Rules about the key: its state, whom its policy lets use it, and what a Bucket Key changes for it.

use super::{Found, Look, Rule, Severity};
use crate::format::rate;
use crate::method::Method;
use crate::policy::{Ask, Context, Policy, Reach, Verdict, evaluate};
use crate::quotas::custom_key_store;

/// What converting an object needs of the key (S3 User Guide, update-sse-encryption, 2026-04).
const NEEDED: [&str; 4] = [
    "kms:GenerateDataKey",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:ReEncryptTo",
];

/// Condition key for what S3 sends along as encryption context.
const OBJECT_CONTEXT: &str = "kms:encryptioncontext";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "key-usable",
        title: "Key",
        why: "PutBucketEncryption takes a key without looking at it: under one that is disabled, of another kind or about to be deleted, every upload fails, and what is under it cannot be read.",
        source: "S3 API Reference, PutBucketEncryption; KMS Developer Guide, key states",
        look: usable,
    },
    Rule {
        id: "key-account",
        title: "Account of the key",
        why: "UpdateObjectEncryption takes only keys of the account that owns the bucket, unless AWS Support has opened it for the organization.",
        source: "S3 User Guide, update-sse-encryption",
        look: account,
    },
    Rule {
        id: "key-store",
        title: "Key store",
        why: "A custom key store has a request quota of its own, which counts as well as the account’s and is far smaller.",
        source: "AWS General Reference, AWS KMS endpoints and quotas",
        look: store,
    },
    Rule {
        id: "key-policy",
        title: "Key policy",
        why: "A right on the bucket is not enough under SSE-KMS: the key policy must let the runner use the key, itself or through IAM.",
        source: "S3 User Guide, UsingKMSEncryption and update-sse-encryption",
        look: policy,
    },
    Rule {
        id: "key-grants",
        title: "Grants of the key",
        why: "Who uses a key by a grant stands in no policy: a grant that was not read is a user of the key that is not known here.",
        source: "KMS Developer Guide, grants",
        look: grants,
    },
    Rule {
        id: "bucket-key-context",
        title: "Encryption context",
        why: "With an S3 Bucket Key the encryption context is the ARN of the bucket instead of the object's: conditions on an object's ARN stop matching.",
        source: "S3 User Guide, bucket-key",
        look: context,
    },
    Rule {
        id: "bucket-key-audit",
        title: "Audit",
        why: "With an S3 Bucket Key, CloudTrail shows fewer KMS events, with the bucket's ARN in them, and the key policy is not asked again on each request.",
        source: "S3 User Guide, bucket-key",
        look: audit,
    },
];

fn looked_at(at: &Look<'_>) -> String {
    format!("Key {}", at.key.arn)
}

fn usable(at: &Look<'_>) -> Vec<Found> {
    let found = match &at.key.obstacle {
        Err(error) => Found::new(
            Severity::Stop,
            looked_at(at),
            error.clone(),
            "Allow kms:DescribeKey, or choose another key.",
        ),
        Ok(Some(obstacle)) => Found::new(
            Severity::Stop,
            looked_at(at),
            obstacle.clone(),
            "Choose another key, or mend this one.",
        ),
        Ok(None) if !at.key.customer_managed => Found::new(
            Severity::Stop,
            looked_at(at),
            "It is the AWS managed key, which no other account can use and whose policy cannot be changed.",
            "Choose a customer managed key.",
        ),
        Ok(None) => return Found::passed(looked_at(at), "Enabled, symmetric, customer managed."),
    };
    vec![found]
}

fn account(at: &Look<'_>) -> Vec<Found> {
    let mend = "Choose a key of the account that owns the bucket.";
    let (Some(of_key), Some(owner)) = (at.key_account(), at.owner()) else {
        let text = "Whether it belongs to the account of the bucket is not known.";
        return vec![Found::new(Severity::Watch, looked_at(at), text, mend)];
    };
    if of_key == owner {
        return Found::passed(looked_at(at), "It belongs to the account of the bucket.");
    }
    let updates = at.plan.converts_by(Method::UpdateObjectEncryption);
    let severity = if updates { Severity::Stop } else { Severity::Watch };
    let text = format!(
        "It belongs to account {of_key}, and the bucket to {owner}.{}",
        if updates {
            " S3 would refuse the updates of this plan."
        } else {
            " Both accounts must let the runner and every reader use it."
        }
    );
    vec![Found::new(severity, looked_at(at), text, mend)]
}

fn store(at: &Look<'_>) -> Vec<Found> {
    let Some(store) = &at.key.custom_key_store else {
        return Found::passed(looked_at(at), "It is in no custom key store.");
    };
    let quota = custom_key_store();
    vec![Found::new(
        Severity::Watch,
        looked_at(at),
        format!(
            "It is in custom key store {store}, which takes {} for all of its keys ({}, {}). The plan keeps within its share of that; what else uses the store is not measured.",
            rate(quota.limit),
            quota.source,
            quota.date
        ),
        "Use a Bucket Key, so that fewer requests reach the store; or lower the share by what other keys of the store need; or choose a key outside of it.",
    )]
}

/// What S3 tells KMS when it asks on behalf of somebody.
pub(super) fn through_s3(at: &Look<'_>, account: Option<&str>) -> Context {
    let (region, bucket) = (&at.plan.region, &at.plan.bucket);
    let service = format!("s3.{region}.amazonaws.com");
    let mut context = Context::default().with("kms:ViaService", service);
    if let Some(account) = account {
        context = context.with("kms:CallerAccount", account);
    }
    if at.plan.target.bucket_key {
        context = context.with(
            "kms:EncryptionContext:aws:s3:arn",
            format!("arn:{}:s3:::{bucket}", at.partition()),
        );
    }
    context
}

fn policy(at: &Look<'_>) -> Vec<Found> {
    let looked_at = format!("Policy of key {}", at.key.arn);
    let text = match &at.key.policy {
        Ok(text) => text,
        Err(error) => return Found::unread(looked_at, error, "kms:GetKeyPolicy"),
    };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => return Found::unread(looked_at, &error.to_string(), "kms:GetKeyPolicy"),
    };
    let account = at.runner.account.as_deref();
    let context = through_s3(at, account);
    let verdicts = NEEDED.map(|action| {
        let ask = Ask {
            caller: Some(at.runner),
            action,
            resource: &at.key.arn,
            context: &context,
        };
        (action, evaluate(&policy, ask))
    });
    if let Some(found) = against(&verdicts, &looked_at) {
        return vec![found];
    }
    let by_iam = verdicts.iter().any(|(_, verdict)| {
        matches!(
            verdict,
            Verdict::Allowed(Reach::Account, _) | Verdict::AllowedByAccount(_)
        )
    });
    let text = if by_iam {
        "It leaves the runner's account to IAM: the runner's own policy must allow kms:GenerateDataKey, kms:Decrypt, kms:Encrypt and kms:ReEncrypt*."
    } else {
        "It lets the runner use the key."
    };
    Found::passed(looked_at, text)
}

/// What stands against the runner's use of the key, by what its policy says of each action; nothing where all are allowed.
fn against(verdicts: &[(&str, Verdict)], looked_at: &str) -> Option<Found> {
    if let Some((action, Verdict::Denied(name))) = verdicts
        .iter()
        .find(|(_, verdict)| matches!(verdict, Verdict::Denied(_)))
    {
        return Some(Found::new(
            Severity::Stop,
            looked_at,
            format!("“{name}” denies the runner {action}."),
            "Exempt the runner from that statement, or choose another key.",
        ));
    }
    let silent: Vec<&str> = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict == Verdict::Silent)
        .map(|(action, _)| *action)
        .collect();
    if !silent.is_empty() {
        return Some(Found::new(
            Severity::Stop,
            looked_at,
            format!(
                "No statement lets the runner, or its account, use {}.",
                silent.join(", ")
            ),
            "Add a statement that allows these to the runner's role, or to the account's root so that IAM decides.",
        ));
    }
    if let Some((action, Verdict::CannotTell(why))) = verdicts
        .iter()
        .find(|(_, verdict)| matches!(verdict, Verdict::CannotTell(_)))
    {
        return Some(Found::new(
            Severity::Watch,
            looked_at,
            format!("Whether it lets the runner use {action} cannot be told ({why})."),
            "Make sure of it; the first object of each bucket shows it before a second is touched.",
        ));
    }
    None
}

fn grants(at: &Look<'_>) -> Vec<Found> {
    let looked_at = format!("Grants of key {}", at.key.arn);
    match &at.key.grants {
        Err(error) => Found::unread(looked_at, error, "kms:ListGrants"),
        Ok(grants) if at.key.more_grants => vec![Found::new(
            Severity::Watch,
            looked_at,
            format!(
                "It has more than the first {}, which are all that were read.",
                grants.len()
            ),
            "Look at the others by kms:ListGrants.",
        )],
        Ok(grants) => Found::passed(looked_at, format!("All were read: {}.", grants.len())),
    }
}

fn context(at: &Look<'_>) -> Vec<Found> {
    if !at.plan.target.bucket_key {
        let text = "The plan uses none: the encryption context stays the ARN of the object.";
        return Found::passed("S3 Bucket Key of the plan", text);
    }
    let mut found = Vec::new();
    let mend = "Let these statements speak of the bucket's ARN as well, or plan without a Bucket Key.";
    let policy = at
        .key
        .policy
        .as_ref()
        .ok()
        .and_then(|text| Policy::parse(text).ok());
    if let Some(policy) = &policy {
        let names = policy.conditioned_on(OBJECT_CONTEXT);
        if !names.is_empty() {
            found.push(Found::new(
                Severity::Watch,
                format!("Policy of key {}", at.key.arn),
                format!("Conditions on the encryption context in: {}.", names.join(", ")),
                mend,
            ));
        }
    }
    match &at.key.grants {
        Ok(grants) => {
            let held = grants.iter().filter(|grant| grant.constrained);
            let names: Vec<&str> = held.map(|grant| grant.grantee.as_str()).collect();
            if !names.is_empty() {
                let text = format!("Grants held to an encryption context, to: {}.", names.join(", "));
                let mend = "Make new grants with the bucket's ARN, or plan without a Bucket Key.";
                let looked_at = format!("Grants of key {}", at.key.arn);
                found.push(Found::new(Severity::Watch, looked_at, text, mend));
            }
        }
        // The rule about grants tells of it.
        Err(_) => return found,
    }
    if found.is_empty() && policy.is_some() {
        let looked_at = format!("Policy and grants of key {}", at.key.arn);
        return Found::passed(looked_at, "None is held to an encryption context.");
    }
    found
}

fn audit(at: &Look<'_>) -> Vec<Found> {
    let looked_at = "S3 Bucket Key of the plan";
    if !at.plan.target.bucket_key {
        return Found::passed(
            looked_at,
            "The plan uses none: KMS is asked, and logs it, for each object.",
        );
    }
    let text = "Audits that count KMS events per object will see fewer of them, and a right that is taken away takes effect later.";
    vec![Found::new(Severity::Information, looked_at, text, "")]
}
