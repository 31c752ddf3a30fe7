//! Bucket policies and what else stands around the buckets of the simulated account, so that each check before a
//! migration has something to find somewhere.

use super::Sandbox;
use super::estate::ACCOUNT_ID;
use super::kms::KeyRole;
use crate::error::CloudError;
use crate::traits::{Evidence, Keys as _, Policies};
use async_trait::async_trait;
use model::policy::Policy;
use model::preflight::{
    AclsIgnoredBy, BucketEvidence, Grant, KeyEvidence, Lifecycle, Neighbours, PublicAcls, Replication, Seen,
    Sends,
};

/// What is set on a bucket besides its encryption.
#[derive(Clone, Copy, Debug, Default)]
struct Surroundings {
    /// Rules, those for objects under SSE-KMS, and the bucket that they replicate to.
    replication: (u32, u32, &'static str),
    lifecycle_by_age: u32,
    expire_noncurrent: u32,
    notifies: &'static [&'static str],
    public: bool,
    website: bool,
    acls: Acls,
}

impl Surroundings {
    fn replicates(&self) -> Replication {
        let (rules, with_kms, to) = self.replication;
        if rules == 0 {
            return Replication::default();
        }
        Replication {
            rules,
            with_kms,
            role: Some(format!("arn:aws:iam::{ACCOUNT_ID}:role/replication")),
            to: vec![to.to_string()],
        }
    }
}

/// Whether ACLs of a bucket count: switched off as in every new bucket, left on from before that was so, or on with public
/// ones ignored.
#[derive(Clone, Copy, Debug, Default)]
enum Acls {
    #[default]
    Off,
    On,
    PublicIgnored,
}

impl Acls {
    fn seen(self) -> PublicAcls {
        match self {
            Self::Off => PublicAcls::Off,
            Self::On => PublicAcls::InForce {
                bucket_is_public: Ok(false),
            },
            Self::PublicIgnored => PublicAcls::Ignored(AclsIgnoredBy::Bucket),
        }
    }
}

/// A bucket policy: what was set, and as it was read.
#[derive(Clone, Debug)]
pub(super) struct BucketPolicy {
    pub(super) text: String,
    pub(super) read: Policy,
}

impl BucketPolicy {
    /// Reads what is to be set; the error is what S3 says.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let read = Policy::parse(text).map_err(|error| format!("MalformedPolicy: {error}"))?;
        Ok(Self {
            text: text.to_string(),
            read,
        })
    }
}

/// The policy that a bucket starts with.
pub(super) fn initial(bucket: &str) -> Option<BucketPolicy> {
    let statement = match bucket {
        "access-logs-eu" => allow_service("AccessLogs", "logging.s3.amazonaws.com", bucket),
        "website-assets" => format!(
            r#"{{"Sid":"Public","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}"#
        ),
        "customer-statements" => format!(
            r#"{{"Sid":"Printer","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::444455556666:role/statement-printer"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}},{{"Sid":"Auditors","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::777788889999:root"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}"#
        ),
        "partner-uploads" => format!(
            r#"{{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"],"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}"#
        ),
        "platform-backups" => allow_service("Config", "config.amazonaws.com", bucket),
        _ => return None,
    };
    BucketPolicy::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#
    ))
    .ok()
}

fn allow_service(sid: &str, service: &str, bucket: &str) -> String {
    format!(
        r#"{{"Sid":"{sid}","Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::{bucket}/*","Condition":{{"StringEquals":{{"aws:SourceAccount":"{ACCOUNT_ID}"}}}}}}"#
    )
}

fn surroundings(bucket: &str) -> Surroundings {
    let plain = Surroundings::default();
    match bucket {
        "clickstream-raw" => Surroundings {
            lifecycle_by_age: 1,
            notifies: &["arn:aws:lambda:us-east-1:111122223333:function:clickstream-nightly"],
            ..plain
        },
        "customer-statements" => Surroundings {
            replication: (1, 0, "platform-backups"),
            ..plain
        },
        "device-telemetry" => Surroundings {
            lifecycle_by_age: 2,
            ..plain
        },
        "media-masters" => Surroundings {
            expire_noncurrent: 1,
            ..plain
        },
        "partner-uploads" => Surroundings {
            notifies: &["arn:aws:sqs:eu-central-1:111122223333:partner-intake"],
            acls: Acls::PublicIgnored,
            ..plain
        },
        "platform-backups" => Surroundings {
            acls: Acls::On,
            ..plain
        },
        "website-assets" => Surroundings {
            public: true,
            website: true,
            acls: Acls::On,
            ..plain
        },
        _ => plain,
    }
}

/// The policy of a key: IAM decides, and of the key for payments one reader is held to an encryption context.
fn key_policy(role: KeyRole) -> String {
    let iam = format!(
        r#"{{"Sid":"Iam","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT_ID}:root"}},"Action":"kms:*","Resource":"*"}}"#
    );
    let more = match role {
        KeyRole::Payments => format!(
            r#",{{"Sid":"LedgerReader","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT_ID}:role/ledger-reader"}},"Action":"kms:Decrypt","Resource":"*","Condition":{{"StringLike":{{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::payments-ledger-prod/*"}}}}}}"#
        ),
        _ => String::new(),
    };
    format!(r#"{{"Version":"2012-10-17","Statement":[{iam}{more}]}}"#)
}

#[async_trait]
impl Policies for Sandbox {
    async fn policy(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        self.pause().await;
        if self.job_folder(bucket).is_some() {
            return Ok(None);
        }
        let mut open = self.world.open("GetBucketPolicy", bucket)?;
        Ok(open.get().policy.as_ref().map(|policy| policy.text.clone()))
    }

    async fn put_policy(&self, bucket: &str, policy: Option<&str>) -> Result<(), CloudError> {
        self.pause().await;
        self.world.set_policy(bucket, policy)
    }
}

#[async_trait]
impl Evidence for Sandbox {
    async fn of_bucket(&self, bucket: &str) -> BucketEvidence {
        self.pause().await;
        let around = surroundings(bucket);
        let open = self.world.open("GetBucketPolicy", bucket);
        let open = open.map_err(|error| error.to_string()).map(|mut open| {
            let here = open.get();
            let policy = here.policy.as_ref().map(|policy| policy.text.clone());
            (here.default.clone(), here.plan, policy)
        });
        fn part<T: Clone, U>(open: &Seen<T>, of: impl FnOnce(T) -> U) -> Seen<U> {
            open.clone().map(of)
        }
        BucketEvidence {
            default_encryption: part(&open, |(default, ..)| Some(default)),
            versioned: part(&open, |(_, plan, _)| plan.versioned),
            object_lock: part(&open, |(_, plan, _)| plan.object_lock),
            policy: part(&open, |(_, _, policy)| policy),
            logs_to: part(&open, |_| None),
            neighbours: Neighbours::default(),
            log_delivery: part(&open, |_| false),
            replication: part(&open, |_| around.replicates()),
            replicator: None,
            lifecycle: part(&open, |_| Lifecycle {
                rules: around.lifecycle_by_age + around.expire_noncurrent,
                by_age: around.lifecycle_by_age,
                expire_noncurrent: around.expire_noncurrent,
            }),
            notifications: part(&open, |_| {
                around.notifies.iter().map(ToString::to_string).collect()
            }),
            public: part(&open, |_| around.public),
            acls: part(&open, |_| around.acls.seen()),
            website: part(&open, |_| around.website),
        }
    }

    /// By the table alone: opening a bucket makes its objects.
    async fn sends(&self, bucket: &str) -> Sends {
        self.pause().await;
        Sends {
            logs_to: Ok(None),
            replication: Ok(surroundings(bucket).replicates()),
        }
    }

    async fn of_key(&self, arn: &str) -> KeyEvidence {
        let facts = self.describe(arn).await.map_err(|error| error.to_string());
        let role = self.world.kms().find_map(|kms| kms.role_of(arn));
        let of_role = |role: Option<KeyRole>| role.ok_or_else(|| format!("Key '{arn}' does not exist"));
        KeyEvidence {
            arn: arn.to_string(),
            customer_managed: facts.as_ref().is_ok_and(|facts| facts.customer_managed),
            obstacle: facts.map(|facts| facts.obstacle()),
            policy: of_role(role).map(key_policy),
            grants: of_role(role).map(grants),
            more_grants: false,
            custom_key_store: None,
        }
    }
}

/// The data platform reads by a grant, as services that encrypt for somebody do.
fn grants(role: KeyRole) -> Vec<Grant> {
    let to_platform = || Grant {
        grantee: format!("arn:aws:iam::{ACCOUNT_ID}:role/data-platform"),
        operations: vec!["Decrypt".to_string(), "GenerateDataKey".to_string()],
        constrained: false,
    };
    match role {
        KeyRole::General => vec![to_platform()],
        _ => Vec::new(),
    }
}
