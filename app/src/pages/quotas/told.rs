//! What the account told, and when: source and date of each quota, the existing load and its quietest hours, requests to
//! raise quotas, and what could not be had. With the button that asks again.

use crate::backend::{QuotaTold, Trouble};
use crate::parts::{Callout, DataTable, Tone, Why};
use leptos::prelude::*;
use model::format::{grouped, percent, rate_number};
use model::headroom::RegionHeadroom;
use model::increases::{FiledIncrease, Filing, IncreaseRequest};
use model::key_calls::KeyCalls;
use model::quantity::RequestsPerSecond;
use model::quotas::{Quota, kms_symmetric};

/// What could not be had, before the figures that it bears on.
#[component]
pub(super) fn Troubles(told: Vec<QuotaTold>) -> impl IntoView {
    let troubles: Vec<_> = told
        .into_iter()
        .flat_map(|told| {
            let region = told.region.to_string();
            told.troubles
                .into_iter()
                .map(move |trouble| (region.clone(), trouble))
        })
        .collect();
    let one = |(region, trouble): (String, Trouble)| {
        view! {
            <li>
                <strong>{format!("{region}, {}: ", trouble.what.to_lowercase())}</strong>
                <span class="break">{trouble.message}</span>
                " "
                {trouble.remedy}
            </li>
        }
    };
    (!troubles.is_empty()).then(|| {
        view! {
            <Callout tone=Tone::Watch title="The account does not tell everything">
                <p>"What is missing is bundled or not known; everything else holds."</p>
                <ul class="stack">{troubles.into_iter().map(one).collect_view()}</ul>
            </Callout>
        }
    })
}

/// Source, date and load by Region, and the requests.
#[component]
pub(super) fn Told(
    regions: Vec<RegionHeadroom>,
    told: Vec<QuotaTold>,
    /// Query of the page.
    back: String,
) -> impl IntoView {
    let rows: Vec<_> = told
        .iter()
        .map(|told| {
            let shown = regions.iter().find(|region| region.region == told.region);
            row(told, shown)
        })
        .collect();
    let requests: Vec<_> = told
        .iter()
        .flat_map(|told| told.requests.iter().map(request))
        .collect();
    let filed: Vec<_> = told
        .iter()
        .flat_map(|told| told.filed.iter().map(filed))
        .collect();
    let keys = by_key(&told, &back);
    view! {
        <section class="panel" aria-labelledby="told">
            <div class="panel-head">
                <h2 id="told">"What the account tells"</h2>
                <p>
                    "live: applied to this account. applied default: what AWS gives every account in the Region. bundled: the table of this program, because the account was not heard."
                </p>
            </div>
            <form method="post" action="/quotas/refresh" class="actions">
                <input type="hidden" name="back" value=back/>
                <button class="button" type="submit">"Ask the account again"</button>
            </form>
            <DataTable label="Quota, source and existing load by Region" columns=vec![("Region", false), ("Quota", true), ("Source", false), ("In use already, peak", true), ("Quietest four hours", false), ("Asked", false)]>{rows}</DataTable>
        </section>
        {keys}
        <Requested requests filed/>
    }
}

/// Which keys use the quota; nothing where CloudWatch counts none.
fn by_key(told: &[QuotaTold], back: &str) -> Option<AnyView> {
    let csv = format!("/api/v1/keys.csv?{back}");
    let rows: Vec<_> = told
        .iter()
        .flat_map(|told| {
            let all = told.keys.iter().map(|calls| calls.total().0).sum();
            told.keys.iter().map(move |calls| key_row(calls, all))
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="by-key">
                <div class="panel-head">
                    <h2 id="by-key">"Calls by key"</h2>
                    <p>"The last 24 hours, as CloudWatch counts them; keys without a call are left out, and ReEncrypt counts with the key that it encrypts under."</p>
                </div>
                <DataTable label="KMS calls of the last 24 hours by key" columns=vec![("Region", false), ("Key", false), ("Calls", true), ("Share", true), ("Busiest hour", true)]>{rows}</DataTable>
                <p class="small"><a href=csv download="rekey-keys.csv" rel="external">"Calls by hour as CSV"</a></p>
            </section>
        }
        .into_any()
    })
}

fn key_row(calls: &KeyCalls, all: u64) -> AnyView {
    let key = &calls.key;
    let alias = calls.alias.clone().map(|alias| view! { <div>{alias}</div> });
    let operations: Vec<String> = calls
        .operations
        .iter()
        .map(|(name, periods)| {
            let sum: u64 = periods.iter().map(|(_, calls)| calls.0).sum();
            format!("{} {name}", grouped(sum))
        })
        .collect();
    let busiest = calls.busiest().map(|(at, sum)| {
        let rate = RequestsPerSecond::from_milli(sum.0.saturating_mul(1000) / 3600);
        let how = format!("{} calls in the hour from {at}, ÷ 3,600.", grouped(sum.0));
        view! { <Why figure=format!("{}/s", rate_number(rate)) how/> }
    });
    view! {
        <tr>
            <th scope="row" class="nowrap">{key.region().to_string()}</th>
            <td>{alias} <div class="mono small nowrap">{key.id().to_string()}</div></td>
            <td class="num"><Why figure=grouped(calls.total().0) how=operations.join(", ")/></td>
            <td class="num">{percent(calls.total().0, all)}</td>
            <td class="num">{busiest}</td>
        </tr>
    }
    .into_any()
}

/// The requests as AWS lists them, and what was filed from here.
#[component]
fn Requested(requests: Vec<AnyView>, filed: Vec<AnyView>) -> impl IntoView {
    let any = !requests.is_empty() || !filed.is_empty();
    let kept = (!filed.is_empty()).then(|| {
        view! {
            <details class="more">
                <summary>"Filed from here"</summary>
                <DataTable label="Requests filed from here" columns=vec![("Region", false), ("Requests/s", true), ("By", false), ("When", false), ("Outcome", false)]>{filed}</DataTable>
            </details>
        }
    });
    let listed = (!requests.is_empty()).then(|| {
        view! {
            <DataTable label="Requests to raise the quota, as Service Quotas lists them" columns=vec![("Region", false), ("Requests/s", true), ("State", false), ("Made and changed", false)]>{requests}</DataTable>
        }
    });
    any.then(|| {
        view! {
            <section class="panel" aria-labelledby="asked-for">
                <h2 id="asked-for">"Requests to raise the quota"</h2>
                {kept}
                {listed}
            </section>
        }
    })
}

/// The quota, where the page shows no figures of the Region.
fn quota_of(told: &QuotaTold) -> Quota {
    told.usage
        .quota
        .clone()
        .unwrap_or_else(|| kms_symmetric(&told.region))
}

fn row(told: &QuotaTold, shown: Option<&RegionHeadroom>) -> AnyView {
    let quota = shown.map_or_else(|| quota_of(told), |region| region.quota.clone());
    let used = told.usage.used.as_ref();
    let peak = used.map(|used| {
        view! { <Why figure=rate_number(used.peak) how=used.derivation() what="Busiest minute of two weeks, ÷ 60"/> }
    });
    let quiet = used.and_then(|used| used.quietest());
    let quiet = quiet.map_or_else(
        || "–".to_string(),
        |window| format!("{window}, at most {}/s", rate_number(window.peak)),
    );
    let asked = told
        .asked_at
        .map_or_else(|| "no answer yet".to_string(), |at| at.to_string());
    view! {
        <tr>
            <th scope="row" class="nowrap">{told.region.to_string()}</th>
            <td class="num">{grouped(quota.limit.floor())}</td>
            <td title=quota.source.clone()>
                {quota.origin.word()}
                <div class="quiet small nowrap">{quota.date.clone()}</div>
            </td>
            <td class="num">{peak.map_or_else(|| "not known".into_any(), IntoAny::into_any)}</td>
            <td class="words">{quiet}</td>
            <td class="nowrap">{asked}</td>
        </tr>
    }
    .into_any()
}

fn request(request: &IncreaseRequest) -> AnyView {
    let when = |at: Option<model::time::UnixMillis>| at.map_or_else(|| "–".to_string(), |at| at.to_string());
    let desired = request.desired.map_or_else(|| "–".to_string(), grouped);
    let case = request.case.as_ref().map(|case| format!(" Support case {case}."));
    view! {
        <tr>
            <th scope="row" class="nowrap">{request.region.to_string()}</th>
            <td class="num">{desired}</td>
            <td class="words">
                <strong>{request.status.to_string()}</strong>
                <div class="quiet">{request.status.meaning()} {case}</div>
                <div class="mono small break">{request.id.clone()}</div>
            </td>
            <td class="nowrap">
                {when(request.created)}
                <div class="quiet">{when(request.updated)}</div>
            </td>
        </tr>
    }
    .into_any()
}

fn filed(filed: &FiledIncrease) -> AnyView {
    let outcome = match &filed.filing {
        Filing::Sent => "No answer came: AWS's list says whether it arrived.".to_string(),
        Filing::Taken(id) => format!("Taken as {id}"),
        Filing::Refused(why) => format!("Refused: {why}"),
    };
    view! {
        <tr>
            <th scope="row" class="nowrap">{filed.region.to_string()}</th>
            <td class="num">{grouped(filed.desired)}</td>
            <td>{filed.by.clone()}</td>
            <td class="nowrap">{filed.at.to_string()}</td>
            <td class="break">{outcome}</td>
        </tr>
    }
    .into_any()
}
