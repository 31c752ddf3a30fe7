//! The form that files a request to raise a quota, or why it cannot be filed here. A plain form: the server answers with
//! the page.

use crate::backend::QuotaTold;
use crate::parts::Callout;
use leptos::either::Either;
use leptos::prelude::*;
use model::format::grouped;
use model::headroom::RegionHeadroom;

/// What the form is for.
#[derive(Clone, Debug)]
pub(super) struct Filing {
    pub(super) region: RegionHeadroom,
    pub(super) told: Option<QuotaTold>,
    /// Requests a second that are advised.
    pub(super) value: u64,
    /// Why nothing may be changed here.
    pub(super) not_allowed: Option<String>,
    /// Query of the page.
    pub(super) back: String,
}

impl Filing {
    /// Why it cannot be filed.
    fn obstacle(&self) -> Option<(String, String)> {
        let hand_over = "Give the justification and the command above to somebody who may.".to_string();
        if let Some(reason) = &self.not_allowed {
            return Some((format!("Filing is off here. {reason}"), hand_over));
        }
        let told = self.told.as_ref().filter(|told| told.listed);
        let Some(told) = told else {
            return Some((
                "Filing is off: whether a request is open already is not known.".to_string(),
                "The account did not list its requests; see what it told.".to_string(),
            ));
        };
        if let Some(open) = told.requests.iter().find(|request| request.status.is_open()) {
            let desired = open
                .desired
                .map_or_else(String::new, |value| format!(" for {} requests/s", grouped(value)));
            return Some((
                format!("Request {}{desired} is {}.", open.id, open.status),
                format!("{} No second one is made before it ends.", open.status.meaning()),
            ));
        }
        (told.usage.quota.is_some() && !told.adjustable).then(|| {
            let text = "AWS does not raise this quota on request.";
            (
                text.to_string(),
                "Ask AWS Support, with the justification above.".to_string(),
            )
        })
    }
}

/// The form.
#[component]
pub(super) fn Form(filing: Filing) -> impl IntoView {
    if let Some((title, text)) = filing.obstacle() {
        return Either::Left(view! { <Callout title=title><p>{text}</p></Callout> });
    }
    let region = filing.region.region.to_string();
    let (value_id, typed_id) = (format!("value-{region}"), format!("typed-{region}"));
    let least = filing.region.quota.limit.floor().saturating_add(1);
    Either::Right(view! {
        <form method="post" action="/quotas/increase" class="stack" autocomplete="off">
            <input type="hidden" name="region" value=region.clone()/>
            <input type="hidden" name="back" value=filing.back/>
            <div class="field">
                <label for=value_id.clone()>"Requests/s to ask for"</label>
                <input id=value_id name="value" type="number" inputmode="numeric" min=least.to_string() step="1" required value=filing.value.to_string()/>
            </div>
            <div class="field">
                <label for=typed_id.clone()>
                    <span>"Type " <strong class="mono">{region.clone()}</strong> " to confirm"</span>
                </label>
                <input id=typed_id name="typed" autocomplete="off" autocapitalize="off" spellcheck="false" required/>
                <p class="hint">"The request goes to Service Quotas at once. AWS may open a support case for it."</p>
            </div>
            <div class="actions">
                <button class="button button-primary" type="submit">{format!("File the request for {region}")}</button>
            </div>
        </form>
    })
}
