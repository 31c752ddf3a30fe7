//! What `forecast`, `headroom` and `plan` have in common: a snapshot, a workload, a scenario.

use crate::cli;
use crate::failure::Failure;
use ingest::{ImportOptions, import};
use model::basis::Basis;
use model::inventory::{Snapshot, SnapshotId};
use model::scenario::Scenario;
use model::workload::Workload;
use std::path::Path;
use store::Store;

/// The inputs, read.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) snapshot: Snapshot,
    pub(super) basis: Basis,
    pub(super) scenario: Scenario,
}

impl Inputs {
    pub(super) async fn read(arguments: &cli::Forecast) -> Result<Self, Failure> {
        let workload = match &arguments.workload {
            Some(path) => workload(path)?,
            None => Workload::default(),
        };
        let mut snapshot = snapshot(arguments).await?;
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
        let basis = Basis::new(&snapshot.groups, &workload, snapshot.source.as_of);
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
        })
    }
}

fn workload(path: &Path) -> Result<Workload, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input(format!("{} cannot be read: {error}", path.display())))?;
    toml::from_str(&text)
        .map_err(|error| Failure::input(format!("{} is no workload file: {error}", path.display())))
}

async fn snapshot(arguments: &cli::Forecast) -> Result<Snapshot, Failure> {
    if let Some(location) = arguments.source.import.clone() {
        let options = ImportOptions {
            region: arguments.region.clone(),
            ..ImportOptions::default()
        };
        let read = tokio::task::spawn_blocking(move || import(&location, &options, &mut |_| {})).await;
        let read = read.map_err(|source| Failure::other("the import was broken off", source))?;
        return Ok(read?);
    }
    let id = arguments.source.snapshot.clone().unwrap_or_default();
    let store = Store::open(&arguments.data.directory)?;
    match store.snapshot(&SnapshotId(id.clone())).await? {
        Some(snapshot) => Ok(snapshot),
        None => {
            let known: Vec<String> = store
                .snapshots()
                .await?
                .into_iter()
                .map(|known| known.id.0)
                .collect();
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
