//! The one way from the pages to the server: a trait, its page models, and its error. The server implements it; a
//! `#[server]` body gets it from the context, calls it, and returns.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leptos::prelude::FromServerFnError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::ServerFnErrorErr;
use model::basis::Basis;
use model::cost::LineText;
use model::headroom::RegionHeadroom;
use model::inventory::{ImportWarning, Region, SnapshotId, SourceKind};
use model::method::LeftOut;
use model::migration::{FailedObject, FailureCause, Live, State, VerifiedBucket};
use model::money::NanoUsd;
use model::overview::{Overview, OverviewQuery};
use model::plan::Plan;
use model::quantity::{Bytes, Objects, Ratio};
use model::requests::RequestCounts;
use model::scenario::{FieldError, Scenario};
use model::sensitivity::Swing;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What kind of error a page shows; decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The input is wrong: 422.
    Input,
    /// There is no such thing: 404.
    NotFound,
    /// It is not allowed, for example without `--allow-changes`: 403.
    Forbidden,
    /// It does not fit what is going on, for example resuming what is done: 409.
    Conflict,
    /// The server failed: 500.
    Internal,
    /// The server was not reached or not understood.
    Transport,
}

/// An error as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    /// Kind.
    pub kind: ErrorKind,
    /// What is wrong, and where.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl AppError {
    /// An error with a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// An error that speaks for itself.
    pub fn plain(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.kind {
            ErrorKind::Input => 422,
            ErrorKind::NotFound => 404,
            ErrorKind::Forbidden => 403,
            ErrorKind::Conflict => 409,
            ErrorKind::Internal | ErrorKind::Transport => 500,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::new(
            ErrorKind::Transport,
            format!("The server did not answer as expected: {error}"),
            "Reload the page.",
        )
    }
}

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

/// The overview; nothing when nothing is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewPage {
    /// Content; `None` when nothing is imported.
    pub overview: Option<Overview>,
    /// Whether there is a sandbox whose deliveries can be imported.
    pub sandbox: bool,
    /// Default encryption of the buckets that are shown.
    pub defaults: BTreeMap<String, DefaultShown>,
}

/// Default encryption of a bucket, as far as the account tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultShown {
    /// In a word or two; `None` when it is not known.
    pub short: Option<String>,
    /// In full, or why it is not known.
    pub whole: String,
}

impl DefaultShown {
    /// Not known, for this reason.
    #[must_use]
    pub fn unknown(why: &str) -> Self {
        Self {
            short: None,
            whole: why.to_string(),
        }
    }
}

/// Where request counts are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountsOrigin {
    /// From this page or a workload file.
    Typed,
    /// The account reports them.
    Reported,
    /// Nowhere.
    Unknown,
}

/// Requests to one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadRow {
    /// Bucket.
    pub name: String,
    /// Its Region, where it is known.
    pub region: Option<Region>,
    /// Its objects.
    pub objects: Objects,
    /// Requests a month, where they are known.
    pub counts: Option<RequestCounts>,
    /// Where they are from.
    pub origin: CountsOrigin,
}

/// A saved scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedScenario {
    /// Name.
    pub name: String,
    /// Query of its costs page.
    pub query: String,
    /// A month in its configuration.
    pub month: NanoUsd,
    /// What the proposed conversion costs.
    pub once: NanoUsd,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Name; empty for the estate as it is known, with nothing varied.
    pub name: String,
    /// Whether it uses a bucket key.
    pub bucket_key: bool,
    /// Its figures.
    pub view: crate::costs_view::CostsView,
}

/// The scenarios page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenariosPage {
    /// Saved scenarios, by name.
    pub saved: Vec<SavedScenario>,
    /// What is compared.
    pub left: Compared,
    /// What it is compared with.
    pub right: Compared,
    /// Whether anything is imported.
    pub empty: bool,
}

/// The requests page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadPage {
    /// The page of buckets.
    pub rows: Vec<WorkloadRow>,
    /// Part of the name that was asked for.
    pub search: String,
    /// Page, from 1.
    pub page: u64,
    /// Pages.
    pub pages: u64,
    /// Buckets of the estate.
    pub buckets: u64,
    /// Buckets whose counts are not known.
    pub unknown: u64,
    /// Requests in the busiest second over the average of a month.
    pub peak: Ratio,
}

/// An import that runs or has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRun {
    /// Its number.
    pub id: u64,
    /// What it reads.
    pub location: String,
    /// The source that is read, counted from one, and how many there are: a folder may hold many deliveries.
    pub sources: (u64, u64),
    /// Files read of that source, and all of them.
    pub files: (u64, u64),
    /// Rows read.
    pub rows: u64,
    /// Bytes read, and all of them.
    pub bytes: (u64, u64),
    /// Seconds since it began.
    pub seconds: u64,
    /// Rows a second.
    pub rows_per_second: u64,
    /// How it ended; `None` while it runs. The snapshots, or what is wrong.
    pub ended: Option<Result<Vec<SnapshotId>, AppError>>,
}

/// A stored snapshot in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// Name.
    pub id: SnapshotId,
    /// Kind of source.
    pub kind: SourceKind,
    /// Format.
    pub format: String,
    /// When AWS took it.
    pub as_of: Option<UnixMillis>,
    /// When it was imported.
    pub imported_at: UnixMillis,
    /// Where it was read from.
    pub location: String,
    /// Buckets.
    pub buckets: Vec<String>,
    /// Objects.
    pub objects: Objects,
    /// Bytes.
    pub bytes: Bytes,
    /// Warnings.
    pub warnings: Vec<ImportWarning>,
    /// Whether the estate uses it.
    pub in_use: bool,
}

/// The import page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPage {
    /// Imports of this process, newest first.
    pub runs: Vec<ImportRun>,
    /// Stored snapshots, newest first.
    pub snapshots: Vec<SnapshotRow>,
    /// Deliveries of the sandbox: name and location.
    pub sandbox: Vec<(String, String)>,
    /// The largest upload, in bytes.
    pub upload_limit: Bytes,
    /// Region codes to choose from.
    pub regions: Vec<String>,
}

/// A figure of the costs page with its words, as server and browser both compute it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostsPage {
    /// The scenario as it was understood.
    pub scenario: Scenario,
    /// Fields that could not be read.
    pub errors: Vec<FieldError>,
    /// The figures, computed by [`crate::costs_view::CostsView::new`].
    pub view: crate::costs_view::CostsView,
    /// Inputs by how far they move the total.
    pub swings: Vec<Swing>,
    /// Regions to choose from.
    pub regions: Vec<String>,
    /// Whether anything is imported.
    pub empty: bool,
}

/// The quotas page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotasPage {
    /// The scenario as it was understood.
    pub scenario: Scenario,
    /// Fields that could not be read.
    pub errors: Vec<FieldError>,
    /// Headroom per Region.
    pub regions: Vec<RegionHeadroom>,
    /// Date of the newest source, from which months are counted.
    pub as_of: Option<UnixMillis>,
    /// Buckets whose Region is not known.
    pub without_region: usize,
    /// Region codes to choose from.
    pub choices: Vec<String>,
    /// Whether anything is imported.
    pub empty: bool,
}

/// A migration in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationRow {
    /// Id.
    pub id: String,
    /// Title.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Buckets.
    pub buckets: usize,
    /// Objects to convert.
    pub objects: Objects,
    /// Objects done.
    pub done: Objects,
    /// Objects failed.
    pub failed: Objects,
    /// When it was planned.
    pub created_at: UnixMillis,
}

/// A bucket that a plan could hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketChoice {
    /// Name.
    pub name: String,
    /// Region.
    pub region: Option<Region>,
    /// Objects.
    pub objects: Objects,
    /// Bytes.
    pub bytes: Bytes,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why it cannot be chosen; `None` when it can.
    pub obstacle: Option<String>,
}

/// A key that a plan could use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChoice {
    /// Full ARN.
    pub arn: String,
    /// Alias or description.
    pub title: String,
    /// Region.
    pub region: Region,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why it cannot be chosen.
    pub obstacle: Option<String>,
}

/// How grave a finding of the checks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing stands against it.
    Passed,
    /// Good to know.
    Information,
    /// Somebody should have thought about it.
    Watch,
    /// The migration cannot start.
    Stop,
}

/// One check before a migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub looked_at: String,
    /// What was found.
    pub found: String,
    /// How to mend it; empty when nothing is to mend.
    pub mend: String,
    /// How grave.
    pub severity: Severity,
}

/// What the new-migration form holds, in the URL of the page: `bucket=a&bucket=b&key=ARN&key=ARN&bk=1&method=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Chosen buckets.
    pub buckets: Vec<String>,
    /// Chosen keys, one for each Region.
    pub keys: Vec<String>,
    /// Whether objects use a bucket key; on unless switched off.
    pub bucket_key: bool,
    /// `automatic`, `copy-only` or `update-only`.
    pub method: String,
    /// Whether noncurrent versions are converted.
    pub noncurrent: bool,
    /// Whether objects already under SSE-KMS are put under the plan's key.
    pub rekey: bool,
    /// Share of headroom, in percent.
    pub share: String,
    /// KMS calls per object, an assumption.
    pub calls: String,
    /// Requests in flight.
    pub in_flight: String,
    /// `every`, or how many objects of each bucket are read back.
    pub verify: String,
    /// Title for several buckets; the bucket's own name for one.
    pub name: String,
}

/// The new-migration page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftPage {
    /// What was chosen.
    pub draft: Draft,
    /// Buckets to choose from.
    pub buckets: Vec<BucketChoice>,
    /// Keys to choose from, of the Regions of the chosen buckets.
    pub keys: Vec<KeyChoice>,
    /// Fields that are wrong or missing.
    pub errors: Vec<FieldError>,
    /// The plan, when the draft is whole.
    pub plan: Option<Plan>,
    /// What the conversion costs once, with its lines, when the draft is whole.
    pub cost: Option<PlanCost>,
    /// Checks, when the draft is whole.
    pub checks: Vec<Check>,
    /// The same by command line: one line per step.
    pub commands: Vec<String>,
    /// When it would end if it began now.
    pub ends_at: Option<UnixMillis>,
    /// Why nothing can be started here; for example without `--allow-changes`.
    pub not_allowed: Option<String>,
}

/// What a plan costs once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCost {
    /// Sum.
    pub total: NanoUsd,
    /// Lines.
    pub lines: Vec<LineText>,
    /// What is missing from the sum.
    pub missing: Vec<String>,
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// Cause.
    pub cause: FailureCause,
    /// How many.
    pub count: u64,
    /// Examples, with their bucket.
    pub examples: Vec<(String, FailedObject)>,
}

/// A line of a migration's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Position in the journal.
    pub seq: u64,
    /// When.
    pub at: UnixMillis,
    /// What, in a sentence.
    pub text: String,
}

/// A bucket of a running migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRow {
    /// Name.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Rows of its inventory.
    pub rows: u64,
    /// Objects now under the key.
    pub done: Objects,
    /// Failed.
    pub failed: Objects,
    /// Deleted since the inventory.
    pub gone: Objects,
    /// Not touched.
    pub left_out: Objects,
    /// Default encryption before, in words, once it was read.
    pub previous_default: Option<String>,
    /// Whether the default encryption is set.
    pub default_set: bool,
    /// What showed that the method works here.
    pub proof: Option<String>,
    /// Result of reading back.
    pub verified: Option<VerifiedBucket>,
}

/// A migration's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationPage {
    /// The plan as it was confirmed.
    pub plan: Plan,
    /// What it shows now.
    pub live: Live,
    /// When the page was made.
    pub now: UnixMillis,
    /// Who confirmed, and when.
    pub confirmed: Option<(String, UnixMillis)>,
    /// When it began.
    pub started_at: Option<UnixMillis>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// Why it stopped by itself.
    pub stopped: Option<String>,
    /// Share of headroom in force.
    pub share: Ratio,
    /// Buckets.
    pub buckets: Vec<BucketRow>,
    /// Left out, by reason.
    pub left_out: BTreeMap<LeftOut, Objects>,
    /// Failures by cause.
    pub failures: Vec<FailureGroup>,
    /// The last lines of the log, newest first.
    pub log: Vec<LogLine>,
    /// What may be done now.
    pub actions: Vec<Action>,
    /// Why nothing may be done here.
    pub not_allowed: Option<String>,
}

/// What an operator may do with a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Confirm by typing the plan's name.
    Confirm,
    /// Pause.
    Pause,
    /// Go on.
    Resume,
    /// End it.
    Cancel,
    /// Try the failed objects again.
    Retry,
    /// Change the share of headroom.
    Share,
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

/// The settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsPage {
    /// Account: facts by name.
    pub account: Vec<(String, String)>,
    /// Prices of the Regions of the estate.
    pub prices: Vec<PriceRow>,
    /// Quotas of the Regions of the estate: Region, limit, origin, source, date.
    pub quotas: Vec<(String, String, String, String, String)>,
    /// Directory of the data.
    pub data_directory: String,
}

/// What a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// [`Frame`].
    Frame,
    /// [`crate::shown::OverviewShown`] of a query.
    Overview,
    /// [`ImportPage`].
    Imports,
    /// [`CostsPage`] of a scenario.
    Costs,
    /// [`crate::shown::QuotasShown`] of a scenario.
    Quotas,
    /// The list of migrations, a [`crate::fragment::Fragment`].
    Migrations,
    /// [`crate::shown::DraftShown`] of a draft.
    Draft,
    /// [`crate::shown::MigrationShown`] of an id.
    Migration,
    /// The settings page, a [`crate::fragment::Fragment`].
    Settings,
    /// [`WorkloadPage`] of a query.
    Workload,
    /// [`crate::shown::ScenariosShown`] of a query.
    Scenarios,
    /// [`Basis`] of the estate, for answers that the browser computes.
    Basis,
}

/// What a page shows, as text that the page reads: postcard in base64. It is a fraction of the same in JSON, and so is
/// the code that reads it in the browser; the same figures are in JSON under `/api/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answer(String);

/// Postcard holds no names of fields, so only the very same version can read it.
const WRITTEN_BY: &str = concat!("rekey ", env!("CARGO_PKG_VERSION"), ":");

impl Answer {
    /// Writes a model down.
    ///
    /// # Errors
    /// When it cannot be written, which is a defect.
    pub fn of<T: Serialize>(model: &T) -> Result<Self, AppError> {
        let bytes = postcard::to_allocvec(model).map_err(|error| {
            AppError::plain(
                ErrorKind::Internal,
                format!("The answer cannot be written: {error}"),
            )
        })?;
        let mut text = WRITTEN_BY.to_string();
        STANDARD.encode_string(bytes, &mut text);
        Ok(Self(text))
    }

    /// Takes an answer as it came.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// As it travels.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Reads the model.
    ///
    /// # Errors
    /// When it is another one: the server was replaced by another version since the page was opened.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, AppError> {
        self.bytes()
            .and_then(|bytes| postcard::from_bytes(&bytes).ok())
            .ok_or_else(|| {
                AppError::new(
                    ErrorKind::Transport,
                    "The server answers something else than this page can show; it may be of another version by now.",
                    "Reload the page.",
                )
            })
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.0.strip_prefix(WRITTEN_BY)?).ok()
    }
}

/// The server, as the pages see it.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// What surrounds every page.
    async fn frame(&self) -> Result<Frame, AppError>;
    /// Overview.
    async fn overview(&self, query: OverviewQuery) -> Result<OverviewPage, AppError>;
    /// Import page.
    async fn imports(&self) -> Result<ImportPage, AppError>;
    /// Starts an import and gives its number.
    async fn start_import(&self, location: String, region: String) -> Result<u64, AppError>;
    /// Imports every delivery of the sandbox.
    async fn import_sandbox(&self) -> Result<(), AppError>;
    /// Forgets a snapshot.
    async fn remove_snapshot(&self, id: SnapshotId) -> Result<(), AppError>;
    /// Costs of a scenario.
    async fn costs(&self, query: String) -> Result<CostsPage, AppError>;
    /// Quotas in a scenario.
    async fn quotas(&self, query: String) -> Result<QuotasPage, AppError>;
    /// Migrations, newest first.
    async fn migrations(&self) -> Result<Vec<MigrationRow>, AppError>;
    /// What a draft amounts to.
    async fn draft(&self, query: String) -> Result<DraftPage, AppError>;
    /// Stores the plan of a draft and gives its id.
    async fn create_plan(&self, query: String) -> Result<String, AppError>;
    /// A migration.
    async fn migration(&self, id: String) -> Result<MigrationPage, AppError>;
    /// Does something with a migration; `argument` is what was typed for [`Action::Confirm`], a percentage for
    /// [`Action::Share`], else empty.
    async fn act(&self, id: String, action: Action, argument: String) -> Result<(), AppError>;
    /// Settings.
    async fn settings(&self) -> Result<SettingsPage, AppError>;
    /// Saved scenarios, and two of them side by side.
    async fn scenarios(&self, query: String) -> Result<ScenariosPage, AppError>;
    /// Keeps a scenario under a name.
    async fn save_scenario(&self, name: String, query: String) -> Result<(), AppError>;
    /// Forgets a scenario.
    async fn remove_scenario(&self, name: String) -> Result<(), AppError>;
    /// Requests of buckets.
    async fn workload(&self, query: String) -> Result<WorkloadPage, AppError>;
    /// The estate, reduced to what costs and rates follow from.
    async fn basis(&self) -> Result<Basis, AppError>;
}

#[cfg(feature = "ssr")]
impl dyn Backend {
    /// What a page shows, written down.
    ///
    /// # Errors
    /// Those of the page.
    pub async fn answer(&self, what: What, query: String) -> Result<Answer, AppError> {
        use crate::pages::shown;
        match what {
            What::Frame => Answer::of(&self.frame().await?),
            What::Overview => {
                let pairs = crate::parts::query::pairs(&query);
                let query = OverviewQuery::from_pairs(crate::parts::query::borrowed(&pairs));
                Answer::of(&shown::overview(self.overview(query).await?))
            }
            What::Imports => Answer::of(&self.imports().await?),
            What::Costs => Answer::of(&self.costs(query).await?),
            What::Quotas => Answer::of(&shown::quotas(self.quotas(query).await?)),
            What::Migrations => Answer::of(&shown::migrations(self.migrations().await?)),
            What::Draft => Answer::of(&shown::draft(self.draft(query).await?)),
            What::Migration => Answer::of(&shown::migration(self.migration(query).await?)),
            What::Settings => Answer::of(&shown::settings(self.settings().await?)),
            What::Workload => Answer::of(&self.workload(query).await?),
            What::Scenarios => Answer::of(&shown::scenarios(self.scenarios(query).await?)),
            What::Basis => Answer::of(&self.basis().await?),
        }
    }
}

/// The backend in the context of a page.
#[derive(Clone, Debug)]
pub struct BackendContext(pub Arc<dyn Backend>);
