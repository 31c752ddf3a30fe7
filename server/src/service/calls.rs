//! How many KMS calls the conversion of an object took, as CloudWatch counts them: asked when the page of a migration is
//! made, kept for some seconds, and for good once it cannot change.

use super::Service;
use super::quotas::trouble;
use app::backend::{CallsRow, Trouble};
use model::encryption::KeyArn;
use model::key_calls::FirstMinutes;
use model::migration::Progress;
use model::plan::{MigrationId, Plan};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer stands that may still change.
const STANDS: Duration = Duration::from_secs(10);
/// How long a page waits for CloudWatch.
const PATIENCE: Duration = Duration::from_secs(2);

/// An answer, for what it was asked, and when.
#[derive(Clone, Debug)]
struct Answer {
    at: Instant,
    about: FirstMinutes,
    row: CallsRow,
}

/// Answers by migration and key.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<BTreeMap<(MigrationId, String), Answer>>);

impl Calls {
    fn kept(&self, about: &(MigrationId, String), first: &FirstMinutes) -> Option<CallsRow> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.get(about)?;
        let settled = answer.row.is_whole && answer.about == *first;
        (settled || answer.at.elapsed() < STANDS).then(|| answer.row.clone())
    }

    fn keep(&self, about: (MigrationId, String), first: FirstMinutes, row: CallsRow) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = Answer {
            at: Instant::now(),
            about: first,
            row,
        };
        answers.insert(about, answer);
    }
}

impl Service {
    /// A row for each key of a plan under which anything was converted by the runner here. Jobs of S3 Batch Operations
    /// tell of their objects only at the end.
    pub(super) async fn calls_per_object(&self, plan: &Plan, progress: &Progress) -> Vec<CallsRow> {
        let mut keys: BTreeMap<String, (KeyArn, FirstMinutes)> = BTreeMap::new();
        for (bucket, progress) in plan.buckets.iter().zip(&progress.buckets) {
            if progress.job.is_some() || progress.first_minutes.asked().is_none() {
                continue;
            }
            let key = &bucket.target.key;
            let of = keys.entry(key.as_str().to_string());
            let (_, first) = of.or_insert_with(|| (key.clone(), FirstMinutes::default()));
            *first = std::mem::take(first).with(&progress.first_minutes);
        }
        let mut rows = Vec::new();
        for (arn, (key, first)) in keys {
            let about = (plan.id.clone(), arn);
            let row = match self.inner.calls.kept(&about, &first) {
                Some(kept) => kept,
                None => {
                    let asked = self.ask_calls(key, &first).await;
                    self.inner.calls.keep(about, first, asked.clone());
                    asked
                }
            };
            let planned = plan.settings.kms_calls_per_object;
            let measured = row.measured.as_ref();
            let share = measured.and_then(|measured| measured.share_to_keep(progress.share, planned));
            rows.push(CallsRow {
                planned,
                share,
                ..row
            });
        }
        rows
    }

    async fn ask_calls(&self, key: KeyArn, first: &FirstMinutes) -> CallsRow {
        const WHAT: &str = "KMS calls";
        let (usage, now) = (&self.inner.account.usage, self.inner.clock.now());
        let mut row = CallsRow::unknown(key);
        let Some((from, until)) = first.asked() else {
            return row;
        };
        match tokio::time::timeout(PATIENCE, usage.key_calls(&row.key, from, now)).await {
            Ok(Ok(calls)) => {
                row.measured = first.measure(&calls);
                row.is_whole = row.measured.is_some() && calls.settled >= until;
            }
            Ok(Err(error)) => row.trouble = Some(trouble(WHAT, &error)),
            Err(_) => {
                row.trouble = Some(Trouble {
                    what: WHAT.to_string(),
                    message: "CloudWatch has not answered yet.".to_string(),
                    remedy: "Reload the page to see its answer.".to_string(),
                });
            }
        }
        row
    }
}
