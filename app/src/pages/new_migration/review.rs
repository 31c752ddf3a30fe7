//! Step 5: the plan on one sheet, what it costs, when it would end, and the same by command line.

use super::sheet::PlanSheet;
use crate::backend::PlanCost;
use crate::parts::{Callout, TableScroll, Tone, Usd, Why, money_text};
use leptos::prelude::*;
use model::cost::LineText;
use model::format::{counted, duration};
use model::plan::Plan;
use model::time::UnixMillis;

/// The sheet.
#[component]
pub(super) fn Review(
    plan: Plan,
    cost: Option<PlanCost>,
    commands: Vec<String>,
    terraform: String,
    ends_at: Option<UnixMillis>,
) -> impl IntoView {
    let end = end_text(&plan, ends_at);
    let what = what_text(&plan);
    let once = cost
        .as_ref()
        .map(|cost| money_text(cost.total, !cost.missing.is_empty()));
    let once = view! { <Why figure=once.unwrap_or_else(|| "–".to_string()) how="The sum of the lines of the table “What it costs once”." what="The conversion, once"/> };
    view! {
        <div class="figure">{what}</div>
        <dl class="facts">
            <dt>"Costs once"</dt>
            <dd>{once}</dd>
            <dt>"Takes"</dt>
            <dd>{end}</dd>
        </dl>
        <PlanSheet plan/>
        {cost.map(|cost| view! { <Costs cost/> })}
        <Commands commands terraform/>
    }
}

/// `31,204 objects in 3 buckets`.
pub(crate) fn what_text(plan: &Plan) -> String {
    let buckets = u64::try_from(plan.buckets.len()).unwrap_or(u64::MAX);
    format!(
        "{} in {}",
        counted(plan.objects().0, "object"),
        counted(buckets, "bucket")
    )
}

/// Duration, and the end as a clock time; why there is none where there is none.
pub(crate) fn end_text(plan: &Plan, ends_at: Option<UnixMillis>) -> String {
    if plan.jobs.is_some() {
        return "As long as S3 takes: AWS publishes no rate of a job.".to_string();
    }
    match (plan.seconds(), ends_at) {
        (u64::MAX, _) => "No end: a Region has no KMS headroom left for the migration.".to_string(),
        (seconds, Some(ends_at)) => format!("{}; begun now it would end at {ends_at}", duration(seconds)),
        (seconds, None) => duration(seconds),
    }
}

#[component]
fn Costs(cost: PlanCost) -> impl IntoView {
    let total = money_text(cost.total, !cost.missing.is_empty());
    let rows = cost.lines.into_iter().map(line).collect_view();
    let missing = cost
        .missing
        .into_iter()
        .map(|text| view! { <li>{text}</li> })
        .collect::<Vec<_>>();
    let missing = (!missing.is_empty()).then(|| {
        view! { <Callout tone=Tone::Watch title="Not in this sum"><ul>{missing}</ul></Callout> }
    });
    view! {
        <section class="stack" aria-label="What it costs once">
            <h3>"What it costs once"</h3>
            <TableScroll label="What it costs once">
                <table class="data">
                    <caption class="visually-hidden">"Requests and cost of the conversion"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Line"</th>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"Quantity"</th>
                            <th scope="col" class="num">"Cost"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row">"Once, together"</th>
                            <td class="num"></td>
                            <td class="num"></td>
                            <td class="num"></td>
                            <td class="num">{total}</td>
                        </tr>
                    </tfoot>
                </table>
            </TableScroll>
            {missing}
        </section>
    }
}

fn line(line: LineText) -> impl IntoView {
    let (whole, fraction) = line
        .quantity
        .split_at(line.quantity.find('.').unwrap_or(line.quantity.len()));
    let whole = whole
        .parse()
        .map_or_else(|_| whole.to_string(), model::format::grouped);
    let quantity = format!("{whole}{fraction}");
    view! {
        <tr>
            <th scope="row">{line.line}</th>
            <td class="nowrap">{line.bucket.unwrap_or_else(|| "all".to_string())}</td>
            <td class="nowrap">{line.region}</td>
            <td class="num">{quantity} " " <span class="quiet">{units(line.unit)}</span></td>
            <td class="num"><Usd amount=line.usd how=line.derivation/></td>
        </tr>
    }
}

/// A unit beside a quantity; abbreviations have no plural.
fn units(unit: String) -> String {
    if unit.starts_with("GB") {
        unit
    } else {
        format!("{unit}s")
    }
}

#[component]
fn Commands(commands: Vec<String>, terraform: String) -> impl IntoView {
    let text = |summary: &'static str, text: String| {
        view! {
            <details>
                <summary>{summary}</summary>
                <pre class="code" tabindex="0">{text}</pre>
            </details>
        }
    };
    (!commands.is_empty()).then(|| {
        view! {
            {text("The same by command line", commands.join("\n"))}
            {text("What stays set, as Terraform", terraform)}
        }
    })
}
