//! The account that Rekey works on: small traits in our own words, with a simulated account and AWS behind them.
//!
//! `engine` converts objects through [`Objects`] and [`Buckets`], the server shows keys and quotas through [`Keys`] and
//! [`Usage`], hands objects to S3 Batch Operations through [`Jobs`], files requests to raise a quota through [`Increases`], and imports through [`Deliveries`] and [`Macie`]. List
//! prices come through [`PriceList`]. No type of the AWS SDK leaves the module `aws`. What is in an inventory is not read
//! here.

mod account;
pub mod aws;
mod caller;
mod deliveries;
mod encoding;
mod error;
pub mod jobs;
mod macie;
mod object;
pub mod place;
mod price_list;
pub mod probe;
mod quota;
mod read_only;
mod remedy;
mod role;
pub mod sandbox;
mod traits;

pub use account::{Account, AccountKind, Identity};
pub use caller::{Caller, CallerIdentity};
pub use deliveries::{Content, Deliveries, FOLDER_MAX, Folder, InventoryConfiguration};
pub use error::{CloudError, Fault, Throttler};
pub use jobs::{JobFacts, JobFailure, JobOrder, Jobs, ManifestText};
pub use macie::{Macie, MacieBucket, MacieCounts, MacieStatistics};
pub use object::{
    BucketSettings, BucketSummary, CopyOrder, IdentityAsk, KeyFacts, ListedVersion, ObjectFacts, ObjectRef,
    Permits, PrincipalFacts, PrincipalList, SentEncryption, VersionPage,
};
pub use price_list::{PriceListError, read_products, usage_type};
pub use quota::{QuotaFacts, RequestMetrics, UsageMetric};
pub use role::{NoRole, RoleArn};
pub use traits::{
    Buckets, Evidence, Increases, Keys, Objects, Policies, PriceList, Principals, Probes, Usage,
};
