//! The effects of the simulated account, one JSON line each, written before the account changes and before the caller is
//! answered: what was answered survives the end of the process. Replayed when the account is opened, and read by tests
//! that ask whether anything was done twice.

use super::SandboxError;
use super::dressing::Sent;
use super::object::NewObject;
use model::encryption::{DefaultEncryption, TargetEncryption};
use model::inventory::StorageClass;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Name of the file in the sandbox's folder.
const FILE: &str = "effects.jsonl";

/// One change of the account. Versions are `None` where a bucket has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    /// `UpdateObjectEncryption`.
    Update {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Version that was updated.
        version: Option<String>,
        /// What it became.
        target: TargetEncryption,
        /// When.
        at: UnixMillis,
    },
    /// `CopyObject`, or a multipart upload that copies parts.
    Copy {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Version that was read.
        source: Option<String>,
        /// Version that was made.
        made: Option<String>,
        /// What it became.
        target: TargetEncryption,
        /// Class that was named.
        storage_class: StorageClass,
        /// What else was sent along; none in logs of before, whose copies lost nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent: Option<Sent>,
        /// When.
        at: UnixMillis,
    },
    /// `PutObject`.
    Put {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Version that was made.
        made: Option<String>,
        /// What was written, with its encryption resolved.
        object: NewObject,
        /// When.
        at: UnixMillis,
    },
    /// `DeleteObject`.
    Delete {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Version that was removed.
        version: Option<String>,
        /// Delete marker that was made instead.
        marker: Option<String>,
        /// When.
        at: UnixMillis,
    },
    /// `PutBucketEncryption`.
    DefaultEncryption {
        /// Bucket.
        bucket: String,
        /// The whole rule.
        wanted: DefaultEncryption,
        /// When.
        at: UnixMillis,
    },
    /// `ScheduleKeyDeletion`, `CancelKeyDeletion` or `EnableKey`.
    KeyState {
        /// ARN of the key.
        key: String,
        /// State that it came to.
        state: String,
        /// When.
        at: UnixMillis,
    },
    /// `PutBucketPolicy`, or `DeleteBucketPolicy` where there is none after it.
    Policy {
        /// Bucket.
        bucket: String,
        /// The whole policy.
        policy: Option<String>,
        /// When.
        at: UnixMillis,
    },
}

impl Effect {
    /// Bucket that it changed; empty where it changed a key.
    #[must_use]
    pub fn bucket(&self) -> &str {
        match self {
            Self::Update { bucket, .. }
            | Self::Copy { bucket, .. }
            | Self::Put { bucket, .. }
            | Self::Delete { bucket, .. }
            | Self::DefaultEncryption { bucket, .. }
            | Self::Policy { bucket, .. } => bucket,
            Self::KeyState { .. } => "",
        }
    }

    /// When it changed an object; none where it changed a setting or a key.
    pub(super) const fn changes_object_at(&self) -> Option<UnixMillis> {
        match self {
            Self::Update { at, .. }
            | Self::Copy { at, .. }
            | Self::Put { at, .. }
            | Self::Delete { at, .. } => Some(*at),
            Self::DefaultEncryption { .. } | Self::Policy { .. } | Self::KeyState { .. } => None,
        }
    }
}

/// The file, open for appending and locked against a second process.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    end: Mutex<(File, u64)>,
}

impl Log {
    /// Opens the log of a folder and gives what is in it. A last line without its end was never answered, and is cut off.
    pub(super) fn open(dir: &Path) -> Result<(Self, Vec<Effect>), SandboxError> {
        std::fs::create_dir_all(dir).map_err(|source| SandboxError::Files {
            path: dir.to_path_buf(),
            source,
        })?;
        let path = dir.join(FILE);
        let files = |source| SandboxError::Files {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(files)?;
        if file.try_lock().is_err() {
            return Err(SandboxError::InUse { path });
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(files)?;
        let (effects, complete) = parse(&path, &text)?;
        file.set_len(complete).map_err(files)?;
        file.seek(SeekFrom::Start(complete)).map_err(files)?;
        Ok((
            Self {
                path,
                end: Mutex::new((file, complete)),
            },
            effects,
        ))
    }

    /// Writes one effect with one write; after a failure the file is as before.
    pub(super) fn append(&self, effect: &Effect) -> io::Result<()> {
        let mut line = serde_json::to_vec(effect)?;
        line.push(b'\n');
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, length) = &mut *end;
        if let Err(error) = file.write_all(&line) {
            file.set_len(*length)?;
            file.seek(SeekFrom::Start(*length))?;
            return Err(error);
        }
        *length += line.len() as u64;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The effects in a sandbox's folder, without opening the account: for a look after its process ended.
///
/// # Errors
/// When the file cannot be read, or holds a line that is no effect.
pub fn read_effects(dir: &Path) -> Result<Vec<Effect>, SandboxError> {
    let path = dir.join(FILE);
    match std::fs::read(&path) {
        Ok(text) => parse(&path, &text).map(|(effects, _)| effects),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(SandboxError::Files { path, source }),
    }
}

/// The complete lines and the length of their text.
fn parse(path: &Path, text: &[u8]) -> Result<(Vec<Effect>, u64), SandboxError> {
    let complete = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |last| last + 1);
    let mut effects = Vec::new();
    for (index, line) in text[..complete].split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let effect = serde_json::from_slice(line).map_err(|source| SandboxError::Line {
            path: path.to_path_buf(),
            line: index + 1,
            source,
        })?;
        effects.push(effect);
    }
    Ok((effects, complete as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::inventory::EncryptionStatus;

    #[test]
    fn a_torn_last_line_is_cut_off_and_the_next_one_is_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let effect = Effect::DefaultEncryption {
            bucket: "b".to_string(),
            wanted: DefaultEncryption {
                status: EncryptionStatus::SseS3,
                key: None,
                bucket_key: false,
                blocked: Vec::new(),
            },
            at: UnixMillis(5),
        };
        let (log, effects) = Log::open(dir.path()).expect("an empty log");
        assert_eq!(effects, []);
        log.append(&effect).expect("a line");
        assert!(matches!(Log::open(dir.path()), Err(SandboxError::InUse { .. })));
        drop(log);
        let path = dir.path().join(FILE);
        let mut text = std::fs::read(&path).expect("the log");
        text.extend_from_slice(b"{\"effect\":\"upd");
        std::fs::write(&path, text).expect("a torn line");
        let (log, effects) = Log::open(dir.path()).expect("the log without its torn line");
        assert_eq!(effects, std::slice::from_ref(&effect));
        log.append(&effect).expect("a line");
        assert_eq!(read_effects(dir.path()).expect("two effects").len(), 2);
    }
}
