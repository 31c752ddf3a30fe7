//! Each Region in words, whether it holds and what is left; then its quota and loads in figures.

use super::phases::fullness;
use crate::parts::{TableScroll, Unknown, Why};
use leptos::either::Either;
use leptos::prelude::*;
use model::format::{counted, grouped, rate, rate_number};
use model::headroom::{Phase, RegionHeadroom};
use model::quantity::RequestsPerSecond;

/// The table of Regions.
#[component]
pub(super) fn Verdicts(regions: Vec<RegionHeadroom>, bucket_key: bool) -> impl IntoView {
    let verdicts = regions
        .iter()
        .map(|region| verdict(region, bucket_key))
        .collect_view();
    let rows = regions
        .into_iter()
        .map(|region| view! { <Row region bucket_key/> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="regions">
            <div class="panel-head">
                <h2 id="regions">"By Region"</h2>
                <p>"KMS requests per second. Each figure opens how it was computed. After the move, requests to what is under KMS already are among these; the chart’s “planned” is what the move adds."</p>
            </div>
            <ul class="checks">{verdicts}</ul>
            <TableScroll label="Quota and load by Region">
                <table class="data">
                    <caption class="visually-hidden">"Quota and load by Region, in KMS requests per second"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"Quota"</th>
                            <th scope="col" class="num">"In use already"</th>
                            <th scope="col" class="num">"After it, average"</th>
                            <th scope="col" class="num">"After it, peak"</th>
                            <th scope="col" class="num">"For the migration"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

#[component]
fn Row(region: RegionHeadroom, bucket_key: bool) -> impl IntoView {
    let planned = if bucket_key {
        region.after_bucket_key
    } else {
        region.after
    };
    let at_least = if region.unknown_buckets > 0 {
        "at least "
    } else {
        ""
    };
    let existing = match region.baseline {
        Some(baseline) => Either::Left(
            view! { <Why figure=rate_number(baseline) how=region.derivation() what="Peak of the KMS requests made already"/> },
        ),
        None => Either::Right(view! {
            <Unknown reason="The account does not tell, and the form does not say. Headroom is at most what is shown."/>
        }),
    };
    let migration = format!(
        "The chosen share of what the quota leaves after the move: {}. The migration slows down by itself when KMS throttles.",
        rate(region.headroom(Phase::After, bucket_key))
    );
    view! {
        <tr>
            <th scope="row" class="nowrap">{region.region.to_string()}</th>
            <td class="num"><Why figure=grouped(region.quota.limit.floor()) how=quota_source(&region) what=region.quota.name.clone()/></td>
            <td class="num">{existing}</td>
            <td class="num"><Why figure=format!("{at_least}{}", rate_number(planned.average)) how=region.derivation() what="Average over a month"/></td>
            <td class="num"><Why figure=format!("{at_least}{}", rate_number(planned.peak)) how=region.derivation() what="In the busiest second"/></td>
            <td class="num"><Why figure=rate_number(region.migration) how=migration what="What the migration may use"/></td>
        </tr>
    }
}

fn quota_source(region: &RegionHeadroom) -> String {
    let quota = &region.quota;
    format!(
        "{} requests in each second, over all principals and keys of the account in {}: {} · Source: {}, {}.",
        grouped(quota.limit.floor()),
        region.region,
        quota.origin.title(),
        quota.source,
        quota.date
    )
}

/// All Regions in a few words, for a screen reader when the form was answered; several only by their number.
pub(super) fn said(regions: &[RegionHeadroom], bucket_key: bool) -> String {
    const SPOKEN: usize = 3;
    let judged = regions.iter().map(|region| (region, judged(region, bucket_key)));
    if regions.len() <= SPOKEN {
        let one = |(region, (_, word, sentence)): (&RegionHeadroom, Judged)| {
            format!("{}: {word}. {sentence}", region.region)
        };
        return judged.map(one).collect::<Vec<_>>().join(" ");
    }
    let over = judged.filter(|(_, (class, ..))| *class == STOP).count();
    let all = counted(u64::try_from(regions.len()).unwrap_or(u64::MAX), "Region");
    format!("{over} of {all} over quota.")
}

/// Class, word and sentence of a Region.
type Judged = (&'static str, &'static str, String);

const STOP: &str = "severity-stop";

/// Whether it holds: shape, word, and what is left.
fn judged(region: &RegionHeadroom, bucket_key: bool) -> Judged {
    let at_least = if region.is_bound() { "at least " } else { "" };
    let over = Phase::ALL.into_iter().filter_map(|phase| {
        let over = rate(region.breach(phase, bucket_key)?);
        Some(format!("{}: {at_least}{over} too many.", phase.title()))
    });
    let over: Vec<String> = over.collect();
    if !over.is_empty() {
        return (STOP, "Over quota", over.join(" "));
    }
    let at_most = if region.is_bound() { "at most " } else { "" };
    let left = |phase: Phase| format!("{at_most}{}", left_text(region.headroom(phase, bucket_key)));
    let sentence = format!(
        "{} left now, {} during the migration, {} after it.",
        left(Phase::Now),
        left(Phase::During),
        left(Phase::After)
    );
    if fullness(region, Phase::During, bucket_key) >= 75 {
        ("severity-watch", "Close", sentence)
    } else {
        ("severity-good", "Holds", sentence)
    }
}

/// It as a row.
fn verdict(region: &RegionHeadroom, bucket_key: bool) -> impl IntoView + use<> {
    let (class, word, sentence) = judged(region, bucket_key);
    view! {
        <li class=class>
            <span class="severity">{word}</span>
            <div class="check-body">
                <div class="check-title">{region.region.to_string()}</div>
                <div>{sentence}</div>
            </div>
        </li>
    }
}

fn left_text(left: RequestsPerSecond) -> String {
    format!("{}/s", rate_number(left))
}
