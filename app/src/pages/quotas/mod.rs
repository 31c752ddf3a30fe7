//! The quotas page: KMS requests per second against the quota, per Region, now, during the migration and after it, in a
//! chart, in words, and as a table of phases. The form is answered by the server, which knows the account.

#[cfg(feature = "ssr")]
mod figures;
#[cfg(feature = "ssr")]
mod filing;
mod form;
#[cfg(feature = "ssr")]
mod phases;
mod request;
#[cfg(feature = "ssr")]
mod speed;
#[cfg(feature = "ssr")]
mod told;
#[cfg(feature = "ssr")]
mod verdict;

use crate::backend::{AppError, What};
#[cfg(feature = "ssr")]
use crate::fragment::Fragment;
use crate::fragment::Placed;
use crate::parts::query::{encode, pairs};
use crate::parts::{Asked, EmptyState, ErrorBox, Spoken};
use crate::shown::QuotasShown;
use form::QuotasForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::scenario::Scenario;
use request::Requests;

/// The page at `/quotas`.
#[component]
pub(crate) fn QuotasPage() -> impl IntoView {
    let search = use_location().search;
    let page = Asked::new(What::Quotas, move || search.get());
    let link = move |document: &'static str| move || address(document, &search.get());
    view! {
        <Title text="Quotas – Rekey"/>
        <div class="page-head">
            <div>
                <h1>"Quotas"</h1>
                <p>
                    "Under SSE-KMS, reads and writes make requests to KMS. All of an account’s requests in a Region share one quota."
                </p>
            </div>
            <div class="actions">
                <a class="button" href=link("headroom.csv") download="rekey-headroom.csv" rel="external">"CSV"</a>
                <a class="button" href=link("headroom") rel="external">"JSON"</a>
            </div>
        </div>
        {page.show(move |page: Result<QuotasShown, _>| match page {
            Ok(page) if page.empty => view! { <Nothing/> }.into_any(),
            Ok(page) => view! { <Content page typed=pairs(&search.get_untracked())/> }.into_any(),
            Err(error) => view! { <Failed error/> }.into_any(),
        })}
    }
    .into_any()
}

/// A document of the figures that are shown. Others add fields of theirs to a page's address, which no document takes.
fn address(document: &str, search: &str) -> String {
    let taken = Scenario::default().fields();
    let is_taken = |name: &str| name == "account" || taken.iter().any(|(field, _)| field == name);
    let fields = pairs(search).into_iter().filter(|(name, _)| is_taken(name));
    let fields: Vec<String> = fields
        .map(|(name, value)| format!("{name}={}", encode(&value)))
        .collect();
    format!("/api/v1/{document}?{}", fields.join("&"))
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

/// The form beside the figures.
#[component]
fn Content(page: QuotasShown, typed: Vec<(String, String)>) -> impl IntoView {
    let QuotasShown {
        scenario,
        errors,
        choices,
        figures,
        increases,
        said,
        ..
    } = page;
    view! {
        <div class="split">
            <QuotasForm scenario errors choices typed/>
            <div class="stack-wide">
                <Spoken text=said/>
                <Placed fragment=figures/>
                <Requests increases/>
            </div>
        </div>
    }
}

/// The page as it travels.
#[cfg(feature = "ssr")]
pub(crate) fn shown(page: crate::backend::QuotasPage) -> QuotasShown {
    let back = page.query();
    let increase = |region: &model::headroom::RegionHeadroom| {
        let increase = region.increase(&page.scenario, page.as_of);
        let told = page.told.iter().find(|told| told.region == region.region);
        let filing = filing::Filing {
            region: region.clone(),
            told: told.cloned(),
            value: increase.value,
            not_allowed: page.not_allowed.clone(),
            back: back.clone(),
        };
        crate::shown::IncreaseShown {
            region: region.region.to_string(),
            value: increase.is_more.then_some(increase.value),
            advised: increase.advised,
            command: format!(
                "aws service-quotas request-service-quota-increase \\\n  --service-code {} --quota-code {} \\\n  --region {} --desired-value {}",
                model::quotas::SERVICE_CODE,
                model::quotas::QUOTA_CODE,
                region.region,
                increase.value
            ),
            justification: increase.justification,
            filing: Fragment::of(|| view! { <filing::Form filing/> }),
        }
    };
    QuotasShown {
        // A custom key store's quota cannot be raised.
        increases: if page.scenario.custom_key_store {
            Vec::new()
        } else {
            page.regions.iter().map(increase).collect()
        },
        scenario: page.scenario.clone(),
        errors: page.errors.clone(),
        choices: page.choices.clone(),
        empty: page.empty,
        said: verdict::said(&page.regions, page.scenario.bucket_key),
        figures: Fragment::of(|| view! { <figures::Figures page/> }),
    }
}
