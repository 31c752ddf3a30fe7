//! The page for an address that names nothing. Used by the router; on the server it also sets the status.

use leptos::prelude::*;
use leptos_meta::Title;

/// Says so, and leads back.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
        options.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found – Rekey"/>
        <section class="empty">
            <h1>"There is no such page"</h1>
            <p>"The address names nothing here. It may be from another server, or mistyped."</p>
            <p><a class="button" href="/">"Go to the overview"</a></p>
        </section>
    }
}
