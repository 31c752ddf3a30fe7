//! What the figures of a page rest on, as a list at its end: on the costs and quotas pages.

use leptos::prelude::*;

/// The list.
#[component]
pub fn Rests(
    /// Name and words of each.
    rows: Vec<(String, String)>,
) -> impl IntoView {
    let row = |(name, words): (String, String)| view! { <dt>{name}</dt> <dd>{words}</dd> };
    view! {
        <section class="panel" aria-labelledby="rests">
            <h2 id="rests">"What these figures rest on"</h2>
            <dl class="facts small">{rows.into_iter().map(row).collect_view()}</dl>
        </section>
    }
}
