//! Models of the pages that compute: costs, quotas, scenarios.

use super::AppError;
use crate::costs_view::CostsView;
use model::comparison::Figure;
use model::headroom::{RegionHeadroom, RegionUsage};
use model::increases::{FiledIncrease, IncreaseRequest};
use model::inventory::Region;
use model::key_calls::KeyCalls;
use model::money::NanoUsd;
use model::scenario::{FieldError, Scenario};
use model::sensitivity::Swing;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A saved scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedScenario {
    /// Name.
    pub name: String,
    /// Query of its costs page.
    pub query: String,
    /// A month in its configuration.
    pub month: NanoUsd,
    /// Whether that is a lower bound, because something could not be counted.
    pub month_is_bound: bool,
    /// What the proposed conversion costs.
    pub once: NanoUsd,
    /// Whether that is a lower bound.
    pub once_is_bound: bool,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Name; empty for the estate as it is known, with nothing varied.
    pub name: String,
    /// Whether it uses a bucket key.
    pub bucket_key: bool,
    /// Its figures.
    pub view: CostsView,
}

/// A sum of a scenario: its title, and the sum.
type Sum = (&'static str, fn(&CostsView) -> NanoUsd);

/// A line with both figures; a line that one side lacks is nothing there, and what is not known stays so.
type Line = (String, [Option<Figure>; 2]);

impl Compared {
    /// What the estate as it is known is called.
    pub const AS_KNOWN: &'static str = "As known, nothing varied";

    /// The sums that are compared.
    pub const SUMS: [Sum; 4] = [
        ("A month as now", |view| view.before),
        ("A month as chosen", |view| view.chosen),
        ("The conversion, once", |view| {
            view.once.first().map(|once| once.total).unwrap_or_default()
        }),
        ("All months with the conversion", |view| {
            view.months.last().map(|last| last.cumulative).unwrap_or_default()
        }),
    ];

    /// Its name in words.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.name.is_empty() {
            Self::AS_KNOWN
        } else {
            &self.name
        }
    }

    /// The lines of a month as chosen, beside those of another one.
    #[must_use]
    pub fn lines_beside(&self, other: &Self) -> Vec<Line> {
        let mut lines: BTreeMap<(usize, String), [Option<Figure>; 2]> = BTreeMap::new();
        for (side, compared) in [self, other].into_iter().enumerate() {
            for (place, line) in compared.view.lines.iter().enumerate() {
                let figure = if compared.bucket_key {
                    &line.after_bucket_key
                } else {
                    &line.after
                };
                if figure.derivation.is_empty() {
                    continue;
                }
                let region = line.region.as_deref().unwrap_or("all Regions");
                let title = format!("{}, {region}", line.line);
                // Both sides list their lines in one order; a line keeps the place at which it was seen first.
                let known = lines.keys().find(|(_, known)| *known == title).cloned();
                let key = known.unwrap_or((place, title));
                lines.entry(key).or_default()[side] = Some(figure.clone());
            }
        }
        let titled = |((_, title), figures)| (title, figures);
        lines.into_iter().map(titled).collect()
    }
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
    pub view: CostsView,
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
    /// Accounts to choose from, where the server reads several: quotas are for each account and Region.
    pub accounts: Vec<AccountChoice>,
    /// Why a form of the page was sent back.
    pub refused: Option<AppError>,
}

impl QuotasPage {
    /// The query of this page: its scenario, and the account unless it is the server's own.
    #[must_use]
    pub fn query(&self) -> String {
        let scenario = self.scenario.to_query();
        let chosen = self
            .accounts
            .iter()
            .find(|account| account.chosen && !account.own);
        match chosen {
            Some(account) if scenario.is_empty() => format!("account={}", account.number),
            Some(account) => format!("{scenario}&account={}", account.number),
            None => scenario,
        }
    }
}

/// An account that a page can be about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChoice {
    /// Its number; empty when it is not known.
    pub number: String,
    /// Whether it is the server's own, in which migrations run.
    pub own: bool,
    /// Whether the page is about it.
    pub chosen: bool,
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
    /// Keys that were used in the last day, the busiest first.
    pub keys: Vec<KeyCalls>,
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
