//! One module for each page. A page reads its figures through one server function and keeps its state in the URL.

mod costs;
mod import;
mod migration;
mod migrations;
mod new_migration;
mod overview;
mod prices;
mod quotas;
mod report;
mod requests;
mod scenarios;
mod settings;

/// Page models as they travel, by page.
#[cfg(feature = "ssr")]
pub(crate) mod shown {
    pub(crate) use super::import::imported as imports;
    pub(crate) use super::import::shown as discovery;
    pub(crate) use super::migration::shown as migration;
    pub(crate) use super::migrations::fragment as migrations;
    pub(crate) use super::new_migration::shown as draft;
    pub(crate) use super::overview::shown as overview;
    pub(crate) use super::prices::fragment as prices;
    pub(crate) use super::quotas::shown as quotas;
    pub(crate) use super::report::fragment as report;
    pub(crate) use super::requests::shown as workload;
    pub(crate) use super::scenarios::shown as scenarios;
    pub(crate) use super::settings::shown as settings;
}

pub(crate) use costs::CostsPage;
pub(crate) use import::ImportPage;
pub(crate) use migration::MigrationPage;
pub(crate) use migrations::MigrationsPage;
pub(crate) use new_migration::NewMigrationPage;
pub(crate) use overview::OverviewPage;
pub(crate) use prices::PricesPage;
pub(crate) use quotas::QuotasPage;
pub(crate) use report::ReportPage;
pub(crate) use requests::RequestsPage;
pub(crate) use scenarios::ScenariosPage;
pub(crate) use settings::SettingsPage;
