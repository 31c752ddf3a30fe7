//! Readers that the policy of a bucket names: users and roles, whole accounts, and those of whom nothing can be asked. What
//! becomes of each is told by `readers`.

use super::{Access, Look, Reader};
use crate::policy::Policy;
use std::collections::BTreeSet;

/// Whom a bucket policy lets read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedReaders {
    /// ARNs of users and roles.
    pub principals: BTreeSet<String>,
    /// Numbers of other accounts, named as a whole.
    pub accounts: BTreeSet<String>,
    /// Canonical and federated users and sessions: named, and no more can be told of them.
    pub unclear: Vec<Reader>,
    /// What could not be looked at, in sentences.
    pub gaps: Vec<String>,
}

/// Whom the policy of a bucket lets read, as far as it names them.
#[must_use]
pub fn named_readers(at: &Look<'_>) -> NamedReaders {
    let bucket = &at.plan.bucket;
    let mut readers = NamedReaders::default();
    let policy = match &at.bucket.policy {
        Ok(None) => return readers,
        Ok(Some(text)) => Policy::parse(text).map_err(|error| error.to_string()),
        Err(error) => Err(error.clone()),
    };
    let named = match policy {
        Ok(policy) => policy.named_for("s3:GetObject"),
        Err(error) => {
            let gap = format!("Whom the policy of bucket {bucket} lets read is not known: {error}.");
            readers.gaps.push(gap);
            return readers;
        }
    };
    readers.principals = named.principals;
    readers.accounts = named.accounts;
    // What its own principals may is up to their own policies.
    readers
        .accounts
        .retain(|account| Some(account.as_str()) != at.owner());
    let why = || "Its own policies cannot be asked for.".to_string();
    readers
        .unclear
        .extend(named.others.into_iter().map(|principal| Reader {
            principal,
            bucket: bucket.clone(),
            today: Access::Unknown(format!("The bucket policy names it. {}", why())),
            after: Access::Unknown(why()),
        }));
    readers.gaps.extend(named.open.into_iter().map(|name| {
        format!(
            "“{name}” of the policy of bucket {bucket} lets everybody read who fulfils its conditions, or everybody but some: who that is cannot be told."
        )
    }));
    readers
}
