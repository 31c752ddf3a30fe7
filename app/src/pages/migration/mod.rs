//! The page of one migration: before it is confirmed the plan and the confirmation, while it runs its figures as they
//! change, at the end the proof. Figures come over server-sent events; what they do not carry is asked for again when
//! the journal has grown. Without a script the page reloads itself while a runner works.

mod actions;
#[cfg(feature = "ssr")]
mod after;
#[cfg(feature = "ssr")]
mod buckets;
#[cfg(feature = "ssr")]
mod calls;
mod confirm;
#[cfg(feature = "ssr")]
mod failures;
mod follow;
mod head;
#[cfg(feature = "ssr")]
mod log;
#[cfg(feature = "ssr")]
mod outcome;
mod progress;
mod rate;
mod retry;

use crate::api::Act;
use crate::backend::{Action, AppError, What};
#[cfg(feature = "ssr")]
use crate::fragment::Fragment;
use crate::fragment::Placed;
use crate::live::Received;
use crate::parts::{Asked, Change, ErrorBox, Refusal};
use crate::shown::MigrationShown;
use actions::Actions;
use confirm::Confirm;
use follow::{Following, Points};
use head::Head;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::migration::{Live, State};
use model::time::UnixMillis;
use progress::Progress;
use rate::Rate;
use retry::Retry;

/// The page at `/migrations/:id`.
#[component]
pub(crate) fn MigrationPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let act = Change::to(Act::PATH);
    let page = Asked::new(What::Migration, move || id.get());
    view! {
        {page.show(move |page: Result<MigrationShown, _>| match page {
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
fn Content(page: MigrationShown, act: Change) -> impl IntoView {
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
fn Planned(page: MigrationShown, now: Now, lost: Signal<bool>, act: Change) -> impl IntoView {
    let confirm = page
        .actions
        .contains(&Action::Confirm)
        .then(|| view! { <Confirm id=page.id.clone() name=page.name.clone() objects=page.objects act/> });
    view! {
        <Head name=page.name now active=false lost not_allowed=page.not_allowed stopped=None/>
        <Placed fragment=page.facts/>
        <Refusal change=act/>
        {confirm}
        <Actions id=page.id actions=page.actions share=page.share by_jobs=page.by_jobs act/>
        <Placed fragment=page.log/>
    }
}

/// From the confirmation on.
#[component]
fn Begun(page: MigrationShown, now: Now, lost: Signal<bool>, act: Change) -> impl IntoView {
    let state = page.live.state;
    let retry = page
        .actions
        .contains(&Action::Retry)
        .then(|| view! { <Retry id=page.id.clone() failed=page.failed act/> });
    view! {
        <Head name=page.name now active=state.is_active() lost not_allowed=page.not_allowed stopped=page.stopped/>
        <Refusal change=act/>
        <Placed fragment=page.outcome/>
        <Progress now/>
        <Actions id=page.id actions=page.actions share=page.share by_jobs=page.by_jobs act/>
        <Placed fragment=page.failures/>
        {retry}
        <Placed fragment=page.after/>
        <Rate now ended=state.is_ended() by_jobs=page.by_jobs/>
        <Placed fragment=page.calls/>
        <Placed fragment=page.buckets/>
        <Placed fragment=page.facts/>
        <Placed fragment=page.log/>
    }
}

/// The page as it travels.
#[cfg(feature = "ssr")]
pub(crate) fn shown(page: crate::backend::MigrationPage) -> MigrationShown {
    let (rows, reasons, lines) = (page.buckets.clone(), page.left_out.clone(), page.log.clone());
    let (state, ended, later) = (page.live.state, page.buckets.clone(), page.later.clone());
    let id = page.plan.id.0.clone();
    let (groups, calls) = (page.failures.clone(), page.kms_calls.clone());
    let not_named = page.failures_not_named;
    MigrationShown {
        id: page.plan.id.0.clone(),
        name: page.plan.name.clone(),
        objects: page.plan.objects(),
        live: page.live.clone(),
        now: page.now,
        actions: page.actions.clone(),
        share: page.share,
        not_allowed: page.not_allowed.clone(),
        by_jobs: page.plan.jobs.is_some(),
        stopped: page.stopped.clone(),
        failed: groups.iter().map(|group| group.count).sum(),
        outcome: Fragment::of(|| view! { <outcome::Outcome id state buckets=ended later/> }),
        failures: Fragment::of(|| view! { <failures::Failures groups not_named/> }),
        after: {
            let page = page.clone();
            Fragment::of(|| view! { <after::After page/> })
        },
        calls: Fragment::of(|| view! { <calls::Calls rows=calls/> }),
        buckets: if state == State::Planned {
            Fragment::default()
        } else {
            Fragment::of(|| view! { <buckets::Buckets rows state at=page.now/> <failures::LeftOut reasons/> })
        },
        facts: Fragment::of(|| view! { <log::Facts page/> }),
        log: Fragment::of(|| view! { <log::Log lines/> }),
    }
}
