//! Stored snapshots: what each holds, what was odd in it, whether the estate uses it, and a way to remove it.

use super::Changes;
use crate::backend::SnapshotRow;
use crate::parts::{Change, ChangeForm, Count, EmptyState, Size, TableScroll};
use leptos::prelude::*;
use model::format::{counted, grouped};
use model::inventory::ImportWarning;

/// Buckets that a row names before the rest is only counted.
const NAMED: usize = 3;

/// The table.
#[component]
pub(super) fn Snapshots(snapshots: Vec<SnapshotRow>, changes: Changes) -> impl IntoView {
    if snapshots.is_empty() {
        return view! {
            <EmptyState title="No snapshot is stored"><p>"What you import is kept here, with its date, until you remove it."</p></EmptyState>
        }
        .into_any();
    }
    let row = move |snapshot: SnapshotRow| view! { <Row snapshot change=changes.remove/> };
    view! {
        <section class="panel" id="snapshots" aria-labelledby="snapshots-head">
            <h2 id="snapshots-head">"Snapshots"</h2>
            <TableScroll label="Snapshots">
                <table class="data">
                    <caption class="visually-hidden">"Stored snapshots, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Taken"</th>
                            <th scope="col">"Source"</th>
                            <th scope="col">"Buckets"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Bytes"</th>
                            <th scope="col">"Warnings"</th>
                            <th scope="col">"In use"</th>
                            <th scope="col">"Remove"</th>
                        </tr>
                    </thead>
                    <tbody>{snapshots.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
        </section>
    }
    .into_any()
}

#[component]
fn Row(snapshot: SnapshotRow, change: Change) -> impl IntoView {
    let taken = snapshot
        .as_of
        .map_or_else(|| "Date not given".to_string(), |date| date.to_string());
    let buckets = buckets_in_words(&snapshot.buckets);
    let in_use = if snapshot.in_use {
        "Yes"
    } else {
        "No, another counts"
    };
    view! {
        <tr>
            <th scope="row" title=format!("Snapshot {}, imported {}", snapshot.id, snapshot.imported_at)>{taken}</th>
            <td class="nowrap">{snapshot.kind.title()}<br/><span class="quiet">{snapshot.format}</span></td>
            <td class="break" title=snapshot.location>{buckets}</td>
            <td class="num"><Count value=snapshot.objects.0/></td>
            <td class="num"><Size value=snapshot.bytes/></td>
            <td><Warnings warnings=snapshot.warnings/></td>
            <td>{in_use}</td>
            <td><Remove id=snapshot.id.0 change/></td>
        </tr>
    }
}

fn buckets_in_words(buckets: &[String]) -> String {
    let named = buckets.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match buckets.len().saturating_sub(NAMED) {
        0 => named,
        rest => format!("{named} and {} more", grouped(rest as u64)),
    }
}

#[component]
fn Warnings(warnings: Vec<ImportWarning>) -> impl IntoView {
    let count = warnings.len() as u64;
    let warning = |warning: ImportWarning| {
        let place = format!(
            "{}, first in {}",
            counted(warning.rows, "row"),
            warning.first_seen
        );
        view! { <li><div>{warning.message}</div><div class="source break">{place}</div></li> }
    };
    if count == 0 {
        return view! { <span class="quiet">"None"</span> }.into_any();
    }
    view! {
        <details class="why" name="why">
            <summary>{counted(count, "warning")}</summary>
            <div class="derivation">
                <div class="result">"What was odd in this source"</div>
                <ul class="stack">{warnings.into_iter().map(warning).collect_view()}</ul>
            </div>
        </details>
    }
    .into_any()
}

/// Two steps: open, then remove. It can be imported again.
#[component]
fn Remove(id: String, change: Change) -> impl IntoView {
    view! {
        <details class="why" name="why">
            <summary class="button button-small">"Remove"</summary>
            <div class="derivation">
                <div class="result">"Remove this snapshot?"</div>
                <div>"Its figures leave all pages. The source itself is not touched and can be imported again. A snapshot that an unfinished migration works from stays."</div>
                <ChangeForm change>
                    <input type="hidden" name="id" value=id/>
                    <button class="button button-danger" type="submit">"Remove the snapshot"</button>
                </ChangeForm>
            </div>
        </details>
    }
}
