//! Import: where an inventory or Macie report comes in, the imports that run or have ended, and the stored snapshots.
//!
//! What the account offers is a question of its own, so that an account that does not answer takes nothing else away.
//! While an import runs the page asks again every second; without script the browser reloads it. Uploads go to the
//! server's own route, because a delivery is files and not a function's arguments.

#[cfg(feature = "ssr")]
mod found;
#[cfg(feature = "ssr")]
mod keys;
mod runs;
mod snapshots;
mod sources;

use crate::api::{ImportSandbox, RemoveSnapshot, StartImport};
use crate::backend::{ImportPage as Model, What};
use crate::fragment::{Fragment, Placed};
use crate::frame::RefreshFrame;
use crate::parts::{Asked, Change, Copies, ErrorBox, Refusal};
use crate::shown::{DiscoveryShown, ImportShown};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::inventory::SnapshotId;
use runs::Runs;
use snapshots::Snapshots;
use sources::Sources;

#[cfg(feature = "ssr")]
pub(crate) use found::shown;
#[cfg(feature = "ssr")]
pub(crate) use keys::shown as imported;

/// The changes that this page can make.
#[derive(Clone, Copy)]
pub(crate) struct Changes {
    start: Change,
    sandbox: Change,
    remove: Change,
}

impl Changes {
    fn new() -> Self {
        Self {
            start: Change::to(StartImport::PATH),
            sandbox: Change::to(ImportSandbox::PATH),
            remove: Change::to(RemoveSnapshot::PATH),
        }
    }

    fn all(self) -> [Change; 3] {
        [self.start, self.sandbox, self.remove]
    }

    fn version(self) -> usize {
        self.all().map(Change::version).iter().sum()
    }
}

/// The page at `/import`.
#[component]
pub(crate) fn ImportPage() -> impl IntoView {
    let changes = Changes::new();
    let search = use_location().search;
    let page = Asked::again(What::Imports, move || (search.get(), changes.version()));
    let found = Asked::new(What::Discovery, move || search.get());
    provide_context(Seen(StoredValue::new(None)));
    let refresh = use_context::<RefreshFrame>();
    Effect::new(move |before: Option<usize>| {
        let now = changes.version();
        if let (true, Some(refresh)) = (before.is_some_and(|before| before != now), refresh) {
            refresh.now();
        }
        now
    });
    view! {
        <Title text="Import – Rekey"/>
        <header class="page-head">
            <div>
                <h1>"Import"</h1>
                <p>
                    "An S3 Inventory delivery, an S3 Metadata table, Amazon Macie's bucket statistics, or CloudWatch's daily "
                    "figures. Of each bucket the one that knows most counts, in this order, and of two alike the newer."
                </p>
            </div>
        </header>
        {changes.all().map(|change| view! { <Refusal change/> })}
        {page.show(move |model| match model {
            Ok(ImportShown { page: model, besides }) => view! { <Content model besides changes page/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
        {found.show_quietly(move |found| match found {
            Ok(DiscoveryShown { content, offer }) => view! { <Placed fragment=content/><Copies copies=offer/> }.into_any(),
            Err(error) => view! { <ErrorBox error/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Content(model: Model, besides: Fragment, changes: Changes, page: Asked) -> impl IntoView {
    let running = model.runs.iter().any(|run| run.ended.is_none());
    let ended = model.runs.iter().filter(|run| run.ended.is_some()).count();
    let imported: Vec<SnapshotId> = model
        .snapshots
        .iter()
        .map(|snapshot| snapshot.id.clone())
        .collect();
    view! {
        <Again running ended page/>
        <Runs runs=model.runs imported/>
        <Sources regions=model.regions limit=model.upload_limit sandbox=model.sandbox changes/>
        <Snapshots snapshots=model.snapshots changes/>
        <Placed fragment=besides/>
    }
}

/// Asks again while something runs, and tells the frame when something has ended.
#[component]
fn Again(running: bool, ended: usize, page: Asked) -> impl IntoView {
    let refresh = use_context::<RefreshFrame>();
    Effect::new(move |_| {
        if !running {
            return;
        }
        let later = set_timeout_with_handle(move || page.refetch(), std::time::Duration::from_secs(1));
        on_cleanup(move || {
            if let Ok(later) = later {
                later.clear();
            }
        });
    });
    let seen = use_context::<Seen>();
    Effect::new(move |_| {
        if let (Some(seen), Some(refresh)) = (seen, refresh) {
            let before = seen.0.try_update_value(|before| before.replace(ended)).flatten();
            if before.is_some_and(|before| before != ended) {
                refresh.now();
            }
        }
    });
    running.then(|| view! { <noscript inner_html=r#"<meta http-equiv="refresh" content="2">"#></noscript> })
}

/// How many imports had ended when the page was last made.
#[derive(Clone, Copy, Debug)]
struct Seen(StoredValue<Option<usize>>);
