//! The list of migrations, newest first.

#[cfg(feature = "ssr")]
mod list;

use crate::backend::What;
use crate::fragment::{Fragment, Placed};
use crate::parts::{Asked, ErrorBox};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page at `/migrations`.
#[component]
pub(crate) fn MigrationsPage() -> impl IntoView {
    let page = Asked::new(What::Migrations, String::new);
    view! {
        <Title text="Migrations – Rekey"/>
        <div class="page-head">
            <div>
                <h1>"Migrations"</h1>
                <p>"Each is planned, confirmed by name, can be paused, and is read back at the end."</p>
            </div>
            <div class="actions">
                <a class="button button-primary" href="/migrations/new">"Plan a migration"</a>
            </div>
        </div>
        {page.show(move |page: Result<Fragment, _>| match page {
            Ok(fragment) => view! { <Placed fragment/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

/// The list, rendered.
#[cfg(feature = "ssr")]
pub(crate) fn fragment(rows: Vec<crate::backend::MigrationRow>) -> Fragment {
    Fragment::of(|| view! { <list::Migrations rows/> })
}
