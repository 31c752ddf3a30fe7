//! The form of the quotas page: what is asked of KMS, what is in use already, and how much the migration may take.

use crate::parts::{Field, FieldError as Wrong, QueryForm, message_of};
use leptos::prelude::*;
use model::scenario::{FieldError, Scenario, percent_text, ratio_text};

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
    let count =
        |count: Option<model::quantity::Requests>| count.map(|count| count.0.to_string()).unwrap_or_default();
    let baseline = scenario
        .baseline
        .map(|baseline| baseline.floor().to_string())
        .unwrap_or_default();
    let chosen = scenario
        .region
        .as_ref()
        .map(|region| region.0.clone())
        .unwrap_or_default();
    view! {
        <QueryForm action="/quotas" class="panel controls" label="What is planned" eager=true>
            {entry("baseline", "KMS requests/s in use already", "Peak of all other use, in each Region. Empty: what the account tells.", baseline, "not known")}
            {entry("peak", "Peak over average", "Requests in the busiest second over the average of a month.", ratio_text(scenario.peak), "")}
            <label class="choice">
                <input type="checkbox" name="bk" value="1" checked=scenario.bucket_key/>
                <span>"Use an S3 Bucket Key" " " <span class="hint">"One KMS request serves many objects."</span></span>
            </label>
            {entry("saving", "KMS requests it saves, %", "An assumption; AWS says up to 99 %.", percent_text(scenario.saving), "")}
            {entry("share", "Share for the migration, %", "Of what is left of the quota, so that everybody else keeps the rest.", percent_text(scenario.share), "")}
            {entry("gets", "Downloads (GET) a month", "Over all buckets. Empty: the counts that are known.", count(scenario.gets), "as known")}
            {entry("puts", "Uploads (PUT) a month", "Over all buckets. Empty: the counts that are known.", count(scenario.puts), "as known")}
            <Field id="field-region" label="Quotas of">
                <RegionSelect choices chosen/>
                <Wrong id="field-region" message=region_error/>
            </Field>
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
fn RegionSelect(choices: Vec<String>, chosen: String) -> impl IntoView {
    let option = |region: String| {
        let selected = region == chosen;
        view! { <option value=region.clone() selected=selected>{region.clone()}</option> }
    };
    view! {
        <select id="field-region" name="region">
            <option value="" selected=chosen.is_empty()>"each bucket’s own Region"</option>
            {choices.into_iter().map(option).collect_view()}
        </select>
    }
}
