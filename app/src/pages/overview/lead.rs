//! The lead row of the overview: objects, bytes, share under KMS, dollars a month that SSE-KMS would add. Each opens
//! how it was computed.

use crate::parts::{Unknown, Why, count_text, money_text};
use leptos::prelude::*;
use model::format::{bytes, counted, grouped, percent};
use model::overview::Overview;

/// The four figures.
#[component]
pub(super) fn Lead(overview: Overview) -> impl IntoView {
    let (all, kms) = (overview.all, overview.kms);
    let buckets = counted(overview.bucket_count as u64, "bucket");
    let objects = format!(
        "{} = sum over {buckets}; of each the newest inventory that lists it, noncurrent versions included and delete \
         markers not, or else Macie's count",
        counted(all.objects.0, "object"),
    );
    let sizes = format!(
        "{} bytes = sum of the sizes of these objects · 1 TiB is 1,024⁴ bytes",
        grouped(all.bytes.0)
    );
    let share = format!(
        "{} under SSE-KMS or DSSE-KMS ÷ {} · {} bytes ÷ {} bytes",
        counted(kms.objects.0, "object"),
        grouped(all.objects.0),
        grouped(kms.bytes.0),
        grouped(all.bytes.0),
    );
    view! {
        <section class="lead-row" aria-label="Totals">
            <Card label="Objects" note=format!("in {buckets}")>
                <Why figure=count_text(all.objects.0) how=objects what="Objects"/>
            </Card>
            <Card label="Bytes" note="by 1,024">
                <Why figure=bytes(all.bytes) how=sizes what="Bytes"/>
            </Card>
            <Card label="Under KMS keys" note=format!("of objects; {} of bytes", percent(kms.bytes.0, all.bytes.0))>
                <Why figure=percent(kms.objects.0, all.objects.0) how=share what="Share under KMS keys"/>
            </Card>
            <Added overview/>
        </section>
    }
}

#[component]
fn Card(label: &'static str, #[prop(into)] note: String, children: Children) -> impl IntoView {
    view! {
        <div class="figure-card">
            <div class="figure-label">{label}</div>
            <div class="figure">{children()}</div>
            <div class="figure-note">{note}</div>
        </div>
    }
}

/// What KMS requests would add; a lower bound where a bucket's requests or Region are not known.
#[component]
fn Added(overview: Overview) -> impl IntoView {
    let unknown = overview.added_unknown as u64;
    let known = (overview.bucket_count as u64).saturating_sub(unknown);
    let note = match (overview.added, unknown) {
        (None, _) => "needs requests a month, on the costs page".to_string(),
        (Some(_), 0) => "a month, in KMS requests".to_string(),
        (Some(_), unknown) => format!(
            "a month in KMS requests; {} not known",
            counted(unknown, "bucket")
        ),
    };
    let figure = match overview.added {
        Some(added) => {
            let how = derivation(&overview, known);
            view! { <Why figure=money_text(added, unknown > 0) how what="Added by SSE-KMS, a month"/> }
                .into_any()
        }
        None => {
            let reason = "The requests a month of no bucket are known, so nothing can be said about KMS requests. \
                          Give them on the costs page.";
            view! { <Unknown reason/> }.into_any()
        }
    };
    view! { <Card label="SSE-KMS would add" note>{figure}</Card> }
}

fn derivation(overview: &Overview, known: u64) -> String {
    let rule = format!(
        "sum over {} of their GET and PUT requests a month × the price of a KMS request, less what is paid already; \
         without a Bucket Key, the $1 a month of a key and the free tier, which are on the costs page",
        counted(known, "bucket"),
    );
    std::iter::once(rule)
        .chain(overview.kms_prices.iter().cloned())
        .collect::<Vec<_>>()
        .join(" · ")
}
