//! The task that works on one migration while its state asks for that: it reads the state, does the next thing, and
//! reads the state again. Nothing is kept between two of these but counters, so that going on after a crash, a pause or
//! a stop is one path.

mod answer;
mod batch;
mod breaker;
mod canary;
mod candidates;
mod carried;
mod convert;
mod defaults;
mod doubt;
mod feed;
mod findings;
mod job;
mod job_shown;
mod manifest;
mod object;
mod pipeline;
mod place;
mod trial;
mod verify;
mod whole;
mod work;

use crate::error::in_words;
use crate::journal::JournalError;
use crate::limits::{CALLER_PATIENCE, KMS_BUDGET_UNKNOWN, WINDOW_LOOK};
use crate::migration::Migration;
use crate::region::KmsLane;
use crate::retry::wait;
use crate::shared::Shared;
use crate::throttle::Throttle;
use breaker::{Breaker, Judged, borne_after};
pub(crate) use defaults::is_as_wanted;
use model::inventory::Region;
use model::migration::{Entry, FailureCause, State};
use model::quantity::{Ratio, RequestsPerSecond};
use model::time::UnixMillis;
use model::window::Window;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use work::BucketWork;

/// How a runner ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The state asks for no runner, or the server is stopping.
    Idle,
    /// It cannot go on, for this reason.
    Halted(String),
}

/// Works on one migration.
#[derive(Debug)]
pub(crate) struct Runner {
    shared: Arc<Shared>,
    migration: Arc<Migration>,
    epoch: u64,
    /// The Region that is worked in, and its KMS calls.
    lane: Option<(Region, Arc<KmsLane>)>,
    /// KMS calls in the Regions before it.
    kms_calls: u64,
    breaker: Breaker,
    /// Objects that it saw the end of.
    finished: u64,
    /// The pass, and the first bucket that may not be done in it.
    from: (u32, u32),
    /// Whether the places of the jobs that are to be made were tried.
    places_tried: bool,
}

impl Runner {
    pub(crate) fn new(shared: Arc<Shared>, migration: Arc<Migration>) -> Self {
        let epoch = migration.ledger.progress().epoch + 1;
        Self {
            shared,
            migration,
            epoch,
            lane: None,
            kms_calls: 0,
            breaker: Breaker::default(),
            finished: 0,
            from: (0, 0),
            places_tried: false,
        }
    }

    /// Works until the state asks for nothing more.
    pub(crate) async fn run(mut self) -> End {
        let started = Instant::now();
        *self.migration.gauges() = crate::migration::Gauges::default();
        let end = self.go().await;
        {
            let mut gauges = self.migration.gauges();
            gauges.pending.clear();
            gauges.job = None;
            gauges.waiting_for = None;
            gauges.journal_fails = None;
            gauges.window_closed = false;
            gauges.phase.clear();
        }
        let (id, state) = (&self.migration.plan.id, self.migration.ledger.state());
        let duration_ms = started.elapsed().as_millis();
        tracing::info!(migration.id = %id, state = %state, objects = self.finished, duration_ms, "runner ended");
        match end {
            Ok(()) => End::Idle,
            Err(error) => End::Halted(in_words(&error)),
        }
    }

    async fn go(&mut self) -> Result<(), JournalError> {
        let caller = self.caller().await;
        // STS may have taken its time, and somebody may have cancelled meanwhile.
        if !self.migration.ledger.state().is_active() {
            return Ok(());
        }
        let epoch = self.epoch;
        self.journal(vec![Entry::RunnerStarted { epoch, caller }]).await?;
        tracing::info!(migration.id = %self.migration.plan.id, epoch = self.epoch, "runner started");
        while !self.shared.stopping.is_cancelled() {
            match self.migration.ledger.state() {
                State::Running => match self.closed_until() {
                    Some(opens_at) => self.wait_for_window(opens_at).await,
                    None => self.convert_on().await?,
                },
                State::Verifying => self.verify_on().await?,
                State::Pausing => self.wind_down(Entry::Paused).await?,
                State::Cancelling => self.wind_down(Entry::Cancelled).await?,
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// ARN of the credentials in use; none where AWS does not tell, which holds nobody up.
    async fn caller(&self) -> Option<String> {
        let asked = self.shared.account.caller.identity();
        let told = tokio::select! {
            told = tokio::time::timeout(CALLER_PATIENCE, asked) => told,
            () = self.shared.stopping.cancelled() => return None,
        };
        match told {
            Ok(Ok(identity)) => Some(identity.arn),
            Ok(Err(error)) => {
                tracing::warn!(migration.id = %self.migration.plan.id, %error, "whose credentials are in use is not known");
                None
            }
            Err(_) => {
                tracing::warn!(migration.id = %self.migration.plan.id, "STS does not tell whose credentials are in use");
                None
            }
        }
    }

    /// Ends what S3 does by itself, then says that nothing is in flight any more.
    async fn wind_down(&mut self, entry: Entry) -> Result<(), JournalError> {
        self.end_jobs().await?;
        if entry == Entry::Cancelled {
            self.settle_doubt().await?;
        }
        if self.shared.stopping.is_cancelled() {
            return Ok(());
        }
        self.journal_if_it_fits(entry).await
    }

    /// Does the next thing of a running migration.
    async fn convert_on(&mut self) -> Result<(), JournalError> {
        if !self.places_tried {
            return self.try_places().await;
        }
        let Some((position, default_set)) = self.next_bucket() else {
            return self
                .journal_if_it_fits(Entry::VerificationStarted)
                .await
                .map(drop);
        };
        let work = self.work_on(position);
        self.breaker.enter(self.judged(position));
        if default_set && self.wants_canaries(position) {
            // Each kind tells for itself whether it can be converted at all.
            self.breaker.enter(Judged {
                share: None,
                ..self.judged(position)
            });
            self.canaries(&work).await
        } else if default_set && self.wants_job(&self.migration.ledger.progress(), position) {
            self.job(&work).await
        } else if default_set {
            self.convert_bucket(&work).await
        } else {
            self.set_default(&work).await
        }
    }

    /// How failures in a bucket are judged, by what happened there before.
    fn judged(&self, position: u32) -> Judged {
        let progress = self.migration.ledger.progress();
        let heeded = self.migration.heeded(position);
        if progress.pass > 0 {
            // What was refused before may be mended: the first refusal says that it is not.
            return Judged {
                refusals_stop: !heeded.refused,
                share: None,
            };
        }
        // The failure itself may be in a batch that stays open, and is not journaled then.
        let refused = heeded.refused
            || progress
                .failures
                .iter()
                .any(|(bucket, failed)| *bucket == position && failed.cause == FailureCause::AccessDenied);
        Judged {
            refusals_stop: !refused,
            share: Some(borne_after(heeded.too_many)),
        }
    }

    /// The next bucket that is not done, and whether its default encryption is set.
    fn next_bucket(&mut self) -> Option<(u32, bool)> {
        let progress = self.migration.ledger.progress();
        if self.from.0 != progress.pass {
            self.from = (progress.pass, 0);
        }
        for (position, bucket) in (0u32..)
            .zip(&self.migration.plan.buckets)
            .skip(self.from.1 as usize)
        {
            let wanted = if progress.pass == 0 {
                bucket.rows
            } else {
                progress.rows_to_retry(position)
            };
            let default_set = progress.buckets[position as usize].default_set;
            if !default_set || progress.rows_done(position, progress.pass) != wanted {
                return Some((position, default_set));
            }
            self.from.1 = position + 1;
        }
        None
    }

    fn wants_canaries(&self, position: u32) -> bool {
        let progress = self.migration.ledger.progress();
        let wanted = self.canaries_wanted() > 0 && progress.pass == 0;
        wanted && progress.buckets[position as usize].canary.is_none()
    }

    /// Canaries of each kind: what a job does is seen on one object before it is made.
    fn canaries_wanted(&self) -> u32 {
        let plan = &self.migration.plan;
        let least = u32::from(plan.jobs.is_some());
        plan.settings.canary.objects.max(least)
    }

    /// When the plan's window opens; none while it is open.
    fn closed_until(&self) -> Option<UnixMillis> {
        let window = self.migration.plan.settings.window;
        // Most plans have none, and then the time need not be asked for.
        let set = window != Window::default();
        set.then(|| window.opens_at(self.shared.clock.now())).flatten()
    }

    /// Waits until the window opens, or something else is to be done.
    async fn wait_for_window(&self, opens_at: UnixMillis) {
        let reason = format!("The plan’s window is closed until {opens_at}.");
        self.migration.gauges().window_closed = true;
        self.migration.waits_for(Some(reason));
        self.migration.phase("Waiting for the window to open");
        let left = opens_at.0.saturating_sub(self.shared.clock.now().0);
        // The clock may be set in between, so it is asked again now and then.
        let wait = Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(WINDOW_LOOK);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.called_off() => {}
        }
        self.migration.gauges().window_closed = false;
        self.migration.waits_for(None);
    }

    fn work_on(&mut self, position: u32) -> Arc<BucketWork> {
        let region = self.migration.plan.buckets[position as usize].region.clone();
        let budget = self.planned_budget(&region);
        let (shared, migration) = (Arc::clone(&self.shared), Arc::clone(&self.migration));
        // A bucket goes on at the pace of the one before in its Region; others may have the Region that is left.
        let lane = match self.lane.take() {
            Some((held, lane)) if held == region => lane,
            left => {
                self.kms_calls += left.map_or(0, |(_, lane)| lane.granted());
                Arc::new(shared.kms_lane(&region, &migration.plan.id, budget))
            }
        };
        let prefixes = self.shared.bucket_lanes(
            &self.migration.plan.buckets[position as usize].bucket,
            self.migration.plan.settings.s3_writes_per_prefix,
        );
        // What others use is known where the Region was worked in just before.
        lane.set_budget(self.in_force(&lane, budget));
        let throttle = Throttle::new(Arc::clone(&lane), prefixes);
        self.lane = Some((region, lane));
        Arc::new(BucketWork::new(shared, migration, position, self.epoch, throttle))
    }

    /// KMS calls a second in a Region by the plan, at the share that is in force.
    fn planned_budget(&self, region: &Region) -> RequestsPerSecond {
        let plan = &self.migration.plan;
        let (planned, share) = (plan.settings.share, self.migration.ledger.progress().share);
        let Some(rate) = plan.rates.iter().find(|rate| rate.region == *region) else {
            return if share == Ratio::ZERO {
                RequestsPerSecond::ZERO
            } else {
                KMS_BUDGET_UNKNOWN
            };
        };
        if share == planned {
            return rate.kms_budget;
        }
        let scaled = u128::from(rate.kms_budget.milli()) * u128::from(share.milli());
        let milli = scaled.checked_div(u128::from(planned.milli())).unwrap_or(0);
        RequestsPerSecond::from_milli(u64::try_from(milli).unwrap_or(u64::MAX))
    }

    /// What is left of a planned budget by what others were last seen to use.
    fn in_force(&self, lane: &KmsLane, planned: RequestsPerSecond) -> RequestsPerSecond {
        let share = self.migration.ledger.progress().share;
        let measured = lane.measured();
        measured.map_or(planned, |measured| measured.budget(share, planned))
    }

    /// Shows where the work on a bucket stands, and takes a changed share up, and what others were seen to use.
    fn show(&mut self, work: &BucketWork) {
        let planned = self.planned_budget(&work.bucket().region);
        let budget = self.in_force(&work.throttle.kms, planned);
        work.throttle.kms.set_budget(budget);
        let measured = work.throttle.kms.measured().filter(|_| budget < planned);
        let others = measured.map(|measured| {
            format!(
                "Others use {} of {} KMS calls a second in this Region: going at {} instead of {}.",
                measured.others.floor(),
                measured.quota.floor(),
                budget.floor(),
                planned.floor()
            )
        });
        let kms_calls = self.kms_calls + work.throttle.kms.granted();
        {
            let mut gauges = self.migration.gauges();
            gauges.meter.note(Instant::now(), self.finished, kms_calls);
            gauges.kms_budget = budget;
            let holds_up = work.throttle.holds_up();
            gauges.waiting_for = match (holds_up, others) {
                (Some(what), Some(others)) => Some(format!("{what} {others}")),
                (what, others) => what.or(others),
            };
        }
        self.migration.publish();
    }

    /// Journals entries; while the journal cannot be reached nothing goes on, and that is shown.
    async fn journal(&self, entries: Vec<Entry>) -> Result<State, JournalError> {
        journal(&self.shared, &self.migration, self.epoch, entries).await
    }

    /// Journals an entry, unless a command has just changed the state; then the next look at it decides.
    async fn journal_if_it_fits(&self, entry: Entry) -> Result<(), JournalError> {
        self.journal_if_they_fit(vec![entry]).await.map(drop)
    }

    /// The same for entries of which none may be there without the others. Says whether they were written: what they
    /// announce may begin only then.
    async fn journal_if_they_fit(&self, entries: Vec<Entry>) -> Result<bool, JournalError> {
        match self.journal(entries).await {
            Ok(_) => Ok(true),
            Err(JournalError::Illegal { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether work on a bucket goes on: nobody asked for something else, and nothing is in the way.
    fn goes_on(&self, work: &BucketWork) -> bool {
        self.migration.ledger.state() == State::Running
            && !self.shared.stopping.is_cancelled()
            && !work.wind_down.is_cancelled()
            && self.closed_until().is_none()
    }

    /// Ends when a running migration is to do something else, or the server stops.
    async fn called_off(&self) {
        let mut changes = self.migration.ledger.changes();
        let changed = async {
            let _ = changes.wait_for(|state| *state != State::Running).await;
        };
        tokio::select! {
            () = self.shared.stopping.cancelled() => {}
            () = changed => {}
        }
    }

    /// Stops and asks a person.
    async fn stop(&self, reason: String) -> Result<(), JournalError> {
        if self.migration.ledger.state() == State::Cancelling {
            // Whoever cancels has decided already. What S3 may still be working on stops it all the same: see `job`.
            tracing::warn!(migration.id = %self.migration.plan.id, reason, "cancelled all the same");
            return Ok(());
        }
        tracing::warn!(migration.id = %self.migration.plan.id, reason, "stopped");
        self.journal_if_it_fits(Entry::Stopped { reason }).await
    }
}

/// As [`Runner::journal`], for tasks of its own.
async fn journal(
    shared: &Shared,
    migration: &Arc<Migration>,
    epoch: u64,
    entries: Vec<Entry>,
) -> Result<State, JournalError> {
    let mut attempt = 0;
    loop {
        let error = match migration.ledger.append(Some(epoch), entries.clone()).await {
            Ok(state) => {
                if attempt > 0 {
                    tracing::info!(migration.id = %migration.plan.id, "the journal can be written again");
                    migration.gauges().journal_fails = None;
                }
                migration.publish();
                return Ok(state);
            }
            Err(error @ JournalError::Unavailable { .. }) => error,
            Err(error) => return Err(error),
        };
        attempt += 1;
        if attempt == 1 {
            tracing::error!(migration.id = %migration.plan.id, error = &error as &dyn std::error::Error, "the journal cannot be written");
        }
        migration.gauges().journal_fails = Some(format!(
            "The journal cannot be written: {}. Trying again.",
            in_words(&error)
        ));
        migration.publish();
        tokio::select! {
            biased;
            () = shared.stopping.cancelled() => return Err(error),
            () = tokio::time::sleep(wait(&migration.plan.id.0, attempt)) => {}
        }
    }
}
