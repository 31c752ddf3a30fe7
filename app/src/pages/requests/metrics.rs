//! What CloudWatch's request metrics say of the buckets of the page, with the buttons that ask and adopt. Plain forms: the
//! server answers with the page.

use crate::backend::{AppError, BucketMetrics, Metrics as Said};
use crate::parts::{DataTable, ErrorBox};
use leptos::prelude::*;
use model::counted::CountedRequests;
use model::format::grouped;
use model::requests::RequestKind;

/// Kinds that have a metric of their own.
const KINDS: [RequestKind; 4] = [
    RequestKind::Get,
    RequestKind::Put,
    RequestKind::Head,
    RequestKind::List,
];

/// What is shown.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Buckets of the page, and whether CloudWatch's counts are in use.
    pub(super) buckets: Vec<(String, bool)>,
    /// What CloudWatch said.
    pub(super) said: Vec<BucketMetrics>,
    /// Why a form was sent back.
    pub(super) refused: Option<AppError>,
    /// Query of the page.
    pub(super) back: String,
}

/// The section.
#[component]
pub(super) fn Metrics(model: Model) -> impl IntoView {
    let Model {
        buckets,
        said,
        refused,
        back,
    } = model;
    let counted: Vec<String> = said
        .iter()
        .filter(|one| matches!(one.said, Said::Counted(_)))
        .map(|one| one.bucket.clone())
        .collect();
    let in_use = |bucket: &str| buckets.iter().any(|(name, used)| name == bucket && *used);
    let adopt_all = (counted.len() > 1).then(|| {
        let title = format!(
            "Use the counts of {}",
            model::format::counted(counted.len() as u64, "bucket")
        );
        send("/requests/adopt", counted, &back, title, true)
    });
    let rows: Vec<_> = said
        .into_iter()
        .map(|one| row(&one, in_use(&one.bucket), &back))
        .collect();
    let names = buckets.into_iter().map(|(name, _)| name).collect();
    let refused = refused.map(|error| view! { <ErrorBox error/> });
    let table = (!rows.is_empty()).then(|| {
        let columns = vec![
            ("Bucket", false),
            ("GET", true),
            ("PUT", true),
            ("HEAD", true),
            ("LIST", true),
            ("Counted", false),
            ("", false),
        ];
        view! { <DataTable label="Requests in 30 days by CloudWatch" columns>{rows}</DataTable> }
    });
    view! {
        <section class="panel" aria-labelledby="metrics">
            <div class="panel-head">
                <h2 id="metrics">"From CloudWatch"</h2>
                <p>
                    "Request metrics of the last 30 days, where they are enabled for the whole bucket. CloudWatch charges for what is asked."
                </p>
            </div>
            {refused}
            <div class="actions">
                {send("/requests/metrics", names, &back, "Ask CloudWatch about these buckets".to_string(), false)}
                {adopt_all}
            </div>
            {table}
        </section>
    }
}

/// A form of one button.
fn send(to: &'static str, buckets: Vec<String>, back: &str, title: String, main: bool) -> AnyView {
    let class = if main { "button button-primary" } else { "button" };
    let bucket = |name: String| view! { <input type="hidden" name="bucket" value=name/> };
    view! {
        <form method="post" action=to>
            <input type="hidden" name="back" value=back.to_string()/>
            {buckets.into_iter().map(bucket).collect_view()}
            <button class=class type="submit">{title}</button>
        </form>
    }
    .into_any()
}

fn row(one: &BucketMetrics, in_use: bool, back: &str) -> AnyView {
    let asked = format!("Asked {}.", one.asked_at);
    match &one.said {
        Said::Counted(counted) => counted_row(counted, in_use, back, asked),
        Said::NoRegion => words(
            one,
            "The Region is not known: import with a Region.".to_string(),
            None,
        ),
        Said::Silent(filter) => words(
            one,
            format!("Enabled under {filter}, without a whole day of data points yet. {asked}"),
            None,
        ),
        Said::NotEnabled => words(
            one,
            format!("Not enabled for the whole bucket. {asked}"),
            Some(enable(&one.bucket)),
        ),
        Said::Failed(trouble) => words(
            one,
            format!("{} {} {asked}", trouble.message, trouble.remedy),
            None,
        ),
    }
}

/// How to enable them. CloudWatch bills request metrics as custom metrics (Amazon S3 User Guide, cloudwatch-monitoring).
fn enable(bucket: &str) -> String {
    format!(
        "aws s3api put-bucket-metrics-configuration --bucket {bucket} --id EntireBucket --metrics-configuration '{{\"Id\":\"EntireBucket\"}}'"
    )
}

fn words(one: &BucketMetrics, text: String, command: Option<String>) -> AnyView {
    let command = command.map(|command| {
        view! {
            <details class="more">
                <summary>"How to enable them"</summary>
                <p>"CloudWatch bills them as custom metrics; the first data points come after some minutes. Who may change the bucket runs:"</p>
                <pre class="code" tabindex="0">{command}</pre>
            </details>
        }
    });
    view! {
        <tr>
            <th scope="row">{one.bucket.clone()}</th>
            <td colspan="6"><span class="break">{text}</span> {command}</td>
        </tr>
    }
    .into_any()
}

fn counted_row(counted: &CountedRequests, in_use: bool, back: &str, asked: String) -> AnyView {
    let count = |kind: RequestKind| view! { <td class="num">{grouped(counted.counts[kind].0)}</td> };
    let buckets = vec![counted.bucket.clone()];
    let button = if in_use {
        send(
            "/requests/drop",
            buckets,
            back,
            "Stop using them".to_string(),
            false,
        )
    } else {
        send(
            "/requests/adopt",
            buckets,
            back,
            "Use these counts".to_string(),
            false,
        )
    };
    view! {
        <tr>
            <th scope="row">{counted.bucket.clone()}</th>
            {KINDS.map(count).into_iter().collect_view()}
            <td>
                {counted.span()}
                <div class="quiet">{counted.source.clone()} ". " {asked}</div>
            </td>
            <td class="nowrap">{button}</td>
        </tr>
    }
    .into_any()
}
