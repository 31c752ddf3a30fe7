//! KMS calls of a Region, whose quota all migrations share: each keeps its own budget, and together they keep the
//! largest of theirs. Held by [`crate::shared::Shared`]; runners take a [`KmsLane`] each.

use crate::throttle::{Head, Lane};
use model::plan::MigrationId;
use model::quantity::RequestsPerSecond;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A Region that migrations convert in.
#[derive(Debug)]
pub(crate) struct RegionLane {
    lane: Lane,
    /// What each running migration may make by itself. An operator who confirmed half of the headroom saw one figure
    /// per Region: two migrations at half each must not make the whole of it, so the budgets are not added.
    budgets: Mutex<BTreeMap<MigrationId, RequestsPerSecond>>,
}

impl RegionLane {
    /// A Region that nothing was converted in so far; `after_another` when another process may have, just before.
    pub(crate) fn new(after_another: bool) -> Self {
        let lane = if after_another {
            Lane::after_another(RequestsPerSecond::ZERO)
        } else {
            Lane::new(RequestsPerSecond::ZERO)
        };
        Self {
            lane,
            budgets: Mutex::default(),
        }
    }

    fn budgets(&self) -> MutexGuard<'_, BTreeMap<MigrationId, RequestsPerSecond>> {
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<MigrationId, RequestsPerSecond>)) {
        let mut budgets = self.budgets();
        change(&mut budgets);
        // Under the lock, so that of two changes the later one stays.
        if let Some(largest) = budgets.values().max() {
            self.lane.set_budget(*largest);
        }
    }
}

/// The KMS calls of one migration in a Region.
#[derive(Debug)]
pub(crate) struct KmsLane {
    own: Lane,
    region: Arc<RegionLane>,
    id: MigrationId,
}

impl KmsLane {
    pub(crate) fn new(region: Arc<RegionLane>, id: MigrationId, budget: RequestsPerSecond) -> Self {
        let own = Lane::new(budget);
        let lane = Self { own, region, id };
        lane.announce(budget);
        lane
    }

    fn announce(&self, budget: RequestsPerSecond) {
        self.region.change(|budgets| {
            budgets.insert(self.id.clone(), budget);
        });
    }

    /// Waits until so many thousandths of a call may go, within its own budget and that of all.
    pub(crate) async fn heads(&self, cost_milli: u64) -> [Head<'_>; 2] {
        let own = self.own.head(cost_milli).await;
        [own, self.region.lane.head(cost_milli).await]
    }

    /// KMS throttles, which holds for everybody in the Region.
    pub(crate) fn cut(&self) {
        self.region.lane.cut();
    }

    pub(crate) fn set_budget(&self, budget: RequestsPerSecond) {
        self.own.set_budget(budget);
        self.announce(budget);
    }

    /// Its budget, and the Region's rate when a cut holds it lower.
    pub(crate) fn pacing(&self) -> (RequestsPerSecond, Option<RequestsPerSecond>) {
        (self.own.pacing().0, self.region.lane.pacing().1)
    }

    /// Calls that were granted to it so far.
    pub(crate) fn granted(&self) -> u64 {
        self.own.granted()
    }

    /// How often it had to wait since this was asked last.
    pub(crate) fn take_waits(&self) -> u64 {
        self.own.take_waits() + self.region.lane.take_waits()
    }

    /// Other migrations that convert in the Region.
    pub(crate) fn others(&self) -> usize {
        self.region.budgets().len().saturating_sub(1)
    }
}

impl Drop for KmsLane {
    fn drop(&mut self) {
        self.region.change(|budgets| {
            budgets.remove(&self.id);
        });
    }
}
