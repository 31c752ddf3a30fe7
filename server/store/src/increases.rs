//! Requests to raise quotas that were filed from here: who, when, for how much, and what became of it. Kept among the
//! settings, one under each time and Region, and never removed.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::increases::FiledIncrease;

/// Before the time in the name of a setting.
const PREFIX: &str = "increase.";

fn name(filed: &FiledIncrease) -> String {
    // Padded, so that names sort by time.
    format!("{PREFIX}{:020}.{}", filed.at.0, filed.region)
}

impl Store {
    /// Keeps a request; called before it is sent and again when its answer is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_increase(&self, filed: &FiledIncrease) -> Result<(), StoreError> {
        let name = name(filed);
        let text = json::write("quota request", &name, filed)?;
        self.put_setting(&name, &text).await
    }

    /// All of them, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn increases(&self) -> Result<Vec<FiledIncrease>, StoreError> {
        self.reading(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT name, value FROM settings WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name DESC",
            )?;
            let mut rows = select.query([PREFIX])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (name, text): (String, String) = (row.get(0)?, row.get(1)?);
                found.push(json::read("quota request", &name, &text)?);
            }
            Ok(found)
        })
        .await
    }
}
