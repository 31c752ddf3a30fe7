//! Charts as SVG text: the months ahead, headroom, the encryption mix, the rate of a running migration.
//!
//! Used by `app` on the server and in the browser, where it draws the same bytes: text is measured by a table
//! (`text`), never by a font or the page. An SVG carries classes and no colours; `style/rekey.css` gives them meaning
//! in both themes. Each chart is drawn for three widths, and the style sheet shows the one that fits its figure.
//! Captions and the table under a chart are HTML and are the pages' part.

mod axis;
mod backend;
mod chart;
mod figures;
mod headroom;
mod ink;
mod labels;
mod mix;
mod months;
mod parts;
mod plane;
mod rate;
mod rows;
mod sheet;
mod spark;
mod text;
mod ticked;

pub use chart::{Chart, Column, Empty, Table};
pub use headroom::{HeadroomInput, HeadroomRow, headroom};
pub use mix::{MixInput, MixRow, mix};
pub use months::{MonthPoint, MonthsInput, months};
pub use rate::{RateInput, RatePoint, rate};
pub use spark::spark_mix;

#[cfg(test)]
mod tests;
