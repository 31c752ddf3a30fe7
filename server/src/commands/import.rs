//! `rekey import`: reads a source into the data directory, with progress on standard error.

use super::inputs::read;
use super::output;
use crate::cli;
use crate::failure::Failure;
use crate::service::intake;
use engine::{Clock as _, SystemClock};
use ingest::Progress;
use model::format::{bytes, counted, grouped};
use model::inventory::Snapshot;
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use store::Store;

pub(crate) async fn run(arguments: cli::Import) -> Result<(), Failure> {
    let store = Store::open(&arguments.data.directory)?;
    let snapshots = read(
        &arguments.source,
        arguments.region,
        arguments.assume_role,
        &arguments.data,
        Arc::new(show),
    )
    .await?;
    let mut lines = Vec::new();
    for snapshot in &snapshots {
        let new = intake::keep(&store, snapshot, SystemClock.now()).await?;
        lines.extend(summary(snapshot, new));
    }
    match snapshots.as_slice() {
        [only] if arguments.json => output::json(only),
        several if arguments.json => output::json(&Several { snapshots: several }),
        _ => output::lines(lines),
    }
}

/// What `--json` prints of a folder that holds several deliveries.
#[derive(Serialize)]
struct Several<'a> {
    snapshots: &'a [Snapshot],
}

fn show(sources: (u64, u64), progress: Progress) {
    let mut error = std::io::stderr().lock();
    let seconds = progress.elapsed.as_secs_f64().max(0.001);
    let delivery = match sources {
        (_, 1) => String::new(),
        (number, all) => format!("delivery {number} of {all}, "),
    };
    let text = format!(
        "{delivery}{} of {}, {}, {} of {}, {:.0} rows/s",
        grouped(progress.files_done),
        counted(progress.files_total, "file"),
        counted(progress.rows, "row"),
        bytes(progress.bytes_read),
        bytes(progress.bytes_total),
        // Shown only; nothing is computed from it.
        progress.rows as f64 / seconds
    );
    let ended = progress.files_done == progress.files_total;
    // A terminal gets one line that changes; a log gets the last one.
    let _ = if error.is_terminal() {
        write!(error, "\r{text}{}", if ended { "\n" } else { "" })
    } else if ended {
        writeln!(error, "{text}")
    } else {
        Ok(())
    };
}

fn summary(snapshot: &Snapshot, new: bool) -> Vec<String> {
    let known = if new { "" } else { " (was imported before)" };
    let mut lines = vec![
        format!("Snapshot {}{known}", snapshot.id),
        format!(
            "{} in {}",
            counted(snapshot.objects.0, "object"),
            snapshot.buckets().join(", ")
        ),
        format!(
            "{}, {}",
            bytes(snapshot.bytes),
            counted(snapshot.groups.len() as u64, "group")
        ),
    ];
    for share in &snapshot.keys {
        lines.push(format!(
            "{}: {}, {} under {}",
            share.bucket,
            counted(share.objects.0, "object"),
            bytes(share.bytes),
            share.key.as_deref().unwrap_or("a key that is not named")
        ));
    }
    for totals in &snapshot.totals {
        let figure = |figure: Option<u64>| figure.map_or_else(|| "not given".to_string(), grouped);
        lines.push(format!(
            "Macie's own totals of {}: buckets {}, objects {}, bytes {}",
            totals.region,
            figure(totals.buckets),
            figure(totals.objects.map(|objects| objects.0)),
            figure(totals.bytes.map(|bytes| bytes.0))
        ));
    }
    for warning in &snapshot.warnings {
        lines.push(format!(
            "Warning: {} ({}, first in {})",
            warning.message,
            counted(warning.rows, "row"),
            warning.first_seen
        ));
    }
    lines
}
