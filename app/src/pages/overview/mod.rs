//! The overview: what is in S3 and how it is encrypted, bucket by bucket, and the way into a migration. With nothing
//! imported it says what an inventory is and where one comes from.
//!
//! Search, filters, order and page are the URL's; chosen buckets become the query of the new-migration page.

mod buckets;
mod choice;
mod empty;
mod filters;
mod lead;
mod mixes;

use crate::api::{ImportSandbox, get_overview};
use crate::frame::RefreshFrame;
use crate::parts::{ErrorBox, Loading};
use buckets::Buckets;
use empty::Empty;
use lead::Lead;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use mixes::Mixes;
use model::format::counted;
use model::overview::Overview;

/// The page at `/`.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let search = use_location().search;
    let sandbox = ServerAction::<ImportSandbox>::new();
    let page = Resource::new(
        move || (search.get(), sandbox.version().get()),
        |(search, _)| get_overview(search),
    );
    let refresh = use_context::<RefreshFrame>();
    Effect::new(move |_| {
        if let (1.., Some(refresh)) = (sandbox.version().get(), refresh) {
            refresh.now();
        }
    });
    view! {
        <Title text="Overview – Rekey"/>
        <Transition fallback=Loading>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => match page.overview {
                        Some(overview) => view! { <Estate overview/> }.into_any(),
                        None => view! { <Empty sandbox=page.sandbox action=sandbox/> }.into_any(),
                    },
                    Err(error) => view! { <h1>"Overview"</h1><ErrorBox error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Estate(overview: Overview) -> impl IntoView {
    let counted_buckets = counted(overview.bucket_count as u64, "bucket");
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
            <div class="actions"><a class="button" href="/import">"Import an inventory"</a></div>
        </header>
        <Lead overview=overview.clone()/>
        <Mixes overview=overview.clone()/>
        <Buckets overview/>
    }
}
