//! The account that Rekey works on: small traits in our own words, with a simulated account and AWS behind them.
//!
//! `engine` converts objects through [`Objects`] and [`Buckets`], the server shows keys and quotas through [`Keys`] and
//! [`Usage`], and imports through [`Deliveries`] and [`Macie`]. No type of the AWS SDK leaves the module `aws`. What is in
//! an inventory is not read here.

mod account;
pub mod aws;
mod caller;
mod deliveries;
mod error;
mod macie;
mod object;
pub mod probe;
mod read_only;
mod remedy;
pub mod sandbox;
mod traits;

pub use account::{Account, AccountKind, Identity};
pub use caller::{Caller, CallerIdentity};
pub use deliveries::{Content, Deliveries, FOLDER_MAX, Folder, InventoryConfiguration};
pub use error::{CloudError, Fault, Throttler};
pub use macie::{Macie, MacieBucket, MacieCounts};
pub use object::{
    BucketSettings, BucketSummary, CopyOrder, KeyFacts, ListedVersion, ObjectFacts, ObjectRef, VersionPage,
};
pub use traits::{Buckets, Keys, Objects, Probes, Usage};
