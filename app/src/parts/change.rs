//! A form that changes something, and what became of it. Used by every page that can change anything.
//!
//! Without script it is a plain form: the server answers with the page of what was changed, or sends back to this page
//! with the error in the URL. With script it is sent in the background, and the same two answers are acted on here. One
//! form serves every change, because its fields are sent as they stand.

use super::query_form::fields_of;
use crate::backend::{AppError, ErrorKind};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos::server_fn::error::ServerFnUrlError;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

/// A change that a page can make.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Path of the server function that makes it.
    to: &'static str,
    pending: RwSignal<bool>,
    refused: RwSignal<Option<AppError>>,
    version: RwSignal<usize>,
}

/// What the server made of a change.
enum Outcome {
    /// The page to go to, if any.
    Made(Option<String>),
    Refused(AppError),
}

impl Change {
    /// A change by the server function at this path.
    #[must_use]
    pub fn to(path: &'static str) -> Self {
        // What a form without script came back with.
        let refused = use_context::<ServerActionError>()
            .filter(|error| error.path() == path)
            .map(|error| ServerFnUrlError::<AppError>::decode_err(error.err()));
        Self {
            to: path,
            pending: RwSignal::new(false),
            refused: RwSignal::new(refused),
            version: RwSignal::new(0),
        }
    }

    /// Whether the server is at it.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// Why it was refused the last time.
    #[must_use]
    pub fn refused(self) -> Option<AppError> {
        self.refused.get()
    }

    /// How often it was tried; a page whose figures it changes asks again when this grows.
    #[must_use]
    pub fn version(self) -> usize {
        self.version.get()
    }

    fn ended(self, refused: Option<AppError>) {
        // The page may be gone by now.
        self.pending.try_set(false);
        self.refused.try_set(refused);
        self.version.try_update(|version| *version += 1);
    }

    fn submit(self, event: &SubmitEvent, navigate: impl Fn(&str) + 'static) {
        let form = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        let Some(fields) = form.and_then(|form| fields_of(&form)) else {
            // The browser sends it in its own way.
            return;
        };
        event.prevent_default();
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        spawn_local(async move {
            match send(self.to, &fields).await.unwrap_or_else(lost) {
                Outcome::Made(page) => {
                    self.ended(None);
                    if let Some(page) = page {
                        navigate(&page);
                    }
                }
                Outcome::Refused(error) => self.ended(Some(error)),
            }
        });
    }
}

async fn send(path: &str, fields: &UrlSearchParams) -> Result<Outcome, JsValue> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(fields);
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    request.set_headers(&headers);
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?;
    let response: Response = response.dyn_into()?;
    if response.ok() {
        return Ok(Outcome::Made(response.headers().get("location")?));
    }
    let text = JsFuture::from(response.text()?).await?.as_string();
    let told = text.and_then(|text| serde_json::from_str(&text).ok());
    let silent = || {
        AppError::new(
            ErrorKind::Transport,
            format!("The server answered with status {}.", response.status()),
            "Reload the page to see what has become of it.",
        )
    };
    Ok(Outcome::Refused(told.unwrap_or_else(silent)))
}

fn lost(_: JsValue) -> Outcome {
    Outcome::Refused(AppError::new(
        ErrorKind::Transport,
        "The server was not reached, or its answer was lost.",
        "Reload the page to see whether it was done.",
    ))
}

/// The form of a change; its fields are those of the server function.
#[component]
pub fn ChangeForm(
    change: Change,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        let navigate = navigate.clone();
        change.submit(&event, move |page| navigate(page, Default::default()));
    };
    view! {
        <form method="post" action=change.to class=class autocomplete="off" on:submit=submit>
            {children()}
        </form>
    }
}

/// Why a change was refused, if it was.
#[component]
pub fn Refusal(change: Change) -> impl IntoView {
    move || change.refused().map(|error| view! { <super::ErrorBox error/> })
}
