//! The accounts that this server reads: its own, by the default credentials, and one for each role that it was started
//! with. Which bucket is in which account is what the accounts' own lists say; whatever asks about a bucket asks the account
//! that owns it. Migrations run in the server's own account only.

use super::{Known, Service};
use app::backend::{AccountChoice, AppError, ErrorKind};
use cloud::{Account, BucketSummary};
use model::basis::Basis;
use model::inventory::Region;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// An account by the ARN of the role that opens it; empty for the server's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccountKey(pub(super) String);

impl AccountKey {
    pub(crate) fn own() -> Self {
        Self::default()
    }

    pub(crate) fn is_own(&self) -> bool {
        self.0.is_empty()
    }
}

/// Names of buckets by account, as each account listed them last.
#[derive(Debug, Default)]
pub(crate) struct Owners(RwLock<BTreeMap<AccountKey, BTreeSet<String>>>);

impl Owners {
    /// Takes an account's list.
    pub(super) fn learn(&self, account: AccountKey, buckets: &[BucketSummary]) {
        let names = buckets.iter().map(|bucket| bucket.name.clone()).collect();
        let mut owners = self.0.write().unwrap_or_else(PoisonError::into_inner);
        owners.insert(account, names);
    }

    /// The account that lists a bucket; the own one, whose key is the first, before others.
    fn of(&self, bucket: &str) -> Option<AccountKey> {
        let owners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut listing = owners.iter().filter(|(_, names)| names.contains(bucket));
        listing.next().map(|(key, _)| key.clone())
    }

    fn has(&self, account: &AccountKey) -> bool {
        let owners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        owners.contains_key(account)
    }
}

impl Service {
    /// Every account, the own one first.
    pub(crate) fn account_keys(&self) -> Vec<AccountKey> {
        let roles = self.inner.others.iter().filter_map(|account| {
            let role = account.identity.role.as_ref()?;
            Some(AccountKey(role.as_str().to_string()))
        });
        std::iter::once(AccountKey::own()).chain(roles).collect()
    }

    /// Whether there is any besides the own one.
    pub(super) fn has_others(&self) -> bool {
        !self.inner.others.is_empty()
    }

    /// An account by its key.
    pub(super) fn account(&self, key: &AccountKey) -> &Account {
        let is_it = |account: &&Account| {
            let role = account.identity.role.as_ref();
            role.is_some_and(|role| role.as_str() == key.0)
        };
        self.inner
            .others
            .iter()
            .find(is_it)
            .unwrap_or(&self.inner.account)
    }

    /// The account that a bucket is in, as far as the lists say.
    pub(super) fn owner(&self, bucket: &str) -> Option<AccountKey> {
        if self.has_others() {
            self.inner.owners.of(bucket)
        } else {
            Some(AccountKey::own())
        }
    }

    /// The account to ask about a bucket: its owner, or the own one, which may be allowed to read a bucket of an account
    /// that nobody listed.
    pub(super) fn account_of(&self, bucket: &str) -> &Account {
        let owner = self.owner(bucket).unwrap_or_default();
        self.account(&owner)
    }

    /// Number of an account, as far as it is known.
    pub(super) fn number(&self, key: &AccountKey) -> Option<String> {
        if key.is_own() {
            self.own_account()
        } else {
            self.account(key).identity.account_id.clone()
        }
    }

    /// The account that a query asks for by its number; the own one without.
    ///
    /// # Errors
    /// When no role of the server opens that account.
    pub(crate) fn account_asked(&self, query: &str) -> Result<AccountKey, AppError> {
        let fields = super::forms::pairs(query);
        let asked = fields.into_iter().find(|(name, _)| name == "account");
        let asked = asked.map(|(_, number)| number).unwrap_or_default();
        self.account_numbered(asked.trim())
    }

    /// The account of this number; the own one for an empty text.
    ///
    /// # Errors
    /// When no role of the server opens that account.
    pub(super) fn account_numbered(&self, number: &str) -> Result<AccountKey, AppError> {
        if number.is_empty() {
            return Ok(AccountKey::own());
        }
        let keys = self.account_keys();
        let found = keys
            .into_iter()
            .find(|key| self.number(key).as_deref() == Some(number));
        found.ok_or_else(|| {
            AppError::new(
                ErrorKind::Input,
                format!("Account `{number}` is not connected."),
                "Start the server with --assume-role and the ARN of a role in that account; the settings page lists those that are.",
            )
        })
    }

    /// Whether figures of an account count a bucket: what nobody lists is counted in the own one, as without roles.
    fn counts_in(&self, key: &AccountKey, bucket: &str) -> bool {
        self.owner(bucket).unwrap_or_default() == *key
    }

    /// Regions in which the estate has buckets of an account, sorted.
    pub(crate) fn regions_in(&self, key: &AccountKey) -> Vec<Region> {
        let known = self.known();
        let own = known.estate.buckets.iter();
        let own = own.filter(|bucket| self.counts_in(key, &bucket.name));
        let regions: BTreeSet<Region> = own.filter_map(|bucket| bucket.region.clone()).collect();
        regions.into_iter().collect()
    }

    /// The basis with the buckets of one account: KMS quotas are for each account and Region.
    pub(super) fn basis_in<'k>(&self, known: &'k Known, key: &AccountKey) -> Cow<'k, Basis> {
        let basis = &known.estate.basis;
        if !self.has_others() {
            return Cow::Borrowed(basis);
        }
        let mut of_account = basis.clone();
        of_account
            .buckets
            .retain(|bucket| self.counts_in(key, &bucket.name));
        Cow::Owned(of_account)
    }

    /// Why no quota request can be filed for an account from here.
    pub(super) fn not_filed(&self, key: &AccountKey) -> Option<String> {
        if key.is_own() {
            return self.not_allowed();
        }
        Some("Requests are filed for this server's own account only: start another with credentials of this account, or use the command.".to_string())
    }

    /// The accounts to choose from, where there are several.
    pub(super) fn account_choices(&self, chosen: &AccountKey) -> Vec<AccountChoice> {
        if !self.has_others() {
            return Vec::new();
        }
        let choice = |key: AccountKey| AccountChoice {
            number: self.number(&key).unwrap_or_default(),
            own: key.is_own(),
            chosen: key == *chosen,
        };
        self.account_keys().into_iter().map(choice).collect()
    }

    /// Why a bucket cannot be converted from here, when it is in another account than the runner.
    pub(super) fn elsewhere(&self, bucket: &str) -> Option<String> {
        if !self.has_others() {
            return None;
        }
        match self.owner(bucket) {
            Some(owner) if owner.is_own() => None,
            Some(owner) => {
                let number = self.number(&owner).unwrap_or_default();
                let role = owner.0;
                Some(format!(
                    "it is in account {number}, and migrations run in this server's own account: start another rekey serve, \
                     with its own --data, whose AWS_PROFILE assumes {role}, and import the inventory there"
                ))
            }
            None => {
                let keys = self.account_keys();
                let silent = keys.iter().find(|key| !self.inner.owners.has(key))?;
                let number = self.number(silent);
                let which = number.map_or_else(
                    || "this server's own account".to_string(),
                    |number| format!("account {number}"),
                );
                Some(format!(
                    "the account that it is in is not known, because {which} did not list its buckets: the settings page says why"
                ))
            }
        }
    }
}
