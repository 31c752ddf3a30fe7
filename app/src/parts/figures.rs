//! Figures: counts, sizes, money, and the button that says how a figure was computed. For every page. The text of a
//! figure comes from `model`; here is only what surrounds it.

use leptos::prelude::*;
use model::format;
use model::money::NanoUsd;
use model::quantity::Bytes;

/// Counts below this are shown in full.
const SHORT_FROM: u64 = 100_000;

/// A figure that opens how it was computed. Only one is open at a time.
#[component]
pub fn Why(
    /// The figure, as it stands in the text.
    #[prop(into)]
    figure: String,
    /// How it was computed, as the model's derivations say it: steps parted by ` · `, each ending in its price.
    #[prop(into)]
    how: String,
    /// What the figure is, for the head of the explanation.
    #[prop(into, optional)]
    what: String,
) -> impl IntoView {
    let result = figure.clone();
    view! {
        <details class="why" name="why">
            <summary>{figure}</summary>
            <div class="derivation">
                <div>
                    {(!what.is_empty()).then(|| view! { <div class="quiet">{what}</div> })}
                    <div class="result">{result}</div>
                </div>
                <Derivation how/>
            </div>
        </details>
    }
}

/// The steps of a derivation, each with its price and source apart from the formula.
#[component]
pub fn Derivation(
    /// Steps parted by ` · `.
    #[prop(into)]
    how: String,
) -> impl IntoView {
    let step = |step: &str| {
        let (formula, source) = match step.split_once(" Price: ") {
            Some((formula, source)) => (formula.to_string(), Some(format!("Price: {source}"))),
            None => (step.to_string(), None),
        };
        view! {
            <div class="formula">{formula}</div>
            {source.map(|source| view! { <div class="source">{source}</div> })}
        }
    };
    how.split(" · ").map(step).collect_view()
}

/// A count, short where it is large, with the exact figure on hover.
#[component]
pub fn Count(
    /// How many.
    value: u64,
) -> impl IntoView {
    view! { <data class="count" value=value.to_string() title=format::grouped(value)>{count_text(value)}</data> }
}

/// A count as [`Count`] shows it: in full below a hundred thousand, else short.
#[must_use]
pub fn count_text(value: u64) -> String {
    if value < SHORT_FROM {
        format::grouped(value)
    } else {
        format::short_count(value)
    }
}

/// Bytes by 1,024, with the exact figure on hover.
#[component]
pub fn Size(
    /// How many.
    value: Bytes,
) -> impl IntoView {
    let exact = format!("{} bytes", format::grouped(value.0));
    view! { <data class="count" value=value.0.to_string() title=exact>{format::bytes(value)}</data> }
}

/// An amount as text: `$240.89`, or `at least $240.89` when something is missing from it.
#[must_use]
pub fn money_text(amount: NanoUsd, at_least: bool) -> String {
    if at_least {
        format!("at least {amount}")
    } else {
        amount_text(amount)
    }
}

/// An amount; one of less than half a cent is not written as nothing.
#[must_use]
pub fn amount_text(amount: NanoUsd) -> String {
    if amount > NanoUsd::ZERO && amount.to_cents() == 0 {
        "<$0.01".to_string()
    } else {
        amount.to_string()
    }
}

/// An amount that may be unknown, with how it was computed.
#[component]
pub fn Usd(
    /// Amount; `None` when it is not known.
    amount: Option<NanoUsd>,
    /// How it was computed, or why it is not known.
    #[prop(into)]
    how: String,
    /// What the amount is for.
    #[prop(into, optional)]
    what: String,
    /// Whether something is missing from the sum.
    #[prop(optional)]
    at_least: bool,
) -> impl IntoView {
    match amount {
        Some(amount) => view! { <Why figure=money_text(amount, at_least) how what/> }.into_any(),
        None => view! { <Unknown reason=how/> }.into_any(),
    }
}

/// A figure that is not known, with the reason.
#[component]
pub fn Unknown(
    /// Why.
    #[prop(into)]
    reason: String,
) -> impl IntoView {
    view! {
        <details class="why" name="why">
            <summary>"–"<span class="visually-hidden">" not known"</span></summary>
            <div class="derivation"><div class="result">"Not known"</div><div>{reason}</div></div>
        </details>
    }
}
