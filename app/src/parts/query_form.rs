//! A form whose fields are the query of a page. For the pages that keep their state in the URL.
//!
//! Without script it is a plain GET form. With script the query is followed without loading the page anew, and a form
//! may send itself as soon as one of its controls has changed.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, FormData, HtmlFormElement, UrlSearchParams};

/// The form.
#[component]
pub fn QueryForm(
    /// Path of the page.
    action: &'static str,
    /// Class of the form.
    class: &'static str,
    /// What it is for, where no heading says it.
    #[prop(optional)]
    label: Option<&'static str>,
    /// Its id, where controls outside of it belong to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Whether it sends itself when a control has changed.
    #[prop(optional)]
    eager: bool,
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        let form = event.target().and_then(|target| target.dyn_into().ok());
        // What cannot be read here the browser sends in its own way.
        if let Some(fields) = form.and_then(|form| fields_of(&form)) {
            event.prevent_default();
            let query = String::from(fields.to_string());
            let options = NavigateOptions {
                // An eager form would fill the history with every step of a control.
                replace: eager,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&format!("{action}?{query}"), options);
        }
    };
    let change = move |event: Event| {
        if eager {
            resubmit(&event);
        }
    };
    view! {
        <form method="get" action=action id=id class=class aria-label=label on:submit=submit on:change=change>
            {children()}
        </form>
    }
}

/// The fields of a form as a browser would send them.
pub(super) fn fields_of(form: &HtmlFormElement) -> Option<UrlSearchParams> {
    let fields = FormData::new_with_form(form).ok()?;
    UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()
}

/// Sends the form that the changed control belongs to.
fn resubmit(event: &Event) {
    let control = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let form = control.and_then(|control| control.closest("form").ok().flatten());
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        // A form that does not hold yet stays; the browser names the field.
        let _refused = form.request_submit();
    }
}
