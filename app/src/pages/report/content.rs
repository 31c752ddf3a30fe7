//! The report from its verdict to its hash.

use super::callers;
use super::tables::{Buckets, Exceptions, History, Later, LeftOut, Proofs, Settings};
use crate::backend::ReportPage;
use crate::pages::new_migration::sheet::PlanSheet;
use crate::parts::{Callout, Tone};
use leptos::prelude::*;
use model::format::{duration, grouped};
use model::migration::State;
use model::time::UnixMillis;

/// All of it.
#[component]
pub(super) fn Content(page: ReportPage) -> impl IntoView {
    let id = page.plan.id.0.clone();
    let tone = match page.summary.state {
        State::Succeeded => Tone::Good,
        State::SucceededWithExceptions => Tone::Watch,
        _ => Tone::Note,
    };
    let verdict = page.summary.verdict.clone();
    let ended = page.summary.state.is_ended();
    let read_back = page
        .summary
        .buckets
        .iter()
        .all(|bucket| bucket.read_back.is_some());
    let plan = page.plan.clone();
    let api = format!("/api/v1/migrations/{id}/report");
    view! {
        <div class="actions">
            <a class="button" href=format!("/migrations/{id}")>"The migration"</a>
            <a class="button" href=api.clone() download=format!("{id}.json") rel="external">"JSON, to check"</a>
            <a class="button" href=format!("{api}/buckets.csv") download=format!("{id}-buckets.csv") rel="external">"Counts by bucket as CSV"</a>
            <a class="button" href=format!("{api}.csv") download=format!("{id}-exceptions.csv") rel="external">"Exceptions as CSV"</a>
        </div>
        <Callout tone title=verdict/>
        <Facts page=page.clone()/>
        <Buckets buckets=page.summary.buckets.clone()/>
        <LeftOut left_out=page.summary.tally.left_out.clone()/>
        <Exceptions exceptions=page.summary.exceptions.clone() not_named=page.summary.exceptions_not_named ended read_back/>
        <Settings rows=page.settings.clone()/>
        <Proofs buckets=page.summary.buckets.clone()/>
        <Later counts=page.later.clone() ended=page.summary.ended_at.is_some() api=api.clone()/>
        <History lines=page.history.clone() left_away=page.history_left_away/>
        <section class="panel" aria-labelledby="report-plan">
            <h2 id="report-plan">"The plan"</h2>
            <PlanSheet plan/>
        </section>
        <Chain page/>
    }
}

/// Who, what and when.
#[component]
fn Facts(page: ReportPage) -> impl IntoView {
    let time = |at: Option<UnixMillis>| at.map_or_else(|| "not yet".to_string(), |at| at.to_string());
    let confirmed = page.summary.confirmed.map_or_else(
        || "not confirmed".to_string(),
        |one| format!("{} by {}, who typed “{}”", one.at, one.by, one.typed),
    );
    let took = match (page.summary.started_at, page.summary.ended_at) {
        (Some(from), Some(to)) => {
            let seconds = u64::try_from((to.0 - from.0) / 1000).unwrap_or(0);
            format!(", after {}", duration(seconds))
        }
        _ => String::new(),
    };
    let fact = |name: &'static str, value: String| view! { <dt>{name}</dt><dd>{value}</dd> };
    view! {
        <section class="panel" aria-labelledby="report-facts">
            <h2 id="report-facts" class="break">{page.plan.name.clone()}</h2>
            <dl class="facts">
                {fact("Migration", page.plan.id.0.clone())}
                {fact("State", page.summary.state.title().to_string())}
                {fact("Planned", format!("{} by {}", page.planned_at, page.planned_by))}
                {fact("Confirmed", confirmed)}
                {fact("Begun", time(page.summary.started_at))}
                {fact("AWS credentials", callers(&page.summary.callers))}
                {fact("Ended", format!("{}{took}", time(page.summary.ended_at)))}
                {fact("Rows of the inventories", grouped(page.summary.rows))}
                {fact("Objects to convert", grouped(page.summary.planned.0))}
                {fact("This report", format!("made {} by Rekey {}", page.made_at, page.made_by))}
            </dl>
        </section>
    }
}

/// What binds the history, and how to check it.
#[component]
fn Chain(page: ReportPage) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="report-chain">
            <h2 id="report-chain">"Proof that nothing was altered"</h2>
            <p>
                "Each entry of the journal is bound to the one before it by a SHA-256, the first one to the plan. Keep this page: with the last hash on it, nobody can give another history later."
            </p>
            <dl class="facts">
                <dt>"Entries"</dt>
                <dd>{grouped(page.entries)}</dd>
                <dt>"Hash of the plan"</dt>
                <dd class="mono">{page.opening_hash}</dd>
                <dt>"Last hash"</dt>
                <dd class="mono">{page.last_hash.clone()}</dd>
                <dt>"To check"</dt>
                <dd><code>{format!("rekey verify-report {}.json --noted {}", page.plan.id, page.last_hash)}</code></dd>
            </dl>
        </section>
    }
}
