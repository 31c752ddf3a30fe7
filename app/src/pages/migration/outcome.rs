//! How it ended: for each bucket how many objects are under its key, and every exception by name.

use crate::backend::BucketRow;
use crate::parts::{Callout, Tone};
use leptos::prelude::*;
use model::format::{counted, grouped};
use model::migration::{State, VerifiedBucket};

/// Exceptions that are listed; the rest is counted.
const LISTED: usize = 20;

/// The sentence for each bucket; nothing before the end.
#[component]
pub(super) fn Outcome(state: State, buckets: Vec<BucketRow>) -> impl IntoView {
    let (tone, title) = match state {
        State::Succeeded => (Tone::Good, "Done"),
        State::SucceededWithExceptions => (Tone::Watch, "Done, with exceptions"),
        State::Cancelled => (Tone::Note, "Cancelled. What was converted stays converted."),
        _ => return None,
    };
    let sentences = buckets
        .iter()
        .map(|row| view! { <li class="break">{sentence(row)}</li> })
        .collect_view();
    let exceptions = buckets.iter().flat_map(exceptions).collect_view();
    Some(view! {
        <Callout tone title>
            <ul>{sentences}</ul>
            {exceptions}
        </Callout>
    })
}

/// `10,000 of 10,000 objects now under key …`
pub(super) fn sentence(row: &BucketRow) -> String {
    let BucketRow { bucket, key, .. } = row;
    let Some(VerifiedBucket {
        expected,
        checked,
        met,
        gone,
        ..
    }) = &row.verified
    else {
        return format!(
            "{bucket}: {} now under key {key}; they were not read back.",
            counted(row.done.0, "object")
        );
    };
    let deleted = if *gone > 0 {
        format!("; {} deleted since", grouped(*gone))
    } else {
        String::new()
    };
    if checked == expected {
        format!(
            "{bucket}: {} of {} now under key {key}{deleted}.",
            grouped(*met),
            counted(*expected, "object")
        )
    } else {
        format!(
            "{bucket}: {} of {} read back are under key {key}{deleted}; {} were converted.",
            grouped(*met),
            counted(*checked, "object"),
            grouped(*expected)
        )
    }
}

fn exceptions(row: &BucketRow) -> Option<impl IntoView + use<>> {
    let exceptions = row
        .verified
        .as_ref()
        .map(|verified| verified.exceptions.clone())
        .unwrap_or_default();
    let rest = exceptions.len().saturating_sub(LISTED);
    let bucket = row.bucket.clone();
    let item = |failed: model::migration::FailedObject| {
        let version = failed.version_id.map(|version| format!(" (version {version})"));
        view! { <li class="break"><code>{failed.key}</code>{version} ": " {failed.message}</li> }
    };
    (!exceptions.is_empty()).then(|| {
        let rest = (rest > 0).then(
            || view! { <li>{format!("and {} more", grouped(u64::try_from(rest).unwrap_or(u64::MAX)))}</li> },
        );
        view! {
            <details>
                <summary>{format!("{bucket}: objects that are not under the key")}</summary>
                <ul>{exceptions.into_iter().take(LISTED).map(item).collect_view()}{rest}</ul>
            </details>
        }
    })
}
