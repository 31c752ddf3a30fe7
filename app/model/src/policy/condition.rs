//! Conditions of a statement: whether they hold, do not hold, or cannot be told.

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
            let absent = self.values.iter().any(|value| value == "true");
            return Truth::of(value.is_none() == absent);
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
        let matches = self.values.iter().any(|pattern| compare(pattern, value));
        Truth::of(matches).negate_if(negated)
    }
}

type Compare = fn(&str, &str) -> bool;

/// How an operator compares, and whether it holds when nothing matches.
fn comparison(operator: &str) -> Option<(Compare, bool)> {
    let equal: Compare = |pattern, value| pattern == value;
    let equal_in_any_case: Compare = |pattern, value| pattern.eq_ignore_ascii_case(value);
    Some(match operator {
        "StringEquals" => (equal, false),
        "StringNotEquals" => (equal, true),
        "StringEqualsIgnoreCase" | "Bool" => (equal_in_any_case, false),
        "StringNotEqualsIgnoreCase" => (equal_in_any_case, true),
        "StringLike" | "ArnLike" | "ArnEquals" => (like, false),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (like, true),
        _ => return None,
    })
}

/// Whether a text matches a pattern in which `*` stands for any run of characters and `?` for one.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(&letter) if letter == b'?' || letter == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((mark, from)) = star else { return false };
                star = Some((mark, from + 1));
                at = mark + 1;
                place = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:*", "s3:PutObject", true),
            ("s3:*Object", "s3:PutObject", true),
            ("s3:*Object", "s3:PutObjectAcl", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
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
