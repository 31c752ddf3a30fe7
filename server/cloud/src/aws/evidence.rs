//! What stands around a bucket and a key, read part by part. A setting that was never made is answered with an error of
//! its own name, which is no error here.

use super::clients::Clients;
use super::errors::cloud_error;
use super::public_acls::acls;
use crate::traits::{Buckets as _, Evidence, Keys as _, Policies as _};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{
    ExpirationStatus, LifecycleRule, ReplicationRule, ReplicationRuleStatus, SseKmsEncryptedObjectsStatus,
};
use model::encryption::KeyArn;
use model::preflight::{BucketEvidence, Grant, KeyEvidence, Lifecycle, Neighbours, Replication, Seen, Sends};

/// Grants of a key that are looked at.
const MAX_GRANTS: usize = 1000;

#[async_trait]
impl Evidence for Clients {
    async fn of_bucket(&self, bucket: &str) -> BucketEvidence {
        let clients = match self.s3_of(bucket).await {
            Ok(clients) => clients,
            Err(error) => return unreachable_bucket(&error.to_string()),
        };
        let client = clients.retrying.clone();
        let settings = async { self.settings(bucket).await.map_err(|error| error.to_string()) };
        let policy = async { self.policy(bucket).await.map_err(|error| error.to_string()) };
        let (settings, policy, sends, lifecycle, notifications, public, acls, website) = futures::join!(
            settings,
            policy,
            sends(&client, bucket),
            lifecycle(&client, bucket),
            notifications(&client, bucket),
            public(&client, bucket),
            acls(self, &clients, bucket),
            website(&client, bucket),
        );
        BucketEvidence {
            default_encryption: settings.clone().map(|settings| settings.default_encryption),
            versioned: settings.clone().map(|settings| settings.versioned),
            object_lock: settings.map(|settings| settings.object_lock),
            policy,
            logs_to: sends.logs_to,
            neighbours: Neighbours::default(),
            log_delivery: acls.log_delivery,
            replication: sends.replication,
            replicator: None,
            lifecycle,
            notifications,
            public,
            acls: acls.public,
            website,
        }
    }

    async fn sends(&self, bucket: &str) -> Sends {
        match self.s3_of(bucket).await {
            Ok(clients) => sends(&clients.retrying, bucket).await,
            Err(error) => Sends {
                logs_to: Err(error.to_string()),
                replication: Err(error.to_string()),
            },
        }
    }

    async fn of_key(&self, arn: &str) -> KeyEvidence {
        let region = KeyArn::parse(arn).map(|arn| arn.region().0).unwrap_or_default();
        let client = self.kms_in(&region);
        let (facts, policy, grants) =
            futures::join!(self.describe(arn), key_policy(&client, arn), grants(&client, arn));
        let facts = facts.map_err(|error| error.to_string());
        let store = facts
            .as_ref()
            .ok()
            .and_then(|facts| facts.custom_key_store.clone());
        KeyEvidence {
            arn: arn.to_string(),
            customer_managed: facts.as_ref().is_ok_and(|facts| facts.customer_managed),
            custom_key_store: store,
            obstacle: facts.map(|facts| facts.obstacle()),
            policy,
            more_grants: grants.as_ref().is_ok_and(|(_, more)| *more),
            grants: grants.map(|(grants, _)| grants),
        }
    }
}

fn unreachable_bucket(why: &str) -> BucketEvidence {
    fn unread<T>(why: &str) -> Seen<T> {
        Err(why.to_string())
    }
    BucketEvidence {
        default_encryption: unread(why),
        versioned: unread(why),
        object_lock: unread(why),
        policy: unread(why),
        logs_to: unread(why),
        neighbours: Neighbours::default(),
        log_delivery: unread(why),
        replication: unread(why),
        replicator: None,
        lifecycle: unread(why),
        notifications: unread(why),
        public: unread(why),
        acls: unread(why),
        website: unread(why),
    }
}

/// The answer, nothing where the error has one of these names, or the error in words.
pub(super) fn unless_missing<T, E>(
    operation: &'static str,
    bucket: &str,
    answer: Result<T, SdkError<E, HttpResponse>>,
    missing: &[&str],
) -> Seen<Option<T>>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code().is_some_and(|code| missing.contains(&code)) => Ok(None),
        Err(error) => Err(cloud_error(operation, format!("s3://{bucket}"), error).to_string()),
    }
}

async fn sends(client: &Client, bucket: &str) -> Sends {
    let (logs_to, replication) = futures::join!(logs_to(client, bucket), replication(client, bucket));
    Sends { logs_to, replication }
}

async fn logs_to(client: &Client, bucket: &str) -> Seen<Option<String>> {
    let answer = client.get_bucket_logging().bucket(bucket).send().await;
    let answer = unless_missing("GetBucketLogging", bucket, answer, &[])?;
    let enabled = answer.and_then(|answer| answer.logging_enabled);
    Ok(enabled.map(|logging| logging.target_bucket))
}

async fn replication(client: &Client, bucket: &str) -> Seen<Replication> {
    let answer = client.get_bucket_replication().bucket(bucket).send().await;
    let answer = unless_missing(
        "GetBucketReplication",
        bucket,
        answer,
        &["ReplicationConfigurationNotFoundError"],
    )?;
    let Some(configuration) = answer.and_then(|answer| answer.replication_configuration) else {
        return Ok(Replication::default());
    };
    let enabled: Vec<&ReplicationRule> = configuration
        .rules()
        .iter()
        .filter(|rule| rule.status == ReplicationRuleStatus::Enabled)
        .collect();
    let with_kms = |rule: &&&ReplicationRule| {
        let objects = rule
            .source_selection_criteria()
            .and_then(|criteria| criteria.sse_kms_encrypted_objects());
        objects.is_some_and(|objects| *objects.status() == SseKmsEncryptedObjectsStatus::Enabled)
    };
    let to = enabled
        .iter()
        .filter_map(|rule| rule.destination().map(|to| to.bucket()));
    // Destinations are named by ARN: `arn:aws:s3:::archive`.
    let to = to
        .filter_map(|arn| arn.rsplit(':').next())
        .map(ToString::to_string);
    Ok(Replication {
        rules: count(enabled.iter()),
        with_kms: count(enabled.iter().filter(with_kms)),
        role: Some(configuration.role().to_string()).filter(|role| !role.is_empty()),
        to: to.collect(),
    })
}

pub(super) async fn lifecycle(client: &Client, bucket: &str) -> Seen<Lifecycle> {
    let answer = client
        .get_bucket_lifecycle_configuration()
        .bucket(bucket)
        .send()
        .await;
    let answer = unless_missing(
        "GetBucketLifecycleConfiguration",
        bucket,
        answer,
        &["NoSuchLifecycleConfiguration"],
    )?;
    let rules = answer.and_then(|answer| answer.rules).unwrap_or_default();
    let enabled = || {
        rules
            .iter()
            .filter(|rule| rule.status == ExpirationStatus::Enabled)
    };
    let by_age = |rule: &&LifecycleRule| {
        !rule.transitions().is_empty()
            || rule
                .expiration()
                .is_some_and(|expiration| expiration.days().is_some())
    };
    Ok(Lifecycle {
        rules: count(enabled()),
        by_age: count(enabled().filter(by_age)),
        expire_noncurrent: count(enabled().filter(|rule| rule.noncurrent_version_expiration().is_some())),
    })
}

async fn notifications(client: &Client, bucket: &str) -> Seen<Vec<String>> {
    let answer = client
        .get_bucket_notification_configuration()
        .bucket(bucket)
        .send()
        .await;
    let answer = unless_missing("GetBucketNotificationConfiguration", bucket, answer, &[])?;
    let Some(answer) = answer else {
        return Ok(Vec::new());
    };
    let topics = answer.topic_configurations().iter().map(|to| to.topic_arn());
    let queues = answer.queue_configurations().iter().map(|to| to.queue_arn());
    let functions = answer
        .lambda_function_configurations()
        .iter()
        .map(|to| to.lambda_function_arn());
    let mut to: Vec<String> = topics
        .chain(queues)
        .chain(functions)
        .map(ToString::to_string)
        .collect();
    if answer.event_bridge_configuration().is_some() {
        to.push("EventBridge".to_string());
    }
    Ok(to)
}

async fn public(client: &Client, bucket: &str) -> Seen<bool> {
    let answer = client.get_bucket_policy_status().bucket(bucket).send().await;
    let answer = unless_missing("GetBucketPolicyStatus", bucket, answer, &["NoSuchBucketPolicy"])?;
    let status = answer.and_then(|answer| answer.policy_status);
    Ok(status.and_then(|status| status.is_public).unwrap_or(false))
}

pub(super) async fn website(client: &Client, bucket: &str) -> Seen<bool> {
    let answer = client.get_bucket_website().bucket(bucket).send().await;
    let answer = unless_missing(
        "GetBucketWebsite",
        bucket,
        answer,
        &["NoSuchWebsiteConfiguration"],
    )?;
    Ok(answer.is_some())
}

fn count<T>(rules: impl Iterator<Item = T>) -> u32 {
    u32::try_from(rules.count()).unwrap_or(u32::MAX)
}

async fn key_policy(client: &aws_sdk_kms::Client, arn: &str) -> Seen<String> {
    let answer = client
        .get_key_policy()
        .key_id(arn)
        .policy_name("default")
        .send()
        .await;
    let answer = answer.map_err(|error| cloud_error("GetKeyPolicy", arn, error).to_string())?;
    answer
        .policy
        .ok_or_else(|| format!("GetKeyPolicy on {arn}: the answer holds no policy"))
}

/// The first grants of a key, and whether it has more.
async fn grants(client: &aws_sdk_kms::Client, arn: &str) -> Seen<(Vec<Grant>, bool)> {
    let mut grants = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = client.list_grants().key_id(arn).set_marker(marker).send().await;
        let page = page.map_err(|error| cloud_error("ListGrants", arn, error).to_string())?;
        grants.extend(page.grants().iter().map(|grant| {
            Grant {
                grantee: grant.grantee_principal().unwrap_or_default().to_string(),
                operations: grant
                    .operations()
                    .iter()
                    .map(|operation| operation.as_str().to_string())
                    .collect(),
                constrained: grant.constraints().is_some(),
            }
        }));
        marker = page.next_marker().map(ToString::to_string);
        if marker.is_none() || grants.len() >= MAX_GRANTS {
            let more = marker.is_some() || grants.len() > MAX_GRANTS;
            grants.truncate(MAX_GRANTS);
            return Ok((grants, more));
        }
    }
}
