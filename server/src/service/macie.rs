//! Imports from Macie, asked now: what a location asks of it, its answers Region by Region, and its totals held against the
//! buckets. Called by `imports` and by `rekey import`; reading the answer is `ingest`'s part.

use super::forms::pairs;
use super::intake::{IntakeError, MACIE};
use cloud::{Account, CloudError, MacieBucket, MacieStatistics};
use ingest::{ImportError, import_macie};
use model::format::grouped;
use model::inventory::{ImportWarning, Region, Snapshot, SourceTotals};
use model::quantity::{Bytes, Objects};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

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
    /// Reads what stands behind [`MACIE`]; or what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
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
