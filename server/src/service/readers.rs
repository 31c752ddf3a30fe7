//! Who would lose access by a plan: the users and roles that are named, that the bucket policies name, or all of the
//! account, each asked about at IAM and put together by `model::preflight`; and the other accounts that bucket policies name.

use super::Service;
use super::gathered::{Gathered, evaluates_policies};
use cloud::{Account, IdentityAsk};
use futures::stream::{self, StreamExt as _};
use model::format::counted;
use model::plan::Plan;
use model::policy::Caller;
use model::preflight::{IdentitySays, Look, Part, Reader, ReaderAsked, named_readers, reader};
use std::collections::BTreeSet;

/// Readers times buckets that are looked at; IAM is asked two questions for each, or more where a bucket has many
/// prefixes.
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
        let mut readers = Readers::default();
        let mut common: BTreeSet<String> = named.iter().cloned().collect();
        if all {
            self.all_principals(&mut common, &mut readers.gaps).await;
        }
        let mut pairs = Vec::new();
        for (position, bucket) in plan.buckets.iter().enumerate() {
            let Some(at) = gathered.look(bucket) else { continue };
            let by_policy = named_readers(&at);
            readers.gaps.extend(by_policy.gaps);
            readers.found.extend(by_policy.unclear);
            let of_account = |account| Caller {
                arn: None,
                account: Some(account),
            };
            let mut principals = common.clone();
            principals.extend(by_policy.principals);
            let principals = principals.iter().map(|arn| Caller::by_arn(arn));
            let accounts = by_policy.accounts.into_iter().map(of_account);
            pairs.extend(principals.chain(accounts).map(|caller| (position, caller)));
        }
        if pairs.len() > PAIRS_MAX {
            readers.gaps.push(format!(
                "Only the first {PAIRS_MAX} of {} of readers and buckets were looked at: plan fewer buckets at a time.",
                counted(pairs.len() as u64, "pair")
            ));
            pairs.truncate(PAIRS_MAX);
        }
        let asked = stream::iter(pairs)
            .map(|(position, caller)| self.one_reader(gathered, plan, position, caller))
            .buffered(ASKED_AT_ONCE)
            .filter_map(std::future::ready)
            .collect::<Vec<_>>()
            .await;
        readers.found.extend(asked);
        readers
    }

    /// All users and roles of the account, as far as they are listed.
    async fn all_principals(&self, into: &mut BTreeSet<String>, gaps: &mut Vec<String>) {
        let listed = match self.inner.account.principals.list().await {
            Ok(listed) => listed,
            Err(error) => {
                gaps.push(format!(
                    "The users and roles of the account could not be listed: {error}. Allow iam:ListRoles and iam:ListUsers, or name them."
                ));
                return;
            }
        };
        for (more, what) in [(listed.more_roles, "roles"), (listed.more_users, "users")] {
            if more {
                gaps.push(format!(
                    "The account has more {what} than were listed: name those beyond them that read these buckets."
                ));
            }
        }
        into.extend(listed.principals.into_iter().map(|principal| principal.arn));
    }

    async fn one_reader(
        &self,
        gathered: &Gathered,
        plan: &Plan,
        position: usize,
        caller: Caller,
    ) -> Option<Reader> {
        let at = gathered.look(plan.buckets.get(position)?)?;
        let parts = at.parts();
        let (reads, decrypts) = match &caller.arn {
            Some(arn) if caller.account.as_deref() == at.owner() => {
                ask_identity(&self.inner.account, &at, &parts, arn).await
            }
            Some(_) => unasked(&parts, "they are in another account"),
            None => unasked(&parts, "those of the other account’s principals decide"),
        };
        let asked = ReaderAsked {
            caller,
            reads,
            decrypts,
        };
        Some(reader(&at, &asked))
    }
}

/// The answers where nobody is asked, and why.
fn unasked(parts: &[Part], why: &str) -> (Vec<IdentitySays>, IdentitySays) {
    let why = IdentitySays::CannotTell(why.to_string());
    (vec![why.clone(); parts.len()], why)
}

/// What IAM says of a principal's own policies: whether they let it read in each of these parts, and decrypt under the key.
pub(super) async fn ask_identity(
    account: &Account,
    at: &Look<'_>,
    parts: &[Part],
    arn: &str,
) -> (Vec<IdentitySays>, IdentitySays) {
    if !evaluates_policies(account) {
        return unasked(parts, "this server does not evaluate policies");
    }
    let reads = |part: &Part| IdentityAsk {
        action: "s3:GetObject",
        resource: part.one.clone(),
        context: vec![("aws:SecureTransport".to_string(), "true".to_string())],
    };
    let decrypts = IdentityAsk {
        action: "kms:Decrypt",
        resource: at.key.arn.clone(),
        context: at.through_s3(),
    };
    let asks: Vec<IdentityAsk> = parts.iter().map(reads).chain([decrypts]).collect();
    match account.principals.simulate(arn, &asks).await {
        Ok(mut answers) => {
            let none = || IdentitySays::CannotTell("IAM gave no result".to_string());
            answers.resize_with(asks.len(), none);
            let decrypts = answers.pop().unwrap_or_else(none);
            (answers, decrypts)
        }
        Err(error) => unasked(parts, &format!("{error} (allow iam:SimulatePrincipalPolicy)")),
    }
}
