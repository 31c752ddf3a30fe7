//! Reads what is in S3 from what AWS wrote about it: S3 Inventory deliveries (CSV, ORC, Parquet), S3 Metadata tables
//! (Parquet), Macie's bucket list and CloudWatch's daily figures, into object groups for the pages ([`import()`]) and rows for the migration runner ([`Delivery::read`]); and
//! writes inventories as S3 would, for the sandbox account ([`deliver()`]).
//!
//! Three readers, one per format, feed one set of rules and one set of groups. Nothing here knows the network: the
//! server fetches a delivery, and [`Arrivals`] lets it be counted meanwhile. No type of polars, arrow or orc-rust leaves this crate.

mod arrivals;
mod cancel;
mod checksum;
mod columnar;
mod columns;
mod csv;
mod daily;
mod deliver;
mod delivery;
mod error;
mod group_key;
mod groups;
mod guard;
mod import;
mod key;
pub mod limits;
mod locate;
mod macie;
mod manifest;
mod orc;
mod parquet;
mod row;
mod rows;
mod rules;
mod schema;
mod source;
mod table;
mod warnings;

pub use arrivals::Arrivals;
pub use cancel::CancelFlag;
pub use checksum::Checksum;
pub use columns::Column;
pub use daily::import_daily;
pub use deliver::{DeliverError, DeliverySpec, deliver};
pub use delivery::{Delivery, Shard};
pub use error::{Cause, ImportError, RowProblem};
pub use import::{ImportOptions, Progress, import, import_macie};
pub use locate::sources;
pub use manifest::{CHECKSUM, InventoryFormat, MANIFEST};
pub use rows::RowReader;
