//! The figures of the quotas page: the chart, what bounds them, the Regions in words, the phases, what to ask AWS for.

use super::phases::PhaseTable;
use super::speed::{Elsewhere, Failovers, Prefixes, Speeds};
use super::told::{Told, Troubles};
use super::verdict::Verdicts;
use crate::backend::{AccountChoice, QuotasPage};
use crate::parts::{Callout, ChartFigure, ErrorBox, Rests, Tone};
use charts::{HeadroomInput, HeadroomRow};
use leptos::prelude::*;
use model::assumptions::of_quotas;
use model::format::counted;
use model::headroom::{Phase, RegionHeadroom};

/// All of them.
#[component]
pub(super) fn Figures(page: QuotasPage) -> impl IntoView {
    let back = page.query();
    let QuotasPage {
        scenario,
        regions,
        without_region,
        told,
        refused,
        accounts,
        ..
    } = page;
    let csv = format!("/api/v1/charts/headroom.csv?{back}");
    let whose = accounts_shown(&scenario.to_query(), accounts);
    let refused = refused.map(|error| view! { <ErrorBox error/> });
    let bucket_key = scenario.bucket_key;
    let chart = charts::headroom("headroom", &chart_input(&regions, bucket_key));
    let rows = of_quotas(&scenario)
        .into_iter()
        .map(|(name, words)| (name.to_string(), words))
        .collect::<Vec<_>>();
    let nowhere = (without_region > 0).then(|| nowhere(without_region));
    view! {
        {refused}
        {whose}
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
        <Rests rows/>
    }
}

/// The accounts to choose from; nothing where there is one.
fn accounts_shown(scenario: &str, accounts: Vec<AccountChoice>) -> impl IntoView + use<> {
    let link = |account: AccountChoice| {
        let name = match (account.own, account.number.as_str()) {
            (true, "") => "This server's own account".to_string(),
            (true, number) => format!("{number}, this server's own"),
            (false, number) => number.to_string(),
        };
        let query = if account.own {
            scenario.to_string()
        } else {
            format!("{scenario}&account={}", account.number)
        };
        let href = format!("/quotas?{}", query.trim_start_matches('&'));
        if account.chosen {
            view! { <li><strong aria-current="true">{name}</strong></li> }.into_any()
        } else {
            view! { <li><a href=href rel="external">{name}</a></li> }.into_any()
        }
    };
    (!accounts.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="accounts">
                <div class="panel-head">
                    <h2 id="accounts">"Account"</h2>
                    <p>"KMS quotas are for each account and Region. Buckets that no account lists are counted in this server's own."</p>
                </div>
                <ul class="stack">{accounts.into_iter().map(link).collect_view()}</ul>
            </section>
        }
    })
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
