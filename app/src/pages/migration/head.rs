//! Name, state, what it does and what it waits for; a lost connection; why it stopped.

use super::Now;
use crate::parts::{Callout, StatePill, Tone};
use leptos::prelude::*;
use leptos_meta::Title;
use model::migration::State;

/// Reloads the page where no script does better.
const RELOAD: &str = r#"<meta http-equiv="refresh" content="3">"#;

/// The title of the page. The server writes it as it stands, while a browser takes it for text.
fn title_of(name: &str) -> String {
    let name = if cfg!(feature = "ssr") {
        name.replace('&', "&amp;").replace('<', "&lt;")
    } else {
        name.to_string()
    };
    format!("{name} – Rekey")
}

/// The head of the page.
#[component]
pub(super) fn Head(
    name: String,
    now: Now,
    /// Whether a runner works on it.
    active: bool,
    /// Whether the stream is broken.
    lost: Signal<bool>,
    not_allowed: Option<String>,
    stopped: Option<String>,
) -> impl IntoView {
    let state = Memo::new(move |_| now.live.with(|live| live.state));
    let phase = Memo::new(move |_| now.live.with(|live| live.phase.clone()));
    let waiting = Memo::new(move |_| now.live.with(|live| live.waiting_for.clone()));
    let stale = move || {
        // The stream outlives these figures by a moment when the page is asked for anew.
        let at = lost.get().then(|| now.at.try_get_untracked()).flatten()?.civil();
        let clock = format!("{:02}:{:02}:{:02} UTC", at.hour, at.minute, at.second);
        Some(format!(
            "Connection lost, reconnecting. The figures are of {clock}."
        ))
    };
    let (tone, title) = if state.get_untracked() == State::Paused {
        (Tone::Watch, "It waits for a word")
    } else {
        (Tone::Stop, "It stopped by itself")
    };
    let reload = active.then(|| view! { <noscript inner_html=RELOAD></noscript> });
    view! {
        <Title text=title_of(&name)/>
        {reload}
        <div class="page-head">
            <div>
                <h1 class="break">{name}</h1>
                <p>
                    {move || phase.get()}
                    {move || waiting.get().map(|waiting| format!(". Held up: {waiting}"))}
                </p>
            </div>
            <div role="status">{move || view! { <StatePill state=state.get()/> }}</div>
        </div>
        <div class="stale" role="status" hidden=move || !lost.get()>
            {stale}
        </div>
        {stopped.map(|reason| view! { <Callout tone title=title><p>{reason}</p></Callout> })}
        {not_allowed.map(|reason| view! { <Callout title="Nothing can be changed here"><p>{reason}</p></Callout> })}
    }
}
