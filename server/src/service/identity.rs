//! Who the credentials belong to: asked at the start and when the settings are looked at, and known to every page from
//! then on.

use super::{Service, trouble};
use app::backend::AppError;
use cloud::CallerIdentity;
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

    /// Asks who calls, so that the first page may know.
    pub(crate) fn introduce(&self) {
        let service = self.clone();
        tokio::spawn(async move { service.caller().await });
    }

    /// Who calls; why it is not known; or nothing, when no answer came in time.
    pub(super) async fn caller(&self) -> Option<Result<CallerIdentity, AppError>> {
        let answers = self.answers(|service| &service.inner.callers, [String::new()], ask);
        answers.await.into_values().next()
    }
}

async fn ask(service: Service, _: String) -> Result<CallerIdentity, AppError> {
    match service.inner.account.caller.identity().await {
        Ok(identity) => {
            let told = service.inner.caller.0.write();
            *told.unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
            Ok(identity)
        }
        Err(error) => Err(trouble::from_cloud(&error)),
    }
}
