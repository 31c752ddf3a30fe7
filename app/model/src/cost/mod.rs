//! What an estate costs: monthly before and after the move, and once for the conversion. Each figure is a sum of lines,
//! and each line can say how it was computed, from which price, of which date.

mod line;
mod monthly;
mod one_time;
mod requests;

pub use line::{CostLine, Line, LineText, Statement};
pub use monthly::{Configuration, monthly};
pub use one_time::{MULTIPART_PART, OneTime, one_time};
pub use requests::{RequestShares, requests};
