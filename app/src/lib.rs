//! The pages of Rekey: rendered by the server, taken over by the browser.
//!
//! Starting points: [`App`] has the routes, [`shell()`] the document around it, [`backend::Backend`] what the server
//! answers, [`api`] the way there. Figures come from `model` and drawings from `charts`, on both sides the same; here
//! they are only put into words and markup.
#![recursion_limit = "256"]
#![expect(
    unreachable_pub,
    reason = "the component macro makes public what it generates"
)]

pub mod api;
pub mod backend;
mod codec;
pub mod costs_view;
pub mod fragment;
mod frame;
pub mod live;
mod not_found;
mod pages;
pub mod parts;
mod shell;
pub mod shown;

pub use shell::{Bundle, shell};

use frame::{Keys, Rail, RefreshFrame, TopBar};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};
use pages::{
    CostsPage, ImportPage, MigrationPage, MigrationsPage, NewMigrationPage, OverviewPage, PricesPage,
    QuotasPage, ReportPage, RequestsPage, ScenariosPage, SettingsPage,
};

/// Everything inside `<body>`: the frame and the routes. Every page waits for its figures before it is sent, so that
/// it is whole without script.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(RefreshFrame::new());
    // Runs in the browser alone: says that controls answer now, for tests and for whoever looks at the markup.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            // Nothing depends on it.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Router>
            <a class="skip-link" href="#main">"Skip to the page"</a>
            <div class="frame">
                <TopBar/>
                <Rail/>
                <main id="main" tabindex="-1">
                    <FlatRoutes fallback=not_found::NotFound>
                        <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async/>
                        <Route path=path!("/import") view=ImportPage ssr=SsrMode::Async/>
                        <Route path=path!("/costs") view=CostsPage ssr=SsrMode::Async/>
                        <Route path=path!("/quotas") view=QuotasPage ssr=SsrMode::Async/>
                        <Route path=path!("/prices") view=PricesPage ssr=SsrMode::Async/>
                        <Route path=path!("/requests") view=RequestsPage ssr=SsrMode::Async/>
                        <Route path=path!("/scenarios") view=ScenariosPage ssr=SsrMode::Async/>
                        <Route path=path!("/migrations") view=MigrationsPage ssr=SsrMode::Async/>
                        <Route path=path!("/migrations/new") view=NewMigrationPage ssr=SsrMode::Async/>
                        <Route path=path!("/migrations/:id") view=MigrationPage ssr=SsrMode::Async/>
                        <Route path=path!("/migrations/:id/report") view=ReportPage ssr=SsrMode::Async/>
                        <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async/>
                    </FlatRoutes>
                </main>
            </div>
            <Keys/>
        </Router>
    }
}
