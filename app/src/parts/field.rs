//! A field of a form: label, hint, and what is wrong with it. For every form.

use leptos::prelude::*;
use model::scenario::FieldError as WrongField;

/// A labelled field. The control inside has the same `id`, and `aria-describedby` naming `{id}-hint` or `{id}-error`.
#[component]
pub fn Field(
    /// Id of the control.
    #[prop(into)]
    id: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// What to give, in a sentence.
    #[prop(into, optional)]
    hint: String,
    /// What is wrong with it.
    #[prop(optional)]
    error: Option<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {children()}
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldError id message=error/>
        </div>
    }
}

/// What is wrong with a field, under it; nothing when nothing is.
#[component]
pub fn FieldError(
    /// Id of the control; the message gets `{id}-error`.
    #[prop(into)]
    id: String,
    /// What is wrong and what to give.
    message: Option<String>,
) -> impl IntoView {
    message.map(|message| view! { <p class="field-error" id=format!("{id}-error")>{message}</p> })
}

/// What is wrong with the field of this name.
#[must_use]
pub fn message_of(errors: &[WrongField], field: &str) -> Option<String> {
    errors
        .iter()
        .find(|error| error.field == field)
        .map(|error| error.message.clone())
}
