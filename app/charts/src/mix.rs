//! The encryption mix: how the objects of each Region are encrypted, as one bar of shares. For the
//! overview page.

use model::format::{self, counted};
use model::inventory::{EncryptionStatus, Region};
use model::quantity::Objects;
use plotters::style::text_anchor::HPos;

use crate::chart::{Chart, Column, Empty, Table};
use crate::figures::sentence;
use crate::ink::Ink;
use crate::parts::{Mix, ORDER, name};
use crate::rows::{self, BAR_PX};
use crate::sheet::{self, Drawn, Layout, Pen, Told};
use crate::text::LINE_PX;

/// The objects of one Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixRow {
    /// Region; nothing when the source does not say.
    pub region: Option<Region>,
    /// Objects by encryption, in any order; a status may come more than once.
    pub parts: Vec<(EncryptionStatus, Objects)>,
}

/// What [`mix`] draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixInput {
    /// Regions in the order in which they are shown.
    pub rows: Vec<MixRow>,
}

fn region_name(row: &MixRow) -> String {
    row.region
        .as_ref()
        .map_or_else(|| "Region unknown".to_string(), ToString::to_string)
}

/// Draws the mix of each Region.
///
/// # Errors
/// When there is no Region, or none has an object.
pub fn mix(id: &str, input: &MixInput) -> Result<Chart, Empty> {
    let mixes: Vec<Mix> = input.rows.iter().map(|row| Mix::of(&row.parts)).collect();
    let all: Vec<_> = input
        .rows
        .iter()
        .flat_map(|row| row.parts.iter().copied())
        .collect();
    let all = Mix::of(&all);
    if all.total.is_zero() {
        return Err(Empty::NoFigures);
    }
    let regions = counted(input.rows.len() as u64, "Region");
    let objects = counted(all.total.0, "object");
    let summary = sentence(&format!("Of {objects} in {regions}: {}.", all.words()));
    let told = Told {
        id,
        title: "Objects by encryption, by Region",
        summary: &summary,
    };
    let height = |layout| mixes.iter().map(|mix| row_height(layout, mix)).sum();
    let svg = sheet::sheets(&told, height, |pen, layout| {
        draw(pen, layout, &input.rows, &mixes)
    })?;
    Ok(Chart {
        svg,
        summary,
        table: table(input, &mixes),
    })
}

fn table(input: &MixInput, mixes: &[Mix]) -> Table {
    let shown: Vec<EncryptionStatus> = ORDER.iter().map(|part| part.0).collect();
    let shown: Vec<_> = shown
        .into_iter()
        .filter(|status| {
            mixes
                .iter()
                .any(|mix| mix.parts.iter().any(|part| part.0 == *status))
        })
        .collect();
    let row = |(row, mix): (&MixRow, &Mix)| {
        let cells = shown.iter().flat_map(|status| {
            let objects = mix
                .parts
                .iter()
                .find(|part| part.0 == *status)
                .map_or(Objects::ZERO, |part| part.2);
            [format::grouped(objects.0), mix.share(objects)]
        });
        [region_name(row), format::grouped(mix.total.0)]
            .into_iter()
            .chain(cells)
            .collect()
    };
    let columns = shown.iter().flat_map(|status| {
        [
            Column::figures(name(*status)),
            Column::figures(&format!("{}, share", name(*status))),
        ]
    });
    Table {
        caption: "Objects by encryption".to_string(),
        columns: [Column::words("Region"), Column::figures("Objects")]
            .into_iter()
            .chain(columns)
            .collect(),
        rows: input.rows.iter().zip(mixes).map(row).collect(),
    }
}

fn key_room(layout: Layout) -> f64 {
    let (left, right) = rows::bar_extent(layout, 1.0);
    right - left
}

fn row_height(layout: Layout, mix: &Mix) -> f64 {
    let lines = rows::key_lines(mix.keys(), key_room(layout)).len().max(1);
    head_height(layout) + BAR_PX + 8.0 + lines as f64 * (LINE_PX + 3.0) + 12.0
}

/// Above the bar: wide nothing, narrow the name of the Region.
fn head_height(layout: Layout) -> f64 {
    layout.pick(2.0, 24.0)
}

fn draw(pen: &Pen<'_, '_>, layout: Layout, rows: &[MixRow], mixes: &[Mix]) -> Drawn {
    let (left, right) = rows::bar_extent(layout, 1.0);
    let mut next = 0.0;
    for (row, mix) in rows.iter().zip(mixes) {
        let top = next + head_height(layout);
        next += row_height(layout, mix);
        let count = format!("{} objects", format::short_count(mix.total.0));
        let name = region_name(row);
        match layout {
            Layout::Wide | Layout::Medium => {
                pen.text(Ink::Strong, HPos::Left, (0.0, top + BAR_PX / 2.0), &name)?;
                pen.text(Ink::Quiet, HPos::Left, (0.0, top + BAR_PX + 15.0), &count)?;
            }
            Layout::Narrow => {
                pen.text(Ink::Strong, HPos::Left, (0.0, top - 13.0), &name)?;
                pen.text(
                    Ink::Quiet,
                    HPos::Right,
                    (layout.width() - 2.0, top - 13.0),
                    &count,
                )?;
            }
        }
        mix.draw(pen, (left, right), (top, BAR_PX))?;
        for (line, keys) in rows::key_lines(mix.keys(), key_room(layout)).iter().enumerate() {
            rows::keys(
                pen,
                (left, top + BAR_PX + 15.0 + line as f64 * (LINE_PX + 3.0)),
                keys,
            )?;
        }
    }
    Ok(())
}
