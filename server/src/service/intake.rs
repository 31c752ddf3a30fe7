//! Reading a source and keeping its snapshot: what `rekey import` and the import page have in common. A location is a
//! path, an `s3://` location, or what Macie or CloudWatch say when they are asked.

use super::forms::pairs;
use crate::mirror::{self, Mirror, MirrorError, S3Location};
use cloud::{Account, CloudError, Fault, MacieBucket, MacieStatistics};
use ingest::{Delivery, ImportError, ImportOptions, Progress, import, import_daily, import_macie, sources};
use model::format::grouped;
use model::inventory::{ImportWarning, Region, Snapshot, SnapshotId, SourceKind, SourceTotals};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use serde::Serialize;
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

/// What Macie is asked: `macie://[ACCOUNT/][REGION][?bucket=NAME…]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MacieAsk {
    /// Number of the account; that of the server without.
    pub(crate) account: Option<String>,
    /// One Region, or every Region that has buckets.
    pub(crate) region: Option<Region>,
    /// These buckets, or all.
    pub(crate) buckets: Vec<String>,
}

impl MacieAsk {
    fn parse(text: &str) -> Result<Self, String> {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let mut buckets = Vec::new();
        for (name, value) in pairs(query) {
            if name != "bucket" || value.is_empty() {
                return Err(format!("`{name}={value}` is not bucket=NAME"));
            }
            buckets.push(value);
        }
        let (account, code) = match place.split_once('/') {
            Some((account, code)) => (Some(account), code),
            None => (None, place),
        };
        let is_number = |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(wrong) = account.filter(|account| !is_number(account)) {
            return Err(format!("`{wrong}` is not an account number of 12 digits"));
        }
        let region = Region::parse(code);
        if region.is_none() && !code.is_empty() {
            return Err(format!("`{code}` is not a Region code such as eu-west-2"));
        }
        Ok(Self {
            account: account.map(ToString::to_string),
            region,
            buckets,
        })
    }
}

impl fmt::Display for MacieAsk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MACIE)?;
        if let Some(account) = &self.account {
            write!(formatter, "{account}/")?;
        }
        if let Some(region) = &self.region {
            write!(formatter, "{region}")?;
        }
        for (place, bucket) in self.buckets.iter().enumerate() {
            let mark = if place == 0 { '?' } else { '&' };
            write!(formatter, "{mark}bucket={bucket}")?;
        }
        Ok(())
    }
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

/// What Macie said of one Region.
struct MacieRegion {
    region: Region,
    buckets: Result<Vec<MacieBucket>, CloudError>,
    /// Not asked for where only some buckets were.
    totals: Option<Result<MacieStatistics, CloudError>>,
}

/// Asks Macie now, all Regions at once. Regions that do not answer are named in the snapshot's warnings, as long as one
/// does; so are Regions whose buckets do not add up to Macie's own totals.
pub(crate) async fn from_macie(account: &Account, asked: &MacieAsk) -> Result<Snapshot, IntakeError> {
    let location = asked.to_string();
    let regions = match &asked.region {
        Some(region) => vec![region.clone()],
        None => regions_with_buckets(account).await?,
    };
    let ask = |region: Region| async move {
        let (buckets, totals) =
            tokio::join!(account.macie.describe_buckets(&region, &asked.buckets), async {
                match asked.buckets.is_empty() {
                    true => Some(account.macie.statistics(&region).await),
                    false => None,
                }
            });
        MacieRegion {
            region,
            buckets,
            totals,
        }
    };
    let told = futures::future::join_all(regions.into_iter().map(ask)).await;
    let (mut buckets, mut totals, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    let mut refused = None;
    for one in told {
        match &one.buckets {
            Ok(described) => buckets.extend(described.iter().cloned()),
            Err(error) => {
                warnings.push(warning(
                    &one.region,
                    format!("{} is left out: {error}. {}", one.region, error.remedy()),
                ));
                refused.get_or_insert_with(|| error.clone());
            }
        }
        totals.extend(held_against(&one, &mut warnings));
    }
    if let (true, Some(error)) = (buckets.is_empty(), refused) {
        return Err(error.into());
    }
    let text = serde_json::to_vec(&Described { buckets }).map_err(|source| ImportError::Json {
        path: PathBuf::from(&location),
        source,
    })?;
    let mut snapshot = import_macie(&text, &location)?;
    snapshot.totals = totals;
    snapshot.warnings.extend(warnings);
    Ok(snapshot)
}

fn warning(region: &Region, message: String) -> ImportWarning {
    ImportWarning {
        message,
        rows: 1,
        first_seen: region.0.clone(),
    }
}

/// Macie's totals of a Region, with a warning where the buckets that were read do not add up to them, or where the totals
/// could not be had.
fn held_against(one: &MacieRegion, warnings: &mut Vec<ImportWarning>) -> Option<SourceTotals> {
    let region = &one.region;
    let (buckets, totals) = match (&one.buckets, one.totals.as_ref()?) {
        (Ok(buckets), Ok(totals)) => (buckets, totals),
        (Ok(_), Err(error)) => {
            let text = format!(
                "{region}: Macie's own totals could not be had, so nothing says whether every bucket was read: {error}. {}",
                error.remedy()
            );
            warnings.push(warning(region, text));
            return None;
        }
        (Err(_), _) => return None,
    };
    let sum = |count: fn(&MacieBucket) -> Option<u64>| buckets.iter().filter_map(count).sum::<u64>();
    let read = [
        ("buckets", buckets.len() as u64, totals.buckets),
        ("objects", sum(|bucket| bucket.object_count), totals.objects),
        ("bytes", sum(|bucket| bucket.size_in_bytes), totals.bytes),
    ];
    let differing: Vec<String> = read
        .iter()
        .filter_map(|(what, read, told)| {
            let told = told.filter(|told| told != read)?;
            Some(format!("{} {what} instead of {}", grouped(*read), grouped(told)))
        })
        .collect();
    if !differing.is_empty() {
        let text = format!(
            "{region}: the buckets that Macie describes do not add up to its own totals: {}. Buckets without counts are among \
             the reasons; else import again, since Macie may have looked anew in between",
            differing.join(", ")
        );
        warnings.push(warning(region, text));
    }
    Some(SourceTotals {
        region: region.clone(),
        buckets: totals.buckets,
        objects: totals.objects.map(Objects),
        bytes: totals.bytes.map(Bytes),
        as_of: totals.as_of,
    })
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
