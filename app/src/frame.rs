//! What surrounds every page: the rail with the five places, the bar with account and snapshots, the theme, the keys.
//!
//! It asks the server for itself, under a boundary of its own, so that no page shares a resource with it. What only a
//! browser can do (theme, keys) happens in effects and event handlers; without script the links do.

use crate::backend::{Badge, Frame, What};
use crate::parts::Asked;
use crate::parts::icons::{self, Icon};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate};
use model::format::counted;
use wasm_bindgen::JsCast;

/// The five places: address, word, icon, the key after `g`.
const PLACES: [(&str, &str, &str, &str); 5] = [
    ("/", "Overview", icons::OVERVIEW, "o"),
    ("/costs", "Costs", icons::COSTS, "c"),
    ("/quotas", "Quotas", icons::QUOTAS, "q"),
    ("/migrations", "Migrations", icons::MIGRATIONS, "m"),
    ("/settings", "Settings", icons::SETTINGS, "s"),
];

/// Asks the bar for the account's state anew, for example when an import has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefreshFrame(RwSignal<usize>);

impl RefreshFrame {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(0))
    }

    /// Call it from effects and handlers only.
    pub(crate) fn now(self) {
        self.0.update(|count| *count += 1);
    }
}

/// Whether a place holds this path.
fn holds(place: &str, path: &str) -> bool {
    match place {
        "/" => path == "/" || path == "/import",
        "/costs" => matches!(path, "/costs" | "/requests" | "/scenarios" | "/prices"),
        place => path
            .strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// The five places, the current one marked.
#[component]
pub(crate) fn Rail() -> impl IntoView {
    let path = use_location().pathname;
    let place = move |(href, word, icon, _): (&'static str, &'static str, &'static str, &'static str)| {
        let current = move || holds(href, &path.get()).then_some("page");
        view! {
            <a href=href aria-current=current><Icon drawing=icon/><span>{word}</span></a>
        }
    };
    view! {
        <nav class="rail" aria-label="Places">
            <a class="rail-brand" href="/"><Icon drawing=icons::BRAND/><span>"Rekey"</span></a>
            {PLACES.map(place).into_iter().collect_view()}
        </nav>
    }
}

/// Account, badge, snapshots in use, theme and help.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    let path = use_location().pathname;
    let refresh = use_context::<RefreshFrame>();
    // On the server it may be asked once more when the reader of the page has already gone.
    let version = move || {
        refresh
            .and_then(|refresh| refresh.0.try_get())
            .unwrap_or_default()
    };
    // The answer is the same for every path; another page is an occasion to ask.
    let frame = Asked::again(What::Frame, move || {
        path.track();
        (String::new(), version())
    });
    view! {
        <header class="topbar">
            {frame.show_quietly(|frame| frame.ok().map(|frame| view! { <Account frame/> }).into_any())}
            <ThemeButton/>
            <button class="button button-quiet button-icon" type="button" id="keys-button" popovertarget="keys"
                title="Keys" aria-label="Show the keys">
                <Icon drawing=icons::HELP/>
            </button>
        </header>
    }
}

#[component]
fn Account(frame: Frame) -> impl IntoView {
    let (class, badge, title) = match frame.badge {
        Badge::Sandbox => (
            "badge badge-sandbox",
            "Sandbox",
            "A simulated account inside this program; nothing at AWS is read or changed.",
        ),
        Badge::ReadOnly => (
            "badge badge-readonly",
            "Read-only",
            "Nothing in the account can be changed: the server was started without --allow-changes.",
        ),
        Badge::ChangesAllowed => (
            "badge badge-changes",
            "Changes allowed",
            "Confirmed plans change the account.",
        ),
    };
    let snapshots = match (frame.snapshots, frame.as_of) {
        (0, _) => "Nothing imported yet".to_string(),
        (count, Some(as_of)) => format!("{} of {as_of}", snapshots_in_words(count)),
        (count, None) => snapshots_in_words(count),
    };
    view! {
        <span class="account" title=format!("Rekey {}", frame.version)>{frame.account}</span>
        <span class=class title=title>{badge}</span>
        <a class="snapshot" href="/import">{snapshots}</a>
    }
}

fn snapshots_in_words(count: usize) -> String {
    let counted = counted(count as u64, "snapshot");
    if count == 1 {
        counted
    } else {
        format!("{counted}, newest")
    }
}

/// Chooses between light and dark; the shell takes the choice up before the first paint.
#[component]
fn ThemeButton() -> impl IntoView {
    view! {
        <button class="button button-quiet button-icon needs-script" type="button" title="Light or dark"
            aria-label="Change between light and dark" on:click=|_| change_theme()>
            <Icon drawing=icons::THEME/>
        </button>
    }
}

/// Sets the other theme than the one that shows, and keeps it.
fn change_theme() {
    let Some(root) = document().document_element() else {
        return;
    };
    let prefers_dark = || {
        let query = window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten();
        query.is_some_and(|query| query.matches())
    };
    let dark = root
        .get_attribute("data-theme")
        .map_or_else(prefers_dark, |theme| theme == "dark");
    let theme = if dark { "light" } else { "dark" };
    // A browser that refuses either shows the system's theme, which is no error.
    let _ = root.set_attribute("data-theme", theme);
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item("theme", theme);
    }
}

/// The list of keys, and what they do. `?` opens the list; so does its button, which works without script.
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let navigate = use_navigate();
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now) {
            focus("main");
        }
        now
    });
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let waiting = StoredValue::new(false);
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let key = event.key();
            if key == "Escape" {
                close_explanations();
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(event.target()) {
                return;
            }
            if waiting.get_value() {
                waiting.set_value(false);
                if let Some((href, ..)) = PLACES.iter().find(|(_, _, _, letter)| *letter == key) {
                    event.prevent_default();
                    navigate(href, leptos_router::NavigateOptions::default());
                }
                return;
            }
            match key.as_str() {
                "g" => waiting.set_value(true),
                "?" => click("keys-button"),
                "/" if focus("search") => event.prevent_default(),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
    let place = |(_, word, _, letter): (&str, &'static str, &str, &'static str)| {
        view! { <dt><kbd>"g"</kbd>" "<kbd>{letter}</kbd></dt><dd>{word}</dd> }
    };
    view! {
        <dialog id="keys" popover="auto" aria-labelledby="keys-title">
            <div class="dialog-body">
                <h2 id="keys-title">"Keys"</h2>
                <dl class="facts">
                    {PLACES.map(place).into_iter().collect_view()}
                    <dt><kbd>"/"</kbd></dt>
                    <dd>"Search, where a page has one"</dd>
                    <dt><kbd>"Esc"</kbd></dt>
                    <dd>"Close this list, or how a figure was computed"</dd>
                    <dt><kbd>"?"</kbd></dt>
                    <dd>"This list"</dd>
                </dl>
            </div>
            <div class="dialog-foot">
                <button class="button" type="button" popovertarget="keys" popovertargetaction="hide">"Close"</button>
            </div>
        </dialog>
    }
}

/// Whether keys go into a field.
fn is_typing(target: Option<web_sys::EventTarget>) -> bool {
    let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| {
        element
            .matches("input:not([type=checkbox]),select,textarea")
            .unwrap_or(false)
    })
}

/// Focuses the element of this id, if the page has one.
fn focus(id: &str) -> bool {
    let element = document()
        .get_element_by_id(id)
        .and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

fn click(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        element.click();
    }
}

/// Closes what says how a figure was computed; the focus goes back to the figure.
fn close_explanations() {
    if let Ok(Some(open)) = document().query_selector("details.why[open]") {
        let _ = open.remove_attribute("open");
        if let Ok(Some(summary)) = open.query_selector("summary") {
            let _ = summary
                .dyn_into::<web_sys::HtmlElement>()
                .map(|summary| summary.focus());
        }
    }
}
