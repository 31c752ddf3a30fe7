//! Page models as they travel: what the controls of a page need as values, the rest as fragments. Made of the models in
//! [`crate::backend`] by the page that shows them; the API shows those models themselves.

use crate::backend::{Action, BucketChoice, Draft, ImportPage, KeyChoice, OverviewPage, WorkloadPage};
use crate::fragment::Fragment;
use model::migration::Live;
use model::quantity::{Objects, Ratio};
use model::scenario::{FieldError, Scenario};
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// The overview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewShown {
    /// The table of buckets, with what filters it.
    pub page: OverviewPage,
    /// Totals and mixes.
    pub summary: Fragment,
}

/// The import page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportShown {
    /// Forms, imports and snapshots.
    pub page: ImportPage,
    /// Keys and totals of the snapshots.
    pub besides: Fragment,
}

/// What can be imported from the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryShown {
    /// Buckets with their inventories, and Macie.
    pub content: Fragment,
    /// Texts to copy for a bucket without an inventory: what each is, the text, and how it is shown.
    pub offer: Vec<CopyShown>,
}

/// A text that people take elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyShown {
    /// The text, as it is shown.
    pub shown: Fragment,
    /// The text.
    pub text: String,
}

/// The settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsShown {
    /// Account.
    pub account: Fragment,
    /// The policy for what is chosen, with what it is chosen by.
    pub policy: CopyShown,
    /// Quotas and prices.
    pub facts: Fragment,
}

/// The quotas page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotasShown {
    /// The scenario as it was understood.
    pub scenario: Scenario,
    /// Fields that could not be read.
    pub errors: Vec<FieldError>,
    /// Region codes to choose from.
    pub choices: Vec<String>,
    /// Whether anything is imported.
    pub empty: bool,
    /// The verdicts in a few words, which are spoken when they change.
    pub said: String,
    /// Chart, verdicts, phases, and what holds the conversion.
    pub figures: Fragment,
    /// What to ask AWS for, by Region.
    pub increases: Vec<IncreaseShown>,
}

/// An increase of a quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncreaseShown {
    /// Region.
    pub region: String,
    /// Requests a second to ask for; nothing where the quota is enough.
    pub value: Option<u64>,
    /// Whether it is advised.
    pub advised: bool,
    /// The justification.
    pub justification: String,
    /// The request by command line.
    pub command: String,
    /// The form that files it, or why it cannot be filed here.
    pub filing: Fragment,
}

/// The requests page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadShown {
    /// The rows to fill in.
    pub page: WorkloadPage,
    /// What CloudWatch says of the same buckets.
    pub metrics: Fragment,
}

/// The scenarios page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenariosShown {
    /// Saved scenarios: name, query of the costs page, a month, and the conversion once.
    pub saved: Vec<(String, String, String, String)>,
    /// Names of the two that are compared; empty for what is known.
    pub sides: (String, String),
    /// The comparison.
    pub comparison: Fragment,
    /// Whether anything is imported.
    pub empty: bool,
}

/// The new-migration page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftShown {
    /// What was chosen.
    pub draft: Draft,
    /// Buckets to choose from.
    pub buckets: Vec<BucketChoice>,
    /// Keys to choose from.
    pub keys: Vec<KeyChoice>,
    /// Fields that are wrong or missing.
    pub errors: Vec<FieldError>,
    /// Whether a check says stop.
    pub stopped: bool,
    /// What the draft amounts to in a few words, which are spoken when they change.
    pub said: String,
    /// Kinds of objects with their methods, outside of the form that they belong to.
    pub kinds: Fragment,
    /// Findings that somebody must take note of.
    pub to_note: u64,
    /// Why nothing can be stored here.
    pub not_allowed: Option<String>,
    /// The checks.
    pub checks: Fragment,
    /// What the plan does in a few words, and its sheet; `None` while the draft is not whole.
    pub plan: Option<(String, Fragment)>,
}

/// The page of a migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationShown {
    /// Id.
    pub id: String,
    /// Title.
    pub name: String,
    /// Objects that the plan converts.
    pub objects: Objects,
    /// Figures as they held when the server answered.
    pub live: Live,
    /// When that was.
    pub now: UnixMillis,
    /// What may be done now.
    pub actions: Vec<Action>,
    /// Share of headroom in force.
    pub share: Ratio,
    /// Why nothing can be changed here.
    pub not_allowed: Option<String>,
    /// Whether jobs of S3 make its updates.
    pub by_jobs: bool,
    /// Why it stopped by itself.
    pub stopped: Option<String>,
    /// Failures so far.
    pub failed: u64,
    /// How it ended.
    pub outcome: Fragment,
    /// Failures by cause.
    pub failures: Fragment,
    /// Settings that can be changed after the run.
    pub after: Fragment,
    /// KMS calls for each object.
    pub calls: Fragment,
    /// Buckets with their steps, and what was left out.
    pub buckets: Fragment,
    /// The plan, or the settings as they were confirmed.
    pub facts: Fragment,
    /// The log.
    pub log: Fragment,
}
