//! One migration in memory: its plan, its ledger, the runner that works on it, and what it shows. Held by
//! [`crate::Engine`]; the runner moves the gauges.

use crate::counts::{self, JobCount};
use crate::ledger::Ledger;
use crate::limits::CLOCKS_APART;
use crate::meter::Meter;
use model::migration::{BatchId, Live, Progress, State, Tally};
use model::plan::{Plan, VerifyScope};
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use model::window::Window;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// What a runner shows beside the fold.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    /// Outcomes that may not be journaled yet, by batch.
    pub(crate) pending: BTreeMap<BatchId, Tally>,
    /// What the job of a bucket says that it has done; its outcomes are journaled once its report is read.
    pub(crate) job: Option<(u32, JobCount)>,
    /// Objects of the plan that were read back in the running verification.
    pub(crate) read_back: u64,
    /// Rates.
    pub(crate) meter: Meter,
    /// What it does.
    pub(crate) phase: String,
    /// What holds it up.
    pub(crate) waiting_for: Option<String>,
    /// Why nothing can be journaled, which holds up everything else.
    pub(crate) journal_fails: Option<String>,
    /// KMS calls a second that it may make.
    pub(crate) kms_budget: RequestsPerSecond,
    /// Whether it waits for its window to open, so that nothing moves.
    pub(crate) window_closed: bool,
}

/// What stopped runners in a bucket, as far as this process knows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heeded {
    /// Access was refused.
    pub(crate) refused: bool,
    /// How often too many of the last objects had failed.
    pub(crate) too_many: u32,
}

/// A migration.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) plan: Arc<Plan>,
    pub(crate) ledger: Arc<Ledger>,
    /// The task that works on it.
    pub(crate) runner: Mutex<Option<JoinHandle<()>>>,
    /// Stops by bucket, each of which somebody has to resume for another runner to begin.
    stops: Mutex<BTreeMap<u32, Heeded>>,
    /// Held while a setting is changed after the run.
    pub(crate) settings: tokio::sync::Mutex<()>,
    gauges: Mutex<Gauges>,
    live: watch::Sender<Live>,
}

impl Migration {
    pub(crate) fn new(plan: Plan, ledger: Ledger) -> Self {
        let live = watch::Sender::new(Live {
            state: ledger.state(),
            seq: 0,
            pass: 0,
            tally: Tally::default(),
            rows_total: plan.rows(),
            objects_planned: plan.objects().0,
            objects_read_back: 0,
            rate_now: RequestsPerSecond::ZERO,
            rate_average: RequestsPerSecond::ZERO,
            kms_per_second: RequestsPerSecond::ZERO,
            kms_budget: RequestsPerSecond::ZERO,
            seconds_left: None,
            phase: String::new(),
            waiting_for: None,
        });
        let migration = Self {
            plan: Arc::new(plan),
            ledger: Arc::new(ledger),
            runner: Mutex::new(None),
            stops: Mutex::default(),
            settings: tokio::sync::Mutex::default(),
            gauges: Mutex::default(),
            live,
        };
        migration.publish();
        migration
    }

    fn stops(&self) -> MutexGuard<'_, BTreeMap<u32, Heeded>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a stop in a bucket.
    pub(crate) fn heed(&self, bucket: u32, note: impl FnOnce(&mut Heeded)) {
        note(self.stops().entry(bucket).or_default());
    }

    /// The stops of a bucket so far.
    pub(crate) fn heeded(&self, bucket: u32) -> Heeded {
        self.stops().get(&bucket).copied().unwrap_or_default()
    }

    /// A retry begins, which is judged anew.
    pub(crate) fn forget_stops(&self) {
        self.stops().clear();
    }

    /// When runners before this one worked, with room for clocks that differ.
    pub(crate) fn earlier_runs(&self) -> RangeInclusive<UnixMillis> {
        let progress = self.ledger.progress();
        let room = i64::try_from(CLOCKS_APART.as_millis()).unwrap_or(i64::MAX);
        let began = progress.started_at.unwrap_or_default();
        let until = progress.runner_started_at.unwrap_or(began);
        UnixMillis(began.0.saturating_sub(room))..=UnixMillis(until.0.saturating_add(room))
    }

    /// What the runner moves. Never held over an await.
    pub(crate) fn gauges(&self) -> MutexGuard<'_, Gauges> {
        self.gauges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what begins now.
    pub(crate) fn phase(&self, phase: impl Into<String>) {
        self.gauges().phase = phase.into();
        self.publish();
    }

    /// Says what holds the runner up, or that nothing does.
    pub(crate) fn waits_for(&self, what: Option<String>) {
        self.gauges().waiting_for = what;
        self.publish();
    }

    /// A receiver of what it shows.
    pub(crate) fn watch(&self) -> watch::Receiver<Live> {
        self.live.subscribe()
    }

    /// Shows fold and gauges as they are now.
    pub(crate) fn publish(&self) {
        let mut gauges = self.gauges();
        let progress = self.ledger.progress();
        let mut tally = progress.tally().clone();
        for beyond in counts::beyond(&self.plan, &progress, &gauges).values() {
            counts::add(&progress, &mut tally, beyond);
        }
        let moving = matches!(progress.state, State::Running | State::Verifying) && !gauges.window_closed;
        if progress.state == State::Running {
            let converted = tally.converted.values().map(|amount| amount.objects.0);
            gauges.meter.note_converted(Instant::now(), converted.sum());
        }
        let (rate_now, kms_now) = if moving {
            (gauges.meter.objects_now(), gauges.meter.kms_now())
        } else {
            (RequestsPerSecond::ZERO, RequestsPerSecond::ZERO)
        };
        let left = if progress.state == State::Verifying {
            self.to_read_back(&progress).saturating_sub(gauges.read_back)
        } else {
            let settled = tally.done().objects + tally.gone.objects + tally.failed.objects;
            self.plan.objects().saturating_sub(settled).0
        };
        let takes = (rate_now.milli() > 0).then(|| left.saturating_mul(1000).div_ceil(rate_now.milli()));
        let seconds_left = takes.and_then(|seconds| self.with_closed_hours(seconds, progress.state));
        let live = Live {
            state: progress.state,
            seq: progress.seq,
            pass: progress.pass,
            tally,
            rows_total: self.plan.rows(),
            objects_planned: self.plan.objects().0,
            objects_read_back: gauges.read_back,
            rate_now,
            rate_average: gauges.meter.converted_average(),
            kms_per_second: kms_now,
            kms_budget: gauges.kms_budget,
            seconds_left,
            phase: if progress.state.is_active() && !gauges.phase.is_empty() {
                gauges.phase.clone()
            } else {
                at_rest(progress.state).to_string()
            },
            waiting_for: [&progress.stopped, &gauges.journal_fails, &gauges.waiting_for]
                .into_iter()
                .flatten()
                .next()
                .cloned(),
        };
        drop(progress);
        // Still under the gauges' lock, so that nobody sends an older view after a newer one.
        self.live.send_replace(live);
        drop(gauges);
    }

    /// The fold with what is counted beyond it, as [`Self::publish`] shows it.
    pub(crate) fn as_it_is_now(&self) -> Progress {
        let gauges = self.gauges();
        let mut progress = self.ledger.progress().clone();
        for (position, beyond) in counts::beyond(&self.plan, &progress, &gauges) {
            let mut tally = progress.buckets[position as usize].tally.clone();
            counts::add(&progress, &mut tally, &beyond);
            progress.set_tally(position, tally);
        }
        progress
    }

    /// Seconds until so many of work are through: while the window is closed nothing is converted. None where it never opens
    /// for long enough.
    fn with_closed_hours(&self, seconds: u64, state: State) -> Option<u64> {
        let window = self.plan.settings.window;
        if state != State::Running || window == Window::default() {
            return Some(seconds);
        }
        let now = self.ledger.now();
        let takes = i64::try_from(seconds.checked_mul(1000)?).ok()?;
        let ends = window.ends_at(now, takes)?;
        u64::try_from((ends.0 - now.0) / 1000).ok()
    }

    /// Objects that the verification reads in all.
    fn to_read_back(&self, progress: &Progress) -> u64 {
        match self.plan.settings.verify {
            VerifyScope::Every => progress.tally().done().objects.0,
            VerifyScope::Sample(most) => progress
                .buckets
                .iter()
                .map(|bucket| bucket.tally.done().objects.0.min(most))
                .sum(),
        }
    }
}

/// What one waits for that no runner works on.
const fn at_rest(state: State) -> &'static str {
    match state {
        State::Planned => "It begins once somebody confirms it",
        State::Paused | State::Stopped => "It goes on once somebody resumes it",
        state if state.is_ended() => "Nothing more happens by itself",
        state => state.title(),
    }
}
