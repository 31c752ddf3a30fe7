//! The form of the quotas page: what is asked of KMS, what is in use already, and how much the migration may take.

use crate::parts::{Field, FieldError as Wrong, QueryForm, message_of};
use leptos::prelude::*;
use model::scenario::{FieldError, Scenario};

/// Fields that are controls here; the others are carried along.
const SHOWN: [&str; 14] = [
    "baseline", "peak", "bk", "saving", "share", "gets", "puts", "region", "failover", "store", "foreign",
    "margin", "growth", "months",
];

/// Texts that were typed, before those that the scenario implies.
#[derive(Clone, Debug)]
struct Texts {
    typed: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Texts {
    fn of(&self, name: &str, implied: String) -> String {
        let typed = self
            .typed
            .iter()
            .find(|(field, text)| field == name && !text.is_empty());
        typed.map_or(implied, |(_, text)| text.clone())
    }
}

/// The form.
#[component]
pub(super) fn QuotasForm(
    scenario: Scenario,
    errors: Vec<FieldError>,
    /// Region codes to choose from.
    choices: Vec<String>,
    /// Fields of the URL as they were typed.
    typed: Vec<(String, String)>,
) -> impl IntoView {
    let region_error = message_of(&errors, "region");
    let texts = Texts { typed, errors };
    let entry = move |name: &'static str,
                      label: &'static str,
                      hint: &'static str,
                      implied: String,
                      placeholder: &'static str| {
        let value = texts.of(name, implied);
        let error = message_of(&texts.errors, name);
        view! { <Entry name label hint value placeholder error/> }
    };
    let fields = scenario.fields();
    let text = move |name: &str| {
        let field = fields.iter().find(|(field, _)| field == name);
        field.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let carried = scenario
        .chosen()
        .into_iter()
        .filter(|(field, _)| !SHOWN.contains(&field.as_str()));
    let carried = carried
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    let select = |name: &'static str, none: &'static str| {
        let (id, choices, chosen) = (format!("field-{name}"), choices.clone(), text(name));
        view! { <RegionSelect id name none choices chosen/> }
    };
    let (region, failover) = (
        select("region", "each bucket’s own Region"),
        select("failover", "no other Region"),
    );
    view! {
        <QueryForm action="/quotas" class="panel controls" label="What is planned" eager=true>
            {entry("baseline", "KMS requests/s in use already", "Peak of all other use, in each Region. Empty: what the account tells.", text("baseline"), "not known")}
            {entry("peak", "Peak over average", "Requests in the busiest second over the average of a month.", text("peak"), "")}
            <label class="choice">
                <input type="checkbox" name="bk" value="1" checked=scenario.bucket_key/>
                <span>"Use an S3 Bucket Key" " " <span class="hint">"One KMS request serves many objects."</span></span>
            </label>
            {entry("saving", "KMS requests it saves, %", "An assumption; AWS says up to 99 %.", text("saving"), "")}
            {entry("share", "Share for the migration, %", "Of what is left of the quota, so that everybody else keeps the rest.", text("share"), "")}
            {entry("gets", "Downloads (GET) a month", "Over all buckets. Empty: the counts that are known.", text("gets"), "as known")}
            {entry("puts", "Uploads (PUT) a month", "Over all buckets. Empty: the counts that are known.", text("puts"), "as known")}
            <p class="hint"><a href="/requests">"Requests bucket by bucket"</a></p>
            <Field id="field-region" label="Quotas of">
                {region}
                <Wrong id="field-region" message=region_error/>
            </Field>
            <details class="more">
                <summary>"Failover, key store, other accounts, the increase"</summary>
                <div class="stack">
                    <Field id="field-failover" label="Fails over to">
                        {failover}
                    </Field>
                    <label class="choice">
                        <input type="checkbox" name="store" value="1" checked=scenario.custom_key_store/>
                        <span>"The key is in a custom key store" " " <span class="hint">"1,800 requests/s for each store; cannot be raised for CloudHSM."</span></span>
                    </label>
                    {entry("foreign", "Requests by other accounts, %", "KMS counts them against the account that makes them.", text("foreign"), "")}
                    {entry("growth", "Growth a month, %", "Of requests, over the months of the forecast.", text("growth"), "")}
                    {entry("months", "Months ahead", "1 to 36.", text("months"), "")}
                    {entry("margin", "Margin of the increase, %", "Beyond the load, so that you need not ask again soon.", text("margin"), "")}
                </div>
            </details>
            {carried}
            <button class="button button-primary" type="submit">"Recalculate"</button>
        </QueryForm>
    }
}

#[component]
fn Entry(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    placeholder: &'static str,
    error: Option<String>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let described = format!("{id}-hint {id}-error");
    let invalid = error.is_some().then_some("true");
    let error = error.map(|message| format!("This {message}."));
    view! {
        <Field id=id.clone() label hint>
            <input id=id.clone() name=name value=value placeholder=placeholder inputmode="decimal" autocomplete="off" aria-describedby=described aria-invalid=invalid/>
            <Wrong id=id.clone() message=error/>
        </Field>
    }
}

#[component]
fn RegionSelect(
    id: String,
    name: &'static str,
    none: &'static str,
    choices: Vec<String>,
    chosen: String,
) -> impl IntoView {
    let option = |region: String| {
        let selected = region == chosen;
        view! { <option value=region.clone() selected=selected>{region.clone()}</option> }
    };
    view! {
        <select id=id name=name>
            <option value="" selected=chosen.is_empty()>{none}</option>
            {choices.into_iter().map(option).collect_view()}
        </select>
    }
}
