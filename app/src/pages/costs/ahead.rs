//! The months ahead as a chart.

use super::Answer;
use crate::parts::ChartFigure;
use leptos::prelude::*;

/// The chart with its table.
#[component]
pub(super) fn Ahead(answer: Answer) -> impl IntoView {
    let chart = Memo::new(move |_| {
        let bucket_key = answer.scenario.with(|scenario| scenario.bucket_key);
        let input = answer.view.with(|view| view.months_input(bucket_key));
        charts::months("months", &input)
    });
    view! {
        <section class="panel" aria-labelledby="ahead">
            <h2 id="ahead">"The months ahead"</h2>
            {move || view! { <ChartFigure chart=chart.get()/> }}
        </section>
    }
}
