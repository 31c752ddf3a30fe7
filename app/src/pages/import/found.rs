//! What can be imported from the account, rendered by the server: buckets with their inventories, Macie, and what to set
//! for a bucket that has no inventory. Its forms are plain: they are sent without script.

use crate::api::StartImport;
use crate::backend::{
    AppError, BucketFound, DefaultShown, Discovery, InventoryFound, MacieOffer, NewestDelivery, OfferShown,
};
use crate::fragment::Fragment;
use crate::parts::query::encode;
use crate::parts::{Callout, EmptyState, Field, Pager, TableScroll, Tone};
use crate::shown::{CopyShown, DiscoveryShown};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use model::format::counted;
use model::inventory::Region;
use model::inventory_offer::DESTINATION;

/// The discovery as it travels.
pub(crate) fn shown(mut found: Discovery) -> DiscoveryShown {
    let offer = found.offer.take();
    DiscoveryShown {
        offer: offer.map(offered).unwrap_or_default(),
        content: Fragment::of(|| view! { <Found found/> }),
    }
}

#[component]
fn Found(found: Discovery) -> impl IntoView {
    let lead = match found.all {
        0 => String::new(),
        all => format!("{}, asked a page at a time.", counted(all, "bucket")),
    };
    let macie = found.macie.clone();
    let trouble = |error: AppError| {
        view! { <Callout tone=Tone::Watch title=error.message><p>{error.hint}</p></Callout> }
    };
    let troubles = found.troubles.clone().into_iter().map(trouble).collect_view();
    let content = match found.error.clone() {
        Some(error) => view! {
            <Callout tone=Tone::Watch title=error.message><p>{error.hint}</p></Callout>
        }
        .into_any(),
        None => view! { <Buckets found/> }.into_any(),
    };
    view! {
        <section class="panel" id="account" aria-labelledby="account-head">
            <div class="panel-head"><h2 id="account-head">"From the account"</h2><p>{lead}</p></div>
            {troubles}
            {content}
        </section>
        <Macie offers=macie/>
    }
}

#[component]
fn Buckets(found: Discovery) -> impl IntoView {
    let href = |page: u64| {
        let search = if found.search.is_empty() {
            String::new()
        } else {
            format!("bucket={}&", encode(&found.search))
        };
        format!("/import?{search}buckets={page}#account")
    };
    let hrefs = (1..=found.pages).map(href).collect();
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let (page, pages, place) = (number(found.page), number(found.pages), href(found.page));
    let row = move |bucket: BucketFound| view! { <Row bucket place=place.clone()/> };
    let table = if found.buckets.is_empty() {
        let title = if found.search.is_empty() {
            "The account has no bucket".to_string()
        } else {
            format!("No bucket’s name contains “{}”", found.search)
        };
        view! { <EmptyState title><p>"Buckets of other accounts are not listed here."</p></EmptyState> }
            .into_any()
    } else {
        view! {
            <TableScroll label="Buckets of the account">
                <table class="data">
                    <caption class="visually-hidden">"Buckets of the account with their inventories"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Region"</th>
                            <th scope="col">"Default encryption"</th>
                            <th scope="col">"Inventory"</th>
                            <th scope="col">"Newest complete delivery"</th>
                        </tr>
                    </thead>
                    <tbody>{found.buckets.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
        }
        .into_any()
    };
    view! {
        <form method="get" action="/import#account" class="toolbar">
            <Field id="bucket" label="Search buckets">
                <input id="bucket" type="search" name="bucket" autocomplete="off" value=found.search/>
            </Field>
            <div class="actions"><button class="button" type="submit">"Show buckets"</button></div>
        </form>
        {table}
        <Pager label="Pages of buckets" page pages hrefs/>
    }
}

#[component]
fn Row(bucket: BucketFound, place: String) -> impl IntoView {
    let region = bucket.region.clone();
    let told = region
        .as_ref()
        .map_or_else(|| "not told".to_string(), ToString::to_string);
    let account = bucket
        .account
        .clone()
        .map(|number| view! { <br/><span class="quiet nowrap">{format!("account {number}")}</span> });
    let (inventory, delivery) = match bucket.inventories {
        Err(error) => (view! { <Why error/> }.into_any(), ().into_any()),
        Ok(none) if none.is_empty() => (
            view! { <Without bucket=bucket.name.clone() place/> }.into_any(),
            view! { <ByCloudWatch bucket=bucket.name.clone() region=region.clone()/> }.into_any(),
        ),
        Ok(some) => {
            let configuration = some
                .iter()
                .map(|one| view! { <div>{configured(one)}</div> })
                .collect_view();
            let newest = some
                .into_iter()
                .map(|one| view! { <Newest found=one region=region.clone()/> })
                .collect_view();
            (configuration.into_any(), newest.into_any())
        }
    };
    view! {
        <tr>
            <th scope="row" class="break">{bucket.name}{account}</th>
            <td class="nowrap">{told}</td>
            <td><Default default=bucket.default/></td>
            <td class="words">{inventory}</td>
            <td class="words">{delivery}</td>
        </tr>
    }
}

#[component]
fn Default(default: Option<DefaultShown>) -> impl IntoView {
    let default = default.unwrap_or_else(|| DefaultShown::unknown("The account has not answered yet."));
    match default.short {
        Some(short) => view! { <span title=default.whole>{short}</span> }.into_any(),
        None => view! {
            <details class="why"><summary>"–"</summary><div class="derivation">{default.whole}</div></details>
        }
        .into_any(),
    }
}

/// What the account refused for one bucket, in its place.
#[component]
fn Why(error: AppError) -> impl IntoView {
    view! {
        <details class="why">
            <summary>"Not known"</summary>
            <div class="derivation">
                <div class="result break">{error.message}</div>
                <div>{error.hint}</div>
            </div>
        </details>
    }
}

/// `all-objects: Parquet, daily, all versions`, and what is odd about it.
fn configured(found: &InventoryFound) -> String {
    let versions = if found.all_versions {
        "all versions"
    } else {
        "current versions only"
    };
    let mut parts = vec![
        format!("{}: {}", found.id, found.format),
        found.frequency.to_lowercase(),
        versions.to_string(),
    ];
    parts.retain(|part| !part.is_empty());
    if let Some(filter) = &found.filter {
        parts.push(format!("only below {filter}"));
    }
    if !found.enabled {
        parts.push("switched off".to_string());
    }
    if !found.missing.is_empty() {
        parts.push(format!("without {}", found.missing.join(", ")));
    }
    parts.join(", ")
}

#[component]
fn Newest(found: InventoryFound, region: Option<Region>) -> impl IntoView {
    match found.newest {
        Ok(Some(NewestDelivery { manifest, taken })) => {
            let taken = taken.map_or_else(|| "Date not given".to_string(), |date| date.to_string());
            let title = manifest.clone();
            view! {
                <form method="post" action=StartImport::PATH class="actions">
                    <span class="nowrap" title=title>{taken}</span>
                    <input type="hidden" name="location" value=manifest/>
                    <input type="hidden" name="region" value=region.map(|region| region.0).unwrap_or_default()/>
                    <button class="button button-small" type="submit">"Import"</button>
                </form>
            }
            .into_any()
        }
        Ok(None) => view! {
            <span class="quiet break">{format!("None yet in {}; the first comes within 48 hours.", found.place)}</span>
        }
        .into_any(),
        Err(error) => view! { <Why error/> }.into_any(),
    }
}

#[component]
fn Without(bucket: String, place: String) -> impl IntoView {
    let (path, _) = place.split_once('#').unwrap_or((&place, ""));
    let href = format!("{path}&offer={}#offer", encode(&bucket));
    view! { <span>"None. "</span><a href=href>"What to set up"</a> }
}

/// What is left for a bucket without an inventory, and without Macie: two figures of a day.
#[component]
fn ByCloudWatch(bucket: String, region: Option<Region>) -> impl IntoView {
    let title = "Bytes by storage class and the number of objects, of yesterday or the day before. How they are encrypted stays unknown.";
    view! {
        <form method="post" action=StartImport::PATH class="actions">
            <input type="hidden" name="location" value=format!("cloudwatch://{bucket}")/>
            <input type="hidden" name="region" value=region.map(|region| region.0).unwrap_or_default()/>
            <button class="button button-small" type="submit" title=title>"Count by CloudWatch"</button>
            <span class="quiet">"coarse"</span>
        </form>
    }
}

/// Macie by Region, asked now.
#[component]
fn Macie(offers: Vec<MacieOffer>) -> impl IntoView {
    // Without any list of buckets, Macie may still be asked; it says what is wrong.
    let option = |offer: MacieOffer| view! { <option value=offer.location>{offer.title}</option> };
    let none = offers
        .is_empty()
        .then(|| view! { <option value="macie://">"Every Region that has buckets"</option> });
    view! {
        <section class="panel" aria-labelledby="macie-head">
            <h2 id="macie-head">"From Macie (live)"</h2>
            <form method="post" action=StartImport::PATH class="stack">
                <Field id="macie" label="Region"
                    hint="Counts by encryption of the latest versions, without storage classes, for buckets without an inventory. Macie must be enabled in the Region; a Region or bucket that it says nothing of stays unknown.">
                    <select id="macie" name="location" aria-describedby="macie-hint">
                        {none}
                        {offers.into_iter().map(option).collect_view()}
                    </select>
                </Field>
                <input type="hidden" name="region" value=""/>
                <div class="actions"><button class="button" type="submit">"Import Macie’s statistics"</button></div>
            </form>
        </section>
    }
}

/// What to set up, as texts to copy.
fn offered(offer: OfferShown) -> Vec<CopyShown> {
    let bucket = offer.bucket;
    let configuration = format!(
        "An inventory of {bucket} as Rekey needs it: all versions, the columns that it reads, Parquet. Put the bucket that \
         reports go to, in the same Region, for {DESTINATION}. Rekey does not set this."
    );
    let policy = format!(
        "The policy by which S3 may write reports into {DESTINATION}. Setting a policy replaces the whole policy of a \
         bucket: add the statement to one that is there."
    );
    let text = |id: &'static str, title: &'static str, note: String, text: String| CopyShown {
        shown: Fragment::of(|| {
            view! {
                <h2 id=id>{title}</h2>
                <p>{note}</p>
                <pre class="code" tabindex="0">{text.clone()}</pre>
            }
        }),
        text,
    };
    vec![
        text(
            "offer",
            "Inventory configuration",
            configuration,
            offer.configuration,
        ),
        text(
            "offer-policy",
            "Policy of the bucket for reports",
            policy,
            offer.policy,
        ),
        text(
            "offer-commands",
            "By command line",
            "With the two texts above saved as inventory.json and policy.json.".to_string(),
            offer.commands,
        ),
    ]
}
