//! What the conversion costs once, by method, the proposed one first and marked.

use super::Answer;
use super::statements::Cell;
use crate::costs_view::{CostsView, OnceView};
use crate::parts::{Count, DataTable, TableScroll, Why, amount_text, money_text};
use leptos::prelude::*;
use model::cost::{Way, Worth};
use model::quantity::Objects;

/// The table: a group of rows for each method.
#[component]
pub(super) fn Once(answer: Answer) -> impl IntoView {
    let view = answer.view;
    let ways =
        Memo::new(move |_| view.with(|view| view.once.iter().map(|once| once.way).collect::<Vec<_>>()));
    view! {
        <section class="panel" aria-labelledby="once">
            <div class="panel-head">
                <h2 id="once">"The conversion, once"</h2>
                <p>"The proposed way first; each says what speaks for it."</p>
            </div>
            <TableScroll label="The conversion, once">
                <table class="data">
                    <caption class="visually-hidden">"One-time cost in US dollars, by method"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Method and line"</th>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Cost"</th>
                        </tr>
                    </thead>
                    <For each=move || ways.get() key=|way| *way let:way>
                        <WayRows view which=way/>
                    </For>
                </table>
            </TableScroll>
        </section>
    }
}

/// One way of converting, with its lines.
#[component]
fn WayRows(view: Memo<CostsView>, which: Way) -> impl IntoView {
    let proposed = which == Way::Proposed;
    let name = match which {
        Way::Proposed => "Update where S3 takes it, copy the rest",
        Way::Restore => "Restore, then copy",
        _ => which.title(),
    };
    let way = Memo::new(move |_| view.with(|view| view.once.iter().find(|once| once.way == which).cloned()));
    let objects = move |of: fn(&OnceView) -> Objects| way.with(|way| way.as_ref().map_or(0, |way| of(way).0));
    let count = Memo::new(move |_| objects(|way| way.objects));
    let copies = move || {
        let copies = objects(|way| way.copies);
        (copies > 0 && copies < count.get())
            .then(|| format!(", {} of them by copy", model::format::grouped(copies)))
    };
    let keys = Memo::new(move |_| {
        way.with(|way| {
            way.iter()
                .flat_map(|way| &way.rows)
                .map(|(line, region, _)| (line.clone(), region.clone()))
                .collect::<Vec<_>>()
        })
    });
    let total = move || {
        way.with(|way| {
            way.as_ref().map_or_else(
                || "–".to_string(),
                |way| money_text(way.total, !way.missing.is_empty()),
            )
        })
    };
    view! {
        <tbody>
            <tr class="group">
                <th scope="rowgroup" colspan="2">
                    {name}
                    {copies}
                    {proposed.then(|| view! { " " <span class="badge">"Proposed"</span> })}
                    <div class="hint">{which.reason()}</div>
                </th>
                <td class="num">{move || view! { <Count value=count.get()/> }}</td>
                <td class="num">{total}</td>
            </tr>
            <For each=move || keys.get() key=Clone::clone let:key>
                <Line way line=key.0 region=key.1/>
            </For>
        </tbody>
    }
}

#[component]
fn Line(way: Memo<Option<OnceView>>, line: String, region: Option<String>) -> impl IntoView {
    let (name, place) = (line.clone(), region.clone().unwrap_or_default());
    let figure = Memo::new(move |_| {
        let found = |way: &OnceView| {
            way.rows
                .iter()
                .find(|row| row.0 == line && row.1 == region)
                .map(|row| row.2.clone())
        };
        way.with(|way| way.as_ref().and_then(found).unwrap_or_default())
    });
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="nowrap">{place}</td>
            <td class="num"></td>
            <td class="num"><Cell figure/></td>
        </tr>
    }
}

/// When a Bucket Key has paid for the conversion, by class and method.
#[component]
pub(super) fn Paid(answer: Answer) -> impl IntoView {
    let rows = Memo::new(move |_| answer.view.with(|view| view.worth.clone()));
    let row = |row: Worth| {
        view! {
            <tr>
                <th scope="row">{row.class.word()} ", " {row.method.title()}</th>
                <td class="num"><Count value=row.objects.0/></td>
                <td class="num">{amount_text(row.once)}</td>
                <td class="num">{amount_text(row.saving)}</td>
                <td><Why figure=row.payback.words() how=row.derivation/></td>
            </tr>
        }
    };
    view! {
        <section class="panel" aria-labelledby="paid">
            <div class="panel-head">
                <h2 id="paid">"When a Bucket Key has paid for it"</h2>
                <p>"What converting a class costs once, over what a Bucket Key saves on it against SSE-KMS without one."</p>
            </div>
            <DataTable label="One-time cost against the monthly saving, in US dollars" columns=vec![("Class and method", false), ("Objects", true), ("Once", true), ("Saved a month", true), ("Paid back after", false)]>
                {move || rows.get().into_iter().map(row).collect_view()}
            </DataTable>
        </section>
    }
}
