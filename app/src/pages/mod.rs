//! One module for each page. A page reads its figures through one server function and keeps its state in the URL.

mod costs;
mod import;
mod migration;
mod migrations;
mod new_migration;
mod overview;
mod quotas;
mod requests;
mod scenarios;
mod settings;

/// Page models as they travel, by page.
#[cfg(feature = "ssr")]
pub(crate) mod shown {
    pub(crate) use super::import::shown as discovery;
    pub(crate) use super::migration::shown as migration;
    pub(crate) use super::migrations::fragment as migrations;
    pub(crate) use super::new_migration::shown as draft;
    pub(crate) use super::overview::shown as overview;
    pub(crate) use super::quotas::shown as quotas;
    pub(crate) use super::scenarios::shown as scenarios;
    pub(crate) use super::settings::shown as settings;
}

pub(crate) use costs::CostsPage;
pub(crate) use import::ImportPage;
pub(crate) use migration::MigrationPage;
pub(crate) use migrations::MigrationsPage;
pub(crate) use new_migration::NewMigrationPage;
pub(crate) use overview::OverviewPage;
pub(crate) use quotas::QuotasPage;
pub(crate) use requests::RequestsPage;
pub(crate) use scenarios::ScenariosPage;
pub(crate) use settings::SettingsPage;
