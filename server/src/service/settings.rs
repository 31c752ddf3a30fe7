//! The settings page: who we are, what to allow, and the prices and quotas in use.

use super::Service;
use super::Who;
use super::accounts::AccountKey;
use super::discovery::late;
use super::forms::pairs;
use super::rights::Rights;
use crate::web::documents::quotas_of;
use app::backend::{AccountRow, Badge, CapabilityRow, PermissionRow, SettingsPage};
use cloud::{AccountKind, CallerIdentity};
use model::permissions::{Capability, PERMISSIONS, Permission, policy};

impl Service {
    pub(super) async fn settings_page(&self, query: &str) -> SettingsPage {
        // Everything that AWS is asked is asked at once.
        let ((caller, rights), accounts, quotas) = tokio::join!(
            self.caller_and_rights(),
            self.account_rows(),
            self.quotas_in_use()
        );
        let (caller, caller_error) = match caller {
            Some(Ok(caller)) => (Some(caller), None),
            Some(Err(error)) => (None, Some(error)),
            None => (self.last_told(), None),
        };
        let chosen = self.chosen(query);
        let told = caller.as_ref();
        let partition = told
            .and_then(|caller| caller.arn.split(':').nth(1))
            .unwrap_or("aws");
        let account = told.map(|caller| caller.account_id.as_str());
        let needed = |permission: &&Permission| permission.uses.iter().any(|part| chosen.contains(part));
        SettingsPage {
            account: self.account_facts(told),
            caller_error,
            accounts,
            capabilities: capabilities(&chosen, &rights),
            permissions: PERMISSIONS
                .iter()
                .filter(needed)
                .map(|permission| row(permission, &rights))
                .collect(),
            policy: policy(&chosen, partition, account),
            prices: self.prices_in_use(),
            quotas,
            data_directory: self.inner.data.display().to_string(),
        }
    }

    /// Parts of the product that the query names; without any, those that this server may use.
    fn chosen(&self, query: &str) -> Vec<Capability> {
        let named = pairs(query)
            .into_iter()
            .filter(|(name, _)| name == "can")
            .filter_map(|(_, word)| Capability::parse(&word));
        let named: Vec<Capability> = named.filter(|part| part.asks()).collect();
        if !named.is_empty() {
            return named;
        }
        let may_change = self.badge() != Badge::ReadOnly;
        let roles = self.has_others();
        let fits = |part: &Capability| {
            part.asks() && (may_change || !part.changes()) && (roles || *part != Capability::Accounts)
        };
        Capability::ALL.into_iter().filter(fits).collect()
    }

    /// The accounts of the roles: who this server is there, or why it is not.
    async fn account_rows(&self) -> Vec<AccountRow> {
        if !self.has_others() {
            return Vec::new();
        }
        let roles = || self.account_keys().into_iter().filter(|key| !key.is_own());
        let (mut callers, mut listed) = tokio::join!(self.callers(roles()), self.listed());
        let row = |key: AccountKey| AccountRow {
            number: self.number(&key).unwrap_or_default(),
            caller: callers
                .remove(&key)
                .unwrap_or_else(|| Err(late()))
                .map(|caller| caller.arn),
            buckets: listed
                .remove(&key)
                .unwrap_or_else(|| Err(late()))
                .map(|buckets| buckets.len() as u64),
            role: key.0,
        };
        roles().map(row).collect()
    }

    /// Quotas of every account in the Regions where it has buckets.
    async fn quotas_in_use(&self) -> Vec<(String, String, String, String, String)> {
        let of_account = |key: AccountKey| async move {
            let regions = self.regions_in(&key);
            let usage = self.usage(&key, regions.clone()).await;
            let mut rows = quotas_of(&regions, &usage);
            if let Some(number) = self.number(&key).filter(|_| self.has_others()) {
                for row in &mut rows {
                    row.0 = format!("{}, account {number}", row.0);
                }
            }
            rows
        };
        let all = self.account_keys().into_iter().map(of_account);
        futures::future::join_all(all).await.concat()
    }

    /// Whom journals and reports name.
    fn who_is_named(&self) -> String {
        match &self.inner.identity_header {
            Some(header) => format!("Whoever the header {header} names, which the proxy in front must send"),
            None => {
                let who = Who::default();
                format!(
                    "Everybody is “{who}”: --identity-header names the header in which a proxy passes who signed in"
                )
            }
        }
    }

    fn account_facts(&self, caller: Option<&CallerIdentity>) -> Vec<(String, String)> {
        let identity = &self.inner.account.identity;
        let kind = match identity.kind {
            AccountKind::Sandbox => "The embedded simulated account",
            AccountKind::Aws => "AWS",
            AccountKind::CustomEndpoint => "A server at a custom endpoint",
        };
        let unknown = || "not known".to_string();
        let account = caller.map(|caller| caller.account_id.clone());
        [
            ("Kind", kind.to_string()),
            (
                "Account",
                account
                    .or_else(|| identity.account_id.clone())
                    .unwrap_or_else(unknown),
            ),
            ("Caller", caller.map_or_else(unknown, |caller| caller.arn.clone())),
            (
                "Endpoint",
                identity
                    .endpoint
                    .clone()
                    .unwrap_or_else(|| "AWS's own".to_string()),
            ),
            ("Region", identity.region.clone().unwrap_or_else(unknown)),
            ("Who is named", self.who_is_named()),
            (
                "Changes",
                self.not_allowed().unwrap_or_else(|| "Allowed".to_string()),
            ),
        ]
        .map(|(name, value)| (name.to_string(), value))
        .to_vec()
    }
}

fn capabilities(chosen: &[Capability], rights: &Rights) -> Vec<CapabilityRow> {
    let asking = Capability::ALL.into_iter().filter(|part| part.asks());
    asking
        .map(|part| CapabilityRow {
            word: part.word().to_string(),
            title: part.title().to_string(),
            chosen: chosen.contains(&part),
            changes: part.changes(),
            allowed: rights.allow(part),
            status: rights.sentence(part),
        })
        .collect()
}

fn row(permission: &Permission, rights: &Rights) -> PermissionRow {
    PermissionRow {
        action: permission.action.to_string(),
        operations: permission.operations.join(", "),
        reason: permission.reason.to_string(),
        here: rights.word(permission.action),
    }
}
