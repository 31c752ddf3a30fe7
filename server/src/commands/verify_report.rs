//! `rekey verify-report`: checks the hash chain of a report, and that its figures follow from its entries. Needs neither
//! account nor data directory.

use super::output;
use crate::cli;
use crate::failure::Failure;
use crate::report::check;
use model::format::grouped;
use serde_json::json;

pub(crate) fn run(arguments: &cli::VerifyReport) -> Result<(), Failure> {
    let path = arguments.file.display();
    let text = std::fs::read(&arguments.file)
        .map_err(|error| Failure::input(format!("{path} cannot be read: {error}")))?;
    match check(&text, arguments.noted.as_deref()) {
        Ok(whole) if arguments.json => {
            let (migration, verdict) = (&whole.migration, &whole.verdict);
            let (entries, last) = (whole.entries, &whole.last);
            output::json(
                &json!({ "whole": true, "migration": migration, "entries": entries, "last_hash": last, "verdict": verdict }),
            )
        }
        Ok(whole) => output::lines([format!(
            "Whole: {} from the plan of {} to hash {}. {}",
            counted_entries(whole.entries),
            whole.migration,
            whole.last,
            whole.verdict
        )]),
        Err(finding) => {
            if arguments.json {
                let (seq, problem) = (finding.seq, finding.problem);
                output::json(
                    &json!({ "whole": false, "seq": seq, "problem": problem, "message": finding.message }),
                )?;
            }
            Err(Failure::input(format!("{path}: {finding}")))
        }
    }
}

fn counted_entries(count: u64) -> String {
    if count == 1 {
        "1 entry".to_string()
    } else {
        format!("{} entries", grouped(count))
    }
}
