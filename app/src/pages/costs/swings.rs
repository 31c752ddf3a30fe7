//! Which inputs move the total most, and by how much. Computed when the controls rest: it takes many forecasts.

use super::recompute;
use crate::parts::DataTable;
use leptos::prelude::*;
use model::basis::Basis;
use model::scenario::Scenario;
use model::sensitivity::{Swing, sensitivity};
use std::sync::Arc;

/// Inputs that are shown.
const SHOWN: usize = 3;

/// The table.
#[component]
pub(super) fn Swings(
    /// The server's answer, until the browser can compute.
    first: Vec<Swing>,
    scenario: Memo<Scenario>,
    basis: RwSignal<Option<Arc<Basis>>>,
) -> impl IntoView {
    let rested = recompute::at_rest(scenario);
    let swings = Memo::new(move |_| {
        basis.with(|basis| {
            basis.as_ref().map_or_else(
                || first.clone(),
                |basis| rested.with(|scenario| sensitivity(basis, scenario)),
            )
        })
    });
    let row = |swing: Swing| {
        let signed = |usd: model::money::NanoUsd| {
            if usd.0 > 0 {
                format!("+{usd}")
            } else {
                usd.to_string()
            }
        };
        view! {
            <tr>
                <th scope="row">{swing.input.title()}</th>
                <td class="num">{signed(swing.less)}</td>
                <td class="num">{signed(swing.more)}</td>
            </tr>
        }
    };
    let rows = move || swings.with(|swings| swings.iter().take(SHOWN).copied().map(row).collect_view());
    view! {
        <section class="panel" aria-labelledby="swings">
            <div class="panel-head">
                <h2 id="swings">"What moves it most"</h2>
                <p>"The total over all months, the conversion included, when one input changes."</p>
            </div>
            <DataTable label="Change of the total in US dollars, by input" columns=vec![("Input", false), ("Less of it", true), ("More of it", true)]>{rows}</DataTable>
        </section>
    }
}
