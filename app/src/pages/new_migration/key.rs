//! Step 2: one key for each Region of the chosen buckets. S3 takes a key of the bucket's own Region only.

use super::wrong;
use crate::backend::{BucketChoice, KeyChoice};
use crate::parts::FieldError;
use leptos::either::Either;
use leptos::prelude::*;
use model::inventory::Region;
use model::scenario;
use std::collections::BTreeSet;

/// A choice of keys per Region.
#[component]
pub(super) fn Keys(
    buckets: Vec<BucketChoice>,
    keys: Vec<KeyChoice>,
    /// Keys of the draft.
    chosen: Vec<String>,
    errors: Vec<scenario::FieldError>,
) -> impl IntoView {
    let regions: BTreeSet<Region> = buckets
        .iter()
        .filter(|bucket| bucket.chosen)
        .filter_map(|bucket| bucket.region.clone())
        .collect();
    let none = regions.is_empty().then(
        || view! { <p class="quiet">"Choose a bucket first; keys of its Region are offered then."</p> },
    );
    let choices = regions
        .into_iter()
        .map(|region| {
            let here = keys.iter().filter(|key| key.region == region).cloned().collect();
            view! { <KeyOf region keys=here chosen=chosen.clone()/> }
        })
        .collect_view();
    view! {
        <section class="panel" id="key" role="group" aria-labelledby="key-title">
            <h2 id="key-title">"2. Key: what the objects end under"</h2>
            {none}
            <div class="fields">{choices}</div>
            <FieldError id="key" message=wrong(&errors, "key")/>
        </section>
    }
}

#[component]
fn KeyOf(region: Region, keys: Vec<KeyChoice>, chosen: Vec<String>) -> impl IntoView {
    let id = format!("key-{region}");
    let label = format!("Key in {region}");
    if keys.is_empty() {
        let typed = chosen
            .into_iter()
            .find(|arn| arn.split(':').nth(3) == Some(region.0.as_str()));
        return Either::Left(view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input id=id name="key" class="mono" value=typed placeholder="arn:aws:kms:…:key/…" autocomplete="off" spellcheck="false"/>
                <p class="hint">"No key is listed here. Give the full ARN of a symmetric key of this Region."</p>
            </div>
        });
    }
    let selected = keys.iter().find(|key| key.chosen).map(|key| key.arn.clone());
    let none_chosen = selected.is_none();
    let option = |key: KeyChoice| {
        let title = match &key.obstacle {
            Some(obstacle) => format!("{} – {obstacle}", key.title),
            None => key.title.clone(),
        };
        let blocked = key.obstacle.is_some();
        view! { <option value=key.arn selected=key.chosen disabled=blocked>{title}</option> }
    };
    Either::Right(view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name="key">
                <option value="" selected=none_chosen>"Choose a key"</option>
                {keys.into_iter().map(option).collect_view()}
            </select>
            <p class="hint mono break">{selected.unwrap_or_else(|| "–".to_string())}</p>
        </div>
    })
}
