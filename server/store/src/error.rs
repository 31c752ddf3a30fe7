//! What can go wrong with the database, by meaning; each message names the file and what to do. SQLite's own error stays
//! reachable through `source()` but its type does not cross out.

use std::path::{Path, PathBuf};

/// A cause from a library, kept for whoever prints the chain.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do as asked; then nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made or used.
    #[error("the data directory {} cannot be used: name another with --data, or make it writable", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another server works on the directory.
    #[error("another Rekey server is using {}: stop it, or give this one another --data", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The file cannot be opened as a database.
    #[error("{} cannot be opened as a database", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A newer version of this program wrote the file.
    #[error("{} was written by a newer version of Rekey (form {found}; this one knows {known}): use that version, or another --data", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The newest form that this version knows.
        known: i64,
    },
    /// The file could not be brought to the form that this version needs.
    #[error("{} cannot be brought to form {to}; it was left as it was", path.display())]
    Upgrade {
        /// The file.
        path: PathBuf,
        /// The form that failed.
        to: i64,
        /// Why.
        #[source]
        source: Cause,
    },
    /// No space is left.
    #[error("no space is left for {}: free some; work goes on where it stood", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// Another program holds the file.
    #[error("{} is locked by another program: close it and try again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// The file is damaged.
    #[error("{} is damaged: put a backup in its place", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// Something else went wrong with the file.
    #[error("{} does not answer as expected", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// A stored value does not read as what it should be.
    #[error("{what} `{name}` is stored in a form that cannot be read")]
    Unreadable {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// How.
        #[source]
        source: serde_json::Error,
    },
    /// A value cannot be written as JSON.
    #[error("{what} `{name}` cannot be written")]
    Unwritable {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A journal is asked for a plan that is not stored.
    #[error("no plan `{id}` is stored: store it before it is run")]
    NoPlan {
        /// Its migration.
        id: String,
    },
    /// A plan of the same name and other content is stored.
    #[error("a plan `{id}` is stored already, with other content: a plan never changes")]
    OtherPlan {
        /// Its migration.
        id: String,
    },
    /// A plan needs the snapshot.
    #[error("snapshot `{id}` is needed by plan `{plan}`: remove the plan first")]
    SnapshotNeeded {
        /// The snapshot.
        id: String,
        /// A plan that names it.
        plan: String,
    },
    /// A migration was begun by the plan.
    #[error("plan `{id}` was confirmed or cancelled: it stays, with its journal")]
    PlanUsed {
        /// Its migration.
        id: String,
    },
    /// The thread that worked on it ended early.
    #[error("the server is stopping")]
    Stopping {
        /// How.
        #[source]
        source: tokio::task::JoinError,
    },
}

impl StoreError {
    /// What an error of SQLite means for this file.
    pub(crate) fn of(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull {
                path,
                source: source.into(),
            },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Locked {
                path,
                source: source.into(),
            },
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Corrupt {
                path,
                source: source.into(),
            },
            Some(Code::CannotOpen | Code::PermissionDenied | Code::ReadOnly) => Self::Open {
                path,
                source: source.into(),
            },
            _ => Self::Database {
                path,
                source: source.into(),
            },
        }
    }
}
