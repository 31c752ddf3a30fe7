//! What the conversion costs once, by method, the proposed one first and marked.

use super::Answer;
use super::statements::Cell;
use crate::costs_view::{CostsView, OnceView};
use crate::parts::{Count, TableScroll, money_text};
use leptos::prelude::*;
use model::cost::Way;
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
