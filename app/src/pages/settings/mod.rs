//! Settings: who this server is at AWS, what to allow it there, and the prices and quotas it computes with, each with source and date. Nothing
//! can be set here: settings are the server's flags and environment.

#[cfg(feature = "ssr")]
mod content;

use crate::backend::What;
use crate::fragment::Placed;
use crate::parts::{Asked, Copies, ErrorBox};
use crate::shown::SettingsShown;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The page at `/settings`.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let search = use_location().search;
    let page = Asked::new(What::Settings, move || search.get());
    view! {
        <Title text="Settings – Rekey"/>
        <header class="page-head">
            <div>
                <h1>"Settings"</h1>
                <p>"What this server works with. It is set when the server starts; rekey serve --help names the flags."</p>
            </div>
            <div class="actions"><a class="button" href="/api/v1/prices.csv" download="rekey-prices.csv" rel="external">"Prices as CSV"</a></div>
        </header>
        {page.show(move |page| match page {
            Ok(SettingsShown { account, policy, facts }) => view! {
                <Placed fragment=account/>
                <Copies copies=vec![policy]/>
                <Placed fragment=facts/>
            }
            .into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

#[cfg(feature = "ssr")]
pub(crate) use content::shown;
