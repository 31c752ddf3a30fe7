//! What one document says of one request.

use super::condition::{Context, Truth, like};
use super::statement::{Effect, Patterns, Policy, Principals, Statement};

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// ARN of the user or role, where it is known; of a role its own, not that of a session.
    pub arn: Option<String>,
    /// Number of its account, where it is known.
    pub account: Option<String>,
}

impl Caller {
    /// A user or role by its ARN.
    #[must_use]
    pub fn by_arn(arn: &str) -> Self {
        let account = arn.split(':').nth(4).filter(|account| !account.is_empty());
        Self {
            arn: Some(arn.to_string()),
            account: account.map(ToString::to_string),
        }
    }
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who asks; nobody in the policy of an identity, which is about its owner.
    pub caller: Option<&'a Caller>,
    /// Action, as `kms:Decrypt`.
    pub action: &'a str,
    /// ARN of what it is about.
    pub resource: &'a str,
    /// What is known of its condition keys.
    pub context: &'a Context,
}

/// Whom an allowing statement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The account: what its identities may is left to their own policies.
    Account,
    /// The caller, or everybody.
    Caller,
}

/// What the document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A statement of this name allows it, and none denies it.
    Allowed(Reach, String),
    /// A statement of this name denies it.
    Denied(String),
    /// No statement is about it.
    Silent,
    /// It depends on what is not known.
    CannotTell(String),
}

/// What a document says of a request: a denial comes before everything, and one that cannot be told hides what allows.
#[must_use]
pub fn evaluate(policy: &Policy, ask: Ask<'_>) -> Verdict {
    let (mut allowed, mut unknown) = (None, None);
    let mut denial_unknown = false;
    for statement in &policy.statements {
        let (truth, reach) = matches(statement, ask);
        match (truth, statement.effect) {
            (Truth::No, _) => {}
            (Truth::Yes, Effect::Deny) => return Verdict::Denied(statement.name.clone()),
            (Truth::Yes, Effect::Allow) => {
                let found = (reach, statement.name.clone());
                if allowed.as_ref().is_none_or(|(before, _)| *before < reach) {
                    allowed = Some(found);
                }
            }
            (Truth::Unknown(why), effect) => {
                denial_unknown |= effect == Effect::Deny;
                unknown.get_or_insert(format!("{}: {why}", statement.name));
            }
        }
    }
    match (allowed, unknown) {
        (Some((reach, name)), _) if !denial_unknown => Verdict::Allowed(reach, name),
        (_, Some(why)) => Verdict::CannotTell(why),
        (Some((reach, name)), None) => Verdict::Allowed(reach, name),
        (None, None) => Verdict::Silent,
    }
}

fn matches(statement: &Statement, ask: Ask<'_>) -> (Truth, Reach) {
    let mut truth = Truth::of(named(&statement.actions, ask.action, true));
    if let Some(resources) = &statement.resources {
        truth = truth.and(Truth::of(named(resources, ask.resource, false)));
    }
    let (principal, reach) = match (&statement.principals, ask.caller) {
        (Some(principals), Some(caller)) => names(principals, caller),
        _ => (Truth::Yes, Reach::Caller),
    };
    truth = truth.and(principal);
    for condition in &statement.conditions {
        truth = truth.and(condition.holds(ask.context));
    }
    (truth, reach)
}

/// Actions are compared in any letter case, resources are not.
fn named(patterns: &Patterns, text: &str, any_case: bool) -> bool {
    let matches = |pattern: &String| match any_case {
        true => like(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase()),
        false => like(pattern, text),
    };
    patterns.texts.iter().any(matches) != patterns.negated
}

fn names(principals: &Principals, caller: &Caller) -> (Truth, Reach) {
    if principals.everybody {
        return (Truth::Yes.negate_if(principals.negated), Reach::Caller);
    }
    let (mut found, mut reach) = (Truth::No, Reach::Account);
    for name in &principals.aws {
        match (names_account(name), name.starts_with("arn:")) {
            (Some(account), _) => match &caller.account {
                Some(own) if own == account => found = Truth::Yes,
                Some(_) => {}
                None => found = or_unknown(found, "the caller's account is not known"),
            },
            (None, true) => match &caller.arn {
                Some(own) if own == name => (found, reach) = (Truth::Yes, Reach::Caller),
                Some(_) => {}
                None => found = or_unknown(found, "the caller is not known"),
            },
            // The id that AWS leaves in place of a principal that was deleted: nobody has it.
            (None, false) => {}
        }
    }
    if !principals.others.is_empty() {
        found = or_unknown(found, "canonical and federated users are not looked at");
    }
    (found.negate_if(principals.negated), reach)
}

fn or_unknown(found: Truth, why: &str) -> Truth {
    match found {
        Truth::Yes => Truth::Yes,
        _ => Truth::Unknown(why.to_string()),
    }
}

/// The account that a name stands for: its number alone, or the ARN of its root.
fn names_account(name: &str) -> Option<&str> {
    let account = match name.strip_suffix(":root") {
        Some(arn) => arn.rsplit(':').next()?,
        None => name,
    };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}
