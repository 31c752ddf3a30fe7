//! What the account told last of each Region's KMS quota and of its use, one setting per Region: commands that connect to
//! no account compute with it as the pages do, and say of when it is.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::headroom::RegionUsage;
use model::inventory::Region;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Before the code of the Region in the name of a setting.
const PREFIX: &str = "usage.";

/// What an account told of a Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptUsage {
    /// Region.
    pub region: Region,
    /// When it was asked.
    pub at: UnixMillis,
    /// Quota and use; what was not told is `None`.
    pub usage: RegionUsage,
}

impl Store {
    /// Keeps what was told in the place of what was told of the Region before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_usage(&self, kept: &KeptUsage) -> Result<(), StoreError> {
        let name = format!("{PREFIX}{}", kept.region);
        let text = json::write("usage of Region", &kept.region.0, kept)?;
        self.put_setting(&name, &text).await
    }

    /// What was told last, by Region.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn usage(&self) -> Result<Vec<KeptUsage>, StoreError> {
        let settings = self.settings_of(PREFIX).await?;
        let read = |(name, text): &(String, String)| json::read("usage of Region", name, text);
        settings.iter().map(read).collect()
    }
}
