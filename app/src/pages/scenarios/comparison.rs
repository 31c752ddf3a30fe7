//! Two scenarios side by side: the sums, then a month line by line, each with the difference in dollars and percent.

use crate::backend::Compared;
use crate::costs_view::{CostsView, difference};
use crate::parts::query::encode;
use crate::parts::{TableScroll, Usd, money_text};
use leptos::prelude::*;
use model::comparison::Figure;
use model::money::NanoUsd;

/// The tables.
#[component]
pub(super) fn Comparison(left: Compared, right: Compared) -> impl IntoView {
    let names = [left.title().to_string(), right.title().to_string()];
    let csv = format!(
        "/api/v1/scenarios.csv?left={}&right={}",
        encode(&left.name),
        encode(&right.name)
    );
    let sum = |(title, of): (&'static str, fn(&CostsView) -> NanoUsd)| {
        let (before, after) = (of(&left.view), of(&right.view));
        view! {
            <tr>
                <th scope="row">{title}</th>
                <td class="num">{money_text(before, left.view.is_bound())}</td>
                <td class="num">{money_text(after, right.view.is_bound())}</td>
                <td class="num">{difference(before, after)}</td>
            </tr>
        }
    };
    let lines = left.lines_beside(&right).into_iter().map(row).collect_view();
    let sums = Compared::SUMS.map(sum).into_iter().collect_view();
    view! {
        <section class="panel" aria-labelledby="sums">
            <div class="panel-head">
                <h2 id="sums">"Side by side"</h2>
                <p><a href=csv download="rekey-scenarios.csv" rel="external">"Both tables as CSV"</a></p>
            </div>
            {table("Sums of both scenarios", &names, sums.into_any())}
        </section>
        <section class="panel" aria-labelledby="lines">
            <h2 id="lines">"A month as chosen, line by line"</h2>
            {table("Lines of both scenarios", &names, lines.into_any())}
        </section>
    }
}

fn table(label: &'static str, names: &[String; 2], rows: AnyView) -> impl IntoView + use<> {
    let heads = names
        .clone()
        .map(|name| view! { <th scope="col" class="num">{name}</th> });
    view! {
        <TableScroll label>
            <table class="data">
                <caption class="visually-hidden">{format!("{label}, in US dollars")}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Line"</th>
                        {heads.into_iter().collect_view()}
                        <th scope="col" class="num">"Difference"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableScroll>
    }
}

/// A line with both figures; none where a side has no such line.
fn row((title, [left, right]): (String, [Option<Figure>; 2])) -> impl IntoView {
    let amount = |figure: &Option<Figure>| figure.as_ref().map_or(Some(NanoUsd::ZERO), |figure| figure.usd);
    let change = amount(&left)
        .zip(amount(&right))
        .map_or_else(|| "–".to_string(), |(left, right)| difference(left, right));
    let cell = |figure: Option<Figure>| match figure {
        Some(figure) => view! { <Usd amount=figure.usd how=figure.derivation/> }.into_any(),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{title}</th>
            <td class="num">{cell(left)}</td>
            <td class="num">{cell(right)}</td>
            <td class="num">{change}</td>
        </tr>
    }
}
