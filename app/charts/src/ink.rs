//! What a shape is, in place of a colour. plotters hands colours through to the backend, so each ink travels as the
//! red of an otherwise black RGB value and comes out as a class.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};
use plotters_backend::BackendColor;

use crate::text::FONT_PX;

/// Meaning of a stroke, an area or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Axis line and its ticks.
    Axis,
    /// Line across the plot at a tick.
    Grid,
    /// First of six data series.
    Series1,
    /// Second.
    Series2,
    /// Third.
    Series3,
    /// Fourth.
    Series4,
    /// Fifth.
    Series5,
    /// Sixth.
    Series6,
    /// Area between a low and a high estimate.
    Band,
    /// Its borders.
    Edge,
    /// A limit that must not be crossed.
    Quota,
    /// What lies beyond the limit.
    Over,
    /// Stripes laid over an area.
    Stripes,
    /// Dots laid over an area.
    Dots,
    /// Crossed stripes laid over an area.
    Cross,
    /// Line from a point to the label that had to move away from it.
    Leader,
    /// Mark that cuts a bar which is longer than the drawing.
    Break,
    /// Text.
    Label,
    /// Text that explains.
    Quiet,
    /// Text that names or counts.
    Strong,
    /// Text that says a limit is crossed.
    Alarm,
}

impl Ink {
    const ALL: [(Self, &'static str); 21] = [
        (Self::Axis, "axis"),
        (Self::Grid, "grid"),
        (Self::Series1, "series-1"),
        (Self::Series2, "series-2"),
        (Self::Series3, "series-3"),
        (Self::Series4, "series-4"),
        (Self::Series5, "series-5"),
        (Self::Series6, "series-6"),
        (Self::Band, "band"),
        (Self::Edge, "edge"),
        (Self::Quota, "quota"),
        (Self::Over, "over"),
        (Self::Stripes, "stripes"),
        (Self::Dots, "dots"),
        (Self::Cross, "cross"),
        (Self::Leader, "leader"),
        (Self::Break, "break"),
        (Self::Label, "label"),
        (Self::Quiet, "label quiet"),
        (Self::Strong, "label strong"),
        (Self::Alarm, "label strong over"),
    ];

    /// The class that the style sheet knows.
    pub(crate) fn class(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Whether the area is filled by the pattern of this name, which each drawing defines for itself.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        matches!(self, Self::Stripes | Self::Dots | Self::Cross).then(|| self.class())
    }

    /// Which ink a colour stands for.
    pub(crate) fn of(color: BackendColor) -> Self {
        Self::ALL
            .get(usize::from(color.rgb.0))
            .map_or(Self::Label, |(ink, _)| *ink)
    }

    fn color(self) -> RGBColor {
        RGBColor(self as u8, 0, 0)
    }

    /// A line of this ink; its width and dashes are the style sheet's.
    pub(crate) fn line(self) -> ShapeStyle {
        ShapeStyle {
            color: self.color().into(),
            filled: false,
            stroke_width: 1,
        }
    }

    /// An area of this ink.
    pub(crate) fn fill(self) -> ShapeStyle {
        ShapeStyle {
            color: self.color().into(),
            filled: true,
            stroke_width: 0,
        }
    }

    /// A text of this ink that stands at its point as `h` and `v` say.
    pub(crate) fn text(self, h: HPos, v: VPos) -> TextStyle<'static> {
        let font = FontDesc::new(FontFamily::SansSerif, FONT_PX, FontStyle::Normal);
        TextStyle {
            font,
            color: BackendColor {
                alpha: 1.0,
                rgb: (self as u8, 0, 0),
            },
            pos: Pos::new(h, v),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ink_comes_back_from_its_colour() {
        for (index, (ink, _)) in Ink::ALL.iter().enumerate() {
            assert_eq!(*ink as usize, index);
            assert_eq!(
                Ink::of(BackendColor {
                    alpha: 1.0,
                    rgb: (*ink as u8, 0, 0)
                }),
                *ink
            );
        }
    }
}
