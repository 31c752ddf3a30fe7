//! Level bars one under another, a row for each Region: where names, bars and words stand, and bars made of parts that
//! a pattern tells apart besides hue.

use plotters::style::text_anchor::HPos;

use crate::ink::Ink;
use crate::sheet::{Drawn, Layout, Pen};
use crate::text;

/// How a part of a bar is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    /// Its series.
    pub(crate) ink: Ink,
    /// What is laid over it.
    pub(crate) pattern: Option<Ink>,
}

/// Thickness of a bar.
pub(crate) const BAR_PX: f64 = 22.0;
const SWATCH_PX: f64 = 12.0;
/// The least width of a part that is not nothing.
const TRACE_PX: f64 = 1.5;

/// Draws a part of a bar from `left` to `right`, never so narrow that it vanishes.
pub(crate) fn part(
    pen: &Pen<'_, '_>,
    fill: Fill,
    (left, right): (f64, f64),
    (top, height): (f64, f64),
) -> Drawn {
    let right = right.max(left + TRACE_PX);
    // A hair's breadth between parts, so that they are told apart by a border too.
    let edge = if right - left > 3.0 { right - 1.0 } else { right };
    pen.rect(fill.ink, (left, top), (edge, top + height))?;
    match fill.pattern {
        Some(pattern) if edge - left > 2.0 => pen.rect(pattern, (left, top), (edge, top + height)),
        _ => Ok(()),
    }
}

/// A sample of a fill and what it stands for.
#[derive(Debug)]
pub(crate) struct Key {
    /// Fill.
    pub(crate) fill: Fill,
    /// Meaning.
    pub(crate) text: String,
}

impl Key {
    fn width(&self) -> f64 {
        SWATCH_PX + 6.0 + text::width(&self.text) + 14.0
    }
}

/// Breaks keys into lines no wider than `room`.
pub(crate) fn key_lines(keys: Vec<Key>, room: f64) -> Vec<Vec<Key>> {
    let mut lines: Vec<Vec<Key>> = Vec::new();
    let mut used = 0.0;
    for key in keys {
        used += key.width();
        match lines.last_mut() {
            Some(line) if used <= room + 14.0 => line.push(key),
            _ => {
                used = key.width();
                lines.push(vec![key]);
            }
        }
    }
    lines
}

/// Draws one line of keys from a point on, their middle at its height.
pub(crate) fn keys(pen: &Pen<'_, '_>, (mut x, y): (f64, f64), keys: &[Key]) -> Drawn {
    for key in keys {
        part(
            pen,
            key.fill,
            (x, x + SWATCH_PX + 1.0),
            (y - SWATCH_PX / 2.0, SWATCH_PX),
        )?;
        pen.text(Ink::Label, HPos::Left, (x + SWATCH_PX + 6.0, y), &key.text)?;
        x += key.width();
    }
    Ok(())
}

/// Where the bars begin and end, with so much room beside them. Names stand to their left, on a phone above them.
pub(crate) fn bar_extent(layout: Layout, right: f64) -> (f64, f64) {
    (layout.pick(116.0, 1.0), layout.width() - right)
}
