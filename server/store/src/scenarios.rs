//! Named scenarios: each is the query of a costs page, kept among the settings under its name.

use crate::error::StoreError;
use crate::store::Store;

/// Before the name of a scenario in the settings.
const PREFIX: &str = "scenario.";

impl Store {
    /// Keeps a scenario; one of the same name is replaced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_scenario(&self, name: &str, query: &str) -> Result<(), StoreError> {
        self.put_setting(&format!("{PREFIX}{name}"), query).await
    }

    /// Names and queries of all scenarios, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn scenarios(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.reading(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT substr(name, length(?1) + 1), value FROM settings WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
            )?;
            let rows = select.query_map([PREFIX], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Forgets a scenario; one that is not there is no error.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove_scenario(&self, name: &str) -> Result<(), StoreError> {
        let name = format!("{PREFIX}{name}");
        self.writing(move |connection, _| {
            connection.execute("DELETE FROM settings WHERE name = ?1", [name])?;
            Ok(())
        })
        .await
    }
}
