//! The tables of a report.

use crate::backend::{LogLine, SettingRow};
use crate::parts::TableScroll;
use leptos::prelude::*;
use model::format::{counted, grouped};
use model::inventory::SourceKind;
use model::method;
use model::migration::{Amount, BucketSummary, Exception, LaterCounts, ReadBack, Setting};
use model::quantity::Objects;
use std::collections::BTreeMap;

/// Exceptions on the page; the files have all of them.
const LISTED: usize = 1000;

/// A part of the report with a table.
#[component]
fn Part(
    id: &'static str,
    title: String,
    note: &'static str,
    /// Head of each column, and whether it holds figures.
    columns: Vec<(&'static str, bool)>,
    /// The table's rows.
    children: Children,
) -> impl IntoView {
    let head = |(title, figures): (&'static str, bool)| {
        let class = if figures { "num" } else { "" };
        view! { <th scope="col" class=class>{title}</th> }
    };
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel-head"><h2 id=id>{title.clone()}</h2><p>{note}</p></div>
            <TableScroll label=title.clone()>
                <table class="data">
                    <caption class="visually-hidden">{title}</caption>
                    <thead><tr>{columns.into_iter().map(head).collect_view()}</tr></thead>
                    <tbody>{children()}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

/// Counts by bucket and outcome.
#[component]
pub(super) fn Buckets(buckets: Vec<BucketSummary>) -> impl IntoView {
    let columns = vec![
        ("Bucket", false),
        ("To convert", true),
        ("Converted", true),
        ("Failed", true),
        ("Deleted meanwhile", true),
        ("Left out", true),
        ("Not reached", true),
        ("Rows", true),
        ("Read back", true),
    ];
    let read_back = |read: Option<ReadBack>| match read {
        Some(read) => format!(
            "{} of {}",
            grouped(read.met),
            grouped(read.checked.saturating_sub(read.gone))
        ),
        None => "not done".to_string(),
    };
    let row = move |bucket: BucketSummary| {
        let tally = &bucket.tally;
        let counts = [
            bucket.planned,
            tally.done().objects,
            tally.failed.objects,
            tally.gone.objects,
            tally.untouched().objects,
            Objects(bucket.rows_not_reached()),
        ];
        let cells = counts.map(|count| view! { <td class="num">{grouped(count.0)}</td> });
        let with = if bucket.bucket_key { "with" } else { "without" };
        let words = format!("{}, {with} a Bucket Key. {}", bucket.region, bucket.sentence);
        view! {
            <tr>
                <th scope="row">{bucket.bucket}</th>
                {cells.into_iter().collect_view()}
                <td class="num">{grouped(bucket.rows)}</td>
                <td class="num">{read_back(bucket.read_back)}</td>
            </tr>
            <tr>
                <td colspan="9" class="break quiet">{words}</td>
            </tr>
        }
    };
    view! {
        <Part id="report-buckets" title="Buckets".to_string() note="Every row of an inventory has exactly one outcome, or was not reached." columns=columns>
            {buckets.into_iter().map(row).collect_view()}
        </Part>
    }
}

/// What was not touched, by reason.
#[component]
pub(super) fn LeftOut(left_out: BTreeMap<method::LeftOut, Amount>) -> impl IntoView {
    let row = |(reason, amount): (method::LeftOut, Amount)| {
        view! {
            <tr>
                <td class="num">{grouped(amount.objects.0)}</td>
                <td class="words">{reason.reason()}</td>
                <td class="words">{reason.remedy()}</td>
            </tr>
        }
    };
    let columns = vec![("Objects", true), ("Why", false), ("What to do", false)];
    (!left_out.is_empty()).then(|| {
        view! {
            <Part id="report-left-out" title="Left out".to_string() note="Not touched by this migration." columns=columns>
                {left_out.into_iter().map(row).collect_view()}
            </Part>
        }
    })
}

/// Every object that is not as the plan wanted it.
#[component]
pub(super) fn Exceptions(
    exceptions: Vec<Exception>,
    /// Those that reading back counted only.
    not_named: u64,
    /// Whether nothing more comes.
    ended: bool,
    /// Whether something of every bucket was read back.
    read_back: bool,
) -> impl IntoView {
    let total = exceptions.len() as u64 + not_named;
    if total == 0 {
        let found = match (ended, read_back) {
            (true, true) => "No object failed, and none reads back as something else.",
            (true, false) => "No object failed. Not every bucket was read back.",
            (false, _) => "No object has failed so far. Not every bucket is read back yet.",
        };
        return view! {
            <section class="panel" aria-labelledby="report-exceptions">
                <h2 id="report-exceptions">{if ended { "No exceptions" } else { "No exceptions so far" }}</h2>
                <p>{found}</p>
            </section>
        }
        .into_any();
    }
    let row = |one: Exception| {
        let version = one.version_id.map(|version| format!(" (version {version})"));
        view! {
            <tr>
                <td class="words break"><code>{one.bucket} "/" {one.key}</code>{version}</td>
                <td>{one.cause.title()}</td>
                <td class="words">{one.message}</td>
                <td>{one.found_in.title()}</td>
            </tr>
        }
    };
    let more = (exceptions.len().saturating_sub(LISTED)) as u64;
    let rest = |text: String| view! { <tr><td colspan="4">{text}</td></tr> };
    let columns = vec![
        ("Object", false),
        ("Cause", false),
        ("Message", false),
        ("Found in", false),
    ];
    view! {
        <Part id="report-exceptions" title=counted(total, "exception") note="Objects that are not as the plan wanted them." columns=columns>
            {exceptions.into_iter().take(LISTED).map(row).collect_view()}
            {(more > 0).then(|| rest(format!("and {} more, which are in the CSV and the JSON.", grouped(more))))}
            {(not_named > 0).then(|| rest(format!("and {} more that reading back counted and did not name.", grouped(not_named))))}
        </Part>
    }
    .into_any()
}

/// Default encryption before and after.
#[component]
pub(super) fn Settings(rows: Vec<SettingRow>) -> impl IntoView {
    let row = |row: SettingRow| {
        let in_force = match (row.is_restored, row.is_set) {
            (true, _) => "no, the one before is put back",
            (false, true) => "yes, read back",
            (false, false) => "not seen",
        };
        view! {
            <tr>
                <th scope="row">{row.bucket}</th>
                <td class="words break">{row.before}</td>
                <td class="words break">{row.after}</td>
                <td class="words">{in_force}</td>
            </tr>
        }
    };
    let columns = vec![
        ("Bucket", false),
        ("Before", false),
        ("After", false),
        ("In force", false),
    ];
    (!rows.is_empty()).then(|| {
        view! {
            <Part id="report-settings" title="Default encryption".to_string() note="Settings that were changed." columns=columns>
                {rows.into_iter().map(row).collect_view()}
            </Part>
        }
    })
}

/// What showed that a method works, that the canaries came through, and that a later setting holds.
#[component]
pub(super) fn Proofs(buckets: Vec<BucketSummary>) -> impl IntoView {
    let rows: Vec<_> = buckets.into_iter().flat_map(proofs).collect();
    let columns = vec![("Bucket", false), ("Of what", false), ("What was seen", false)];
    (!rows.is_empty()).then(|| {
        view! {
            <Part id="report-proofs" title="Proofs".to_string() note="Each method was seen to work on one object before the next was touched; each setting was read back." columns=columns>
                {rows}
            </Part>
        }
    })
}

fn proofs(bucket: BucketSummary) -> Vec<impl IntoView + use<>> {
    let methods = bucket.proofs.into_iter();
    let methods = methods.map(|(method, evidence)| (method.title(), evidence));
    let canaries = bucket.canary.into_iter().map(|evidence| ("Canaries", evidence));
    let settings = bucket.settings.into_iter().map(|(setting, evidence)| {
        let title = match setting {
            Setting::KeyDeletion => "Key on its way to be deleted",
            Setting::KeyKept => "Key kept",
            Setting::Enforcement => "Uploads held to the key",
            Setting::EnforcementReleased => "Uploads let go again",
            Setting::DefaultRestored => "Default encryption put back",
        };
        (title, evidence)
    });
    let name = bucket.bucket;
    let row = |(title, evidence): (&'static str, String)| {
        view! {
            <tr>
                <th scope="row">{name.clone()}</th>
                <td>{title}</td>
                <td class="words break">{evidence}</td>
            </tr>
        }
    };
    methods.chain(canaries).chain(settings).map(row).collect()
}

/// The buckets in sources that were taken after the end.
#[component]
pub(super) fn Later(
    counts: Vec<LaterCounts>,
    ended: bool,
    /// Where the report's files are.
    api: String,
) -> impl IntoView {
    if counts.is_empty() {
        return ended.then(|| {
            view! {
                <section class="panel" aria-labelledby="report-later">
                    <h2 id="report-later">"No later inventory yet"</h2>
                    <p>"Import an inventory that was taken after the end, and this report compares with it."</p>
                </section>
            }
        })
        .into_any();
    }
    let row = |one: LaterCounts| {
        view! {
            <tr>
                <th scope="row">{one.bucket.clone()}</th>
                <td class="nowrap">{one.as_of.to_string()}</td>
                <td class="nowrap">{one.kind.title()}</td>
                <td class="mono nowrap">{one.snapshot.to_string()}</td>
                <td class="words">{one.sentence()}</td>
            </tr>
        }
    };
    let otherwise = |one: &LaterCounts| one.kind == SourceKind::Inventory && !one.others.is_empty();
    let names = counts.iter().any(otherwise).then(|| {
        view! {
            <p class="small"><a href=format!("{api}/later.csv") download="later.csv" rel="external">"Objects of the plan that they list under something else than KMS, as CSV"</a></p>
        }
    });
    let columns = vec![
        ("Bucket", false),
        ("As of", false),
        ("Source", false),
        ("Snapshot", false),
        ("Encryption", false),
    ];
    view! {
        <Part id="report-later" title="Later inventories".to_string()
            note="They do not say under which key an object is: that only reading back shows. Objects written since count too." columns=columns>
            {counts.into_iter().map(row).collect_view()}
        </Part>
        {names}
    }
    .into_any()
}

/// What happened, oldest first.
#[component]
pub(super) fn History(lines: Vec<LogLine>, left_away: u64) -> impl IntoView {
    let row = |line: LogLine| {
        view! {
            <tr>
                <td class="num">{grouped(line.seq)}</td>
                <td class="nowrap">{line.at.to_iso()}</td>
                <td class="words break">{line.text}</td>
            </tr>
        }
    };
    let more = (left_away > 0).then(|| {
        let text = format!("and {} more, which are in the JSON.", grouped(left_away));
        view! { <tr><td colspan="3">{text}</td></tr> }
    });
    let columns = vec![("Entry", true), ("Time (UTC)", false), ("What", false)];
    (!lines.is_empty()).then(|| {
        view! {
            <Part id="report-history" title="History".to_string() note="Every command and what followed; batches are in the counts." columns=columns>
                {lines.into_iter().map(row).collect_view()}
                {more}
            </Part>
        }
    })
}
