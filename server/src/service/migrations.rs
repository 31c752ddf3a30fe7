//! Migrations: the list, the page of one, and what an operator does with it.

use super::job_words::told;
use super::words::{default_encryption, sentence};
use super::{Service, draft, from_engine, internal};
use app::backend::{
    Action, AppError, BucketRow, EXCEPTIONS_LISTED, ErrorKind, FailureGroup, LogLine, MigrationPage,
    MigrationRow, PlanCost,
};
use engine::{DELETION_DAYS, Decision, Journal as _};
use model::inventory::{EncryptionStatus, SourceKind};
use model::method::LeftOut;
use model::migration::{
    BucketProgress, CANARY, EntryKind, FailedObject, FailureCause, Progress, Setting, State, VerifiedBucket,
    later_counts,
};
use model::plan::{MigrationId, Plan, PlanBucket};
use model::quantity::{Objects, Ratio};
use model::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use store::StoredPlan;

/// Lines of the log on a page.
const LOG_LINES: usize = 60;
/// Examples of each cause of failure on a page.
const EXAMPLES: usize = 5;

/// What is decided of each bucket by itself.
const OF_BUCKETS: [(Action, Setting); 3] = [
    (Action::Enforce, Setting::Enforcement),
    (Action::Release, Setting::EnforcementReleased),
    (Action::RestoreDefault, Setting::DefaultRestored),
];

impl Service {
    pub(super) async fn migration_rows(&self) -> Result<Vec<MigrationRow>, AppError> {
        let mut plans = self.inner.store.plans().await.map_err(|error| internal(&error))?;
        plans.sort_by_key(|stored| std::cmp::Reverse(stored.created_at));
        Ok(plans.iter().map(|stored| self.row(stored)).collect())
    }

    fn row(&self, stored: &StoredPlan) -> MigrationRow {
        let plan = &stored.plan;
        // As its page counts, with what is not journaled yet.
        let live = self.inner.engine.watch(&plan.id);
        let seen = live.map(|live| {
            let live = live.borrow();
            (live.state, live.tally.done().objects, live.tally.failed.objects)
        });
        let (state, done, failed) = seen.unwrap_or((State::Planned, Objects::ZERO, Objects::ZERO));
        MigrationRow {
            id: plan.id.0.clone(),
            name: plan.name.clone(),
            state,
            buckets: plan.buckets.len(),
            objects: plan.objects(),
            done,
            failed,
            created_at: stored.created_at,
        }
    }

    pub(super) async fn stored_plan(&self, id: &MigrationId) -> Result<StoredPlan, AppError> {
        let found = self
            .inner
            .store
            .plan(id)
            .await
            .map_err(|error| internal(&error))?;
        let missing = || {
            AppError::new(
                ErrorKind::NotFound,
                format!("There is no migration {id}."),
                "Look it up in the list of migrations.",
            )
        };
        found.ok_or_else(missing)
    }

    pub(super) async fn migration_page(&self, id: &str) -> Result<MigrationPage, AppError> {
        let id = MigrationId(id.to_string());
        let plan = self.stored_plan(&id).await?.plan;
        self.inner
            .engine
            .register(plan.clone())
            .await
            .map_err(|error| from_engine(&error))?;
        let gone = || AppError::plain(ErrorKind::NotFound, format!("There is no migration {id}."));
        let progress = self.inner.engine.as_it_is_now(&id).ok_or_else(gone)?;
        let live = self.inner.engine.watch(&id).ok_or_else(gone)?.borrow().clone();
        let (cost, ends_at) = self.awaited(&plan, progress.state);
        Ok(MigrationPage {
            live,
            cost,
            ends_at,
            now: self.inner.clock.now(),
            confirmed: progress.confirmed.clone(),
            started_at: progress.started_at,
            callers: progress.callers.clone(),
            ended_at: progress.ended_at,
            stopped: progress.stopped.clone().or_else(|| word_awaited(&progress)),
            share: progress.share,
            buckets: self.bucket_rows(&plan, &progress),
            left_out: left_out(&progress),
            failures: failure_groups(&plan, &progress),
            failures_not_named: not_named(&progress),
            later: later_counts(&plan, progress.ended_at, &self.known().snapshots),
            kms_calls: self.calls_per_object(&plan, &progress).await,
            log: self.log(&id).await?,
            actions: self.actions_offered(&plan, &progress),
            not_allowed: self.not_allowed(),
            plan,
        })
    }

    /// Buckets of which an inventory that was taken after the migration's end lists nothing under SSE-KMS.
    fn without_kms(&self, id: &MigrationId) -> BTreeSet<String> {
        let ended = self
            .inner
            .engine
            .inspect(id, |progress| progress.ended_at)
            .flatten();
        let known = self.known();
        let Some(ended) = ended else {
            return BTreeSet::new();
        };
        let later = known.snapshots.iter().filter(|snapshot| {
            snapshot.source.kind == SourceKind::Inventory
                && snapshot.source.as_of.is_some_and(|as_of| as_of > ended)
        });
        let mut none: BTreeSet<String> = BTreeSet::new();
        let mut some: BTreeSet<String> = BTreeSet::new();
        for group in later.flat_map(|snapshot| &snapshot.groups) {
            let free = matches!(
                group.encryption_status,
                EncryptionStatus::SseS3 | EncryptionStatus::SseC | EncryptionStatus::NotSse
            );
            if free { &mut none } else { &mut some }.insert(group.bucket.clone());
        }
        none.retain(|bucket| !some.contains(bucket));
        none
    }

    /// The last sentences of the journal, newest first.
    async fn log(&self, id: &MigrationId) -> Result<Vec<LogLine>, AppError> {
        let mut lines: Vec<LogLine> = Vec::new();
        let mut after = 0;
        loop {
            let entries = self
                .inner
                .store
                .read(id, after)
                .await
                .map_err(|error| internal(&error))?;
            let Some(last) = entries.last() else { break };
            after = last.seq;
            let line = |recorded| {
                sentence(recorded).map(|text| LogLine {
                    seq: recorded.seq,
                    at: recorded.at,
                    text,
                })
            };
            lines.extend(entries.iter().filter_map(line));
            let surplus = lines.len().saturating_sub(LOG_LINES);
            lines.drain(..surplus);
        }
        lines.reverse();
        Ok(lines)
    }

    pub(super) async fn command(&self, id: &str, action: Action, argument: &str) -> Result<(), AppError> {
        self.require_changes()?;
        let id = MigrationId(id.to_string());
        let plan = self.stored_plan(&id).await?.plan;
        let (engine, who) = (&self.inner.engine, self.who.as_str());
        engine
            .register(plan.clone())
            .await
            .map_err(|error| from_engine(&error))?;
        if matches!(action, Action::Release | Action::KeepKey) {
            self.must_be_open(&id, action)?;
        }
        let outcome = match action {
            Action::Confirm => engine.confirm(plan, who, argument).await,
            Action::Pause => engine.pause(&id, who).await,
            Action::Resume => engine.resume(&id, who).await,
            Action::Cancel => engine.cancel(&id, who).await,
            Action::Retry => engine.retry_failed(&id, who).await,
            Action::Enforce => engine.decide(&id, who, Decision::Enforce).await,
            Action::Release => engine.decide(&id, who, Decision::Release).await,
            Action::RestoreDefault => engine.decide(&id, who, Decision::RestoreDefault).await,
            Action::DeleteKey => {
                let days = days_of(&plan, argument)?;
                let without = self.without_kms(&id);
                engine
                    .decide(&id, who, Decision::DeleteKeys { days, without })
                    .await
            }
            Action::KeepKey => engine.decide(&id, who, Decision::KeepKeys).await,
            Action::Share => {
                let share = argument
                    .trim()
                    .parse()
                    .ok()
                    .filter(|share| (1..=100).contains(share))
                    .ok_or_else(|| {
                        AppError::new(
                            ErrorKind::Input,
                            format!("`{argument}` is not a share of headroom."),
                            "Give a percentage from 1 to 100.",
                        )
                    })?;
                engine.change_share(&id, who, Ratio::percent(share)).await
            }
        };
        let state = outcome.map_err(|error| from_engine(&error))?;
        tracing::info!(migration.id = %id, ?action, ?state, "command");
        Ok(())
    }
}

impl Service {
    /// What a plan that waits for its confirmation costs, and when it would end, as its draft told it.
    fn awaited(&self, plan: &Plan, state: State) -> (Option<PlanCost>, Option<UnixMillis>) {
        if state != State::Planned {
            return (None, None);
        }
        let known = self.known();
        let is_known = |bucket: &PlanBucket| {
            known
                .snapshots
                .iter()
                .any(|snapshot| snapshot.id == bucket.snapshot)
        };
        let prices = &known.estate.basis.prices;
        let cost = plan
            .buckets
            .iter()
            .all(is_known)
            .then(|| draft::cost(plan, &known.snapshots, prices));
        (cost, draft::ends_at(plan, self.inner.clock.now()))
    }

    /// What may be done from here. Where all buckets have their settings from a newer migration, they are changed there.
    fn actions_offered(&self, plan: &Plan, progress: &Progress) -> Vec<Action> {
        if self.not_allowed().is_some() {
            return Vec::new();
        }
        let mut actions = actions(progress);
        for (action, setting) in OF_BUCKETS {
            let is_newers = |bucket: &PlanBucket| {
                let newer = self.inner.engine.setting_of(&plan.id, &bucket.bucket, setting);
                newer.is_some()
            };
            if plan.buckets.iter().all(is_newers) {
                actions.retain(|offered| *offered != action);
            }
        }
        actions
    }

    /// A newer migration that has the default or the policy of a bucket.
    fn settings_of(&self, id: &MigrationId, bucket: &str) -> Option<String> {
        let newer = self.inner.engine.setting_of(id, bucket, Setting::Enforcement);
        newer.map(|newer| newer.0)
    }

    fn bucket_rows(&self, plan: &Plan, progress: &Progress) -> Vec<BucketRow> {
        let row = |(planned, here): (&PlanBucket, &BucketProgress)| BucketRow {
            bucket: planned.bucket.clone(),
            key: planned.target.key.as_str().to_string(),
            rows: planned.rows,
            done: here.tally.done().objects,
            failed: here.tally.failed.objects,
            gone: here.tally.gone.objects,
            left_out: here.tally.untouched().objects,
            previous_default: here
                .previous_default
                .as_ref()
                .map(|previous| default_encryption(previous.as_ref())),
            default_set: here.default_set,
            proof: (!here.proofs.is_empty())
                .then(|| here.proofs.values().cloned().collect::<Vec<_>>().join(" ")),
            canary: here.canary.clone(),
            job: here.job.as_ref().map(|job| told(job, progress.state)),
            settings: here
                .settings
                .iter()
                .map(|(setting, evidence)| (*setting, evidence.clone()))
                .collect(),
            setting_open: here.settings_open.first().copied(),
            settings_of: self.settings_of(&plan.id, &planned.bucket),
            sentence: model::migration::sentence_as_counted(planned, here),
            verified: here.verified.as_ref().map(first_named),
        };
        plan.buckets.iter().zip(&progress.buckets).map(row).collect()
    }

    /// Refuses to take back what does not hold: the journal would say that it was taken back.
    fn must_be_open(&self, id: &MigrationId, action: Action) -> Result<(), AppError> {
        let open = self
            .inner
            .engine
            .inspect(id, |progress| actions(progress).contains(&action));
        if open == Some(true) {
            return Ok(());
        }
        Err(AppError::new(
            ErrorKind::Conflict,
            "There is nothing to take back: this migration holds no such setting.",
            "What can be done is on its page.",
        ))
    }
}

/// The days of a clean-up, which is confirmed by the plan's name.
fn days_of(plan: &Plan, argument: &str) -> Result<u8, AppError> {
    let typed = argument.trim().rsplit_once(' ');
    let days = typed
        .filter(|(name, _)| name.trim() == plan.name)
        .and_then(|(_, days)| days.parse().ok())
        .filter(|days| DELETION_DAYS.contains(days));
    days.ok_or_else(|| {
        AppError::new(
            ErrorKind::Input,
            format!("`{argument}` is not the name of this migration and a number of days."),
            format!("Type {} and 7 to 30, as: {} 7", plan.name, plan.name),
        )
    })
}

/// What may be done, by the same table that decides what the journal takes.
fn actions(progress: &Progress) -> Vec<Action> {
    let by_state = [
        (Action::Confirm, EntryKind::Confirmed),
        (Action::Pause, EntryKind::PauseRequested),
        (Action::Resume, EntryKind::Resumed),
        (Action::Retry, EntryKind::RetryRequested),
        (Action::Share, EntryKind::ShareChanged),
        (Action::Cancel, EntryKind::CancelRequested),
    ];
    let state = progress.state;
    let by_state = by_state
        .into_iter()
        .filter(|(action, kind)| state.allows(*kind) && (*action != Action::Retry || retry_helps(progress)));
    let mut actions: Vec<Action> = by_state.map(|(action, _)| action).collect();
    if state.allows(EntryKind::SettingRequested) {
        actions.extend(settings(progress));
    }
    actions
}

/// What a migration that paused after its canaries waits for.
fn word_awaited(progress: &Progress) -> Option<String> {
    let asks = progress.state == State::Paused && progress.paused_by.as_deref() == Some(CANARY);
    asks.then(|| {
        "The first objects came through as they should; the buckets below say what was compared. Look at them yourself, then resume: the rest of the bucket is converted."
            .to_string()
    })
}

/// Whether there is anything to try again: objects that failed, or that read back as something else.
fn retry_helps(progress: &Progress) -> bool {
    exceptions(progress).next().is_some()
}

/// Objects that are not as the plan wants them, with the position of their bucket: those that failed, and those that the
/// reading-back named. A retry takes all of them.
fn exceptions(progress: &Progress) -> impl Iterator<Item = (u32, &FailedObject)> {
    let failures = progress
        .failures
        .iter()
        .map(|(position, failed)| (*position, failed));
    let read_back = (0u32..).zip(&progress.buckets).flat_map(|(position, bucket)| {
        let found = bucket.verified.iter().flat_map(|result| &result.exceptions);
        found.map(move |found| (position, found))
    });
    failures.chain(read_back)
}

/// Objects that the reading-back counted and did not name.
fn not_named(progress: &Progress) -> u64 {
    let results = progress
        .buckets
        .iter()
        .filter_map(|bucket| bucket.verified.as_ref());
    results.map(VerifiedBucket::not_named).sum()
}

/// Settings that a migration which has ended can still change: those that hold nowhere need no taking back.
fn settings(progress: &Progress) -> Vec<Action> {
    let begun = |setting| move |here: &BucketProgress| here.settings_open.contains(&setting);
    let any = |of: &dyn Fn(&BucketProgress) -> bool| progress.buckets.iter().any(of);
    let enforced = any(&BucketProgress::is_enforced) || any(&begun(Setting::Enforcement));
    let converted = progress.state != State::Cancelled;
    let open_to_others = any(&|here| here.default_set && !here.is_enforced());
    let restored = |here: &BucketProgress| here.settings.contains_key(&Setting::DefaultRestored);
    let to_restore = any(&|here| here.previous_default.is_some() && !restored(here));
    let mut actions = Vec::new();
    if converted && open_to_others && !any(&restored) {
        actions.push(Action::Enforce);
    }
    if enforced || any(&begun(Setting::EnforcementReleased)) {
        actions.push(Action::Release);
    }
    if to_restore && !enforced {
        actions.push(Action::RestoreDefault);
    }
    let leaving = any(&|here| here.settings.contains_key(&Setting::KeyDeletion));
    if leaving || any(&begun(Setting::KeyDeletion)) {
        actions.push(Action::KeepKey);
    } else if !enforced
        && progress
            .buckets
            .iter()
            .all(|here| !here.default_set || restored(here))
        && any(&BucketProgress::put_under_key)
    {
        actions.push(Action::DeleteKey);
    }
    actions
}

/// A result with the exceptions that the page lists; the report has all of them.
fn first_named(result: &VerifiedBucket) -> VerifiedBucket {
    let listed = result.exceptions.iter().take(EXCEPTIONS_LISTED);
    VerifiedBucket {
        exceptions: listed.cloned().collect(),
        ..*result
    }
}

fn left_out(progress: &Progress) -> BTreeMap<LeftOut, Objects> {
    progress
        .tally()
        .left_out
        .iter()
        .map(|(reason, amount)| (*reason, amount.objects))
        .collect()
}

fn failure_groups(plan: &Plan, progress: &Progress) -> Vec<FailureGroup> {
    let mut groups: BTreeMap<FailureCause, (u64, Vec<(String, FailedObject)>)> = BTreeMap::new();
    for (bucket, failed) in exceptions(progress) {
        let (count, examples) = groups.entry(failed.cause).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            let name = plan
                .buckets
                .get(bucket as usize)
                .map(|bucket| bucket.bucket.clone())
                .unwrap_or_default();
            examples.push((name, failed.clone()));
        }
    }
    groups
        .into_iter()
        .map(|(cause, (count, examples))| FailureGroup {
            cause,
            count,
            examples,
        })
        .collect()
}
