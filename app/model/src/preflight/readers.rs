//! Who reads today and could not afterwards. With SSE-S3 a right on the bucket is enough; under SSE-KMS the reader must
//! be allowed to decrypt as well. IAM says what a principal's own policies allow (`SimulatePrincipalPolicy`, which looks
//! at no resource policy of a role); bucket policy, key policy and grants are evaluated here. Policies of organisations,
//! sessions and endpoints are not known: "yes" means that nothing that was looked at stands against it.

use super::key::through_s3;
use super::{Grant, Look, PublicAcls, Seen};
use crate::policy::{Ask, Caller, Context, Policy, Reach, Verdict, evaluate};
use serde::{Deserialize, Serialize};

/// What IAM says of a principal's own policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySays {
    /// They allow it.
    Allowed,
    /// They deny it.
    Denied,
    /// They do not speak of it.
    Silent,
    /// Why it cannot be told.
    CannotTell(String),
}

/// A principal with what IAM says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderAsked {
    /// Who.
    pub caller: Caller,
    /// `s3:GetObject` on the bucket's objects.
    pub reads: IdentitySays,
    /// `kms:Decrypt` on the plan's key, through S3.
    pub decrypts: IdentitySays,
}

/// Whether something can be done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "can", content = "why", rename_all = "kebab-case")]
pub enum Access {
    /// It can.
    Yes(String),
    /// It cannot.
    No(String),
    /// It cannot be told.
    Unknown(String),
}

/// What the move changes for one principal and one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// ARN of the principal.
    pub principal: String,
    /// Bucket.
    pub bucket: String,
    /// Whether it reads objects under SSE-S3.
    pub today: Access,
    /// Whether it could read them under the plan's key.
    pub after: Access,
}

/// What becomes of a reader's access, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// It reads today and could not afterwards.
    Loses,
    /// It could not read afterwards, and whether it reads today cannot be told.
    LosesIfItReads,
    /// It cannot be told.
    CannotTell,
    /// It does not read today.
    ReadsNot,
    /// It could read afterwards as today.
    Keeps,
}

impl Loss {
    /// As people read it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Loses => "Loses access",
            Self::LosesIfItReads => "Loses access, if it reads today",
            Self::CannotTell => "Cannot tell",
            Self::ReadsNot => "Does not read",
            Self::Keeps => "Keeps it",
        }
    }
}

impl Reader {
    /// What becomes of its access.
    #[must_use]
    pub const fn loss(&self) -> Loss {
        match (&self.today, &self.after) {
            (Access::No(_), _) => Loss::ReadsNot,
            (Access::Yes(_), Access::No(_)) => Loss::Loses,
            (Access::Unknown(_), Access::No(_)) => Loss::LosesIfItReads,
            (_, Access::Unknown(_)) => Loss::CannotTell,
            (_, Access::Yes(_)) => Loss::Keeps,
        }
    }
}

/// What the move changes for a principal that was asked about.
#[must_use]
pub fn reader(at: &Look<'_>, asked: &ReaderAsked) -> Reader {
    let today = reads(at, asked);
    let after = match &today {
        Access::No(_) => Access::No("It cannot read the bucket in any case.".to_string()),
        _ => decrypts(at, asked),
    };
    Reader {
        principal: asked.caller.arn.clone().unwrap_or_default(),
        bucket: at.plan.bucket.clone(),
        today,
        after,
    }
}

/// Whether the principal and what it asks for belong to one account. The bucket's is its key's, since S3 takes no other
/// for an update.
fn same_account(at: &Look<'_>, caller: &Caller) -> bool {
    at.key.arn.split(':').nth(4) == caller.account.as_deref()
}

/// The verdict of a resource's policy; no policy is silent.
fn verdict(text: &Seen<Option<String>>, ask: Ask<'_>) -> Verdict {
    match text {
        Ok(None) => Verdict::Silent,
        Ok(Some(text)) => match Policy::parse(text) {
            Ok(policy) => evaluate(&policy, ask),
            Err(error) => Verdict::CannotTell(error.to_string()),
        },
        Err(error) => Verdict::CannotTell(error.clone()),
    }
}

fn reads(at: &Look<'_>, asked: &ReaderAsked) -> Access {
    let partition = at.key.arn.split(':').nth(1).unwrap_or("aws");
    let resource = format!("arn:{partition}:s3:::{}/any-object", at.plan.bucket);
    let context = Context::default().with("aws:SecureTransport", "true");
    let by_bucket = verdict(
        &at.bucket.policy,
        Ask {
            caller: Some(&asked.caller),
            action: "s3:GetObject",
            resource: &resource,
            context: &context,
        },
    );
    let by_acl = !same_account(at, &asked.caller) && at.bucket.acls != Ok(PublicAcls::Off);
    if by_bucket == Verdict::Silent && by_acl && asked.reads != IdentitySays::Denied {
        return Access::Unknown(
            "No statement of the bucket policy allows it; the ACLs of objects may, and are not looked at."
                .to_string(),
        );
    }
    joined(
        &by_bucket,
        &asked.reads,
        same_account(at, &asked.caller),
        Needs::Either,
        "bucket policy",
    )
}

fn decrypts(at: &Look<'_>, asked: &ReaderAsked) -> Access {
    let context = through_s3(at, asked.caller.account.as_deref());
    let ask = Ask {
        caller: Some(&asked.caller),
        action: "kms:Decrypt",
        resource: &at.key.arn,
        context: &context,
    };
    let policy = at.key.policy.clone().map(Some);
    let by_key = verdict(&policy, ask);
    let by_policies = joined(
        &by_key,
        &asked.decrypts,
        same_account(at, &asked.caller),
        Needs::Resource,
        "key policy",
    );
    // No grant is stronger than a denial (KMS Developer Guide, key policies).
    let denied = matches!(by_key, Verdict::Denied(_)) || asked.decrypts == IdentitySays::Denied;
    match granted(at, &asked.caller) {
        _ if denied => by_policies,
        Some(Ok(why)) if !may_be_denied(at, ask) => Access::Yes(why),
        Some(Ok(why) | Err(why)) if matches!(by_policies, Access::No(_)) => Access::Unknown(why),
        _ => by_policies,
    }
}

/// Whether the key policy has a denial of which it cannot be told whether it is about this.
fn may_be_denied(at: &Look<'_>, ask: Ask<'_>) -> bool {
    let policy = at
        .key
        .policy
        .as_ref()
        .ok()
        .and_then(|text| Policy::parse(text).ok());
    policy.is_none_or(|policy| matches!(evaluate(&policy.denials(), ask), Verdict::CannotTell(_)))
}

/// What a grant on the key gives a caller: an `Err` may give it; `None` where none names it.
fn granted(at: &Look<'_>, caller: &Caller) -> Option<Result<String, String>> {
    let grants = match &at.key.grants {
        Ok(grants) => grants,
        Err(error) => return Some(Err(format!("Grants on the key: {error}."))),
    };
    let decrypting = |grant: &&Grant| grant.operations.iter().any(|name| name == "Decrypt");
    let to_it = |grant: &&Grant| Some(grant.grantee.as_str()) == caller.arn.as_deref();
    let mut to_caller = grants.iter().filter(decrypting).filter(to_it).peekable();
    to_caller.peek()?;
    Some(if to_caller.any(|grant| !grant.constrained) {
        Ok("A grant on the key lets it decrypt.".to_string())
    } else {
        Err("A grant on the key lets it decrypt in an encryption context of its own.".to_string())
    })
}

/// Which side has to allow within one account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Either is enough, as for buckets.
    Either,
    /// The resource must, at least by leaving it to IAM, as for keys.
    Resource,
}

/// The two sides put together (IAM User Guide, policy evaluation logic; KMS Developer Guide, key policies): a denial on
/// either side decides; across accounts both must allow.
fn joined(
    resource: &Verdict,
    identity: &IdentitySays,
    same_account: bool,
    needs: Needs,
    policy: &str,
) -> Access {
    use IdentitySays as I;
    use Verdict as V;
    match (resource, identity) {
        (V::Denied(name), _) => return Access::No(format!("“{name}” of the {policy} denies it.")),
        (_, I::Denied) => return Access::No("Its own policies deny it.".to_string()),
        (V::CannotTell(why), _) => return Access::Unknown(format!("The {policy}: {why}.")),
        _ => {}
    }
    let named = match resource {
        V::Allowed(Reach::Caller, name) => Some(name),
        _ => None,
    };
    match (resource, identity) {
        (V::Silent, _) if needs == Needs::Resource || !same_account => Access::No(format!(
            "No statement of the {policy} allows it, nor its account."
        )),
        (V::AllowedByAccount(why), I::Silent) if same_account => {
            Access::Unknown(format!("The {policy}: {why}."))
        }
        (V::Silent, I::Allowed) => Access::Yes("Its own policies allow it.".to_string()),
        (_, I::Allowed) => Access::Yes(format!("Its own policies and the {policy} allow it.")),
        _ if same_account && named.is_some() => Access::Yes(format!(
            "“{}” of the {policy} allows it.",
            named.map_or("", String::as_str)
        )),
        (_, I::CannotTell(why)) => Access::Unknown(format!("Its own policies: {why}.")),
        (V::Silent, _) => Access::No(format!("Neither its own policies nor the {policy} allow it.")),
        _ => Access::No(format!(
            "The {policy} leaves it to its account, and its own policies do not allow it."
        )),
    }
}
