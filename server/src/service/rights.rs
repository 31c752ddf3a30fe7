//! What the caller's own policies allow of what Rekey needs, as IAM simulates it: shown on the settings page, part by part.
//! Policies of resources, organisations and sessions are not in it, so that a request may still be refused.

use super::{Service, trouble};
use app::backend::AppError;
use cloud::{AccountKind, CallerIdentity};
use model::format::counted;
use model::permissions::{Capability, PERMISSIONS};
use model::preflight::IdentitySays;
use std::collections::BTreeMap;

/// Actions that a sentence names.
const NAMED: usize = 4;

/// What was told, or why nothing was.
#[derive(Clone, Debug)]
pub(crate) struct Rights(Result<BTreeMap<String, IdentitySays>, String>);

impl Rights {
    fn unknown(why: impl Into<String>) -> Self {
        Self(Err(why.into()))
    }

    /// Actions of a part that are not allowed, and those of which it is not told.
    fn lacking(&self, part: Capability) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
        let rights = self.0.as_ref().ok()?;
        let (mut refused, mut unclear) = (Vec::new(), Vec::new());
        for permission in part.permissions() {
            match rights.get(&asked(permission.action)) {
                Some(IdentitySays::Allowed) => {}
                Some(IdentitySays::Denied | IdentitySays::Silent) => refused.push(permission.action),
                Some(IdentitySays::CannotTell(_)) | None => unclear.push(permission.action),
            }
        }
        Some((refused, unclear))
    }

    /// Whether a part is allowed; nothing where that cannot be told.
    pub(super) fn allow(&self, part: Capability) -> Option<bool> {
        let (refused, unclear) = self.lacking(part)?;
        if refused.is_empty() {
            unclear.is_empty().then_some(true)
        } else {
            Some(false)
        }
    }

    /// The same in a sentence.
    pub(super) fn sentence(&self, part: Capability) -> String {
        let Some((refused, unclear)) = self.lacking(part) else {
            return self.0.as_ref().err().cloned().unwrap_or_default();
        };
        let named = |actions: &[&str]| {
            let more = actions.len().saturating_sub(NAMED);
            let mut text = actions[..actions.len() - more].join(", ");
            if more > 0 {
                text.push_str(&format!(" and {}", counted(more as u64, "other")));
            }
            text
        };
        match (refused.as_slice(), unclear.as_slice()) {
            ([], []) => "The caller’s own policies allow all of it.".to_string(),
            ([], unclear) => format!("It cannot be told of {}.", named(unclear)),
            (refused, _) => format!("Not allowed, or only on some resources: {}.", named(refused)),
        }
    }

    /// One action in a word.
    pub(super) fn word(&self, action: &str) -> String {
        let Ok(rights) = &self.0 else {
            return "not told".to_string();
        };
        match rights.get(&asked(action)) {
            Some(IdentitySays::Allowed) => "yes",
            Some(IdentitySays::Denied) => "denied",
            Some(IdentitySays::Silent) => "no, or only on some resources",
            Some(IdentitySays::CannotTell(_)) | None => "not told",
        }
        .to_string()
    }
}

/// IAM takes no patterns: what stands for several actions is asked by one of them.
fn asked(action: &str) -> String {
    match action {
        "kms:ReEncrypt*" => "kms:ReEncryptTo".to_string(),
        other => other.to_string(),
    }
}

impl Service {
    /// Who calls, and what they may do.
    pub(super) async fn caller_and_rights(&self) -> (Option<Result<CallerIdentity, AppError>>, Rights) {
        let caller = self.caller().await;
        let known = match &caller {
            Some(Ok(caller)) => Some(caller.clone()),
            Some(Err(_)) => None,
            None => self.last_told(),
        };
        let rights = match known {
            None => Rights::unknown("Not told: who calls is not known."),
            Some(_) if self.inner.account.identity.kind == AccountKind::CustomEndpoint => {
                Rights::unknown("Not told: this server does not evaluate policies.")
            }
            Some(caller) => self.rights_of(caller).await,
        };
        (caller, rights)
    }

    async fn rights_of(&self, caller: CallerIdentity) -> Rights {
        let Some(principal) = principal(&caller.arn) else {
            return Rights::unknown(
                "The root user of an account has no policies of its own: nothing is refused by them.",
            );
        };
        let told = self
            .answers(|service| &service.inner.rights, [principal], ask)
            .await;
        told.into_values()
            .next()
            .unwrap_or_else(|| Rights::unknown("IAM has not answered yet: look again in a moment."))
    }
}

async fn ask(service: Service, principal: String) -> Rights {
    let actions: Vec<&'static str> = PERMISSIONS
        .iter()
        .map(|permission| match permission.action {
            "kms:ReEncrypt*" => "kms:ReEncryptTo",
            action => action,
        })
        .collect();
    let told = service
        .inner
        .account
        .principals
        .rights(&principal, &actions)
        .await;
    Rights(told.map_err(|error| {
        let trouble = trouble::from_cloud(&error);
        format!(
            "Not told: {} Allow iam:SimulatePrincipalPolicy to see it here.",
            trouble.message
        )
    }))
}

/// The user or role behind a caller; nothing for the root user. A session is named after its role, whose path it does not
/// tell.
fn principal(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, _, account, resource] = parts.as_slice() else {
        return None;
    };
    match (*service, resource.split('/').collect::<Vec<_>>().as_slice()) {
        (_, ["root"]) => None,
        ("sts", ["assumed-role", role, ..]) => Some(format!("arn:{partition}:iam::{account}:role/{role}")),
        _ => Some(arn.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_looked_up_by_its_role() {
        for (arn, expected) in [
            (
                "arn:aws:sts::111122223333:assumed-role/rekey/session-1",
                Some("arn:aws:iam::111122223333:role/rekey"),
            ),
            (
                "arn:aws:iam::111122223333:user/team/ada",
                Some("arn:aws:iam::111122223333:user/team/ada"),
            ),
            ("arn:aws:iam::111122223333:root", None),
            ("nobody", None),
        ] {
            assert_eq!(principal(arn).as_deref(), expected, "{arn}");
        }
    }

    #[test]
    fn a_part_is_allowed_only_when_all_of_it_is() {
        let says = |said: &dyn Fn(&str) -> IdentitySays| {
            let all = PERMISSIONS.iter().map(|permission| asked(permission.action));
            Rights(Ok(all.map(|action| (action.clone(), said(&action))).collect()))
        };
        let all = says(&|_| IdentitySays::Allowed);
        assert_eq!(all.allow(Capability::Migrate), Some(true));
        let without = says(&|action| match action {
            "s3:UpdateObjectEncryption" => IdentitySays::Silent,
            _ => IdentitySays::Allowed,
        });
        assert_eq!(without.allow(Capability::Migrate), Some(false));
        assert!(
            without
                .sentence(Capability::Migrate)
                .contains("s3:UpdateObjectEncryption")
        );
        assert_eq!(without.allow(Capability::Prices), Some(true));
        let unclear = says(&|_| IdentitySays::CannotTell("why".to_string()));
        assert_eq!(unclear.allow(Capability::Prices), None);
        assert_eq!(Rights::unknown("why").allow(Capability::Prices), None);
        assert_eq!(Rights::unknown("why").sentence(Capability::Prices), "why");
    }
}
