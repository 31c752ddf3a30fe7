//! The estate's workload and the settings of the server. The workload is kept bucket by bucket, so that another import
//! or form changes only the buckets it names.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::workload::{BucketWorkload, Workload};
use rusqlite::{OptionalExtension, params};

/// Name of the setting that holds what is assumed for every bucket.
const DEFAULTS: &str = "workload.defaults";
/// Name of the setting that holds what the account reported unasked.
const REPORTED: &str = "workload.reported";

impl Store {
    /// Keeps the defaults and the buckets of a workload; buckets that it does not name stay as they are.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_workload(&self, workload: &Workload) -> Result<(), StoreError> {
        let defaults = json::write("setting", DEFAULTS, &workload.defaults.peak_to_average)?;
        let mut buckets = Vec::with_capacity(workload.buckets.len());
        for bucket in &workload.buckets {
            buckets.push((
                bucket.name.clone(),
                json::write("workload of bucket", &bucket.name, bucket)?,
            ));
        }
        self.writing(move |connection, _| {
            let mut put =
                connection.prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")?;
            put.execute(params![DEFAULTS, defaults])?;
            let mut put = connection
                .prepare_cached("INSERT OR REPLACE INTO workloads (bucket, workload) VALUES (?1, ?2)")?;
            for (name, text) in &buckets {
                put.execute(params![name, text])?;
            }
            Ok(())
        })
        .await
    }

    /// The workload, buckets by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn workload(&self) -> Result<Workload, StoreError> {
        self.reading(|connection| {
            let mut workload = Workload::default();
            let mut defaults = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
            let text: Option<String> = defaults.query_row([DEFAULTS], |row| row.get(0)).optional()?;
            if let Some(text) = text {
                workload.defaults.peak_to_average = json::read("setting", DEFAULTS, &text)?;
            }
            let mut select =
                connection.prepare_cached("SELECT bucket, workload FROM workloads ORDER BY bucket")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                let text: String = row.get(1)?;
                workload
                    .buckets
                    .push(json::read("workload of bucket", &name, &text)?);
            }
            Ok(workload)
        })
        .await
    }

    /// Keeps the counts that the account reported, in the place of those before.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn put_reported(&self, reported: &[BucketWorkload]) -> Result<(), StoreError> {
        let text = json::write("setting", REPORTED, &reported)?;
        if self.setting(REPORTED).await?.as_ref() == Some(&text) {
            return Ok(());
        }
        self.put_setting(REPORTED, &text).await
    }

    /// The counts that the account reported last; below those that were typed or adopted.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn reported(&self) -> Result<Vec<BucketWorkload>, StoreError> {
        match self.setting(REPORTED).await? {
            Some(text) => json::read("setting", REPORTED, &text),
            None => Ok(Vec::new()),
        }
    }

    /// Forgets what was kept of these buckets' use.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn forget_workload(&self, buckets: &[String]) -> Result<(), StoreError> {
        let buckets = buckets.to_vec();
        self.writing(move |connection, _| {
            let mut delete = connection.prepare_cached("DELETE FROM workloads WHERE bucket = ?1")?;
            for bucket in &buckets {
                delete.execute([bucket])?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets what is known of all buckets' use.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn clear_workload(&self) -> Result<(), StoreError> {
        self.writing(|connection, _| {
            connection.execute("DELETE FROM workloads", [])?;
            connection.execute("DELETE FROM settings WHERE name = ?1", [DEFAULTS])?;
            Ok(())
        })
        .await
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let (name, value) = (name.to_string(), value.to_string());
        self.writing(move |connection, _| {
            connection.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)",
                [name, value],
            )?;
            Ok(())
        })
        .await
    }

    /// A setting.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_string();
        self.reading(move |connection| {
            let mut select = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
            Ok(select.query_row([name], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Settings whose names begin alike, by name.
    pub(crate) async fn settings_of(
        &self,
        prefix: &'static str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.reading(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT name, value FROM settings WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
            )?;
            let rows = select.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
