//! What every chart function returns: the drawing, one sentence that says what it shows, and the table of its figures.

use std::fmt;

/// A drawn chart. A page puts `svg` into a `figure.chart`, `summary` into its caption and `table` under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Three `<svg>` elements one after the other, `.chart-wide`, `.chart-medium` and `.chart-narrow`; the style sheet
    /// shows the one that fits its figure.
    pub svg: String,
    /// What one should see, with the key figures and their units. Also the `<desc>` of the drawings.
    pub summary: String,
    /// The figures behind the drawing, exact.
    pub table: Table,
}

/// The figures of a chart, as text, for the page and for CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What the table holds.
    pub caption: String,
    /// Columns from left to right; the first one names the row.
    pub columns: Vec<Column>,
    /// Rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// Head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Title, with the unit where there is one.
    pub title: String,
    /// Whether the cells are figures, which stand to the right.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub(crate) fn words(title: &str) -> Self {
        Self {
            title: title.to_string(),
            numeric: false,
        }
    }

    /// A column of figures.
    pub(crate) fn figures(title: &str) -> Self {
        Self {
            title: title.to_string(),
            numeric: true,
        }
    }
}

/// Why there is nothing to draw; its text can stand where the chart would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// No point or row was given.
    NoFigures,
    /// Points are not in the order of time, or one of them is given twice.
    OutOfOrder,
    /// A low estimate is above its high estimate.
    BandUpsideDown,
    /// The figures could not be laid out.
    NotDrawable,
}

impl fmt::Display for Empty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoFigures => "There are no figures to draw yet.",
            Self::OutOfOrder => "The figures are not in the order of time, so they are not drawn.",
            Self::BandUpsideDown => {
                "A low estimate is above its high estimate, so the figures are not drawn."
            }
            Self::NotDrawable => "The figures do not fit into a drawing.",
        })
    }
}

impl std::error::Error for Empty {}
