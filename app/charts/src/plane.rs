//! Two axes and the plot between them, for the charts over time. plotters lays out axes, ticks and grid; the axis
//! titles stand level, above the one axis and below the other.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::{Circle, Polygon, Rectangle};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, VPos};
use std::convert::Infallible;

use crate::backend::{SvgBackend, TENTHS, tenths};
use crate::ink::Ink;
use crate::labels::{self, EndLabel};
use crate::sheet::{Drawn, Layout, Pen};
use crate::text;
use crate::ticked::Ticked;

type Context<'a> = ChartContext<'a, SvgBackend<'a>, Cartesian2d<Ticked, Ticked>>;

/// One axis.
pub(crate) struct Axis<'t> {
    /// First and last value; the second is larger.
    pub(crate) range: (f64, f64),
    /// Where the ticks are.
    pub(crate) ticks: Vec<f64>,
    /// How a tick is written.
    pub(crate) write: &'t dyn Fn(&f64) -> String,
    /// What is measured, with its unit.
    pub(crate) title: String,
}

/// Shape at the end of a line, which tells series apart besides hue and dashes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Marker {
    /// A disc.
    Disc,
    /// A square.
    Square,
}

/// Axes, drawn, and the plot to draw series on.
pub(crate) struct Plane<'a> {
    chart: Context<'a>,
    y_range: (f64, f64),
}

/// Above the plot: the title of the vertical axis.
const TOP_PX: f64 = 28.0;
/// Below the plot: tick labels and the title of the horizontal axis.
const BELOW_PX: f64 = 22.0;
const TITLE_PX: f64 = 20.0;
const TICK_PX: f64 = 4.0;

impl<'a> Plane<'a> {
    /// Draws the axes with `right` units left free beside the plot.
    pub(crate) fn draw(
        pen: &Pen<'_, 'a>,
        layout: Layout,
        x: Axis<'_>,
        y: Axis<'_>,
        right: f64,
    ) -> Result<Self, DrawingAreaErrorKind<Infallible>> {
        let widest = y
            .ticks
            .iter()
            .map(|tick| text::width(&(y.write)(tick)))
            .fold(0.0, f64::max);
        let mut chart = ChartBuilder::on(pen.area)
            .margin_top(tenths(TOP_PX))
            .margin_right(tenths(right))
            .margin_bottom(tenths(TITLE_PX))
            .x_label_area_size(tenths(BELOW_PX))
            .y_label_area_size(tenths(widest + TICK_PX * 2.0 + 2.0))
            .build_cartesian_2d(Ticked::new(x.range, x.ticks), Ticked::new(y.range, y.ticks))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(Ink::Grid.line())
            .axis_style(Ink::Axis.line())
            .label_style(Ink::Label.text(HPos::Left, VPos::Center))
            .set_all_tick_mark_size(tenths(TICK_PX))
            .x_label_formatter(&|value| (x.write)(value))
            .y_label_formatter(&|value| (y.write)(value))
            .draw()?;
        let plane = Self {
            chart,
            y_range: y.range,
        };
        pen.text(Ink::Quiet, HPos::Left, (0.0, 10.0), &y.title)?;
        let bottom = plane.at((x.range.0, y.range.0)).1 + BELOW_PX + TITLE_PX / 2.0 + 2.0;
        pen.text(
            Ink::Quiet,
            HPos::Right,
            (layout.width() - right, bottom),
            &x.title,
        )?;
        Ok(plane)
    }

    /// Where a value lies on the sheet.
    pub(crate) fn at(&self, value: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.chart.backend_coord(&value);
        (f64::from(x) / TENTHS, f64::from(y) / TENTHS)
    }

    /// Labels the ends of the lines, which are at `x`.
    pub(crate) fn label_ends(
        &self,
        pen: &Pen<'_, 'a>,
        layout: Layout,
        x: f64,
        labels: Vec<EndLabel>,
    ) -> Drawn {
        let (top, bottom) = (
            self.at((x, self.y_range.1)).1 - 8.0,
            self.at((x, self.y_range.0)).1 + 12.0,
        );
        let edge = self.at((x, self.y_range.0)).0;
        labels::draw(pen, layout, edge, (top, bottom), labels, |value| {
            self.at((x, value)).1
        })
    }

    /// Draws a line through values.
    pub(crate) fn line(&mut self, ink: Ink, values: Vec<(f64, f64)>) -> Drawn {
        self.chart.draw_series(LineSeries::new(values, ink.line()))?;
        Ok(())
    }

    /// Draws the area inside values.
    pub(crate) fn area(&mut self, ink: Ink, values: Vec<(f64, f64)>) -> Drawn {
        self.chart
            .draw_series(std::iter::once(Polygon::new(values, ink.fill())))?;
        Ok(())
    }

    /// Draws a marker on a value.
    pub(crate) fn mark(&self, pen: &Pen<'_, 'a>, ink: Ink, marker: Marker, value: (f64, f64)) -> Drawn {
        let (x, y) = self.chart.backend_coord(&value);
        let half = tenths(3.5);
        match marker {
            Marker::Disc => pen.area.draw(&Circle::new((x, y), tenths(4.0), ink.fill())),
            Marker::Square => {
                let corners = [(x - half, y - half), (x + half, y + half)];
                pen.area.draw(&Rectangle::new(corners, ink.fill()))
            }
        }
    }
}
