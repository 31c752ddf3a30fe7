//! Reading a source and keeping its snapshot: what `rekey import` and the import page have in common. A location is a
//! path, an `s3://` location, or Macie itself.

use crate::mirror::{self, Mirror, MirrorError, S3Location};
use cloud::{Account, CloudError, Fault, MacieBucket};
use ingest::{Delivery, ImportError, ImportOptions, Progress, import, import_macie, sources};
use model::inventory::{ImportWarning, Region, Snapshot, SnapshotId, SourceKind};
use model::time::UnixMillis;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use store::{Store, StoreError};

/// What a location that means Macie begins with; a Region code may follow.
pub(crate) const MACIE: &str = "macie://";

/// Takes progress: the source that is read and how many there are, and how far that one is.
pub(crate) type Report = Arc<dyn Fn((u64, u64), Progress) + Send + Sync>;

/// Where to import from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// A path that this machine can read.
    Path(PathBuf),
    /// A manifest in S3, or a prefix with deliveries below it.
    S3(S3Location),
    /// Macie, asked now: in one Region, or in every Region that has buckets.
    Macie(Option<Region>),
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
        match text.strip_prefix(MACIE) {
            Some("") => Ok(Self::Macie(None)),
            Some(code) => match Region::parse(code) {
                Some(region) => Ok(Self::Macie(Some(region))),
                None => Err(wrong(format!("`{code}` is not a Region code such as eu-west-2"))),
            },
            None => Ok(Self::Path(PathBuf::from(text))),
        }
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
            Self::Macie(region) => write!(
                formatter,
                "{MACIE}{}",
                region.as_ref().map_or("", |region| region.0.as_str())
            ),
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
        SourceKind::Macie => location.to_path_buf(),
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

/// Imports every delivery that a location in S3 means, all or none. A bucket's Region is that of the bucket of its reports
/// when none is given: S3 delivers inventories within a Region (Amazon S3 User Guide, configure-inventory, 2026-04).
pub(crate) async fn from_s3(
    account: &Account,
    mirror: &Mirror,
    location: &S3Location,
    mut options: ImportOptions,
    report: Report,
) -> Result<Vec<Snapshot>, IntakeError> {
    let deliveries = account.deliveries.as_ref();
    match deliveries.region(&location.bucket).await {
        Ok(told) => options.region = options.region.or(told),
        // Who may read the files need not be allowed to look at the bucket.
        Err(error) if error.fault == Fault::AccessDenied => {}
        Err(error) => return Err(error.into()),
    }
    let sources = mirror::sources(deliveries, location).await?;
    let all = sources.len() as u64;
    let mut snapshots = Vec::new();
    for (number, manifest) in (1..).zip(&sources) {
        let report = Arc::clone(&report);
        let progress = move |part| report((number, all), part);
        snapshots.push(mirror.import(deliveries, manifest, &options, progress).await?);
    }
    Ok(snapshots)
}

/// The document that `ingest` reads.
#[derive(Serialize)]
struct Described {
    buckets: Vec<MacieBucket>,
}

/// Asks Macie now. Regions that do not answer are named in the snapshot's warnings, as long as one does.
pub(crate) async fn from_macie(account: &Account, region: Option<Region>) -> Result<Snapshot, IntakeError> {
    let location = Location::Macie(region.clone()).to_string();
    let regions = match region {
        Some(region) => vec![region],
        None => regions_with_buckets(account).await?,
    };
    let (mut buckets, mut silent) = (Vec::new(), Vec::new());
    for region in regions {
        match account.macie.describe_buckets(&region).await {
            Ok(described) => buckets.extend(described),
            Err(error) => silent.push((region, error)),
        }
    }
    if let (true, Some((_, error))) = (buckets.is_empty(), silent.first()) {
        return Err(error.clone().into());
    }
    let text = serde_json::to_vec(&Described { buckets }).map_err(|source| ImportError::Json {
        path: PathBuf::from(&location),
        source,
    })?;
    let mut snapshot = import_macie(&text, &location)?;
    let warning = |(region, error): (Region, CloudError)| ImportWarning {
        message: format!("{region} is left out: {error}. {}", error.remedy()),
        rows: 1,
        first_seen: region.0,
    };
    snapshot.warnings.extend(silent.into_iter().map(warning));
    Ok(snapshot)
}

async fn regions_with_buckets(account: &Account) -> Result<Vec<Region>, CloudError> {
    let buckets = account.buckets.list().await?;
    let mut regions: Vec<Region> = buckets.into_iter().filter_map(|bucket| bucket.region).collect();
    if regions.is_empty() {
        // Servers that are not AWS do not say where their buckets are.
        regions.extend(account.identity.region.clone().map(Region));
    }
    regions.sort_unstable();
    regions.dedup();
    Ok(regions)
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
