//! Models of the prices page.

use super::AppError;
use model::inventory::Region;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// A price in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceText {
    /// As stated, tier by tier.
    pub price: String,
    /// Source.
    pub source: String,
    /// Its date.
    pub date: String,
}

/// A price of the bundled table beside that of the price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceCompared {
    /// Region.
    pub region: Region,
    /// What it buys.
    pub meter: String,
    /// Bundled; `None` where no published figure was found.
    pub bundled: Option<PriceText>,
    /// Live; `None` where it was not asked for or the list has none.
    pub live: Option<PriceText>,
    /// How they differ.
    pub difference: String,
    /// Whether both are known and are not the same.
    pub differs: bool,
    /// Whether forecasts use the live one.
    pub live_in_use: bool,
}

/// What was asked of the price list for a Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricesAsked {
    /// Region.
    pub region: Region,
    /// When; `None` if never.
    pub at: Option<UnixMillis>,
    /// Prices that were found.
    pub found: u64,
    /// What could not be had.
    pub troubles: Vec<String>,
}

/// The prices page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricesPage {
    /// Prices of the Regions of the estate.
    pub rows: Vec<PriceCompared>,
    /// What was asked, by Region.
    pub asked: Vec<PricesAsked>,
    /// Who adopted live prices, and when; `None` while the bundled ones hold.
    pub adopted: Option<(String, UnixMillis)>,
    /// Date of the bundled table.
    pub table_date: String,
    /// Why a form of the page was sent back.
    pub refused: Option<AppError>,
}
