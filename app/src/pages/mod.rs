//! One module for each page. A page reads its figures through one server function and keeps its state in the URL.

mod costs;
mod import;
mod migration;
mod migrations;
mod new_migration;
mod overview;
mod quotas;
mod requests;
mod settings;

pub(crate) use costs::CostsPage;
pub(crate) use import::ImportPage;
pub(crate) use migration::MigrationPage;
pub(crate) use migrations::MigrationsPage;
pub(crate) use new_migration::NewMigrationPage;
pub(crate) use overview::OverviewPage;
pub(crate) use quotas::QuotasPage;
pub(crate) use requests::RequestsPage;
pub(crate) use settings::SettingsPage;
