//! The content of the settings page.

use crate::backend::{PriceRow, SettingsPage as Model};
use crate::parts::TableScroll;
use leptos::prelude::*;

/// Account, quotas and prices.
#[component]
pub(super) fn Content(model: Model) -> impl IntoView {
    let fact = |(name, value): (String, String)| view! { <dt>{name}</dt><dd>{value}</dd> };
    let quotas = model
        .quotas
        .into_iter()
        .map(|(region, limit, origin, source, date)| [region, limit, origin, source, date]);
    view! {
        <section class="panel" aria-labelledby="account-head">
            <h2 id="account-head">"Account"</h2>
            <dl class="facts">
                {model.account.into_iter().map(fact).collect_view()}
                <dt>"Data directory"</dt>
                <dd><code>{model.data_directory}</code></dd>
            </dl>
        </section>
        <Facts
            title="Quotas in use" id="quotas"
            note="KMS symmetric cryptographic operations, for each account and Region, every second."
            columns=["Region", "Limit", "Origin", "Source", "Date"]
            link=("/quotas", "Quotas")
            rows=quotas.collect()
        />
        <Facts
            title="Prices in use" id="prices"
            note="List prices in US dollars, without discounts or taxes."
            columns=["Region", "What", "Price", "Source", "Date"]
            link=("/prices", "Bundled and live prices side by side")
            rows=model.prices.into_iter().map(cells).collect()
        />
    }
}

fn cells(row: PriceRow) -> [String; 5] {
    [row.region, row.meter, row.price, row.source, row.date]
}

/// A table of facts; the third column holds the figure's words, the last one its date.
#[component]
fn Facts(
    title: &'static str,
    id: &'static str,
    note: &'static str,
    columns: [&'static str; 5],
    /// Page that has more of it, with its words.
    link: (&'static str, &'static str),
    rows: Vec<[String; 5]>,
) -> impl IntoView {
    let heading = format!("{id}-head");
    let labelled = heading.clone();
    let link = view! { <a href=link.0>{link.1}</a> };
    let row = |[region, what, value, source, date]: [String; 5]| {
        view! {
            <tr>
                <th scope="row" class="nowrap">{region}</th>
                <td>{what}</td>
                <td>{value}</td>
                <td>{source}</td>
                <td class="nowrap">{date}</td>
            </tr>
        }
    };
    let table = if rows.is_empty() {
        view! { <p>"No Region is known yet: import an inventory with a Region to see this."</p> }.into_any()
    } else {
        view! {
            <TableScroll label=title>
                <table class="data">
                    <caption class="visually-hidden">{title}</caption>
                    <thead><tr>{columns.map(|column| view! { <th scope="col">{column}</th> }).into_iter().collect_view()}</tr></thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
        }
        .into_any()
    };
    view! {
        <section class="panel" id=id aria-labelledby=labelled>
            <div class="panel-head"><h2 id=heading>{title}</h2><p>{note} " " {link}</p></div>
            {table}
        </section>
    }
}
