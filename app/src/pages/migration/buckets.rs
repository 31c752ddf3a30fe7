//! The buckets of a migration: their counts, and for each the steps from the default encryption to the reading back.

use crate::backend::BucketRow;
use crate::parts::{Count, TableScroll};
use leptos::prelude::*;
use model::format::{counted, grouped};
use model::migration::{Setting, State};
use model::time::UnixMillis;

/// With more buckets than this, only the one that is worked on stands open.
const OPEN: usize = 5;

/// Counts of all buckets, then the steps of each.
#[component]
pub(super) fn Buckets(
    rows: Vec<BucketRow>,
    /// State of the migration.
    state: State,
    /// When these counts held: those above them go on with the stream.
    at: UnixMillis,
) -> impl IntoView {
    let all_open = rows.len() <= OPEN;
    let steps = rows.iter().map(|row| steps(row, all_open, state)).collect_view();
    let as_of = (!state.is_ended()).then(|| {
        let at = at.civil();
        let clock = format!("As of {:02}:{:02}:{:02} UTC.", at.hour, at.minute, at.second);
        view! { <p>{clock}</p> }
    });
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <section class="panel" aria-labelledby="buckets">
            <div class="panel-head"><h2 id="buckets">"Buckets"</h2>{as_of}</div>
            {steps}
            <TableScroll label="Counts by bucket">
                <table class="data">
                    <caption class="visually-hidden">"Counts by bucket"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Bucket"</th>
                            <th scope="col" class="num">"Rows"</th>
                            <th scope="col" class="num">"Under the key"</th>
                            <th scope="col" class="num">"Failed"</th>
                            <th scope="col" class="num">"Deleted meanwhile"</th>
                            <th scope="col" class="num">"Left out"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableScroll>
        </section>
    }
}

fn row(row: BucketRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.bucket}</th>
            <td class="num"><Count value=row.rows/></td>
            <td class="num"><Count value=row.done.0/></td>
            <td class="num"><Count value=row.failed.0/></td>
            <td class="num"><Count value=row.gone.0/></td>
            <td class="num"><Count value=row.left_out.0/></td>
        </tr>
    }
}

/// How far a step of a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Open,
    Now,
    Done,
}

impl Step {
    /// The same in a migration that goes on with nothing any more.
    fn ended(self, ended: bool) -> Self {
        match self {
            Self::Now if ended => Self::Open,
            step => step,
        }
    }

    const fn of(begun: bool, done: bool) -> Self {
        match (begun, done) {
            (_, true) => Self::Done,
            (true, false) => Self::Now,
            (false, false) => Self::Open,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Now => "phase-now",
            Self::Done => "phase-done",
        }
    }
}

/// What became of the bucket's default encryption.
fn default_words(row: &BucketRow, ended: bool) -> String {
    let put_back = row
        .settings
        .iter()
        .any(|(setting, _)| *setting == Setting::DefaultRestored);
    match (&row.previous_default, row.default_set) {
        (Some(previous), true) if put_back => format!(
            "Default encryption: was {previous}, then SSE-KMS under {}; put back since",
            row.key
        ),
        (None, false) if ended => "Default encryption: not looked at".to_string(),
        (None, false) => "Default encryption: not looked at yet".to_string(),
        (None, true) => format!("Default encryption: was SSE-KMS under {} already", row.key),
        (Some(previous), false) if ended => format!("Default encryption: {previous}; not replaced"),
        (Some(previous), false) => format!("Default encryption: {previous}; about to be replaced"),
        (Some(previous), true) => format!(
            "Default encryption: was {previous}; now SSE-KMS under {}",
            row.key
        ),
    }
}

fn steps(row: &BucketRow, all_open: bool, state: State) -> impl IntoView + use<> {
    let ended = state.is_ended();
    let seen = row.done.0 + row.failed.0 + row.gone.0 + row.left_out.0;
    let all = seen >= row.rows;
    let begun = row.previous_default.is_some();
    let default = default_words(row, ended);
    let proof = row.proof.clone().map(|proof| {
        view! {
            <details>
                <summary>"What was read back"</summary>
                <div class="small break">{proof}</div>
            </details>
        }
    });
    let proved = row.proof.is_some();
    let method = match (proved, ended) {
        (true, _) => "Method proved on a first object",
        (false, true) => "No method was proved",
        (false, false) => "Method not proved yet",
    };
    let canary = row.canary.clone().map(
        |canary| view! { <li class=Step::Done.class()><span class="break">"Canaries: " {canary}</span></li> },
    );
    let job = row.job.clone().map(|job| {
        let step = Step::of(true, all).ended(ended);
        view! { <li class=step.class()><span class="break">{job}</span></li> }
    });
    let converted = format!("{} of {} worked through", grouped(seen), counted(row.rows, "row"));
    let read_back = if row.verified.is_some() {
        row.sentence.clone()
    } else {
        if ended {
            "Not read back"
        } else {
            "Not read back yet"
        }
        .to_string()
    };
    let item = |step: Step, text: String| view! { <li class=step.ended(ended).class()><span class="break">{text}</span></li> };
    view! {
        <details open=all_open || (begun && row.verified.is_none())>
            <summary class="break"><b>{row.bucket.clone()}</b></summary>
            <ol class="phases">
                {item(Step::of(begun, row.default_set), default)}
                <li class=Step::of(row.default_set, proved).ended(ended).class()><div class="break">{method} {proof}</div></li>
                {canary}
                {job}
                {item(Step::of(proved || seen > 0, all), converted)}
                {item(Step::of(all, row.verified.is_some()), read_back)}
            </ol>
        </details>
    }
}
