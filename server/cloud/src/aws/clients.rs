//! The SDK's clients: two for each Region, and the Region of each bucket. Used by every operation of this module.

use super::errors::cloud_error;
use super::resolver::WithoutAccount;
use super::role::Role;
use crate::error::CloudError;
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time to reach a server.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for a read to be answered.
pub(super) const READ_ATTEMPT: Duration = Duration::from_secs(30);
/// Time for a change to be answered: a copy of 5 GiB inside S3 takes minutes at worst.
const CHANGE_ATTEMPT: Duration = Duration::from_secs(600);
/// Tries of a request that may be repeated freely.
const READ_ATTEMPTS: u32 = 2;

/// Clients of S3 in one Region.
#[derive(Clone, Debug)]
pub(super) struct S3 {
    /// For reads and for what may be repeated freely: tries twice.
    pub(super) retrying: aws_sdk_s3::Client,
    /// For changes: tries once, since the caller repeats knowing what it repeats.
    pub(super) once: aws_sdk_s3::Client,
}

/// All clients.
pub(super) struct Clients {
    config: SdkConfig,
    default_region: String,
    custom_endpoint: bool,
    role: Option<Role>,
    s3: Mutex<HashMap<String, S3>>,
    kms: Mutex<HashMap<String, aws_sdk_kms::Client>>,
    s3_control: Mutex<HashMap<String, aws_sdk_s3control::Client>>,
    regions: Mutex<HashMap<String, String>>,
    /// Buckets that were asked whether they keep ACLs.
    pub(super) acl_kept: Told,
    /// Buckets in which copies may go by the inventory.
    pub(super) still: Told,
}

/// What buckets said of themselves, for some minutes: a run lasts for days, and settings change meanwhile.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<String, (Instant, bool)>>);

impl Told {
    /// How long an answer holds.
    const HOLDS: Duration = Duration::from_secs(5 * 60);

    pub(super) fn of(&self, bucket: &str) -> Option<bool> {
        let (at, told) = *locked(&self.0).get(bucket)?;
        (at.elapsed() < Self::HOLDS).then_some(told)
    }

    pub(super) fn note(&self, bucket: &str, told: bool) {
        locked(&self.0).insert(bucket.to_string(), (Instant::now(), told));
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Clients")
            .field("default_region", &self.default_region)
            .field("custom_endpoint", &self.custom_endpoint)
            .finish_non_exhaustive()
    }
}

/// Locks a cache; a panic elsewhere leaves it as good as it was.
pub(super) fn locked<T>(cache: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clients {
    pub(super) fn new(
        config: SdkConfig,
        default_region: String,
        custom_endpoint: bool,
        role: Option<Role>,
    ) -> Self {
        Self {
            config,
            default_region,
            custom_endpoint,
            role,
            s3: Mutex::default(),
            kms: Mutex::default(),
            s3_control: Mutex::default(),
            regions: Mutex::default(),
            acl_kept: Told::default(),
            still: Told::default(),
        }
    }

    /// What the clients of other services are made of.
    pub(super) const fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The role that these credentials come from.
    pub(super) const fn role(&self) -> Option<&Role> {
        self.role.as_ref()
    }

    /// Clients for requests about no bucket.
    pub(super) fn s3(&self) -> S3 {
        self.s3_in(&self.default_region)
    }

    /// Clients for a bucket, in its Region; the Region is asked for once.
    pub(super) async fn s3_of(&self, bucket: &str) -> Result<S3, CloudError> {
        if self.custom_endpoint {
            return Ok(self.s3());
        }
        let known = locked(&self.regions).get(bucket).cloned();
        let region = match known {
            Some(region) => region,
            None => {
                let told = self.told_region(bucket).await?;
                told.unwrap_or_else(|| self.default_region.clone())
            }
        };
        Ok(self.s3_in(&region))
    }

    /// Remembers the Region of a bucket that a list told.
    pub(super) fn learn_region(&self, bucket: &str, region: &str) {
        locked(&self.regions).insert(bucket.to_string(), region.to_string());
    }

    /// `HeadBucket` names the Region also when it refuses: in a redirect, or in front of a 403.
    pub(super) async fn told_region(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        let answer = self.s3().retrying.head_bucket().bucket(bucket).send().await;
        let told = match answer {
            Ok(head) => head.bucket_region().map(ToString::to_string),
            Err(error) => {
                let told = error
                    .raw_response()
                    .and_then(|raw| raw.headers().get("x-amz-bucket-region"));
                match told.map(ToString::to_string) {
                    Some(region) => Some(region),
                    None => return Err(cloud_error("HeadBucket", format!("s3://{bucket}"), error)),
                }
            }
        };
        if let Some(region) = &told {
            self.learn_region(bucket, region);
        }
        Ok(told)
    }

    fn s3_in(&self, region: &str) -> S3 {
        let mut cache = locked(&self.s3);
        if let Some(clients) = cache.get(region) {
            return clients.clone();
        }
        let base = || {
            Builder::from(&self.config)
                .region(Region::new(region.to_string()))
                .force_path_style(self.custom_endpoint)
        };
        let clients = S3 {
            retrying: aws_sdk_s3::Client::from_conf(
                base()
                    .retry_config(retries())
                    .timeout_config(timeouts(READ_ATTEMPT))
                    .build(),
            ),
            once: aws_sdk_s3::Client::from_conf(
                base()
                    .retry_config(RetryConfig::disabled())
                    .timeout_config(timeouts(CHANGE_ATTEMPT))
                    // While S3 copies it sends blanks now and then, which looks like a stalled stream.
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                    .build(),
            ),
        };
        cache.insert(region.to_string(), clients.clone());
        clients
    }

    /// The client of IAM, which has no Regions: requests are signed for the one that is configured.
    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::config::Builder::from(&self.config)
            .region(Region::new(self.default_region.clone()))
            .retry_config(retries())
            .timeout_config(timeouts(READ_ATTEMPT));
        aws_sdk_iam::Client::from_conf(config.build())
    }

    /// The client of S3 Control for requests about the account.
    pub(super) fn s3_control_at_home(&self) -> aws_sdk_s3control::Client {
        self.s3_control(&self.default_region)
    }

    /// The client of S3 Control in a Region. Behind a custom endpoint names are looked up without the account's number.
    pub(super) fn s3_control(&self, region: &str) -> aws_sdk_s3control::Client {
        let mut cache = locked(&self.s3_control);
        let make = || {
            let config = aws_sdk_s3control::config::Builder::from(&self.config)
                .region(Region::new(region.to_string()))
                .retry_config(retries())
                .timeout_config(timeouts(READ_ATTEMPT));
            let config = if self.custom_endpoint {
                let http = aws_smithy_http_client::Builder::new()
                    .tls_provider(Provider::Rustls(CryptoMode::Ring))
                    .build_with_resolver(WithoutAccount);
                config.http_client(http)
            } else {
                config
            };
            aws_sdk_s3control::Client::from_conf(config.build())
        };
        cache.entry(region.to_string()).or_insert_with(make).clone()
    }

    /// The client of KMS in a Region.
    pub(super) fn kms_in(&self, region: &str) -> aws_sdk_kms::Client {
        let mut cache = locked(&self.kms);
        let make = || {
            let config = aws_sdk_kms::config::Builder::from(&self.config)
                .region(Region::new(region.to_string()))
                .retry_config(retries())
                .timeout_config(timeouts(READ_ATTEMPT));
            aws_sdk_kms::Client::from_conf(config.build())
        };
        cache.entry(region.to_string()).or_insert_with(make).clone()
    }
}

pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(READ_ATTEMPTS)
}

pub(super) fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .build()
}
