//! The drawing backend that plotters draws on: SVG elements with a class for each ink. It needs no font: it measures
//! text by [`crate::text`]. Coordinates arrive in tenths, because plotters counts whole pixels.

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use std::convert::Infallible;

use crate::ink::Ink;
use crate::text;

/// Steps of plotters in one unit of the drawing.
pub(crate) const TENTHS: f64 = 10.0;

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// Writes elements to the end of a string.
pub(crate) struct SvgBackend<'a> {
    svg: &'a mut String,
    id: &'a str,
    size: (u32, u32),
}

impl<'a> SvgBackend<'a> {
    /// Draws to `svg` on a sheet of `size` units; `id` is the drawing's, for its patterns.
    pub(crate) fn new(svg: &'a mut String, id: &'a str, size: (f64, f64)) -> Self {
        Self {
            svg,
            id,
            size: (tenths(size.0).unsigned_abs(), tenths(size.1).unsigned_abs()),
        }
    }

    fn put(&mut self, text: &str) {
        self.svg.push_str(text);
    }

    fn number(&mut self, name: &str, value: i32) {
        self.put(name);
        self.coordinate(value);
        self.put("\"");
    }

    fn coordinate(&mut self, value: i32) {
        if value < 0 {
            self.svg.push('-');
        }
        let value = value.unsigned_abs();
        self.put(&(value / 10).to_string());
        if !value.is_multiple_of(10) {
            self.svg.push('.');
            self.put(&(value % 10).to_string());
        }
    }

    fn class(&mut self, ink: Ink, filled: bool) {
        self.put(" class=\"");
        self.put(ink.class());
        self.put(if filled { " fill\"" } else { " line\"" });
        if let Some(pattern) = ink.pattern() {
            self.put(" fill=\"url(#");
            self.put(self.id);
            self.put("-");
            self.put(pattern);
            self.put(")\"");
        }
        self.put("/>");
    }

    fn path(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        color: BackendColor,
        filled: bool,
    ) -> Done {
        let mut points = points.into_iter().peekable();
        if color.alpha == 0.0 || points.peek().is_none() {
            return Ok(());
        }
        self.put("<path d=\"");
        for (index, (x, y)) in points.enumerate() {
            self.put(if index == 0 { "M" } else { "L" });
            self.coordinate(x);
            self.put(" ");
            self.coordinate(y);
        }
        self.put(if filled { "Z\"" } else { "\"" });
        self.class(Ink::of(color), filled);
        Ok(())
    }
}

/// A length of the drawing in plotters' steps.
pub(crate) fn tenths(units: f64) -> i32 {
    (units * TENTHS).round() as i32
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Done {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        self.path([from, to], style.color(), false)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        self.number("<rect x=\"", a.0.min(b.0));
        self.number(" y=\"", a.1.min(b.1));
        self.number(" width=\"", (b.0 - a.0).abs());
        self.number(" height=\"", (b.1 - a.1).abs());
        self.class(Ink::of(style.color()), fill);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.path(path, style.color(), false)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        self.number("<circle cx=\"", center.0);
        self.number(" cy=\"", center.1);
        self.number(" r=\"", i32::try_from(radius).unwrap_or(0));
        self.class(Ink::of(style.color()), fill);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.path(path, style.color(), true)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        let down = match style.anchor().v_pos {
            VPos::Top => 0.78,
            VPos::Center => 0.36,
            VPos::Bottom => -0.22,
        };
        self.number("<text x=\"", at.0);
        self.number(" y=\"", at.1.saturating_add(tenths(down * text::FONT_PX)));
        self.put(" class=\"");
        self.put(Ink::of(style.color()).class());
        self.put(match style.anchor().h_pos {
            HPos::Left => "\">",
            HPos::Center => "\" text-anchor=\"middle\">",
            HPos::Right => "\" text-anchor=\"end\">",
        });
        text::escape(text, self.svg);
        self.put("</text>");
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        _: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = |units: f64| tenths(units).unsigned_abs();
        Ok((size(text::width(text)), size(text::FONT_PX)))
    }
}
