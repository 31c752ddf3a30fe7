//! The default encryption of buckets, asked of the account when somebody looks at them and kept for a moment: a page
//! never waits long for it, and never asks twice for what it has just been told.

use super::{Service, words};
use app::backend::DefaultShown;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long an answer stands. Short, because migrations change the setting.
const STANDS: Duration = Duration::from_secs(20);
/// How long a page waits; what comes later is there for the next page.
const PATIENCE: Duration = Duration::from_secs(2);
/// Questions in flight.
const IN_FLIGHT: usize = 16;

/// Answers with the time at which they came.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    answers: Mutex<BTreeMap<String, (Instant, DefaultShown)>>,
}

impl Defaults {
    fn fresh(&self, bucket: &str) -> Option<DefaultShown> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, shown) = answers.get(bucket)?;
        (at.elapsed() < STANDS).then(|| shown.clone())
    }

    fn keep(&self, bucket: String, shown: DefaultShown) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (at, _)| at.elapsed() < STANDS);
        answers.insert(bucket, (Instant::now(), shown));
    }
}

impl Service {
    /// Default encryption of these buckets.
    pub(super) async fn default_encryptions(&self, buckets: Vec<String>) -> BTreeMap<String, DefaultShown> {
        let (mut shown, mut asked) = (BTreeMap::new(), JoinSet::new());
        let turns = Arc::new(Semaphore::new(IN_FLIGHT));
        for bucket in buckets {
            if let Some(fresh) = self.inner.defaults.fresh(&bucket) {
                shown.insert(bucket, fresh);
                continue;
            }
            let late = DefaultShown::unknown("The account has not answered yet. Reload the page to see it.");
            shown.insert(bucket.clone(), late);
            let (service, turns) = (self.clone(), Arc::clone(&turns));
            asked.spawn(async move {
                // Never closed.
                let _turn = turns.acquire().await;
                let answer = service.ask_default(&bucket).await;
                service.inner.defaults.keep(bucket.clone(), answer.clone());
                (bucket, answer)
            });
        }
        let collected = tokio::time::timeout(PATIENCE, async {
            while let Some(Ok((bucket, answer))) = asked.join_next().await {
                shown.insert(bucket, answer);
            }
        });
        let late = collected.await.is_err();
        if late {
            asked.detach_all();
        }
        shown
    }

    async fn ask_default(&self, bucket: &str) -> DefaultShown {
        match self.inner.account.buckets.settings(bucket).await {
            Ok(settings) => {
                let setting = settings.default_encryption.as_ref();
                let short = setting.map_or("SSE-S3", |setting| setting.status.word());
                let bucket_key = setting.is_some_and(|setting| setting.bucket_key);
                DefaultShown {
                    short: Some(if bucket_key {
                        format!("{short}, Bucket Key")
                    } else {
                        short.to_string()
                    }),
                    whole: words::default_encryption(setting),
                }
            }
            Err(error) => DefaultShown::unknown(&format!("The account does not tell: {error}.")),
        }
    }
}
