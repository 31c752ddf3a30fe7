//! Prices: the bundled table and the price list side by side, and which of them forecasts use. The server renders all of
//! it; its buttons are plain forms.

#[cfg(feature = "ssr")]
mod content;

use crate::backend::What;
use crate::fragment::{Fragment, Placed};
use crate::parts::{Asked, ErrorBox};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// The page at `/prices`.
#[component]
pub(crate) fn PricesPage() -> impl IntoView {
    let search = use_location().search;
    let page = Asked::new(What::Prices, move || search.get());
    view! {
        <Title text="Prices – Rekey"/>
        {page.show(move |page: Result<Fragment, _>| match page {
            Ok(fragment) => view! { <Placed fragment/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

/// The content, rendered.
#[cfg(feature = "ssr")]
pub(crate) fn fragment(model: crate::backend::PricesPage) -> Fragment {
    Fragment::of(|| view! { <content::Content model/> })
}
