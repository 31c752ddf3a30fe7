//! The report of a migration: plan, who, when, counts, every exception, and the hash that binds its history. Made to be
//! printed; nothing on it changes by itself. The document that can be checked is at `/api/v1/migrations/:id/report`.

#[cfg(feature = "ssr")]
mod content;
#[cfg(feature = "ssr")]
mod tables;

use crate::backend::What;
use crate::fragment::{Fragment, Placed};
use crate::parts::{Asked, ErrorBox};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// The page at `/migrations/:id/report`.
#[component]
pub(crate) fn ReportPage() -> impl IntoView {
    let params = use_params_map();
    let page = Asked::new(What::Report, move || params.read().get("id").unwrap_or_default());
    view! {
        <Title text="Migration report – Rekey"/>
        <h1>"Migration report"</h1>
        {page.show(move |page: Result<Fragment, _>| match page {
            Ok(fragment) => view! { <Placed fragment/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

/// Under whose AWS credentials a run worked, in words.
#[cfg(feature = "ssr")]
pub(crate) fn callers(arns: &[String]) -> String {
    match arns {
        [] => "not known: no run has begun, or AWS did not tell".to_string(),
        arns => arns.join(", then "),
    }
}

/// The report, rendered.
#[cfg(feature = "ssr")]
pub(crate) fn fragment(page: crate::backend::ReportPage) -> Fragment {
    Fragment::of(|| view! { <content::Content page/> })
}
