//! KMS keys: those of a Region, with their aliases.

use super::clients::Clients;
use super::errors::cloud_error;
use super::words::millis;
use crate::error::{CloudError, Fault};
use crate::object::KeyFacts;
use crate::traits::Keys;
use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use model::encryption::KeyArn;
use model::inventory::Region;
use model::time::UnixMillis;
use std::collections::HashMap;

/// Keys of a Region that are looked at; an account may have 100,000, and each costs a `DescribeKey`.
const MAX_KEYS: usize = 500;
/// Aliases of a Region that are looked at.
const MAX_ALIASES: usize = 2000;
/// Keys that are described at once.
const DESCRIBED_AT_ONCE: usize = 8;

const DESCRIBE: &str = "DescribeKey";

#[async_trait]
impl Keys for Clients {
    async fn describe(&self, arn: &str) -> Result<KeyFacts, CloudError> {
        let parsed = parsed(DESCRIBE, arn)?;
        let client = self.kms_in(&parsed.region().0);
        let metadata = describe(&client, arn).await?;
        // A key that may be described but whose aliases may not be listed has no alias to show.
        let alias = client.list_aliases().key_id(arn).send().await.ok();
        let alias = alias.and_then(|page| page.aliases().first()?.alias_name().map(ToString::to_string));
        Ok(facts(parsed, &metadata, alias))
    }

    async fn schedule_deletion(&self, arn: &str, days: u8) -> Result<Option<UnixMillis>, CloudError> {
        const SCHEDULE: &str = "ScheduleKeyDeletion";
        let request = self.kms_of(SCHEDULE, arn)?.schedule_key_deletion().key_id(arn);
        let answer = request.pending_window_in_days(i32::from(days)).send().await;
        let answer = answer.map_err(|error| cloud_error(SCHEDULE, arn, error))?;
        Ok(millis(answer.deletion_date()))
    }

    async fn cancel_deletion(&self, arn: &str) -> Result<(), CloudError> {
        const CANCEL: &str = "CancelKeyDeletion";
        let request = self.kms_of(CANCEL, arn)?.cancel_key_deletion().key_id(arn);
        let answer = request.send().await;
        answer.map(drop).map_err(|error| cloud_error(CANCEL, arn, error))
    }

    async fn enable(&self, arn: &str) -> Result<(), CloudError> {
        const ENABLE: &str = "EnableKey";
        let request = self.kms_of(ENABLE, arn)?.enable_key().key_id(arn);
        let answer = request.send().await;
        answer.map(drop).map_err(|error| cloud_error(ENABLE, arn, error))
    }

    async fn list(&self, region: &Region) -> Result<Vec<KeyFacts>, CloudError> {
        let client = self.kms_in(&region.0);
        let arns = arns(&client, region).await?;
        let aliases = aliases(&client, region).await?;
        let described = stream::iter(arns)
            .map(|arn| describe_listed(&client, arn))
            .buffered(DESCRIBED_AT_ONCE);
        let described: Vec<Option<(KeyArn, KeyMetadata)>> = described.try_collect().await?;
        let keys = described.into_iter().flatten().map(|(arn, metadata)| {
            let alias = aliases.get(arn.id()).cloned();
            facts(arn, &metadata, alias)
        });
        // Managed keys of other services cannot be used by S3.
        Ok(keys
            .filter(|key| key.customer_managed || key.alias.as_deref() == Some("alias/aws/s3"))
            .collect())
    }
}

fn parsed(operation: &'static str, arn: &str) -> Result<KeyArn, CloudError> {
    KeyArn::parse(arn).map_err(|error| CloudError::new(Fault::Refused, operation, arn, error.to_string()))
}

impl Clients {
    /// The client of a key's Region.
    fn kms_of(&self, operation: &'static str, arn: &str) -> Result<Client, CloudError> {
        Ok(self.kms_in(&parsed(operation, arn)?.region().0))
    }
}

async fn describe(client: &Client, arn: &str) -> Result<KeyMetadata, CloudError> {
    let answer = client.describe_key().key_id(arn).send().await;
    let answer = answer.map_err(|error| cloud_error(DESCRIBE, arn, error))?;
    let missing = || CloudError::new(Fault::Unanswered, DESCRIBE, arn, "the answer names no key");
    answer.key_metadata.ok_or_else(missing)
}

/// A key of the list; `None` for one that this caller may not look at.
async fn describe_listed(client: &Client, arn: KeyArn) -> Result<Option<(KeyArn, KeyMetadata)>, CloudError> {
    match describe(client, arn.as_str()).await {
        Ok(metadata) => Ok(Some((arn, metadata))),
        Err(error) if matches!(error.fault, Fault::AccessDenied | Fault::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn arns(client: &Client, region: &Region) -> Result<Vec<KeyArn>, CloudError> {
    let mut arns = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = client.list_keys().set_marker(marker).send().await;
        let page = page.map_err(|error| cloud_error("ListKeys", region.0.as_str(), error))?;
        let listed = page.keys().iter().filter_map(|key| key.key_arn());
        arns.extend(listed.filter_map(|arn| KeyArn::parse(arn).ok()));
        marker = page.next_marker().map(ToString::to_string);
        if marker.is_none() || arns.len() >= MAX_KEYS {
            if arns.len() > MAX_KEYS || marker.is_some() {
                tracing::warn!(region = %region, shown = MAX_KEYS, "the Region has more keys than are looked at");
            }
            arns.truncate(MAX_KEYS);
            return Ok(arns);
        }
    }
}

/// Alias by key id.
async fn aliases(client: &Client, region: &Region) -> Result<HashMap<String, String>, CloudError> {
    let mut aliases = HashMap::new();
    let mut marker: Option<String> = None;
    loop {
        let page = client.list_aliases().set_marker(marker).send().await;
        let page = page.map_err(|error| cloud_error("ListAliases", region.0.as_str(), error))?;
        for alias in page.aliases() {
            if let (Some(id), Some(name)) = (alias.target_key_id(), alias.alias_name()) {
                aliases.entry(id.to_string()).or_insert_with(|| name.to_string());
            }
        }
        marker = page.next_marker().map(ToString::to_string);
        if marker.is_none() || aliases.len() >= MAX_ALIASES {
            return Ok(aliases);
        }
    }
}

fn facts(arn: KeyArn, metadata: &KeyMetadata, alias: Option<String>) -> KeyFacts {
    let of_customer = metadata.key_manager() != Some(&KeyManagerType::Aws);
    let of_aws = alias
        .as_deref()
        .is_some_and(|alias| alias.starts_with("alias/aws/"));
    // The one spec of symmetric encryption keys; a key of this spec has no other usage.
    let symmetric = metadata.key_spec() == Some(&KeySpec::SymmetricDefault);
    KeyFacts {
        arn,
        alias,
        description: metadata.description().unwrap_or_default().to_string(),
        state: metadata
            .key_state()
            .map_or_else(|| "Unknown".to_string(), |state| state.as_str().to_string()),
        symmetric,
        customer_managed: of_customer && !of_aws,
        custom_key_store: metadata.custom_key_store_id().map(ToString::to_string),
    }
}
