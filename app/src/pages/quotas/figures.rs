//! The figures of the quotas page: the chart, what bounds them, the Regions in words, the phases, what to ask AWS for.

use super::phases::PhaseTable;
use super::speed::{Elsewhere, Failovers, Prefixes, Speeds};
use super::told::{Told, Troubles};
use super::verdict::Verdicts;
use crate::backend::QuotasPage;
use crate::parts::{Callout, ChartFigure, ErrorBox, Tone};
use charts::{HeadroomInput, HeadroomRow};
use leptos::prelude::*;
use model::format::counted;
use model::headroom::{Phase, RegionHeadroom};

/// All of them.
#[component]
pub(super) fn Figures(page: QuotasPage) -> impl IntoView {
    let QuotasPage {
        scenario,
        regions,
        without_region,
        told,
        refused,
        ..
    } = page;
    let back = scenario.to_query();
    let refused = refused.map(|error| view! { <ErrorBox error/> });
    let bucket_key = scenario.bucket_key;
    let chart = charts::headroom("headroom", &chart_input(&regions, bucket_key));
    let csv = format!("/api/v1/charts/headroom.csv?{}", scenario.to_query());
    let nowhere = (without_region > 0).then(|| nowhere(without_region));
    view! {
        {refused}
        <section class="panel" aria-labelledby="headroom-title">
            <h2 id="headroom-title">"Headroom during the migration"</h2>
            <ChartFigure chart csv/>
        </section>
        {nowhere}
        <Unknowns regions=regions.clone()/>
        <Troubles told=told.clone()/>
        <Verdicts regions=regions.clone() bucket_key/>
        <PhaseTable regions=regions.clone() bucket_key/>
        <Told regions=regions.clone() told back/>
        <Elsewhere regions=regions.clone()/>
        <Failovers regions=regions.clone()/>
        <Speeds regions=regions.clone()/>
        <Prefixes regions/>
    }
}

fn nowhere(buckets: usize) -> impl IntoView {
    let buckets = counted(u64::try_from(buckets).unwrap_or(u64::MAX), "bucket");
    view! {
        <Callout tone=Tone::Watch title=format!("The Region of {buckets} is not known")>
            <p>"Their requests are in no figure here. Import with a Region, or choose one in the form."</p>
        </Callout>
    }
}

/// Says that figures are bounds, and why.
#[component]
fn Unknowns(regions: Vec<RegionHeadroom>) -> impl IntoView {
    let unknown: u64 = regions.iter().map(|region| region.unknown_buckets).sum();
    let without_baseline = regions.iter().any(|region| region.baseline.is_none());
    let counts = (unknown > 0).then(|| {
        view! {
            <p>{format!("The requests of {} are not known, so the planned load is at least what is shown.", counted(unknown, "bucket"))}</p>
        }
    });
    let baseline = without_baseline.then(|| {
        view! {
            <p>
                "What others in the account use already is not known in some Regions: headroom there is at most what is shown. Type the existing load in the form, from CloudWatch or from the people who run the other workloads."
            </p>
        }
    });
    (unknown > 0 || without_baseline).then(|| {
        view! { <Callout title="These figures are bounds">{counts}{baseline}</Callout> }
    })
}

fn chart_input(regions: &[RegionHeadroom], bucket_key: bool) -> HeadroomInput {
    let row = |region: &RegionHeadroom| HeadroomRow {
        region: region.region.clone(),
        baseline: region.load(Phase::Now, bucket_key),
        planned: region.added(bucket_key),
        migration: region.migration,
        quota: Some(region.quota.limit),
    };
    HeadroomInput {
        rows: regions.iter().map(row).collect(),
    }
}
