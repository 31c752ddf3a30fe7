//! Who would lose access by a plan: the users and roles that are named, that the bucket policies name, or all of the
//! account, each asked about at IAM and put together by `model::preflight`.

use super::Service;
use super::checks::Gathered;
use cloud::{AccountKind, IdentityAsk};
use futures::stream::{self, StreamExt as _};
use model::format::counted;
use model::plan::Plan;
use model::policy::{Caller, Policy};
use model::preflight::{IdentitySays, Look, Reader, ReaderAsked, reader};
use std::collections::BTreeSet;

/// Readers times buckets that are looked at; IAM is asked two questions for each.
const PAIRS_MAX: usize = 400;
/// Questions to IAM at once: it throttles early.
const ASKED_AT_ONCE: usize = 4;

/// What was found about readers.
#[derive(Debug, Default)]
pub(super) struct Readers {
    pub(super) found: Vec<Reader>,
    /// What could not be looked at, in sentences.
    pub(super) gaps: Vec<String>,
}

impl Service {
    /// What the plan changes for the readers of its buckets.
    pub(super) async fn readers(
        &self,
        plan: &Plan,
        gathered: &Gathered,
        named: &[String],
        all: bool,
    ) -> Readers {
        let mut gaps = Vec::new();
        let mut common: BTreeSet<String> = named.iter().cloned().collect();
        if all {
            match self.inner.account.principals.list().await {
                Ok(listed) => common.extend(listed.into_iter().map(|principal| principal.arn)),
                Err(error) => gaps.push(format!(
                    "The users and roles of the account could not be listed: {error}. Allow iam:ListRoles and iam:ListUsers, or name them."
                )),
            }
        }
        let mut pairs = Vec::new();
        for (position, bucket) in plan.buckets.iter().enumerate() {
            let Some(at) = gathered.look(bucket) else { continue };
            let mut here = common.clone();
            here.extend(named_in_policy(&at));
            pairs.extend(here.into_iter().map(|arn| (position, arn)));
        }
        if pairs.len() > PAIRS_MAX {
            gaps.push(format!(
                "Only the first {PAIRS_MAX} of {} of readers and buckets were looked at: plan fewer buckets at a time.",
                counted(pairs.len() as u64, "pair")
            ));
            pairs.truncate(PAIRS_MAX);
        }
        let found = stream::iter(pairs)
            .map(|(position, arn)| self.one_reader(gathered, plan, position, arn))
            .buffered(ASKED_AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await;
        Readers { found, gaps }
    }

    async fn one_reader(
        &self,
        gathered: &Gathered,
        plan: &Plan,
        position: usize,
        arn: String,
    ) -> Option<Reader> {
        let at = gathered.look(plan.buckets.get(position)?)?;
        let caller = Caller::by_arn(&arn);
        let own = at.key.arn.split(':').nth(4);
        let answers = if caller.account.as_deref() == own {
            self.ask_identity(&at, &arn).await
        } else {
            let why = || IdentitySays::CannotTell("they are in another account".to_string());
            [why(), why()]
        };
        let [reads, decrypts] = answers;
        let asked = ReaderAsked {
            caller,
            reads,
            decrypts,
        };
        Some(reader(&at, &asked))
    }

    async fn ask_identity(&self, at: &Look<'_>, arn: &str) -> [IdentitySays; 2] {
        if self.inner.account.identity.kind == AccountKind::CustomEndpoint {
            // Look-alikes answer without evaluating anything, which would read as a promise.
            let why = || IdentitySays::CannotTell("this server does not evaluate policies".to_string());
            return [why(), why()];
        }
        let partition = at.key.arn.split(':').nth(1).unwrap_or("aws");
        let asks = [
            IdentityAsk {
                action: "s3:GetObject",
                resource: format!("arn:{partition}:s3:::{}/*", at.plan.bucket),
                context: vec![("aws:SecureTransport".to_string(), "true".to_string())],
            },
            IdentityAsk {
                action: "kms:Decrypt",
                resource: at.key.arn.clone(),
                context: at.through_s3(),
            },
        ];
        match self.inner.account.principals.simulate(arn, &asks).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                let none = || IdentitySays::CannotTell("IAM gave no result".to_string());
                [
                    answers.next().unwrap_or_else(none),
                    answers.next().unwrap_or_else(none),
                ]
            }
            Err(error) => {
                let why = || IdentitySays::CannotTell(format!("{error} (allow iam:SimulatePrincipalPolicy)"));
                [why(), why()]
            }
        }
    }
}

/// Users and roles that a bucket policy lets do something.
fn named_in_policy(at: &Look<'_>) -> Vec<String> {
    let policy = at.bucket.policy.as_ref().ok().and_then(Option::as_ref);
    let policy = policy.and_then(|text| Policy::parse(text).ok());
    let Some(policy) = policy else { return Vec::new() };
    let names = policy.principals();
    names
        .filter(|name| name.contains(":role/") || name.contains(":user/"))
        .map(ToString::to_string)
        .collect()
}
