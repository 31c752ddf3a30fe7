//! What the account is asked when somebody looks at a page, kept for a moment: a page never waits long for it, and never
//! asks twice for what it has just been told.

use super::Service;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long an answer stands. Short, because what was asked about changes.
const STANDS: Duration = Duration::from_secs(20);
/// How long a page waits; what comes later is there for the next page.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Questions in flight.
const IN_FLIGHT: usize = 16;

/// Answers by what was asked, with the time at which they came.
#[derive(Debug)]
pub(crate) struct Answers<T>(Mutex<BTreeMap<String, (Instant, T)>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Answers<T> {
    fn fresh(&self, about: &str) -> Option<T> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, answer) = answers.get(about)?;
        (at.elapsed() < STANDS).then(|| answer.clone())
    }

    fn keep(&self, about: String, answer: T) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (at, _)| at.elapsed() < STANDS);
        answers.insert(about, (Instant::now(), answer));
    }
}

impl Service {
    /// Answers about each of these; those that do not come in time are not among them, and are there for the next page.
    pub(super) async fn answers<T, A>(
        &self,
        kept: fn(&Self) -> &Answers<T>,
        about: impl IntoIterator<Item = String>,
        ask: fn(Self, String) -> A,
    ) -> BTreeMap<String, T>
    where
        T: Clone + Send + 'static,
        A: Future<Output = T> + Send + 'static,
    {
        let (mut answers, mut asked) = (BTreeMap::new(), JoinSet::new());
        let turns = Arc::new(Semaphore::new(IN_FLIGHT));
        for about in about {
            if let Some(fresh) = kept(self).fresh(&about) {
                answers.insert(about, fresh);
                continue;
            }
            let (service, turns) = (self.clone(), Arc::clone(&turns));
            asked.spawn(async move {
                // Never closed.
                let _turn = turns.acquire().await;
                let answer = ask(service.clone(), about.clone()).await;
                kept(&service).keep(about.clone(), answer.clone());
                (about, answer)
            });
        }
        let collected = tokio::time::timeout(PATIENCE, async {
            while let Some(Ok((about, answer))) = asked.join_next().await {
                answers.insert(about, answer);
            }
        });
        if collected.await.is_err() {
            asked.detach_all();
        }
        answers
    }
}
