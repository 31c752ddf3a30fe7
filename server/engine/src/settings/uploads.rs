//! Uploads that are tried under a bucket policy which holds them to the key: one that relies on the bucket's default must come
//! under the key, and those that ask for something else must be refused. `settings` asks for it. Uploads under keys of the
//! client's own (SSE-C) are not tried: no statement speaks of them.

use super::{Change, LOOKS_MAX};
use crate::error::EngineError;
use cloud::{AccountKind, CloudError, Fault, ObjectRef, SentEncryption};

/// Body of an upload that is tried.
const BODY: &[u8] = b"rekey tries the bucket policy";

/// Name of the upload that relies on the bucket's default.
const BY_DEFAULT: &str = "default";

/// Uploads that must be refused: what they send, the name of the object, and what it is in words.
const REFUSED: [(SentEncryption, &str, &str); 2] = [
    (SentEncryption::SseS3, "sse-s3", "under SSE-S3"),
    (
        SentEncryption::SseKms,
        "no-key",
        "under SSE-KMS that names no key",
    ),
];

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
    /// Uploads without a header, under SSE-S3, and under SSE-KMS without a key; what is written is removed.
    pub(super) async fn try_uploads(&self, object_lock: bool) -> Result<String, Trial> {
        if object_lock {
            return Ok("No upload was tried: Object Lock could keep it.".to_string());
        }
        let by_default = self.upload_by_default().await?;
        let mut told = vec![by_default];
        let mut in_force = false;
        for (sent, name, what) in REFUSED {
            if self.is_refused(sent, name).await? {
                told.push(format!("One {what} was refused."));
                in_force = true;
            } else if self.account().identity.kind == AccountKind::CustomEndpoint {
                told.push(format!(
                    "One {what} was accepted: this server does not act on bucket policies."
                ));
                break;
            } else {
                let refused = self.refused(
                    format!("an upload {what} was accepted all the same"),
                    "Look at the bucket policy; it is set, and does not hold.",
                );
                return Err(refused.into());
            }
        }
        if in_force {
            // The first one may have come before the policy was in force.
            self.upload_by_default().await?;
        }
        Ok(told.join(" "))
    }

    /// Whether an upload comes to be refused.
    async fn is_refused(&self, sent: SentEncryption, name: &str) -> Result<bool, EngineError> {
        self.in_the_end(|look| async move {
            let object = self.throwaway(&format!("{name}-{look}"));
            match self.upload(&object, sent).await? {
                Err(error) if error.fault == Fault::AccessDenied => Ok(true),
                Err(error) => Err(self.refused(error.to_string(), "Try again.")),
                Ok(version) => {
                    self.remove(object, version).await?;
                    Ok(false)
                }
            }
        })
        .await
    }

    /// Uploads a throwaway object, again while errors pass; what an upload without an answer wrote is removed before that.
    async fn upload(
        &self,
        object: &ObjectRef,
        sent: SentEncryption,
    ) -> Result<Result<Option<String>, CloudError>, EngineError> {
        let probes = &self.account().probes;
        self.asked(|| async {
            let written = probes.put_probe(object, sent, BODY).await;
            if let Err(error) = &written
                && error.fault != Fault::AccessDenied
                && let Err(left) = self.remove(object.clone(), None).await
            {
                tracing::warn!(%object, error = &left as &dyn std::error::Error, "a throwaway object may be left");
            }
            written
        })
        .await
    }

    async fn upload_by_default(&self) -> Result<String, Trial> {
        let object = self.throwaway(BY_DEFAULT);
        let version = match self.upload(&object, SentEncryption::Nothing).await? {
            Ok(version) => version,
            Err(error) => return Err(Trial::BreaksUploads(error)),
        };
        let facts = self.patiently(|| self.account().objects.head(&object)).await;
        self.remove(object, version).await?;
        let facts = facts?;
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

    /// Removes what an attempt that was broken off may have left.
    pub(super) async fn remove_throwaways(&self) -> Result<(), EngineError> {
        let refused = REFUSED
            .iter()
            .flat_map(|(_, name, _)| (0..=LOOKS_MAX).map(move |look| format!("{name}-{look}")));
        for name in refused.chain([BY_DEFAULT.to_string()]) {
            self.remove(self.throwaway(&name), None).await?;
        }
        Ok(())
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
            None => match self.asked(|| self.account().objects.head(&object)).await? {
                Ok(facts) => facts.version_id,
                Err(error) if error.fault == Fault::NotFound => return Ok(()),
                Err(error) => {
                    return Err(self.refused(
                        format!("whether the throwaway object {object} is left cannot be seen: {error}"),
                        "Remove it where it is there, then try again.",
                    ));
                }
            },
        };
        let object = ObjectRef { version_id, ..object };
        self.patiently(|| self.account().probes.delete_probe(&object))
            .await
    }
}
