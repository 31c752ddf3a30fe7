//! Plans. A stored plan never changes: its journal refers to it.

use crate::error::StoreError;
use crate::json;
use crate::store::Store;
use model::plan::{MigrationId, Plan};
use model::time::UnixMillis;
use rusqlite::{OptionalExtension, Row, params};

/// A plan as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPlan {
    /// The plan.
    pub plan: Plan,
    /// When it was stored.
    pub created_at: UnixMillis,
    /// By whom.
    pub created_by: String,
}

impl Store {
    /// Keeps a plan; false when the very same plan was there already.
    ///
    /// # Errors
    /// When another plan has its name, or it cannot be written.
    pub async fn put_plan(&self, plan: &Plan, at: UnixMillis, by: &str) -> Result<bool, StoreError> {
        let (id, by) = (plan.id.0.clone(), by.to_string());
        let text = json::write("plan", &id, plan)?;
        let plan = plan.clone();
        self.writing(move |connection, _| {
            let mut select = connection.prepare_cached("SELECT plan FROM plans WHERE id = ?1")?;
            let stored: Option<String> = select.query_row([&id], |row| row.get(0)).optional()?;
            if let Some(stored) = stored {
                let stored: Plan = json::read("plan", &id, &stored)?;
                return if stored == plan {
                    Ok(false)
                } else {
                    Err(StoreError::OtherPlan { id }.into())
                };
            }
            connection.execute(
                "INSERT INTO plans (id, plan, created_at_ms, created_by) VALUES (?1, ?2, ?3, ?4)",
                params![id, text, at.0, by],
            )?;
            Ok(true)
        })
        .await
    }

    /// All plans, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn plans(&self) -> Result<Vec<StoredPlan>, StoreError> {
        self.reading(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, plan, created_at_ms, created_by FROM plans ORDER BY sequence DESC",
            )?;
            let rows = select.query_map([], columns)?;
            rows.map(|row| Ok(stored(row?)?)).collect()
        })
        .await
    }

    /// One plan.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn plan(&self, id: &MigrationId) -> Result<Option<StoredPlan>, StoreError> {
        let id = id.0.clone();
        self.reading(move |connection| {
            let mut select = connection
                .prepare_cached("SELECT id, plan, created_at_ms, created_by FROM plans WHERE id = ?1")?;
            let row = select.query_row([id], columns).optional()?;
            Ok(row.map(stored).transpose()?)
        })
        .await
    }

    /// Forgets a plan that was never confirmed; false when there was none.
    ///
    /// # Errors
    /// When it has a journal, or cannot be removed.
    pub async fn remove_plan(&self, id: &MigrationId) -> Result<bool, StoreError> {
        let id = id.0.clone();
        self.writing(move |connection, _| {
            let mut used =
                connection.prepare_cached("SELECT 1 FROM journal WHERE migration_id = ?1 LIMIT 1")?;
            if used.exists([&id])? {
                return Err(StoreError::PlanUsed { id }.into());
            }
            Ok(connection.execute("DELETE FROM plans WHERE id = ?1", [&id])? == 1)
        })
        .await
    }
}

type Columns = (String, String, i64, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn stored((id, text, at, created_by): Columns) -> Result<StoredPlan, StoreError> {
    Ok(StoredPlan {
        plan: json::read("plan", &id, &text)?,
        created_at: UnixMillis(at),
        created_by,
    })
}
