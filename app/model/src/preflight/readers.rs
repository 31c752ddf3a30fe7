//! Who reads today and could not afterwards. With SSE-S3 a right on the bucket is enough; under SSE-KMS the reader must
//! be allowed to decrypt as well. IAM says what a principal's own policies allow (`SimulatePrincipalPolicy`, which looks
//! at no resource policy of a role); bucket policy, key policy and grants are evaluated here. Policies of organisations,
//! sessions and endpoints are not known: "yes" means that nothing that was looked at stands against it.

use super::key::through_s3;
use super::{Grant, Look, Part, PublicAcls, Seen};
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
    /// Who; without an ARN the principals of an account, whatever they are.
    pub caller: Caller,
    /// `s3:GetObject` in each part of the bucket, as [`Look::parts`] has them.
    pub reads: Vec<IdentitySays>,
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
    /// ARN of the principal; of an account that of its root, for all its principals.
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
    let account = asked.caller.account.as_deref().unwrap_or_default();
    let root = || format!("arn:{}:iam::{account}:root", at.partition());
    Reader {
        principal: asked.caller.arn.clone().unwrap_or_else(root),
        bucket: at.plan.bucket.clone(),
        today,
        after,
    }
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

/// Whether it reads the bucket: who reads a part of it reads.
fn reads(at: &Look<'_>, asked: &ReaderAsked) -> Access {
    let not_asked = IdentitySays::CannotTell("they were not asked about".to_string());
    let says = asked.reads.iter().chain(std::iter::repeat(&not_asked));
    let parts: Vec<(Part, Access)> = at
        .parts()
        .into_iter()
        .zip(says)
        .map(|(part, says)| {
            let access = reads_part(at, &asked.caller, &part, says);
            (part, access)
        })
        .collect();
    let may_elsewhere = at.prefixes.more && asked.reads.contains(&IdentitySays::Silent);
    let mut unknown = None;
    let mut no = None;
    for (_, access) in &parts {
        match access {
            Access::Yes(why) => return Access::Yes(in_parts(why, &parts)),
            Access::Unknown(_) => unknown = unknown.or(Some(access)),
            Access::No(_) => no = no.or(Some(access)),
        }
    }
    match (unknown, no) {
        (Some(access), _) => access.clone(),
        (None, Some(_)) if may_elsewhere => Access::Unknown(format!(
            "Its own policies do not allow it in the {} prefixes that they were asked about, and the bucket has more.",
            at.prefixes.names.len()
        )),
        (None, Some(access)) => access.clone(),
        (None, None) => Access::Unknown("Nothing was asked about the bucket.".to_string()),
    }
}

/// Why it reads, with the parts where it surely does, unless these are all.
fn in_parts(why: &str, parts: &[(Part, Access)]) -> String {
    const NAMED: usize = 3;
    let read = parts
        .iter()
        .filter(|(_, access)| matches!(access, Access::Yes(_)));
    let names: Vec<&str> = read
        .map(|(part, _)| match part.prefix.as_str() {
            "" => "other keys",
            prefix => prefix,
        })
        .collect();
    if names.len() == parts.len() {
        return why.to_string();
    }
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named: Vec<&str> = names.iter().take(NAMED).copied().collect();
    format!(
        "{why} That is in {}{more}, of {} parts.",
        named.join(", "),
        parts.len()
    )
}

fn reads_part(at: &Look<'_>, caller: &Caller, part: &Part, says: &IdentitySays) -> Access {
    let context = Context::default().with("aws:SecureTransport", "true");
    let ask = Ask {
        caller: Some(caller),
        action: "s3:GetObject",
        resource: &part.all,
        context: &context,
    };
    let same_account = at.owner() == caller.account.as_deref();
    let by_bucket = match verdict(&at.bucket.policy, ask) {
        // What may allow it besides matters no more; what may deny it does.
        Verdict::CannotTell(_)
            if same_account && *says == IdentitySays::Allowed && !may_be_denied(&at.bucket.policy, ask) =>
        {
            Verdict::Silent
        }
        verdict => verdict,
    };
    let by_acl = !same_account && at.bucket.acls != Ok(PublicAcls::Off);
    if by_bucket == Verdict::Silent && by_acl && *says != IdentitySays::Denied {
        return Access::Unknown(
            "No statement of the bucket policy allows it; the ACLs of objects may, and are not looked at."
                .to_string(),
        );
    }
    joined(&by_bucket, says, same_account, Needs::Either, "bucket policy")
}

/// Whether it may decrypt under the plan's key.
pub(super) fn decrypts(at: &Look<'_>, asked: &ReaderAsked) -> Access {
    let context = through_s3(at, asked.caller.account.as_deref());
    let ask = Ask {
        caller: Some(&asked.caller),
        action: "kms:Decrypt",
        resource: &at.key.arn,
        context: &context,
    };
    let policy = at.key.policy.clone().map(Some);
    let by_key = verdict(&policy, ask);
    let same_account = at.key_account() == asked.caller.account.as_deref();
    let by_policies = joined(
        &by_key,
        &asked.decrypts,
        same_account,
        Needs::Resource,
        "key policy",
    );
    // No grant is stronger than a denial (KMS Developer Guide, key policies).
    let denied = matches!(by_key, Verdict::Denied(_)) || asked.decrypts == IdentitySays::Denied;
    match granted(at, &asked.caller) {
        _ if denied => by_policies,
        Some(Ok(why)) if !may_be_denied(&policy, ask) => Access::Yes(why),
        Some(Ok(why) | Err(why)) if matches!(by_policies, Access::No(_)) => Access::Unknown(why),
        _ => by_policies,
    }
}

/// Whether a policy has a denial of which it cannot be told whether it is about this.
fn may_be_denied(text: &Seen<Option<String>>, ask: Ask<'_>) -> bool {
    let policy = match text {
        Ok(None) => return false,
        Ok(Some(text)) => Policy::parse(text).ok(),
        Err(_) => None,
    };
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
    let its_own = |grant: &&Grant| {
        let account = Caller::by_arn(&grant.grantee).account;
        caller.arn.is_none() && account.is_some() && account == caller.account
    };
    let mut to_caller = grants.iter().filter(decrypting).filter(to_it).peekable();
    if to_caller.peek().is_some() {
        return Some(if to_caller.any(|grant| !grant.constrained) {
            Ok("A grant on the key lets it decrypt.".to_string())
        } else {
            Err("A grant on the key lets it decrypt in an encryption context of its own.".to_string())
        });
    }
    if let Some(grant) = grants.iter().filter(decrypting).find(its_own) {
        return Some(Err(format!("A grant on the key lets {} decrypt.", grant.grantee)));
    }
    at.key.more_grants.then(|| {
        Err(format!(
            "The key has more grants than the first {}, which are all that were read.",
            grants.len()
        ))
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
