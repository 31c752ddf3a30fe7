//! The statements of a forecast side by side: one row per kind of line and Region, for the costs page. Each row can say
//! how it was computed.

use crate::basis::Basis;
use crate::cost::{CostLine, Line, Statement};
use crate::forecast::Forecast;
use crate::format::counted;
use crate::money::NanoUsd;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A figure with how it was computed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Amount; `None` when there is no such line, or its price is not known.
    pub usd: Option<NanoUsd>,
    /// How it was computed; empty when there is no such line.
    pub derivation: String,
}

/// A row of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// What it is for.
    pub line: String,
    /// Region.
    pub region: Option<String>,
    /// As things are now.
    pub before: Figure,
    /// Under SSE-KMS.
    pub after: Figure,
    /// Under SSE-KMS with a bucket key.
    pub after_bucket_key: Figure,
}

type Key<'a> = (CostLine, Option<&'a str>);

/// The three monthly statements, row by row.
#[must_use]
pub fn compare(forecast: &Forecast, basis: &Basis) -> Vec<Comparison> {
    let statements = [&forecast.before, &forecast.after, &forecast.after_bucket_key];
    let mut rows: BTreeMap<Key<'_>, [Vec<&Line>; 3]> = BTreeMap::new();
    for (column, statement) in statements.into_iter().enumerate() {
        for line in &statement.lines {
            let key = (line.what, line.region.as_ref().map(|region| region.0.as_str()));
            rows.entry(key).or_default()[column].push(line);
        }
    }
    rows.into_iter()
        .map(|((what, region), [before, after, after_bucket_key])| Comparison {
            line: what.title(),
            region: region.map(ToString::to_string),
            before: figure(&before, basis),
            after: figure(&after, basis),
            after_bucket_key: figure(&after_bucket_key, basis),
        })
        .collect()
}

/// The lines of one statement, row by row.
#[must_use]
pub fn rows(statement: &Statement, basis: &Basis) -> Vec<(String, Option<String>, Figure)> {
    let mut rows: BTreeMap<Key<'_>, Vec<&Line>> = BTreeMap::new();
    for line in &statement.lines {
        rows.entry((line.what, line.region.as_ref().map(|region| region.0.as_str())))
            .or_default()
            .push(line);
    }
    let text = |((what, region), lines): (Key<'_>, Vec<&Line>)| {
        (
            what.title(),
            region.map(ToString::to_string),
            figure(&lines, basis),
        )
    };
    rows.into_iter().map(text).collect()
}

/// Lines shown one by one in a derivation before the rest is only counted.
const SHOWN: usize = 5;

fn figure(lines: &[&Line], basis: &Basis) -> Figure {
    if lines.is_empty() {
        return Figure::default();
    }
    let usd: Option<NanoUsd> = lines.iter().map(|line| line.usd).sum();
    let mut parts: Vec<String> = lines
        .iter()
        .take(SHOWN)
        .map(|line| sentence(line, basis, lines.len() > 1))
        .collect();
    if lines.len() > SHOWN {
        let rest = u64::try_from(lines.len() - SHOWN).unwrap_or(u64::MAX);
        parts.push(format!("and {} computed in the same way", counted(rest, "line")));
    }
    Figure {
        usd,
        derivation: parts.join(" · "),
    }
}

fn sentence(line: &Line, basis: &Basis, named: bool) -> String {
    let bucket = line.bucket.and_then(|index| basis.buckets.get(index as usize));
    match bucket {
        Some(bucket) if named => format!("{}: {}", bucket.name, line.derivation()),
        _ => line.derivation(),
    }
}
