//! A plan on a sheet: targets, lines by method, what is left out, rates, settings, findings that were noted. For the review of a draft and for the
//! page of the stored plan, which shows the same before it is confirmed.

use crate::parts::{Count, Size, TableScroll, Why};
use leptos::prelude::*;
use model::format::{counted, duration, grouped, rate, rate_number};
use model::inventory::EncryptionStatus;
use model::jobs::JobSettings;
use model::method::MethodChoice;
use model::plan::{LeftOutLine, Plan, PlanBucket, PlanLine, PlanRate, PlanSettings, VerifyScope};
use model::scenario::{percent_text, ratio_text};

/// The sheet.
#[component]
pub(crate) fn PlanSheet(plan: Plan) -> impl IntoView {
    let Plan {
        buckets,
        settings,
        rates,
        jobs,
        noted,
        ..
    } = plan;
    view! {
        <Targets buckets=buckets.clone()/>
        <Converted buckets=buckets.clone()/>
        <LeftOut buckets/>
        <Rates rates settings by_jobs=jobs.is_some()/>
        <Settings settings/>
        {jobs.map(|jobs| view! { <Jobs jobs/> })}
        {(!noted.is_empty()).then(|| view! { <Noted noted/> })}
    }
}

/// Findings of the checks that somebody took note of; a draft has none yet.
#[component]
fn Noted(noted: Vec<String>) -> impl IntoView {
    let item = |text: String| view! { <li class="break">{text}</li> };
    view! {
        <section class="stack" aria-label="Findings that were noted">
            <h3>"Findings that were noted"</h3>
            <p class="quiet">"Who stored the plan had read these and went on."</p>
            <ul>{noted.into_iter().map(item).collect_view()}</ul>
        </section>
    }
}

/// Which bucket goes under which key, from which inventory.
#[component]
fn Targets(buckets: Vec<PlanBucket>) -> impl IntoView {
    let row = |bucket: PlanBucket| {
        let bucket_key = if bucket.target.bucket_key {
            "with a Bucket Key"
        } else {
            "without a Bucket Key"
        };
        view! {
            <tr>
                <th scope="row">{bucket.bucket}</th>
                <td class="nowrap">{bucket.region.to_string()}</td>
                <td class="mono break">{bucket.target.key.to_string()}</td>
                <td class="nowrap">{bucket_key}</td>
                <td class="mono nowrap">{bucket.snapshot.to_string()}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-label="Buckets and keys">
            <h3>"Buckets and keys"</h3>
            <TableScroll label="Buckets and keys">
                <table class="data">
                    <caption class="visually-hidden">"Each bucket with the key that its objects end under"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Region"</th>
                            <th scope="col">"Key"</th>
                            <th scope="col">"Bucket Key"</th>
                            <th scope="col">"Inventory"</th>
                        </tr>
                    </thead>
                    <tbody>{buckets.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

/// What is converted, and how.
#[component]
fn Converted(buckets: Vec<PlanBucket>) -> impl IntoView {
    let rows = buckets
        .into_iter()
        .flat_map(|bucket| {
            bucket
                .lines
                .into_iter()
                .map(move |line| (bucket.bucket.clone(), line))
        })
        .map(|(bucket, line)| converted(bucket, line))
        .collect_view();
    view! {
        <section class="stack" aria-label="What is converted">
            <h3>"What is converted"</h3>
            <TableScroll label="What is converted">
                <table class="data">
                    <caption class="visually-hidden">"Objects to convert, by bucket, method, class and encryption"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Bucket"</th>
                            <th scope="col">"Method"</th>
                            <th scope="col">"Class"</th>
                            <th scope="col">"Encryption now"</th>
                            <th scope="col">"Versions"</th>
                            <th scope="col" class="num">"Objects"</th>
                            <th scope="col" class="num">"Bytes"</th>
                            <th scope="col" class="num">"Over 5 GiB"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

fn converted(bucket: String, line: PlanLine) -> impl IntoView {
    let versions = if line.current { "current" } else { "noncurrent" };
    view! {
        <tr>
            <th scope="row">{bucket}</th>
            <td>{line.method.title()}</td>
            <td class="nowrap">{line.storage_class.to_string()}</td>
            <td class="nowrap">{encryption_words(line.encryption_status)}</td>
            <td>{versions}</td>
            <td class="num"><Count value=line.objects.0/></td>
            <td class="num"><Size value=line.bytes/></td>
            <td class="num"><Count value=line.over_5_gib.0/></td>
        </tr>
    }
}

/// S3's word, but for what is lacking.
pub(super) fn encryption_words(status: EncryptionStatus) -> String {
    match status {
        EncryptionStatus::NotSse => "Not encrypted".to_string(),
        status => status.to_string(),
    }
}

/// What is not touched, why, and what would have to happen first.
#[component]
fn LeftOut(buckets: Vec<PlanBucket>) -> impl IntoView {
    let lines: Vec<(String, LeftOutLine)> = buckets
        .into_iter()
        .flat_map(|bucket| {
            bucket
                .left_out
                .into_iter()
                .map(move |line| (bucket.bucket.clone(), line))
        })
        .collect();
    let none = lines
        .is_empty()
        .then(|| view! { <p>"Nothing: every row of the inventory is converted."</p> });
    let item = |(bucket, line): (String, LeftOutLine)| {
        view! {
            <li class="severity-info">
                <span class="severity"><Count value=line.objects.0/></span>
                <div class="check-body">
                    <div class="check-title">{line.reason.reason()}</div>
                    <div class="break">{bucket} ", " <Size value=line.bytes/></div>
                    <div class="check-mend">{line.reason.remedy()}</div>
                </div>
            </li>
        }
    };
    view! {
        <section class="stack" aria-label="What is left out">
            <h3>"What is left out"</h3>
            {none}
            <ul class="checks">{lines.into_iter().map(item).collect_view()}</ul>
        </section>
    }
}

/// How fast it goes in each Region, and what holds it there.
#[component]
fn Rates(rates: Vec<PlanRate>, settings: PlanSettings, by_jobs: bool) -> impl IntoView {
    let row = move |region: PlanRate| {
        let how = format!(
            "The least of: KMS budget {} ÷ {} calls per object; the S3 rate per prefix; {} in flight. It is {}.",
            rate(region.kms_budget),
            ratio_text(settings.kms_calls_per_object),
            counted(u64::from(settings.in_flight), "request"),
            region.binds.title()
        );
        let time = if region.seconds == u64::MAX {
            "no end".to_string()
        } else {
            duration(region.seconds)
        };
        view! {
            <tr>
                <th scope="row" class="nowrap">{region.region.to_string()}</th>
                <td class="num">{rate_number(region.kms_budget)}</td>
                <td class="num"><Why figure=rate_number(region.objects_per_second) how what="Objects a second"/></td>
                <td class="nowrap">{region.binds.title()}</td>
                <td class="num"><Why figure=time how="Objects ÷ objects a second, rounded up." what="Time"/></td>
            </tr>
        }
    };
    let note = by_jobs.then(|| {
        view! { <p class="quiet">"This holds for canaries and copies. S3 works through the jobs at a rate that AWS does not publish."</p> }
    });
    view! {
        <section class="stack" aria-label="How fast">
            <h3>"How fast"</h3>
            {note}
            <TableScroll label="How fast">
                <table class="data">
                    <caption class="visually-hidden">"Rate by Region"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"KMS budget, requests/s"</th>
                            <th scope="col" class="num">"Objects/s"</th>
                            <th scope="col">"What binds"</th>
                            <th scope="col" class="num">"Time"</th>
                        </tr>
                    </thead>
                    <tbody>{rates.into_iter().map(row).collect_view()}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

/// What the operator set.
#[component]
pub(crate) fn Settings(settings: PlanSettings) -> impl IntoView {
    let method = match settings.rules.choice {
        MethodChoice::Automatic => "update where S3 takes it, copy the rest",
        MethodChoice::CopyOnly => "CopyObject alone",
        MethodChoice::UpdateOnly => "UpdateObjectEncryption alone",
    };
    let verify = match settings.verify {
        VerifyScope::Every => "every object".to_string(),
        VerifyScope::Sample(0) => "nothing".to_string(),
        VerifyScope::Sample(objects) => format!("at most {} of each bucket", counted(objects, "object")),
    };
    let lines = settings.rules.lines.iter();
    let lines: Vec<String> = lines
        .map(|(line, choice)| format!("{line}: {}", choice.title()))
        .collect();
    let chosen = (!lines.is_empty()).then(|| {
        view! {
            <dt>"Chosen for single kinds"</dt>
            <dd>{lines.join("; ")}</dd>
        }
    });
    let noncurrent = if settings.rules.noncurrent {
        "converted too"
    } else {
        "left as they are"
    };
    let rekey = if settings.rules.rekey {
        "put under this plan’s key"
    } else {
        "left under their key"
    };
    view! {
        <section class="stack" aria-label="Settings">
            <h3>"Settings"</h3>
            <dl class="facts">
                <dt>"Method"</dt>
                <dd>{method}</dd>
                {chosen}
                <dt>"Noncurrent versions"</dt>
                <dd>{noncurrent}</dd>
                <dt>"Already under SSE-KMS"</dt>
                <dd>{rekey}</dd>
                <dt>"Share of KMS headroom"</dt>
                <dd>{percent_text(settings.share)} " %"</dd>
                <dt>"KMS calls per object"</dt>
                <dd>{ratio_text(settings.kms_calls_per_object)} ", an assumption"</dd>
                <dt>"Requests in flight"</dt>
                <dd>{grouped(u64::from(settings.in_flight))}</dd>
                <dt>"S3 writes a second, per prefix"</dt>
                <dd>{grouped(settings.s3_writes_per_prefix.floor())} " at most"</dd>
                <dt>"Before an object is converted"</dt>
                <dd>{settings.looks.title()}</dd>
                <dt>"Canaries"</dt>
                <dd>{canaries(settings)}</dd>
                <dt>"When"</dt>
                <dd>{settings.window.to_string()}</dd>
                <dt>"Read back at the end"</dt>
                <dd>{verify}</dd>
            </dl>
        </section>
    }
}

/// What is handed to S3 Batch Operations.
#[component]
fn Jobs(jobs: JobSettings) -> impl IntoView {
    let places = jobs
        .places
        .iter()
        .map(|place| format!("{place} ({})", place.region));
    view! {
        <section class="stack" aria-label="S3 Batch Operations">
            <h3>"S3 Batch Operations"</h3>
            <dl class="facts">
                <dt>"Updates"</dt>
                <dd>"by one job for each bucket; copies stay with this server"</dd>
                <dt>"Role"</dt>
                <dd class="mono break">{jobs.role}</dd>
                <dt>"Lists and reports"</dt>
                <dd class="mono break">{places.collect::<Vec<_>>().join(", ")}</dd>
                <dt>"List of a job"</dt>
                <dd>{jobs.manifest.title()}</dd>
            </dl>
        </section>
    }
}

fn canaries(settings: PlanSettings) -> String {
    match (settings.canary.objects, settings.canary.asks) {
        (0, _) => "none".to_string(),
        (count, false) => format!("{count} of each kind, then the rest"),
        (count, true) => format!("{count} of each kind, then the rest on a word"),
    }
}
