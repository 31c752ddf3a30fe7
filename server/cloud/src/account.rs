//! An account as the server holds it: who it is, and its traits. Opened read-only, its changing operations are refused
//! here, before any request is made.

use crate::caller::Caller;
use crate::deliveries::Deliveries;
use crate::jobs::Jobs;
use crate::macie::Macie;
use crate::role::RoleArn;
use crate::traits::{
    Buckets, Evidence, Increases, Keys, Objects, Policies, PriceList, Principals, Probes, Usage,
};
use std::sync::Arc;

/// What stands behind an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// The simulated account.
    Sandbox,
    /// AWS itself.
    Aws,
    /// A server at a custom endpoint: it may not be AWS, so methods are proved on a throwaway object first.
    CustomEndpoint,
}

/// Who we are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What stands behind it.
    pub kind: AccountKind,
    /// Role that opens it; `None` for the credentials of the default chain.
    pub role: Option<RoleArn>,
    /// Account number, where it is known before anybody was asked: that of the role, or see [`Caller`].
    pub account_id: Option<String>,
    /// Endpoint, where it is a custom one.
    pub endpoint: Option<String>,
    /// Region that requests go to when nothing else is said.
    pub region: Option<String>,
    /// Whether changes are allowed.
    pub changes_allowed: bool,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who we are.
    pub identity: Identity,
    /// Objects.
    pub objects: Arc<dyn Objects>,
    /// Throwaway objects.
    pub probes: Arc<dyn Probes>,
    /// Buckets.
    pub buckets: Arc<dyn Buckets>,
    /// Bucket policies.
    pub policies: Arc<dyn Policies>,
    /// What stands around buckets and keys.
    pub evidence: Arc<dyn Evidence>,
    /// Users and roles.
    pub principals: Arc<dyn Principals>,
    /// Jobs of S3 Batch Operations.
    pub jobs: Arc<dyn Jobs>,
    /// Keys.
    pub keys: Arc<dyn Keys>,
    /// Quotas and use.
    pub usage: Arc<dyn Usage>,
    /// Requests to raise quotas.
    pub increases: Arc<dyn Increases>,
    /// List prices.
    pub price_list: Arc<dyn PriceList>,
    /// Inventory deliveries.
    pub deliveries: Arc<dyn Deliveries>,
    /// Amazon Macie.
    pub macie: Arc<dyn Macie>,
    /// Who calls.
    pub caller: Arc<dyn Caller>,
}
