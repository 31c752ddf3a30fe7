//! What the account's operations take and give, in our own words.

use crate::error::{CloudError, Fault, Throttler};
use async_trait::async_trait;
use model::encryption::{DefaultEncryption, KeyArn, ObjectEncryption, TargetEncryption};
use model::inventory::{Region, StorageClass};
use model::quantity::Bytes;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Names an object, or one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Bucket.
    pub bucket: String,
    /// Key, decoded.
    pub key: String,
    /// Version; the current one when `None`. `null` names the null version.
    pub version_id: Option<String>,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)?;
        match &self.version_id {
            Some(version) => write!(formatter, " (version {version})"),
            None => Ok(()),
        }
    }
}

/// What `HeadObject` tells, and `GetObjectTagging` and `GetObjectAcl` where asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFacts {
    /// Size.
    pub size: Bytes,
    /// Entity tag without quotes.
    pub e_tag: String,
    /// Last modified.
    pub last_modified: Option<UnixMillis>,
    /// Storage class; absent in the answer means STANDARD.
    pub storage_class: StorageClass,
    /// Encryption at rest.
    pub encryption: ObjectEncryption,
    /// Version that answered.
    pub version_id: Option<String>,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
    /// Content headers that a copy must keep, by header name: `content-type`, `cache-control`, …
    pub headers: BTreeMap<String, String>,
    /// Under retention or legal hold.
    pub locked: bool,
}

/// What a copy in place needs to know.
#[derive(Clone, Debug)]
pub struct CopyOrder {
    /// Object as it was read: its entity tag is the condition, its class and headers are sent along.
    pub seen: ObjectFacts,
    /// What it becomes.
    pub target: TargetEncryption,
    /// Whether `seen` may stand for a look just before the copy, where nothing that a look would show can be lost.
    pub by_inventory: bool,
    /// Told when a copy of many parts is to be broken off, which may take hours otherwise.
    pub break_off: CancellationToken,
    /// Asked before each request to the object; none lets all of them go.
    pub permits: Option<Arc<dyn Permits>>,
}

/// Lets the requests of a copy go, at the pace of whoever ordered it.
#[async_trait]
pub trait Permits: Debug + Send + Sync {
    /// Waits until one more that reads may go.
    async fn read(&self);

    /// Waits until one more that writes may go, for which S3 calls KMS: asked right before it is sent, since a second that
    /// has room for its calls may have none later.
    async fn write(&self);

    /// One that writes is sent now: until then, leave that was had came to nothing.
    fn sent(&self);

    /// An answer to one that writes was throttled, and it is sent again.
    fn throttled(&self, by: Throttler);
}

impl CopyOrder {
    /// Waits until a request may go that reads the object.
    ///
    /// # Errors
    /// [`Fault::Unanswered`] when the copy is to be broken off instead.
    pub async fn may_read(&self, operation: &'static str, object: &ObjectRef) -> Result<(), CloudError> {
        let Some(permits) = &self.permits else {
            return Ok(());
        };
        self.unless_broken_off(operation, object, permits.read()).await
    }

    /// Waits until a request may go that writes it.
    ///
    /// # Errors
    /// [`Fault::Unanswered`] when the copy is to be broken off instead.
    pub async fn may_write(&self, operation: &'static str, object: &ObjectRef) -> Result<(), CloudError> {
        let Some(permits) = &self.permits else {
            return Ok(());
        };
        self.unless_broken_off(operation, object, permits.write()).await
    }

    /// Says that a request which writes is sent.
    pub fn sent(&self) {
        if let Some(permits) = &self.permits {
            permits.sent();
        }
    }

    /// Says that one was throttled.
    pub(crate) fn throttled(&self, by: Throttler) {
        if let Some(permits) = &self.permits {
            permits.throttled(by);
        }
    }

    /// Waits for something that costs nothing to give up, or for the copy to be broken off.
    ///
    /// # Errors
    /// [`Fault::Unanswered`] for the latter.
    pub(crate) async fn unless_broken_off<T>(
        &self,
        operation: &'static str,
        object: &ObjectRef,
        wait: impl Future<Output = T>,
    ) -> Result<T, CloudError> {
        tokio::select! {
            biased;
            () = self.break_off.cancelled() => Err(CloudError::new(
                Fault::Unanswered,
                operation,
                object.to_string(),
                "broken off before the object was copied, because the run winds down",
            )),
            waited = wait => Ok(waited),
        }
    }
}

/// One entry of a version listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// Key.
    pub key: String,
    /// Version; `null` in a bucket that never had versioning.
    pub version_id: String,
    /// Whether it is the current one.
    pub current: bool,
    /// Whether it is a delete marker.
    pub delete_marker: bool,
    /// Size.
    pub size: Bytes,
    /// Entity tag without quotes.
    pub e_tag: String,
}

/// A page of a version listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPage {
    /// Entries, by key, newest version first.
    pub versions: Vec<ListedVersion>,
    /// Give this to get the next page.
    pub next: Option<String>,
}

/// A bucket in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSummary {
    /// Name.
    pub name: String,
    /// Region, where it is known.
    pub region: Option<Region>,
}

/// Settings of a bucket that a migration reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSettings {
    /// Default encryption; `None` where none was ever configured and the server says so.
    pub default_encryption: Option<DefaultEncryption>,
    /// Whether versioning is on or suspended, so that writes make versions.
    pub versioned: bool,
    /// Whether Object Lock is enabled.
    pub object_lock: bool,
}

/// What `DescribeKey` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Full ARN.
    pub arn: KeyArn,
    /// Alias, where one is known.
    pub alias: Option<String>,
    /// Description.
    pub description: String,
    /// State, as KMS names it: `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
    /// Whether it is a symmetric encryption key, the only kind that S3 takes.
    pub symmetric: bool,
    /// Whether the customer manages it; false for `aws/s3`.
    pub customer_managed: bool,
    /// Id of the custom key store that holds it; `None` where KMS does.
    pub custom_key_store: Option<String>,
}

impl KeyFacts {
    /// Why S3 could not encrypt under this key; `None` when it could.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        match self.state.as_str() {
            "Enabled" => {}
            "PendingDeletion" | "PendingReplicaDeletion" => {
                return Some(
                    "The key is on its way to be deleted: cancel its deletion and enable it first."
                        .to_string(),
                );
            }
            state => return Some(format!("The key is {state}: enable it first.")),
        }
        (!self.symmetric).then(|| "S3 takes symmetric encryption keys only.".to_string())
    }
}

/// A user or role in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalFacts {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
}

/// Users and roles of an account, as far as they were listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalList {
    /// Those.
    pub principals: Vec<PrincipalFacts>,
    /// Whether there are more roles.
    pub more_roles: bool,
    /// Whether there are more users.
    pub more_users: bool,
}

/// What an upload says of its encryption in its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentEncryption {
    /// Nothing: the bucket's default decides.
    Nothing,
    /// `AES256`.
    SseS3,
    /// `aws:kms` without a key, for which S3 takes `aws/s3` (Amazon S3 API Reference, `PutObject`, 2026-11).
    SseKms,
}

/// A request that IAM is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityAsk {
    /// Action, as `kms:Decrypt`.
    pub action: &'static str,
    /// ARN of what it is about.
    pub resource: String,
    /// Condition keys with their values.
    pub context: Vec<(String, String)>,
}
