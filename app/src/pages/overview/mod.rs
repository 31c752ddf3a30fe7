//! The overview: what is in S3 and how it is encrypted, bucket by bucket, and the way into a migration. With nothing
//! imported it says what an inventory is and where one comes from.
//!
//! Search, filters, order and page are the URL's; chosen buckets become the query of the new-migration page.

mod buckets;
mod choice;
mod empty;
mod filters;
#[cfg(feature = "ssr")]
mod lead;
#[cfg(feature = "ssr")]
mod mixes;
mod words;

use crate::api::ImportSandbox;
use crate::backend::{DefaultShown, What};
use crate::fragment::{Fragment, Placed};
use crate::frame::RefreshFrame;
use crate::parts::{Asked, Change, ErrorBox};
use crate::shown::OverviewShown;
use buckets::Buckets;
use empty::Empty;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::format::counted;
use model::overview::Overview;
use std::collections::BTreeMap;

/// The page at `/`.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let search = use_location().search;
    let sandbox = Change::to(ImportSandbox::PATH);
    let page = Asked::again(What::Overview, move || (search.get(), sandbox.version()));
    let refresh = use_context::<RefreshFrame>();
    Effect::new(move |_| {
        if let (1.., Some(refresh)) = (sandbox.version(), refresh) {
            refresh.now();
        }
    });
    view! {
        <Title text="Overview – Rekey"/>
        {page.show(move |page: Result<OverviewShown, _>| match page {
            Ok(OverviewShown { page, summary }) => match page.overview {
                Some(overview) => view! { <Estate overview defaults=page.defaults summary/> }.into_any(),
                None => view! { <Empty sandbox=page.sandbox change=sandbox/> }.into_any(),
            },
            Err(error) => view! { <h1>"Overview"</h1><ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Estate(
    overview: Overview,
    defaults: BTreeMap<String, DefaultShown>,
    /// Totals and mixes.
    summary: Fragment,
) -> impl IntoView {
    let counted_buckets = counted(overview.bucket_count as u64, "bucket");
    let csv = format!("/api/v1/overview.csv?{}", overview.query.to_query());
    let warnings = (overview.warnings > 0).then(|| {
        let warnings = counted(overview.warnings as u64, "warning");
        view! { " The imports in use came with "<a href="/import#snapshots">{warnings}</a>"." }
    });
    view! {
        <header class="page-head">
            <div>
                <h1>"Overview"</h1>
                <p>{format!("{counted_buckets}, each from the newest source that lists it.")}{warnings}</p>
            </div>
            <div class="actions">
                <a class="button" href=csv download="rekey-buckets.csv" rel="external">"CSV"</a>
                <a class="button" href="/import">"Import an inventory"</a>
            </div>
        </header>
        <Placed fragment=summary/>
        <Buckets overview defaults/>
    }
}

/// The page as it travels.
#[cfg(feature = "ssr")]
pub(crate) fn shown(page: crate::backend::OverviewPage) -> OverviewShown {
    let summary = page.overview.clone().map(|overview| {
        Fragment::of(|| view! { <lead::Lead overview=overview.clone()/> <mixes::Mixes overview/> })
    });
    OverviewShown {
        page,
        summary: summary.unwrap_or_default(),
    }
}
