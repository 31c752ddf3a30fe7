//! AWS, and servers that speak its protocol, behind the account's traits. The only module that names the AWS SDK; no type
//! of it leaves. `server` calls [`connect`], and [`assume`] for each account that is opened by a role.

mod acl;
mod buckets;
mod caller;
mod clients;
mod copy;
mod deliveries;
mod errors;
mod evidence;
mod jobs;
mod key_calls;
mod keys;
mod listing;
mod macie;
mod metrics;
mod multipart;
mod objects;
mod policies;
mod price_list;
mod principals;
mod public_acls;
mod quotas;
mod requests;
mod resolver;
mod role;
mod services;
mod still;
mod storage;
mod uploads;
mod usage;
mod words;

use crate::account::{Account, AccountKind, Identity};
use crate::role::RoleArn;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::service_config::ServiceConfigKey;
use clients::Clients;
pub(crate) use errors::fault as meaning;
use role::Role;
use std::fmt;
use std::sync::Arc;

/// Region that requests are signed for where a custom endpoint is used and no Region is configured; AWS's own default.
const REGION_OF_CUSTOM_ENDPOINTS: &str = "us-east-1";

/// How to connect. What is `None` comes from the default chain: `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL`,
/// `AWS_ENDPOINT_URL_S3`, the shared configuration files, and so on.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// Whether operations that change something are let through.
    pub changes_allowed: bool,
    /// Region.
    pub region: Option<String>,
    /// Endpoint of every service.
    pub endpoint_url: Option<String>,
    /// Credentials.
    pub access_key: Option<AccessKey>,
}

/// An access key, for a server that is not AWS.
#[derive(Clone)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// Its secret part; never printed.
    pub secret: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing says which Region to use.
    #[error("no AWS Region is configured: set AWS_REGION, give --region, or add `region` to the profile")]
    NoRegion,
}

/// Connects to AWS, or to what the configured endpoint serves. Nothing is sent yet.
///
/// # Errors
/// When no Region is configured.
pub async fn connect(options: ConnectOptions) -> Result<Account, ConnectError> {
    open(options, None).await
}

/// Connects to the account of a role, which the credentials of the default chain assume. Nothing is sent yet: whether they
/// may assume it is told by the account's [`crate::Caller`].
///
/// # Errors
/// When no Region is configured.
pub async fn assume(options: ConnectOptions, role: RoleArn) -> Result<Account, ConnectError> {
    open(options, Some(role)).await
}

async fn open(options: ConnectOptions, role: Option<RoleArn>) -> Result<Account, ConnectError> {
    let config = load(&options).await;
    let endpoint = s3_endpoint(&config);
    let region = config.region().map(ToString::to_string);
    let region = match (region, &endpoint) {
        (Some(region), _) => region,
        (None, Some(_)) => REGION_OF_CUSTOM_ENDPOINTS.to_string(),
        (None, None) => return Err(ConnectError::NoRegion),
    };
    let kind = if endpoint.is_some() {
        AccountKind::CustomEndpoint
    } else {
        AccountKind::Aws
    };
    let account_id = role.as_ref().map(|role| role.account().to_string());
    let arn = role.clone();
    let (role, config) = match role {
        Some(arn) => {
            let (role, config) = Role::assumed(arn, config, &region).await;
            (Some(role), config)
        }
        None => (None, config),
    };
    let clients = Clients::new(config, region.clone(), endpoint.is_some(), role);
    let identity = Identity {
        kind,
        role: arn,
        account_id,
        endpoint,
        region: Some(region),
        changes_allowed: true,
    };
    let account = behind(Arc::new(clients), identity);
    Ok(if options.changes_allowed {
        account
    } else {
        account.read_only()
    })
}

/// The account with these clients behind every trait.
fn behind(clients: Arc<Clients>, identity: Identity) -> Account {
    Account {
        identity,
        objects: Arc::clone(&clients) as _,
        probes: Arc::clone(&clients) as _,
        buckets: Arc::clone(&clients) as _,
        policies: Arc::clone(&clients) as _,
        evidence: Arc::clone(&clients) as _,
        principals: Arc::clone(&clients) as _,
        jobs: Arc::clone(&clients) as _,
        keys: Arc::clone(&clients) as _,
        usage: Arc::clone(&clients) as _,
        increases: Arc::clone(&clients) as _,
        price_list: Arc::clone(&clients) as _,
        deliveries: Arc::clone(&clients) as _,
        macie: Arc::clone(&clients) as _,
        caller: clients,
    }
}

async fn load(options: &ConnectOptions) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &options.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some(key) = &options.access_key {
        let credentials = Credentials::new(&key.id, &key.secret, None, None, "given");
        loader = loader.credentials_provider(SharedCredentialsProvider::new(credentials));
    }
    loader.load().await
}

/// The endpoint that S3 requests go to, when it is not AWS's own: the SDK's precedence, which it does not tell.
fn s3_endpoint(config: &SdkConfig) -> Option<String> {
    let everywhere = config.endpoint_url().map(ToString::to_string);
    if config.get_origin("endpoint_url").is_client_config() {
        return everywhere;
    }
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let for_s3 = key.ok().and_then(|key| {
        config
            .service_config()
            .and_then(|service| service.load_config(key))
    });
    for_s3.or(everywhere)
}
