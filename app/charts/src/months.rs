//! The months ahead: what storage and requests cost each month with the chosen encryption, between a low and a high
//! estimate, and what they would cost as now. For the costs page.

use model::money::NanoUsd;

use crate::axis::Scale;
use crate::chart::{Chart, Column, Empty, Table};
use crate::figures::{difference, dollars, sentence, short_money};
use crate::ink::Ink;
use crate::labels::{self, EndLabel};
use crate::plane::{Axis, Marker, Plane};
use crate::sheet::{self, Drawn, Layout, Pen, Told};
use crate::text;

/// One month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthPoint {
    /// Year and month: `2026-12`.
    pub month: String,
    /// Low estimate of the chosen configuration.
    pub low: NanoUsd,
    /// The chosen configuration.
    pub chosen: NanoUsd,
    /// High estimate of the chosen configuration.
    pub high: NanoUsd,
    /// The same month without a change of encryption.
    pub as_now: NanoUsd,
}

/// What [`months`] draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthsInput {
    /// What was chosen, in a few words: `SSE-KMS with a Bucket Key`.
    pub chosen_name: String,
    /// Months in order.
    pub points: Vec<MonthPoint>,
    /// Whether a price or count is missing, so that each sum is a lower bound.
    pub at_least: bool,
}

/// Draws the cost of each month ahead.
///
/// # Errors
/// When there is no month, months are not in order, or a low estimate is above its high one.
pub fn months(id: &str, input: &MonthsInput) -> Result<Chart, Empty> {
    let points = &input.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err(Empty::NoFigures);
    };
    if points.windows(2).any(|pair| pair[0].month >= pair[1].month) {
        return Err(Empty::OutOfOrder);
    }
    if points.iter().any(|point| point.low > point.high) {
        return Err(Empty::BandUpsideDown);
    }
    let summary = sentence(&summary(input, last));
    let title = if points.len() == 1 {
        format!("Cost of {}", first.month)
    } else {
        format!("Cost a month, {} to {}", first.month, last.month)
    };
    let told = Told {
        id,
        title: &title,
        summary: &summary,
    };
    let scale = scale(points);
    let svg = sheet::sheets(
        &told,
        |layout| layout.pick(300.0, 290.0),
        |pen, layout| draw(pen, layout, input, last, &scale),
    )?;
    Ok(Chart {
        svg,
        summary,
        table: table(input),
    })
}

fn summary(input: &MonthsInput, last: &MonthPoint) -> String {
    let at_least = if input.at_least { "at least " } else { "" };
    format!(
        "{} costs {at_least}{} in {}, against {} as now: {} a month; the estimate lies between {} and {}.",
        input.chosen_name,
        last.chosen,
        last.month,
        last.as_now,
        difference(last.as_now, last.chosen),
        last.low,
        last.high
    )
}

fn table(input: &MonthsInput) -> Table {
    let rows = input.points.iter().map(|point| {
        let figures = [point.as_now, point.chosen, point.low, point.high].map(|amount| amount.to_string());
        let change = difference(point.as_now, point.chosen);
        std::iter::once(point.month.clone())
            .chain(figures)
            .chain([change])
            .collect()
    });
    let at_least = if input.at_least { ", at least" } else { "" };
    Table {
        caption: format!("Cost a month in US dollars{at_least}"),
        columns: vec![
            Column::words("Month"),
            Column::figures("As now"),
            Column::figures(&input.chosen_name),
            Column::figures("Low estimate"),
            Column::figures("High estimate"),
            Column::figures("Difference"),
        ],
        rows: rows.collect(),
    }
}

/// From zero, unless the lines would then lie on top of each other; the axis title says so in that case.
fn scale(points: &[MonthPoint]) -> Scale {
    let values = || {
        points
            .iter()
            .flat_map(|point| [point.low, point.chosen, point.high, point.as_now])
            .map(dollars)
    };
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    if low > 0.0 && high - low < high * 0.25 {
        let air = ((high - low) * 0.15).max(high * 0.002);
        Scale::around((low - air).max(0.0), high + air, 5)
    } else {
        Scale::around(
            low.min(0.0),
            if high > low { high.max(0.0) } else { high.max(1.0) },
            5,
        )
    }
}

fn draw(pen: &Pen<'_, '_>, layout: Layout, input: &MonthsInput, last: &MonthPoint, scale: &Scale) -> Drawn {
    let points = &input.points;
    let labels = end_labels(&input.chosen_name, last);
    let right = labels::room(&labels, layout);
    let end = (points.len() - 1) as f64;
    let (low, high) = scale.range();
    let writer = scale.writer();
    let note = if low <= 0.0 {
        String::new()
    } else {
        format!(" (axis from {})", writer.dollars(low))
    };
    let x = Axis {
        range: if points.len() == 1 {
            (-1.0, 0.0)
        } else {
            (0.0, end)
        },
        ticks: month_ticks(points, layout.width() - right - 70.0),
        write: &|index| month_at(points, *index),
        title: "month".to_string(),
    };
    let y = Axis {
        range: (low, high),
        ticks: scale.ticks.clone(),
        write: &|value| writer.dollars(*value),
        title: format!("US dollars a month{note}"),
    };
    let mut plane = Plane::draw(pen, layout, x, y, right)?;
    let series = |of: fn(&MonthPoint) -> NanoUsd| -> Vec<(f64, f64)> {
        points
            .iter()
            .enumerate()
            .map(|(index, point)| (index as f64, dollars(of(point))))
            .collect()
    };
    if points.iter().any(|point| point.low < point.high) {
        let (lows, highs) = (series(|point| point.low), series(|point| point.high));
        plane.area(
            Ink::Band,
            highs.iter().chain(lows.iter().rev()).copied().collect(),
        )?;
        plane.line(Ink::Edge, highs)?;
        plane.line(Ink::Edge, lows)?;
    }
    plane.line(Ink::Series5, series(|point| point.as_now))?;
    plane.line(Ink::Series1, series(|point| point.chosen))?;
    plane.mark(pen, Ink::Series5, Marker::Square, (end, dollars(last.as_now)))?;
    plane.mark(pen, Ink::Series1, Marker::Disc, (end, dollars(last.chosen)))?;
    plane.label_ends(pen, layout, end, labels)
}

fn end_labels(chosen_name: &str, last: &MonthPoint) -> Vec<EndLabel> {
    let mut named = vec![(last.chosen, chosen_name), (last.as_now, "as now")];
    if last.low < last.high {
        named.extend([(last.high, "high"), (last.low, "low")]);
    }
    let label = |(amount, name)| EndLabel::new(dollars(amount), short_money(amount), name);
    named.into_iter().map(label).collect()
}

fn month_at(points: &[MonthPoint], index: f64) -> String {
    points
        .get(index.round() as usize)
        .map_or_else(String::new, |point| point.month.clone())
}

/// Every so many months, so that the labels do not touch.
fn month_ticks(points: &[MonthPoint], room: f64) -> Vec<f64> {
    let widest = points
        .iter()
        .map(|point| text::width(&point.month))
        .fold(1.0, f64::max)
        + 14.0;
    let fitting = (room / widest).max(1.0);
    let spaces = points.len().saturating_sub(1).max(1) as f64;
    let step = [1, 2, 3, 6, 12, 24, 60, 120]
        .into_iter()
        .find(|step| spaces / f64::from(*step) <= fitting);
    let step = step.map_or(points.len(), |step| step as usize);
    (0..points.len())
        .step_by(step)
        .map(|index| index as f64)
        .collect()
}
