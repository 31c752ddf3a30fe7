//! Checks a report against itself: the chain from the plan to the last entry, the count and the last hash that it
//! states, and what the entries amount to. Gives the first thing that does not fit. Called by `rekey verify-report`.

use super::{Book, Chain, ChainEnd, FORMAT, Link, Opening, RULE};
use model::migration::Recorded;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// The document as it was written, read loosely: what was altered must still be readable.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    rule: String,
    opening: Value,
    entries: Vec<Link>,
    statement: Value,
    chain: ChainEnd,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wrong {
    /// It is no report, or of a version that this one cannot read.
    Unreadable,
    /// Something has another hash than it states.
    Altered,
    /// An entry is not there.
    Missing,
    /// Entries stand in another order.
    Reordered,
    /// An entry is there that the report does not count.
    Added,
    /// The end is not there.
    CutOff,
    /// What is stated does not follow from the entries.
    Contradicted,
    /// A hash that was noted elsewhere is not in the chain.
    OtherHistory,
}

/// The first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Position of the entry, where it is one.
    pub(crate) seq: Option<u64>,
    /// What is wrong.
    pub(crate) problem: Wrong,
    /// In a sentence.
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(seq: Option<u64>, problem: Wrong, message: impl Into<String>) -> Self {
        Self {
            seq,
            problem,
            message: message.into(),
        }
    }

    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(None, Wrong::Unreadable, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Finding {}

/// A report in which everything fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Whole {
    /// Id of the migration.
    pub(crate) migration: String,
    /// Entries.
    pub(crate) entries: u64,
    /// Hash of the last entry.
    pub(crate) last: String,
    /// The result.
    pub(crate) verdict: String,
}

/// Checks a document; `noted` is a hash that somebody noted from an earlier report of the same migration, or from this
/// one.
pub(crate) fn check(text: &[u8], noted: Option<&str>) -> Result<Whole, Finding> {
    let document: Document = serde_json::from_slice(text).map_err(|error| {
        Finding::unreadable(format!(
            "This is not a whole report of Rekey: {error}. Fetch it again from /api/v1/migrations/ID/report."
        ))
    })?;
    if document.format != FORMAT {
        let format = &document.format;
        return Err(Finding::unreadable(format!(
            "The report is of the form `{format}`, and this version of Rekey reads `{FORMAT}`: use the version that made it."
        )));
    }
    if document.rule != RULE {
        return Err(Finding::new(
            None,
            Wrong::Altered,
            "The rule by which the hashes are made was altered: whoever checks the report by it would check something else.",
        ));
    }
    let mut chain = Chain::open(&document.opening);
    if chain.end(&Value::Null).opening != document.chain.opening {
        return Err(Finding::new(
            None,
            Wrong::Altered,
            "The plan, or when and by whom it was stored, was altered: it has another hash than the report states.",
        ));
    }
    links(&mut chain, &document.entries)?;
    let end = chain.end(&document.statement);
    ends(&end, &document)?;
    let whole = follows(&document)?;
    if end.seal != document.chain.seal {
        return Err(Finding::new(
            None,
            Wrong::Altered,
            "What is beside the entries (when the report was made, or the later inventories) was altered: it has another hash than the report states.",
        ));
    }
    if let Some(noted) = noted
        && noted != end.opening
        && !document.entries.iter().any(|link| link.hash == noted)
    {
        return Err(Finding::new(
            None,
            Wrong::OtherHistory,
            format!(
                "No entry has the hash {noted} that was noted: this report tells another history, or of another migration."
            ),
        ));
    }
    Ok(whole)
}

fn seq_of(link: &Link) -> Option<u64> {
    link.recorded.get("seq").and_then(Value::as_u64)
}

/// Every entry in its place, with the hash that it states.
fn links(chain: &mut Chain, entries: &[Link]) -> Result<(), Finding> {
    for (expected, (index, link)) in (1..).zip(entries.iter().enumerate()) {
        let Some(seq) = seq_of(link) else {
            return Err(Finding::unreadable(format!(
                "An entry where entry {expected} belongs has no position `seq`."
            )));
        };
        if seq != expected {
            return Err(misplaced(expected, seq, &entries[index..]));
        }
        if chain.add_recorded(link.recorded.clone()).hash != link.hash {
            return Err(Finding::new(
                Some(seq),
                Wrong::Altered,
                format!("Entry {seq} was altered: it has another hash than the report states."),
            ));
        }
    }
    Ok(())
}

/// Why another entry stands where `expected` belongs.
fn misplaced(expected: u64, seq: u64, rest: &[Link]) -> Finding {
    if seq < expected {
        return Finding::new(
            Some(seq),
            Wrong::Added,
            format!("Entry {seq} is there twice: it stands again where entry {expected} belongs."),
        );
    }
    if rest.iter().any(|link| seq_of(link) == Some(expected)) {
        return Finding::new(
            Some(expected),
            Wrong::Reordered,
            format!("Entry {expected} stands after entry {seq}: the entries were reordered."),
        );
    }
    Finding::new(
        Some(expected),
        Wrong::Missing,
        format!("Entry {expected} is missing: entry {seq} stands in its place."),
    )
}

/// As many entries as are stated, and the last of them.
fn ends(end: &ChainEnd, document: &Document) -> Result<(), Finding> {
    let stated = &document.chain;
    if end.entries < stated.entries {
        return Err(Finding::new(
            Some(end.entries + 1),
            Wrong::CutOff,
            format!(
                "The report is cut off: it states {} entries, and from entry {} on they are missing.",
                stated.entries,
                end.entries + 1
            ),
        ));
    }
    if end.entries > stated.entries {
        return Err(Finding::new(
            Some(stated.entries + 1),
            Wrong::Added,
            format!(
                "Entry {} was added: the report states {} entries.",
                stated.entries + 1,
                stated.entries
            ),
        ));
    }
    if end.last != stated.last {
        return Err(Finding::new(
            Some(end.entries),
            Wrong::Altered,
            format!(
                "The last hash that the report states is not that of entry {}.",
                end.entries
            ),
        ));
    }
    Ok(())
}

/// The summary and the commands follow from the entries.
fn follows(document: &Document) -> Result<Whole, Finding> {
    let newer = |what: String, error: &dyn fmt::Display| {
        format!(
            "{what} cannot be read by this version of Rekey: {error}. Use the version that made the report."
        )
    };
    let opening = Opening::deserialize(&document.opening)
        .map_err(|error| Finding::unreadable(newer("The plan".to_string(), &error)))?;
    let mut book = Book::open(&opening).map_err(|error| Finding::unreadable(error.to_string()))?;
    for link in &document.entries {
        let seq = seq_of(link);
        let recorded = Recorded::deserialize(&Value::Object(link.recorded.clone())).map_err(|error| {
            let which = format!("Entry {}", seq.unwrap_or_default());
            Finding::new(seq, Wrong::Unreadable, newer(which, &error))
        })?;
        let entry = link.recorded.get("entry").unwrap_or(&Value::Null);
        book.note(&recorded, entry).map_err(|error| {
            let message = format!(
                "The entries contradict each other: {}.",
                crate::service::chain(&error)
            );
            Finding::new(seq, Wrong::Contradicted, message)
        })?;
    }
    let (summary, commands) = book.summary();
    let verdict = summary.verdict.clone();
    for (name, computed) in [
        ("summary", serde_json::to_value(summary)),
        ("commands", serde_json::to_value(commands)),
    ] {
        let computed = computed.map_err(|error| Finding::unreadable(error.to_string()))?;
        let stated = document.statement.get(name).unwrap_or(&Value::Null);
        if let Some(difference) = difference(name, stated, &computed) {
            let message = format!("{difference}{}", by_another(&document.statement));
            return Err(Finding::new(None, Wrong::Contradicted, message));
        }
    }
    Ok(Whole {
        migration: opening.plan.id.0,
        entries: document.chain.entries,
        last: document.chain.last.clone(),
        verdict,
    })
}

/// Says that another version made the report, which may add up or word things in another way.
fn by_another(statement: &Value) -> String {
    let own = env!("CARGO_PKG_VERSION");
    match statement.get("made_by").and_then(Value::as_str) {
        Some(made_by) if made_by == own => String::new(),
        made_by => format!(
            " Rekey {} made the report and {own} checked it: check it with that version before you conclude anything.",
            made_by.unwrap_or("of an unknown version")
        ),
    }
}

/// The first place where what is stated is not what the entries amount to.
fn difference(place: &str, stated: &Value, computed: &Value) -> Option<String> {
    match (stated, computed) {
        (Value::Object(stated), Value::Object(computed)) => fields_differ(place, stated, computed),
        (Value::Array(stated), Value::Array(computed)) if stated.len() == computed.len() => {
            let mut pairs = stated.iter().zip(computed).enumerate();
            pairs.find_map(|(index, (stated, computed))| {
                difference(&format!("{place}[{index}]"), stated, computed)
            })
        }
        (Value::Array(stated), Value::Array(computed)) => Some(format!(
            "The report contradicts its entries: `{place}` lists {}, the entries amount to {}.",
            stated.len(),
            computed.len()
        )),
        (stated, computed) => (stated != computed).then(|| {
            format!(
                "The report contradicts its entries: `{place}` says {stated}, the entries amount to {computed}."
            )
        }),
    }
}

fn fields_differ(place: &str, stated: &Map<String, Value>, computed: &Map<String, Value>) -> Option<String> {
    let mut names: Vec<&String> = stated.keys().chain(computed.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().find_map(|name| {
        let (stated, computed) = (stated.get(name), computed.get(name));
        let place = format!("{place}.{name}");
        difference(
            &place,
            stated.unwrap_or(&Value::Null),
            computed.unwrap_or(&Value::Null),
        )
    })
}

#[cfg(test)]
mod tests;
