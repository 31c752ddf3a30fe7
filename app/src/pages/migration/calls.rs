//! How many KMS calls an object took: what CloudWatch counted under the key in the first minutes of the run, canaries
//! first, against what the plan took.

use crate::backend::CallsRow;
use crate::parts::{Callout, DataTable, Tone, Unknown, Why};
use leptos::prelude::*;
use model::format::counted;
use model::scenario::{percent_text, ratio_text};

/// The section; nothing before anything was converted.
#[component]
pub(super) fn Calls(rows: Vec<CallsRow>) -> impl IntoView {
    if rows.is_empty() {
        return None;
    }
    let over = rows.iter().filter_map(over).collect_view();
    let rows = rows.into_iter().map(row).collect_view();
    Some(view! {
        <section class="panel" aria-labelledby="calls">
            <div class="panel-head">
                <h2 id="calls">"KMS calls for each object"</h2>
                <p>"AWS publishes no figure. What CloudWatch counts under the key in the first minutes of the run tells; it lags some minutes behind."</p>
            </div>
            {over}
            <DataTable label="KMS calls for each object, by key" columns=vec![("Key", false), ("Measured", true), ("Planned", true), ("How", false)] cards=true>{rows}</DataTable>
        </section>
    })
}

fn row(row: CallsRow) -> impl IntoView {
    let (figure, told) = match (&row.measured, row.trouble) {
        (Some(measured), _) if !measured.tells() => {
            let told = format!(
                "Others use this key too, for about {} in such a time, so that the calls for objects cannot be told apart. A key that is used for nothing else tells them.",
                counted(measured.by_others(), "call")
            );
            (view! { <Unknown reason=measured.derivation()/> }.into_any(), told)
        }
        (Some(measured), _) => {
            let bound = if measured.is_alone() { "" } else { "at most " };
            let figure = format!("{bound}{}", ratio_text(measured.ratio()));
            let told = if measured.is_alone() {
                format!(
                    "{}, {}, and nobody else used the key",
                    counted(measured.calls(), "call"),
                    counted(measured.objects, "object")
                )
            } else {
                "Others use this key too, so that it cannot be told apart. A key that is used for nothing else tells it."
                    .to_string()
            };
            let how = measured.derivation();
            (view! { <Why figure how/> }.into_any(), told)
        }
        (None, Some(trouble)) => (
            "not known".into_any(),
            format!("{} {}", trouble.message, trouble.remedy),
        ),
        (None, None) => (
            "not yet".into_any(),
            "CloudWatch shows no whole minute of the run yet. Reload the page in some minutes.".to_string(),
        ),
    };
    view! {
        <tr>
            <th scope="row" class="mono small break">{row.key.id().to_string()}</th>
            <td class="num" data-label="Measured">{figure}</td>
            <td class="num" data-label="Planned">{ratio_text(row.planned)}</td>
            <td class="words break" data-label="How">{told}</td>
        </tr>
    }
}

/// A run that takes more than its budget was made for.
fn over(row: &CallsRow) -> Option<impl IntoView + use<>> {
    let share = row.share?;
    let text = format!(
        "An object takes more KMS calls than the {} that the plan takes. Set the share of the headroom to {} % to keep to the budget, and plan the next one with the measured figure.",
        ratio_text(row.planned),
        percent_text(share)
    );
    Some(view! {
        <Callout tone=Tone::Watch title="The run uses more of the KMS quota than planned">
            <p>{text}</p>
        </Callout>
    })
}
