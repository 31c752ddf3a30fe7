//! Users and roles, and what IAM says of their own policies.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::encoding::decode;
use crate::error::CloudError;
use crate::object::{IdentityAsk, PrincipalFacts, PrincipalList};
use crate::traits::Principals;
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use model::preflight::IdentitySays;
use std::collections::BTreeMap;

/// Roles that are listed, and users.
const MAX_PRINCIPALS: usize = 1000;
/// Resources that IAM is asked about in one request; how many it takes is not published.
const MAX_RESOURCES: usize = 50;
/// Roles of AWS's services: nobody reads by them.
const SERVICE_PATH: &str = "/aws-service-role/";

#[async_trait]
impl Principals for Clients {
    async fn list(&self) -> Result<PrincipalList, CloudError> {
        let client = self.iam();
        let (mut roles, more_roles) = roles(&client).await?;
        let (users, more_users) = users(&client).await?;
        roles.extend(users);
        Ok(PrincipalList {
            principals: roles,
            more_roles,
            more_users,
        })
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
        let client = self.iam();
        let mut answers = Vec::with_capacity(asks.len());
        for alike in asks.chunk_by(|one, next| one.action == next.action && one.context == next.context) {
            for asked in alike.chunks(MAX_RESOURCES) {
                let said = simulate(&client, principal, asked).await?;
                let none = || says(None);
                answers.extend(
                    asked
                        .iter()
                        .map(|ask| said.get(&ask.resource).cloned().unwrap_or_else(none)),
                );
            }
        }
        Ok(answers)
    }
}

/// The first roles of the account without those of services, and whether there are more.
async fn roles(client: &Client) -> Result<(Vec<PrincipalFacts>, bool), CloudError> {
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
        if let Some(whole) = ended(&mut found, page.is_truncated()) {
            return Ok((found, !whole));
        }
    }
}

/// The first users of the account, and whether there are more.
async fn users(client: &Client) -> Result<(Vec<PrincipalFacts>, bool), CloudError> {
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = client.list_users().set_marker(marker).send().await;
        let page = page.map_err(|error| cloud_error("ListUsers", "the account", error))?;
        found.extend(page.users().iter().map(|user| PrincipalFacts {
            arn: user.arn().to_string(),
            name: user.user_name().to_string(),
        }));
        marker = page.marker().map(ToString::to_string);
        if let Some(whole) = ended(&mut found, page.is_truncated()) {
            return Ok((found, !whole));
        }
    }
}

/// Whether a list that has come so far is whole; nothing while more of it is to be asked for.
fn ended(found: &mut Vec<PrincipalFacts>, is_truncated: bool) -> Option<bool> {
    if is_truncated && found.len() < MAX_PRINCIPALS {
        return None;
    }
    let whole = !is_truncated && found.len() <= MAX_PRINCIPALS;
    found.truncate(MAX_PRINCIPALS);
    Some(whole)
}

/// What IAM says of one action on several resources, by resource. Results of single resources come by themselves, or under
/// that of the action (IAM API Reference, `EvaluationResult`, 2026-11).
async fn simulate(
    client: &Client,
    principal: &str,
    asks: &[IdentityAsk],
) -> Result<BTreeMap<String, IdentitySays>, CloudError> {
    const OPERATION: &str = "SimulatePrincipalPolicy";
    let Some(first) = asks.first() else {
        return Ok(BTreeMap::new());
    };
    let resources: Vec<String> = asks.iter().map(|ask| ask.resource.clone()).collect();
    let entry = |(key, value): &(String, String)| {
        ContextEntry::builder()
            .context_key_name(key)
            .context_key_values(value)
            .context_key_type(ContextKeyTypeEnum::String)
            .build()
    };
    let mut said = BTreeMap::new();
    let mut marker: Option<String> = None;
    loop {
        let request = client
            .simulate_principal_policy()
            .policy_source_arn(principal)
            .action_names(first.action)
            .set_resource_arns(Some(resources.clone()))
            .set_context_entries(Some(first.context.iter().map(entry).collect()))
            .set_marker(marker);
        let page = request.send().await;
        let page = page.map_err(|error| cloud_error(OPERATION, principal, error))?;
        for result in page.evaluation_results() {
            note(&mut said, result, asks);
        }
        marker = page.marker().map(ToString::to_string);
        if marker.is_none() || !page.is_truncated() {
            return Ok(said);
        }
    }
}

fn note(said: &mut BTreeMap<String, IdentitySays>, result: &EvaluationResult, asks: &[IdentityAsk]) {
    for of_resource in result.resource_specific_results() {
        let decision = of_resource.eval_resource_decision();
        let missing = of_resource.missing_context_values();
        said.insert(
            of_resource.eval_resource_name().to_string(),
            decided(decision, missing),
        );
    }
    let resource = match (result.eval_resource_name(), asks) {
        // Of a single resource the answer is the result's, whatever it is called.
        (_, [only]) => only.resource.clone(),
        (Some(name), _) => name.to_string(),
        (None, _) => return,
    };
    said.entry(resource).or_insert_with(|| says(Some(result)));
}

fn says(result: Option<&EvaluationResult>) -> IdentitySays {
    let Some(result) = result else {
        return IdentitySays::CannotTell("IAM gave no result".to_string());
    };
    decided(result.eval_decision(), result.missing_context_values())
}

fn decided(decision: &PolicyEvaluationDecisionType, missing: &[String]) -> IdentitySays {
    match decision {
        PolicyEvaluationDecisionType::Allowed => IdentitySays::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => IdentitySays::Denied,
        // A condition that could not be evaluated counts as not fulfilled: then "not allowed" is a guess.
        _ if !missing.is_empty() => IdentitySays::CannotTell(format!(
            "they ask for {}, which is not known before the request",
            missing.join(", ")
        )),
        PolicyEvaluationDecisionType::ImplicitDeny => IdentitySays::Silent,
        other => IdentitySays::CannotTell(format!("IAM says {}", other.as_str())),
    }
}
