//! The page of one migration: before it is confirmed the plan and the confirmation, while it runs its figures as they
//! change, at the end the proof. Figures come over server-sent events; what they do not carry is asked for again when
//! the journal has grown. Without a script the page reloads itself while a runner works.

mod actions;
mod buckets;
mod confirm;
mod failures;
mod follow;
mod head;
mod log;
mod outcome;
mod progress;
mod rate;

use crate::api::{Act, get_migration};
use crate::backend::{self, Action, AppError};
use crate::parts::{ErrorBox, Loading};
use actions::Actions;
use buckets::Buckets;
use confirm::Confirm;
use failures::{Failures, LeftOut};
use follow::{Following, Points};
use head::Head;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use log::{Facts, Log};
use model::migration::{Live, State};
use model::time::UnixMillis;
use outcome::Outcome;
use progress::Progress;
use rate::Rate;

/// The page at `/migrations/:id`.
#[component]
pub(crate) fn MigrationPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let act = ServerAction::<Act>::new();
    let version = act.version();
    // A change shows at once; what a runner does shows through `following`.
    let page = Resource::new(move || (id.get(), version.get()), |(id, _)| get_migration(id));
    let following = follow::follow(id, page);
    view! {
        <Transition fallback=|| view! { <Loading/> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Content page following act/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Failed(error: AppError) -> impl IntoView {
    view! {
        <Title text="Migration – Rekey"/>
        <h1>"Migration"</h1>
        <ErrorBox error/>
        <p>
            <a href="/migrations">"All migrations"</a>
        </p>
    }
}

/// The newest figures with the time at which they held.
#[derive(Clone, Copy, Debug)]
struct Now {
    live: Memo<Live>,
    at: Memo<UnixMillis>,
    points: Points,
}

impl Now {
    /// Those of the stream, unless the page is newer.
    fn new(page: &backend::MigrationPage, following: Following) -> Self {
        let (live, now) = (page.live.clone(), page.now);
        let newest = following.feed.newest;
        let seq = live.seq;
        let fresh = Memo::new(move |_| newest.get().filter(|received| received.live.seq >= seq));
        Self {
            live: Memo::new(move |_| {
                fresh.with(|fresh| {
                    fresh
                        .as_ref()
                        .map_or_else(|| live.clone(), |fresh| fresh.live.clone())
                })
            }),
            at: Memo::new(move |_| fresh.with(|fresh| fresh.as_ref().map_or(now, |fresh| fresh.at))),
            points: following.points,
        }
    }
}

/// The page with figures.
#[component]
fn Content(page: backend::MigrationPage, following: Following, act: ServerAction<Act>) -> impl IntoView {
    let state = page.live.state;
    following.show(state, page.live.seq);
    let now = Now::new(&page, following);
    let id = page.plan.id.0.clone();
    let value = act.value();
    let error = move || {
        value
            .get()
            .and_then(Result::err)
            .map(|error| view! { <ErrorBox error/> })
    };
    let may = |action: Action| page.actions.contains(&action);
    let actions = view! { <Actions id=id.clone() actions=page.actions.clone() share=page.share act/> };
    let head = view! {
        <Head name=page.plan.name.clone() now active=state.is_active() lost=following.feed.lost not_allowed=page.not_allowed.clone() stopped=page.stopped.clone()/>
    };
    if state == State::Planned {
        let (name, objects) = (page.plan.name.clone(), page.plan.objects());
        let confirm = may(Action::Confirm).then(|| view! { <Confirm id name objects act/> });
        let lines = page.log.clone();
        return view! {
            {head}
            <Facts page/>
            {error}
            {confirm}
            {actions}
            <Log lines/>
        }
        .into_any();
    }
    view! {
        {head}
        {error}
        <Outcome state buckets=page.buckets.clone()/>
        <Progress now/>
        {actions}
        <Failures groups=page.failures.clone() id retry=may(Action::Retry) act/>
        <Rate now ended=state.is_ended()/>
        <Buckets rows=page.buckets.clone()/>
        <LeftOut reasons=page.left_out.clone()/>
        <Facts page=page.clone()/>
        <Log lines=page.log/>
    }
    .into_any()
}
