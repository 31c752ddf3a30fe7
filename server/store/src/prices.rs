//! The prices that somebody adopted from the price list, with who and when, as one setting.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::prices::ListedPrice;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

const NAME: &str = "prices.adopted";

/// Adopted prices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptedPrices {
    /// When.
    pub at: UnixMillis,
    /// By whom.
    pub by: String,
    /// The prices.
    pub prices: Vec<ListedPrice>,
}

impl Store {
    /// Adopts prices in the place of those before; without any, the bundled ones hold again.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn put_prices(&self, adopted: &AdoptedPrices) -> Result<(), StoreError> {
        let text = json::write("setting", NAME, adopted)?;
        self.put_setting(NAME, &text).await
    }

    /// What was adopted last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn prices(&self) -> Result<AdoptedPrices, StoreError> {
        match self.setting(NAME).await? {
            Some(text) => json::read("setting", NAME, &text),
            None => Ok(AdoptedPrices::default()),
        }
    }
}
