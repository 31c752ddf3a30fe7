//! Import: where an inventory or Macie report comes in, the imports that run or have ended, and the stored snapshots.
//!
//! While an import runs the page asks again every second; without script the browser reloads it. Uploads go to the
//! server's own route, because a delivery is files and not a function's arguments.

mod runs;
mod snapshots;
mod sources;

use crate::api::{ImportSandbox, RemoveSnapshot, StartImport, get_imports};
use crate::backend::{AppError, ImportPage as Model};
use crate::frame::RefreshFrame;
use crate::parts::{ErrorBox, Loading};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use model::inventory::SnapshotId;
use runs::Runs;
use snapshots::Snapshots;
use sources::Sources;

/// The changes that this page can make.
#[derive(Clone, Copy)]
pub(crate) struct Changes {
    start: ServerAction<StartImport>,
    sandbox: ServerAction<ImportSandbox>,
    remove: ServerAction<RemoveSnapshot>,
}

impl Changes {
    fn new() -> Self {
        Self {
            start: ServerAction::new(),
            sandbox: ServerAction::new(),
            remove: ServerAction::new(),
        }
    }

    fn version(self) -> usize {
        self.start.version().get() + self.sandbox.version().get() + self.remove.version().get()
    }

    /// What the last change was refused with.
    fn error(self) -> Option<AppError> {
        let values = [
            self.start.value().get(),
            self.sandbox.value().get(),
            self.remove.value().get(),
        ];
        values.into_iter().flatten().find_map(Result::err)
    }
}

/// The page at `/import`.
#[component]
pub(crate) fn ImportPage() -> impl IntoView {
    let changes = Changes::new();
    let search = use_location().search;
    let page = Resource::new(move || (changes.version(), search.get()), |_| get_imports());
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
                    "An S3 Inventory delivery or Amazon Macie's bucket statistics. Of each bucket the newest inventory "
                    "counts, or else the newest Macie report."
                </p>
            </div>
        </header>
        {move || changes.error().map(|error| view! { <ErrorBox error/> })}
        <Transition fallback=Loading>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(model) => view! { <Content model changes page/> }.into_any(),
                    Err(error) => view! { <ErrorBox error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Content(model: Model, changes: Changes, page: Resource<Result<Model, AppError>>) -> impl IntoView {
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
    }
}

/// Asks again while something runs, and tells the frame when something has ended.
#[component]
fn Again(running: bool, ended: usize, page: Resource<Result<Model, AppError>>) -> impl IntoView {
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
