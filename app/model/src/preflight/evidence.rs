//! What is read of an account before a plan is stored, in our own words. `cloud` reads it, the server hands it over.

use super::readers::IdentitySays;
use crate::encryption::DefaultEncryption;

/// A part of the evidence, or in words why it could not be read.
pub type Seen<T> = Result<T, String>;

/// Replication rules of a bucket (`GetBucketReplication`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    /// Rules that are enabled.
    pub rules: u32,
    /// Of these, those that replicate objects under SSE-KMS.
    pub with_kms: u32,
    /// ARN of the role that S3 replicates under; `None` where there is no configuration.
    pub role: Option<String>,
    /// Buckets that the enabled rules replicate to.
    pub to: Vec<String>,
}

/// What a bucket sends to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sends {
    /// Bucket that its server access logs go to; `None` where it has none.
    pub logs_to: Seen<Option<String>>,
    /// Replication from it.
    pub replication: Seen<Replication>,
}

/// What other buckets of the account send to a bucket, as far as they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Those whose server access logs come here.
    pub logs_from: Vec<String>,
    /// Those that replicate to here, each with the role that S3 does it under.
    pub replicates_from: Vec<(String, Option<String>)>,
    /// How many were looked at.
    pub looked_at: u64,
    /// Why others were not, in sentences; empty where none is left.
    pub gaps: Vec<String>,
}

/// Lifecycle rules of a bucket (`GetBucketLifecycleConfiguration`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// Rules that are enabled.
    pub rules: u32,
    /// Of these, those that act on current versions by their age: transitions and expiry.
    pub by_age: u32,
    /// Of these, those that expire noncurrent versions.
    pub expire_noncurrent: u32,
}

/// Whose Block Public Access has S3 ignore public ACLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AclsIgnoredBy {
    /// That of the bucket.
    Bucket,
    /// That of the account, or of its organisation.
    Account,
}

/// Whether ACLs can make objects of a bucket public. Each object has an ACL of its own, of which no setting of the bucket
/// tells (S3 User Guide, about-object-ownership; S3 API Reference, `GetPublicAccessBlock`; 2026-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicAcls {
    /// Object Ownership has switched ACLs off (`BucketOwnerEnforced`).
    Off,
    /// Block Public Access has public ones ignored (`IgnorePublicAcls`).
    Ignored(AclsIgnoredBy),
    /// They count.
    InForce {
        /// Whether the bucket's own ACL grants everybody, or everybody with an AWS account, something (`GetBucketAcl`).
        bucket_is_public: Seen<bool>,
    },
}

/// What was read of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketEvidence {
    /// Default encryption; `None` where the server says that there is none.
    pub default_encryption: Seen<Option<DefaultEncryption>>,
    /// Whether writes make versions.
    pub versioned: Seen<bool>,
    /// Whether Object Lock is enabled.
    pub object_lock: Seen<bool>,
    /// Bucket policy, as it stands there; `None` where there is none.
    pub policy: Seen<Option<String>>,
    /// Bucket that its server access logs go to; `None` where it has none.
    pub logs_to: Seen<Option<String>>,
    /// What other buckets send here; read by who knows them.
    pub neighbours: Neighbours,
    /// Whether its own ACL lets S3's group for log delivery write (`GetBucketAcl`); false where ACLs are switched off.
    pub log_delivery: Seen<bool>,
    /// Replication from it.
    pub replication: Seen<Replication>,
    /// What the policies of the role that it is replicated under say of `kms:Decrypt` on the plan's key; `None` where nobody
    /// was asked.
    pub replicator: Option<IdentitySays>,
    /// Lifecycle rules.
    pub lifecycle: Seen<Lifecycle>,
    /// Who is told of new objects: destinations of `GetBucketNotificationConfiguration`.
    pub notifications: Seen<Vec<String>>,
    /// Whether its policy makes it public (`GetBucketPolicyStatus`).
    pub public: Seen<bool>,
    /// Whether ACLs can (`GetBucketOwnershipControls`, `GetPublicAccessBlock` of bucket and account).
    pub acls: Seen<PublicAcls>,
    /// Whether it serves a static website.
    pub website: Seen<bool>,
}

/// A grant on a key (`ListGrants`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// ARN of who may use the key.
    pub grantee: String,
    /// Operations, as KMS names them.
    pub operations: Vec<String>,
    /// Whether it is held to an encryption context.
    pub constrained: bool,
}

/// What was read of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEvidence {
    /// Full ARN.
    pub arn: String,
    /// Why S3 could not encrypt under it; `None` when it could.
    pub obstacle: Seen<Option<String>>,
    /// Whether the customer manages it; false for `aws/s3`.
    pub customer_managed: bool,
    /// Key policy.
    pub policy: Seen<String>,
    /// Grants.
    pub grants: Seen<Vec<Grant>>,
    /// Whether it has more of them than were read.
    pub more_grants: bool,
    /// Id of the custom key store that holds it; `None` where KMS does, or it could not be read.
    pub custom_key_store: Option<String>,
}
