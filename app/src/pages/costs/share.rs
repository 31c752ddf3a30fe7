//! Handing the forecast on: its address, CSV, JSON, paper.

use super::recompute::address;
use crate::parts::CopyButton;
use leptos::prelude::*;
use model::scenario::Scenario;

/// Links and buttons.
#[component]
pub(super) fn Share(scenario: Memo<Scenario>) -> impl IntoView {
    let query = Memo::new(move |_| scenario.with(Scenario::to_query));
    let link = move |path: &'static str| move || address(path, &query.get());
    let url = Signal::derive(move || {
        // Only pressed in a browser, which has a window.
        let origin = window().location().origin().unwrap_or_default();
        format!("{origin}{}", address("/costs", &query.get()))
    });
    let print = move |_| {
        let _refused = window().print();
    };
    view! {
        <div class="actions">
            <CopyButton text=url label="Copy link"/>
            <a class="button" href=link("/api/v1/forecast.csv") download="rekey-forecast.csv" rel="external">
                "CSV"
            </a>
            <a class="button" href=link("/api/v1/forecast") rel="external">
                "JSON"
            </a>
            <button class="button needs-script" type="button" on:click=print>
                "Print"
            </button>
        </div>
    }
}
