//! How fast it is: objects a second now and on average, KMS requests against their budget, and the last minutes as a
//! chart that the browser keeps.

use super::Now;
use crate::parts::ChartFigure;
use charts::{RateInput, RatePoint};
use leptos::prelude::*;
use model::format::rate_number;
use model::migration::Live;
use model::quantity::RequestsPerSecond;

/// The panel.
#[component]
pub(super) fn Rate(
    now: Now,
    /// Whether it has ended; then only the average stands.
    ended: bool,
    /// Whether jobs of S3 make its updates, whose requests nobody tells.
    by_jobs: bool,
) -> impl IntoView {
    // Nothing is measured before the first objects, or since this server took it up: then it is not known, and not zero.
    let average = move || {
        now.live.with(|live| match live.rate_average {
            RequestsPerSecond::ZERO => "not measured since the server started".to_string(),
            rate => rate_number(rate),
        })
    };
    // The last measure stands in the message when nothing moves any more.
    let moving = move |of: fn(&Live) -> RequestsPerSecond| {
        move || {
            now.live.with(|live| {
                if live.state.is_active() {
                    rate_number(of(live))
                } else {
                    "0".to_string()
                }
            })
        }
    };
    let budget = move || {
        now.live.with(|live| match live.kms_budget {
            _ if by_jobs => {
                "; a job of S3 makes its own, which are neither counted nor limited here".to_string()
            }
            RequestsPerSecond::ZERO => String::new(),
            budget => format!(" of a budget of {}/s", rate_number(budget)),
        })
    };
    let current = (!ended).then(|| {
        view! {
            <dt>"Objects a second, now"</dt>
            <dd>{moving(|live| live.rate_now)}</dd>
        }
    });
    let kms = (!ended).then(|| {
        view! {
            <dt>"KMS requests a second, now"</dt>
            <dd>{moving(|live| live.kms_per_second)} {budget}</dd>
        }
    });
    view! {
        <section class="panel" aria-labelledby="rate">
            <h2 id="rate">"Rate"</h2>
            <dl class="facts">
                {current}
                <dt>"Objects converted a second, on average"</dt>
                <dd>{average}</dd>
                {kms}
            </dl>
            <Chart now ended by_jobs/>
        </section>
    }
}

/// The last minutes.
#[component]
fn Chart(now: Now, ended: bool, by_jobs: bool) -> impl IntoView {
    let chart = Memo::new(move |_| {
        let mut points = now.points.charted();
        let live = now.live.get();
        if points.is_empty() && !ended {
            points.push(RatePoint {
                seconds_ago: 0,
                objects: live.rate_now,
                kms: live.kms_per_second,
            });
        }
        let is_held = live.kms_budget > RequestsPerSecond::ZERO && !by_jobs;
        let budget = is_held.then_some(live.kms_budget);
        charts::rate("rate-chart", &RateInput { points, budget })
    });
    let drawn = Memo::new(move |_| chart.with(Result::is_ok));
    move || {
        drawn
            .get()
            .then_some(move || view! { <ChartFigure chart=chart.get()/> })
    }
}
