//! Models of the pages that compute: costs, quotas, scenarios.

use model::headroom::RegionHeadroom;
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
}
