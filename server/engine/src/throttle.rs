//! Waiting for the pace: one lane for the KMS calls of a Region, one per prefix for requests to S3. Workers queue in
//! order; only the first of a lane has a timer. A request that several limits hold takes from all of them at the moment
//! when the last one lets it: what one has granted never waits for another, to come in a burst afterwards.

use crate::ahead::{Ahead, Place};
use crate::limits::PREFIXES_TRACKED;
use crate::pace::{Pace, Turn};
use crate::region::KmsLane;
use model::quantity::RequestsPerSecond;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// A request to S3, in the thousandths that lanes count in.
const REQUEST_MILLI: u64 = 1_000;

/// A queue in front of one limit.
#[derive(Debug)]
pub(crate) struct Lane {
    start: Instant,
    pace: Mutex<Pace>,
    /// Fair: whoever asked first holds it while waiting for the time.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
    granted_milli: AtomicU64,
    waits: AtomicU64,
    /// Those that look at their objects before they queue here.
    ahead: Arc<Ahead>,
}

impl Lane {
    /// A lane that grants nothing before a time, if there is one.
    pub(crate) fn new(budget: RequestsPerSecond, held_until: Option<Instant>) -> Self {
        let start = Instant::now();
        let mut pace = Pace::new(budget);
        let held = held_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(start));
        pace.hold_until(u64::try_from(held.as_nanos()).unwrap_or(u64::MAX));
        Self {
            start,
            pace: Mutex::new(pace),
            turn: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
            granted_milli: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            ahead: Arc::default(),
        }
    }

    /// Waits for a place among those that look ahead of such a request, of whom this lane's rate has so many parts.
    pub(crate) async fn place(&self, cost_milli: u64, parts: impl Fn() -> u64) -> Place {
        let rate = || {
            let parts = parts().max(1);
            self.pace().rate(self.now()) / parts
        };
        self.ahead.place(rate, cost_milli).await
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Waits until so many thousandths of a request may go. They count once they are taken; until then the rest of the
    /// lane waits behind them.
    pub(crate) async fn head(&self, cost_milli: u64) -> Head<'_> {
        let turn = self.turn.lock().await;
        loop {
            let changed = self.changed.notified();
            let now = self.now();
            let wait = self.pace().turn(now, cost_milli);
            match wait {
                Turn::Go => break,
                Turn::Wait(Some(at)) => {
                    self.waits.fetch_add(1, Ordering::Relaxed);
                    tokio::select! {
                        biased;
                        () = sleep_until(self.start + Duration::from_nanos(at)) => {}
                        () = changed => {}
                    }
                }
                Turn::Wait(None) => {
                    self.waits.fetch_add(1, Ordering::Relaxed);
                    changed.await;
                }
            }
        }
        Head {
            lane: self,
            cost_milli,
            _turn: turn,
        }
    }

    /// Answers were throttled: go slower.
    pub(crate) fn cut(&self) {
        let now = self.now();
        if self.pace().cut(now) {
            let (_, rate) = self.pacing();
            tracing::debug!(
                rate = rate.map(RequestsPerSecond::floor),
                "throttled, going slower"
            );
        }
    }

    pub(crate) fn set_budget(&self, budget: RequestsPerSecond) {
        let now = self.now();
        if self.pace().set_budget(now, budget) {
            self.changed.notify_waiters();
        }
    }

    /// The budget, and the rate when a cut holds it lower.
    pub(crate) fn pacing(&self) -> (RequestsPerSecond, Option<RequestsPerSecond>) {
        let (pace, now) = (self.pace(), self.now());
        (
            pace.budget(),
            pace.is_cut(now)
                .then(|| RequestsPerSecond::from_milli(pace.rate(now))),
        )
    }

    /// Whether forgetting it would let nothing more go.
    pub(crate) fn is_idle(&self) -> bool {
        self.pace().is_idle(self.now())
    }

    /// Requests granted so far.
    pub(crate) fn granted(&self) -> u64 {
        self.granted_milli.load(Ordering::Relaxed) / 1000
    }

    /// How often somebody had to wait since this was asked last.
    pub(crate) fn take_waits(&self) -> u64 {
        self.waits.swap(0, Ordering::Relaxed)
    }
}

/// The first of a lane, whose time has come.
#[derive(Debug)]
#[must_use = "nothing is taken from the budget before `take`"]
pub(crate) struct Head<'a> {
    lane: &'a Lane,
    cost_milli: u64,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Head<'_> {
    /// Whether it may still go: its budget may have been lowered while it waited for another lane.
    fn may_go(&self) -> bool {
        let now = self.lane.now();
        self.lane.pace().turn(now, self.cost_milli) == Turn::Go
    }

    /// Takes it from the budget, and lets the next one come.
    fn take(self) {
        let now = self.lane.now();
        self.lane.pace().grant(now, self.cost_milli);
        self.lane
            .granted_milli
            .fetch_add(self.cost_milli, Ordering::Relaxed);
    }
}

/// Takes from all lanes or from none; says which.
fn take_all<const LANES: usize>(heads: [Head<'_>; LANES]) -> bool {
    let may_go = heads.iter().all(Head::may_go);
    if may_go {
        heads.into_iter().for_each(Head::take);
    }
    may_go
}

/// Lanes of one kind of request, by first prefix segment.
#[derive(Debug)]
struct Prefixes {
    /// Nothing is granted before.
    held_until: Option<Instant>,
    lanes: Mutex<Lanes>,
}

/// Lanes by prefix.
#[derive(Debug)]
struct Lanes {
    budget: RequestsPerSecond,
    by_prefix: HashMap<String, Arc<Lane>>,
    /// How many there may be before the idle ones are looked for.
    at_most: usize,
}

impl Lanes {
    /// Forgets what is idle. Where little is, it is not looked for again before there are twice as many: an estate with a
    /// prefix for each object must not search all of them for each of them.
    fn forget_idle(&mut self) {
        self.by_prefix
            .retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.is_idle());
        self.at_most = PREFIXES_TRACKED.max(self.by_prefix.len() * 2);
    }
}

impl Prefixes {
    fn new(budget: RequestsPerSecond, held_until: Option<Instant>) -> Self {
        let lanes = Lanes {
            budget,
            by_prefix: HashMap::new(),
            at_most: PREFIXES_TRACKED,
        };
        Self {
            held_until,
            lanes: Mutex::new(lanes),
        }
    }

    fn set_budget(&self, budget: RequestsPerSecond) {
        let mut lanes = self.lanes();
        if lanes.budget != budget {
            lanes.budget = budget;
            lanes.by_prefix.values().for_each(|lane| lane.set_budget(budget));
        }
    }

    fn is_idle(&self) -> bool {
        self.lanes().by_prefix.values().all(|lane| lane.is_idle())
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, key: &str) -> Arc<Lane> {
        let prefix = key.split_once('/').map_or("", |(first, _)| first);
        let mut lanes = self.lanes();
        if let Some(lane) = lanes.by_prefix.get(prefix) {
            return Arc::clone(lane);
        }
        if lanes.by_prefix.len() >= lanes.at_most {
            lanes.forget_idle();
        }
        let lane = Arc::new(Lane::new(lanes.budget, self.held_until));
        lanes.by_prefix.insert(prefix.to_string(), Arc::clone(&lane));
        lane
    }

    fn take_waits(&self) -> u64 {
        self.lanes()
            .by_prefix
            .values()
            .map(|lane| lane.take_waits())
            .sum()
    }

    fn cut_to(&self) -> Option<RequestsPerSecond> {
        let lanes = self.lanes();
        lanes.by_prefix.values().filter_map(|lane| lane.pacing().1).min()
    }
}

/// The prefixes of one bucket, whichever runner makes the requests: one that takes another's place, after a pause for
/// example, must not find a second unused that the other has used up.
#[derive(Debug)]
pub(crate) struct BucketLanes {
    writes: Prefixes,
    reads: Prefixes,
}

impl BucketLanes {
    pub(crate) fn new(writes: RequestsPerSecond, held_until: Option<Instant>) -> Self {
        Self {
            writes: Prefixes::new(writes, held_until),
            reads: Prefixes::new(model::quotas::s3_get_per_prefix().limit, held_until),
        }
    }

    /// Replaces the rate of writes: another plan may have another.
    pub(crate) fn set_writes(&self, budget: RequestsPerSecond) {
        self.writes.set_budget(budget);
    }

    /// Whether forgetting it would let nothing more go.
    pub(crate) fn is_idle(&self) -> bool {
        self.writes.is_idle() && self.reads.is_idle()
    }
}

/// An object's place among those that are looked at ahead, in each of its lanes.
#[derive(Debug)]
pub(crate) struct Places {
    prefix: Place,
    kms: Option<Place>,
}

impl Places {
    /// The look is over.
    pub(crate) fn looked(&mut self) {
        self.prefix.looked();
        if let Some(kms) = &mut self.kms {
            kms.looked();
        }
    }
}

/// All limits on the requests to one bucket.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// KMS calls of the bucket's Region.
    pub(crate) kms: Arc<KmsLane>,
    prefixes: Arc<BucketLanes>,
}

impl Throttle {
    pub(crate) const fn new(kms: Arc<KmsLane>, prefixes: Arc<BucketLanes>) -> Self {
        Self { kms, prefixes }
    }

    /// Waits until an object may be converted.
    pub(crate) async fn write(&self, key: &str, kms_milli: u64) {
        let _always = self.write_if(key, kms_milli, || true).await;
    }

    /// The same for one that may have changed its mind when its turn comes: then nothing is taken, and false is given.
    pub(crate) async fn write_if(&self, key: &str, kms_milli: u64, still: impl Fn() -> bool) -> bool {
        let prefix = self.prefixes.writes.lane(key);
        loop {
            let write = prefix.head(REQUEST_MILLI).await;
            if !still() {
                return false;
            }
            // The Region's lane is the last, because others share it: whoever is first there goes on at once.
            let taken = if kms_milli == 0 {
                take_all([write])
            } else {
                let [own, region] = self.kms.heads(kms_milli).await;
                if !still() {
                    return false;
                }
                take_all([write, own, region])
            };
            if taken {
                return true;
            }
        }
    }

    /// Waits until an object may be looked at that is to be converted, so that leave for that comes soon after.
    pub(crate) async fn places(&self, key: &str, kms_milli: u64) -> Places {
        let prefix = self.prefixes.writes.lane(key);
        let prefix = prefix.place(REQUEST_MILLI, || 1).await;
        let kms = if kms_milli == 0 {
            None
        } else {
            Some(self.kms.place(kms_milli).await)
        };
        Places { prefix, kms }
    }

    /// Waits until an object may be read.
    pub(crate) async fn read(&self, key: &str) {
        let prefix = self.prefixes.reads.lane(key);
        while !take_all([prefix.head(REQUEST_MILLI).await]) {}
    }

    /// S3 throttled requests for a key.
    pub(crate) fn cut_prefix(&self, key: &str) {
        self.prefixes.writes.lane(key).cut();
        self.prefixes.reads.lane(key).cut();
    }

    /// What held requests up since this was asked last, in words.
    pub(crate) fn holds_up(&self) -> Option<String> {
        let (budget, cut) = self.kms.pacing();
        let (kms_waits, prefix_waits) = (
            self.kms.take_waits(),
            self.prefixes.writes.take_waits() + self.prefixes.reads.take_waits(),
        );
        if budget == RequestsPerSecond::ZERO {
            return Some("The KMS budget is zero at this share of headroom: raise the share, or ask AWS for a higher quota.".to_string());
        }
        if let Some(rate) = cut {
            return Some(format!(
                "KMS throttles: going at {} of {} calls a second until it recovers.",
                rate.floor(),
                budget.floor()
            ));
        }
        if let Some(rate) = self.prefixes.writes.cut_to() {
            return Some(format!(
                "S3 throttles a prefix: going at {} requests a second there.",
                rate.floor()
            ));
        }
        if kms_waits > 0 {
            let shared = match self.kms.others() {
                0 => "",
                1 => " It is shared with another migration in this Region.",
                _ => " It is shared with other migrations in this Region.",
            };
            return Some(format!(
                "The KMS budget of {} calls a second is used up.{shared}",
                budget.floor()
            ));
        }
        (prefix_waits > 0).then(|| "The request rate of S3 per prefix is reached.".to_string())
    }
}
