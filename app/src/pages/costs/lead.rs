//! The answer of the costs page in one line, the band beside it, and what no sum could hold.

use super::{Answer, recompute};
use crate::costs_view::{CostsView, difference};
use crate::parts::{Why, money_text};
use leptos::prelude::*;
use model::money::NanoUsd;
use model::scenario::{Scenario, percent_text};

/// `$240.89 → $247.86 a month, +$6.97 (+2.9 %)`, with what a Bucket Key would make of it and the cost of the move.
#[component]
pub(super) fn Lead(answer: Answer) -> impl IntoView {
    let Answer { scenario, view } = answer;
    let chosen = Signal::derive(move || {
        let name = if scenario.with(|scenario| scenario.bucket_key) {
            "SSE-KMS with a Bucket Key"
        } else {
            "SSE-KMS without a Bucket Key"
        };
        format!("Sum of the lines of a month under {name}, in the table “A month, line by line”.")
    });
    // One word for the whole line: both sums lack the same.
    let bound = move || {
        view.with(CostsView::is_bound)
            .then(|| view! { <span class="unit">"at least"</span> })
    };
    view! {
        <section class="panel" aria-label="The answer">
            <div class="figure figure-lead answer">
                {bound}
                <Monthly view of=|view| view.before
                    derivation=Signal::stored("Sum of the lines of a month as things are now, in the table “A month, line by line”.".to_string())/>
                <span class="arrow" aria-hidden="true">"→"</span>
                <span class="visually-hidden">"becomes"</span>
                <Monthly view of=|view| view.chosen derivation=chosen/>
                <span class="unit">"a month"</span>
                <span class="difference">{move || view.with(|view| difference(view.before, view.chosen))}</span>
            </div>
            <Aside answer/>
            <Told answer/>
        </section>
    }
}

/// The answer as a screen reader speaks it, once the controls have rested.
#[component]
fn Told(answer: Answer) -> impl IntoView {
    let rested = recompute::at_rest(answer.scenario);
    let told = move || {
        rested.track();
        // The figures may be gone a moment before this text is.
        answer.view.try_with_untracked(|view| {
            let change = difference(view.before, view.chosen);
            format!("{} becomes {} a month, {change}.", view.before, view.chosen)
        })
    };
    view! { <p class="visually-hidden" role="status">{told}</p> }
}

/// The band and the one-time cost.
#[component]
fn Aside(answer: Answer) -> impl IntoView {
    let Answer { scenario, view } = answer;
    let saving = move || scenario.with(|scenario| percent_text(scenario.saving));
    let best = format!(
        "The sum with the best saving that AWS publishes for a Bucket Key: {} % fewer KMS requests.",
        percent_text(Scenario::BEST_SAVING)
    );
    let expected = Signal::derive(move || {
        format!(
            "The sum when a Bucket Key saves {} % of the KMS requests, as set in the controls.",
            saving()
        )
    });
    let none = "The sum when each request to S3 makes one request to KMS.".to_string();
    let bound = move || {
        if view.with(CostsView::is_bound) {
            "With a Bucket Key at least "
        } else {
            "With a Bucket Key "
        }
    };
    view! {
        <div class="answer-aside">
            <span>
                {bound} <b><Monthly view of=|view| view.best derivation=Signal::stored(best)/></b> " at best (99 %) … "
                <b><Monthly view of=|view| view.after_bucket_key derivation=expected/></b> " expected (" {saving} " %) … "
                <b><Monthly view of=|view| view.after derivation=Signal::stored(none)/></b> " without one"
            </span>
            <span>
                "Once: " <b><OnceTotal view/></b> " for the conversion"
            </span>
        </div>
    }
}

/// A total of a month; the words around it say when it is a lower bound.
#[component]
fn Monthly(
    view: Memo<CostsView>,
    of: fn(&CostsView) -> NanoUsd,
    derivation: Signal<String>,
) -> impl IntoView {
    let figure = Memo::new(move |_| view.with(|view| of(view).to_string()));
    move || view! { <Why figure=figure.get() how=derivation.get()/> }
}

/// What the proposed conversion costs.
#[component]
fn OnceTotal(view: Memo<CostsView>) -> impl IntoView {
    let figure = Memo::new(move |_| {
        view.with(|view| match view.once.first() {
            Some(once) => money_text(once.total, !once.missing.is_empty()),
            None => "–".to_string(),
        })
    });
    let how = "Sum of the lines of the proposed method, in the table “The conversion, once”.";
    move || view! { <Why figure=figure.get() how/> }
}

/// What could not be counted.
#[component]
pub(super) fn Missing(answer: Answer) -> impl IntoView {
    let missing = Memo::new(move |_| {
        answer.view.with(|view| {
            let mut all = view.missing.clone();
            for text in view.once.iter().take(1).flat_map(|once| &once.missing) {
                if !all.contains(text) {
                    all.push(text.clone());
                }
            }
            all
        })
    });
    view! {
        <section class="callout callout-watch" hidden=move || missing.with(Vec::is_empty) aria-labelledby="missing">
            <h2 class="callout-title" id="missing">
                "What is not in these sums"
            </h2>
            <p>"So the totals that say “at least” are lower bounds."</p>
            <ul>
                <For each=move || missing.get() key=Clone::clone let:text>
                    <li>{text}</li>
                </For>
            </ul>
        </section>
    }
}
