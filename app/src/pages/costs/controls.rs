//! The what-if controls of the costs page: a form that works by itself, whose fields also speak at once when the page
//! can compute.

use super::scale::Scale;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::scenario::{FieldError, Scenario, percent_text, ratio_text};

/// Texts of the fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Controls {
    region: RwSignal<String>,
    gets: RwSignal<String>,
    puts: RwSignal<String>,
    growth: RwSignal<String>,
    bucket_key: RwSignal<bool>,
    saving: RwSignal<String>,
    peak: RwSignal<String>,
    months: RwSignal<String>,
    calls: RwSignal<String>,
    /// Fields of the quotas page, which links carry along.
    carried: StoredValue<Scenario>,
}

impl Controls {
    /// The fields as the URL has them, else as the scenario says.
    pub(super) fn new(scenario: &Scenario, url: &ParamsMap) -> Self {
        let text = |field: &str, value: String| {
            RwSignal::new(url.get(field).filter(|text| !text.is_empty()).unwrap_or(value))
        };
        let count = |count: Option<model::quantity::Requests>| {
            count.map(|count| count.0.to_string()).unwrap_or_default()
        };
        Self {
            region: text(
                "region",
                scenario
                    .region
                    .as_ref()
                    .map(|region| region.0.clone())
                    .unwrap_or_default(),
            ),
            gets: text("gets", count(scenario.gets)),
            puts: text("puts", count(scenario.puts)),
            growth: text("growth", percent_text(scenario.growth)),
            bucket_key: RwSignal::new(scenario.bucket_key),
            saving: text("saving", percent_text(scenario.saving)),
            peak: text("peak", ratio_text(scenario.peak)),
            months: text("months", scenario.months.to_string()),
            calls: text("calls", ratio_text(scenario.kms_calls)),
            carried: StoredValue::new(scenario.clone()),
        }
    }

    /// The scenario that the fields describe, and the fields that cannot be read.
    pub(super) fn read(&self) -> (Scenario, Vec<FieldError>) {
        let texts = [
            ("region", self.region.get()),
            ("gets", self.gets.get()),
            ("puts", self.puts.get()),
            ("growth", self.growth.get()),
            ("saving", self.saving.get()),
            ("peak", self.peak.get()),
            ("months", self.months.get()),
            ("calls", self.calls.get()),
        ];
        let (mut scenario, errors) =
            Scenario::from_pairs(texts.iter().map(|(field, text)| (*field, text.as_str())));
        scenario.bucket_key = self.bucket_key.get();
        self.carried.with_value(|carried| {
            scenario.baseline = carried.baseline;
            scenario.share = carried.share;
        });
        (scenario, errors)
    }

    /// What links to the quotas page carry along, as fields.
    fn carried_fields(self) -> Vec<(String, String)> {
        let kept = self.carried.with_value(|carried| Scenario {
            baseline: carried.baseline,
            share: carried.share,
            ..Scenario::default()
        });
        let query = kept.to_query();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(field, value)| (field.to_string(), value.to_string()))
            .collect()
    }
}

/// One field: label, hint, input, slider, and what is wrong with it.
#[component]
fn WhatIf(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    text: RwSignal<String>,
    errors: Signal<Vec<FieldError>>,
    /// What an empty field stands for.
    #[prop(into, optional)]
    known: Signal<String>,
    /// Scale of its slider; none without it.
    #[prop(optional)]
    scale: Option<Scale>,
) -> impl IntoView {
    let error = Memo::new(move |_| {
        errors.with(|errors| {
            errors
                .iter()
                .find(|error| error.field == name)
                .map(|error| error.message.clone())
        })
    });
    let shown = Memo::new(move |_| {
        let text = text.get();
        if text.is_empty() { known.get() } else { text }
    });
    let (id, hint_id, error_id) = (
        format!("field-{name}"),
        format!("hint-{name}"),
        format!("error-{name}"),
    );
    let described = format!("{hint_id} {error_id}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                name=name
                inputmode="decimal"
                autocomplete="off"
                value=text.get_untracked()
                prop:value=text
                placeholder=known
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| text.set(event_target_value(&event))
            />
            {scale.map(|scale| view! { <Slider label text shown scale/> })}
            <p class="hint" id=hint_id>
                {hint}
            </p>
            <p class="field-error" id=error_id role="status" hidden=move || error.with(Option::is_none)>
                {move || error.get().map(|message| format!("This {message}."))}
            </p>
        </div>
    }
}

/// The slider of a field, in step with it.
#[component]
fn Slider(label: &'static str, text: RwSignal<String>, shown: Memo<String>, scale: Scale) -> impl IntoView {
    view! {
        <input
            class="needs-script"
            type="range"
            min="0"
            max=scale.most()
            step=scale.step()
            value=scale.position(&shown.get_untracked())
            prop:value=move || scale.position(&shown.get())
            aria-label=format!("{label}, slider")
            aria-valuetext=move || scale.spoken(&shown.get())
            on:input=move |event| text.set(scale.text(&event_target_value(&event)))
        />
    }
}

/// The controls.
#[component]
pub(super) fn ControlsForm(
    controls: Controls,
    errors: Signal<Vec<FieldError>>,
    /// Known downloads a month, as text; empty when they are not known.
    gets: Signal<String>,
    /// Known uploads a month.
    puts: Signal<String>,
    /// Regions to choose from.
    regions: Vec<String>,
    /// Whether figures follow the controls at once.
    live: Signal<bool>,
) -> impl IntoView {
    view! {
        <form class="panel controls" method="get" action="/costs" aria-label="What if">
            <WhatIf name="gets" label="Downloads (GET) a month" text=controls.gets errors known=gets scale=Scale::Counts
                hint="Over all buckets. Empty: the counts that are known."/>
            <WhatIf name="puts" label="Uploads (PUT) a month" text=controls.puts errors known=puts scale=Scale::Counts
                hint="Over all buckets. Empty: the counts that are known."/>
            <WhatIf name="growth" label="Growth a month, %" text=controls.growth errors scale=Scale::Percent { most: "20", step: "0.1" }
                hint="Of bytes and requests, month on month."/>
            <BucketKey controls errors/>
            <RegionField value=controls.region regions/>
            <WhatIf name="months" label="Months ahead" text=controls.months errors hint="1 to 36."/>
            <WhatIf name="peak" label="Peak over average" text=controls.peak errors
                hint="Requests in the busiest second over the average. Matters for quotas, not for cost."/>
            <WhatIf name="calls" label="KMS calls per converted object" text=controls.calls errors
                hint="An assumption: AWS publishes no figure."/>
            {controls
                .carried_fields()
                .into_iter()
                .map(|(field, value)| view! { <input type="hidden" name=field value=value/> })
                .collect_view()}
            <button class="button button-primary" type="submit">
                "Recalculate"
            </button>
            <p class="hint">
                {move || {
                    if live.get() { "Figures follow the controls at once." } else { "Recalculate shows the new figures." }
                }}
            </p>
        </form>
    }
}

/// Whether a bucket key is used, and what it saves.
#[component]
fn BucketKey(controls: Controls, errors: Signal<Vec<FieldError>>) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="checkbox"
                name="bk"
                value="1"
                checked=controls.bucket_key.get_untracked()
                prop:checked=controls.bucket_key
                on:change=move |event| controls.bucket_key.set(event_target_checked(&event))
            />
            <span>
                "Use an S3 Bucket Key" <span class="hint">"One KMS request serves many objects."</span>
            </span>
        </label>
        <WhatIf name="saving" label="KMS requests it saves, %" text=controls.saving errors
            scale=Scale::Percent { most: "99", step: "1" }
            hint="An assumption; AWS says up to 99 %."/>
    }
}

/// The Region whose prices hold.
#[component]
fn RegionField(value: RwSignal<String>, regions: Vec<String>) -> impl IntoView {
    let chosen = value.get_untracked();
    view! {
        <div class="field">
            <label for="field-region">"Prices and quotas of"</label>
            <select id="field-region" name="region" on:change=move |event| value.set(event_target_value(&event))>
                <option value="" selected=chosen.is_empty()>
                    "each bucket’s own Region"
                </option>
                {regions
                    .into_iter()
                    .map(|region| {
                        view! {
                            <option value=region.clone() selected=region == chosen>
                                {region.clone()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}
