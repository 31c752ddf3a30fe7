//! Step 4: what was looked at before anything is touched, what was found, and how to mend it.

use crate::backend::{Check, Severity};
use leptos::prelude::*;

/// The list of findings, the gravest first.
#[component]
pub(super) fn Checks(
    checks: Vec<Check>,
    /// Whether the draft is whole.
    whole: bool,
) -> impl IntoView {
    let mut checks = checks;
    checks.sort_by_key(|check| std::cmp::Reverse(check.severity));
    let none = checks.is_empty().then(|| {
        let text = if whole {
            "Nothing had to be looked at."
        } else {
            "They run once buckets, keys and limits are chosen."
        };
        view! { <p class="quiet">{text}</p> }
    });
    view! {
        <section class="panel" id="checks" aria-labelledby="checks-title">
            <h2 id="checks-title">"4. Checks"</h2>
            {none}
            <ul class="checks">{checks.into_iter().map(item).collect_view()}</ul>
        </section>
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
    let mend = (!check.mend.is_empty()).then(|| view! { <div class="check-mend">{check.mend}</div> });
    view! {
        <li class=class>
            <span class="severity">{word}</span>
            <div class="check-body">
                <div class="check-title break">{check.looked_at}</div>
                <div class="break">{check.found}</div>
                {mend}
                {why}
            </div>
        </li>
    }
}
