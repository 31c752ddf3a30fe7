//! The list of migrations, newest first.

use crate::backend::{MigrationRow, What};
use crate::parts::query::encode;
use crate::parts::{Asked, Count, EmptyState, ErrorBox, StatePill, TableScroll};
use leptos::prelude::*;
use leptos_meta::Title;
use model::format::{counted, percent};

/// The page at `/migrations`.
#[component]
pub(crate) fn MigrationsPage() -> impl IntoView {
    let page = Asked::new(What::Migrations, String::new);
    view! {
        <Title text="Migrations – Rekey"/>
        <div class="page-head">
            <div>
                <h1>"Migrations"</h1>
                <p>"Each is planned, confirmed by name, can be paused, and is read back at the end."</p>
            </div>
            <div class="actions">
                <a class="button button-primary" href="/migrations/new">"Plan a migration"</a>
            </div>
        </div>
        {page.show(move |page: Result<Vec<MigrationRow>, _>| match page {
            Ok(rows) if rows.is_empty() => view! { <Nothing/> }.into_any(),
            Ok(rows) => view! { <List rows/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
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
            <TableScroll label="Migrations">
                <table class="data">
                    <caption class="visually-hidden">"Migrations, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Migration"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="num">"Buckets"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Done"</th>
                            <th scope="col" class="num">"Failed"</th>
                            <th scope="col">"Planned"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
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
