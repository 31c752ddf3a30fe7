//! Reading and writing files with errors that name the path.
//!
//! Used wherever xtask touches the disk; leaves out everything that is not a whole file or a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::failure::{Failure, Outcome};

/// The whole content of a file.
pub(crate) fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| failure("read", path, &error))
}

/// The whole content of a text file.
pub(crate) fn read_text(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| failure("read", path, &error))
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, content: &[u8]) -> Outcome {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    fs::write(path, content).map_err(|error| failure("write", path, &error))
}

/// Makes a folder and those above it.
pub(crate) fn create_folder(path: &Path) -> Outcome {
    fs::create_dir_all(path).map_err(|error| failure("create", path, &error))
}

/// Removes a folder with all that is in it; a missing one is fine.
pub(crate) fn remove_folder(path: &Path) -> Outcome {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Moves a file or folder within one file system.
pub(crate) fn rename(from: &Path, to: &Path) -> Outcome {
    fs::rename(from, to).map_err(|error| failure("move", from, &error))
}

/// Every file at or under `path`, sorted, so that hashes do not depend on the file system.
pub(crate) fn walk(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_path_buf()];
    while let Some(next) = waiting.pop() {
        if next.is_dir() {
            let entries = fs::read_dir(&next).map_err(|error| failure("list", &next, &error))?;
            for entry in entries {
                waiting.push(entry.map_err(|error| failure("list", &next, &error))?.path());
            }
        } else {
            found.push(next);
        }
    }
    found.sort();
    Ok(found)
}

/// The SHA-256 of `content` in lower-case hexadecimal.
pub(crate) fn sha256_hex(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn failure(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("cannot {verb} {}: {error}", path.display()),
        "check that path and its permissions",
    )
}
