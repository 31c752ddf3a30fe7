//! Labels at the ends of lines: which line is which is said where it ends, not in a legend. Labels that would overlap
//! are moved apart and tied to their line.

use plotters::style::text_anchor::HPos;

use crate::ink::Ink;
use crate::sheet::{Drawn, Layout, Pen};
use crate::text::{self, LINE_PX};

/// A label and the value at which its line ends.
#[derive(Debug)]
pub(crate) struct EndLabel {
    /// Last value of the line.
    pub(crate) value: f64,
    /// The figure.
    pub(crate) figure: String,
    /// What it is of; one short word stands beside the figure, more stands under it.
    pub(crate) name: String,
}

/// Space between the end of a line and its label.
const GAP_PX: f64 = 20.0;

impl EndLabel {
    /// The label of a line that ends at a value.
    pub(crate) fn new(value: f64, figure: String, name: &str) -> Self {
        Self {
            value,
            figure,
            name: name.to_string(),
        }
    }

    /// Names this short stand beside the figure.
    const SHORT: usize = 4;

    /// Lines of the name under the figure.
    fn lines(&self, layout: Layout) -> Vec<String> {
        if self.name.len() <= Self::SHORT {
            Vec::new()
        } else {
            text::wrap(&self.name, layout.pick(150.0, 92.0))
        }
    }

    /// The name beside the figure, and how far from its start.
    fn beside(&self) -> Option<(&str, f64)> {
        (self.name.len() <= Self::SHORT).then(|| (self.name.as_str(), text::width(&self.figure) + 6.0))
    }

    fn height(&self, layout: Layout) -> f64 {
        (1 + self.lines(layout).len()) as f64 * LINE_PX + 3.0
    }

    fn width(&self, layout: Layout) -> f64 {
        let figure = self
            .beside()
            .map_or(text::width(&self.figure), |(name, from)| from + text::width(name));
        self.lines(layout)
            .iter()
            .map(|line| text::width(line))
            .fold(figure, f64::max)
    }
}

/// Width that the labels need to the right of the plot, with their gap.
pub(crate) fn room(labels: &[EndLabel], layout: Layout) -> f64 {
    let widest = labels.iter().map(|label| label.width(layout)).fold(0.0, f64::max);
    (widest + GAP_PX + 2.0).min(layout.width() * 0.4)
}

/// Draws the labels to the right of `x`, between `top` and `bottom` where there is room; `height_of` tells where a
/// value lies.
pub(crate) fn draw(
    pen: &Pen<'_, '_>,
    layout: Layout,
    x: f64,
    (top, bottom): (f64, f64),
    mut labels: Vec<EndLabel>,
    height_of: impl Fn(f64) -> f64,
) -> Drawn {
    labels.sort_by(|a, b| b.value.total_cmp(&a.value));
    let heights: Vec<f64> = labels.iter().map(|label| label.height(layout)).collect();
    let wanted: Vec<f64> = labels.iter().map(|label| height_of(label.value)).collect();
    let middles = spread(&wanted, &heights, top, bottom);
    for ((label, height), (line, middle)) in labels.iter().zip(heights).zip(wanted.iter().zip(middles)) {
        if (middle - line).abs() > LINE_PX / 2.0 {
            let (from, to) = (x + 6.0, x + GAP_PX - 3.0);
            pen.line(Ink::Leader, &[(from, *line), (to, middle)])?;
        }
        let mut y = middle - height / 2.0 + LINE_PX / 2.0 + 1.5;
        pen.text(Ink::Strong, HPos::Left, (x + GAP_PX, y), &label.figure)?;
        if let Some((name, from)) = label.beside() {
            pen.text(Ink::Quiet, HPos::Left, (x + GAP_PX + from, y), name)?;
        }
        for line in label.lines(layout) {
            y += LINE_PX;
            pen.text(Ink::Quiet, HPos::Left, (x + GAP_PX, y), &line)?;
        }
    }
    Ok(())
}

/// Middles as near to `wanted` (ascending) as they can be without overlap, inside `top` to `bottom` if all fit.
fn spread(wanted: &[f64], heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut middles = wanted.to_vec();
    let mut edge = top;
    for (middle, height) in middles.iter_mut().zip(heights) {
        *middle = middle.max(edge + height / 2.0);
        edge = *middle + height / 2.0;
    }
    let mut edge = bottom;
    for (middle, height) in middles.iter_mut().zip(heights).rev() {
        *middle = middle.min(edge - height / 2.0);
        edge = *middle - height / 2.0;
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_apart_and_stay_inside() {
        assert_eq!(spread(&[50.0, 52.0], &[20.0, 20.0], 0.0, 100.0), [50.0, 70.0]);
        assert_eq!(spread(&[98.0, 99.0], &[20.0, 20.0], 0.0, 100.0), [70.0, 90.0]);
        assert_eq!(spread(&[2.0], &[20.0], 0.0, 100.0), [10.0]);
    }
}
