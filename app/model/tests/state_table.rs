//! The table of states in ARCHITECTURE.md is the one that decides, and the drawing above it has the same arrows.

use model::migration::{EntryKind, State, next};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The page, between these two lines.
const BEGIN: &str = "<!-- The table of `next`, kept by a test. -->\n";
const END: &str = "<!-- End of the table. -->\n";

/// A row for each kind of entry, a column for each state, and in it the state that follows.
fn table() -> String {
    let mut table = String::from("| Entry |");
    for state in State::ALL {
        write!(table, " {state:?} |").expect("a string takes it");
    }
    table.push_str(&format!("\n|---|{}\n", "---|".repeat(State::ALL.len())));
    for &kind in EntryKind::ALL {
        write!(table, "| `{}` |", kind.name()).expect("a string takes it");
        for state in State::ALL {
            let cell = match next(state, kind) {
                Ok(after) if after == state => "stays".to_string(),
                Ok(after) => format!("{after:?}"),
                Err(_) => String::new(),
            };
            write!(table, " {cell} |").expect("a string takes it");
        }
        table.push('\n');
    }
    table
}

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
    std::fs::read_to_string(page).expect("the page")
}

/// The drawing, between these two lines.
const DRAWING: &str = "<!-- Its arrows are those of `next`, kept by a test. -->\n```text\n";
const DRAWN: &str = "```\n";

/// A change of the state: from which, by what, to which; all in small letters, without blanks.
type Arrow = (String, String, String);

fn arrow(from: &str, by: &str, to: &str) -> Arrow {
    let plain = |name: &str| name.replace(' ', "").to_lowercase();
    (plain(from), plain(by), plain(to))
}

/// The arrows of a line, `one · other ──entry──► state ──entry──► state`.
fn arrows(line: &str) -> Vec<Arrow> {
    let stations: Vec<&str> = line.split('►').collect();
    let mut arrows = Vec::new();
    for pair in stations.windows(2) {
        let (from, by) = pair[0].split_once('─').expect("an arrow has a shaft");
        let to = pair[1].split('─').next().unwrap_or_default();
        let by = by.trim_matches('─');
        arrows.extend(from.split('·').map(|from| arrow(from, by, to)));
    }
    arrows
}

#[test]
fn the_drawing_has_the_arrows_of_the_table() {
    let page = page();
    let drawing = page
        .split_once(DRAWING)
        .and_then(|(_, rest)| rest.split_once(DRAWN))
        .map(|(drawing, _)| drawing)
        .expect("a drawing");
    let drawn: Vec<Arrow> = drawing.lines().flat_map(arrows).collect();
    let mut decided = BTreeSet::new();
    for state in State::ALL {
        for &kind in EntryKind::ALL {
            let moves = next(state, kind).ok().filter(|after| *after != state);
            decided
                .extend(moves.map(|after| arrow(&format!("{state:?}"), kind.name(), &format!("{after:?}"))));
        }
    }
    let once: BTreeSet<Arrow> = drawn.iter().cloned().collect();
    assert_eq!(once.len(), drawn.len(), "an arrow is drawn once");
    assert_eq!(once, decided);
}

#[test]
fn the_page_shows_the_table_that_decides() {
    let page = page();
    let shown = page
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(shown, _)| shown.trim());
    let table = table();
    assert_eq!(
        shown,
        Some(table.trim()),
        "put this between the two comments of ARCHITECTURE.md:\n\n{table}"
    );
}
