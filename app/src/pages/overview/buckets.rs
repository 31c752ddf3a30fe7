//! The bucket table with its filters and the choice of buckets for a migration.

use super::choice::Choice;
use super::filters::{Filters, href};
use super::words::parts;
use crate::backend::DefaultShown;
use crate::parts::{Count, Pager, Size, Spark, TableScroll, Unknown, Usd, Why};
use leptos::ev::Targeted;
use leptos::prelude::*;
use model::estate::EstateBucket;
use model::format::{counted, grouped, percent};
use model::inventory::SourceKind;
use model::overview::{Overview, OverviewQuery};
use std::collections::BTreeMap;

/// Default encryption by bucket.
type Defaults = BTreeMap<String, DefaultShown>;

/// The section.
#[component]
pub(super) fn Buckets(overview: Overview, defaults: Defaults) -> impl IntoView {
    let pages = overview.pages();
    let hrefs = (1..=pages)
        .map(|page| {
            href(&OverviewQuery {
                page,
                ..overview.query.clone()
            })
        })
        .collect();
    let page = overview.query.page;
    let shown = match (overview.admitted, overview.bucket_count) {
        (admitted, all) if admitted == all => counted(all as u64, "bucket"),
        (admitted, all) => format!(
            "{} of {}",
            grouped(admitted as u64),
            counted(all as u64, "bucket")
        ),
    };
    let buckets = overview.buckets.clone();
    view! {
        <section class="panel" aria-labelledby="buckets-head" id="buckets">
            <div class="panel-head"><h2 id="buckets-head">"Buckets"</h2><p aria-live="polite">{shown}</p></div>
            <Filters overview/>
            {if buckets.is_empty() { view! { <NoBucket/> }.into_any() } else { view! { <Choose buckets defaults/> }.into_any() }}
            <Pager label="Pages of buckets" page pages hrefs/>
        </section>
    }
}

#[component]
fn NoBucket() -> impl IntoView {
    view! { <p>"No bucket is like that. "<a href="/">"Show all buckets"</a></p> }
}

/// The form around the table.
#[component]
fn Choose(buckets: Vec<EstateBucket>, mut defaults: Defaults) -> impl IntoView {
    let choice = Choice::new();
    let row = move |bucket: EstateBucket| {
        let default = defaults.remove(&bucket.name);
        view! { <Row bucket default/> }
    };
    view! {
        <form class="stack" method="get" action="/migrations/new" node_ref=choice.form() on:change=move |_| choice.recount()>
            <TableScroll label="Buckets">
                <table class="data">
                    <caption class="visually-hidden">"Buckets with objects, encryption and added cost"</caption>
                    <Head choice/>
                    <tbody>{buckets.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
            <div class="actions">
                <button class="button button-primary" type="submit">{move || choice.label()}</button>
            </div>
        </form>
    }
}

#[component]
fn Head(choice: Choice) -> impl IntoView {
    let all = move |event: Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        choice.set_all(event.target().checked())
    };
    view! {
        <thead>
            <tr>
                <th scope="col">
                    <label class="table-check">
                        <input class="needs-script" type="checkbox" aria-label="Choose all shown buckets" on:change:target=all/>
                        <span class="visually-hidden">"Choose"</span>
                    </label>
                </th>
                <th scope="col">"Bucket"</th>
                <th scope="col">"Region"</th>
                <th scope="col" class="num">"Objects"</th>
                <th scope="col" class="num">"Bytes"</th>
                <th scope="col">"Under KMS keys"</th>
                <th scope="col">"Default encryption"</th>
                <th scope="col">"Needs attention"</th>
                <th scope="col" class="num">"Added a month"</th>
            </tr>
        </thead>
    }
}

#[component]
fn Row(bucket: EstateBucket, default: Option<DefaultShown>) -> impl IntoView {
    let id = format!("bucket-{}", bucket.name);
    let kms = percent(bucket.under_kms().objects.0, bucket.all.objects.0);
    let mix = parts(&bucket.mix);
    let region = bucket
        .region
        .as_ref()
        .map_or_else(|| "–".to_string(), ToString::to_string);
    let what = format!("Added a month by SSE-KMS, {}", bucket.name);
    let date = bucket.as_of.map(|date| format!(" of {date}")).unwrap_or_default();
    let source = format!("From {}{date}", bucket.kind.title());
    view! {
        <tr>
            <td>
                <label class="table-check">
                    <input type="checkbox" id=id name="bucket" value=bucket.name.clone() aria-label=format!("Choose {}", bucket.name)/>
                </label>
            </td>
            <th scope="row" title=source>{bucket.name}{coarse(bucket.kind)}</th>
            <td class="nowrap">{region}</td>
            <td class="num"><Count value=bucket.all.objects.0/></td>
            <td class="num"><Size value=bucket.all.bytes/></td>
            <td><span class="mix-bar"><Spark parts=mix/><span>{kms}</span></span></td>
            <td><Default default/></td>
            <td class="words"><Attention sentences=bucket.attention/></td>
            <td class="num"><Usd amount=bucket.added how=bucket.added_how what/></td>
        </tr>
    }
}

/// Marks counts that are no list of objects as coarse.
fn coarse(kind: SourceKind) -> Option<impl IntoView> {
    let lacks = kind.lacks().filter(|_| kind != SourceKind::Metadata)?;
    Some(view! { " "<span class="badge badge-readonly" title=lacks>"coarse"</span> })
}

/// What new objects are encrypted with; it opens the whole setting, or says why it is not known.
#[component]
fn Default(default: Option<DefaultShown>) -> impl IntoView {
    let default = default.unwrap_or_else(|| DefaultShown::unknown("The account was not asked."));
    match default.short {
        Some(short) => view! { <Why figure=short how=default.whole what="Default encryption"/> }.into_any(),
        None => view! { <Unknown reason=default.whole/> }.into_any(),
    }
}

/// The first clause of the first point, and how many more there are; it opens them all.
#[component]
fn Attention(sentences: Vec<String>) -> impl IntoView {
    let first = sentences
        .first()
        .map(|sentence| sentence.split([';', ',', '.']).next().unwrap_or_default());
    let summary = first.map(|first| match sentences.len() {
        1 => first.to_string(),
        count => format!("{first}, and {} more", count - 1),
    });
    summary.map(|summary| {
        view! {
            <details class="why" name="why">
                <summary>{summary}</summary>
                <div class="derivation">
                    <div class="result">"Needs attention"</div>
                    <ul class="stack">{sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}</ul>
                </div>
            </details>
        }
    })
}
