//! What holds the conversion of each Region, and what that costs in hours; S3's own request rates; and the Region that the
//! load would fail over to.

use crate::parts::DataTable;
use leptos::prelude::*;
use model::format::{duration, grouped, percent, rate, rate_number};
use model::headroom::{PrefixLoad, RegionHeadroom};
use model::plan::Binding;

/// Each limit of the conversion with its rate and its time; the one that binds is marked.
#[component]
pub(super) fn Speeds(regions: Vec<RegionHeadroom>) -> impl IntoView {
    let rows: Vec<_> = regions
        .iter()
        .filter(|region| !region.conversion.objects.is_zero())
        .map(speed)
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="speeds">
                <div class="panel-head">
                    <h2 id="speeds">"What holds the conversion"</h2>
                    <p>"Objects a second that each limit allows, and the time that all objects take at that rate. The least binds."</p>
                </div>
                <DataTable label="Limits of the conversion by Region" columns=vec![("Region", false), ("Objects", true), ("KMS share", true), ("S3 per prefix", true), ("Requests in flight", true), ("What binds", false)]>{rows}</DataTable>
            </section>
        }
    })
}

fn speed(region: &RegionHeadroom) -> impl IntoView + use<> {
    let conversion = &region.conversion;
    let binds = conversion.binds().map(|(binding, ..)| *binding);
    let time = |seconds: u64| match seconds {
        u64::MAX => "no end".to_string(),
        seconds => duration(seconds),
    };
    let cell = |wanted: Binding| {
        let found = conversion.limits.iter().find(|(limit, ..)| *limit == wanted);
        let text = found.map(|(_, rate, seconds)| (rate_number(*rate), time(*seconds)));
        let class = if binds == Some(wanted) {
            "num heat-3"
        } else {
            "num"
        };
        view! {
            <td class=class>
                {text.map(|(rate, time)| view! { {format!("{rate}/s")} <br/> <span class="small">{time}</span> })}
            </td>
        }
    };
    let words = conversion.binds().map(|(binding, _, seconds)| {
        let next = conversion.limits.iter().filter(|(limit, ..)| limit != binding);
        let next = next.map(|(.., seconds)| *seconds).max().unwrap_or(0);
        let cost = seconds.saturating_sub(next);
        let longer = if cost > 0 && *seconds != u64::MAX {
            format!(
                ", which takes {} longer than the next limit would",
                duration(cost)
            )
        } else {
            String::new()
        };
        format!("{}{longer}", binding.title())
    });
    view! {
        <tr>
            <th scope="row" class="nowrap">{region.region.to_string()}</th>
            <td class="num">{grouped(conversion.objects.0)}</td>
            {cell(Binding::KmsShare)}
            {cell(Binding::S3Prefix)}
            {cell(Binding::Workers)}
            <td class="words">{words}</td>
        </tr>
    }
}

/// The bucket of each Region that comes closest to S3's request rates.
#[component]
pub(super) fn Prefixes(regions: Vec<RegionHeadroom>) -> impl IntoView {
    let rows: Vec<_> = regions
        .iter()
        .filter_map(|region| Some(prefix(region, region.prefixes.as_ref()?)))
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="prefixes">
                <div class="panel-head">
                    <h2 id="prefixes">"S3’s own request rates"</h2>
                    <p>"5,500 reads and 3,500 writes a second for each prefix, whatever the encryption. The bucket that comes closest stands for its Region."</p>
                </div>
                <DataTable label="Peak requests against S3’s rates per prefix" columns=vec![("Region", false), ("Bucket", false), ("Prefixes", true), ("Reads at the peak", true), ("Writes at the peak", true)]>{rows}</DataTable>
            </section>
        }
    })
}

fn prefix(region: &RegionHeadroom, load: &PrefixLoad) -> impl IntoView + use<> {
    let cell = |used: model::quantity::RequestsPerSecond, limit: model::quantity::RequestsPerSecond| {
        let over = used > limit;
        let class = if over { "num heat-over" } else { "num" };
        let word = if over { ", over the rate" } else { "" };
        let share = percent(used.milli(), limit.milli());
        view! { <td class=class>{format!("{}/s", rate_number(used))}<br/><span class="small">{format!("{share}{word}")}</span></td> }
    };
    view! {
        <tr>
            <th scope="row" class="nowrap">{region.region.to_string()}</th>
            <td>{load.bucket.clone()}</td>
            <td class="num">{grouped(u64::from(load.prefixes))}</td>
            {cell(load.reads, load.read_limit)}
            {cell(load.writes, load.write_limit)}
        </tr>
    }
}

/// What each Region's load would meet in the failover Region.
#[component]
pub(super) fn Failovers(regions: Vec<RegionHeadroom>) -> impl IntoView {
    let item = |region: RegionHeadroom| {
        let failover = region.failover?;
        let limit = rate(failover.quota.limit);
        let known = if failover.known { "" } else { "at least " };
        let (class, word, sentence) = match failover.breach() {
            Some(over) => (
                "severity-stop",
                "Over quota",
                format!(
                    "{known}{} of {limit}: {} too many.",
                    rate(failover.load),
                    rate(over)
                ),
            ),
            None => (
                "severity-good",
                "Holds",
                format!(
                    "{known}{} of {limit}, of which {} are there already.",
                    rate(failover.load),
                    rate(failover.there)
                ),
            ),
        };
        Some(view! {
            <li class=class>
                <span class="severity">{word}</span>
                <div class="check-body">
                    <div class="check-title">{format!("{} fails over to {}", region.region, failover.to)}</div>
                    <div>{sentence}</div>
                </div>
            </li>
        })
    };
    let items: Vec<_> = regions.into_iter().filter_map(item).collect();
    (!items.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="failover">
                <div class="panel-head">
                    <h2 id="failover">"If a Region fails over"</h2>
                    <p>"Its own peak after the move, on top of what is in the other Region already. Each Region alone."</p>
                </div>
                <ul class="checks">{items}</ul>
            </section>
        }
    })
}

/// What counts against other accounts.
#[component]
pub(super) fn Elsewhere(regions: Vec<RegionHeadroom>) -> impl IntoView {
    let item = |region: RegionHeadroom| {
        let peak = region.elsewhere.peak;
        (peak > model::quantity::RequestsPerSecond::ZERO)
            .then(|| view! { <li>{format!("{}: {} at the peak", region.region, rate(peak))}</li> })
    };
    let items: Vec<_> = regions.into_iter().filter_map(item).collect();
    (!items.is_empty()).then(|| {
        view! {
            <crate::parts::Callout title="A part of the load counts against other accounts">
                <p>"KMS counts a request against the account of whoever makes it, not of whoever owns the key. The accounts of these readers need the headroom themselves:"</p>
                <ul>{items}</ul>
            </crate::parts::Callout>
        }
    })
}
