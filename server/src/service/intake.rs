//! Reading a source and keeping its snapshot: what `rekey import` and the import page have in common. A location is a
//! path, an `s3://` location, or what Macie or CloudWatch say when they are asked.

use super::macie::MacieAsk;
use crate::mirror::{self, Mirror, MirrorError, S3Location};
use cloud::{Account, CloudError, Fault};
use ingest::{Delivery, ImportError, ImportOptions, Progress, import, import_daily, sources};
use model::inventory::{Region, Snapshot, SnapshotId, SourceKind};
use model::time::UnixMillis;
use std::fmt;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use store::{Store, StoreError};

/// What a location that means Macie begins with: [`MacieAsk`] may follow.
pub(crate) const MACIE: &str = "macie://";
/// What a location begins with that means CloudWatch's daily storage metrics of the bucket that follows.
pub(crate) const CLOUDWATCH: &str = "cloudwatch://";

/// Takes progress: the source that is read and how many there are, and how far that one is.
pub(crate) type Report = Arc<dyn Fn((u64, u64), Progress) + Send + Sync>;

/// Where to import from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A path that this machine can read.
    Path(PathBuf),
    /// A manifest in S3, or a prefix with deliveries below it.
    S3(S3Location),
    /// Macie, asked now.
    Macie(MacieAsk),
    /// CloudWatch's daily storage metrics of a bucket, asked now.
    CloudWatch(String),
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// The text means nothing.
    #[error("`{text}` is no location: {problem}")]
    Location { text: String, problem: String },
    /// The files are wrong.
    #[error(transparent)]
    Files(#[from] ImportError),
    /// Fetching them failed.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// The account refuses, or is not reached.
    #[error("{error}. {}", error.remedy())]
    Account { error: CloudError },
    /// A Region was given, and the bucket says another.
    #[error(
        "`{bucket}` is in {told}, not in {given}: give its own Region, or leave the Region out, so that each bucket is asked"
    )]
    OtherRegion {
        bucket: String,
        told: Region,
        given: Region,
    },
    /// CloudWatch is asked in a Region.
    #[error("the Region of `{bucket}` is not known, and CloudWatch is asked in one: give the Region")]
    NoRegion { bucket: String },
    /// CloudWatch has no point of it.
    #[error(
        "CloudWatch in {region} has no daily storage metrics of `{bucket}` in the last week: the bucket is empty, newer than a day, of another account, or in another Region"
    )]
    NoFigures { bucket: String, region: Region },
    /// The thread that reads ended without an answer.
    #[error("the import was broken off")]
    BrokenOff { source: tokio::task::JoinError },
}

impl From<CloudError> for IntakeError {
    fn from(error: CloudError) -> Self {
        Self::Account { error }
    }
}

impl Location {
    /// Reads what a person or a snapshot names.
    pub(crate) fn parse(text: &str) -> Result<Self, IntakeError> {
        let wrong = |problem: String| IntakeError::Location {
            text: text.to_string(),
            problem,
        };
        if let Some(parsed) = S3Location::parse(text) {
            let advice = "; name s3://bucket/prefix/…/manifest.json, or s3://bucket/prefix/ for the newest complete delivery below it";
            return parsed.map(Self::S3).map_err(|problem| wrong(problem + advice));
        }
        if let Some(asked) = text.strip_prefix(MACIE) {
            return MacieAsk::parse(asked).map(Self::Macie).map_err(wrong);
        }
        match text.strip_prefix(CLOUDWATCH) {
            Some(bucket) if bucket.is_empty() || bucket.contains('/') => {
                Err(wrong("name one bucket, as in cloudwatch://my-bucket".to_string()))
            }
            Some(bucket) => Ok(Self::CloudWatch(bucket.to_string())),
            None => Ok(Self::Path(PathBuf::from(text))),
        }
    }

    /// Whether an account is asked for it.
    pub(crate) const fn is_asked(&self) -> bool {
        !matches!(self, Self::Path(_))
    }

    /// Whether files are fetched for it.
    pub(crate) const fn is_s3(&self) -> bool {
        matches!(self, Self::S3(_))
    }

    /// Where the files of a stored snapshot lie on this machine.
    pub(crate) fn on_disk(text: &str, mirror: &Mirror) -> PathBuf {
        match Self::parse(text) {
            Ok(Self::S3(location)) => mirror.place(&location),
            _ => PathBuf::from(text),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "{}", path.display()),
            Self::S3(location) => write!(formatter, "{location}"),
            Self::Macie(asked) => write!(formatter, "{asked}"),
            Self::CloudWatch(bucket) => write!(formatter, "{CLOUDWATCH}{bucket}"),
        }
    }
}

/// Imports a source. Its location becomes the absolute path of the very manifest, so that a migration finds these files
/// again and not a later delivery in the same directory. Blocks.
fn read(
    location: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Snapshot, ImportError> {
    let mut snapshot = import(location, options, progress)?;
    let manifest = match snapshot.source.kind {
        SourceKind::Inventory => Delivery::open(location)?.manifest_path().to_path_buf(),
        SourceKind::Metadata | SourceKind::Macie | SourceKind::CloudWatch => location.to_path_buf(),
    };
    let manifest = absolute(&manifest).unwrap_or(manifest);
    snapshot.source.location = manifest.display().to_string();
    Ok(snapshot)
}

/// Imports every source that a path means. Nothing comes of it unless all of them can be read, so that what is in use is
/// never a mixture that nobody asked for.
pub(crate) async fn from_path(
    location: PathBuf,
    options: ImportOptions,
    report: Report,
) -> Result<Vec<Snapshot>, IntakeError> {
    let reading = tokio::task::spawn_blocking(move || {
        let sources = sources(&location)?;
        let all = sources.len() as u64;
        (1..)
            .zip(&sources)
            .map(|(number, source)| read(source, &options, &mut |part| report((number, all), part)))
            .collect::<Result<Vec<_>, _>>()
    });
    match reading.await {
        Ok(read) => Ok(read?),
        Err(source) => Err(IntakeError::BrokenOff { source }),
    }
}

/// Imports every delivery that a location in S3 means, all or none. Each bucket is asked for its Region, since inventories do
/// not name it. Where it may not be asked, it is the Region of the bucket of its reports: S3 delivers inventories within a
/// Region (Amazon S3 User Guide, configure-inventory, 2026-04).
///
/// # Errors
/// When anything cannot be read, or a bucket is in another Region than the one that is given.
pub(crate) async fn from_s3(
    account: &Account,
    mirror: &Mirror,
    location: &S3Location,
    options: ImportOptions,
    report: Report,
) -> Result<Vec<Snapshot>, IntakeError> {
    let deliveries = account.deliveries.as_ref();
    let of_reports = told_region(account, &location.bucket).await?;
    let sources = mirror::sources(deliveries, location).await?;
    let all = sources.len() as u64;
    let mut snapshots = Vec::new();
    for (number, manifest) in (1..).zip(&sources) {
        let report = Arc::clone(&report);
        let progress = move |part| report((number, all), part);
        let mut snapshot = mirror.import(deliveries, manifest, &options, progress).await?;
        place(
            account,
            &mut snapshot,
            options.region.as_ref(),
            of_reports.as_ref(),
        )
        .await?;
        snapshots.push(snapshot);
    }
    Ok(snapshots)
}

/// The Region of a bucket; none where it may not be asked for, or where the server does not say.
async fn told_region(account: &Account, bucket: &str) -> Result<Option<Region>, IntakeError> {
    match account.deliveries.region(bucket).await {
        Ok(told) => Ok(told),
        // Who may read the files need not be allowed to look at the bucket.
        Err(error) if error.fault == Fault::AccessDenied => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Puts the buckets of a snapshot into their Regions.
async fn place(
    account: &Account,
    snapshot: &mut Snapshot,
    given: Option<&Region>,
    of_reports: Option<&Region>,
) -> Result<(), IntakeError> {
    let names: Vec<String> = snapshot.buckets().into_iter().map(ToString::to_string).collect();
    for name in names {
        let told = match account.deliveries.region(&name).await {
            Ok(told) => told,
            // It may be gone by now, or another account's.
            Err(error) if matches!(error.fault, Fault::AccessDenied | Fault::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        if let (Some(told), Some(given)) = (&told, given)
            && told != given
        {
            return Err(IntakeError::OtherRegion {
                bucket: name,
                told: told.clone(),
                given: given.clone(),
            });
        }
        let region = told.as_ref().or(given).or(of_reports);
        for group in snapshot.groups.iter_mut().filter(|group| group.bucket == name) {
            group.region = region.cloned();
        }
    }
    Ok(())
}

/// Asks CloudWatch now what a bucket holds.
pub(crate) async fn from_cloudwatch(
    account: &Account,
    bucket: &str,
    region: Option<Region>,
    now: UnixMillis,
) -> Result<Snapshot, IntakeError> {
    let location = Location::CloudWatch(bucket.to_string());
    let told = match region {
        Some(region) => Some(region),
        None => account.deliveries.region(bucket).await?,
    };
    // A server that is not AWS does not say where its buckets are.
    let region = told.or_else(|| account.identity.region.clone().map(Region));
    let region = region.ok_or_else(|| IntakeError::NoRegion {
        bucket: bucket.to_string(),
    })?;
    let told = account.usage.daily_storage(bucket, &region, now).await?;
    let told = told.ok_or_else(|| IntakeError::NoFigures {
        bucket: bucket.to_string(),
        region,
    })?;
    Ok(import_daily(&told, &location.to_string())?)
}

/// Keeps a snapshot; false when the same was there already. One that was stored without a Region gets the Region that is
/// given now.
pub(crate) async fn keep(store: &Store, snapshot: &Snapshot, at: UnixMillis) -> Result<bool, StoreError> {
    if store.put_snapshot(snapshot, at).await? {
        return Ok(true);
    }
    if differs(store, &snapshot.id, snapshot).await? {
        match store.remove_snapshot(&snapshot.id).await {
            Ok(_) => drop(store.put_snapshot(snapshot, at).await?),
            // A plan runs from the files where they were; they are the same files.
            Err(StoreError::SnapshotNeeded { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

async fn differs(store: &Store, id: &SnapshotId, snapshot: &Snapshot) -> Result<bool, StoreError> {
    let region = |snapshot: &Snapshot| snapshot.groups.first().and_then(|group| group.region.clone());
    let stored = store.snapshot(id).await?;
    Ok(stored.is_some_and(|stored| {
        let moved = stored.source.location != snapshot.source.location;
        moved || region(snapshot).is_some_and(|given| region(&stored) != Some(given))
    }))
}
