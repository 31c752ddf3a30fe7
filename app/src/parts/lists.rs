//! Filter chips, page links and the state of a migration. For the pages with lists.

use leptos::prelude::*;
use model::format::grouped;
use model::migration::State;

/// One filter of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// What it leaves.
    pub label: String,
    /// How many that are.
    pub count: Option<u64>,
    /// Address of the list with this filter.
    pub href: String,
    /// Whether it is in force.
    pub current: bool,
}

/// Filters as links, with counts.
#[component]
pub fn Chips(
    /// What is filtered.
    #[prop(into)]
    label: String,
    /// The filters.
    chips: Vec<Chip>,
) -> impl IntoView {
    let chip = |chip: Chip| {
        let count = chip
            .count
            .map(|count| view! { <span class="count">{grouped(count)}</span> });
        view! {
            <li>
                <a class="chip" href=chip.href aria-current=chip.current.then_some("true")>
                    {chip.label}
                    " "
                    {count}
                </a>
            </li>
        }
    };
    view! { <nav aria-label=label><ul class="chips">{chips.into_iter().map(chip).collect_view()}</ul></nav> }
}

/// Links to the pages of a list; nothing when there is one page.
#[component]
pub fn Pager(
    /// What is listed.
    #[prop(into)]
    label: String,
    /// This page, from 1.
    page: usize,
    /// How many there are.
    pages: usize,
    /// Address of a page, for each page from 1.
    hrefs: Vec<String>,
) -> impl IntoView {
    let link = |title: &'static str, rel: &'static str, to: Option<usize>| {
        let href = to.and_then(|to| hrefs.get(to.checked_sub(1)?)).cloned();
        match href {
            Some(href) => view! { <a class="button button-small" rel=rel href=href>{title}</a> }.into_any(),
            None => {
                view! { <span class="button button-small" aria-disabled="true">{title}</span> }.into_any()
            }
        }
    };
    (pages > 1).then(|| {
        view! {
            <nav class="toolbar" aria-label=label>
                {link("Previous page", "prev", page.checked_sub(1))}
                <span>{format!("Page {page} of {pages}")}</span>
                {link("Next page", "next", page.checked_add(1))}
            </nav>
        }
    })
}

/// Where a migration stands: colour, shape and words.
#[component]
pub fn StatePill(
    /// Where it stands.
    state: State,
) -> impl IntoView {
    let class = match state {
        State::Planned => "state state-planned",
        State::Confirmed => "state state-confirmed",
        State::Running => "state state-running",
        State::Pausing => "state state-pausing",
        State::Paused => "state state-paused",
        State::Stopped => "state state-stopped",
        State::Verifying => "state state-verifying",
        State::Cancelling => "state state-cancelling",
        State::Cancelled => "state state-cancelled",
        State::Succeeded => "state state-succeeded",
        State::SucceededWithExceptions => "state state-succeeded-with-exceptions",
    };
    view! { <span class=class>{state.title()}</span> }
}
