//! Requests by bucket: the counts that KMS costs and rates follow from, as a table to fill in and as a file.

#[cfg(feature = "ssr")]
mod metrics;
mod table;

use crate::backend::{What, WorkloadPage as Model};
#[cfg(feature = "ssr")]
use crate::fragment::Fragment;
use crate::fragment::Placed;
use crate::parts::{
    Asked, Callout, Change, ChangeForm, EmptyState, ErrorBox, Field, Pager, QueryForm, Refusal, Tone,
};
use crate::shown::WorkloadShown;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::format::{counted, grouped};
use model::overview::OverviewQuery;
use table::Rows;

/// Where the forms of the page go.
const SAVE: &str = "/requests/save";

/// The page at `/requests`.
#[component]
pub(crate) fn RequestsPage() -> impl IntoView {
    let search = use_location().search;
    let save = Change::to(SAVE);
    let page = Asked::again(What::Workload, move || (search.get(), save.version()));
    view! {
        <Title text="Requests – Rekey"/>
        <header class="page-head">
            <div>
                <h1>"Requests by bucket"</h1>
                <p>
                    "Under SSE-KMS, requests to S3 make requests to KMS. What they cost and how close they come to the quota follows from these counts, for a month."
                </p>
            </div>
            <div class="actions">
                <a class="button" href="/api/v1/workload.toml" rel="external" download="workload.toml">"Download as a file"</a>
                <a class="button" href="/costs">"Costs"</a>
            </div>
        </header>
        <Refusal change=save/>
        {page.show(move |shown: Result<WorkloadShown, _>| match shown {
            Ok(shown) if shown.page.buckets == 0 => view! { <Nothing/> }.into_any(),
            Ok(shown) => view! { <Content page=shown.page metrics=shown.metrics save/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState title="Nothing is imported yet">
            <p>"Import an inventory or Macie's list first: it names the buckets."</p>
            <a class="button button-primary" href="/import">"Import an inventory"</a>
        </EmptyState>
    }
}

#[component]
fn Content(page: Model, metrics: crate::fragment::Fragment, save: Change) -> impl IntoView {
    let unknown = (page.unknown > 0).then(|| {
        let buckets = counted(page.unknown, "bucket");
        view! {
            <Callout tone=Tone::Watch title="Some counts are not known">
                <p>{format!("{buckets} of {} have none, so costs and rates are at least what is shown.", grouped(page.buckets))}</p>
            </Callout>
        }
    });
    let query = |number: u64| {
        OverviewQuery {
            search: page.search.clone(),
            page: usize::try_from(number).unwrap_or(1),
            ..OverviewQuery::default()
        }
        .to_query()
    };
    let hrefs = (1..=page.pages)
        .map(|number| format!("/requests?{}", query(number)))
        .collect();
    let back = query(page.page);
    let (number, pages) = (as_count(page.page), as_count(page.pages));
    view! {
        {unknown}
        <section class="panel" aria-labelledby="counts">
            <div class="panel-head"><h2 id="counts">"Counts"</h2><p>"Empty: what the account reports, if anything. Zero: none."</p></div>
            <QueryForm action="/requests" class="toolbar">
                <Field id="search" label="Search buckets">
                    <input id="search" type="search" name="q" autocomplete="off" value=page.search.clone()/>
                </Field>
                <div class="actions"><button class="button" type="submit">"Show buckets"</button></div>
            </QueryForm>
            <ChangeForm change=save class="stack">
                <input type="hidden" name="back" value=back/>
                <Rows rows=page.rows/>
                <Field id="peak" label="Peak over average" hint="Requests in the busiest second over the average of a month. An assumption unless you have measured it.">
                    <input id="peak" name="peak" inputmode="decimal" required autocomplete="off" value=model::scenario::ratio_text(page.peak) aria-describedby="peak-hint"/>
                </Field>
                <div class="actions"><button class="button button-primary" type="submit" disabled=save.pending()>"Save these counts"</button></div>
            </ChangeForm>
            <Pager label="Pages of buckets" page=number pages hrefs/>
        </section>
        <Placed fragment=metrics/>
        <File save/>
    }
}

/// The page as it travels.
#[cfg(feature = "ssr")]
pub(crate) fn shown(mut page: Model) -> WorkloadShown {
    let metrics = metrics::Model {
        buckets: page
            .rows
            .iter()
            .map(|row| (row.name.clone(), row.source.is_some()))
            .collect(),
        said: std::mem::take(&mut page.metrics),
        refused: page.refused.take(),
        back: OverviewQuery {
            search: page.search.clone(),
            page: usize::try_from(page.page).unwrap_or(1),
            ..OverviewQuery::default()
        }
        .to_query(),
    };
    WorkloadShown {
        metrics: Fragment::of(|| view! { <metrics::Metrics model=metrics/> }),
        page,
    }
}

fn as_count(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The same as a file.
#[component]
fn File(save: Change) -> impl IntoView {
    let example =
        "[[bucket]]\nname = \"kms-encryption-demo\"\ngets_per_month = 2_000_000\nputs_per_month = 10_000";
    view! {
        <section class="panel" aria-labelledby="file">
            <h2 id="file">"From a workload file"</h2>
            <ChangeForm change=save class="stack">
                <Field id="toml" label="Content of the file" hint="TOML, as rekey forecast --workload reads it. Buckets that it does not name stay as they are.">
                    <textarea id="toml" class="mono" name="toml" rows="8" required spellcheck="false" placeholder=example aria-describedby="toml-hint"></textarea>
                </Field>
                <div class="actions"><button class="button" type="submit" disabled=save.pending()>"Take these counts"</button></div>
            </ChangeForm>
        </section>
    }
}
