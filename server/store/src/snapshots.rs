//! Imported deliveries. The same delivery twice is one snapshot, because its id follows from its content.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::inventory::{Snapshot, SnapshotId, SnapshotSource};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use rusqlite::{OptionalExtension, params};

/// A snapshot in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSummary {
    /// Its name.
    pub id: SnapshotId,
    /// Where it came from.
    pub source: SnapshotSource,
    /// Rows of the source.
    pub rows: u64,
    /// Objects.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
    /// When it was imported first.
    pub imported_at: UnixMillis,
    /// Names of its buckets, sorted.
    pub buckets: Vec<String>,
}

impl Store {
    /// Keeps a snapshot; false when it was there already, and then stays as it was.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put_snapshot(&self, snapshot: &Snapshot, at: UnixMillis) -> Result<bool, StoreError> {
        let id = snapshot.id.0.clone();
        let whole = json::write("snapshot", &id, snapshot)?;
        let source = json::write("snapshot", &id, &snapshot.source)?;
        let buckets = json::write("snapshot", &id, &snapshot.buckets())?;
        let counts = [snapshot.rows, snapshot.objects.0, snapshot.bytes.0].map(u64::cast_signed);
        self.writing(move |connection, _| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO snapshots (id, imported_at_ms, source, rows, objects, bytes, buckets, snapshot)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
            )?;
            let [rows, objects, bytes] = counts;
            Ok(insert.execute(params![id, at.0, source, rows, objects, bytes, buckets, whole])? == 1)
        })
        .await
    }

    /// All snapshots, newest import first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn snapshots(&self) -> Result<Vec<SnapshotSummary>, StoreError> {
        self.reading(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, source, rows, objects, bytes, imported_at_ms, buckets FROM snapshots
                 ORDER BY sequence DESC",
            )?;
            let mut rows = select.query([])?;
            let mut summaries = Vec::new();
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                summaries.push(SnapshotSummary {
                    source: json::read(
                        "snapshot",
                        &id,
                        row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?,
                    )?,
                    rows: row.get::<_, i64>(2)?.cast_unsigned(),
                    objects: Objects(row.get::<_, i64>(3)?.cast_unsigned()),
                    bytes: Bytes(row.get::<_, i64>(4)?.cast_unsigned()),
                    imported_at: UnixMillis(row.get(5)?),
                    buckets: json::read(
                        "snapshot",
                        &id,
                        row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?,
                    )?,
                    id: SnapshotId(id),
                });
            }
            Ok(summaries)
        })
        .await
    }

    /// One snapshot with its groups.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn snapshot(&self, id: &SnapshotId) -> Result<Option<Snapshot>, StoreError> {
        let id = id.0.clone();
        self.reading(move |connection| {
            let mut select = connection.prepare_cached("SELECT snapshot FROM snapshots WHERE id = ?1")?;
            let text: Option<String> = select.query_row([&id], |row| row.get(0)).optional()?;
            Ok(text.map(|text| json::read("snapshot", &id, &text)).transpose()?)
        })
        .await
    }

    /// Forgets a snapshot; false when there was none.
    ///
    /// # Errors
    /// When a plan needs it, or it cannot be removed.
    pub async fn remove_snapshot(&self, id: &SnapshotId) -> Result<bool, StoreError> {
        let id = id.0.clone();
        self.writing(move |connection, _| {
            let mut needed = connection.prepare_cached(
                "SELECT plans.id FROM plans, json_each(plans.plan, '$.buckets') AS bucket
                 WHERE json_extract(bucket.value, '$.snapshot') = ?1 LIMIT 1",
            )?;
            if let Some(plan) = needed.query_row([&id], |row| row.get(0)).optional()? {
                return Err(StoreError::SnapshotNeeded { id, plan }.into());
            }
            Ok(connection.execute("DELETE FROM snapshots WHERE id = ?1", [&id])? == 1)
        })
        .await
    }
}
