//! `app::Backend` for the service: each method asks one part and gives a page model.

use super::accounts::AccountKey;
use super::forms::{borrowed, pairs};
use super::intake::Location;
use super::trouble::from_intake;
use super::{Service, internal};
use crate::web::documents::prices_of;
use app::backend::{
    Action, AppError, Backend, CostsPage, Discovery, DraftPage, ErrorKind, Frame, ImportPage, MigrationPage,
    MigrationRow, OverviewPage, PriceRow, PricesPage, QuotaTold, QuotasPage, ReportPage, ScenariosPage,
    SettingsPage, SnapshotRow, WorkloadPage,
};
use app::costs_view::CostsView;
use async_trait::async_trait;
use leptos::server_fn::error::ServerFnUrlError;
use model::basis::Basis;
use model::headroom::{AccountUsage, headroom};
use model::inventory::{Region, SnapshotId};
use model::overview::{Overview, OverviewQuery};
use model::prices;
use model::scenario::Scenario;
use model::sensitivity::sensitivity;
use store::StoreError;

impl Service {
    /// A scenario out of a query, with what could not be read.
    pub(crate) fn scenario(&self, query: &str) -> (Scenario, Vec<model::scenario::FieldError>) {
        let peak = self.known().workload.defaults.peak_to_average;
        let peak = ("peak".to_string(), model::scenario::ratio_text(peak));
        // A later field stands before an earlier one.
        let mut fields = vec![peak];
        fields.extend(pairs(query));
        Scenario::from_pairs(borrowed(&fields))
    }

    /// Headroom of an account's Regions in a scenario.
    pub(crate) async fn headrooms(
        &self,
        account: &AccountKey,
        scenario: &Scenario,
    ) -> Vec<model::headroom::RegionHeadroom> {
        let usage = self.usage(account, self.regions_of(account, scenario)).await;
        headroom(&self.basis_in(&self.known(), account), scenario, &usage)
    }

    /// Regions whose quotas a scenario needs: those of the account's buckets or its own, and the one it fails over to.
    fn regions_of(&self, account: &AccountKey, scenario: &Scenario) -> Vec<Region> {
        let regions = scenario
            .region
            .clone()
            .map_or_else(|| self.regions_in(account), |region| vec![region]);
        regions.into_iter().chain(scenario.failover.clone()).collect()
    }

    /// What an account tells of the Regions of a scenario, with what was filed from here.
    pub(crate) async fn quotas_told(
        &self,
        account: &AccountKey,
        scenario: &Scenario,
    ) -> Result<Vec<QuotaTold>, AppError> {
        let mut told = self.told(account, self.regions_of(account, scenario)).await;
        if !account.is_own() {
            return Ok(told);
        }
        let filed = self
            .inner
            .store
            .increases()
            .await
            .map_err(|error| internal(&error))?;
        for one in &mut told {
            let of_region = filed.iter().filter(|filed| filed.region == one.region);
            one.filed = of_region.cloned().collect();
        }
        Ok(told)
    }

    /// Prices of the Regions of the estate.
    pub(crate) fn prices_in_use(&self) -> Vec<PriceRow> {
        let known = self.known();
        let of = |region: &Region| prices_of(&known.estate.basis.prices, region);
        self.regions().iter().flat_map(of).collect()
    }

    fn account_text(&self) -> String {
        let identity = &self.inner.account.identity;
        let others = match self.account_keys().len() {
            1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        let account = self.own_account().map(|id| format!("account {id}{others}"));
        match (account, identity.endpoint.as_deref()) {
            (Some(account), Some(endpoint)) => format!("{account} at {endpoint}"),
            (Some(account), None) => account,
            (None, Some(endpoint)) => endpoint.to_string(),
            (None, None) => "the default AWS credentials".to_string(),
        }
    }
}

/// Why a plain form below a path was sent back, if it was.
pub(super) fn refused(fields: &[(String, String)], below: &str) -> Option<AppError> {
    let field = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, text)| text)
    };
    let from_there = field("__path").is_some_and(|path| path.starts_with(below));
    let error = field("__err").filter(|_| from_there)?;
    Some(ServerFnUrlError::<AppError>::decode_err(error))
}

fn region_codes() -> Vec<String> {
    prices::regions()
        .iter()
        .map(|facts| facts.code.to_string())
        .collect()
}

/// A Region out of a form field, which may be empty.
pub(crate) fn region_field(text: &str) -> Result<Option<Region>, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        AppError::new(
            ErrorKind::Input,
            format!("`{text}` is not a Region code."),
            "Give a code such as eu-west-2, or none.",
        )
    };
    Region::parse(text).map(Some).ok_or_else(wrong)
}

#[async_trait]
impl Backend for Service {
    async fn frame(&self) -> Result<Frame, AppError> {
        let known = self.known();
        Ok(Frame {
            badge: self.badge(),
            account: self.account_text(),
            snapshots: known.estate.snapshots.len(),
            as_of: known.estate.basis.as_of,
            version: env!("CARGO_PKG_VERSION").to_string(),
        })
    }

    async fn overview(&self, query: OverviewQuery) -> Result<OverviewPage, AppError> {
        let known = self.known();
        let overview = (!known.estate.buckets.is_empty()).then(|| Overview::new(&known.estate, query));
        let shown = overview.iter().flat_map(|overview| &overview.buckets);
        let shown = shown.map(|bucket| bucket.name.clone()).collect();
        Ok(OverviewPage {
            overview,
            sandbox: !self.inner.sandbox.is_empty(),
            defaults: self.default_encryptions(shown).await,
        })
    }

    async fn imports(&self) -> Result<ImportPage, AppError> {
        let known = self.known();
        let stored = self
            .inner
            .store
            .snapshots()
            .await
            .map_err(|error| internal(&error))?;
        let row = |summary: store::SnapshotSummary| {
            let whole = known.snapshots.iter().find(|snapshot| snapshot.id == summary.id);
            SnapshotRow {
                kind: summary.source.kind,
                format: summary.source.format,
                as_of: summary.source.as_of,
                imported_at: summary.imported_at,
                location: summary.source.location,
                buckets: summary.buckets,
                objects: summary.objects,
                bytes: summary.bytes,
                warnings: whole
                    .map(|snapshot| snapshot.warnings.clone())
                    .unwrap_or_default(),
                keys: whole.map(|snapshot| snapshot.keys.clone()).unwrap_or_default(),
                totals: whole.map(|snapshot| snapshot.totals.clone()).unwrap_or_default(),
                in_use: known.estate.snapshots.iter().any(|(id, ..)| *id == summary.id),
                id: summary.id,
            }
        };
        let sandbox = self.inner.sandbox.iter();
        Ok(ImportPage {
            runs: self.inner.imports.list(),
            snapshots: stored.into_iter().map(row).collect(),
            sandbox: sandbox
                .map(|one| (one.title.clone(), one.location.display().to_string()))
                .collect(),
            upload_limit: self.inner.upload_limit,
            regions: region_codes(),
        })
    }

    async fn discovery(&self, query: String) -> Result<Discovery, AppError> {
        Ok(self.discover(&query).await)
    }

    async fn start_import(&self, location: String, region: String) -> Result<u64, AppError> {
        let location = location.trim();
        if location.is_empty() {
            return Err(AppError::new(
                ErrorKind::Input,
                "No path was given.",
                "Name a manifest.json, a directory that holds one, a Macie JSON file, or Parquet files of an S3 Metadata table that this server can read, or s3://bucket/prefix/.",
            ));
        }
        let given = region_field(&region)?;
        // The sandbox knows the Regions of its own buckets.
        let own = self
            .inner
            .sandbox
            .iter()
            .find(|delivery| delivery.location.display().to_string() == location);
        let region = given.or_else(|| own.and_then(|delivery| delivery.region.clone()).map(Region));
        let location = Location::parse(location).map_err(|error| from_intake(&error))?;
        Ok(self.begin_import(location, region, None))
    }

    async fn import_sandbox(&self) -> Result<(), AppError> {
        if self.inner.sandbox.is_empty() {
            return Err(AppError::plain(
                ErrorKind::NotFound,
                "This server has no sandbox.",
            ));
        }
        self.import_standard().await
    }

    async fn remove_snapshot(&self, id: SnapshotId) -> Result<(), AppError> {
        let removed = self
            .inner
            .store
            .remove_snapshot(&id)
            .await
            .map_err(|error| match error {
                StoreError::SnapshotNeeded { .. } => AppError::new(
                    ErrorKind::Conflict,
                    error.to_string(),
                    "A migration's record refers to this snapshot, so it stays.",
                ),
                error => internal(&error),
            })?;
        if !removed {
            return Err(AppError::new(
                ErrorKind::NotFound,
                format!("There is no snapshot {}.", id.0),
                "Look it up in the list of snapshots.",
            ));
        }
        self.refresh().await.map_err(|error| internal(&error))
    }

    async fn costs(&self, query: String) -> Result<CostsPage, AppError> {
        let (scenario, errors) = self.scenario(&query);
        let known = self.known();
        let view = CostsView::new(&known.estate.basis, &scenario);
        let swings = sensitivity(&known.estate.basis, &scenario);
        Ok(CostsPage {
            swings,
            scenario,
            errors,
            view,
            regions: region_codes(),
            empty: known.estate.buckets.is_empty(),
        })
    }

    async fn quotas(&self, query: String) -> Result<QuotasPage, AppError> {
        let (scenario, errors) = self.scenario(&query);
        let account = self.account_asked(&query)?;
        let told = self.quotas_told(&account, &scenario).await?;
        let usage: AccountUsage = told
            .iter()
            .map(|told| (told.region.clone(), told.usage.clone()))
            .collect();
        let known = self.known();
        let regions = headroom(&self.basis_in(&known, &account), &scenario, &usage);
        let without = known
            .estate
            .buckets
            .iter()
            .filter(|bucket| bucket.region.is_none())
            .count();
        Ok(QuotasPage {
            without_region: if scenario.region.is_some() { 0 } else { without },
            scenario,
            errors,
            regions,
            as_of: known.estate.basis.dated(),
            choices: region_codes(),
            empty: known.estate.buckets.is_empty(),
            told,
            not_allowed: self.not_filed(&account),
            accounts: self.account_choices(&account),
            refused: refused(&pairs(&query), "/quotas/"),
        })
    }

    async fn migrations(&self) -> Result<Vec<MigrationRow>, AppError> {
        self.migration_rows().await
    }

    async fn draft(&self, query: String) -> Result<DraftPage, AppError> {
        self.draft_page(&query).await
    }

    async fn create_plan(&self, query: String) -> Result<String, AppError> {
        self.store_plan(&query).await
    }

    async fn migration(&self, id: String) -> Result<MigrationPage, AppError> {
        self.migration_page(&id).await
    }

    async fn report(&self, id: String) -> Result<ReportPage, AppError> {
        self.report_page(&id).await
    }

    async fn act(&self, id: String, action: Action, argument: String) -> Result<(), AppError> {
        self.command(&id, action, &argument).await
    }

    async fn scenarios(&self, query: String) -> Result<ScenariosPage, AppError> {
        self.scenarios_page(&query).await
    }

    async fn save_scenario(&self, name: String, query: String) -> Result<(), AppError> {
        self.keep_scenario(&name, &query).await
    }

    async fn remove_scenario(&self, name: String) -> Result<(), AppError> {
        self.forget_scenario(&name).await
    }

    async fn workload(&self, query: String) -> Result<WorkloadPage, AppError> {
        Ok(self.workload_page(&query))
    }

    async fn basis(&self) -> Result<Basis, AppError> {
        Ok(self.known().estate.basis.clone())
    }

    async fn prices(&self, query: String) -> Result<PricesPage, AppError> {
        self.prices_page(&query).await
    }

    async fn settings(&self, query: String) -> Result<SettingsPage, AppError> {
        Ok(self.settings_page(&query).await)
    }
}
