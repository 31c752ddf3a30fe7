//! The buckets for lists and reports of jobs in the simulated account, one for each Region: a folder stands for each. `jobs`
//! and `service` write there, `deliveries` reads.

use super::deliveries::file_below;
use super::world::{DELETE, PUT};
use super::{Sandbox, mix};
use crate::error::{CloudError, Fault};
use crate::object::ObjectRef;
use std::io;
use std::path::{Path, PathBuf};

/// Folder of lists and reports.
const FOLDER: &str = "jobs";

impl Sandbox {
    /// What the buckets for lists and reports of jobs are called, before their Region.
    pub const JOB_REPORTS: &'static str = "batch-reports-";

    /// The folder that stands for such a bucket; none for other buckets.
    pub(super) fn job_folder(&self, bucket: &str) -> Option<PathBuf> {
        let region = bucket.strip_prefix(Self::JOB_REPORTS)?;
        self.world.region(region)?;
        Some(self.deliveries.parent()?.join(FOLDER).join(bucket))
    }

    /// The file that stands for an object at a place of jobs.
    pub(super) fn job_file(
        &self,
        operation: &'static str,
        bucket: &str,
        key: &str,
    ) -> Result<PathBuf, CloudError> {
        let missing = || {
            let text = "NoSuchBucket: The specified bucket does not exist, or is no place for jobs here.";
            CloudError::new(Fault::NotFound, operation, format!("s3://{bucket}"), text)
        };
        let unfit = || {
            let text = "InvalidRequest: Files stand for objects here, so that no part of a key may be `.` or `..`: name another prefix.";
            CloudError::new(Fault::Refused, operation, format!("s3://{bucket}/{key}"), text)
        };
        let folder = self.job_folder(bucket).ok_or_else(missing)?;
        file_below(&folder, key).ok_or_else(unfit)
    }

    /// Writes a throwaway object at a place of jobs, whose buckets are not versioned.
    pub(super) fn put_at_place(&self, object: &ObjectRef, body: &[u8]) -> Result<(), CloudError> {
        let path = self.job_file(PUT, &object.bucket, &object.key)?;
        write(&path, body).map_err(|error| unwritten(PUT, &path, &error))
    }

    /// Removes it; one that is not there is removed already.
    pub(super) fn delete_at_place(&self, object: &ObjectRef) -> Result<(), CloudError> {
        let path = self.job_file(DELETE, &object.bucket, &object.key)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unwritten(DELETE, &path, &error));
            }
            _ => {}
        }
        // A bucket has no folders by themselves.
        let bucket = self.job_file(DELETE, &object.bucket, "")?;
        let folders = path.ancestors().skip(1).take_while(|folder| **folder != *bucket);
        for folder in folders {
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// What stands for an entity tag here: it follows from the text.
pub(super) fn tag(text: &[u8]) -> String {
    let words = text.chunks(8).fold(text.len() as u64, |seed, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix::mix(seed ^ u64::from_le_bytes(word))
    });
    format!("{words:016x}{:016x}", mix::mix(words))
}

pub(super) fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

pub(super) fn unwritten(operation: &'static str, path: &Path, error: &io::Error) -> CloudError {
    let text = format!("the sandbox cannot use {}: {error}", path.display());
    CloudError::new(Fault::Transient, operation, path.display().to_string(), text)
}
