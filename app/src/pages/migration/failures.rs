//! What failed or read back differently, by cause, with what to do about it and a few examples; and what was left out, by
//! reason.

use crate::backend::FailureGroup;
use crate::parts::Count;
use leptos::prelude::*;
use model::format::grouped;
use model::method;
use model::migration::FailedObject;
use model::quantity::Objects;
use std::collections::BTreeMap;

/// Failures by cause.
#[component]
pub(super) fn Failures(
    groups: Vec<FailureGroup>,
    /// What reading back counted beyond them.
    not_named: u64,
) -> impl IntoView {
    let total: u64 = groups.iter().map(|group| group.count).sum();
    let beyond = (not_named > 0).then(|| {
        let text = format!(
            "{} more read back differently and are counted only. A retry takes those that are named; the reading-back after it names the next.",
            grouped(not_named)
        );
        view! { <p class="hint">{text}</p> }
    });
    (total > 0).then(|| {
        view! {
            <section class="panel" aria-labelledby="failures">
                <h2 id="failures">{format!("Exceptions: {}", grouped(total))}</h2>
                <ul class="checks">{groups.into_iter().map(group).collect_view()}</ul>
                {beyond}
            </section>
        }
    })
}

fn group(group: FailureGroup) -> impl IntoView {
    let example = |(bucket, failed): (String, FailedObject)| {
        let version = failed.version_id.map(|version| format!(" (version {version})"));
        view! {
            <li class="break">
                <code>{bucket} "/" {failed.key}</code>
                {version}
                ": "
                {failed.message}
            </li>
        }
    };
    view! {
        <li class="severity-stop">
            <span class="severity">{grouped(group.count)}</span>
            <div class="check-body">
                <div class="check-title">{group.cause.title()}</div>
                <div class="check-mend">{group.cause.remedy()}</div>
                <details>
                    <summary>"Examples"</summary>
                    <ul class="small">{group.examples.into_iter().map(example).collect_view()}</ul>
                </details>
            </div>
        </li>
    }
}

/// What was not touched, and why.
#[component]
pub(super) fn LeftOut(reasons: BTreeMap<method::LeftOut, Objects>) -> impl IntoView {
    let item = |(reason, objects): (method::LeftOut, Objects)| {
        view! {
            <li class="severity-info">
                <span class="severity"><Count value=objects.0/></span>
                <div class="check-body">
                    <div class="check-title">{reason.reason()}</div>
                    <div class="check-mend">{reason.remedy()}</div>
                </div>
            </li>
        }
    };
    (!reasons.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="left-out">
                <h2 id="left-out">"Left out"</h2>
                <ul class="checks">{reasons.into_iter().map(item).collect_view()}</ul>
            </section>
        }
    })
}
