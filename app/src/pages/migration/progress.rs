//! How far it is: one bar with done, failed and left out, the counts in words, and when it ends.

use super::Now;
use crate::parts::Count;
use leptos::prelude::*;
use model::format::{counted, duration, grouped, percent};
use model::migration::{Live, State};
use model::time::UnixMillis;

/// Counts of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    total: u64,
    done: u64,
    failed: u64,
    left_out: u64,
    gone: u64,
}

impl Counts {
    fn of(live: &Live) -> Self {
        Self {
            total: live.rows_total,
            done: live.tally.done().objects.0,
            failed: live.tally.failed.objects.0,
            left_out: live.tally.untouched().objects.0,
            gone: live.tally.gone.objects.0,
        }
    }

    const fn seen(self) -> u64 {
        self.done + self.failed + self.left_out + self.gone
    }
}

/// A part of the whole as a width: `62.41%`.
fn width(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// The panel.
#[component]
pub(super) fn Progress(now: Now) -> impl IntoView {
    let counts = Memo::new(move |_| now.live.with(Counts::of));
    let part = move |of: fn(Counts) -> u64| move || width(of(counts.get()), counts.get().total);
    let seen = move || counts.get().seen().to_string();
    let spoken = move || {
        let counts = counts.get();
        format!(
            "{} of {} rows worked through",
            grouped(counts.seen()),
            grouped(counts.total)
        )
    };
    // Told in steps of a twentieth, or a screen reader would speak without end.
    let step = Memo::new(move |_| {
        let counts = counts.get();
        (
            counts.seen().saturating_mul(20) / counts.total.max(1),
            counts.failed > 0,
        )
    });
    let told = move || {
        step.track();
        // The counts may be gone a moment before this text is.
        counts.try_get_untracked().map(|counts| {
            format!(
                "{} done, {} failed.",
                percent(counts.seen(), counts.total),
                grouped(counts.failed)
            )
        })
    };
    view! {
        <section class="panel" aria-labelledby="progress">
            <div class="panel-head">
                <h2 id="progress">"Progress"</h2>
                <p>{spoken}</p>
            </div>
            <div class="progress" role="progressbar" aria-labelledby="progress" aria-valuemin="0"
                aria-valuemax=move || counts.get().total.to_string() aria-valuenow=seen aria-valuetext=spoken>
                <span class="progress-done" style:width=part(|counts| counts.done)></span>
                <span class="progress-failed" style:width=part(|counts| counts.failed)></span>
                <span class="progress-left-out" style:width=part(|counts| counts.left_out + counts.gone)></span>
            </div>
            <Key counts/>
            <p class="visually-hidden" aria-live="polite">{told}</p>
            <When now/>
        </section>
    }
}

/// The counts, with the look of their part of the bar.
#[component]
fn Key(counts: Memo<Counts>) -> impl IntoView {
    let entry = move |class: &'static str, title: &'static str, of: fn(Counts) -> u64| {
        let value = Memo::new(move |_| of(counts.get()));
        let share = move || percent(value.get(), counts.get().total);
        view! {
            <li>
                <i class=class></i>
                <span>{title} " " <b>{move || view! { <Count value=value.get()/> }}</b> " " <span class="quiet">{share}</span></span>
            </li>
        }
    };
    view! {
        <ul class="progress-key">
            {entry("progress-done", "Under the key", |counts| counts.done)}
            {entry("progress-failed", "Failed", |counts| counts.failed)}
            {entry("progress-left-out", "Left out", |counts| counts.left_out)}
            {entry("progress-left-out", "Deleted meanwhile", |counts| counts.gone)}
            {entry("", "Not reached", |counts| counts.total.saturating_sub(counts.seen()))}
        </ul>
    }
}

/// Time left as a duration and its end as a clock time; only once both are known.
#[component]
fn When(now: Now) -> impl IntoView {
    let text = Memo::new(move |_| now.live.with(|live| when(live, now.at.get())));
    let reading = Memo::new(move |_| {
        now.live.with(|live| {
            (live.state == State::Verifying).then(|| {
                format!(
                    "Read back: {} of {}.",
                    grouped(live.objects_read_back),
                    counted(live.objects_planned, "object")
                )
            })
        })
    });
    view! {
        <div class="answer-aside">
            <span>{move || text.get()}</span>
            {move || reading.get().map(|reading| view! { <span>{reading}</span> })}
        </div>
    }
}

fn when(live: &Live, at: UnixMillis) -> String {
    if live.state.is_ended() {
        return "It has ended.".to_string();
    }
    let what = if live.state == State::Verifying {
        "read back"
    } else {
        "converted"
    };
    match live.seconds_left {
        Some(seconds) => {
            let millis = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
            let end = UnixMillis(at.0.saturating_add(millis));
            format!(
                "All objects are {what} in about {}, at {end}, at this rate.",
                duration(seconds)
            )
        }
        None if live.state.is_active() => "The end is not known yet.".to_string(),
        None => "No end while nothing moves.".to_string(),
    }
}
