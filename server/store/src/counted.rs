//! Request counts by CloudWatch that somebody adopted, one for each bucket, among the settings.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::counted::CountedRequests;

/// Before the name of the bucket in the name of a setting.
const PREFIX: &str = "counted.";

impl Store {
    /// Adopts counts in the place of what was typed or adopted for their buckets before.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn adopt_counted(&self, counted: &[CountedRequests]) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(counted.len());
        for one in counted {
            let text = json::write("counts of bucket", &one.bucket, one)?;
            rows.push((one.bucket.clone(), text));
        }
        self.writing(move |connection, _| {
            let mut put =
                connection.prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")?;
            let mut forget = connection.prepare_cached("DELETE FROM workloads WHERE bucket = ?1")?;
            for (bucket, text) in &rows {
                put.execute([&format!("{PREFIX}{bucket}"), text])?;
                forget.execute([bucket])?;
            }
            Ok(())
        })
        .await
    }

    /// Stops using a bucket's adopted counts.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub async fn drop_counted(&self, bucket: &str) -> Result<(), StoreError> {
        let name = format!("{PREFIX}{bucket}");
        self.writing(move |connection, _| {
            connection.execute("DELETE FROM settings WHERE name = ?1", [name])?;
            Ok(())
        })
        .await
    }

    /// What was adopted, by bucket.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn counted(&self) -> Result<Vec<CountedRequests>, StoreError> {
        let settings = self.settings_of(PREFIX).await?;
        let read = |(name, text): &(String, String)| json::read("counts of bucket", name, text);
        settings.iter().map(read).collect()
    }
}
