//! The uploads that show what a bucket policy does: one that relies on the bucket's default, and one under SSE-S3. Called
//! by `settings` once a policy is set.

use super::{Change, LOOKS_MAX};
use crate::error::EngineError;
use crate::retry::wait;
use cloud::{AccountKind, CloudError, Fault, ObjectRef};

/// Body of the upload that is tried.
const BODY: &[u8] = b"rekey tries the bucket policy";

/// What came of the uploads that are tried under a policy, when it was not what they were for.
pub(super) enum Trial {
    /// An upload that relies on the default fails: the policy must not stay.
    BreaksUploads(CloudError),
    /// Something else.
    Other(EngineError),
}

impl From<EngineError> for Trial {
    fn from(error: EngineError) -> Self {
        Self::Other(error)
    }
}

impl Change<'_> {
    /// Uploads once without a header and once under SSE-S3; both objects are removed.
    pub(super) async fn try_uploads(&self) -> Result<String, Trial> {
        let bucket = &self.bucket().bucket;
        let settings = self.patiently(|| self.account().buckets.settings(bucket)).await?;
        if settings.object_lock {
            return Ok("No upload was tried: Object Lock could keep it.".to_string());
        }
        let by_default = self.upload_by_default().await?;
        let custom = self.account().identity.kind == AccountKind::CustomEndpoint;
        for look in 1..=LOOKS_MAX {
            let object = self.throwaway(&format!("sse-s3-{look}"));
            match self.account().probes.put_probe(&object, BODY).await {
                Err(error) if error.fault == Fault::AccessDenied => {
                    return Ok(format!("{by_default} One under SSE-S3 was refused."));
                }
                Err(error) => {
                    self.remove(object, None).await?;
                    return Err(self.refused(error.to_string(), "Try again.").into());
                }
                Ok(version) => self.remove(object, version).await?,
            }
            tokio::time::sleep(wait(bucket, look)).await;
        }
        if custom {
            return Ok(format!(
                "{by_default} One under SSE-S3 was accepted: this server does not act on bucket policies."
            ));
        }
        let refused = self.refused(
            "an upload under SSE-S3 was accepted all the same",
            "Look at the bucket policy; it is set, and does not hold.",
        );
        Err(refused.into())
    }

    async fn upload_by_default(&self) -> Result<String, Trial> {
        let object = self.throwaway("default");
        let written = self.account().policies.put_by_default(&object, BODY).await;
        let version = match written {
            Ok(version) => version,
            Err(error) => {
                self.remove(object, None).await?;
                return Err(Trial::BreaksUploads(error));
            }
        };
        let facts = self.account().objects.head(&object).await;
        self.remove(object, version).await?;
        let facts = facts.map_err(|error| self.refused(error.to_string(), "Try again."))?;
        if facts.encryption.key.as_deref() != Some(self.bucket().target.key.as_str()) {
            let refused = self.refused(
                format!(
                    "an upload without a header came under {}",
                    facts.encryption.status
                ),
                "Look at the bucket's default encryption: somebody changed it.",
            );
            return Err(refused.into());
        }
        Ok("An upload without a header came under the key.".to_string())
    }

    fn throwaway(&self, name: &str) -> ObjectRef {
        ObjectRef {
            bucket: self.bucket().bucket.clone(),
            key: format!(".rekey-probe/{}-{name}", self.migration.plan.id),
            version_id: None,
        }
    }

    /// Removes a throwaway object by the version that was made; after an error one that is there after all.
    async fn remove(&self, object: ObjectRef, version: Option<String>) -> Result<(), EngineError> {
        let version_id = match version {
            Some(version) => Some(version),
            None => match self.account().objects.head(&object).await {
                Ok(facts) => facts.version_id,
                Err(_) => return Ok(()),
            },
        };
        let object = ObjectRef { version_id, ..object };
        self.patiently(|| self.account().probes.delete_probe(&object))
            .await
    }
}
