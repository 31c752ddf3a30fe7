//! What is read of an account before a plan is stored, in our own words. `cloud` reads it, the server hands it over.

use crate::encryption::DefaultEncryption;

/// A part of the evidence, or in words why it could not be read.
pub type Seen<T> = Result<T, String>;

/// Replication rules of a bucket (`GetBucketReplication`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    /// Rules that are enabled.
    pub rules: u32,
    /// Of these, those that replicate objects under SSE-KMS.
    pub with_kms: u32,
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
    /// Buckets of the plan whose server access logs come here.
    pub logs_from: Vec<String>,
    /// Replication from it.
    pub replication: Seen<Replication>,
    /// Lifecycle rules.
    pub lifecycle: Seen<Lifecycle>,
    /// Who is told of new objects: destinations of `GetBucketNotificationConfiguration`.
    pub notifications: Seen<Vec<String>>,
    /// Whether its policy or ACL makes it public (`GetBucketPolicyStatus`).
    pub public: Seen<bool>,
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
}
