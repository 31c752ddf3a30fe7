//! Writing to standard output: one document, or lines. A closed pipe ends quietly.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, Write as _};

/// Prints a value as one JSON document.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|source| Failure::other("the result cannot be written as JSON", source))?;
    lines([text])
}

/// Prints lines.
pub(super) fn lines(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for line in lines {
        match writeln!(out, "{line}") {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(source) => return Err(Failure::other("standard output cannot be written", source)),
        }
    }
    Ok(())
}

/// A line of a CSV file (RFC 4180).
pub(super) fn csv(fields: &[&str]) -> String {
    crate::web::csv::line(fields)
}
