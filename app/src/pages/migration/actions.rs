//! What an operator may do now: the buttons that the state allows, each a form of its own.

use crate::backend::Action;
use crate::parts::{Change, ChangeForm};
use leptos::prelude::*;
use model::quantity::Ratio;
use model::scenario::percent_text;

/// The buttons.
#[component]
pub(super) fn Actions(
    id: String,
    actions: Vec<Action>,
    /// Share of headroom in force.
    share: Ratio,
    /// Whether jobs of S3 make its updates.
    by_jobs: bool,
    act: Change,
) -> impl IntoView {
    let (stops, of_what) = if by_jobs {
        (
            "A job of S3 is ended; once resumed, another one takes up the rest.",
            "Of canaries and copies alone: nothing limits a job of S3.",
        )
    } else {
        (
            "What is in flight is finished first.",
            "Of what the quota leaves; everybody else keeps the rest.",
        )
    };
    let may = |action: Action| actions.contains(&action);
    let planned = may(Action::Confirm);
    let pause = may(Action::Pause).then(|| {
        view! { <Simple id=id.clone() word="pause" title="Pause" hint=stops act/> }
    });
    let resume = may(Action::Resume).then(|| {
        view! { <Simple id=id.clone() word="resume" title="Resume" hint="It goes on where the journal ends." act/> }
    });
    let share_form = may(Action::Share).then(|| view! { <Share id=id.clone() share hint=of_what act/> });
    let cancel = may(Action::Cancel).then(|| view! { <Cancel id=id.clone() planned act/> });
    let any = pause.is_some() || resume.is_some() || share_form.is_some() || cancel.is_some();
    any.then(|| {
        view! {
            <section class="panel" aria-labelledby="actions">
                <h2 id="actions">"Actions"</h2>
                <div class="fields">{pause} {resume} {share_form} {cancel}</div>
            </section>
        }
    })
}

#[component]
fn Simple(
    id: String,
    word: &'static str,
    title: &'static str,
    hint: &'static str,
    act: Change,
) -> impl IntoView {
    let pending = act.pending();
    view! {
        <ChangeForm change=act class="field">
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="action" value=word/>
            <input type="hidden" name="argument" value=""/>
            <div><button class="button" type="submit" disabled=pending>{title}</button></div>
            <p class="hint">{hint}</p>
        </ChangeForm>
    }
}

#[component]
fn Share(id: String, share: Ratio, hint: &'static str, act: Change) -> impl IntoView {
    let pending = act.pending();
    view! {
        <ChangeForm change=act class="field">
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="action" value="share"/>
            <label for="share">"Share of KMS headroom, %"</label>
            <div class="toolbar">
                <input id="share" name="argument" type="number" min="1" max="100" step="1" value=percent_text(share) required aria-describedby="share-hint"/>
                <button class="button" type="submit" disabled=pending>"Set the share"</button>
            </div>
            <p class="hint" id="share-hint">{hint}</p>
        </ChangeForm>
    }
}

/// Ends it; what was converted stays so.
#[component]
fn Cancel(
    id: String,
    /// Whether it has not begun.
    planned: bool,
    act: Change,
) -> impl IntoView {
    let pending = act.pending();
    let (title, consequence) = if planned {
        ("Discard this plan", "The plan cannot be confirmed any more.")
    } else {
        (
            "Cancel the migration",
            "It cannot be taken up again. What was converted stays converted.",
        )
    };
    view! {
        <ChangeForm change=act class="field">
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="action" value="cancel"/>
            <input type="hidden" name="argument" value=""/>
            <label class="choice">
                <input type="checkbox" required/>
                <span>{consequence}</span>
            </label>
            <div><button class="button button-danger" type="submit" disabled=pending>{title}</button></div>
        </ChangeForm>
    }
}
