//! What is decided beside the conversion, on the simulated account: canaries before it, hours in which it may run, and
//! settings that are changed after it and put back.

use crate::sandbox::OnSandbox;
use async_trait::async_trait;
use cloud::sandbox::NewObject;
use cloud::{CloudError, Fault, KeyFacts, ObjectRef, Policies};
use engine::{Decision, Engine, EngineError};
use model::encryption::{KeyArn, ObjectEncryption};
use model::inventory::{EncryptionStatus, Region};
use model::migration::{Entry, Progress, Setting, State};
use model::plan::{Canary, MigrationId, Plan, PlanBucket, PlanSettings};
use model::policy::{enforced, is_enforced};
use model::window::{Freezes, Hours, Window};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

const BUCKET: &str = "kms-encryption-demo";

/// A migration of one bucket of the sandbox, with the engine that works on it.
struct Trial {
    bench: OnSandbox,
    engine: Engine,
}

impl Deref for Trial {
    type Target = OnSandbox;

    fn deref(&self) -> &OnSandbox {
        &self.bench
    }
}

impl Trial {
    fn of(bucket: &str, settings: PlanSettings) -> Self {
        let bench = OnSandbox::of(bucket, settings);
        let engine = bench.engine();
        Self { bench, engine }
    }

    async fn confirm(&self) {
        self.bench.confirm(&self.engine).await;
    }

    async fn rests(&self) -> Progress {
        self.settled(&self.engine).await
    }

    async fn decide(&self, decision: Decision) -> Result<State, EngineError> {
        self.engine.decide(&self.plan.id, "ada", decision).await
    }

    /// The entry that the last decision left.
    fn last(&self) -> Entry {
        self.journal.entries(&self.plan.id).pop().expect("an entry").entry
    }

    /// What showed that the policy holds.
    fn enforced(&self) -> String {
        let progress = self.engine.progress(&self.plan.id).unwrap();
        progress.buckets[0].settings[&Setting::Enforcement].clone()
    }

    fn upload(&self, encryption: Option<ObjectEncryption>) -> Result<(), Fault> {
        let object = ObjectRef {
            bucket: BUCKET.to_string(),
            key: "from-a-client".to_string(),
            version_id: None,
        };
        let new = NewObject {
            encryption,
            ..NewObject::holding(b"x")
        };
        self.sandbox
            .put(&object, &new)
            .map(drop)
            .map_err(|error| error.fault)
    }
}

fn under(status: EncryptionStatus, key: Option<&str>) -> Option<ObjectEncryption> {
    Some(ObjectEncryption {
        status,
        key: key.map(ToString::to_string),
        bucket_key: false,
    })
}

#[tokio::test]
async fn uploads_are_held_to_the_key() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    assert!(matches!(
        trial.decide(Decision::Enforce).await,
        Err(EngineError::Unknown { .. })
    ));
    trial.confirm().await;
    assert_eq!(trial.rests().await.state, State::Succeeded);
    let key = trial.plan.buckets[0].target.key.clone();
    trial
        .upload(under(EncryptionStatus::SseS3, None))
        .expect("not held yet");
    trial
        .upload(under(EncryptionStatus::SseKms, None))
        .expect("it comes under aws/s3");

    trial.decide(Decision::Enforce).await.expect("held");
    let policies = trial.sandbox.account().policies;
    let policy = policies.policy(BUCKET).await.unwrap().expect("a policy");
    assert!(is_enforced(&policy, BUCKET, &key).unwrap());
    assert_eq!(
        trial.upload(under(EncryptionStatus::SseS3, None)),
        Err(Fault::AccessDenied)
    );
    assert_eq!(
        trial.upload(under(EncryptionStatus::SseKms, None)),
        Err(Fault::AccessDenied),
        "it would come under aws/s3"
    );
    assert_eq!(
        trial.enforced(),
        "An upload without a header came under the key. One under SSE-S3 was refused. One under SSE-KMS that names no key was refused. The default encryption blocks uploads under SSE-C."
    );
    trial.upload(None).expect("the default is the key");
    trial
        .upload(under(EncryptionStatus::SseKms, Some(key.as_str())))
        .expect("the key");
    let probes = trial.sandbox.inventory_rows(BUCKET);
    assert!(
        !probes.iter().any(|row| row.key.starts_with(".rekey-probe")),
        "nothing is left behind"
    );
}

#[tokio::test]
async fn what_was_set_is_put_back_and_what_would_break_uploads_is_refused() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    trial.decide(Decision::Enforce).await.expect("held");
    assert!(matches!(
        trial.decide(Decision::RestoreDefault).await,
        Err(EngineError::Setting { .. })
    ));
    let refused = Entry::SettingRefused {
        bucket: BUCKET.to_string(),
        setting: Setting::DefaultRestored,
        reason: "the bucket policy holds uploads to the key".to_string(),
        undone: false,
    };
    assert_eq!(trial.last(), refused, "the history says so");

    trial.decide(Decision::Release).await.expect("let go");
    let policies = trial.sandbox.account().policies;
    assert_eq!(
        policies.policy(BUCKET).await.unwrap(),
        None,
        "there was none before"
    );
    trial
        .upload(under(EncryptionStatus::SseS3, None))
        .expect("let through again");
    trial.decide(Decision::RestoreDefault).await.expect("put back");
    let settings = trial.sandbox.account().buckets.settings(BUCKET).await.unwrap();
    let default = settings.default_encryption.expect("a default");
    assert_eq!(
        (default.status, default.blocked.len()),
        (EncryptionStatus::SseS3, 1)
    );
    let again = trial.decide(Decision::Enforce).await;
    assert!(
        matches!(again, Err(EngineError::Setting { .. })),
        "the default is another: {again:?}"
    );
    assert_eq!(
        policies.policy(BUCKET).await.unwrap(),
        None,
        "and nothing was set"
    );
    let progress = trial.engine.progress(&trial.plan.id).unwrap();
    assert_eq!(progress.state, State::Succeeded, "settings are no state");
    assert!(!progress.buckets[0].is_enforced());
}

#[tokio::test]
async fn a_setting_waits_for_the_end_of_the_run_and_spares_what_others_changed() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.engine.register(trial.plan.clone()).await.unwrap();
    assert!(matches!(
        trial.decide(Decision::Enforce).await,
        Err(EngineError::Illegal { .. })
    ));
    trial.confirm().await;
    trial.rests().await;
    trial.decide(Decision::Enforce).await.expect("held");
    let account = trial.sandbox.account();
    let held = account.policies.policy(BUCKET).await.unwrap().expect("a policy");
    let more = held.replacen(
        '[',
        r#"[{"Sid":"Mine","Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"*"},"#,
        1,
    );
    account.policies.put_policy(BUCKET, Some(&more)).await.unwrap();
    trial.decide(Decision::Release).await.expect("let go");
    let left = account
        .policies
        .policy(BUCKET)
        .await
        .unwrap()
        .expect("the other statement");
    assert!(left.contains("Mine") && !left.contains("Rekey"), "{left}");
    let other = model::encryption::DefaultEncryption {
        status: EncryptionStatus::SseS3,
        key: None,
        bucket_key: true,
        blocked: Vec::new(),
    };
    account
        .buckets
        .put_default_encryption(BUCKET, &other)
        .await
        .unwrap();
    trial
        .decide(Decision::RestoreDefault)
        .await
        .expect("it is SSE-S3 already");
}

/// The policy that holds uploads to the key, as versions before the third statement wrote it.
fn of_an_earlier_version(policy: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(policy).unwrap();
    let statements = document["Statement"].as_array_mut().unwrap();
    statements.retain(|one| one["Sid"] != "RekeyKeyIsNamed");
    assert_eq!(statements.len(), 2);
    document.to_string()
}

#[tokio::test]
async fn a_policy_of_an_earlier_version_is_completed_and_taken_back() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    let key = trial.plan.buckets[0].target.key.clone();
    let policies = trial.sandbox.account().policies;
    let earlier = of_an_earlier_version(&enforced(None, BUCKET, &key).unwrap());
    policies.put_policy(BUCKET, Some(&earlier)).await.unwrap();
    trial.decide(Decision::Enforce).await.expect("completed");
    let now = policies.policy(BUCKET).await.unwrap().expect("a policy");
    assert!(is_enforced(&now, BUCKET, &key).unwrap());
    policies.put_policy(BUCKET, Some(&earlier)).await.unwrap();
    trial.decide(Decision::Release).await.expect("let go");
    assert_eq!(
        policies.policy(BUCKET).await.unwrap(),
        None,
        "nothing else was there"
    );
}

/// Where the default does not block them, uploads under keys of the client's own go on, and that is said.
#[tokio::test]
async fn what_is_not_refused_is_said() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    let buckets = trial.sandbox.account().buckets;
    let mut default = buckets
        .settings(BUCKET)
        .await
        .unwrap()
        .default_encryption
        .expect("a default");
    default.blocked.clear();
    buckets.put_default_encryption(BUCKET, &default).await.unwrap();
    trial.decide(Decision::Enforce).await.expect("held");
    let evidence = trial.enforced();
    assert!(
        evidence.contains("Uploads under SSE-C are not refused"),
        "{evidence}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_policy_under_which_uploads_fail_is_put_back() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    let account = trial.sandbox.account();
    let mine = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Mine","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::{BUCKET}/*","Condition":{{"Null":{{"s3:x-amz-server-side-encryption":"true"}}}}}}]}}"#
    );
    account.policies.put_policy(BUCKET, Some(&mine)).await.unwrap();
    let refused = trial.decide(Decision::Enforce).await.unwrap_err().to_string();
    assert!(refused.contains("is what it was before again"), "{refused}");
    let left = account.policies.policy(BUCKET).await.unwrap().expect("a policy");
    assert!(left.contains("Mine") && !left.contains("Rekey"), "{left}");
    let progress = trial.engine.progress(&trial.plan.id).unwrap();
    assert!(!progress.buckets[0].settings.contains_key(&Setting::Enforcement));
}

impl Trial {
    /// Runs another migration of these buckets after this one, under another key where one is given.
    async fn another(&self, id: &str, buckets: &[PlanBucket], key: Option<&KeyArn>) -> Plan {
        let mut plan = self.plan.clone();
        plan.id = MigrationId(id.to_string());
        plan.buckets = buckets.to_vec();
        plan.settings.rules.rekey = key.is_some();
        for bucket in &mut plan.buckets {
            bucket.target.key = key.unwrap_or(&bucket.target.key).clone();
        }
        let is_of_it = |region: &Region| plan.buckets.iter().any(|bucket| bucket.region == *region);
        let rates = plan.rates.iter().filter(|rate| is_of_it(&rate.region));
        plan.rates = rates.cloned().collect();
        tokio::time::advance(Duration::from_secs(60)).await;
        let confirmed = self.engine.confirm(plan.clone(), "ada", &plan.name);
        confirmed.await.unwrap();
        let mut live = self.engine.watch(&plan.id).unwrap();
        let rests = live.wait_for(|live| !live.state.is_active()).await.unwrap();
        assert!(rests.state.is_ended(), "{:?}", rests.waiting_for);
        drop(rests);
        plan
    }

    /// A usable key of the bucket's Region that is not the plan's.
    async fn other_key(&self) -> KeyArn {
        let bucket = &self.plan.buckets[0];
        let keys = self.sandbox.account().keys;
        let all = keys.list(&bucket.region).await.unwrap();
        let is_other = |key: &KeyFacts| key.arn != bucket.target.key && key.obstacle().is_none();
        all.into_iter().find(is_other).unwrap().arn
    }
}

#[tokio::test(start_paused = true)]
async fn a_setting_is_that_of_the_migration_that_changed_it_last() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    let key = trial.other_key().await;
    let newer = trial.another("m-newer", &trial.plan.buckets, Some(&key)).await;
    for decision in [Decision::RestoreDefault, Decision::Enforce] {
        let refused = trial.decide(decision).await.unwrap_err().to_string();
        assert!(refused.contains("m-newer"), "{refused}");
    }
    let decide = |decision| trial.engine.decide(&newer.id, "ada", decision);
    decide(Decision::Enforce).await.expect("its own");
    decide(Decision::Release).await.expect("its own");
    decide(Decision::RestoreDefault).await.expect("its own");
    // Once that is back, the one before has the bucket again.
    trial.decide(Decision::RestoreDefault).await.expect("put back");
}

#[tokio::test(start_paused = true)]
async fn one_that_found_the_default_as_it_wanted_it_takes_nothing_over() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    trial.decide(Decision::Enforce).await.expect("held");
    let newer = trial.another("m-newer", &trial.plan.buckets, None).await;
    trial.decide(Decision::Release).await.expect("let go");
    // Held by the newer one, the default stays what it is.
    let decide = |decision| trial.engine.decide(&newer.id, "ada", decision);
    decide(Decision::Enforce).await.expect("held");
    let refused = trial.decide(Decision::RestoreDefault).await.unwrap_err();
    assert!(refused.to_string().contains("m-newer"), "{refused}");
    decide(Decision::Release).await.expect("let go");
    trial.decide(Decision::RestoreDefault).await.expect("put back");
}

#[tokio::test(start_paused = true)]
async fn a_default_is_not_put_back_under_a_key_that_is_leaving() {
    let trial = Trial::of(BUCKET, PlanSettings::default());
    trial.confirm().await;
    trial.rests().await;
    let (before, after) = (trial.plan.buckets[0].target.key.clone(), trial.other_key().await);
    let newer = trial.another("m-newer", &trial.plan.buckets, Some(&after)).await;
    let keys = trial.sandbox.account().keys;
    keys.schedule_deletion(before.as_str(), 7).await.unwrap();
    let decide = || trial.engine.decide(&newer.id, "ada", Decision::RestoreDefault);
    let refused = decide().await.unwrap_err().to_string();
    assert!(refused.contains(before.as_str()), "{refused}");
    let default = || async {
        let settings = trial.sandbox.account().buckets.settings(BUCKET).await.unwrap();
        settings.default_encryption.and_then(|default| default.key)
    };
    assert_eq!(default().await.as_deref(), Some(after.as_str()));
    keys.cancel_deletion(before.as_str()).await.unwrap();
    keys.enable(before.as_str()).await.unwrap();
    decide().await.expect("put back");
    assert_eq!(default().await.as_deref(), Some(before.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_refuses_a_setting_keeps_no_other_from_it() {
    let bench = OnSandbox::of_all(&[BUCKET, "partner-uploads"], PlanSettings::default());
    let engine = bench.engine();
    let trial = Trial { bench, engine };
    trial.confirm().await;
    trial.rests().await;
    let (first, second) = (&trial.plan.buckets[0].bucket, &trial.plan.buckets[1].bucket);
    let key = trial.other_key().await;
    let newer = trial
        .another("m-newer", &trial.plan.buckets[..1], Some(&key))
        .await;
    let setting_of = |bucket: &str| {
        trial
            .engine
            .setting_of(&trial.plan.id, bucket, Setting::Enforcement)
    };
    assert_eq!(setting_of(first), Some(newer.id));
    assert_eq!(setting_of(second), None);

    let refused = trial.decide(Decision::Enforce).await.unwrap_err().to_string();
    assert!(
        refused.contains(first) && refused.contains("m-newer"),
        "{refused}"
    );
    let policies = trial.sandbox.account().policies;
    assert_eq!(policies.policy(first).await.unwrap(), None);
    let held = policies.policy(second).await.unwrap().expect("a policy");
    assert!(
        is_enforced(&held, second, &trial.plan.buckets[1].target.key).unwrap(),
        "{held}"
    );
}

#[tokio::test(start_paused = true)]
async fn canaries_go_first_and_the_rest_waits_for_a_word() {
    let canary = Canary {
        objects: 3,
        asks: true,
    };
    let settings = PlanSettings {
        canary,
        ..PlanSettings::default()
    };
    let trial = Trial::of("partner-uploads", settings);
    let bucket = &trial.plan.buckets[0];
    let kinds: u64 = bucket.lines.iter().map(|line| line.objects.0.min(3)).sum();
    assert!(bucket.lines.len() > 2, "several kinds: {:?}", bucket.lines);
    trial.confirm().await;
    let progress = trial.rests().await;
    assert_eq!(progress.state, State::Paused);
    assert_eq!(progress.tally().done().objects.0, kinds);
    assert!(
        progress.buckets[0]
            .canary
            .as_ref()
            .is_some_and(|evidence| evidence.contains("tags"))
    );
    trial.engine.resume(&trial.plan.id, "ada").await.unwrap();
    let progress = trial.rests().await;
    assert_ne!(progress.state, State::Stopped, "{:?}", progress.stopped);
    assert_eq!(
        progress.tally().total().objects.0,
        trial.plan.rows(),
        "every row once"
    );
    let verified = progress.buckets[0].verified.as_ref().unwrap();
    assert_eq!(
        (verified.met, verified.expected),
        (verified.checked, bucket.objects().0)
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_converted_while_the_window_is_closed() {
    // The account begins at one o'clock.
    let window = Window {
        hours: Hours::parse("22-23"),
        freeze: Freezes::default(),
    };
    let settings = PlanSettings {
        window,
        ..PlanSettings::default()
    };
    let trial = Trial::of(BUCKET, settings);
    trial.confirm().await;
    let mut live = trial.engine.watch(&trial.plan.id).unwrap();
    let waiting = live
        .wait_for(|live| live.waiting_for.as_ref().is_some_and(|why| why.contains("22:00")))
        .await
        .unwrap()
        .clone();
    assert_eq!(
        (waiting.state, waiting.tally.total().objects.0),
        (State::Running, 0)
    );
    tokio::time::advance(Duration::from_secs(3600)).await;
    let progress = trial.engine.progress(&trial.plan.id).unwrap();
    assert!(!progress.buckets[0].default_set, "nor is the default changed");
    trial.clock.ahead_ms.store(20 * 3_600_000, Ordering::Relaxed);
    assert_eq!(trial.rests().await.state, State::Succeeded);
}

/// A bucket whose policy reads back as it was before for as long as that is wanted.
#[derive(Debug)]
struct Lagging {
    policies: Arc<dyn Policies>,
    lags: AtomicBool,
    put: Notify,
}

#[async_trait]
impl Policies for Lagging {
    async fn policy(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        if self.lags.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.policies.policy(bucket).await
    }

    async fn put_policy(&self, bucket: &str, policy: Option<&str>) -> Result<(), CloudError> {
        self.policies.put_policy(bucket, policy).await?;
        self.put.notify_one();
        Ok(())
    }
}

/// A trial whose migration has ended, on an account that lags.
async fn lagging() -> (Trial, Arc<Lagging>) {
    let bench = OnSandbox::of(BUCKET, PlanSettings::default());
    let mut account = bench.sandbox.account();
    let lagging = Arc::new(Lagging {
        policies: Arc::clone(&account.policies),
        lags: AtomicBool::new(true),
        put: Notify::new(),
    });
    account.policies = Arc::clone(&lagging) as _;
    let engine = bench.engine_on(account);
    let trial = Trial { bench, engine };
    trial.confirm().await;
    assert_eq!(trial.rests().await.state, State::Succeeded);
    (trial, lagging)
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_not_proved_does_not_outlive_the_server() {
    let (trial, lagging) = lagging().await;
    let stop = async {
        lagging.put.notified().await;
        trial.engine.shutdown().await;
    };
    let (decided, ()) = tokio::join!(trial.decide(Decision::Enforce), stop);
    assert!(decided.is_err(), "{decided:?}");
    lagging.lags.store(false, Ordering::Relaxed);
    assert_eq!(lagging.policy(BUCKET).await.unwrap(), None, "it is put back");
    let Entry::SettingRefused { reason, undone, .. } = trial.last() else {
        panic!("{:?}", trial.last());
    };
    assert!(undone && reason.contains("the server stops"), "{reason}");
    let open = &trial.engine.progress(&trial.plan.id).unwrap().buckets[0].settings_open;
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_stays_open_and_stands_against_what_would_undo_it() {
    let (trial, lagging) = lagging().await;
    let refused = trial.decide(Decision::Enforce).await.unwrap_err().to_string();
    assert!(refused.contains("reads back as another"), "{refused}");
    let open = |trial: &Trial| {
        let progress = trial.engine.progress(&trial.plan.id).unwrap();
        progress.buckets[0]
            .settings_open
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(open(&trial), [Setting::Enforcement]);
    let refused = trial
        .decide(Decision::RestoreDefault)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("holds uploads to the key"), "{refused}");
    // Asked again, it goes on where it ended.
    lagging.lags.store(false, Ordering::Relaxed);
    trial.decide(Decision::Enforce).await.expect("held");
    assert!(open(&trial).is_empty());
    trial.decide(Decision::Release).await.expect("let go");
    trial.decide(Decision::RestoreDefault).await.expect("put back");
}

/// A server that is killed in the middle of the uploads leaves one; a key under which it is could never go.
#[tokio::test(start_paused = true)]
async fn taking_the_policy_back_removes_what_a_broken_off_trial_left() {
    let (trial, lagging) = lagging().await;
    trial.decide(Decision::Enforce).await.unwrap_err();
    let left = ObjectRef {
        bucket: BUCKET.to_string(),
        key: format!(".rekey-probe/{}-default", trial.plan.id),
        version_id: None,
    };
    trial.sandbox.put(&left, &NewObject::holding(b"x")).unwrap();
    lagging.lags.store(false, Ordering::Relaxed);
    trial.decide(Decision::Release).await.expect("let go");
    let gone = trial.sandbox.account().objects.head(&left).await.unwrap_err();
    assert_eq!(gone.fault, Fault::NotFound);
}
