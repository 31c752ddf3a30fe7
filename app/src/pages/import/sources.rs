//! The ways in: a location, an upload, the sandbox's own deliveries.

use super::Changes;
use crate::parts::{Change, ChangeForm, Field};
use leptos::prelude::*;
use model::format::bytes;
use model::inventory::Region;
use model::prices::region_facts;
use model::quantity::Bytes;

/// The forms.
#[component]
pub(super) fn Sources(
    regions: Vec<String>,
    limit: Bytes,
    sandbox: Vec<(String, String)>,
    changes: Changes,
) -> impl IntoView {
    let own = (!sandbox.is_empty()).then(|| view! { <Sandbox deliveries=sandbox changes/> });
    view! {
        <div class="pair">
            <ByPath regions=regions.clone() change=changes.start/>
            <Upload regions limit/>
        </div>
        {own}
    }
}

#[component]
fn ByPath(regions: Vec<String>, change: Change) -> impl IntoView {
    let pending = change.pending();
    view! {
        <section class="panel" aria-labelledby="path-head">
            <h2 id="path-head">"From a path or from S3"</h2>
            <ChangeForm change>
                <div class="stack">
                    <Field id="location" label="Location"
                        hint="A manifest.json, or a directory or s3://bucket/prefix/ that holds one or many deliveries (the newest complete one of each counts), or a Macie JSON file: the output of DescribeBuckets. Or Parquet files of an S3 Metadata inventory table, one or a directory of them: the one source that names the KMS key of each object.">
                        <input id="location" name="location" type="text" required autocomplete="off" spellcheck="false"
                            placeholder="s3://reports/inventory/my-bucket/all-objects/" aria-describedby="location-hint"/>
                    </Field>
                    <RegionField id="path-region" regions/>
                    <div class="actions"><button class="button button-primary" type="submit" disabled=pending>"Import from this location"</button></div>
                </div>
            </ChangeForm>
        </section>
    }
}

#[component]
fn Upload(regions: Vec<String>, limit: Bytes) -> impl IntoView {
    let hint = format!(
        "manifest.json, manifest.checksum and the data files it lists; one Macie JSON file; or Parquet files of an S3 Metadata inventory table, which name the KMS key of each object. Up to {} together.",
        bytes(limit)
    );
    view! {
        <section class="panel" aria-labelledby="upload-head">
            <h2 id="upload-head">"From this computer"</h2>
            <form class="stack" method="post" action="/import/upload" enctype="multipart/form-data">
                <Field id="delivery" label="Files of one delivery" hint>
                    <input id="delivery" name="delivery" type="file" multiple required aria-describedby="delivery-hint"/>
                </Field>
                <RegionField id="upload-region" regions/>
                <div class="actions"><button class="button button-primary" type="submit">"Upload and import these files"</button></div>
            </form>
        </section>
    }
}

/// An inventory does not say its Region; Macie does.
#[component]
fn RegionField(id: &'static str, regions: Vec<String>) -> impl IntoView {
    let option = |code: String| {
        let name = region_facts(&Region(code.clone()))
            .map(|facts| facts.name)
            .filter(|name| *name != code);
        let words = name.map_or_else(|| code.clone(), |name| format!("{code}, {name}"));
        view! { <option value=code>{words}</option> }
    };
    view! {
        <Field id label="Region of its buckets" hint="An inventory does not say its Region, and without one nothing can be priced. Macie says it.">
            <select id=id name="region" aria-describedby=format!("{id}-hint")>
                <option value="">"As the source or its bucket says"</option>
                {regions.into_iter().map(option).collect_view()}
            </select>
        </Field>
    }
}

#[component]
fn Sandbox(deliveries: Vec<(String, String)>, changes: Changes) -> impl IntoView {
    let option = |(name, location): (String, String)| view! { <option value=location>{name}</option> };
    let change = changes.start;
    let pending = change.pending();
    view! {
        <section class="panel" aria-labelledby="sandbox-head">
            <div class="panel-head">
                <h2 id="sandbox-head">"From the sandbox"</h2>
                <AllOfSandbox change=changes.sandbox/>
            </div>
            <ChangeForm change>
                <div class="stack">
                    <Field id="delivered" label="Delivery" hint="The simulated account delivers each bucket in three formats, and Macie's report.">
                        <select id="delivered" name="location" aria-describedby="delivered-hint">
                            {deliveries.into_iter().map(option).collect_view()}
                        </select>
                    </Field>
                    <input type="hidden" name="region" value=""/>
                    <div class="actions"><button class="button" type="submit" disabled=pending>"Import this delivery"</button></div>
                </div>
            </ChangeForm>
        </section>
    }
}

#[component]
fn AllOfSandbox(change: Change) -> impl IntoView {
    let pending = change.pending();
    let label = move || {
        if pending.get() {
            "Importing the sandbox's inventories"
        } else {
            "Import one delivery of each bucket"
        }
    };
    view! { <ChangeForm change><button class="button" type="submit" disabled=pending>{label}</button></ChangeForm> }
}
