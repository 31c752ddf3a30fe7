//! A number line with ticks of our choice, as plotters wants it. plotters' own floating-point line can bind ticks too,
//! but then refuses to be an axis, and it loops or panics on ranges that are empty or not finite.

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use std::ops::Range;

/// A range and its ticks.
#[derive(Clone, Debug)]
pub(crate) struct Ticked {
    range: (f64, f64),
    ticks: Vec<f64>,
}

impl Ticked {
    /// The line from `range.0` to `range.1`, which is larger.
    pub(crate) fn new(range: (f64, f64), ticks: Vec<f64>) -> Self {
        Self { range, ticks }
    }
}

impl Ranged for Ticked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.range.0) / (self.range.1 - self.range.0);
        limit.0 + (f64::from(limit.1 - limit.0) * share).round() as i32
    }

    /// All ticks when plotters asks for the bold ones, none when it asks for those between.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.0..self.range.1
    }
}
