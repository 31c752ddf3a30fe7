//! What can be wrong with an import from S3: where, and what to do. `trouble` shows it on pages, `failure` in commands.

use super::S3Location;
use cloud::CloudError;
use ingest::ImportError;
use std::path::PathBuf;

/// Why a delivery was not imported. Files that had arrived whole stay for the next try.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MirrorError {
    /// The account refuses, or is not reached.
    #[error("{error}. {}", error.remedy())]
    Account { error: CloudError },
    /// Nothing to import below a prefix.
    #[error(
        "there is no inventory delivery below {location}: no dated folder with a manifest.json. The first one comes within 48 hours after an inventory was configured"
    )]
    NoDelivery { location: S3Location },
    /// Deliveries, but none that is whole.
    #[error(
        "none of the deliveries below {location} is complete: the newest {looked_at} have no manifest.checksum, or a wrong one; wait for the next"
    )]
    NoneComplete { location: S3Location, looked_at: usize },
    /// The delivery that was named is not whole.
    #[error(
        "{location} has no manifest.checksum beside it: the delivery is not complete yet; wait for it or name an older one"
    )]
    Incomplete { location: S3Location },
    /// More folders than a search goes through.
    #[error(
        "more than {limit} folders lie below {location}: name a longer prefix or the manifest.json itself"
    )]
    TooWide { location: S3Location, limit: usize },
    /// An object is longer than anything of its kind.
    #[error("{location} has more than {limit} bytes, which no manifest of an inventory has")]
    TooLarge { location: S3Location, limit: usize },
    /// Not the bytes that were delivered.
    #[error(
        "{location} has MD5 {found} instead of {expected}: what was delivered was changed, or is not the delivery's file; import another delivery"
    )]
    Checksum {
        location: S3Location,
        expected: String,
        found: String,
    },
    /// Not as many bytes as were delivered.
    #[error(
        "{location} has {found} bytes instead of the {expected} that its manifest names: it was replaced or cut; import another delivery"
    )]
    Size {
        location: S3Location,
        expected: u64,
        found: u64,
    },
    /// The download ended early, more than once.
    #[error(
        "the download of {location} broke off after {received} of {expected} bytes: import it again, and it goes on with the files that are not here yet"
    )]
    Truncated {
        location: S3Location,
        expected: u64,
        received: u64,
        source: std::io::Error,
    },
    /// The data directory does not take it.
    #[error("{} cannot be written: make room in the data directory, or allow writing there", path.display())]
    Disk { path: PathBuf, source: std::io::Error },
    /// Another import works on it.
    #[error("{location} is being imported already: wait until that import has ended")]
    Busy { location: S3Location },
    /// What was fetched is no inventory.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The counting thread ended without an answer.
    #[error("the import was broken off")]
    BrokenOff { source: tokio::task::JoinError },
}

impl From<CloudError> for MirrorError {
    fn from(error: CloudError) -> Self {
        Self::Account { error }
    }
}
