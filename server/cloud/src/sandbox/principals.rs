//! Users and roles of the simulated account, with policies of their own. One of them is the reader of the demonstration:
//! all of S3, and no right on any key.

use super::Sandbox;
use super::estate::ACCOUNT_ID;
use crate::error::{CloudError, Fault};
use crate::object::{IdentityAsk, PrincipalFacts, PrincipalList};
use crate::traits::Principals;
use async_trait::async_trait;
use model::policy::{Ask, Context, Policy, Verdict, evaluate};
use model::preflight::IdentitySays;
use std::collections::BTreeMap;

/// The role that S3 Batch Operations may work under.
const JOB_ROLE: &str = "rekey-batch";

/// Kind, name, and the statements of its policy.
const PRINCIPALS: &[(&str, &str, &str)] = &[
    (
        "role",
        "auditor",
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},{"Effect":"Deny","Action":"kms:*","Resource":"*"}"#,
    ),
    (
        "role",
        "case-handlers",
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::claims-documents-prod/*"},{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}"#,
    ),
    (
        "role",
        "customer-portal",
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::customer-statements/*","arn:aws:s3:::website-assets/*"]}"#,
    ),
    (
        "role",
        "data-platform",
        r#"{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::ml-features/*","arn:aws:s3:::clickstream-raw/*","arn:aws:s3:::device-telemetry/*"]}"#,
    ),
    (
        "role",
        "office-reader",
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#,
    ),
    (
        "role",
        JOB_ROLE,
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion","s3:UpdateObjectEncryption","s3:PutObject","s3:PutInventoryConfiguration"],"Resource":"*"},{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt","kms:Encrypt","kms:ReEncrypt*"],"Resource":"*"}"#,
    ),
    (
        "role",
        "statement-archive",
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::customer-statements/2024/*"}"#,
    ),
    (
        "user",
        "s3-only",
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#,
    ),
];

impl Sandbox {
    /// ARN of the role that S3 Batch Operations may work under.
    #[must_use]
    pub fn job_role() -> String {
        arn("role", JOB_ROLE)
    }
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT_ID}:{kind}/{name}")
}

#[async_trait]
impl Principals for Sandbox {
    async fn list(&self) -> Result<PrincipalList, CloudError> {
        self.pause().await;
        let facts = |(kind, name, _): &(&str, &str, &str)| PrincipalFacts {
            arn: arn(kind, name),
            name: (*name).to_string(),
        };
        Ok(PrincipalList {
            principals: PRINCIPALS.iter().map(facts).collect(),
            ..PrincipalList::default()
        })
    }

    /// The caller of the simulated account may do everything; others have what their policies say.
    async fn rights(
        &self,
        principal: &str,
        actions: &[&'static str],
    ) -> Result<BTreeMap<String, IdentitySays>, CloudError> {
        if !PRINCIPALS
            .iter()
            .any(|(kind, name, _)| arn(kind, name) == principal)
        {
            self.pause().await;
            let all = actions
                .iter()
                .map(|action| (action.to_string(), IdentitySays::Allowed));
            return Ok(all.collect());
        }
        let ask = |action: &&'static str| IdentityAsk {
            action,
            resource: "*".to_string(),
            context: Vec::new(),
        };
        let asks: Vec<IdentityAsk> = actions.iter().map(ask).collect();
        let said = self.simulate(principal, &asks).await?;
        Ok(actions.iter().map(ToString::to_string).zip(said).collect())
    }

    async fn trust(&self, role: &str) -> Result<String, CloudError> {
        self.pause().await;
        let known = PRINCIPALS
            .iter()
            .find(|(kind, name, _)| *kind == "role" && arn(kind, name) == role);
        let Some((_, name, _)) = known else {
            let text = format!("NoSuchEntity: The role {role} cannot be found.");
            return Err(CloudError::new(Fault::NotFound, "GetRole", role, text));
        };
        let trusted = if *name == JOB_ROLE {
            r#"{"Service":"batchoperations.s3.amazonaws.com"}"#.to_string()
        } else {
            format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT_ID}:root"}}"#)
        };
        Ok(format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{trusted},"Action":"sts:AssumeRole"}}]}}"#
        ))
    }

    async fn simulate(&self, principal: &str, asks: &[IdentityAsk]) -> Result<Vec<IdentitySays>, CloudError> {
        const OPERATION: &str = "SimulatePrincipalPolicy";
        self.pause().await;
        let known = PRINCIPALS
            .iter()
            .find(|(kind, name, _)| arn(kind, name) == principal);
        let Some((.., statements)) = known else {
            let text = format!("NoSuchEntity: {principal} cannot be found.");
            return Err(CloudError::new(Fault::NotFound, OPERATION, principal, text));
        };
        let policy = Policy::parse(&format!(r#"{{"Statement":[{statements}]}}"#))
            .map_err(|error| CloudError::new(Fault::Refused, OPERATION, principal, error.to_string()))?;
        Ok(asks.iter().map(|ask| says(&policy, ask)).collect())
    }
}

fn says(policy: &Policy, ask: &IdentityAsk) -> IdentitySays {
    let context = ask
        .context
        .iter()
        .fold(Context::default(), |context, (key, value)| {
            context.with(key, value)
        });
    let ask = Ask {
        caller: None,
        action: ask.action,
        resource: &ask.resource,
        context: &context,
    };
    match evaluate(policy, ask) {
        Verdict::Allowed(..) | Verdict::AllowedByAccount(_) => IdentitySays::Allowed,
        Verdict::Denied(_) => IdentitySays::Denied,
        Verdict::Silent => IdentitySays::Silent,
        Verdict::CannotTell(why) => IdentitySays::CannotTell(why),
    }
}
