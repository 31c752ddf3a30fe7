//! Step 4: what was looked at before anything is touched, what was found, and how to mend it; and, folded up, what was looked
//! at and found clean.

use crate::backend::{Check, Severity};
use leptos::prelude::*;
use model::format::counted;
use std::collections::BTreeMap;

/// The list of findings, the gravest first, then what was found clean, bucket by bucket.
#[component]
pub(super) fn Checks(
    checks: Vec<Check>,
    /// Whether the draft is whole.
    whole: bool,
    /// Whether fields of the draft are to be mended.
    to_mend: bool,
) -> impl IntoView {
    let none = checks.is_empty().then(|| {
        let text = if whole {
            "Nothing had to be looked at."
        } else if to_mend {
            "They run once the marked fields are mended."
        } else {
            "They run once buckets, keys and limits are chosen."
        };
        view! { <p class="quiet">{text}</p> }
    });
    let (passed, mut found): (Vec<_>, Vec<_>) = checks
        .into_iter()
        .partition(|check| check.severity == Severity::Passed);
    found.sort_by_key(|check| std::cmp::Reverse(check.severity));
    let mut clean: BTreeMap<Option<String>, Vec<Check>> = BTreeMap::new();
    for check in passed {
        clean.entry(check.bucket.clone()).or_default().push(check);
    }
    view! {
        <section class="panel" id="checks" aria-labelledby="checks-title">
            <h2 id="checks-title">"4. Checks"</h2>
            {none}
            <ul class="checks">{found.into_iter().map(item).collect_view()}</ul>
            {clean.into_iter().map(nothing_found).collect_view()}
        </section>
    }
}

/// Checks of one bucket, or of the plan, that found nothing.
fn nothing_found((bucket, checks): (Option<String>, Vec<Check>)) -> impl IntoView {
    let count = counted(u64::try_from(checks.len()).unwrap_or(u64::MAX), "check");
    let about = bucket.unwrap_or_else(|| "The plan".to_string());
    view! {
        <details>
            <summary class="break">{format!("{about}: {count} found nothing against it")}</summary>
            <ul class="checks">{checks.into_iter().map(item).collect_view()}</ul>
        </details>
    }
}

fn item(check: Check) -> impl IntoView {
    let (class, word) = match check.severity {
        Severity::Stop => ("severity-stop", "Stop"),
        Severity::Watch => ("severity-watch", "Note it"),
        Severity::Information => ("severity-info", "Known"),
        Severity::Passed => ("severity-good", "Passed"),
    };
    let why = (!check.why.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Why"</summary>
                <div>{check.why}</div>
                <div class="quiet">{check.source}</div>
            </details>
        }
    });
    let looked_at =
        (check.looked_at != check.title).then(|| view! { <div class="quiet break">{check.looked_at}</div> });
    let mend = (!check.mend.is_empty()).then(|| view! { <div class="check-mend break">{check.mend}</div> });
    view! {
        <li class=class>
            <span class="severity">{word}</span>
            <div class="check-body">
                <div class="check-title break">{check.title}</div>
                {looked_at}
                <div class="break">{check.found}</div>
                {mend}
                {why}
            </div>
        </li>
    }
}
