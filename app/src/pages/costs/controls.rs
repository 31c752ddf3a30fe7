//! The what-if controls of the costs page: a form that works by itself, whose fields also speak at once when the page
//! can compute.

use super::scale::Scale;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::format::grouped;
use model::requests::{RequestCounts, RequestKind};
use model::scenario::{FieldError, Scenario};

/// What the fields say, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Controls {
    texts: StoredValue<Vec<(String, RwSignal<String>)>>,
}

/// Fields of the quotas page, which links carry along.
const CARRIED: [&str; 2] = ["baseline", "share"];

impl Controls {
    /// The fields as the URL has them, else as the scenario says.
    pub(super) fn new(scenario: &Scenario, url: &ParamsMap) -> Self {
        let text = |(field, text): (String, String)| {
            let typed = url.get(&field).filter(|text| !text.is_empty());
            (field, RwSignal::new(typed.unwrap_or(text)))
        };
        let texts = scenario.fields().into_iter().map(text).collect();
        Self {
            texts: StoredValue::new(texts),
        }
    }

    /// The text of a field.
    fn text(self, name: &str) -> RwSignal<String> {
        let found = self.texts.with_value(|texts| {
            let field = texts.iter().find(|(field, _)| field == name);
            field.map(|(_, text)| *text)
        });
        found.unwrap_or_default()
    }

    /// The scenario that the fields describe, and the fields that cannot be read.
    pub(super) fn read(self) -> (Scenario, Vec<FieldError>) {
        let texts: Vec<(String, String)> = self.texts.with_value(|texts| {
            let said = texts.iter().map(|(field, text)| (field.clone(), text.get()));
            said.collect()
        });
        Scenario::from_pairs(crate::parts::query::borrowed(&texts))
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
    known: Signal<String>,
    /// Scale of its slider; none without it.
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

/// What every field of the form needs.
#[derive(Clone, Copy)]
struct Form {
    controls: Controls,
    errors: Signal<Vec<FieldError>>,
    /// Requests a month that are known.
    known: StoredValue<Option<RequestCounts>>,
}

impl Form {
    /// A field with its slider, if it has a scale.
    fn field(
        self,
        name: &'static str,
        label: &'static str,
        hint: &'static str,
        scale: Option<Scale>,
    ) -> impl IntoView {
        let (text, errors) = (self.controls.text(name), self.errors);
        let kind = RequestKind::ALL.into_iter().find(|kind| kind.field() == name);
        let count = kind.and_then(|kind| self.known.get_value().map(|counts| counts[kind].0));
        let known = Signal::stored(count.map(grouped).unwrap_or_default());
        view! { <WhatIf name label hint text errors known scale/> }
    }

    fn checkbox(self, name: &'static str, label: &'static str, hint: &'static str) -> impl IntoView {
        let text = self.controls.text(name);
        let checked = move || !text.get().is_empty();
        let set = move |event| text.set(if event_target_checked(&event) { "1" } else { "" }.to_string());
        view! {
            <label class="choice">
                <input type="checkbox" name=name value="1" checked=!text.get_untracked().is_empty() prop:checked=checked on:change=set/>
                <span>{label} " " <span class="hint">{hint}</span></span>
            </label>
        }
    }
}

/// The controls.
#[component]
pub(super) fn ControlsForm(
    controls: Controls,
    errors: Signal<Vec<FieldError>>,
    /// Requests a month that were known before anybody typed a count.
    known: Option<RequestCounts>,
    /// Regions to choose from.
    regions: Vec<String>,
    /// Whether figures follow the controls at once.
    live: Signal<bool>,
) -> impl IntoView {
    const KNOWN: &str = "Over all buckets. Empty: the counts that are known.";
    let form = Form {
        controls,
        errors,
        known: StoredValue::new(known),
    };
    let carried = |name: &'static str| {
        let value = controls.text(name).get_untracked();
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value/> })
    };
    view! {
        <form class="panel controls" method="get" action="/costs" aria-label="What if">
            {form.field("gets", "Downloads (GET) a month", KNOWN, Some(Scale::Counts))}
            {form.field("puts", "Uploads (PUT) a month", KNOWN, Some(Scale::Counts))}
            <p class="hint"><a href="/requests">"Requests bucket by bucket"</a>" · "<a href="/prices">"Prices"</a></p>
            {form.field("growth", "Growth a month, %", "Of bytes and requests, month on month.", Some(Scale::Percent { most: "20", step: "0.1" }))}
            {form.checkbox("bk", "Use an S3 Bucket Key", "One KMS request serves many objects.")}
            {form.field("saving", "KMS requests it saves, %", "An assumption; AWS says up to 99 %.", Some(Scale::Percent { most: "99", step: "1" }))}
            <RegionField value=controls.text("region") regions/>
            {form.field("months", "Months ahead", "1 to 36.", None)}
            {form.field("ramp", "Weeks over which buckets move", "0: at once.", None)}
            {form.field("waves", "Waves", "Evenly over these weeks, the first on the first day.", None)}
            <Assumptions form/>
            {CARRIED.map(carried).into_iter().collect_view()}
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

/// What is varied less often.
#[component]
fn Assumptions(form: Form) -> impl IntoView {
    const CALLS: &str = "Without a Bucket Key, on an SSE-KMS object.";
    view! {
        <details class="more">
            <summary>"Other requests, KMS calls, the conversion"</summary>
            <div class="stack">
                {form.field("parts", "Multipart requests a month", "Parts, and what begins and ends an upload.", None)}
                {form.field("heads", "HEAD requests a month", "Priced as GET.", None)}
                {form.field("lists", "LIST requests a month", "Priced as PUT on STANDARD.", None)}
                {form.field("calls_gets", "KMS calls per GET", CALLS, None)}
                {form.field("calls_puts", "KMS calls per PUT", CALLS, None)}
                {form.field("calls_parts", "KMS calls per multipart request", "An assumption: AWS publishes no figure.", None)}
                {form.field("calls_heads", "KMS calls per HEAD", "None is documented.", None)}
                {form.field("calls_lists", "KMS calls per LIST", "None is documented.", None)}
                {form.field("calls", "KMS calls per converted object", "An assumption: AWS publishes no figure.", None)}
                {form.checkbox("rotation", "Keys rotate every year", "Adds $1 a month after the first and the second year.")}
                {form.checkbox("dsse", "DSSE-KMS instead of SSE-KMS", "No Bucket Key; AWS’s price per GB was not found, so sums are lower bounds.")}
                {form.field("old_versions", "Days that replaced versions are kept", "Copies in buckets with versions leave the old one behind.", None)}
                {form.checkbox("data_events", "CloudTrail logs data events", "Each converted object is one.")}
                {form.field("peak", "Peak over average", "Requests in the busiest second over the average. Matters for quotas, not for cost.", None)}
            </div>
        </details>
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
