//! The rows to fill in. Every row begins with the bucket's name, which tells the server where the next one begins.

use crate::backend::{CountsOrigin, WorkloadRow};
use crate::parts::{Count, TableScroll};
use leptos::prelude::*;
use model::format::grouped;
use model::requests::RequestKind;

/// The table.
#[component]
pub(super) fn Rows(rows: Vec<WorkloadRow>) -> impl IntoView {
    let head = |kind: RequestKind| view! { <th scope="col" class="num">{kind.title()}</th> };
    view! {
        <TableScroll label="Requests a month, by bucket">
            <table class="data">
                <caption class="visually-hidden">"Requests a month, by bucket and kind"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Bucket"</th>
                        <th scope="col" class="num">"Objects"</th>
                        {RequestKind::ALL.map(head).into_iter().collect_view()}
                        <th scope="col">"From"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </TableScroll>
    }
}

fn row(row: WorkloadRow) -> impl IntoView {
    let from = row.source.clone().unwrap_or_else(|| {
        let word = match row.origin {
            CountsOrigin::Typed => "typed in",
            CountsOrigin::Reported => "the account",
            CountsOrigin::Unknown => "not known",
        };
        word.to_string()
    });
    let cell = |kind: RequestKind| {
        let count = row.counts.map(|counts| counts[kind].0);
        // What the account reports stands in the background: saving the page must not turn it into what was typed.
        let (value, placeholder) = match row.origin {
            CountsOrigin::Typed => (count.map(|count| count.to_string()), None),
            CountsOrigin::Reported | CountsOrigin::Unknown => (None, count.map(grouped)),
        };
        let label = format!("{} requests of {} a month", kind.title(), row.name);
        view! {
            <td class="num">
                <input class="cell" name=kind.field() inputmode="numeric" autocomplete="off" value=value placeholder=placeholder aria-label=label/>
            </td>
        }
    };
    let region = row.region.as_ref().map(ToString::to_string);
    view! {
        <tr>
            <th scope="row">
                {row.name.clone()} <input type="hidden" name="bucket" value=row.name.clone()/>
                {region.map(|region| view! { <div class="quiet">{region}</div> })}
            </th>
            <td class="num"><Count value=row.objects.0/></td>
            {RequestKind::ALL.map(cell).into_iter().collect_view()}
            <td class="quiet">{from}</td>
        </tr>
    }
}
