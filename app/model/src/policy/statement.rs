//! Reading a policy document. Elements that AWS does not know make it unreadable, as S3 and KMS would refuse it too.

use super::condition::Condition;
use serde_json::{Map, Value};
use std::fmt;

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    what: String,
}

impl PolicyError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "this is not a policy: {}", self.what)
    }
}

impl std::error::Error for PolicyError {}

/// What a statement does when it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// Texts with `*` and `?`, or everything but those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Patterns {
    pub(super) texts: Vec<String>,
    pub(super) negated: bool,
}

/// Whom a statement is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Principals {
    /// `*`, or `{"AWS": "*"}`.
    pub(super) everybody: bool,
    /// ARNs and account numbers.
    pub(super) aws: Vec<String>,
    /// Services, as `logging.s3.amazonaws.com`.
    pub(super) services: Vec<String>,
    /// Canonical users and federated ones, which cannot be told from an ARN, after their kind: `CanonicalUser 79a59d…`.
    pub(super) others: Vec<String>,
    /// All but these.
    pub(super) negated: bool,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name, or its place where it has none.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// Nobody in a policy that belongs to an identity.
    pub(super) principals: Option<Principals>,
    pub(super) actions: Patterns,
    /// Everything where it names none.
    pub(super) resources: Option<Patterns>,
    pub(super) conditions: Vec<Condition>,
}

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Statements in their order.
    pub statements: Vec<Statement>,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is no JSON or not of a policy's form.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| PolicyError::new(error.to_string()))?;
        let statements = statements(&document)?;
        let statements: Result<_, _> = (1..)
            .zip(statements)
            .map(|(place, one)| read(place, one))
            .collect();
        Ok(Self {
            statements: statements?,
        })
    }

    /// What denies alone: for those who have their rights elsewhere.
    #[must_use]
    pub fn denials(mut self) -> Self {
        self.statements.retain(|one| one.effect == Effect::Deny);
        self
    }

    /// Services that a statement allows something, as `logging.s3.amazonaws.com`.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        let allowing = self.statements.iter().filter(|one| one.effect == Effect::Allow);
        allowing
            .filter_map(|one| one.principals.as_ref())
            .flat_map(|principals| principals.services.iter().map(String::as_str))
    }

    /// Names of statements with a condition on a key that begins so; letter case does not count.
    #[must_use]
    pub fn conditioned_on(&self, beginning: &str) -> Vec<&str> {
        let beginning = beginning.to_ascii_lowercase();
        let conditioned = self.statements.iter().filter(|one| {
            one.conditions
                .iter()
                .any(|condition| condition.key.starts_with(&beginning))
        });
        conditioned.map(|one| one.name.as_str()).collect()
    }
}

/// The statements of a document: AWS takes one without a list around it.
pub(super) fn statements(document: &Value) -> Result<Vec<&Value>, PolicyError> {
    match document.get("Statement") {
        Some(Value::Array(all)) => Ok(all.iter().collect()),
        Some(one @ Value::Object(_)) => Ok(vec![one]),
        _ => Err(PolicyError::new("it has no Statement")),
    }
}

fn read(place: usize, statement: &Value) -> Result<Statement, PolicyError> {
    let wrong = |what: &str| PolicyError::new(format!("statement {place} {what}"));
    let statement = statement.as_object().ok_or_else(|| wrong("is not an object"))?;
    let effect = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(wrong("has an Effect that is neither Allow nor Deny")),
    };
    let sid = statement
        .get("Sid")
        .and_then(Value::as_str)
        .filter(|sid| !sid.is_empty());
    let actions = either(statement, "Action", "NotAction").map_err(|what| wrong(&what))?;
    let resources = either(statement, "Resource", "NotResource").map_err(|what| wrong(&what))?;
    Ok(Statement {
        name: sid.map_or_else(|| format!("statement {place}"), ToString::to_string),
        effect,
        principals: principals(statement).map_err(|what| wrong(&what))?,
        actions: actions.ok_or_else(|| wrong("has no Action"))?,
        resources,
        conditions: Condition::read_all(statement.get("Condition")).map_err(|what| wrong(&what))?,
    })
}

fn either(statement: &Map<String, Value>, name: &str, negation: &str) -> Result<Option<Patterns>, String> {
    let of = |name: &str, negated| match statement.get(name) {
        Some(value) => texts(value)
            .map(|texts| Some(Patterns { texts, negated }))
            .ok_or_else(|| format!("has a {name} that is not a text or a list of texts")),
        None => Ok(None),
    };
    Ok(of(name, false)?.or(of(negation, true)?))
}

fn principals(statement: &Map<String, Value>) -> Result<Option<Principals>, String> {
    let (value, negated) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(value), _) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return Ok(None),
    };
    let mut principals = Principals {
        negated,
        ..Principals::default()
    };
    match value {
        Value::String(text) if text == "*" => principals.everybody = true,
        Value::Object(kinds) => {
            for (kind, names) in kinds {
                let names = texts(names).ok_or_else(|| format!("has a Principal {kind} that is no text"))?;
                match kind.as_str() {
                    "AWS" => {
                        principals.everybody |= names.iter().any(|name| name == "*");
                        principals
                            .aws
                            .extend(names.into_iter().filter(|name| name != "*"));
                    }
                    "Service" => principals.services.extend(names),
                    _ => {
                        let names = names.iter().map(|name| format!("{kind} {name}"));
                        principals.others.extend(names);
                    }
                }
            }
        }
        _ => return Err("has a Principal that is neither * nor an object".to_string()),
    }
    Ok(Some(principals))
}

/// A text or a list of texts; AWS takes both everywhere. Numbers and booleans of conditions count as their text.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(all) => all.iter().map(text).collect(),
        one => Some(vec![text(one)?]),
    }
}
