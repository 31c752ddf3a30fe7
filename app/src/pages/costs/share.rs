//! Handing the forecast on: its address, CSV, JSON, paper.

use super::recompute::address;
use leptos::prelude::*;
use model::scenario::Scenario;

/// Links and buttons.
#[component]
pub(super) fn Share(scenario: Memo<Scenario>) -> impl IntoView {
    let query = Memo::new(move |_| scenario.with(Scenario::to_query));
    let link = move |path: &'static str| move || address(path, &query.get());
    let (said, say) = signal("");
    let copy = move |_| {
        let window = window();
        let origin = window.location().origin().unwrap_or_default();
        let url = format!(
            "{origin}{}",
            address("/costs", &query.try_get_untracked().unwrap_or_default())
        );
        // Browsers give the clipboard to secure origins only.
        if window.is_secure_context() {
            let _written = window.navigator().clipboard().write_text(&url);
            say.set("Link copied.");
        } else {
            say.set("Copy the address of this page.");
        }
    };
    let print = move |_| {
        let _refused = window().print();
    };
    view! {
        <div class="actions">
            <button class="button needs-script" type="button" on:click=copy>
                "Copy link"
            </button>
            <a class="button" href=link("/api/v1/forecast.csv") download="rekey-forecast.csv" rel="external">
                "CSV"
            </a>
            <a class="button" href=link("/api/v1/forecast") rel="external">
                "JSON"
            </a>
            <button class="button needs-script" type="button" on:click=print>
                "Print"
            </button>
            <span class="quiet" role="status">
                {said}
            </span>
        </div>
    }
}
