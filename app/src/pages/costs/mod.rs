//! The costs page: what a month costs now and under SSE-KMS, the months ahead, and what the conversion costs once. The
//! server's figures stand until the browser has the estate; from then on each figure follows the controls at once,
//! computed by the same code.

mod ahead;
mod controls;
mod lead;
mod once;
mod recompute;
mod rests;
mod scale;
mod share;
mod statements;
mod swings;

use crate::backend::{self, What};
use crate::costs_view::CostsView;
use crate::parts::{Asked, EmptyState, ErrorBox};
use controls::{Controls, ControlsForm};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};
use leptos_router::params::ParamsMap;
use model::scenario::Scenario;

/// The page at `/costs`.
#[component]
pub(crate) fn CostsPage() -> impl IntoView {
    let search = use_location().search;
    let url = use_query_map();
    let page = Asked::new(What::Costs, move || search.get());
    view! {
        <Title text="Costs – Rekey"/>
        {page.show(move |page: Result<backend::CostsPage, _>| match page {
            Ok(page) if page.empty => view! { <Nothing/> }.into_any(),
            Ok(page) => view! { <Content page url=url.get_untracked()/> }.into_any(),
            Err(error) => view! { <Failed error/> }.into_any(),
        })}
    }
    .into_any()
}

/// What the parts of the page share.
#[derive(Clone, Copy, Debug)]
struct Answer {
    /// The scenario that the controls describe.
    scenario: Memo<Scenario>,
    /// Its figures.
    view: Memo<CostsView>,
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <h1>"Costs"</h1>
        <EmptyState title="Nothing is imported yet">
            <p>"Costs follow from the objects, sizes and classes that an S3 Inventory or Macie lists."</p>
            <a class="button button-primary" href="/import">
                "Import an inventory"
            </a>
        </EmptyState>
    }
}

#[component]
fn Failed(error: backend::AppError) -> impl IntoView {
    view! {
        <h1>"Costs"</h1>
        <ErrorBox error/>
    }
}

/// The page with figures.
#[component]
fn Content(page: backend::CostsPage, url: ParamsMap) -> impl IntoView {
    let controls = Controls::new(&page.scenario, &url);
    let read = Memo::new(move |_| controls.read());
    let wanted = Memo::new(move |_| read.with(|(scenario, _)| scenario.clone()));
    let errors = Signal::derive(move || read.with(|(_, errors)| errors.clone()));
    let basis = recompute::basis();
    let scenario = recompute::by_frame(wanted);
    let first = page.view.clone();
    let view = Memo::new(move |_| {
        basis.with(|basis| {
            basis.as_ref().map_or_else(
                || first.clone(),
                |basis| scenario.with(|scenario| CostsView::new(basis, scenario)),
            )
        })
    });
    recompute::keep_in_url(wanted);
    let answer = Answer { scenario, view };
    // What was known before anybody typed a count.
    let typed = model::requests::RequestKind::ALL
        .into_iter()
        .any(|kind| page.scenario.totals[kind].is_some());
    let known = page.view.requests.filter(|_| !typed);
    let live = Signal::derive(move || basis.with(Option::is_some));
    view! {
        <div class="page-head">
            <div>
                <h1>"Costs"</h1>
                <p>"What storage, requests and keys cost a month, now and under SSE-KMS, and what the move costs once."</p>
            </div>
            <share::Share scenario/>
        </div>
        <lead::Lead answer/>
        <div class="split">
            <ControlsForm controls errors known regions=page.regions live/>
            <div class="stack-wide">
                <ahead::Ahead answer/>
                <statements::Statements answer/>
                <once::Once answer/>
                <once::Paid answer/>
                <swings::Swings first=page.swings scenario basis/>
                <lead::Missing answer/>
                <rests::Rests answer/>
                <share::Save scenario=wanted/>
            </div>
        </div>
    }
}
