//! The overview before anything is imported.

use crate::parts::{Change, ChangeForm, EmptyState, Refusal};
use leptos::prelude::*;

/// What an inventory is, where it comes from, and the ways to get one in here.
#[component]
pub(super) fn Empty(sandbox: bool, change: Change) -> impl IntoView {
    let own = sandbox.then(|| view! { <Sandbox change/> });
    view! {
        <h1>"Overview"</h1>
        <Refusal change/>
        <EmptyState title="Nothing is imported yet">
            <p>
                "Rekey reads what is in S3 from an S3 Inventory: a list of all objects of a bucket, with their size, "
                "storage class and encryption, which S3 writes daily or weekly as CSV, ORC or Parquet. "
                "Each delivery has a manifest.json; that file is what to import."
            </p>
            <p>
                "No inventory yet? In the S3 console, open the bucket, then Management, then Inventory configurations. "
                "The first delivery can take two days. Amazon Macie's bucket statistics can be imported at once, "
                "but they are coarser: counts per bucket, latest versions only."
            </p>
            <div class="actions">
                <a class="button button-primary" href="/import">"Import an inventory"</a>
                {own}
            </div>
        </EmptyState>
    }
}

#[component]
fn Sandbox(change: Change) -> impl IntoView {
    let pending = change.pending();
    let label = move || {
        if pending.get() {
            "Importing the sandbox's inventories"
        } else {
            "Look at the sandbox's data"
        }
    };
    view! {
        <ChangeForm change>
            <button class="button" type="submit" disabled=pending>{label}</button>
        </ChangeForm>
    }
}
