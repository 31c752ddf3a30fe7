//! One drawing: its `<svg>` element with title, description and patterns, and a pen that draws through plotters in the
//! units of the drawing. Every chart draws on three sheets, so that its text keeps its size.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};
use std::convert::Infallible;
use std::fmt::Write;

use crate::backend::{SvgBackend, tenths};
use crate::chart::Empty;
use crate::ink::Ink;
use crate::text;

/// What plotters says after each stroke.
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;

/// The whole sheet, in tenths of its units.
pub(crate) type Area<'a> = DrawingArea<SvgBackend<'a>, Shift>;

/// Which of the three drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// 960 units, for a figure of 840 px and more.
    Wide,
    /// 640 units, for a figure beside something else.
    Medium,
    /// 360 units, for a phone.
    Narrow,
}

impl Layout {
    const ALL: [Self; 3] = [Self::Wide, Self::Medium, Self::Narrow];

    /// The word in its class and its ids.
    fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Medium => "medium",
            Self::Narrow => "narrow",
        }
    }

    /// Width of the drawing in units, which are CSS pixels where the figure is as wide as the drawing.
    pub(crate) fn width(self) -> f64 {
        match self {
            Self::Wide => 960.0,
            Self::Medium => 640.0,
            Self::Narrow => 360.0,
        }
    }

    /// The value for this drawing: one for a phone, another for the rest.
    pub(crate) fn pick<T>(self, roomy: T, narrow: T) -> T {
        if self == Self::Narrow { narrow } else { roomy }
    }
}

/// What a reader is told of a chart besides the drawing.
pub(crate) struct Told<'a> {
    /// Unique on the page.
    pub(crate) id: &'a str,
    /// A few words.
    pub(crate) title: &'a str,
    /// A sentence with the key figures.
    pub(crate) summary: &'a str,
}

/// Patterns that tell areas apart without hue, in the drawing that uses them: a pattern of another drawing vanishes
/// with it when that one is not shown.
const PATTERNS: [(&str, &str, &str); 3] = [
    ("stripes", "6", "M-1 7L7 -1M-1 1L1 -1M5 7L7 5"),
    ("dots", "5", "M1.5 2.5h2"),
    (
        "cross",
        "6",
        "M-1 7L7 -1M-1 -1L7 7M-1 1L1 -1M5 7L7 5M5 -1L7 1M-1 5L1 7",
    ),
];

/// Draws a chart on every sheet.
pub(crate) fn sheets(
    told: &Told<'_>,
    height: impl Fn(Layout) -> f64,
    draw: impl Fn(&Pen<'_, '_>, Layout) -> Drawn,
) -> Result<String, Empty> {
    let mut svg = String::with_capacity(8192);
    for layout in Layout::ALL {
        let id = format!("{}-{}", plain_id(told.id), layout.name());
        let size = (layout.width(), height(layout));
        let start = svg.len();
        open(&mut svg, told, &id, layout, size);
        {
            let area = SvgBackend::new(&mut svg, &id, size).into_drawing_area();
            draw(&Pen { area: &area }, layout).map_err(|_| Empty::NotDrawable)?;
        }
        define_patterns(&mut svg, start, &id);
        svg.push_str("</svg>");
    }
    Ok(svg)
}

/// Draws a small picture that needs no id; its title is all that is told.
pub(crate) fn spark(
    title: &str,
    size: (f64, f64),
    draw: impl FnOnce(&Pen<'_, '_>) -> Drawn,
) -> Result<String, Empty> {
    let mut svg = String::with_capacity(768);
    let _ = write!(
        svg,
        "<svg class=\"drawing spark\" viewBox=\"0 0 {} {}\" role=\"img\"><title>",
        size.0, size.1
    );
    text::escape(title, &mut svg);
    svg.push_str("</title>");
    {
        let area = SvgBackend::new(&mut svg, "", size).into_drawing_area();
        draw(&Pen { area: &area }).map_err(|_| Empty::NotDrawable)?;
    }
    svg.push_str("</svg>");
    Ok(svg)
}

fn open(svg: &mut String, told: &Told<'_>, id: &str, layout: Layout, (width, height): (f64, f64)) {
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawing chart-{}\" viewBox=\"0 0 {width} {height}\" \
         font-size=\"{}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">",
        layout.name(),
        text::FONT_PX
    );
    text::escape(told.title, svg);
    let _ = write!(svg, "</title><desc id=\"{id}-desc\">");
    text::escape(told.summary, svg);
    svg.push_str("</desc>");
}

/// Adds the patterns that the drawing from `start` on uses.
fn define_patterns(svg: &mut String, start: usize, id: &str) {
    for (name, size, path) in PATTERNS {
        if svg[start..].contains(&format!("url(#{id}-{name})")) {
            let _ = write!(
                svg,
                "<defs><pattern id=\"{id}-{name}\" width=\"{size}\" height=\"{size}\" \
                 patternUnits=\"userSpaceOnUse\"><path d=\"{path}\" class=\"pattern\"/></pattern></defs>"
            );
        }
    }
}

/// The caller's id with nothing in it that would end an attribute or split a list of ids.
fn plain_id(id: &str) -> String {
    id.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '_' {
                letter
            } else {
                '-'
            }
        })
        .collect()
}

/// Draws through plotters, in the units of the drawing.
#[derive(Clone, Copy)]
pub(crate) struct Pen<'p, 'a> {
    /// The whole sheet.
    pub(crate) area: &'p Area<'a>,
}

impl Pen<'_, '_> {
    /// A rectangle between two corners.
    pub(crate) fn rect(&self, ink: Ink, from: (f64, f64), to: (f64, f64)) -> Drawn {
        self.area
            .draw(&Rectangle::new([whole(from), whole(to)], ink.fill()))
    }

    /// The outline of a rectangle.
    pub(crate) fn frame(&self, ink: Ink, from: (f64, f64), to: (f64, f64)) -> Drawn {
        self.area
            .draw(&Rectangle::new([whole(from), whole(to)], ink.line()))
    }

    /// A line through points.
    pub(crate) fn line(&self, ink: Ink, points: &[(f64, f64)]) -> Drawn {
        let points: Vec<_> = points.iter().copied().map(whole).collect();
        self.area.draw(&PathElement::new(points, ink.line()))
    }

    /// A text that stands at its point as `h` says, its middle at the point's height.
    pub(crate) fn text(&self, ink: Ink, h: HPos, at: (f64, f64), text: &str) -> Drawn {
        self.area.draw_text(text, &ink.text(h, VPos::Center), whole(at))
    }
}

fn whole((x, y): (f64, f64)) -> (i32, i32) {
    (tenths(x), tenths(y))
}
