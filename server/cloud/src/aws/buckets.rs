//! Buckets and their settings.

use super::clients::Clients;
use super::errors::cloud_error;
use super::words::{algorithm, status};
use crate::error::{CloudError, Fault};
use crate::object::{BucketSettings, BucketSummary};
use crate::traits::Buckets;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketVersioningStatus, EncryptionType, ObjectLockEnabled,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use model::encryption::DefaultEncryption;
use model::inventory::Region;

/// Buckets of one page; the list names Regions only when it is asked for in pages.
const PAGE: i32 = 1000;

#[async_trait]
impl Buckets for Clients {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> {
        let client = self.s3().retrying;
        let mut buckets = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let request = client
                .list_buckets()
                .max_buckets(PAGE)
                .set_continuation_token(token);
            let page = request
                .send()
                .await
                .map_err(|error| cloud_error("ListBuckets", "the account", error))?;
            for bucket in page.buckets() {
                let Some(name) = bucket.name() else { continue };
                if let Some(region) = bucket.bucket_region() {
                    self.learn_region(name, region);
                }
                let region = bucket.bucket_region().map(|region| Region(region.to_string()));
                buckets.push(BucketSummary {
                    name: name.to_string(),
                    region,
                });
            }
            token = page.continuation_token().map(ToString::to_string);
            if token.is_none() {
                return Ok(buckets);
            }
        }
    }

    async fn settings(&self, bucket: &str) -> Result<BucketSettings, CloudError> {
        let client = self.s3_of(bucket).await?.retrying;
        Ok(BucketSettings {
            default_encryption: default_encryption(&client, bucket).await?,
            versioned: versioned(&client, bucket).await?,
            object_lock: object_lock(&client, bucket).await?,
        })
    }

    async fn put_default_encryption(
        &self,
        bucket: &str,
        wanted: &DefaultEncryption,
    ) -> Result<(), CloudError> {
        const OPERATION: &str = "PutBucketEncryption";
        let target = || format!("s3://{bucket}");
        let configuration =
            rule(wanted).map_err(|text| CloudError::new(Fault::Refused, OPERATION, target(), text))?;
        let client = self.s3_of(bucket).await?.once;
        let request = client.put_bucket_encryption().bucket(bucket);
        let answer = request
            .server_side_encryption_configuration(configuration)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| cloud_error(OPERATION, target(), error))
    }
}

/// The whole rule, since the request replaces the whole rule.
fn rule(wanted: &DefaultEncryption) -> Result<ServerSideEncryptionConfiguration, String> {
    let Some(algorithm) = algorithm(wanted.status) else {
        return Err(format!("{} cannot be the default of a bucket", wanted.status));
    };
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm)
        .set_kms_master_key_id(wanted.key.clone())
        .build()
        .map_err(|error| error.to_string())?;
    let blocked = (!wanted.blocked.is_empty()).then(|| {
        let types = wanted
            .blocked
            .iter()
            .map(|word| EncryptionType::from(word.as_str()))
            .collect();
        BlockedEncryptionTypes::builder()
            .set_encryption_type(Some(types))
            .build()
    });
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by_default)
        .bucket_key_enabled(wanted.bucket_key)
        .set_blocked_encryption_types(blocked)
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build();
    configuration.map_err(|error| error.to_string())
}

async fn default_encryption(client: &Client, bucket: &str) -> Result<Option<DefaultEncryption>, CloudError> {
    let answer = client.get_bucket_encryption().bucket(bucket).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("ServerSideEncryptionConfigurationNotFoundError") => {
            return Ok(None);
        }
        Err(error) => {
            return Err(cloud_error(
                "GetBucketEncryption",
                format!("s3://{bucket}"),
                error,
            ));
        }
    };
    let rule = answer
        .server_side_encryption_configuration()
        .and_then(|all| all.rules().first());
    Ok(rule.map(|rule| {
        let by_default = rule.apply_server_side_encryption_by_default();
        let blocked = rule
            .blocked_encryption_types()
            .map(|types| types.encryption_type())
            .unwrap_or_default();
        DefaultEncryption {
            status: status(by_default.map(|default| default.sse_algorithm()), false),
            key: by_default
                .and_then(|default| default.kms_master_key_id())
                .map(ToString::to_string),
            bucket_key: rule.bucket_key_enabled().unwrap_or(false),
            blocked: blocked.iter().map(|word| word.as_str().to_string()).collect(),
        }
    }))
}

async fn versioned(client: &Client, bucket: &str) -> Result<bool, CloudError> {
    let answer = client.get_bucket_versioning().bucket(bucket).send().await;
    match answer {
        Ok(answer) => Ok(matches!(
            answer.status(),
            Some(BucketVersioningStatus::Enabled | BucketVersioningStatus::Suspended)
        )),
        Err(error) => match error.raw_response().and_then(misnamed_versioning) {
            Some(versioned) => Ok(versioned),
            None => Err(cloud_error(
                "GetBucketVersioning",
                format!("s3://{bucket}"),
                error,
            )),
        },
    }
}

/// Whether versioning is on or suspended by an answer whose root has another name than S3's, which the SDK refuses:
/// moto 5.2.5 says `GetBucketVersioningResponse`.
fn misnamed_versioning(raw: &HttpResponse) -> Option<bool> {
    let body = std::str::from_utf8(raw.body().bytes()?).ok()?;
    let known = raw.status().is_success() && body.contains("<GetBucketVersioningResponse");
    known.then(|| body.contains("<Status>Enabled<") || body.contains("<Status>Suspended<"))
}

pub(super) async fn object_lock(client: &Client, bucket: &str) -> Result<bool, CloudError> {
    let answer = client.get_object_lock_configuration().bucket(bucket).send().await;
    match answer {
        Ok(answer) => {
            let enabled = answer
                .object_lock_configuration()
                .and_then(|lock| lock.object_lock_enabled());
            Ok(enabled == Some(&ObjectLockEnabled::Enabled))
        }
        Err(error) if error.code() == Some("ObjectLockConfigurationNotFoundError") => Ok(false),
        Err(error) => Err(cloud_error(
            "GetObjectLockConfiguration",
            format!("s3://{bucket}"),
            error,
        )),
    }
}
