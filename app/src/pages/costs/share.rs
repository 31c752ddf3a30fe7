//! Handing the forecast on: its address, CSV, JSON, paper.

use super::recompute::address;
use crate::api::SaveScenario;
use crate::parts::{Change, ChangeForm, CopyButton, Field, Refusal};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use model::scenario::Scenario;

/// Keeps the scenario under a name.
#[component]
pub(super) fn Save(scenario: Memo<Scenario>) -> impl IntoView {
    let save = Change::to(SaveScenario::PATH);
    let query = move || scenario.with(Scenario::to_query);
    view! {
        <section class="panel" aria-labelledby="save">
            <div class="panel-head">
                <h2 id="save">"Keep this scenario"</h2>
                <p><a href="/scenarios">"Saved scenarios"</a></p>
            </div>
            <Refusal change=save/>
            <ChangeForm change=save class="toolbar">
                <input type="hidden" name="query" value=query prop:value=query/>
                <Field id="scenario-name" label="Name">
                    <input id="scenario-name" name="name" required maxlength="60" autocomplete="off"/>
                </Field>
                <div class="actions"><button class="button" type="submit" disabled=save.pending()>"Save and compare"</button></div>
            </ChangeForm>
        </section>
    }
}

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
