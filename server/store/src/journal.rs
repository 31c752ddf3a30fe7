//! Journals on disk, as [`engine::Journal`] promises them: an append is one transaction, synced to the disk when it
//! returns, refused by the lease and by the table of transitions.

use crate::error::StoreError;
use crate::json;
use crate::store::{Failure, Store};
use async_trait::async_trait;
use engine::{Fence, Journal, JournalError, admit};
use model::migration::{Entry, EntryKind, Recorded, State, next};
use model::plan::MigrationId;
use model::time::UnixMillis;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Entries that one read gives at most: some megabytes.
const PAGE: i64 = 4096;

/// Where a journal ends.
#[derive(Clone, Copy, Debug)]
struct End {
    seq: u64,
    epoch: u64,
    state: State,
}

/// Where journals end, remembered so that an append need not read them again. Follows from the tables and can be
/// forgotten at any time.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    known: HashMap<MigrationId, End>,
}

impl Ends {
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }

    fn of(
        &mut self,
        connection: &Connection,
        id: &MigrationId,
    ) -> Result<Result<End, JournalError>, Failure> {
        if let Some(end) = self.known.get(id) {
            return Ok(Ok(*end));
        }
        if !connection
            .prepare_cached("SELECT 1 FROM plans WHERE id = ?1")?
            .exists([&id.0])?
        {
            return Err(StoreError::NoPlan { id: id.0.clone() }.into());
        }
        let mut lease = connection.prepare_cached("SELECT epoch FROM leases WHERE migration_id = ?1")?;
        let epoch: Option<i64> = lease.query_row([&id.0], |row| row.get(0)).optional()?;
        let mut end = End {
            seq: 0,
            epoch: epoch.unwrap_or(0).cast_unsigned(),
            state: State::Planned,
        };
        let mut select = connection
            .prepare_cached("SELECT seq, kind FROM journal WHERE migration_id = ?1 ORDER BY seq")?;
        let mut rows = select.query([&id.0])?;
        while let Some(row) = rows.next()? {
            end.seq = row.get::<_, i64>(0)?.cast_unsigned();
            let name: String = row.get(1)?;
            match step(end.state, &name) {
                Ok(state) => end.state = state,
                Err(source) => {
                    return Ok(Err(JournalError::Damaged {
                        id: id.clone(),
                        seq: end.seq,
                        source,
                    }));
                }
            }
        }
        self.known.insert(id.clone(), end);
        Ok(Ok(end))
    }
}

fn step(state: State, name: &str) -> Result<State, Box<dyn std::error::Error + Send + Sync>> {
    let kind = EntryKind::parse(name).ok_or_else(|| format!("no entry is called `{name}`"))?;
    Ok(next(state, kind)?)
}

/// Writes entries inside a transaction, or says why not; the outer failure is the database's.
fn append(
    connection: &Connection,
    ends: &mut Ends,
    id: &MigrationId,
    fence: Fence,
    at: UnixMillis,
    entries: Vec<Entry>,
) -> Result<Result<Vec<Recorded>, JournalError>, Failure> {
    let end = match ends.of(connection, id)? {
        Ok(end) => end,
        Err(error) => return Ok(Err(error)),
    };
    let (epoch, state) = match admit(id, fence, &entries, end.epoch, end.state) {
        Ok(admitted) => admitted,
        Err(error) => return Ok(Err(error)),
    };
    if epoch != end.epoch {
        let owner = format!("process {}", std::process::id());
        connection
            .prepare_cached("INSERT OR REPLACE INTO leases (migration_id, epoch, owner) VALUES (?1, ?2, ?3)")?
            .execute(params![id.0, epoch.cast_signed(), owner])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO journal (migration_id, seq, at_ms, epoch, kind, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut recorded = Vec::with_capacity(entries.len());
    for (seq, entry) in (end.seq + 1..).zip(entries) {
        let payload = json::write("entry of migration", &id.0, &entry)?;
        let kind = entry.kind().name();
        insert.execute(params![
            id.0,
            seq.cast_signed(),
            at.0,
            epoch.cast_signed(),
            kind,
            payload
        ])?;
        recorded.push(Recorded { seq, at, entry });
    }
    let seq = end.seq + recorded.len() as u64;
    ends.known.insert(id.clone(), End { seq, epoch, state });
    Ok(Ok(recorded))
}

fn page(
    connection: &Connection,
    id: &MigrationId,
    after_seq: u64,
) -> Result<Result<Vec<Recorded>, JournalError>, Failure> {
    let mut select = connection.prepare_cached(
        "SELECT seq, at_ms, payload FROM journal WHERE migration_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut rows = select.query(params![id.0, after_seq.cast_signed(), PAGE])?;
    let mut recorded = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        let at = UnixMillis(row.get(1)?);
        let payload = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        match serde_json::from_str(payload) {
            Ok(entry) => recorded.push(Recorded { seq, at, entry }),
            Err(source) => {
                return Ok(Err(JournalError::Damaged {
                    id: id.clone(),
                    seq,
                    source: Box::new(source),
                }));
            }
        }
    }
    Ok(Ok(recorded))
}

fn unavailable(id: &MigrationId, error: StoreError) -> JournalError {
    JournalError::Unavailable {
        id: id.clone(),
        source: Box::new(error),
    }
}

#[async_trait]
impl Journal for Store {
    async fn append(
        &self,
        id: &MigrationId,
        fence: Fence,
        at: UnixMillis,
        entries: Vec<Entry>,
    ) -> Result<Vec<Recorded>, JournalError> {
        let of = id.clone();
        let done = self
            .writing(move |connection, ends| append(connection, ends, &of, fence, at, entries))
            .await;
        done.map_err(|error| unavailable(id, error))?
    }

    async fn read(&self, id: &MigrationId, after_seq: u64) -> Result<Vec<Recorded>, JournalError> {
        let of = id.clone();
        let done = self
            .reading(move |connection| page(connection, &of, after_seq))
            .await;
        done.map_err(|error| unavailable(id, error))?
    }
}
