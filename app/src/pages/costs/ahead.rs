//! The months ahead: a chart, what they come to together, and when a Bucket Key has paid for the conversion.

use super::Answer;
use super::recompute::address;
use crate::costs_view::{CostsView, difference};
use crate::parts::{ChartFigure, Why, money_text};
use leptos::prelude::*;
use model::format::counted;
use model::scenario::Scenario;

/// The chart with its table, and the sums.
#[component]
pub(super) fn Ahead(answer: Answer) -> impl IntoView {
    let chart = Memo::new(move |_| {
        let bucket_key = answer.scenario.with(|scenario| scenario.bucket_key);
        let input = answer.view.with(|view| view.months_input(bucket_key));
        charts::months("months", &input)
    });
    let csv = Memo::new(move |_| {
        let query = answer.scenario.with(Scenario::to_query);
        address("/api/v1/charts/months.csv", &query)
    });
    view! {
        <section class="panel" aria-labelledby="ahead">
            <h2 id="ahead">"The months ahead"</h2>
            {move || view! { <ChartFigure chart=chart.get() csv=csv.get()/> }}
            <dl class="facts">
                <Together view=answer.view/>
                <Pays view=answer.view/>
            </dl>
            <details class="more">
                <summary>"What decides what a Bucket Key saves"</summary>
                <ul class="stack small">
                    <li>"Requesters: S3 fetches the bucket’s key from KMS at least once for each. Few roles that read much save most; many sessions that read little save little."</li>
                    <li>"Time: the key stays in S3 for a limited time that AWS does not publish, so steady traffic saves more than rare bursts."</li>
                    <li>"Objects: only those written, copied or updated with a Bucket Key use it. DSSE-KMS objects never do."</li>
                    <li>"AWS says up to 99 % (Amazon S3 User Guide, bucket-key, 2026-04); measure yours by the KMS requests before and after."</li>
                </ul>
            </details>
        </section>
    }
}

/// All months together, the conversion included.
#[component]
fn Together(view: Memo<CostsView>) -> impl IntoView {
    let sums = move || {
        view.with(|view| {
            let last = view.months.last()?;
            let all = money_text(last.cumulative, view.is_bound());
            let more = difference(last.cumulative_before, last.cumulative);
            Some((view.months.len() as u64, all, more))
        })
    };
    move || {
        sums().map(|(months, all, more)| {
            let how = "The sum of the months in the chosen configuration, with what the conversion costs once in the months in which it is done.";
            view! {
                <dt>{format!("Over {}", counted(months, "month"))}</dt>
                <dd><Why figure=all how/> ", " {more} " against no change"</dd>
            }
        })
    }
}

/// When the savings of a Bucket Key have paid for the conversion.
#[component]
fn Pays(view: Memo<CostsView>) -> impl IntoView {
    let when = move || match view.with(|view| view.bucket_key_pays.clone()) {
        Some(month) => format!("in {month}"),
        None => "not within these months".to_string(),
    };
    view! {
        <dt>"A Bucket Key pays for the conversion"</dt>
        <dd>{when}</dd>
    }
}
