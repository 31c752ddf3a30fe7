//! The quotas page: KMS requests per second against the quota, per Region, now, during the migration and after it, in a
//! chart, in words, and as a table of phases. The form is answered by the server, which knows the account.

mod form;
mod phases;
mod request;
mod verdict;

use crate::backend::{self, AppError, What};
use crate::parts::query::pairs;
use crate::parts::{Asked, Callout, ChartFigure, EmptyState, ErrorBox, Tone};
use charts::{HeadroomInput, HeadroomRow};
use form::QuotasForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::format::counted;
use model::headroom::{Phase, RegionHeadroom};
use phases::PhaseTable;
use request::Requests;
use verdict::Verdicts;

/// The page at `/quotas`.
#[component]
pub(crate) fn QuotasPage() -> impl IntoView {
    let search = use_location().search;
    let page = Asked::new(What::Quotas, move || search.get());
    view! {
        <Title text="Quotas – Rekey"/>
        <div class="page-head">
            <div>
                <h1>"Quotas"</h1>
                <p>
                    "Under SSE-KMS, reads and writes make requests to KMS. All of an account’s requests in a Region share one quota."
                </p>
            </div>
        </div>
        {page.show(move |page: Result<backend::QuotasPage, _>| match page {
            Ok(page) if page.empty => view! { <Nothing/> }.into_any(),
            Ok(page) => view! { <Content page typed=pairs(&search.get_untracked())/> }.into_any(),
            Err(error) => view! { <Failed error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState title="Nothing is imported yet">
            <p>"Headroom follows from the buckets that an S3 Inventory or Macie lists and the requests they get."</p>
            <a class="button button-primary" href="/import">"Import an inventory"</a>
        </EmptyState>
    }
}

#[component]
fn Failed(error: AppError) -> impl IntoView {
    view! { <ErrorBox error/> }
}

/// The page with figures.
#[component]
fn Content(page: backend::QuotasPage, typed: Vec<(String, String)>) -> impl IntoView {
    let backend::QuotasPage {
        scenario,
        errors,
        regions,
        without_region,
        choices,
        ..
    } = page;
    let bucket_key = scenario.bucket_key;
    let chart = charts::headroom("headroom", &chart_input(&regions, bucket_key));
    let nowhere = (without_region > 0).then(|| nowhere(without_region));
    view! {
        <div class="split">
            <QuotasForm scenario errors choices typed/>
            <div class="stack-wide">
                <section class="panel" aria-labelledby="headroom-title">
                    <h2 id="headroom-title">"Headroom during the migration"</h2>
                    <ChartFigure chart/>
                </section>
                {nowhere}
                <Unknowns regions=regions.clone()/>
                <Verdicts regions=regions.clone() bucket_key/>
                <PhaseTable regions=regions.clone() bucket_key/>
                <Requests regions bucket_key/>
            </div>
        </div>
    }
}

fn nowhere(buckets: usize) -> impl IntoView {
    let buckets = counted(u64::try_from(buckets).unwrap_or(u64::MAX), "bucket");
    view! {
        <Callout tone=Tone::Watch title=format!("The Region of {buckets} is not known")>
            <p>"Their requests are in no figure here. Import with a Region, or choose one in the form."</p>
        </Callout>
    }
}

/// Says that figures are bounds, and why.
#[component]
fn Unknowns(regions: Vec<RegionHeadroom>) -> impl IntoView {
    let unknown: u64 = regions.iter().map(|region| region.unknown_buckets).sum();
    let without_baseline = regions.iter().any(|region| region.baseline.is_none());
    let counts = (unknown > 0).then(|| {
        view! {
            <p>{format!("The requests of {} are not known, so the planned load is at least what is shown.", counted(unknown, "bucket"))}</p>
        }
    });
    let baseline = without_baseline.then(|| {
        view! {
            <p>
                "What others in the account use already is not known in some Regions: headroom there is at most what is shown. Type the existing load in the form, from CloudWatch or from the people who run the other workloads."
            </p>
        }
    });
    (unknown > 0 || without_baseline).then(|| {
        view! { <Callout title="These figures are bounds">{counts}{baseline}</Callout> }
    })
}

fn chart_input(regions: &[RegionHeadroom], bucket_key: bool) -> HeadroomInput {
    let row = |region: &RegionHeadroom| HeadroomRow {
        region: region.region.clone(),
        baseline: region.load(Phase::Now, bucket_key),
        planned: region.added(bucket_key),
        migration: region.migration,
        quota: Some(region.quota.limit),
    };
    HeadroomInput {
        rows: regions.iter().map(row).collect(),
    }
}
