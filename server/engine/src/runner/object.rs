//! One object from its row to its outcome: decided by the inventory, by a look at the object, and by what the requests
//! answer. Run by the pipeline, many at a time; journals nothing but the proof of a method.

use super::work::BucketWork;
use crate::limits::LOOK_HOLDS;
use crate::retry::Patience;
use crate::throttle::Places;
use async_trait::async_trait;
use cloud::{CloudError, CopyOrder, Fault, ObjectFacts, Permits, Throttler};
use model::encryption::ObjectEncryption;
use model::inventory::EncryptionStatus;
use model::method::{Candidate, LeftOut, Method, choose};
use model::migration::FailureCause;
use model::plan::Looks;
use model::quantity::Bytes;
use model::row::ObjectRow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// What is known of a row before it is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The inventory's word.
    ByInventory,
    /// Its batch was open when a runner ended: it may be converted already.
    Interrupted,
    /// A job was to update it, and does not say whether it did.
    ByJob,
    /// It failed before; the row holds no more than its name.
    Failed,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Converted(Method),
    Already,
    LeftOut(LeftOut),
    Gone,
    Failed(FailureCause, String),
    /// The run winds down before it was finished; it is worked on again later.
    Interrupted,
}

/// How far looking and acting got.
pub(super) enum Step {
    /// Convert it thus; the facts are there when it was looked at.
    Act(Method, Option<ObjectFacts>),
    /// Look at it, for the first time or again.
    Look,
    /// Done with it.
    End(Outcome),
}

/// The decision by the inventory alone, without a request; the pipeline asks it first.
pub(crate) fn by_inventory(row: &ObjectRow, work: &BucketWork) -> Result<Method, LeftOut> {
    choose(Candidate::from(row), work.plan().settings.rules)
}

/// An object being worked on.
pub(super) struct Attempt<'a> {
    pub(super) work: &'a Arc<BucketWork>,
    pub(super) row: &'a ObjectRow,
    /// The method of a request that was not answered, or not clearly.
    tried: Option<Method>,
    /// Whether a request of this migration may have converted it.
    may_be_done: bool,
    /// Whether the last request may have had its effect without saying so.
    pub(super) in_doubt: bool,
    pub(super) patience: Patience,
    pub(super) changed: u32,
    pub(super) missing: u32,
    /// Whether it was seen, or is listed, under a KMS key.
    pub(super) under_key: bool,
    /// Its place among those that look ahead, until the request it looks for is sent or comes to nothing.
    places: Option<Places>,
    /// When it was looked at last.
    seen_at: Option<Instant>,
    /// Whether it was looked at once more because leave came late.
    looked_again: bool,
    /// KMS calls that its requests made, in the plan's calls for each object.
    effects: u32,
}

/// Works on one object; gives the outcome, and how many times the plan's KMS calls for each object it made.
pub(crate) async fn convert(work: &Arc<BucketWork>, row: &ObjectRow, known: Known) -> (Outcome, u32) {
    let mut attempt = Attempt::new(work, row);
    attempt.may_be_done = known != Known::ByInventory;
    match known {
        Known::ByJob => attempt.tried = Some(Method::UpdateObjectEncryption),
        Known::Interrupted => {
            attempt.tried = attempt.tried_before();
            attempt.free_parts().await;
        }
        Known::ByInventory | Known::Failed => {}
    }
    // Between two steps nothing is under way, so here, and while it waits, it may be told to stop.
    let mut step = attempt.first(known);
    loop {
        if work.wind_down.is_cancelled() && !matches!(step, Step::End(_)) {
            return (Outcome::Interrupted, attempt.effects);
        }
        step = match step {
            Step::Look => attempt.look().await,
            Step::Act(method, seen) => attempt.act(method, seen).await,
            Step::End(outcome) => {
                // Requests of the runner before that came to nothing are counted nowhere.
                let by_others = known == Known::Interrupted && attempt.effects == 0;
                let before = by_others && matches!(outcome, Outcome::Converted(_));
                return (outcome, attempt.effects + u32::from(before));
            }
        };
    }
}

/// Looks at an object of which a request may have had its effect, and converts nothing; interrupted where that tells nothing
/// of it. Gives how many times the plan's KMS calls for each object that request made.
pub(crate) async fn look_only(work: &Arc<BucketWork>, row: &ObjectRow, known: Known) -> (Outcome, u32) {
    if let (Known::Interrupted, Err(reason)) = (known, by_inventory(row, work)) {
        return (Outcome::LeftOut(reason), 0);
    }
    let mut attempt = Attempt::new(work, row);
    attempt.may_be_done = true;
    if known == Known::Interrupted {
        attempt.tried = attempt.tried_before();
        attempt.free_parts().await;
    }
    match attempt.look_now().await {
        Step::End(outcome) => {
            let effects = u32::from(matches!(outcome, Outcome::Converted(_)));
            (outcome, effects)
        }
        Step::Act(..) | Step::Look => (Outcome::Interrupted, 0),
    }
}

impl<'a> Attempt<'a> {
    pub(super) fn new(work: &'a Arc<BucketWork>, row: &'a ObjectRow) -> Self {
        Self {
            work,
            row,
            tried: None,
            may_be_done: false,
            in_doubt: false,
            patience: Patience::default(),
            changed: 0,
            missing: 0,
            under_key: row.encryption_status == EncryptionStatus::SseKms,
            places: None,
            seen_at: None,
            looked_again: false,
            effects: 0,
        }
    }

    /// Frees what a copy in parts by the runner before may have left. That costs storage and no more, so a failure to do it
    /// is told and does not hold the object up.
    async fn free_parts(&self) {
        let in_parts =
            self.row.size > Bytes::COPY_LIMIT && by_inventory(self.row, self.work) == Ok(Method::CopyObject);
        if !in_parts {
            return;
        }
        let object = self.work.object(&self.row.key, None);
        let begun = self.work.migration.earlier_runs();
        match self.work.shared.account.objects.free_parts(&object, begun).await {
            Ok(0) => {}
            Ok(uploads) => tracing::info!(%object, uploads, "parts of copies that were cut short are freed"),
            Err(error) => {
                tracing::warn!(%error, "parts of copies that were cut short may be left in the bucket")
            }
        }
    }

    fn first(&self, known: Known) -> Step {
        match (known, by_inventory(self.row, self.work)) {
            (Known::Failed, _) => Step::Look,
            (_, Err(reason)) => Step::End(Outcome::LeftOut(reason)),
            (Known::Interrupted | Known::ByJob, Ok(_)) => Step::Look,
            (Known::ByInventory, Ok(Method::UpdateObjectEncryption))
                if self.row.encryption_status == EncryptionStatus::SseS3
                    && !self.work.looks_before_updates =>
            {
                Step::Act(Method::UpdateObjectEncryption, None)
            }
            (Known::ByInventory, Ok(Method::CopyObject)) if self.is_as_listed() => {
                Step::Act(Method::CopyObject, Some(self.listed()))
            }
            // Only a look tells under which key an object is.
            (Known::ByInventory, Ok(_)) => Step::Look,
        }
    }

    /// Whether a copy may go by the inventory: it is conditional on the entity tag that is listed, and one of another object
    /// comes back to be looked at. Versions may have been replaced by one of the same content, and the first copy is
    /// compared with what was seen.
    fn is_as_listed(&self) -> bool {
        let plain = matches!(
            self.row.encryption_status,
            EncryptionStatus::SseS3 | EncryptionStatus::NotSse
        );
        plain
            && self.row.version_id.is_none()
            && !self.row.e_tag.is_empty()
            && self.work.proved.is(Method::CopyObject)
    }

    /// The object as the inventory lists it. What is not listed, a copy reads for itself.
    fn listed(&self) -> ObjectFacts {
        ObjectFacts {
            size: self.row.size,
            e_tag: self.row.e_tag.clone(),
            last_modified: self.row.last_modified,
            storage_class: self.row.storage_class,
            encryption: ObjectEncryption {
                status: self.row.encryption_status,
                key: None,
                bucket_key: false,
            },
            version_id: None,
            metadata: BTreeMap::new(),
            headers: BTreeMap::new(),
            locked: self.row.locked,
        }
    }

    /// Looks at the object, once leave for what follows is near, and decides anew.
    async fn look(&mut self) -> Step {
        if !self.take_places().await {
            return Step::End(Outcome::Interrupted);
        }
        let step = self.look_now().await;
        self.seen_at = Some(Instant::now());
        if let Some(places) = &mut self.places {
            places.looked();
        }
        step
    }

    /// Waits for a place among those that look ahead; false when the run winds down first.
    async fn take_places(&mut self) -> bool {
        if self.places.is_some() {
            return true;
        }
        let work = self.work;
        let places = work.throttle.places(&self.row.key, kms_milli(work, 1));
        tokio::select! {
            biased;
            () = work.wind_down.cancelled() => false,
            places = places => {
                self.places = Some(places);
                true
            }
        }
    }

    async fn look_now(&mut self) -> Step {
        // A copy reads and writes the current version. So does an update where the inventory names no version.
        let current = by_inventory(self.row, self.work) == Ok(Method::CopyObject);
        let facts = match self.head(current).await {
            Ok(facts) => facts,
            // A delete marker may have taken the place of the version that is listed.
            Err(Step::End(Outcome::Gone)) if current && self.row.version_id.is_some() => {
                let version = self.head(false).await;
                return version.map_or_else(
                    |step| step,
                    |_| Step::End(left_behind(LeftOut::NoncurrentCopy, None)),
                );
            }
            Err(step) => return step,
        };
        if let Some(end) = self.settled(&facts, current) {
            return end;
        }
        match self.by_look(&facts) {
            Err(reason) => Step::End(left_behind(reason, Some(&facts))),
            Ok(Method::CopyObject) if !current && self.row.version_id.is_some() => {
                // Decided by the named version: a copy must still find it current.
                match self.head(true).await {
                    Ok(facts) => self
                        .settled(&facts, true)
                        .unwrap_or(Step::Act(Method::CopyObject, Some(facts))),
                    Err(step) => step,
                }
            }
            Ok(method) => Step::Act(method, Some(facts)),
        }
    }

    /// The decision by what it is now.
    pub(super) fn by_look(&self, facts: &ObjectFacts) -> Result<Method, LeftOut> {
        let candidate = Candidate {
            delete_marker: false,
            current: self.row.current,
            storage_class: facts.storage_class,
            encryption_status: facts.encryption.status,
            bucket_key_status: self.row.bucket_key_status,
            locked: facts.locked || self.row.locked,
        };
        choose(candidate, self.work.plan().settings.rules)
    }

    /// Ends it when there is nothing to do: it is where the plan wants it, or its version is not the current one.
    fn settled(&mut self, facts: &ObjectFacts, current: bool) -> Option<Step> {
        self.under_key = facts.encryption.key.is_some();
        let null = |version: &Option<String>| version.clone().filter(|version| version != "null");
        let replaced =
            current && self.row.version_id.is_some() && null(&facts.version_id) != null(&self.row.version_id);
        // Another version is not the listed one, whatever key it is under; unless this run's own copy made it.
        if replaced && !self.may_be_done {
            return Some(Step::End(left_behind(LeftOut::NoncurrentCopy, None)));
        }
        if self.work.meets(facts) {
            return Some(Step::End(self.tried.map_or(Outcome::Already, Outcome::Converted)));
        }
        replaced.then(|| Step::End(left_behind(LeftOut::NoncurrentCopy, None)))
    }

    /// `HeadObject`, of the current version or of the row's; retried while that makes sense.
    pub(super) async fn head(&mut self, current: bool) -> Result<ObjectFacts, Step> {
        let object = self
            .work
            .object(&self.row.key, self.row.version_id.as_ref().filter(|_| !current));
        loop {
            if !self.unless_stopped(self.work.throttle.read(&self.row.key)).await {
                return Err(Step::End(Outcome::Interrupted));
            }
            let error = match self.work.shared.account.objects.head(&object).await {
                Ok(facts) => {
                    self.patience.answered();
                    return Ok(facts);
                }
                Err(error) => error,
            };
            // Whoever waits after an error holds nobody else up.
            self.places = None;
            match self.after(&error).await {
                Step::Look => {}
                step => return Err(step),
            }
        }
    }

    /// Converts the object, and reads it back when its method is not proved here yet.
    async fn act(&mut self, method: Method, seen: Option<ObjectFacts>) -> Step {
        if self.work.proved.is(method) {
            return match self.request(method, seen).await {
                Ok(()) => Step::End(Outcome::Converted(method)),
                Err(step) => step,
            };
        }
        let Some(seen) = seen else { return Step::Look };
        // It waits for its turn, and must not keep the one whose turn it is from looking.
        self.places = None;
        self.act_on_trial(method, seen).await
    }

    /// Makes the request that converts; an error is the next step.
    pub(super) async fn request(&mut self, method: Method, seen: Option<ObjectFacts>) -> Result<(), Step> {
        let (answer, effects) = match (method, &seen) {
            (Method::UpdateObjectEncryption, _) => match self.update().await {
                Ok(answer) => (answer, 1),
                Err(step) => return Err(step),
            },
            (Method::CopyObject, Some(seen)) => {
                if !self.take_places().await {
                    return Err(Step::End(Outcome::Interrupted));
                }
                self.copy(seen.clone()).await
            }
            (Method::CopyObject, None) => return Err(Step::Look),
        };
        self.effects += effects;
        let Err(error) = answer else { return Ok(()) };
        self.in_doubt = effects > 0 && matches!(error.fault, Fault::Unanswered | Fault::Transient);
        if self.in_doubt {
            self.tried = Some(method);
            self.may_be_done = true;
        }
        let throttled = matches!(error.fault, Fault::Throttled(_));
        Err(match self.after(&error).await {
            // Refused before anything was done, so what was seen still holds; a copy is conditional on it anyway.
            Step::Look if throttled => Step::Act(method, seen),
            step => step,
        })
    }

    /// Sends the update once it may go, or gives what is to be done instead. An update has no condition: what was seen before
    /// a long wait is looked at once more, and takes no leave before that.
    async fn update(&mut self) -> Result<Result<(), CloudError>, Step> {
        let (work, key) = (self.work, &self.row.key);
        // Whoever was not looked at waits outside the queue too: in it those that were would wait behind it until what they
        // saw is old.
        if self.seen_at.is_none() && !self.take_places().await {
            return Err(Step::End(Outcome::Interrupted));
        }
        if let Some(places) = &mut self.places {
            places.looked();
        }
        let (seen_at, looked_again) = (self.seen_at, self.looked_again);
        let still_holds = || looked_again || seen_at.is_none_or(|at| at.elapsed() <= LOOK_HOLDS);
        let granted = tokio::select! {
            biased;
            () = work.wind_down.cancelled() => None,
            granted = work.throttle.write_if(key, kms_milli(work, 1), still_holds) => Some(granted),
        };
        self.places = None;
        match granted {
            Some(true) => {}
            Some(false) => {
                self.looked_again = true;
                return Err(Step::Look);
            }
            None => return Err(Step::End(Outcome::Interrupted)),
        }
        let object = work.object(key, self.row.version_id.as_ref());
        let objects = &work.shared.account.objects;
        Ok(objects.update_encryption(&object, work.target()).await)
    }

    /// Copies it, each request once it may go; gives the KMS calls of those that were sent and write.
    async fn copy(&mut self, seen: ObjectFacts) -> (Result<(), CloudError>, u32) {
        let permits = Arc::new(CopyPermits {
            work: Arc::clone(self.work),
            key: self.row.key.clone(),
            // Of an object under a KMS key the source is decrypted as well.
            calls: if seen.encryption.is_under_kms() { 2 } else { 1 },
            places: Mutex::new(self.places.take()),
            effects: AtomicU32::new(0),
        });
        let order = CopyOrder {
            permits: Some(Arc::clone(&permits) as _),
            // What a look tells has headers; the inventory's word has none.
            by_inventory: self.work.plan().settings.looks == Looks::Fewest && seen.headers.is_empty(),
            seen,
            target: self.work.target().clone(),
            break_off: self.work.wind_down.clone(),
        };
        let object = self.work.object(&self.row.key, None);
        let objects = &self.work.shared.account.objects;
        let answer = objects.copy_in_place(&object, &order).await;
        (answer, permits.effects.load(Ordering::Relaxed))
    }

    /// The method by which the runner before must have brought an object under the key that was not there by the inventory.
    fn tried_before(&self) -> Option<Method> {
        let was_there = self.row.encryption_status == EncryptionStatus::SseKms;
        by_inventory(self.row, self.work).ok().filter(|_| !was_there)
    }

    /// Waits for something harmless to give up; false when the run winds down first.
    pub(super) async fn unless_stopped(&self, wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = self.work.wind_down.cancelled() => false,
            () = wait => true,
        }
    }
}

/// Thousandths of a KMS call that a request is taken to make, which makes so many times the plan's calls for each object.
fn kms_milli(work: &BucketWork, calls: u32) -> u64 {
    u64::from(work.plan().settings.kms_calls_per_object.milli()) * u64::from(calls)
}

/// Lets the requests of a copy go within the budgets, and counts what those made that write.
#[derive(Debug)]
struct CopyPermits {
    work: Arc<BucketWork>,
    key: String,
    /// How many times the plan's calls for each object a request makes.
    calls: u32,
    places: Mutex<Option<Places>>,
    effects: AtomicU32,
}

impl CopyPermits {
    fn places(&self) -> MutexGuard<'_, Option<Places>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Permits for CopyPermits {
    async fn read(&self) {
        self.work.throttle.read(&self.key).await;
    }

    async fn write(&self) {
        if let Some(places) = self.places().as_mut() {
            places.looked();
        }
        self.work
            .throttle
            .write(&self.key, kms_milli(&self.work, self.calls))
            .await;
        self.places().take();
    }

    fn sent(&self) {
        self.effects.fetch_add(self.calls, Ordering::Relaxed);
    }

    fn throttled(&self, by: Throttler) {
        self.work.throttled(by, &self.key);
    }
}

/// The outcome of an object that the plan converts and that cannot be converted as it was found: an exception with its
/// name, since the plan said that it would be under the key.
pub(super) fn left_behind(reason: LeftOut, found: Option<&ObjectFacts>) -> Outcome {
    let cause = match reason {
        LeftOut::Locked => FailureCause::ObjectLocked,
        LeftOut::NeedsRestore => FailureCause::NeedsRestore,
        _ => FailureCause::ChangedMeanwhile,
    };
    let key = found.and_then(|facts| facts.encryption.key.as_deref());
    let message = match (reason, key) {
        (LeftOut::AlreadyKms, Some(key)) => {
            format!("It came under {key} since the inventory was taken, and the plan re-keys nothing.")
        }
        (LeftOut::NoncurrentCopy, _) => {
            "Another version took its place since the inventory was taken, and a copy of it would take that one’s.".to_string()
        }
        _ => format!("{} It was not when the inventory was taken.", reason.reason()),
    };
    Outcome::Failed(cause, message)
}
