//! How it ended: for each bucket how many objects are under its key, and every exception by name.

use crate::backend::BucketRow;
use crate::parts::{Callout, Tone};
use leptos::prelude::*;
use model::format::grouped;
use model::migration::{LaterCounts, State};

/// The sentence for each bucket; nothing before the end.
#[component]
pub(super) fn Outcome(
    /// Id of the migration.
    id: String,
    state: State,
    buckets: Vec<BucketRow>,
    later: Vec<LaterCounts>,
) -> impl IntoView {
    let (tone, title) = match state {
        State::Succeeded => (Tone::Good, "Done"),
        State::SucceededWithExceptions => (Tone::Watch, "Done, with exceptions"),
        State::Cancelled => (Tone::Note, "Cancelled. What was converted stays converted."),
        _ => return None,
    };
    let sentences = buckets
        .iter()
        .map(|row| view! { <li class="break">{row.bucket.clone()} ": " {row.sentence.clone()}</li> })
        .collect_view();
    let exceptions = buckets.iter().flat_map(exceptions).collect_view();
    let later = (!later.is_empty()).then(|| {
        let lines = later
            .iter()
            .map(|counts| view! { <li class="break">{later_line(counts)}</li> });
        view! {
            <p>"Sources taken since then; they do not say under which key an object is:"</p>
            <ul>{lines.collect_view()}</ul>
        }
    });
    Some(view! {
        <Callout tone title>
            <ul>{sentences}</ul>
            {exceptions}
            {later}
            <p class="actions">
                <a class="button button-small" href=format!("/migrations/{id}/report")>"Report"</a>
                <a class="button button-small" href=format!("/api/v1/migrations/{id}/report") download=format!("{id}.json") rel="external">"JSON"</a>
            </p>
        </Callout>
    })
}

/// What a source that was taken after the end counts.
fn later_line(counts: &LaterCounts) -> String {
    format!(
        "{}, by {} of {}: {}",
        counts.bucket,
        counts.kind.title(),
        counts.as_of,
        counts.sentence()
    )
}

fn exceptions(row: &BucketRow) -> Option<impl IntoView + use<>> {
    let (exceptions, rest) = row
        .verified
        .as_ref()
        .map(|verified| (verified.exceptions.clone(), verified.not_named()))
        .unwrap_or_default();
    let bucket = row.bucket.clone();
    let item = |failed: model::migration::FailedObject| {
        let version = failed.version_id.map(|version| format!(" (version {version})"));
        view! { <li class="break"><code>{failed.key}</code>{version} ": " {failed.message}</li> }
    };
    (!exceptions.is_empty()).then(|| {
        let rest = (rest > 0).then(|| view! { <li>{format!("and {} more", grouped(rest))}</li> });
        view! {
            <details>
                <summary>{format!("{bucket}: objects that are not under the key")}</summary>
                <ul>{exceptions.into_iter().map(item).collect_view()}{rest}</ul>
            </details>
        }
    })
}
