//! What the costs rest on: inventories, requests, assumptions and prices, each with its date.

use super::Answer;
use crate::costs_view::CostsView;
use crate::parts;
use leptos::prelude::*;
use model::assumptions::of_costs;
use model::format::{counted, grouped};
use model::requests::{RequestCounts, RequestKind};
use model::scenario::Scenario;

/// The list, in step with the controls.
#[component]
pub(super) fn Rests(answer: Answer) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let view = answer.view;
        answer
            .scenario
            .with(|scenario| view.with(|view| rows(scenario, view)))
    });
    move || view! { <parts::Rests rows=rows.get()/> }
}

fn rows(scenario: &Scenario, view: &CostsView) -> Vec<(String, String)> {
    let buckets = counted(view.buckets as u64, "bucket");
    let listed = match &view.as_of {
        Some(date) => format!("{buckets}, the newest list of {date}"),
        None => buckets,
    };
    let mut rows = vec![
        ("Inventories".to_string(), listed),
        (
            "Requests a month".to_string(),
            view.requests.map_or_else(|| "not known".to_string(), requests),
        ),
    ];
    rows.extend(
        of_costs(scenario)
            .into_iter()
            .map(|(name, words)| (name.to_string(), words)),
    );
    rows.push(("Price lists".to_string(), view.sources.join("; ")));
    rows
}

fn requests(counts: RequestCounts) -> String {
    let kinds = RequestKind::ALL
        .into_iter()
        .filter(|kind| !counts[*kind].is_zero());
    let words: Vec<String> = kinds
        .map(|kind| format!("{} {}", grouped(counts[kind].0), kind.title()))
        .collect();
    if words.is_empty() {
        "none".to_string()
    } else {
        words.join(", ")
    }
}
