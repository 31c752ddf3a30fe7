//! Models of the pages that compute: costs, quotas, scenarios.

use super::AppError;
use model::headroom::{RegionHeadroom, RegionUsage};
use model::increases::{FiledIncrease, IncreaseRequest};
use model::inventory::Region;
use model::money::NanoUsd;
use model::scenario::{FieldError, Scenario};
use model::sensitivity::Swing;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

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
    /// What the account told, by Region.
    pub told: Vec<QuotaTold>,
    /// Why nothing can be filed here.
    pub not_allowed: Option<String>,
    /// Why a form of the page was sent back.
    pub refused: Option<AppError>,
}

/// Something that could not be had, where it matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What is missing.
    pub what: String,
    /// What was said.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// What the account told of a Region's KMS quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaTold {
    /// Region.
    pub region: Region,
    /// When it was asked; `None` while no answer is there.
    pub asked_at: Option<UnixMillis>,
    /// Quota and use.
    pub usage: RegionUsage,
    /// What could not be had.
    pub troubles: Vec<Trouble>,
    /// Whether AWS raises the quota on request.
    pub adjustable: bool,
    /// Whether the requests are known; without that nothing is filed.
    pub listed: bool,
    /// Requests to raise it, newest first.
    pub requests: Vec<IncreaseRequest>,
    /// Those that were filed from here.
    pub filed: Vec<FiledIncrease>,
}
