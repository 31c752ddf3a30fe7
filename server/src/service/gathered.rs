//! What is read of the account around a plan before it is looked at: its buckets and keys, what other buckets send to them,
//! and what the roles of their replication may. Called by `draft`; the rules over it are `model::preflight`.

use super::Service;
use super::readers::ask_identity;
use cloud::{Account, AccountKind};
use futures::stream::{self, StreamExt as _};
use model::format::counted;
use model::inventory::Snapshot;
use model::plan::{Plan, PlanBucket};
use model::policy::Caller;
use model::preflight::{BucketEvidence, KeyEvidence, Look, Neighbours, Prefixes, Sends};
use std::collections::BTreeMap;

/// Buckets and keys that are read at once.
const READ_AT_ONCE: usize = 8;
/// Buckets beside the plan's that are looked at for what they send to these: two small requests for each, while somebody
/// waits.
const NEIGHBOURS_MAX: usize = 100;
/// Of these, at once.
const NEIGHBOURS_AT_ONCE: usize = 16;

/// What was read around a plan.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) buckets: BTreeMap<String, BucketEvidence>,
    pub(super) keys: BTreeMap<String, KeyEvidence>,
    pub(super) runner: Caller,
    prefixes: BTreeMap<String, Prefixes>,
}

impl Gathered {
    /// What rules look at for one bucket.
    pub(super) fn look<'a>(&'a self, plan: &'a PlanBucket) -> Option<Look<'a>> {
        Some(Look {
            plan,
            bucket: self.buckets.get(&plan.bucket)?,
            key: self.keys.get(plan.target.key.as_str())?,
            runner: &self.runner,
            prefixes: self.prefixes.get(&plan.bucket)?,
        })
    }
}

impl Service {
    /// Reads what stands around a plan's buckets and keys.
    pub(super) async fn gather(&self, plan: &Plan, snapshots: &[Snapshot]) -> Gathered {
        if self.own_account().is_none() {
            // Whose the key is can be compared only with an account that is known.
            self.caller().await;
        }
        let account = &self.inner.account;
        let names: Vec<String> = plan.buckets.iter().map(|bucket| bucket.bucket.clone()).collect();
        let mut arns: Vec<String> = plan
            .buckets
            .iter()
            .map(|bucket| bucket.target.key.as_str().to_string())
            .collect();
        arns.sort_unstable();
        arns.dedup();
        let buckets = stream::iter(names.clone())
            .map(|name| async move { (name.clone(), account.evidence.of_bucket(&name).await) })
            .buffered(READ_AT_ONCE)
            .collect::<BTreeMap<_, _>>();
        let keys = stream::iter(arns)
            .map(|arn| async move { (arn.clone(), account.evidence.of_key(&arn).await) })
            .buffered(READ_AT_ONCE)
            .collect::<BTreeMap<_, _>>();
        let (buckets, keys, others) = futures::join!(buckets, keys, others(account, &names));
        let prefixes = |bucket: &PlanBucket| {
            let snapshot = snapshots.iter().find(|snapshot| snapshot.id == bucket.snapshot);
            let groups = snapshot.into_iter().flat_map(|snapshot| &snapshot.groups);
            (bucket.bucket.clone(), Prefixes::of(groups, &bucket.bucket))
        };
        let mut gathered = Gathered {
            prefixes: plan.buckets.iter().map(prefixes).collect(),
            buckets,
            keys,
            runner: Caller {
                arn: None,
                account: self.own_account(),
            },
        };
        gathered.note_neighbours(others);
        self.ask_replicators(plan, &mut gathered).await;
        gathered
    }

    /// Asks IAM what the roles may that replicate objects under SSE-KMS.
    async fn ask_replicators(&self, plan: &Plan, gathered: &mut Gathered) {
        for bucket in &plan.buckets {
            let Some(at) = gathered.look(bucket) else { continue };
            let Ok(replication) = &at.bucket.replication else {
                continue;
            };
            let Some(role) = replication.role.clone().filter(|_| replication.with_kms > 0) else {
                continue;
            };
            if Caller::by_arn(&role).account.as_deref() != at.owner() {
                continue;
            }
            let (_, says) = ask_identity(&self.inner.account, &at, &[], &role).await;
            if let Some(evidence) = gathered.buckets.get_mut(&bucket.bucket) {
                evidence.replicator = Some(says);
            }
        }
    }
}

/// What the other buckets of an account send, by name, and what was not looked at.
async fn others(account: &Account, planned: &[String]) -> (Vec<(String, Sends)>, Vec<String>) {
    let listed = match account.buckets.list().await {
        Ok(listed) => listed,
        Err(error) => {
            let gap = format!("The other buckets of the account could not be listed: {error}.");
            return (Vec::new(), vec![gap]);
        }
    };
    let names: Vec<String> = listed
        .into_iter()
        .map(|bucket| bucket.name)
        .filter(|name| !planned.contains(name))
        .collect();
    if names.len() > NEIGHBOURS_MAX {
        let gap = format!(
            "{} of the account beside the plan’s were not looked at, for there are more than {NEIGHBOURS_MAX}.",
            counted(names.len() as u64, "bucket")
        );
        return (Vec::new(), vec![gap]);
    }
    let sends = stream::iter(names)
        .map(|name| async move { (name.clone(), account.evidence.sends(&name).await) })
        .buffered(NEIGHBOURS_AT_ONCE)
        .collect()
        .await;
    (sends, Vec::new())
}

impl Gathered {
    /// Tells each bucket what others send to it.
    fn note_neighbours(&mut self, (others, gaps): (Vec<(String, Sends)>, Vec<String>)) {
        let planned = self.buckets.iter().map(|(name, evidence)| {
            let sends = Sends {
                logs_to: evidence.logs_to.clone(),
                replication: evidence.replication.clone(),
            };
            (name.clone(), sends)
        });
        let sends: Vec<(String, Sends)> = planned.chain(others).collect();
        for (name, evidence) in &mut self.buckets {
            evidence.neighbours = of_one(name, &sends, &gaps);
        }
    }
}

fn of_one(bucket: &str, sends: &[(String, Sends)], gaps: &[String]) -> Neighbours {
    let mut neighbours = Neighbours {
        gaps: gaps.to_vec(),
        ..Neighbours::default()
    };
    let mut unread: Vec<&str> = Vec::new();
    for (name, sends) in sends.iter().filter(|(name, _)| name != bucket) {
        neighbours.looked_at += 1;
        if let Ok(Some(to)) = &sends.logs_to
            && to == bucket
        {
            neighbours.logs_from.push(name.clone());
        }
        if let Ok(replication) = &sends.replication
            && replication.to.iter().any(|to| to == bucket)
        {
            let role = replication.role.clone();
            neighbours.replicates_from.push((name.clone(), role));
        }
        if sends.logs_to.is_err() || sends.replication.is_err() {
            unread.push(name);
        }
    }
    if let Some(first) = unread.first() {
        neighbours.gaps.push(format!(
            "Logging or replication of {} could not be read, such as {first}: allow s3:GetBucketLogging and s3:GetReplicationConfiguration.",
            counted(unread.len() as u64, "other bucket")
        ));
    }
    neighbours
}

/// Whether policies are evaluated at all: look-alikes answer without it, which would read as a promise.
pub(super) const fn evaluates_policies(account: &Account) -> bool {
    !matches!(account.identity.kind, AccountKind::CustomEndpoint)
}
