//! What is under which KMS key, where a source says it, and Macie's own totals: what a snapshot holds besides its groups.
//! Rendered by the server.

use crate::backend::{ImportPage, SnapshotRow};
use crate::fragment::Fragment;
use crate::parts::{Count, Size, TableScroll};
use crate::shown::ImportShown;
use leptos::prelude::*;
use model::format::grouped;
use model::inventory::{KeyShare, SourceTotals};

/// Rows that are shown of a table; the JSON document has all of them.
const SHOWN: usize = 100;

/// The page as it travels.
pub(crate) fn shown(mut page: ImportPage) -> ImportShown {
    let besides = |row: &mut SnapshotRow| SnapshotRow {
        keys: std::mem::take(&mut row.keys),
        totals: std::mem::take(&mut row.totals),
        ..row.clone()
    };
    let snapshots: Vec<SnapshotRow> = page.snapshots.iter_mut().map(besides).collect();
    ImportShown {
        page,
        besides: Fragment::of(|| view! { <Keys snapshots/> }),
    }
}

/// The sections; nothing where no snapshot has any.
#[component]
fn Keys(snapshots: Vec<SnapshotRow>) -> impl IntoView {
    let shown = snapshots.into_iter().map(|snapshot| {
        let taken = snapshot
            .as_of
            .map_or_else(|| "date not given".to_string(), |date| date.to_string());
        let document = format!("/api/v1/snapshots/{}", snapshot.id);
        let keys = (!snapshot.keys.is_empty())
            .then(|| view! { <Shares keys=snapshot.keys taken=taken.clone() document/> });
        let totals = (!snapshot.totals.is_empty()).then(|| view! { <Totals totals=snapshot.totals taken/> });
        view! { {keys}{totals} }
    });
    shown.collect_view()
}

#[component]
fn Shares(keys: Vec<KeyShare>, taken: String, document: String) -> impl IntoView {
    let more = keys.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| {
        let text = format!("{} more are in the ", grouped(more as u64));
        view! { <p>{text}<a href=document rel="external">"JSON of the snapshot"</a>"."</p> }
    });
    let row = |share: KeyShare| {
        view! {
            <tr>
                <th scope="row" class="nowrap">{share.bucket}</th>
                <td class="nowrap">{share.key.unwrap_or_else(|| "Not named".to_string())}</td>
                <td class="nowrap">{share.encryption_status.word()}</td>
                <td class="num"><Count value=share.objects.0/></td>
                <td class="num"><Size value=share.bytes/></td>
            </tr>
        }
    };
    let rows = keys.into_iter().take(SHOWN).map(row).collect_view();
    view! {
        <section class="panel" aria-label="Objects by KMS key">
            <div class="panel-head">
                <h2>"Objects by KMS key"</h2>
                <p>{format!("By the S3 Metadata table, {taken}. Objects under another key than you mean can be put under it by a migration that re-keys.")}</p>
            </div>
            <TableScroll label="Objects by KMS key">
                <table class="data">
                    <caption class="visually-hidden">"Objects and bytes by bucket and KMS key"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Key"</th>
                            <th scope="col">"Encryption"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Bytes"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
            {more}
        </section>
    }
}

#[component]
fn Totals(totals: Vec<SourceTotals>, taken: String) -> impl IntoView {
    let figure = |figure: Option<u64>| match figure {
        Some(count) => view! { <Count value=count/> }.into_any(),
        None => view! { <span class="quiet">"not given"</span> }.into_any(),
    };
    let row = move |totals: SourceTotals| {
        let bytes = totals.bytes.map(|bytes| view! { <Size value=bytes/> });
        let bytes = bytes.map_or_else(
            || view! { <span class="quiet">"not given"</span> }.into_any(),
            IntoAny::into_any,
        );
        let as_of = totals
            .as_of
            .map_or_else(|| "not given".to_string(), |date| date.to_string());
        view! {
            <tr>
                <th scope="row" class="nowrap">{totals.region.0}</th>
                <td class="num">{figure(totals.buckets)}</td>
                <td class="num">{figure(totals.objects.map(|objects| objects.0))}</td>
                <td class="num">{bytes}</td>
                <td class="nowrap">{as_of}</td>
            </tr>
        }
    };
    let rows = totals.into_iter().map(row).collect_view();
    view! {
        <section class="panel" aria-label="Macie’s own totals">
            <div class="panel-head">
                <h2>"Macie’s own totals"</h2>
                <p>{format!("Beside the buckets of the snapshot of {taken}; a warning there says where they do not add up.")}</p>
            </div>
            <TableScroll label="Macie’s own totals">
                <table class="data">
                    <caption class="visually-hidden">"Macie’s totals by Region"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"Buckets"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Bytes"</th>
                            <th scope="col">"Looked at by Macie"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}
