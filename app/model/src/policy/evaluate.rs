//! What one document says of one request.

use super::condition::{Context, Truth};
use super::pattern::{arn_like, arn_like_beginning, like};
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
        Self {
            arn: Some(arn.to_string()),
            account: account_in(arn).map(ToString::to_string),
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
    /// ARN of what it is about; with a `*` at its end, everything that begins so. Of that, a statement about a part only
    /// leaves the answer open.
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
    /// A statement leaves it to the account, and whether another allows the caller itself depends on what is not known.
    AllowedByAccount(String),
    /// A statement of this name denies it.
    Denied(String),
    /// No statement is about it.
    Silent,
    /// It depends on what is not known.
    CannotTell(String),
}

/// What allows, to one reach: the first statement that does, and the first of which it cannot be told.
#[derive(Debug, Default)]
struct Allowing {
    surely: Option<String>,
    perhaps: Option<String>,
}

impl Allowing {
    fn note(&mut self, truth: Truth, statement: &Statement) {
        match truth {
            Truth::Yes => {
                self.surely.get_or_insert_with(|| statement.name.clone());
            }
            Truth::Unknown(why) => {
                self.perhaps.get_or_insert_with(|| about(statement, &why));
            }
            Truth::No => {}
        }
    }
}

fn about(statement: &Statement, why: &str) -> String {
    format!("{}: {why}", statement.name)
}

/// What a document says of a request: a denial comes before everything, and one that cannot be told hides what allows.
#[must_use]
pub fn evaluate(policy: &Policy, ask: Ask<'_>) -> Verdict {
    let (mut account, mut caller) = (Allowing::default(), Allowing::default());
    let mut denial = None;
    for statement in &policy.statements {
        let (to_account, to_caller) = matches(statement, ask);
        match (statement.effect, to_account.or(to_caller.clone())) {
            (Effect::Deny, Truth::Yes) => return Verdict::Denied(statement.name.clone()),
            (Effect::Deny, Truth::Unknown(why)) => {
                denial.get_or_insert_with(|| about(statement, &why));
            }
            (Effect::Deny, Truth::No) => {}
            (Effect::Allow, to_either) => {
                caller.note(to_caller, statement);
                account.note(to_either, statement);
            }
        }
    }
    match (
        denial,
        caller.surely,
        account.surely,
        caller.perhaps,
        account.perhaps,
    ) {
        (Some(why), ..) => Verdict::CannotTell(why),
        (None, Some(name), ..) => Verdict::Allowed(Reach::Caller, name),
        (None, None, Some(_), Some(why), _) => Verdict::AllowedByAccount(why),
        (None, None, Some(name), ..) => Verdict::Allowed(Reach::Account, name),
        (None, None, None, Some(why), _) | (None, None, None, None, Some(why)) => Verdict::CannotTell(why),
        (None, None, None, None, None) => Verdict::Silent,
    }
}

/// Whether a statement is about a request: of the caller's account, and of the caller itself.
fn matches(statement: &Statement, ask: Ask<'_>) -> (Truth, Truth) {
    let mut truth = acts(&statement.actions, ask.action);
    if let Some(resources) = &statement.resources {
        truth = truth.and(covers(resources, ask.resource));
    }
    for condition in &statement.conditions {
        truth = truth.and(condition.holds(ask.context));
    }
    let (account, caller) = match (&statement.principals, ask.caller) {
        (Some(principals), Some(caller)) if principals.negated => {
            (Truth::No, all_but(principals, caller, statement.effect))
        }
        (Some(principals), Some(caller)) => names(principals, caller),
        _ => (Truth::No, Truth::Yes),
    };
    (truth.clone().and(account), truth.and(caller))
}

/// Actions are compared in any letter case.
pub(super) fn acts(actions: &Patterns, action: &str) -> Truth {
    let action = action.to_ascii_lowercase();
    let mut patterns = actions.texts.iter();
    let found = patterns.any(|pattern| like(&pattern.to_ascii_lowercase(), &action));
    Truth::of(found).negate_if(actions.negated)
}

/// Resources are compared as they are written, part by part.
fn covers(resources: &Patterns, arn: &str) -> Truth {
    let covers = |pattern: &String| match pattern.as_str() {
        "*" => Truth::Yes,
        pattern if pattern.contains("${") => {
            Truth::Unknown("a policy variable is in its resource".to_string())
        }
        pattern => match arn.strip_suffix('*') {
            Some(beginning) => arn_like_beginning(pattern, beginning),
            None => arn_like(pattern, arn),
        },
    };
    let found = resources.texts.iter().map(covers).fold(Truth::No, Truth::or);
    found.negate_if(resources.negated)
}

/// Whether principals name the caller's account, and the caller.
fn names(principals: &Principals, caller: &Caller) -> (Truth, Truth) {
    if principals.everybody {
        return (Truth::No, Truth::Yes);
    }
    let unknown = |why: &str| Truth::Unknown(why.to_string());
    let account = |name: &String| match (names_account(name), &caller.account) {
        (Some(account), Some(own)) => Truth::of(own == account),
        (Some(_), None) => unknown("the caller's account is not known"),
        (None, _) => Truth::No,
    };
    let itself = |name: &String| match &caller.arn {
        // The id that AWS leaves in place of a principal that was deleted: nobody has it.
        _ if names_account(name).is_some() || !name.starts_with("arn:") => Truth::No,
        Some(own) if own == name => Truth::Yes,
        Some(own) if is_session_of(name, own) => unknown("it names a session of the role"),
        Some(_) => Truth::No,
        None if is_of_another(name, caller) => Truth::No,
        None => unknown("the caller is not known"),
    };
    let of = |part: &dyn Fn(&String) -> Truth| principals.aws.iter().map(part).fold(Truth::No, Truth::or);
    let others = if principals.others.is_empty() {
        Truth::No
    } else {
        unknown(OTHERS)
    };
    (of(&account), of(&itself).or(others))
}

/// Whether a user or role belongs to another account than the caller, as far as both are known.
fn is_of_another(name: &str, caller: &Caller) -> bool {
    let accounts = (account_in(name), caller.account.as_deref());
    matches!(accounts, (Some(account), Some(own)) if account != own)
}

const OTHERS: &str = "canonical and federated users are not looked at";

/// Everybody but those who are named. Whether the one who is named is spared depends on more than is known: its account, and
/// of a role the session, must be named as well, and a permissions boundary undoes it (IAM User Guide, `NotPrincipal`).
fn all_but(principals: &Principals, caller: &Caller, effect: Effect) -> Truth {
    if principals.everybody {
        return Truth::No;
    }
    let unknown = |why: &str| Truth::Unknown(why.to_string());
    if effect == Effect::Allow {
        return unknown("NotPrincipal is for denials, and what it allows is not documented");
    }
    if !principals.others.is_empty() {
        return unknown(OTHERS);
    }
    let may_be = |name: &String| match (names_account(name), &caller.account, &caller.arn) {
        (Some(account), Some(own), _) => own == account,
        (None, _, Some(own)) => own == name || is_session_of(name, own),
        (None, Some(own), None) => account_in(name) == Some(own.as_str()),
        (_, None, _) => true,
    };
    if principals.aws.iter().any(may_be) {
        return unknown("NotPrincipal names the caller, its account or a session of it");
    }
    Truth::Yes
}

/// Whether a name is that of a session of a role: `arn:aws:sts::111122223333:assumed-role/reader/monday` of
/// `arn:aws:iam::111122223333:role/team/reader`.
fn is_session_of(name: &str, role: &str) -> bool {
    let of = name
        .split_once(":assumed-role/")
        .and_then(|(_, rest)| rest.split('/').next());
    let own = role
        .split_once(":role/")
        .and_then(|(_, path)| path.rsplit('/').next());
    of.is_some() && of == own && account_in(name) == account_in(role)
}

/// The account in an ARN, where it has one.
fn account_in(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The account that a name stands for: its number alone, or the ARN of its root.
pub(super) fn names_account(name: &str) -> Option<&str> {
    let account = match name.strip_suffix(":root") {
        Some(arn) => arn.rsplit(':').next()?,
        None => name,
    };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}
