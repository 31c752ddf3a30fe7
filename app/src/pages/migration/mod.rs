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

use crate::api::Act;
use crate::backend::{self, Action, AppError, What};
use crate::live::Received;
use crate::parts::{Asked, Change, ErrorBox, Refusal};
use actions::Actions;
use buckets::Buckets;
use confirm::Confirm;
use failures::{Failures, LeftOut};
use follow::{Following, Points};
use head::Head;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
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
    let act = Change::to(Act::PATH);
    let page = Asked::new(What::Migration, move || id.get());
    view! {
        {page.show(move |page: Result<backend::MigrationPage, _>| match page {
            Ok(page) => view! { <Content page act/> }.into_any(),
            Err(error) => view! { <Failed error/> }.into_any(),
        })}
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
    fn new(following: Following) -> Self {
        let Following { page, feed, points } = following;
        let fresh = Memo::new(move |_| {
            let seq = page.with(|page| page.live.seq);
            feed.newest.get().filter(|received| received.live.seq >= seq)
        });
        let live = move |fresh: &Option<Received>| match fresh {
            Some(received) => received.live.clone(),
            None => page.with(|page| page.live.clone()),
        };
        let at = move |fresh: &Option<Received>| match fresh {
            Some(received) => received.at,
            None => page.with(|page| page.now),
        };
        Self {
            live: Memo::new(move |_| fresh.with(live)),
            at: Memo::new(move |_| fresh.with(at)),
            points,
        }
    }
}

/// The page with figures: what the stream carries changes by itself, the rest with each answer.
#[component]
fn Content(page: backend::MigrationPage, act: Change) -> impl IntoView {
    let following = follow::follow(page, Signal::derive(move || act.version()));
    let now = Now::new(following);
    let lost = following.feed.lost;
    move || {
        let page = following.page.get();
        match page.live.state {
            State::Planned => view! { <Planned page now lost act/> }.into_any(),
            _ => view! { <Begun page now lost act/> }.into_any(),
        }
    }
}

/// Before it is confirmed: the plan, and the confirmation.
#[component]
fn Planned(page: backend::MigrationPage, now: Now, lost: Signal<bool>, act: Change) -> impl IntoView {
    let (id, name, objects) = (
        page.plan.id.0.clone(),
        page.plan.name.clone(),
        page.plan.objects(),
    );
    let (actions, share, lines) = (page.actions.clone(), page.share, page.log.clone());
    let confirm = actions
        .contains(&Action::Confirm)
        .then(|| view! { <Confirm id=id.clone() name=name.clone() objects act/> });
    view! {
        <Head name now active=false lost not_allowed=page.not_allowed.clone() stopped=None/>
        <Facts page/>
        <Refusal change=act/>
        {confirm}
        <Actions id actions share act/>
        <Log lines/>
    }
}

/// From the confirmation on.
#[component]
fn Begun(page: backend::MigrationPage, now: Now, lost: Signal<bool>, act: Change) -> impl IntoView {
    let state = page.live.state;
    let id = page.plan.id.0.clone();
    let retry = page.actions.contains(&Action::Retry);
    view! {
        <Head name=page.plan.name.clone() now active=state.is_active() lost not_allowed=page.not_allowed.clone() stopped=page.stopped.clone()/>
        <Refusal change=act/>
        <Outcome state buckets=page.buckets.clone()/>
        <Progress now/>
        <Actions id=id.clone() actions=page.actions.clone() share=page.share act/>
        <Failures groups=page.failures.clone() id retry act/>
        <Rate now ended=state.is_ended()/>
        <Buckets rows=page.buckets.clone()/>
        <LeftOut reasons=page.left_out.clone()/>
        <Facts page=page.clone()/>
        <Log lines=page.log/>
    }
}
