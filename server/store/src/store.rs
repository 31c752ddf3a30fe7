//! The open store: one file, one lock on its directory, one connection that writes and one that reads. Work on them
//! runs on threads that may block, so that handlers can await it.

use crate::error::StoreError;
use crate::journal::Ends;
use crate::schema;
use rusqlite::Connection;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The database file, in the data directory.
const FILE: &str = "rekey.sqlite";
/// Locked while a server uses the directory.
const LOCK: &str = "rekey.lock";

/// Snapshots, workload, settings, plans and journals on disk. Cloning gives another handle on the same store.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: Mutex<Writer>,
    reader: Mutex<Connection>,
    /// Held for its lock, which the system gives back even when the process is killed; none where it is only read.
    _lock: Option<File>,
}

/// What a statement that writes may use.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) ends: Ends,
}

impl Store {
    /// Opens the store in a data directory, and makes both where they are not there yet. Blocks: call it at the start.
    ///
    /// # Errors
    /// When the directory cannot be used, another server uses it, or the file is newer or damaged.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let unusable = |source| StoreError::Directory {
            path: directory.to_path_buf(),
            source,
        };
        std::fs::create_dir_all(directory).map_err(unusable)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    path: directory.to_path_buf(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let path = directory.join(FILE);
        let connection = schema::open_writer(&path)?;
        let reader = schema::open_reader(&path)?;
        tracing::debug!(path = %path.display(), "store opened");
        Ok(Self::of(path, connection, reader, Some(lock)))
    }

    /// Opens what a data directory holds to read it, also while a server uses it; `None` where there is no store. Nothing
    /// is made, and whatever would write fails. Blocks.
    ///
    /// # Errors
    /// When the file is newer or damaged, or is of an older version and a server uses it.
    pub fn open_to_read(directory: &Path) -> Result<Option<Self>, StoreError> {
        let path = directory.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        if !schema::is_current(&path)? {
            // Bringing it up to date is for whoever holds the lock.
            return Self::open(directory).map(Some);
        }
        let (connection, reader) = (schema::open_reader(&path)?, schema::open_reader(&path)?);
        Ok(Some(Self::of(path, connection, reader, None)))
    }

    fn of(path: PathBuf, connection: Connection, reader: Connection, lock: Option<File>) -> Self {
        let writer = Mutex::new(Writer {
            connection,
            ends: Ends::default(),
        });
        Self {
            inner: Arc::new(Inner {
                path,
                writer,
                reader: Mutex::new(reader),
                _lock: lock,
            }),
        }
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs statements that only read.
    pub(crate) async fn reading<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let result = tokio::task::spawn_blocking(move || {
            let connection = inner.reader.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection).map_err(|failure| failure.at(&inner.path))
        });
        result.await.map_err(|source| StoreError::Stopping { source })?
    }

    /// Runs statements that write, in one transaction: all of them hold or none.
    pub(crate) async fn writing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &mut Ends) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let result = tokio::task::spawn_blocking(move || {
            let mut writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let Writer { connection, ends } = &mut *writer;
            let done = (|| {
                let transaction =
                    connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
                let done = work(&transaction, ends)?;
                transaction.commit()?;
                Ok(done)
            })();
            done.map_err(|failure: Failure| {
                // What was remembered of journals may be of entries that were not kept.
                ends.forget();
                failure.at(&inner.path)
            })
        });
        result.await.map_err(|source| StoreError::Stopping { source })?
    }
}

/// What statements can end in before the file's name is put to it.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Meant(StoreError),
}

impl Failure {
    fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Sqlite(source) => StoreError::of(path, source),
            Self::Meant(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Meant(error)
    }
}
