//! What to ask AWS for where the quota is exceeded or nearly so: value, justification, and the request as a command.

use super::phases::fullness;
use leptos::prelude::*;
use model::format::{grouped, rate};
use model::headroom::{Phase, RegionHeadroom};
use model::quotas::{QUOTA_CODE, SERVICE_CODE};

/// The requests, one for each Region that needs one; nothing when none does.
#[component]
pub(super) fn Requests(regions: Vec<RegionHeadroom>, bucket_key: bool) -> impl IntoView {
    let needed = |region: &RegionHeadroom| fullness(region, Phase::After, bucket_key) >= 75;
    let requests: Vec<RegionHeadroom> = regions.into_iter().filter(needed).collect();
    (!requests.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="requests">
                <h2 id="requests">"What to ask AWS for"</h2>
                {requests.into_iter().map(|region| request(&region, bucket_key)).collect_view()}
            </section>
        }
    })
}

/// A quarter above the load after the move, in whole thousands.
fn wanted(region: &RegionHeadroom, bucket_key: bool) -> u64 {
    let load = region.load(Phase::After, bucket_key).milli();
    (load.saturating_mul(5) / 4)
        .div_ceil(1_000_000)
        .saturating_mul(1000)
}

fn request(region: &RegionHeadroom, bucket_key: bool) -> impl IntoView + use<> {
    let value = wanted(region, bucket_key);
    let place = region.region.to_string();
    let justification = format!(
        "We move data in S3 from SSE-S3 to SSE-KMS. In {place} our KMS requests in the busiest second grow from {} to {}; the quota is {}. We ask for {} a second, a quarter above that load.",
        rate(region.load(Phase::Now, bucket_key)),
        rate(region.load(Phase::After, bucket_key)),
        rate(region.quota.limit),
        grouped(value)
    );
    let command = format!(
        "aws service-quotas request-service-quota-increase \\\n  --service-code {SERVICE_CODE} --quota-code {QUOTA_CODE} \\\n  --region {place} --desired-value {value}"
    );
    view! {
        <details>
            <summary class="button">{format!("{place}: ask AWS for {}/s", grouped(value))}</summary>
            <div class="stack">
                <p>{justification}</p>
                <pre class="code" tabindex="0">{command}</pre>
            </div>
        </details>
    }
}
