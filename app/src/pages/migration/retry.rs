//! The button that tries the failed objects again, and nothing else.

use crate::parts::{Change, ChangeForm};
use leptos::prelude::*;
use model::format::counted;

/// The button; nothing where nothing failed.
#[component]
pub(super) fn Retry(
    id: String,
    /// Failures so far.
    failed: u64,
    act: Change,
) -> impl IntoView {
    let pending = act.pending();
    (failed > 0).then(|| {
        view! {
            <ChangeForm change=act class="actions">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="action" value="retry"/>
                <input type="hidden" name="argument" value=""/>
                <button class="button button-primary" type="submit" disabled=pending>{format!("Retry {}", counted(failed, "object"))}</button>
            </ChangeForm>
        }
    })
}
