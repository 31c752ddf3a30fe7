//! What several pages are made of: figures that say how they were computed, notes, charts with their table, lists.
//!
//! Used by every page. Nothing here knows a route; markup and class names are those of
//! `style/rekey.css`. [`Why`] and [`Callout`] hold blocks, so they never stand inside a `<p>`: an HTML parser would
//! end the paragraph there, and hydration would not find what it expects.

mod asked;
mod change;
mod chart;
mod copy;
mod field;
mod figures;
pub mod icons;
mod lists;
mod notes;
pub mod query;
mod query_form;
mod rests;

pub use asked::Asked;
pub use change::{Change, ChangeForm, Refusal};
pub use chart::{ChartFigure, DataTable, Spark, TableScroll};
pub use copy::{Copies, CopyButton};
pub use field::{Field, FieldError, message_of};
pub use figures::{Count, Derivation, Size, Unknown, Usd, Why, amount_text, count_text, money_text};
pub use lists::{Chip, Chips, Pager, StatePill};
pub use notes::{Callout, EmptyState, ErrorBox, Loading, Spoken, Tone};
pub use query_form::QueryForm;
pub use rests::Rests;

#[cfg(all(test, feature = "ssr"))]
mod tests;
