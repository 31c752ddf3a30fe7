//! The content of the prices page.

use crate::backend::{PriceCompared, PriceText, PricesAsked, PricesPage as Model};
use crate::parts::{Callout, DataTable, EmptyState, ErrorBox, Tone};
use leptos::either::Either;
use leptos::prelude::*;

/// Which prices are in use, what was asked, and both side by side.
#[component]
pub(super) fn Content(model: Model) -> impl IntoView {
    let refused = model.refused.map(|error| view! { <ErrorBox error/> });
    let body = if model.asked.is_empty() {
        Either::Left(view! {
            <EmptyState title="No Region is known yet">
                <p>"Prices are those of the Regions that something is in. Import an inventory with a Region first."</p>
                <a class="button button-primary" href="/import">"Import an inventory"</a>
            </EmptyState>
        })
    } else {
        let has_live = model.rows.iter().any(|row| row.live.is_some());
        Either::Right(view! {
            <InUse adopted=model.adopted table_date=model.table_date asked=model.asked has_live/>
            <Compared rows=model.rows/>
        })
    };
    view! {
        <header class="page-head">
            <div>
                <h1>"Prices"</h1>
                <p>"List prices in US dollars, without discounts or taxes: bundled with this program, and live from the AWS Price List API."</p>
            </div>
            <div class="actions">
                <a class="button" href="/api/v1/prices.csv" download="rekey-prices.csv" rel="external">"Prices in use as CSV"</a>
                <a class="button" href="/costs">"Costs"</a>
            </div>
        </header>
        {refused}
        {body}
    }
}

#[component]
fn InUse(
    adopted: Option<(String, model::time::UnixMillis)>,
    table_date: String,
    asked: Vec<PricesAsked>,
    /// Whether there are live prices to use.
    has_live: bool,
) -> impl IntoView {
    let title = match &adopted {
        Some((by, at)) => format!("Forecasts use the live prices that {by} adopted {at}"),
        None => format!("Forecasts use the bundled prices, put together {table_date}"),
    };
    let note = if adopted.is_some() {
        "Where the list has no price, the bundled one holds. Each derivation names its source and date."
    } else {
        "Live prices are shown below once they are asked for, and used only when somebody adopts them."
    };
    // What was adopted before is offered again only where the list was asked since.
    let newest = asked.iter().filter_map(|asked| asked.at).max();
    let is_newer = adopted.as_ref().is_none_or(|(_, at)| newest > Some(*at));
    let adopt =
        (has_live && is_newer).then(|| button("/prices/adopt", "Use the live prices in forecasts", true));
    let drop = adopted
        .is_some()
        .then(|| button("/prices/drop", "Use the bundled prices again", false));
    let line = |asked: PricesAsked| {
        let what = match asked.at {
            Some(at) => format!("{}: {} prices, asked {at}.", asked.region, asked.found),
            None => format!("{}: not asked yet.", asked.region),
        };
        let troubles = asked
            .troubles
            .into_iter()
            .map(|text| view! { <li class="break">{text}</li> });
        let troubles: Vec<_> = troubles.collect();
        let troubles = (!troubles.is_empty()).then(|| {
            view! {
                <details class="more">
                    <summary>"What could not be had"</summary>
                    <ul class="stack">{troubles}</ul>
                </details>
            }
        });
        view! { <li>{what} {troubles}</li> }
    };
    view! {
        <section class="panel" aria-labelledby="in-use">
            <h2 id="in-use">"In use"</h2>
            <Callout tone=Tone::Note title=title><p>{note}</p></Callout>
            <ul class="stack">{asked.into_iter().map(line).collect_view()}</ul>
            <div class="actions">{button("/prices/ask", "Ask the price list", false)} {adopt} {drop}</div>
        </section>
    }
}

fn button(to: &'static str, title: &'static str, main: bool) -> impl IntoView {
    let class = if main { "button button-primary" } else { "button" };
    view! { <form method="post" action=to><button class=class type="submit">{title}</button></form> }
}

#[component]
fn Compared(rows: Vec<PriceCompared>) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! {
        <section class="panel" aria-labelledby="compared">
            <div class="panel-head">
                <h2 id="compared">"Side by side"</h2>
                <p>"The difference is that of the first tier. The one in use is marked."</p>
            </div>
            <DataTable label="Bundled and live prices" columns=vec![("Region", false), ("What", false), ("Bundled", false), ("Live", false), ("Difference", false)]>{rows}</DataTable>
        </section>
    }
}

fn row(row: PriceCompared) -> AnyView {
    let class = if row.differs { "heat-3" } else { "" };
    view! {
        <tr>
            <th scope="row" class="nowrap">{row.region.to_string()}</th>
            <td>{row.meter}</td>
            <td>{cell(row.bundled, !row.live_in_use)}</td>
            <td>{cell(row.live, row.live_in_use)}</td>
            <td class=class>{row.difference}</td>
        </tr>
    }
    .into_any()
}

/// A price with its source, and whether it is the one in use.
fn cell(price: Option<PriceText>, in_use: bool) -> AnyView {
    let Some(price) = price else {
        return "–".into_any();
    };
    let mark = in_use.then(|| view! { <strong>" · in use"</strong> });
    view! {
        {price.price}
        {mark}
        <div class="quiet small">{price.source} ", " {price.date}</div>
    }
    .into_any()
}
