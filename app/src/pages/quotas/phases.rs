//! Region by phase: load, share of the quota as ground and figure, and what is left.

use crate::parts::TableScroll;
use leptos::prelude::*;
use model::format::{percent, rate_number};
use model::headroom::{Phase, RegionHeadroom};

/// Load in a phase in percent of the quota.
pub(super) fn fullness(region: &RegionHeadroom, phase: Phase, bucket_key: bool) -> u64 {
    let limit = region.quota.limit.milli().max(1);
    region.load(phase, bucket_key).milli().saturating_mul(100) / limit
}

/// The table.
#[component]
pub(super) fn PhaseTable(regions: Vec<RegionHeadroom>, bucket_key: bool) -> impl IntoView {
    let head = Phase::ALL
        .into_iter()
        .map(|phase| view! { <th scope="col" class="num">{phase.title()}</th> })
        .collect_view();
    let row = |region: RegionHeadroom| {
        let cells = Phase::ALL
            .into_iter()
            .map(|phase| cell(&region, phase, bucket_key))
            .collect_view();
        view! {
            <tr>
                <th scope="row" class="nowrap">{region.region.to_string()}</th>
                {cells}
            </tr>
        }
    };
    let rows = regions.into_iter().map(row).collect_view();
    view! {
        <section class="panel" aria-labelledby="phases">
            <div class="panel-head">
                <h2 id="phases">"By phase"</h2>
                <p>"Load in the busiest second in percent of the quota, and what is left."</p>
            </div>
            <TableScroll label="Load by Region and phase">
                <table class="data">
                    <caption class="visually-hidden">"Load in percent of the quota, by Region and phase"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Region"</th>
                            {head}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

fn cell(region: &RegionHeadroom, phase: Phase, bucket_key: bool) -> impl IntoView + use<> {
    let load = region.load(phase, bucket_key);
    let share = percent(load.milli(), region.quota.limit.milli());
    let class = match (
        region.breach(phase, bucket_key),
        fullness(region, phase, bucket_key),
    ) {
        (Some(_), _) => "num heat-over",
        (None, 75..) => "num heat-4",
        (None, 50..) => "num heat-3",
        (None, 25..) => "num heat-2",
        (None, 1..) => "num heat-1",
        (None, 0) => "num",
    };
    let rest = match region.breach(phase, bucket_key) {
        Some(over) => format!("{}/s over", rate_number(over)),
        None => {
            let bound = if region.is_bound() { "at most " } else { "" };
            format!(
                "{bound}{}/s left",
                rate_number(region.headroom(phase, bucket_key))
            )
        }
    };
    view! {
        <td class=class>
            {share}
            <br/>
            <span class="small">{rest}</span>
        </td>
    }
}
