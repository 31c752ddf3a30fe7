//! Opens the database file and brings it to the form that this version needs, one numbered step after another.

use crate::error::StoreError;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// The steps; the n-th makes form n. `PRAGMA user_version` holds the form of a file.
const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// How long a statement waits for another program, such as a backup, to let go of the file.
const BUSY: Duration = Duration::from_secs(5);

/// A connection for writing, to a file in today's form.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = connect(path)?;
    upgrade(&mut connection, path)?;
    Ok(connection)
}

/// Another connection to the same file, for reading while the writer waits for the disk.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|source| StoreError::of(path, source))?;
    Ok(connection)
}

/// Whether a file is in today's form.
pub(crate) fn is_current(path: &Path) -> Result<bool, StoreError> {
    let known = STEPS.len() as i64;
    let found = form(&open_reader(path)?, path)?;
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_path_buf(),
            found,
            known,
        });
    }
    Ok(found == known)
}

fn form(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| StoreError::of(path, source))
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let settled = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        // FULL: a commit is on the disk when it returns, which is what the journal promises. NORMAL would not be.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    settled().map_err(|source| StoreError::of(path, source))
}

fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let known = STEPS.len() as i64;
    let found = form(connection, path)?;
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_path_buf(),
            found,
            known,
        });
    }
    for (to, step) in (1i64..).zip(STEPS).filter(|(to, _)| *to > found) {
        let mut apply = || -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", to)?;
            transaction.commit()
        };
        apply().map_err(|source| StoreError::Upgrade {
            path: path.to_path_buf(),
            to,
            source: source.into(),
        })?;
    }
    Ok(())
}
