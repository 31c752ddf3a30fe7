//! What an estate costs: monthly before and after the move, and once for the conversion. Each figure is a sum of lines,
//! and each line can say how it was computed, from which price, of which date.

mod line;
mod monthly;
mod one_time;
mod places;
mod requests;
mod usage;
mod work;
mod worth;

pub use line::{CostLine, Line, LineText, Statement};
pub use monthly::{Configuration, Terms, monthly, monthly_by_bucket};
pub use one_time::{Heads, OneTime, Way, one_time, one_time_by_bucket};
pub use requests::{RequestShares, requests};
pub use usage::{Growth, RegionUsage, Usage, usage};
pub use work::MULTIPART_PART;
pub use worth::{Bound, Payback, Worth, worth};
