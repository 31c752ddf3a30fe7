//! The form of the quotas page: what is asked of KMS, what is in use already, and how much the migration may take.

use crate::parts::{Field, FieldError as Wrong, QueryForm, message_of};
use leptos::prelude::*;
use model::scenario::{FieldError, Scenario};

/// Fields that are controls here; the others are carried along.
const SHOWN: [&str; 14] = [
    "baseline", "peak", "bk", "saving", "share", "gets", "puts", "region", "failover", "store", "foreign",
    "margin", "growth", "months",
];

/// What the fields say: as it was typed, before what the scenario implies.
#[derive(Clone, Debug)]
struct Form {
    scenario: Scenario,
    typed: Vec<(String, String)>,
    errors: Vec<FieldError>,
    /// Region codes to choose from.
    choices: Vec<String>,
}

impl Form {
    fn text(&self, name: &str) -> String {
        let of = |fields: &[(String, String)]| {
            let field = fields
                .iter()
                .find(|(field, text)| field == name && !text.is_empty());
            field.map(|(_, text)| text.clone())
        };
        of(&self.typed)
            .or_else(|| of(&self.scenario.fields()))
            .unwrap_or_default()
    }

    fn entry(
        &self,
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        placeholder: &'static str,
    ) -> impl IntoView + use<> {
        let (value, error) = (self.text(name), message_of(&self.errors, name));
        view! { <Entry name label hint value placeholder error/> }
    }

    fn region(&self, name: &'static str, label: &'static str, none: &'static str) -> impl IntoView + use<> {
        let (id, choices, chosen) = (format!("field-{name}"), self.choices.clone(), self.text(name));
        let message = message_of(&self.errors, name);
        view! {
            <Field id=id.clone() label>
                <RegionSelect id=id.clone() name none choices chosen/>
                <Wrong id message/>
            </Field>
        }
    }

    /// Fields that are no controls here, so that they are not lost.
    fn carried(&self) -> impl IntoView + use<> {
        let account = self.typed.iter().filter(|(field, _)| field == "account");
        let account: Vec<_> = account.cloned().collect();
        let fields = self.scenario.chosen().into_iter();
        fields
            .filter(|(field, _)| !SHOWN.contains(&field.as_str()))
            .chain(account)
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect_view()
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
    const KNOWN: &str = "Over all buckets. Empty: the counts that are known.";
    let bucket_key = scenario.bucket_key;
    let form = Form {
        scenario,
        typed,
        errors,
        choices,
    };
    view! {
        <QueryForm action="/quotas" class="panel controls" label="What is planned" eager=true>
            {form.entry("baseline", "KMS requests/s in use already", "Peak of all other use, in each Region. Empty: what the account tells.", "not known")}
            {form.entry("peak", "Peak over average", "Requests in the busiest second over the average of a month.", "")}
            <label class="choice">
                <input type="checkbox" name="bk" value="1" checked=bucket_key/>
                <span>"Use an S3 Bucket Key" " " <span class="hint">"One KMS request serves many objects."</span></span>
            </label>
            {form.entry("saving", "KMS requests it saves, %", "An assumption; AWS says up to 99 %.", "")}
            {form.entry("share", "Share for the migration, %", "Of what is left of the quota, so that everybody else keeps the rest.", "")}
            {form.entry("gets", "Downloads (GET) a month", KNOWN, "as known")}
            {form.entry("puts", "Uploads (PUT) a month", KNOWN, "as known")}
            <p class="hint"><a href="/requests">"Requests bucket by bucket"</a></p>
            {form.region("region", "Quotas of", "each bucket’s own Region")}
            {further(&form)}
            {form.carried()}
            <button class="button button-primary" type="submit">"Recalculate"</button>
        </QueryForm>
    }
}

/// What is varied less often.
fn further(form: &Form) -> impl IntoView + use<> {
    view! {
        <details class="more">
            <summary>"Failover, key store, other accounts, the increase"</summary>
            <div class="stack">
                {form.region("failover", "Fails over to", "no other Region")}
                <label class="choice">
                    <input type="checkbox" name="store" value="1" checked=form.scenario.custom_key_store/>
                    <span>"The key is in a custom key store" " " <span class="hint">"1,800 requests/s for each store; cannot be raised for CloudHSM."</span></span>
                </label>
                {form.entry("foreign", "Requests by other accounts, %", "KMS counts them against the account that makes them.", "")}
                {form.entry("growth", "Growth a month, %", "Of requests, over the months of the forecast.", "")}
                {form.entry("months", "Months ahead", "1 to 36.", "")}
                {form.entry("margin", "Margin of the increase, %", "Beyond the load, so that you need not ask again soon.", "")}
            </div>
        </details>
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
