//! Who the credentials belong to: asked at the start and when the settings are looked at, and known to every page from
//! then on.

use super::accounts::AccountKey;
use super::{Service, trouble};
use app::backend::AppError;
use cloud::CallerIdentity;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// What was told last.
#[derive(Debug, Default)]
pub(crate) struct LastTold(RwLock<Option<CallerIdentity>>);

impl Service {
    /// Who calls, as far as it was told before; nothing is asked for it.
    pub(super) fn last_told(&self) -> Option<CallerIdentity> {
        let told = self.inner.caller.0.read();
        told.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The account that calls, as far as it is known.
    pub(super) fn own_account(&self) -> Option<String> {
        let told = self.last_told().map(|caller| caller.account_id);
        told.or_else(|| self.inner.account.identity.account_id.clone())
    }

    /// Asks who calls, and which account has which buckets where there are several, so that the first page may know.
    pub(crate) fn introduce(&self) {
        let service = self.clone();
        tokio::spawn(async move {
            service.caller().await;
            if service.has_others() {
                service.listed().await;
            }
        });
    }

    /// Who calls; why it is not known; or nothing, when no answer came in time.
    pub(super) async fn caller(&self) -> Option<Result<CallerIdentity, AppError>> {
        self.callers([AccountKey::own()]).await.into_values().next()
    }

    /// The same for these accounts; those that did not answer in time are not among them.
    pub(super) async fn callers(
        &self,
        accounts: impl IntoIterator<Item = AccountKey>,
    ) -> BTreeMap<AccountKey, Result<CallerIdentity, AppError>> {
        let about = accounts.into_iter().map(|key| key.0);
        let answers = self.answers(|service| &service.inner.callers, about, ask).await;
        answers
            .into_iter()
            .map(|(about, answer)| (AccountKey(about), answer))
            .collect()
    }
}

async fn ask(service: Service, about: String) -> Result<CallerIdentity, AppError> {
    let key = AccountKey(about);
    match service.account(&key).caller.identity().await {
        Ok(identity) => {
            if key.is_own() {
                let told = service.inner.caller.0.write();
                *told.unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
            }
            Ok(identity)
        }
        Err(error) => Err(trouble::from_cloud(&error)),
    }
}
