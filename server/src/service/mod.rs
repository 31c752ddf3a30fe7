//! The server's side of the pages: one value behind `app::Backend` and `/api/v1`, joining store, engine, account and
//! model. It holds the estate in memory and rebuilds it when something is imported; every rule is in the crates it joins.

pub(crate) mod accounts;
mod answers;
mod calls;
mod checks;
mod counted;
mod defaults;
mod discovery;
mod draft;
mod draft_lines;
mod draft_settings;
mod exports;
pub(crate) mod forms;
mod gathered;
mod identity;
mod imports;
mod increases;
pub(crate) mod intake;
mod job_words;
mod jobs;
mod later;
pub(crate) mod macie;
mod migrations;
mod pages;
mod prices;
mod quotas;
mod readers;
mod report;
mod rights;
mod scenarios;
mod settings;
mod trouble;
mod who;
mod words;
mod workloads;

use crate::account::Opened;
use crate::mirror::Mirror;
use crate::rows::InventoryRows;
use crate::sandbox_deliveries::SandboxDelivery;
use accounts::Owners;
use answers::Answers;
use app::backend::{AppError, Badge, DefaultShown};
use calls::Calls;
use cloud::{Account, AccountKind, CallerIdentity};
use counted::Counted;
use discovery::{Inventories, Listed};
use engine::{Clock, Engine};
use identity::LastTold;
use imports::Imports;
use intake::Location;
use model::counted::CountedRequests;
use model::estate::Estate;
use model::inventory::{Region, Snapshot};
use model::prices::Prices;
use model::quantity::Bytes;
use model::workload::{BucketWorkload, Workload};
use quotas::Quotas;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use store::{Store, StoreError};

pub(crate) use later::LaterNamed;
pub(crate) use pages::region_field;
pub(crate) use trouble::{chain, from_engine, internal};
pub(crate) use who::Who;

/// All that pages and API ask, in the name of whoever asks.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) inner: Arc<Inner>,
    who: Who,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) account: Account,
    /// Accounts of roles.
    others: Vec<Account>,
    owners: Owners,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rows: Arc<InventoryRows>,
    pub(crate) sandbox: Vec<SandboxDelivery>,
    pub(crate) data: PathBuf,
    pub(crate) mirror: Mirror,
    pub(crate) upload_limit: Bytes,
    identity_header: Option<String>,
    pub(crate) imports: Imports,
    defaults: Answers<DefaultShown>,
    inventories: Inventories,
    listed: Listed,
    callers: Answers<Result<CallerIdentity, AppError>>,
    rights: Answers<rights::Rights>,
    caller: LastTold,
    quotas: Quotas,
    calls: Calls,
    pub(crate) counted: Counted,
    known: RwLock<Arc<Known>>,
}

/// What is imported, as of the last import.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) estate: Estate,
    /// Request counts that the estate was made with.
    pub(crate) workload: Workload,
    /// Buckets whose counts were typed in.
    pub(crate) typed: BTreeSet<String>,
    /// Counts by CloudWatch that are in use, by bucket.
    pub(crate) counted: BTreeMap<String, CountedRequests>,
}

/// Request counts, the buckets whose counts were typed in, and what was adopted.
type Counts = (Workload, BTreeSet<String>, BTreeMap<String, CountedRequests>);

/// What a [`Service`] is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    pub(crate) opened: Opened,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rows: Arc<InventoryRows>,
    pub(crate) data: PathBuf,
    pub(crate) upload_limit: Bytes,
    /// Header in which a proxy passes who signed in.
    pub(crate) identity_header: Option<String>,
}

impl Service {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            store,
            engine,
            opened,
            clock,
            rows,
            data,
            upload_limit,
            identity_header,
        } = parts;
        let inner = Inner {
            store,
            engine,
            account: opened.account,
            others: opened.others,
            owners: Owners::default(),
            clock,
            rows,
            sandbox: opened.deliveries,
            mirror: Mirror::new(&data),
            data,
            upload_limit,
            identity_header,
            imports: Imports::default(),
            defaults: Answers::default(),
            inventories: Answers::default(),
            listed: Answers::default(),
            callers: Answers::default(),
            rights: Answers::default(),
            caller: LastTold::default(),
            quotas: Quotas::default(),
            calls: Calls::default(),
            counted: Counted::default(),
            known: RwLock::new(Arc::default()),
        };
        Self {
            inner: Arc::new(inner),
            who: Who::default(),
        }
    }

    /// The same in the name of a person.
    pub(crate) fn in_name_of(&self, who: Who) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            who,
        }
    }

    /// What is imported.
    pub(crate) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.inner.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads everything that is stored again: after an import, and at the start.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let mut snapshots = Vec::new();
        for summary in self.inner.store.snapshots().await? {
            let place = Location::on_disk(&summary.source.location, &self.inner.mirror);
            self.inner.rows.locate(summary.id.clone(), place);
            snapshots.extend(self.inner.store.snapshot(&summary.id).await?);
        }
        let (workload, typed, counted) = self.counts(&snapshots).await?;
        let adopted = self.inner.store.prices().await?;
        let estate = Estate::new(&snapshots, &workload, &Prices::from(adopted.prices));
        let known = Arc::new(Known {
            snapshots,
            estate,
            workload,
            typed,
            counted,
        });
        *self.inner.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// Request counts: those that were typed in, then those that were adopted, then those that the account reports; with
    /// the names of the first and the sources of the second.
    async fn counts(&self, snapshots: &[Snapshot]) -> Result<Counts, StoreError> {
        let mut workload = self.inner.store.workload().await?;
        let mut names: Vec<&str> = snapshots.iter().flat_map(Snapshot::buckets).collect();
        names.sort_unstable();
        names.dedup();
        let given: BTreeSet<String> = workload
            .buckets
            .iter()
            .map(|bucket| bucket.name.clone())
            .collect();
        let mut counted: BTreeMap<String, CountedRequests> = BTreeMap::new();
        for one in self.inner.store.counted().await? {
            if !given.contains(&one.bucket) {
                counted.insert(one.bucket.clone(), one);
            }
        }
        let mut reported = Vec::new();
        for name in names {
            if given.contains(name) {
                continue;
            }
            if let Some(counted) = counted.get(name) {
                workload
                    .buckets
                    .push(BucketWorkload::new(name, None, &counted.counts));
                continue;
            }
            match self.account_of(name).usage.workload(name).await {
                Ok(found) => reported.extend(found),
                Err(error) => tracing::warn!(bucket.name = name, %error, "request counts could not be read"),
            }
        }
        // Kept for commands, which ask no account.
        self.inner.store.put_reported(&reported).await?;
        workload.buckets.extend(reported);
        Ok((workload, given, counted))
    }

    /// Regions of the estate, sorted.
    pub(crate) fn regions(&self) -> Vec<Region> {
        let known = self.known();
        let mut regions: Vec<Region> = known
            .estate
            .buckets
            .iter()
            .filter_map(|bucket| bucket.region.clone())
            .collect();
        regions.sort_unstable();
        regions.dedup();
        regions
    }

    pub(crate) fn badge(&self) -> Badge {
        match (
            self.inner.account.identity.kind,
            self.inner.account.identity.changes_allowed,
        ) {
            (AccountKind::Sandbox, _) => Badge::Sandbox,
            (_, true) => Badge::ChangesAllowed,
            (_, false) => Badge::ReadOnly,
        }
    }

    /// Why nothing may be changed here.
    pub(crate) fn not_allowed(&self) -> Option<String> {
        (self.badge() == Badge::ReadOnly)
            .then(|| "This server only reads. Start it with --allow-changes to run migrations.".to_string())
    }

    /// Refuses when nothing may be changed here.
    pub(crate) fn require_changes(&self) -> Result<(), AppError> {
        match self.not_allowed() {
            Some(reason) => Err(AppError::plain(app::backend::ErrorKind::Forbidden, reason)),
            None => Ok(()),
        }
    }
}
