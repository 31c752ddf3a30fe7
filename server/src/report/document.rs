//! The document's text in three parts, so that a long journal is written as it is read: what stands before the
//! entries, entries, and what stands after them. Called by the service.

use super::{ChainEnd, FORMAT, Link, Opening, RULE, Statement};

/// From the first brace to the first entry.
pub(crate) fn head(opening: &Opening) -> Result<String, serde_json::Error> {
    Ok(format!(
        "{{\"format\":{},\"rule\":{},\"opening\":{},\"entries\":[",
        serde_json::to_string(FORMAT)?,
        serde_json::to_string(RULE)?,
        serde_json::to_string(opening)?
    ))
}

/// Entries, one a line; `are_first` when none stand before them.
pub(crate) fn entries(links: &[Link], are_first: bool) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for (index, link) in links.iter().enumerate() {
        text.push_str(if are_first && index == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(link)?);
    }
    Ok(text)
}

/// From the last entry to the last brace.
pub(crate) fn tail(statement: &Statement, end: &ChainEnd) -> Result<String, serde_json::Error> {
    Ok(format!(
        "],\n\"statement\":{},\n\"chain\":{}}}\n",
        serde_json::to_string(statement)?,
        serde_json::to_string(end)?
    ))
}
