//! The table of states in ARCHITECTURE.md is the one that decides.

use model::migration::{EntryKind, State, next};
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

#[test]
fn the_page_shows_the_table_that_decides() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
    let page = std::fs::read_to_string(page).expect("the page");
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
