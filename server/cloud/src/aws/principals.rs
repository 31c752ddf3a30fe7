//! Users and roles, and what IAM says of their own policies.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::encoding::decode;
use crate::error::CloudError;
use crate::object::{IdentityAsk, PrincipalFacts};
use crate::traits::Principals;
use async_trait::async_trait;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use model::preflight::IdentitySays;
use std::collections::BTreeMap;

/// Roles and users that are listed, each.
const MAX_PRINCIPALS: usize = 1000;
/// Roles of AWS's services: nobody reads by them.
const SERVICE_PATH: &str = "/aws-service-role/";

#[async_trait]
impl Principals for Clients {
    async fn list(&self) -> Result<Vec<PrincipalFacts>, CloudError> {
        let client = self.iam();
        let mut found = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let page = client.list_roles().set_marker(marker).send().await;
            let page = page.map_err(|error| cloud_error("ListRoles", "the account", error))?;
            let roles = page
                .roles()
                .iter()
                .filter(|role| !role.path().starts_with(SERVICE_PATH));
            found.extend(roles.map(|role| PrincipalFacts {
                arn: role.arn().to_string(),
                name: role.role_name().to_string(),
            }));
            marker = page.marker().map(ToString::to_string);
            if !page.is_truncated() || found.len() >= MAX_PRINCIPALS {
                break;
            }
        }
        let mut marker: Option<String> = None;
        loop {
            let page = client.list_users().set_marker(marker).send().await;
            let page = page.map_err(|error| cloud_error("ListUsers", "the account", error))?;
            found.extend(page.users().iter().map(|user| PrincipalFacts {
                arn: user.arn().to_string(),
                name: user.user_name().to_string(),
            }));
            marker = page.marker().map(ToString::to_string);
            if !page.is_truncated() || found.len() >= 2 * MAX_PRINCIPALS {
                return Ok(found);
            }
        }
    }

    async fn rights(
        &self,
        principal: &str,
        actions: &[&'static str],
    ) -> Result<BTreeMap<String, IdentitySays>, CloudError> {
        const OPERATION: &str = "SimulatePrincipalPolicy";
        let client = self.iam();
        let mut rights = BTreeMap::new();
        let mut marker: Option<String> = None;
        loop {
            let request = client
                .simulate_principal_policy()
                .policy_source_arn(principal)
                .set_action_names(Some(actions.iter().map(ToString::to_string).collect()))
                .set_marker(marker);
            let page = request.send().await;
            let page = page.map_err(|error| cloud_error(OPERATION, principal, error))?;
            for result in page.evaluation_results() {
                rights.insert(result.eval_action_name().to_string(), says(Some(result)));
            }
            marker = page.marker().map(ToString::to_string);
            if marker.is_none() || !page.is_truncated() {
                return Ok(rights);
            }
        }
    }

    async fn trust(&self, role: &str) -> Result<String, CloudError> {
        // `arn:aws:iam::111122223333:role/path/name`
        let name = role.rsplit('/').next().unwrap_or(role);
        let answer = self.iam().get_role().role_name(name).send().await;
        let answer = answer.map_err(|error| cloud_error("GetRole", role, error))?;
        let policy = answer.role().and_then(|role| role.assume_role_policy_document());
        Ok(decode(policy.unwrap_or_default()))
    }

    async fn simulate(&self, principal: &str, asks: &[IdentityAsk]) -> Result<Vec<IdentitySays>, CloudError> {
        const OPERATION: &str = "SimulatePrincipalPolicy";
        let client = self.iam();
        let mut answers = Vec::with_capacity(asks.len());
        for ask in asks {
            let mut request = client
                .simulate_principal_policy()
                .policy_source_arn(principal)
                .action_names(ask.action)
                .resource_arns(&ask.resource);
            for (key, value) in &ask.context {
                let entry = ContextEntry::builder()
                    .context_key_name(key)
                    .context_key_values(value)
                    .context_key_type(ContextKeyTypeEnum::String)
                    .build();
                request = request.context_entries(entry);
            }
            let answer = request.send().await;
            let answer = answer.map_err(|error| cloud_error(OPERATION, principal, error))?;
            answers.push(says(answer.evaluation_results().first()));
        }
        Ok(answers)
    }
}

fn says(result: Option<&EvaluationResult>) -> IdentitySays {
    let Some(result) = result else {
        return IdentitySays::CannotTell("IAM gave no result".to_string());
    };
    match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => IdentitySays::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => IdentitySays::Denied,
        // A condition that could not be evaluated counts as not fulfilled: then "not allowed" is a guess.
        _ if !result.missing_context_values().is_empty() => IdentitySays::CannotTell(format!(
            "they ask for {}, which is not known before the request",
            result.missing_context_values().join(", ")
        )),
        PolicyEvaluationDecisionType::ImplicitDeny => IdentitySays::Silent,
        other => IdentitySays::CannotTell(format!("IAM says {}", other.as_str())),
    }
}
