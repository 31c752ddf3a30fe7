//! Lists of the simulated account that are kept in one file each, beside its effects: requests to raise a quota, and jobs.

use super::SandboxError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A list and its file.
#[derive(Debug)]
pub(super) struct Kept<T> {
    path: PathBuf,
    all: Mutex<Vec<T>>,
}

impl<T: Serialize + DeserializeOwned> Kept<T> {
    /// Reads the file of a folder that exists; there need not be one.
    pub(super) fn open(dir: &Path, file: &str) -> Result<Self, SandboxError> {
        let path = dir.join(file);
        let all = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|source| SandboxError::Line {
                path: path.clone(),
                line: source.line(),
                source,
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(SandboxError::Files { path, source }),
        };
        Ok(Self {
            path,
            all: Mutex::new(all),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn all(&self) -> MutexGuard<'_, Vec<T>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a list beside the file and moves it into place, so that the file is whole at any time.
    pub(super) fn keep(&self, all: &[T]) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(all)?)?;
        std::fs::rename(&beside, &self.path)
    }
}
