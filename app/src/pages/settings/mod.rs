//! Settings: who this server is at AWS, and the prices and quotas it computes with, each with source and date. Nothing
//! can be set here: settings are the server's flags and environment.

#[cfg(feature = "ssr")]
mod content;

use crate::backend::What;
use crate::fragment::{Fragment, Placed};
use crate::parts::{Asked, ErrorBox};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page at `/settings`.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let page = Asked::new(What::Settings, String::new);
    view! {
        <Title text="Settings – Rekey"/>
        <header class="page-head">
            <div>
                <h1>"Settings"</h1>
                <p>"What this server works with. It is set when the server starts; rekey serve --help names the flags."</p>
            </div>
            <div class="actions"><a class="button" href="/api/v1/prices.csv" download="rekey-prices.csv" rel="external">"Prices as CSV"</a></div>
        </header>
        {page.show(move |page: Result<Fragment, _>| match page {
            Ok(fragment) => view! { <Placed fragment/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

/// The content, rendered.
#[cfg(feature = "ssr")]
pub(crate) fn fragment(model: crate::backend::SettingsPage) -> Fragment {
    Fragment::of(|| view! { <content::Content model/> })
}
