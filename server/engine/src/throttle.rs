//! Waiting for the pace: one lane for the KMS calls of a Region, one per prefix for requests to S3. Workers queue in
//! order; only the first of a lane has a timer. Where nobody queues, a request that may go passes without queueing.

use crate::limits::PREFIXES_TRACKED;
use crate::pace::{Pace, Turn};
use crate::region::KmsLane;
use model::quantity::RequestsPerSecond;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Rates are per second.
const AFTER_ANOTHER_NANOS: u64 = 1_000_000_000;

/// A queue in front of one limit.
#[derive(Debug)]
pub(crate) struct Lane {
    start: Instant,
    pace: Mutex<Pace>,
    /// Fair: whoever asked first holds it while waiting for the time.
    turn: tokio::sync::Mutex<()>,
    /// How many hold it or wait for it.
    queued: AtomicUsize,
    changed: Notify,
    granted_milli: AtomicU64,
    waits: AtomicU64,
}

impl Lane {
    pub(crate) fn new(budget: RequestsPerSecond) -> Self {
        Self {
            start: Instant::now(),
            pace: Mutex::new(Pace::new(budget)),
            turn: tokio::sync::Mutex::new(()),
            queued: AtomicUsize::new(0),
            changed: Notify::new(),
            granted_milli: AtomicU64::new(0),
            waits: AtomicU64::new(0),
        }
    }

    /// A lane whose first grants wait for a second: a process before this one may have used it up, and died.
    pub(crate) fn after_another(budget: RequestsPerSecond) -> Self {
        let lane = Self::new(budget);
        lane.pace().hold_until(AFTER_ANOTHER_NANOS);
        lane
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Waits until so many thousandths of a request may go.
    pub(crate) async fn pass(&self, cost_milli: u64) {
        if cost_milli == 0 {
            return;
        }
        if self.queued.load(Ordering::Acquire) == 0 && self.take(cost_milli) == Turn::Go {
            return;
        }
        let _place = Place::in_queue(&self.queued);
        let _turn = self.turn.lock().await;
        loop {
            let changed = self.changed.notified();
            match self.take(cost_milli) {
                Turn::Go => return,
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
    }

    fn take(&self, cost_milli: u64) -> Turn {
        let turn = self.pace().take(self.now(), cost_milli);
        if turn == Turn::Go {
            self.granted_milli.fetch_add(cost_milli, Ordering::Relaxed);
        }
        turn
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

    /// Requests granted so far.
    pub(crate) fn granted(&self) -> u64 {
        self.granted_milli.load(Ordering::Relaxed) / 1000
    }

    /// How often somebody had to wait since this was asked last.
    pub(crate) fn take_waits(&self) -> u64 {
        self.waits.swap(0, Ordering::Relaxed)
    }
}

/// A place in a queue, given up when it is dropped.
#[derive(Debug)]
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn in_queue(queued: &'a AtomicUsize) -> Self {
        queued.fetch_add(1, Ordering::AcqRel);
        Self(queued)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Lanes of one kind of request, by first prefix segment.
#[derive(Debug)]
struct Prefixes {
    budget: RequestsPerSecond,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
}

impl Prefixes {
    fn new(budget: RequestsPerSecond) -> Self {
        Self {
            budget,
            lanes: Mutex::default(),
        }
    }

    fn lane(&self, key: &str) -> Arc<Lane> {
        let prefix = key.split_once('/').map_or("", |(first, _)| first);
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(prefix) {
            return Arc::clone(lane);
        }
        if lanes.len() >= PREFIXES_TRACKED {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.pace().is_idle(lane.now()));
        }
        let lane = Arc::new(Lane::new(self.budget));
        lanes.insert(prefix.to_string(), Arc::clone(&lane));
        lane
    }

    fn take_waits(&self) -> u64 {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.values().map(|lane| lane.take_waits()).sum()
    }

    fn cut_to(&self) -> Option<RequestsPerSecond> {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.values().filter_map(|lane| lane.pacing().1).min()
    }
}

/// All limits on the requests to one bucket.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// KMS calls of the bucket's Region.
    pub(crate) kms: Arc<KmsLane>,
    writes: Prefixes,
    reads: Prefixes,
}

impl Throttle {
    pub(crate) fn new(kms: Arc<KmsLane>, writes: RequestsPerSecond) -> Self {
        Self {
            kms,
            writes: Prefixes::new(writes),
            reads: Prefixes::new(model::quotas::s3_get_per_prefix().limit),
        }
    }

    /// Waits until an object may be converted.
    pub(crate) async fn write(&self, key: &str, kms_milli: u64) {
        self.writes.lane(key).pass(1000).await;
        // Last, because KMS calls are what others share: a grant is used as soon as it is given.
        self.kms.pass(kms_milli).await;
    }

    /// Waits until an object may be read.
    pub(crate) async fn read(&self, key: &str) {
        self.reads.lane(key).pass(1000).await;
    }

    /// S3 throttled requests for a key.
    pub(crate) fn cut_prefix(&self, key: &str) {
        self.writes.lane(key).cut();
        self.reads.lane(key).cut();
    }

    /// What held requests up since this was asked last, in words.
    pub(crate) fn holds_up(&self) -> Option<String> {
        let (budget, cut) = self.kms.pacing();
        let (kms_waits, prefix_waits) = (
            self.kms.take_waits(),
            self.writes.take_waits() + self.reads.take_waits(),
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
        if let Some(rate) = self.writes.cut_to() {
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
