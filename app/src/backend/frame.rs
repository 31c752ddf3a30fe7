//! What surrounds every page, and the settings.

use super::AppError;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Which account the server works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Badge {
    /// The simulated account.
    Sandbox,
    /// An account, for reading.
    ReadOnly,
    /// An account that may be changed.
    ChangesAllowed,
}

/// What every page shows around its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Badge.
    pub badge: Badge,
    /// Account number or endpoint, as far as known.
    pub account: String,
    /// Snapshots in use: how many, and the date of the newest.
    pub snapshots: usize,
    /// Date of the newest.
    pub as_of: Option<UnixMillis>,
    /// Version of the program.
    pub version: String,
}

/// A price in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    /// Region.
    pub region: String,
    /// What it buys.
    pub meter: String,
    /// Price as stated, tier by tier.
    pub price: String,
    /// Source.
    pub source: String,
    /// Its date.
    pub date: String,
}

/// A part of the product that can be allowed by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityRow {
    /// In the URL.
    pub word: String,
    /// As a person reads it.
    pub title: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether it changes anything in AWS.
    pub changes: bool,
    /// Whether the caller's own policies allow what it needs; nothing where that cannot be told.
    pub allowed: Option<bool>,
    /// The same in a sentence.
    pub status: String,
}

/// An action that is to be allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionRow {
    /// As IAM names it.
    pub action: String,
    /// Operations that need it.
    pub operations: String,
    /// What it is for.
    pub reason: String,
    /// What the caller's own policies say of it, in words.
    pub here: String,
}

/// An account that is opened by a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Its number.
    pub number: String,
    /// ARN of the role.
    pub role: String,
    /// ARN of the session, once the role is assumed; or why it is not known.
    pub caller: Result<String, AppError>,
    /// Its buckets; or why they are not known.
    pub buckets: Result<u64, AppError>,
}

/// The settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsPage {
    /// Account: facts by name.
    pub account: Vec<(String, String)>,
    /// Why it is not known whose credentials are in use.
    pub caller_error: Option<AppError>,
    /// Accounts that are opened by roles.
    pub accounts: Vec<AccountRow>,
    /// Parts of the product that can be allowed by themselves.
    pub capabilities: Vec<CapabilityRow>,
    /// What the chosen ones need.
    pub permissions: Vec<PermissionRow>,
    /// The IAM policy that allows them.
    pub policy: String,
    /// Prices of the Regions of the estate.
    pub prices: Vec<PriceRow>,
    /// Quotas of the Regions of the estate: Region, limit, origin, source, date.
    pub quotas: Vec<(String, String, String, String, String)>,
    /// Directory of the data.
    pub data_directory: String,
}
