//! Sends a form as soon as one of its controls has changed, so that the figures under it follow. For the quotas page and
//! the new-migration page; without a script their buttons do the same.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement};

/// Sends the form that the changed control belongs to.
pub(crate) fn resubmit(event: &Event) {
    let control = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let form = control.and_then(|control| control.closest("form").ok().flatten());
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        // A form that does not hold yet stays; the browser names the field.
        let _refused = form.request_submit();
    }
}
