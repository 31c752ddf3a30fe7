//! The table of migrations, or what to do when there is none.

use crate::backend::MigrationRow;
use crate::parts::query::encode;
use crate::parts::{Count, DataTable, EmptyState, StatePill};
use leptos::prelude::*;
use model::format::{counted, percent};

/// The list.
#[component]
pub(super) fn Migrations(rows: Vec<MigrationRow>) -> impl IntoView {
    if rows.is_empty() {
        view! { <Nothing/> }.into_any()
    } else {
        view! { <List rows/> }.into_any()
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState title="No migration is planned">
            <p>"A migration puts the objects of some buckets under a KMS key. Nothing happens before you confirm its plan."</p>
            <a class="button" href="/migrations/new">"Choose buckets"</a>
        </EmptyState>
    }
}

#[component]
fn List(rows: Vec<MigrationRow>) -> impl IntoView {
    let count = counted(u64::try_from(rows.len()).unwrap_or(u64::MAX), "migration");
    let rows = rows.into_iter().map(|row| view! { <Row row/> }).collect_view();
    view! {
        <section class="panel" aria-labelledby="all">
            <h2 id="all">{count} ", newest first"</h2>
            <DataTable label="Migrations, newest first" columns=vec![("Migration", false), ("State", false), ("Buckets", true), ("Objects", true), ("Done", true), ("Failed", true), ("Planned", false)]>{rows}</DataTable>
        </section>
    }
}

#[component]
fn Row(row: MigrationRow) -> impl IntoView {
    let MigrationRow {
        id,
        name,
        state,
        buckets,
        objects,
        done,
        failed,
        created_at,
    } = row;
    let href = format!("/migrations/{}", encode(&id));
    let described = format!("{}, planned {created_at}", counted(objects.0, "object"));
    view! {
        <tr>
            <th scope="row">
                <a href=href title=described>{name}</a>
            </th>
            <td><StatePill state/></td>
            <td class="num">{buckets.to_string()}</td>
            <td class="num"><Count value=objects.0/></td>
            <td class="num"><Count value=done.0/> " (" {percent(done.0, objects.0)} ")"</td>
            <td class="num"><Count value=failed.0/></td>
            <td class="nowrap">{created_at.to_string()}</td>
        </tr>
    }
}
