//! The button under the review, which stores the plan.

use crate::parts::{Callout, Change, ChangeForm, Refusal, Tone};
use leptos::prelude::*;
use model::format::counted;

/// Stores the plan; confirming it is the next page's part.
#[component]
pub(super) fn Store(
    what: String,
    not_allowed: Option<String>,
    stopped: bool,
    /// Findings that somebody must take note of.
    to_note: u64,
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
    let note = (to_note > 0).then(|| {
        view! {
            <label class="choice">
                <input type="checkbox" name="noted" value="on" required/>
                <span>{format!("I have read the checks; {} marked “note it”.", counted(to_note, "finding"))}</span>
            </label>
        }
    });
    let pending = create.pending();
    view! {
        {forbidden}
        {stop}
        <Refusal change=create/>
        <ChangeForm change=create>
            <input type="hidden" name="query" value=query/>
            {note}
            <div class="actions">
                <button class="button button-primary" type="submit" disabled=move || blocked || pending.get()>
                    {format!("Store this plan: {what}")}
                </button>
                <span class="quiet">"Nothing is changed in AWS by this. The plan is confirmed on its own page."</span>
            </div>
        </ChangeForm>
    }
}
