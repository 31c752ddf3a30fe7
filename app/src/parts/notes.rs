//! Notes: callouts, errors with their remedy, what stands where nothing is there yet. For every page.

use crate::backend::AppError;
use leptos::prelude::*;

/// How grave a note is; each has a colour, a shape and its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    #[default]
    Note,
    /// It went well.
    Good,
    /// Somebody should have thought about it.
    Watch,
    /// It cannot go on.
    Stop,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Note => "callout",
            Self::Good => "callout callout-good",
            Self::Watch => "callout callout-watch",
            Self::Stop => "callout callout-stop",
        }
    }
}

/// A note with a title; its children are blocks.
#[component]
pub fn Callout(
    /// How grave it is.
    #[prop(optional)]
    tone: Tone,
    /// What it says in a few words.
    #[prop(into)]
    title: String,
    /// The rest.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=tone.class()>
            <p class="callout-title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// What a new answer comes to in a few words: unseen, and spoken by screen readers when it changes. It stands outside of
/// what the answer replaces, since a region that is new itself is not spoken.
#[component]
pub fn Spoken(
    /// The words.
    text: String,
) -> impl IntoView {
    view! { <p class="visually-hidden" role="status">{text}</p> }
}

/// What went wrong, and what to do.
#[component]
pub fn ErrorBox(
    /// The error.
    error: AppError,
) -> impl IntoView {
    let hint = error.hint.map(|hint| view! { <p>{hint}</p> });
    view! {
        <div class="callout callout-stop" role="alert">
            <p class="callout-title">{error.message}</p>
            {hint}
        </div>
    }
}

/// What stands where nothing is there yet: what it would be, why it is empty, and what to do next.
#[component]
pub fn EmptyState(
    /// What is not there.
    #[prop(into)]
    title: String,
    /// Why, and the next step.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="empty">
            <h2>{title}</h2>
            {children()}
        </section>
    }
}

/// What stands while the figures are on their way; seen in the browser only, after a link was followed.
#[component]
pub fn Loading() -> impl IntoView {
    view! { <p class="loading" aria-busy="true">"Loading the figures"</p> }
}
