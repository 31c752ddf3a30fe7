//! The rate of a running migration over the last minutes, against its budget of KMS requests. For the migration page,
//! which draws it anew with each report.

use model::format::{rate as rate_text, rate_number};
use model::quantity::RequestsPerSecond;

use crate::axis::Scale;
use crate::chart::{Chart, Column, Empty, Table};
use crate::figures::{per_second, sentence, share};
use crate::ink::Ink;
use crate::labels::{self, EndLabel};
use crate::plane::{Axis, Marker, Plane};
use crate::sheet::{self, Drawn, Layout, Pen, Told};

/// What was measured at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatePoint {
    /// How long ago.
    pub seconds_ago: u32,
    /// Objects converted in a second.
    pub objects: RequestsPerSecond,
    /// Requests to KMS in a second.
    pub kms: RequestsPerSecond,
}

/// What [`rate`] draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateInput {
    /// Points from the oldest to the newest.
    pub points: Vec<RatePoint>,
    /// KMS requests that the migration may make in a second; nothing when no limit is known.
    pub budget: Option<RequestsPerSecond>,
}

/// Draws the last minutes.
///
/// # Errors
/// When there is no point, or points are not in the order of time.
pub fn rate(id: &str, input: &RateInput) -> Result<Chart, Empty> {
    let (Some(oldest), Some(newest)) = (input.points.first(), input.points.last()) else {
        return Err(Empty::NoFigures);
    };
    if input
        .points
        .windows(2)
        .any(|pair| pair[0].seconds_ago <= pair[1].seconds_ago)
    {
        return Err(Empty::OutOfOrder);
    }
    let summary = sentence(&summary(input, *newest));
    let told = Told {
        id,
        title: "Rate over the last minutes",
        summary: &summary,
    };
    let svg = sheet::sheets(
        &told,
        |layout| layout.pick(240.0, 240.0),
        |pen, layout| draw(pen, layout, input, *oldest, *newest),
    )?;
    Ok(Chart {
        svg,
        summary,
        table: table(input),
    })
}

fn summary(input: &RateInput, newest: RatePoint) -> String {
    let now = format!(
        "{} objects/s and {} to KMS",
        rate_number(newest.objects),
        rate_text(newest.kms)
    );
    match input.budget {
        None => format!("{now}; no budget is known."),
        Some(budget) if newest.kms > budget => {
            let over = newest.kms.saturating_sub(budget);
            format!(
                "{now}: over the budget of {} by {}/s.",
                rate_text(budget),
                rate_number(over)
            )
        }
        Some(budget) => format!(
            "{now}: {} of the budget of {}.",
            share(newest.kms, budget),
            rate_text(budget)
        ),
    }
}

fn table(input: &RateInput) -> Table {
    let budget = input.budget.map_or_else(|| "–".to_string(), rate_number);
    let row = |point: &RatePoint| {
        vec![
            point.seconds_ago.to_string(),
            rate_number(point.objects),
            rate_number(point.kms),
            budget.clone(),
        ]
    };
    Table {
        caption: "Rate over the last minutes".to_string(),
        columns: vec![
            Column::figures("Seconds ago"),
            Column::figures("Objects/s"),
            Column::figures("KMS requests/s"),
            Column::figures("Budget, KMS requests/s"),
        ],
        rows: input.points.iter().map(row).collect(),
    }
}

fn draw(pen: &Pen<'_, '_>, layout: Layout, input: &RateInput, oldest: RatePoint, newest: RatePoint) -> Drawn {
    let highest = input
        .points
        .iter()
        .flat_map(|point| [point.objects, point.kms])
        .chain(input.budget)
        .max();
    let scale = Scale::from_zero(highest.map_or(0.0, per_second) * 1.02, 4);
    let writer = scale.writer();
    let labels = end_labels(newest, input.budget);
    let right = labels::room(&labels, layout);
    let (start, end) = (-f64::from(oldest.seconds_ago), -f64::from(newest.seconds_ago));
    let start = if start < end { start } else { end - 1.0 };
    let step = time_step(end - start, layout.pick(6.0, 4.0));
    let in_minutes = step % 60.0 == 0.0;
    let x = Axis {
        range: (start, end),
        ticks: time_ticks(start, end, step),
        write: &|value| ago(-value, in_minutes),
        title: if in_minutes { "minutes ago" } else { "seconds ago" }.to_string(),
    };
    let (low, high) = scale.range();
    let y = Axis {
        range: (low, high),
        ticks: scale.ticks.clone(),
        write: &|value| writer.number(*value),
        title: "per second".to_string(),
    };
    let mut plane = Plane::draw(pen, layout, x, y, right)?;
    let series = |of: fn(&RatePoint) -> RequestsPerSecond| -> Vec<(f64, f64)> {
        input
            .points
            .iter()
            .map(|point| (-f64::from(point.seconds_ago), per_second(of(point))))
            .collect()
    };
    if let Some(budget) = input.budget.map(per_second) {
        plane.line(Ink::Quota, vec![(start, budget), (end, budget)])?;
    }
    plane.line(Ink::Series1, series(|point| point.kms))?;
    plane.line(Ink::Series2, series(|point| point.objects))?;
    plane.mark(pen, Ink::Series1, Marker::Disc, (end, per_second(newest.kms)))?;
    plane.mark(
        pen,
        Ink::Series2,
        Marker::Square,
        (end, per_second(newest.objects)),
    )?;
    plane.label_ends(pen, layout, end, labels)
}

fn end_labels(newest: RatePoint, budget: Option<RequestsPerSecond>) -> Vec<EndLabel> {
    let named = [
        (Some(newest.kms), "KMS requests"),
        (Some(newest.objects), "objects"),
        (budget, "budget"),
    ];
    let label = |(rate, name): (Option<RequestsPerSecond>, &str)| {
        rate.map(|rate| EndLabel::new(per_second(rate), rate_number(rate), name))
    };
    named.into_iter().filter_map(label).collect()
}

/// Round distance in seconds between ticks, so that at most `spaces` lie in the span.
fn time_step(span: f64, spaces: f64) -> f64 {
    let steps = [
        1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0,
    ];
    let found = steps.into_iter().find(|step| span / step <= spaces);
    found.unwrap_or_else(|| (span / spaces / 3600.0).ceil() * 3600.0)
}

/// Ticks at whole multiples of the step, counted back from now.
fn time_ticks(start: f64, end: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((start / step).ceil() as i64, (end / step).floor() as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

fn ago(seconds: f64, in_minutes: bool) -> String {
    let value = if in_minutes { seconds / 60.0 } else { seconds };
    if value == 0.0 {
        "now".to_string()
    } else {
        format!("{value:.0}")
    }
}
