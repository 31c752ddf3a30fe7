//! A month line by line: as things are now, under SSE-KMS, and with a Bucket Key. Rows stay in place while their
//! figures change.

use super::Answer;
use crate::costs_view::{CostsView, difference};
use crate::parts::{TableScroll, Why, amount_text, money_text};
use leptos::either::Either;
use leptos::prelude::*;
use model::comparison::{Comparison, Figure};
use model::money::NanoUsd;

/// The table.
#[component]
pub(super) fn Statements(answer: Answer) -> impl IntoView {
    let view = answer.view;
    let keys = Memo::new(move |_| {
        view.with(|view| {
            view.lines
                .iter()
                .map(|row| (row.line.clone(), row.region.clone()))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <section class="panel" aria-labelledby="statements">
            <div class="panel-head">
                <h2 id="statements">"A month, line by line"</h2>
                <p>"Each figure opens how it was computed."</p>
            </div>
            <TableScroll label="A month, line by line">
                <table class="data">
                    <caption class="visually-hidden">"Cost of a month in US dollars, by line and configuration"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Line and Region"</th>
                            <th scope="col" class="num">"Now"</th>
                            <th scope="col" class="num">"SSE-KMS"</th>
                            <th scope="col" class="num">"with a Bucket Key"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || keys.get() key=Clone::clone let:key>
                            <Row view line=key.0 region=key.1/>
                        </For>
                    </tbody>
                    <Totals view/>
                </table>
            </TableScroll>
        </section>
    }
}

#[component]
fn Row(view: Memo<CostsView>, line: String, region: Option<String>) -> impl IntoView {
    let name = line.clone();
    let place = region.clone().unwrap_or_else(|| "all Regions".to_string());
    let row = Memo::new(move |_| {
        view.with(|view| {
            view.lines
                .iter()
                .find(|row| row.line == line && row.region == region)
                .cloned()
        })
    });
    let cell = move |of: fn(Comparison) -> Figure| Memo::new(move |_| row.get().map(of).unwrap_or_default());
    view! {
        <tr>
            <th scope="row">
                {name} <br/> <span class="quiet small nowrap">{place}</span>
            </th>
            <td class="num"><Cell figure=cell(|row| row.before)/></td>
            <td class="num"><Cell figure=cell(|row| row.after)/></td>
            <td class="num"><Cell figure=cell(|row| row.after_bucket_key)/></td>
        </tr>
    }
}

/// A figure that opens its derivation; a dash with a reason where there is none.
#[component]
pub(super) fn Cell(figure: Memo<Figure>) -> impl IntoView {
    move || {
        let Figure { usd, derivation } = figure.get();
        if derivation.is_empty() {
            return Either::Left(
                view! { <span class="quiet" title="There is no such cost here.">"–"</span> },
            );
        }
        let text = usd.map_or_else(|| "–".to_string(), amount_text);
        Either::Right(view! { <Why figure=text how=derivation/> })
    }
}

/// Sums, and what they are more than now.
#[component]
fn Totals(view: Memo<CostsView>) -> impl IntoView {
    let total =
        move |of: fn(&CostsView) -> NanoUsd| move || view.with(|view| money_text(of(view), view.is_bound()));
    let more =
        move |of: fn(&CostsView) -> NanoUsd| move || view.with(|view| difference(view.before, of(view)));
    view! {
        <tfoot>
            <tr>
                <th scope="row">"A month"</th>
                <td class="num">{total(|view| view.before)}</td>
                <td class="num">{total(|view| view.after)}</td>
                <td class="num">{total(|view| view.after_bucket_key)}</td>
            </tr>
            <tr>
                <th scope="row">"More than now"</th>
                <td class="num"></td>
                <td class="num">{more(|view| view.after)}</td>
                <td class="num">{more(|view| view.after_bucket_key)}</td>
            </tr>
        </tfoot>
    }
}
