//! What `forecast`, `headroom` and `plan` have in common: a snapshot, a workload, a scenario, and what the data directory
//! holds of prices, request counts and quotas, so that a command and the pages compute with the same.

use super::kept::Kept;
use crate::cli;
use crate::failure::Failure;
use crate::mirror::Mirror;
use crate::service::intake::{self, Location, Report};
use crate::service::macie;
use cloud::aws::ConnectOptions;
use cloud::{Account, RoleArn};
use engine::{Clock as _, SystemClock};
use ingest::ImportOptions;
use model::basis::Basis;
use model::headroom::AccountUsage;
use model::inventory::{Region, Snapshot, SnapshotId};
use model::scenario::Scenario;
use model::workload::Workload;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;

/// The inputs, read.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) snapshot: Snapshot,
    pub(super) basis: Basis,
    pub(super) scenario: Scenario,
    /// What the account told last of quotas and use.
    pub(super) usage: AccountUsage,
    kept: Kept,
    workload_file: Option<PathBuf>,
}

impl Inputs {
    pub(super) async fn read(arguments: &cli::Forecast) -> Result<Self, Failure> {
        let kept = Kept::read(&arguments.data.directory).await?;
        let mut snapshot = snapshot(arguments, kept.store.as_ref()).await?;
        let workload = match &arguments.workload {
            Some(path) => workload(path)?,
            None => kept.workload(&snapshot.buckets()),
        };
        for group in &mut snapshot.groups {
            if group.region.is_none() {
                group.region = workload
                    .bucket(&group.bucket)
                    .and_then(|bucket| bucket.region.clone());
            }
        }
        for bucket in &workload.buckets {
            if !snapshot.groups.iter().any(|group| group.bucket == bucket.name) {
                return Err(Failure::input(format!(
                    "the workload names bucket `{}`, which the source does not list: it lists {}",
                    bucket.name,
                    snapshot.buckets().join(", ")
                )));
            }
        }
        let basis = Basis::new(&snapshot.groups, &workload, snapshot.source.as_of).priced_by(&kept.prices());
        let scenario = Scenario {
            region: arguments.region.clone(),
            bucket_key: arguments.bucket_key,
            peak: workload.defaults.peak_to_average,
            months: arguments.months,
            ..Scenario::default()
        };
        Ok(Self {
            snapshot,
            basis,
            scenario,
            usage: kept.usage(),
            kept,
            workload_file: arguments.workload.clone(),
        })
    }

    fn regions(&self) -> BTreeSet<Region> {
        let own = self
            .basis
            .buckets
            .iter()
            .filter_map(|bucket| bucket.region.clone());
        match &self.scenario.region {
            Some(region) => BTreeSet::from([region.clone()]),
            None => own.collect(),
        }
    }

    /// Where the prices are from.
    pub(super) fn prices_text(&self) -> String {
        self.kept.prices_text(&self.regions())
    }

    /// Where the request counts are from.
    pub(super) fn counts_text(&self) -> String {
        match &self.workload_file {
            Some(path) => format!("Request counts: {}.", path.display()),
            None => self.kept.counts_text(&self.snapshot.buckets()),
        }
    }

    /// Where the quotas and the load in use are from, a line for each Region.
    pub(super) fn quotas_text(&self) -> Vec<String> {
        self.kept.quotas_text(&self.regions())
    }
}

fn workload(path: &Path) -> Result<Workload, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input(format!("{} cannot be read: {error}", path.display())))?;
    let workload: Workload = toml::from_str(&text)
        .map_err(|error| Failure::input(format!("{} is no workload file: {error}", path.display())))?;
    match workload.named_twice() {
        Some(twice) => Err(Failure::input(format!(
            "`{twice}` is in {} twice: take one of them out, since which counts hold is not said",
            path.display()
        ))),
        None => Ok(workload),
    }
}

/// Imports what a location means. In S3 and from Macie it is read with the default credentials; files from S3 stay in the
/// data directory, where a second reading finds them.
pub(super) async fn read(
    location: &str,
    region: Option<Region>,
    role: Option<RoleArn>,
    data: &cli::Data,
    report: Report,
) -> Result<Vec<Snapshot>, Failure> {
    let location = Location::parse(location)?;
    if let Some(role) = role.as_ref().filter(|_| !location.is_asked()) {
        return Err(Failure::input(format!(
            "--assume-role {role} is for sources that an account is asked for, and {location} is a path: leave it out"
        )));
    }
    let options = ImportOptions {
        region: region.clone(),
        ..ImportOptions::default()
    };
    Ok(match location {
        Location::Path(path) => intake::from_path(path, options, report).await?,
        Location::S3(location) => {
            let account = connect(region, role).await?;
            let mirror = Mirror::new(&data.directory);
            intake::from_s3(&account, &mirror, &location, options, report).await?
        }
        Location::Macie(asked) => {
            let account = connect(region, role).await?;
            of_account(&account, asked.account.as_deref())?;
            vec![macie::from_macie(&account, &asked).await?]
        }
        Location::CloudWatch(bucket) => {
            let account = connect(region.clone(), role).await?;
            vec![intake::from_cloudwatch(&account, &bucket, region, SystemClock.now()).await?]
        }
    })
}

/// Connects with the default credentials, or through a role that they assume.
async fn connect(region: Option<Region>, role: Option<RoleArn>) -> Result<Account, Failure> {
    let options = ConnectOptions {
        region: region.map(|region| region.0),
        ..ConnectOptions::default()
    };
    let Some(role) = role else {
        return cloud::aws::connect(options).await.map_err(Failure::bad_input);
    };
    let account = cloud::aws::assume(options, role)
        .await
        .map_err(Failure::bad_input)?;
    // What is asked next would only say that there are no credentials.
    match account.caller.identity().await {
        Ok(_) => Ok(account),
        Err(error) => Err(Failure::input(format!("{error}. {}", error.remedy()))),
    }
}

/// Refuses a location that names another account than the one that is asked.
fn of_account(account: &Account, asked: Option<&str>) -> Result<(), Failure> {
    match (asked, account.identity.account_id.as_deref()) {
        (Some(asked), Some(number)) if asked != number => Err(Failure::input(format!(
            "the location names account {asked}, and --assume-role opens {number}: give the role of the one you mean"
        ))),
        (Some(asked), None) => Err(Failure::input(format!(
            "the location names account {asked}: give --assume-role with a role in it, or leave the account out"
        ))),
        _ => Ok(()),
    }
}

async fn snapshot(arguments: &cli::Forecast, store: Option<&Store>) -> Result<Snapshot, Failure> {
    if let Some(location) = arguments.source.import.clone() {
        // One process at a time writes what comes from S3.
        let _store = if Location::parse(&location)?.is_s3() {
            Some(Store::open(&arguments.data.directory)?)
        } else {
            None
        };
        let read = read(
            &location,
            arguments.region.clone(),
            None,
            &arguments.data,
            Arc::new(|_, _| {}),
        )
        .await?;
        let several = read.len();
        let mut read = read.into_iter();
        return match (read.next(), read.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Failure::input(format!(
                "`{location}` holds {several} inventories: name one of them"
            ))),
        };
    }
    let id = arguments.source.snapshot.clone().unwrap_or_default();
    let found = match store {
        Some(store) => store.snapshot(&SnapshotId(id.clone())).await?,
        None => None,
    };
    match found {
        Some(snapshot) => Ok(snapshot),
        None => {
            let stored = match store {
                Some(store) => store.snapshots().await?,
                None => Vec::new(),
            };
            let known: Vec<String> = stored.into_iter().map(|known| known.id.0).collect();
            let known = if known.is_empty() {
                "there is none".to_string()
            } else {
                known.join(", ")
            };
            Err(Failure::input(format!(
                "no snapshot is named `{id}`; stored here: {known}"
            )))
        }
    }
}
