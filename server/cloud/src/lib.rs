//! The account that Rekey works on: small traits in our own words, with a simulated account and AWS behind them.
//!
//! `engine` converts objects through [`Objects`] and [`Buckets`], the server shows keys and quotas through [`Keys`] and
//! [`Usage`]. No type of the AWS SDK leaves the module `aws`. Prices and inventories are not read here.

mod account;
pub mod aws;
mod error;
mod object;
pub mod probe;
mod read_only;
pub mod sandbox;
mod traits;

pub use account::{Account, AccountKind, Identity};
pub use error::{CloudError, Fault, Throttler};
pub use object::{
    BucketSettings, BucketSummary, CopyOrder, IdentityAsk, KeyFacts, ListedVersion, ObjectFacts, ObjectRef,
    PrincipalFacts, VersionPage,
};
pub use traits::{Buckets, Evidence, Keys, Objects, Policies, Principals, Probes, Usage};
