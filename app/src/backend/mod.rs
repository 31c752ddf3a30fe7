//! The one way from the pages to the server: a trait, its page models, and its error. The server implements it; a
//! `#[server]` body gets it from the context, calls it, and returns.

mod answer;
mod draft_fields;
mod error;
mod estate;
mod forecasts;
mod frame;
mod migrations;
mod prices;

pub use answer::{Answer, What};
pub use draft_fields::{BUCKET_FIELD, DRAFT_FIELDS, KEY_FIELD, LINE_FIELD};
pub use error::{AppError, ErrorKind};
pub use estate::{
    BucketFound, BucketMetrics, CountsOrigin, DefaultShown, Discovery, ImportPage, ImportRun,
    InventoriesFound, InventoryFound, MacieOffer, Metrics, NewestDelivery, OfferShown, OverviewPage,
    SnapshotRow, WorkloadPage, WorkloadRow,
};
pub use forecasts::{
    AccountChoice, Compared, CostsPage, QuotaTold, QuotasPage, SavedScenario, ScenariosPage, Trouble,
};
pub use frame::{AccountRow, Badge, CapabilityRow, Frame, PermissionRow, PriceRow, SettingsPage};
pub use migrations::{
    Action, BucketChoice, BucketRow, CallsRow, Check, Draft, DraftPage, EXCEPTIONS_LISTED, FailureGroup,
    KeyChoice, LogLine, MigrationPage, MigrationRow, PlanCost, ReportPage, SettingRow, Severity,
};
pub use prices::{PriceCompared, PriceText, PricesAsked, PricesPage};

use async_trait::async_trait;
use model::basis::Basis;
use model::inventory::SnapshotId;
use model::overview::OverviewQuery;
use std::fmt;
use std::sync::Arc;

/// The server, as the pages see it.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// What surrounds every page.
    async fn frame(&self) -> Result<Frame, AppError>;
    /// Overview.
    async fn overview(&self, query: OverviewQuery) -> Result<OverviewPage, AppError>;
    /// Import page.
    async fn imports(&self) -> Result<ImportPage, AppError>;
    /// What can be imported from the account, for a query of the import page.
    async fn discovery(&self, query: String) -> Result<Discovery, AppError>;
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
    /// A migration's report.
    async fn report(&self, id: String) -> Result<ReportPage, AppError>;
    /// Does something with a migration; `argument` is what was typed for [`Action::Confirm`], a percentage for
    /// [`Action::Share`], else empty.
    async fn act(&self, id: String, action: Action, argument: String) -> Result<(), AppError>;
    /// Prices, bundled and live.
    async fn prices(&self, query: String) -> Result<PricesPage, AppError>;
    /// Settings, with the policy for the parts of the product that the query names.
    async fn settings(&self, query: String) -> Result<SettingsPage, AppError>;
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
            What::Imports => Answer::of(&shown::imports(self.imports().await?)),
            What::Discovery => Answer::of(&shown::discovery(self.discovery(query).await?)),
            What::Costs => Answer::of(&self.costs(query).await?),
            What::Quotas => Answer::of(&shown::quotas(self.quotas(query).await?)),
            What::Migrations => Answer::of(&shown::migrations(self.migrations().await?)),
            What::Draft => Answer::of(&shown::draft(self.draft(query).await?)),
            What::Migration => Answer::of(&shown::migration(self.migration(query).await?)),
            What::Report => Answer::of(&shown::report(self.report(query).await?)),
            What::Prices => Answer::of(&shown::prices(self.prices(query).await?)),
            What::Settings => Answer::of(&shown::settings(self.settings(query).await?)),
            What::Workload => Answer::of(&shown::workload(self.workload(query).await?)),
            What::Scenarios => Answer::of(&shown::scenarios(self.scenarios(query).await?)),
            What::Basis => Answer::of(&self.basis().await?),
        }
    }
}

/// The backend in the context of a page.
#[derive(Clone, Debug)]
pub struct BackendContext(pub Arc<dyn Backend>);
