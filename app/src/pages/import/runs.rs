//! Imports of this process: how far they are, how they ended.

use crate::backend::ImportRun;
use crate::parts::ErrorBox;
use leptos::prelude::*;
use model::format::{bytes, counted, duration, grouped};
use model::inventory::SnapshotId;
use model::quantity::Bytes;

/// Ended imports that show at once; the others open.
const SHOWN: usize = 2;

/// What runs and what ended last, newest first; nothing when nothing was imported since the start.
#[component]
pub(super) fn Runs(runs: Vec<ImportRun>, imported: Vec<SnapshotId>) -> impl IntoView {
    let row = |run: ImportRun| {
        let kept = matches!(&run.ended, Some(Ok(ids)) if ids.iter().all(|id| imported.contains(id)));
        view! { <li class="stack"><Run run kept/></li> }
    };
    let (running, mut ended): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.ended.is_none());
    let earlier = ended.split_off(ended.len().min(SHOWN));
    let now: Vec<_> = running.into_iter().chain(ended).collect();
    let more = (!earlier.is_empty()).then(|| {
        let summary = format!("{} before", counted(earlier.len() as u64, "import"));
        view! {
            <details>
                <summary>{summary}</summary>
                <ul class="stack-wide">{earlier.into_iter().map(row).collect_view()}</ul>
            </details>
        }
    });
    (!now.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="runs-head">
                <h2 id="runs-head">"Imports since the server started"</h2>
                <ul class="stack-wide">{now.into_iter().map(row).collect_view()}</ul>
                {more}
            </section>
        }
    })
}

#[component]
fn Run(run: ImportRun, kept: bool) -> impl IntoView {
    let location = run.location.clone();
    let figures = figures(&run);
    match run.ended.clone() {
        None => {
            let label = format!("Import of {location}");
            view! {
                <div class="panel-head"><strong class="break">{location}</strong><span class="state state-running">"Importing"</span></div>
                <Bar done=run.bytes.0 all=run.bytes.1 label/>
                <p class="small" aria-live="polite">{figures}</p>
            }
            .into_any()
        }
        Some(Ok(ids)) => {
            let what = match ids.as_slice() {
                [only] => format!("Snapshot {only}"),
                several => counted(several.len() as u64, "snapshot"),
            };
            let note = if kept { format!("{what}.") } else { format!("{what}, removed since.") };
            view! {
                <div class="panel-head"><strong class="break">{location}</strong><span class="state state-succeeded">"Imported"</span></div>
                <p class="small">{format!("{figures}. {note}")}</p>
            }
            .into_any()
        }
        Some(Err(error)) => view! {
            <div class="panel-head"><strong class="break">{location}</strong><span class="state state-stopped">"Not imported"</span></div>
            <ErrorBox error/>
        }
        .into_any(),
    }
}

/// `3 of 12 files · 4,100,000 rows · 210 MiB of 1.2 GiB · 512,000 rows/s · 8 s`.
fn figures(run: &ImportRun) -> String {
    if run.files.1 == 0 && run.rows == 0 && run.ended.is_none() {
        return "Reading the manifest".to_string();
    }
    let source = match run.sources {
        (_, 0 | 1) => None,
        (number, all) => Some(format!("Delivery {} of {}", grouped(number), grouped(all))),
    };
    let mut parts: Vec<String> = source.into_iter().collect();
    parts.extend([
        format!("{} of {}", grouped(run.files.0), counted(run.files.1, "file")),
        counted(run.rows, "row"),
        format!("{} of {}", bytes(Bytes(run.bytes.0)), bytes(Bytes(run.bytes.1))),
    ]);
    if run.rows_per_second > 0 {
        parts.push(format!("{} rows/s", grouped(run.rows_per_second)));
    }
    parts.push(duration(run.seconds));
    parts.join(" · ")
}

#[component]
fn Bar(done: u64, all: u64, label: String) -> impl IntoView {
    let percent = u128::from(done) * 100 / u128::from(all.max(1));
    view! {
        <div class="progress" role="progressbar" aria-label=label aria-valuemin="0" aria-valuemax="100" aria-valuenow=percent.to_string()>
            <span class="progress-done" style=format!("width:{percent}%")></span>
        </div>
    }
}
