//! The confirmation of a stored plan: its name is typed, and only the button confirms.

use crate::parts::{Change, ChangeForm};
use leptos::prelude::*;
use model::format::counted;
use model::quantity::Objects;

/// The form.
#[component]
pub(super) fn Confirm(
    id: String,
    name: String,
    /// Objects that the plan converts.
    objects: Objects,
    act: Change,
) -> impl IntoView {
    let pending = act.pending();
    let what = counted(objects.0, "object");
    view! {
        <section class="panel" aria-labelledby="confirm">
            <h2 id="confirm">"Confirm"</h2>
            <p>
                "From here on objects and the default encryption of their buckets are changed in the account. It can be paused and cancelled, but an object that was converted stays converted."
            </p>
            <ChangeForm change=act class="stack">
                // A slip on the keyboard never starts it: Enter presses the first button of a form, and this one cannot be.
                <button type="submit" disabled hidden></button>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="action" value="confirm"/>
                <div class="field">
                    <label for="typed">
                        <span>"Type " <strong class="mono break">{name}</strong> " to confirm"</span>
                    </label>
                    <input id="typed" name="argument" autocomplete="off" autocapitalize="off" spellcheck="false" required/>
                </div>
                <div class="actions">
                    <a class="button" href="/migrations">"Not now"</a>
                    <button class="button button-primary" type="submit" disabled=pending>{format!("Re-encrypt {what}")}</button>
                </div>
            </ChangeForm>
        </section>
    }
}
