//! KMS calls of a Region, whose quota all migrations share: each keeps its own budget, and together they keep the
//! largest of theirs. Held by [`crate::shared::Shared`]; runners take a [`KmsLane`] each.

use crate::ahead::Place;
use crate::headroom::Measured;
use crate::throttle::{Head, Lane};
use model::plan::MigrationId;
use model::quantity::RequestsPerSecond;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// A Region that migrations convert in.
#[derive(Debug)]
pub(crate) struct RegionLane {
    lane: Lane,
    /// Those of single migrations, which outlive their runners: another runner must not find a second unused that the one
    /// before has used up.
    own: Mutex<BTreeMap<MigrationId, Arc<Lane>>>,
    /// What each running migration may make by itself. An operator who confirmed half of the headroom saw one figure
    /// per Region: two migrations at half each must not make the whole of it, so the budgets are not added.
    budgets: Mutex<BTreeMap<MigrationId, RequestsPerSecond>>,
    measuring: Mutex<Measuring>,
    /// Whether a job of S3 Batch Operations worked since that was last asked: its calls are granted by nobody here.
    job_worked: AtomicBool,
}

/// What is known of others in the Region, and whether somebody sees to it.
#[derive(Debug, Default)]
struct Measuring {
    is_on: bool,
    measured: Option<Measured>,
}

impl RegionLane {
    /// A Region that nothing was converted in so far; held where another process may have, just before.
    pub(crate) fn new(held_until: Option<Instant>) -> Self {
        Self {
            lane: Lane::new(RequestsPerSecond::ZERO, held_until),
            own: Mutex::default(),
            budgets: Mutex::default(),
            measuring: Mutex::default(),
            job_worked: AtomicBool::new(false),
        }
    }

    /// Whether a job worked since this was last asked.
    pub(crate) fn take_job_worked(&self) -> bool {
        self.job_worked.swap(false, Ordering::Relaxed)
    }

    fn measuring(&self) -> MutexGuard<'_, Measuring> {
        self.measuring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether somebody has to begin to measure, which whoever is told so does.
    pub(crate) fn begins_measuring(&self) -> bool {
        !std::mem::replace(&mut self.measuring().is_on, true)
    }

    /// Whether to measure on: as long as a migration converts here. What was measured before does not hold for the next.
    pub(crate) fn is_measured_on(&self) -> bool {
        let mut measuring = self.measuring();
        if self.budgets().is_empty() {
            *measuring = Measuring::default();
        }
        measuring.is_on
    }

    pub(crate) fn note_measured(&self, measured: Option<Measured>) {
        self.measuring().measured = measured;
    }

    /// What was measured last; none where it could not be.
    pub(crate) fn measured(&self) -> Option<Measured> {
        self.measuring().measured
    }

    /// Calls that were granted to all migrations so far.
    pub(crate) fn granted(&self) -> u64 {
        self.lane.granted()
    }

    /// The lane of one migration.
    fn own(&self, id: &MigrationId, budget: RequestsPerSecond) -> Arc<Lane> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.retain(|of, lane| of == id || Arc::strong_count(lane) > 1 || !lane.is_idle());
        let lane = own
            .entry(id.clone())
            .or_insert_with(|| Arc::new(Lane::new(budget, None)));
        lane.set_budget(budget);
        Arc::clone(lane)
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
    own: Arc<Lane>,
    /// What the runners before were granted.
    granted_before: u64,
    region: Arc<RegionLane>,
    id: MigrationId,
}

impl KmsLane {
    pub(crate) fn new(region: Arc<RegionLane>, id: MigrationId, budget: RequestsPerSecond) -> Self {
        let own = region.own(&id, budget);
        let lane = Self {
            granted_before: own.granted(),
            own,
            region,
            id,
        };
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

    /// Waits for a place among those that look ahead, of its own rate, or of its part of the Region's where that is less.
    pub(crate) async fn place(&self, cost_milli: u64) -> Place {
        let parts = || {
            let (own, region) = (self.own.pacing(), self.region.lane.pacing());
            let rate =
                |(budget, cut): (RequestsPerSecond, Option<RequestsPerSecond>)| cut.unwrap_or(budget).milli();
            let part = rate(region) / (self.others() as u64 + 1);
            rate(own).div_ceil(part.max(1))
        };
        self.own.place(cost_milli, parts).await
    }

    /// A job of S3 works in the Region.
    pub(crate) fn note_job(&self) {
        self.region.job_worked.store(true, Ordering::Relaxed);
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
        self.own.granted().saturating_sub(self.granted_before)
    }

    /// How often it had to wait since this was asked last.
    pub(crate) fn take_waits(&self) -> u64 {
        self.own.take_waits() + self.region.lane.take_waits()
    }

    /// What others were last seen to use of the Region's quota.
    pub(crate) fn measured(&self) -> Option<Measured> {
        self.region.measured()
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
