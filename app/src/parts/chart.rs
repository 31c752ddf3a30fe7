//! A chart on a page: caption, drawing, and the table of its figures. For the pages with charts; the drawing comes from
//! the crate `charts`, the same on the server and in the browser.

use charts::{Chart, Empty, Table};
use leptos::prelude::*;
use model::inventory::EncryptionStatus;
use model::quantity::Objects;

/// A chart with its sentence and its table; where there is nothing to draw, the reason.
#[component]
pub fn ChartFigure(
    /// What was drawn.
    chart: Result<Chart, Empty>,
    /// Where the figures are as CSV; nowhere when empty.
    #[prop(into, optional)]
    csv: String,
) -> impl IntoView {
    match chart {
        Ok(chart) => view! {
            <figure class="chart">
                <figcaption>{chart.summary}</figcaption>
                <div inner_html=chart.svg></div>
                <details>
                    <summary>"Figures as a table"</summary>
                    <ChartTable table=chart.table/>
                </details>
                {(!csv.is_empty()).then(|| view! { <p class="small"><a href=csv download="" rel="external">"Figures as CSV"</a></p> })}
            </figure>
        }
        .into_any(),
        Err(empty) => view! { <p class="quiet">{empty.to_string()}</p> }.into_any(),
    }
}

const fn class(numeric: bool) -> &'static str {
    if numeric { "num" } else { "" }
}

#[component]
fn ChartTable(table: Table) -> impl IntoView {
    let Table {
        caption,
        columns,
        rows,
    } = table;
    let numeric: Vec<bool> = columns.iter().map(|column| column.numeric).collect();
    let head = columns
        .into_iter()
        .map(|column| view! { <th scope="col" class=class(column.numeric)>{column.title}</th> })
        .collect_view();
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter().zip(numeric.iter().copied());
        let first = cells
            .next()
            .map(|(text, _)| view! { <th scope="row">{text}</th> });
        let rest = cells
            .map(|(text, numeric)| view! { <td class=class(numeric)>{text}</td> })
            .collect_view();
        view! { <tr>{first}{rest}</tr> }
    };
    let body = rows.into_iter().map(row).collect_view();
    view! {
        <TableScroll label=caption.clone()>
            <table class="data">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{head}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </TableScroll>
    }
}

/// What holds a table that may be wider than the page; it takes the focus, so that arrow keys move it.
#[component]
pub fn TableScroll(
    /// What the table holds.
    #[prop(into)]
    label: String,
    /// The table.
    children: Children,
) -> impl IntoView {
    view! { <div class="table-scroll" role="region" aria-label=label tabindex="0">{children()}</div> }
}

/// A table of figures under its heads; a head that counts stands to the right.
#[component]
pub fn DataTable(
    /// What the table holds, for those who do not see where it stands.
    #[prop(into)]
    label: String,
    /// Heads of the columns, and whether each is over figures.
    columns: Vec<(&'static str, bool)>,
    /// Whether each row is a card on a phone; its cells name their columns as `data-label`.
    #[prop(optional)]
    cards: bool,
    /// Its rows.
    children: Children,
) -> impl IntoView {
    let head = columns
        .into_iter()
        .map(|(title, numeric)| view! { <th scope="col" class=class(numeric)>{title}</th> })
        .collect_view();
    view! {
        <TableScroll label=label.clone()>
            <table class=if cards { "data cards" } else { "data" }>
                <caption class="visually-hidden">{label}</caption>
                <thead><tr>{head}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </TableScroll>
    }
}

/// The encryption mix as a small bar.
#[component]
pub fn Spark(
    /// Objects by encryption.
    parts: Vec<(EncryptionStatus, Objects)>,
) -> impl IntoView {
    view! { <span inner_html=charts::spark_mix(&parts)></span> }
}
