//! What to ask AWS for: value, justification, the request as a command, and the form that files it, for each Region; open where it is advised.

use crate::fragment::Placed;
use crate::parts::CopyButton;
use crate::shown::IncreaseShown;
use leptos::prelude::*;
use model::format::grouped;

/// The increases.
#[component]
pub(super) fn Requests(increases: Vec<IncreaseShown>) -> impl IntoView {
    (!increases.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="requests">
                <div class="panel-head">
                    <h2 id="requests">"What to ask AWS for"</h2>
                    <p>"Load after the move, grown over the months of the forecast, with the margin; rounded up."</p>
                </div>
                {increases.into_iter().map(request).collect_view()}
            </section>
        }
    })
}

fn request(increase: IncreaseShown) -> impl IntoView {
    let IncreaseShown {
        region,
        value,
        advised,
        justification,
        command,
        filing,
    } = increase;
    let Some(value) = value else {
        return view! { <p>{format!("{region}: the quota holds the load with the margin, so there is nothing to ask for.")}</p> }
            .into_any();
    };
    let advice = if advised { "" } else { ", not needed yet" };
    view! {
        <details class="more" open=advised>
            <summary>{format!("{region}: ask for {} requests/s{advice}", grouped(value))}</summary>
            <div class="stack">
                <p>{justification.clone()}</p>
                <div class="actions"><CopyButton text=justification label="Copy the justification"/></div>
                <pre class="code" tabindex="0">{command.clone()}</pre>
                <div class="actions"><CopyButton text=command label="Copy the command"/></div>
                <Placed fragment=filing/>
            </div>
        </details>
    }
    .into_any()
}
