//! The button under the review, which stores the plan.

use crate::parts::{Callout, Change, ChangeForm, Refusal, Tone};
use leptos::prelude::*;

/// Stores the plan; confirming it is the next page's part.
#[component]
pub(super) fn Store(
    what: String,
    not_allowed: Option<String>,
    stopped: bool,
    create: Change,
    query: String,
) -> impl IntoView {
    let blocked = stopped || not_allowed.is_some();
    let forbidden = not_allowed.map(|reason| {
        view! { <Callout tone=Tone::Watch title="It cannot be stored here"><p>{reason}</p></Callout> }
    });
    let stop = stopped.then(|| {
        view! {
            <Callout tone=Tone::Stop title="A check says stop">
                <p>"Mend it, then update the plan."</p>
            </Callout>
        }
    });
    let pending = create.pending();
    view! {
        {forbidden}
        {stop}
        <Refusal change=create/>
        <ChangeForm change=create>
            <input type="hidden" name="query" value=query/>
            <div class="actions">
                <button class="button button-primary" type="submit" disabled=move || blocked || pending.get()>
                    {format!("Store this plan: {what}")}
                </button>
                <span class="quiet">"Nothing is changed in AWS by this. The plan is confirmed on its own page."</span>
            </div>
        </ChangeForm>
    }
}
