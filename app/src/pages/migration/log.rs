//! What happened, newest first; and the migration's settings as they were confirmed, or the whole plan before that.

use crate::backend::{LogLine, MigrationPage};
use crate::pages::new_migration::review::{end_text, what_text};
use crate::pages::new_migration::sheet::{PlanSheet, Settings};
use crate::pages::report::callers;
use crate::parts::money_text;
use leptos::either::Either;
use leptos::prelude::*;
use model::migration::State;
use model::scenario::percent_text;
use model::time::UnixMillis;

/// The log.
#[component]
pub(super) fn Log(lines: Vec<LogLine>) -> impl IntoView {
    let line = |line: LogLine| {
        let at = line.at.civil();
        let clock = format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second);
        view! {
            <li>
                <time datetime=line.at.to_iso() title=line.at.to_string()>{clock}</time>
                <span>{line.text}</span>
            </li>
        }
    };
    (!lines.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="log">
                <div class="panel-head">
                    <h2 id="log">"Log"</h2>
                    <p>"Newest first, times in UTC."</p>
                </div>
                <ol class="log" tabindex="0" role="region" aria-labelledby="log">{lines.into_iter().map(line).collect_view()}</ol>
            </section>
        }
    })
}

/// The plan before it is confirmed; after that its settings.
#[component]
pub(super) fn Facts(page: MigrationPage) -> impl IntoView {
    if page.live.state == State::Planned {
        let takes = end_text(&page.plan, page.ends_at);
        let cost = page.cost.as_ref().map_or_else(
            || "not known: its inventories are not imported any more".to_string(),
            |cost| money_text(cost.total, !cost.missing.is_empty()),
        );
        return Either::Left(view! {
            <section class="panel" aria-labelledby="plan">
                <h2 id="plan">"The plan"</h2>
                <div class="figure">{what_text(&page.plan)}</div>
                <dl class="facts">
                    <dt>"Costs once"</dt>
                    <dd>{cost}</dd>
                    <dt>"Takes"</dt>
                    <dd>{takes}</dd>
                </dl>
                <PlanSheet plan=page.plan/>
            </section>
        });
    }
    let confirmed = page
        .confirmed
        .map_or_else(|| "–".to_string(), |(by, at)| format!("{at} by {by}"));
    let time = |at: Option<UnixMillis>| at.map_or_else(|| "not yet".to_string(), |at| at.to_string());
    let share = page.share;
    let report = format!("/migrations/{}/report", page.plan.id);
    let changed = (share != page.plan.settings.share).then(|| {
        view! {
            <dt>"Share in force now"</dt>
            <dd>{percent_text(share)} " %"</dd>
        }
    });
    Either::Right(view! {
        <section class="panel" aria-labelledby="confirmed">
            <h2 id="confirmed">"As it was confirmed"</h2>
            <dl class="facts">
                <dt>"Migration"</dt>
                <dd class="mono">{page.plan.id.to_string()}</dd>
                <dt>"Confirmed"</dt>
                <dd>{confirmed}</dd>
                <dt>"Begun"</dt>
                <dd>{time(page.started_at)}</dd>
                <dt>"AWS credentials"</dt>
                <dd class="break">{callers(&page.callers)}</dd>
                <dt>"Ended"</dt>
                <dd>{time(page.ended_at)}</dd>
                {changed}
                <dt>"Report"</dt>
                <dd><a href=report>"Plan, counts, exceptions and history, to print or check"</a></dd>
            </dl>
            <Settings settings=page.plan.settings/>
            <details>
                <summary>"The whole plan"</summary>
                <div class="stack"><PlanSheet plan=page.plan/></div>
            </details>
        </section>
    })
}
