//! Conditions of a statement: whether they hold, do not hold, or cannot be told.

use super::pattern::{arn_like, like};
use super::statement::texts;
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// Why it cannot be told.
    Unknown(String),
}

impl Truth {
    pub(super) const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Both: one that does not hold decides, whatever cannot be told of the other.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (unknown, _) => unknown,
        }
    }

    /// Either: one that holds decides, whatever cannot be told of the other.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, other) => other,
            (unknown, _) => unknown,
        }
    }

    pub(super) fn negate_if(self, negated: bool) -> Self {
        match self {
            Self::Yes if negated => Self::No,
            Self::No if negated => Self::Yes,
            same => same,
        }
    }
}

/// What is known of a request's condition keys. A key that was never mentioned is unknown; one that is known to be absent
/// is another matter, since conditions hold or fail by that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    known: BTreeMap<String, Option<String>>,
}

impl Context {
    /// With a key and its value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.known.insert(key.to_ascii_lowercase(), Some(value.into()));
        self
    }

    /// With a key that the request does not have.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.known.insert(key.to_ascii_lowercase(), None);
        self
    }

    /// Keys with a value.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known
            .iter()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_deref()?)))
    }
}

/// One operator on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    operator: String,
    /// In small letters.
    pub(super) key: String,
    values: Vec<String>,
}

impl Condition {
    pub(super) fn read_all(block: Option<&Value>) -> Result<Vec<Self>, String> {
        let Some(block) = block else { return Ok(Vec::new()) };
        let operators = block.as_object().ok_or("has a Condition that is not an object")?;
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            let keys = keys
                .as_object()
                .ok_or_else(|| format!("has a Condition {operator} that is not an object"))?;
            for (key, values) in keys {
                let values =
                    texts(values).ok_or_else(|| format!("has a Condition on {key} that is no text"))?;
                conditions.push(Self {
                    operator: operator.clone(),
                    key: key.to_ascii_lowercase(),
                    values,
                });
            }
        }
        Ok(conditions)
    }

    /// Whether it holds. A key that the request does not have fails what compares, and fulfils what compares in the
    /// negative or ends in `IfExists`.
    pub(super) fn holds(&self, context: &Context) -> Truth {
        let (operator, if_exists) = match self.operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (self.operator.as_str(), false),
        };
        let unknown = |what: &str| Truth::Unknown(format!("{what} {}", self.key));
        let Some(value) = context.known.get(&self.key) else {
            return unknown("nothing is known of the request's");
        };
        if operator == "Null" {
            let asks = |word: &str| self.values.iter().any(|value| value.eq_ignore_ascii_case(word));
            return Truth::of(asks(if value.is_none() { "true" } else { "false" }));
        }
        let Some((compare, negated)) = comparison(operator) else {
            return unknown(&format!("{operator} is not evaluated here, on"));
        };
        let Some(value) = value else {
            return Truth::of(negated || if_exists);
        };
        if self.values.iter().any(|value| value.contains("${")) {
            return unknown("a policy variable is compared with");
        }
        let matches = self.values.iter().map(|pattern| compare(pattern, value));
        matches.fold(Truth::No, Truth::or).negate_if(negated)
    }
}

type Compare = fn(&str, &str) -> Truth;

/// How an operator compares, and whether it holds when nothing matches.
fn comparison(operator: &str) -> Option<(Compare, bool)> {
    let equal: Compare = |pattern, value| Truth::of(pattern == value);
    let equal_in_any_case: Compare = |pattern, value| Truth::of(pattern.eq_ignore_ascii_case(value));
    let like: Compare = |pattern, value| Truth::of(like(pattern, value));
    Some(match operator {
        "StringEquals" => (equal, false),
        "StringNotEquals" => (equal, true),
        "StringEqualsIgnoreCase" | "Bool" => (equal_in_any_case, false),
        "StringNotEqualsIgnoreCase" => (equal_in_any_case, true),
        "StringLike" => (like, false),
        "StringNotLike" => (like, true),
        "ArnLike" | "ArnEquals" => (arn_like, false),
        "ArnNotLike" | "ArnNotEquals" => (arn_like, true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each part by itself; what is no whole ARN cannot be told, unless another pattern decides.
    #[test]
    fn arns_are_compared_part_by_part() {
        const BUCKET: &str = "arn:aws:s3:::alpha";
        const ROLE: &str = "arn:aws:iam::111122223333:role/team/a";
        let (yes, no) = (Some(true), Some(false));
        for (patterns, value, expected) in [
            (vec![BUCKET], BUCKET, yes),
            (vec!["arn:aws:s3:::al*"], BUCKET, yes),
            (vec!["arn:aws:s3:::AL*"], BUCKET, no),
            (vec!["arn:*:s3:::alph?"], BUCKET, yes),
            (vec!["arn:aws:iam::*:role/*"], ROLE, yes),
            (vec!["arn:aws:iam::111122223333:role/a"], ROLE, no),
            (vec!["arn:aws:*:role/*:*:*"], ROLE, no),
            (vec!["arn:aws:iam::*/a:*"], ROLE, no),
            (vec!["arn:aws:iam:*"], ROLE, None),
            (vec!["*"], ROLE, None),
            (vec!["*", ROLE], ROLE, yes),
            (vec![ROLE], "not-an-arn", None),
        ] {
            for (operator, negated) in [
                ("ArnLike", false),
                ("ArnEquals", false),
                ("ArnNotLike", true),
                ("ArnNotEquals", true),
            ] {
                let condition = Condition {
                    operator: operator.to_string(),
                    key: "aws:sourcearn".to_string(),
                    values: patterns.iter().map(ToString::to_string).collect(),
                };
                let told = match condition.holds(&Context::default().with("aws:SourceArn", value)) {
                    Truth::Yes => Some(true),
                    Truth::No => Some(false),
                    Truth::Unknown(_) => None,
                };
                let expected = expected.map(|holds| holds != negated);
                assert_eq!(told, expected, "{operator} {patterns:?} {value}");
            }
        }
    }

    #[test]
    fn what_an_absent_key_means_depends_on_the_operator() {
        let condition = |operator: &str| Condition {
            operator: operator.to_string(),
            key: "s3:x".to_string(),
            values: vec!["a".to_string()],
        };
        let absent = Context::default().without("s3:X");
        for (operator, absent_holds, other_holds) in [
            ("StringEquals", Truth::No, Truth::No),
            ("StringEqualsIfExists", Truth::Yes, Truth::No),
            ("StringNotEquals", Truth::Yes, Truth::Yes),
            ("StringNotLikeIfExists", Truth::Yes, Truth::Yes),
        ] {
            assert_eq!(condition(operator).holds(&absent), absent_holds, "{operator}");
            let other = Context::default().with("s3:x", "b");
            assert_eq!(condition(operator).holds(&other), other_holds, "{operator}");
        }
        let unheard = condition("StringEquals").holds(&Context::default());
        assert!(matches!(unheard, Truth::Unknown(_)));
        let numeric = condition("NumericEquals").holds(&absent);
        assert!(matches!(numeric, Truth::Unknown(_)), "{numeric:?}");
    }
}
