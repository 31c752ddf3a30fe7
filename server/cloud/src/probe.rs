//! Proves on a throwaway object that a server runs `UpdateObjectEncryption` as AWS does. Servers that only look like S3
//! take the request for an upload and replace the object by the request's XML, with a 200. `engine` calls this behind
//! custom endpoints before the first real object of a bucket; `place` tries the places of jobs.

use crate::account::Account;
use crate::error::{CloudError, Fault};
use crate::object::{ObjectFacts, ObjectRef, SentEncryption};
use model::encryption::TargetEncryption;
use model::inventory::EncryptionStatus;
use std::fmt;

/// Bytes of the throwaway object.
const PROBE_BYTES: usize = 64;
/// Most that is read back: enough to say how large the body became.
const READ_LIMIT: usize = 64 << 10;

/// What the probe showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Key of the throwaway object.
    pub key: String,
    /// Whether the server told that the bucket key is used; where it is not told, it cannot be verified later either.
    pub bucket_key_reported: bool,
    /// What happened, for people.
    pub sentence: String,
}

/// Why the update must not be used; no real object was touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRefusal {
    /// What happened, for people.
    pub sentence: String,
    /// Error of the account behind it, where there is one.
    pub source: Option<CloudError>,
}

impl fmt::Display for ProbeRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl std::error::Error for ProbeRefusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl ProbeRefusal {
    fn because(what: &str, source: CloudError) -> Self {
        let sentence = format!("{what}: {}; no real object was touched.", source.message);
        Self {
            sentence,
            source: Some(source),
        }
    }

    fn seen(what: String) -> Self {
        Self {
            sentence: format!("{what}; no real object was touched."),
            source: None,
        }
    }
}

/// Writes, updates, reads back and removes a throwaway object under `.rekey-probe/<nonce>`; `nonce` must be new. The
/// object is removed in every case.
///
/// # Errors
/// When the object did not come back intact and under the target, or any step failed.
pub async fn prove_update(
    account: &Account,
    bucket: &str,
    target: &TargetEncryption,
    nonce: &str,
) -> Result<Proof, ProbeRefusal> {
    let mut object = ObjectRef {
        bucket: bucket.to_string(),
        key: format!(".rekey-probe/{nonce}"),
        version_id: None,
    };
    let body = body(nonce);
    match account
        .probes
        .put_probe(&object, SentEncryption::SseS3, &body)
        .await
    {
        Ok(version_id) => object.version_id = version_id,
        Err(error) => {
            remove_if_there(account, object).await;
            return Err(ProbeRefusal::because(
                "the throwaway object could not be written",
                error,
            ));
        }
    }
    let outcome = update_and_look(account, &object, target, &body).await;
    let removed = remove(account, &object).await;
    match (outcome, removed) {
        (Ok(proof), Ok(())) => Ok(proof),
        (Ok(_), Err(error)) => Err(ProbeRefusal::because(
            &format!("the throwaway object {} could not be removed", object.key),
            error,
        )),
        (Err(mut refusal), Err(error)) => {
            refusal.sentence = format!(
                "{} The throwaway object {} could not be removed: {}.",
                refusal.sentence, object.key, error.message
            );
            Err(refusal)
        }
        (Err(refusal), Ok(())) => Err(refusal),
    }
}

/// Sixty-four bytes that no server would make up.
fn body(nonce: &str) -> Vec<u8> {
    let text = format!("rekey probe {nonce} ");
    text.bytes().cycle().take(PROBE_BYTES).collect()
}

async fn update_and_look(
    account: &Account,
    object: &ObjectRef,
    target: &TargetEncryption,
    body: &[u8],
) -> Result<Proof, ProbeRefusal> {
    let objects = &account.objects;
    let could_not = |what: &'static str| move |error| ProbeRefusal::because(what, error);
    let before = objects
        .head(object)
        .await
        .map_err(could_not("the throwaway object could not be read"))?;
    objects
        .update_encryption(object, target)
        .await
        .map_err(could_not(
            "the server refused UpdateObjectEncryption on the throwaway object",
        ))?;
    // Without a version: a server that took the update for an upload may have made a new one.
    let current = ObjectRef {
        version_id: None,
        ..object.clone()
    };
    let after = objects
        .head(&current)
        .await
        .map_err(could_not("the throwaway object was gone after the update"))?;
    let read = objects.read(&current, READ_LIMIT).await.map_err(could_not(
        "the throwaway object could not be read after the update",
    ))?;
    if let Some(what) = damage(&before, &after, body, &read) {
        return Err(ProbeRefusal::seen(what));
    }
    if let Some(what) = not_rekeyed(&after, target) {
        return Err(ProbeRefusal::seen(what));
    }
    let reported = after.encryption.bucket_key == target.bucket_key;
    let rest = if reported {
        ""
    } else {
        " It does not tell about bucket keys."
    };
    Ok(Proof {
        key: object.key.clone(),
        bucket_key_reported: reported && target.bucket_key,
        sentence: format!(
            "The server re-encrypted a throwaway object of {} bytes and left the rest of it as it was.{rest}",
            body.len()
        ),
    })
}

/// What the update did to the object besides its encryption.
fn damage(before: &ObjectFacts, after: &ObjectFacts, body: &[u8], read: &[u8]) -> Option<String> {
    if read != body {
        let kind = if read.starts_with(b"<") {
            "bytes of XML"
        } else {
            "other bytes"
        };
        return Some(format!(
            "the server ran UpdateObjectEncryption as an upload: the probe's {} bytes became {} {kind}",
            body.len(),
            read.len()
        ));
    }
    if after.size != before.size {
        return Some(format!(
            "the update changed the probe's size from {} to {} bytes",
            before.size.0, after.size.0
        ));
    }
    if after.version_id != before.version_id {
        return Some("the update made a new version of the probe".to_string());
    }
    if after.e_tag != before.e_tag {
        return Some("the update changed the probe's entity tag".to_string());
    }
    None
}

/// What is not as the target wants it.
fn not_rekeyed(after: &ObjectFacts, target: &TargetEncryption) -> Option<String> {
    let found = &after.encryption;
    if found.status != EncryptionStatus::SseKms {
        return Some(format!(
            "the server said yes to the update and left the probe under {}",
            found.status
        ));
    }
    if found.key.as_deref() != Some(target.key.as_str()) {
        let key = found.key.as_deref().unwrap_or("no key that it names");
        return Some(format!(
            "the server put the probe under {key} instead of {}",
            target.key
        ));
    }
    if found.bucket_key && !target.bucket_key {
        return Some("the server used a bucket key that was not asked for".to_string());
    }
    None
}

/// Removes the object, and a version that the update may have made.
async fn remove(account: &Account, object: &ObjectRef) -> Result<(), CloudError> {
    if object.version_id.is_some() {
        let current = ObjectRef {
            version_id: None,
            ..object.clone()
        };
        if let Ok(after) = account.objects.head(&current).await
            && after.version_id.is_some()
            && after.version_id != object.version_id
        {
            account
                .probes
                .delete_probe(&ObjectRef {
                    version_id: after.version_id,
                    ..current
                })
                .await?;
        }
    }
    account.probes.delete_probe(object).await
}

/// Removes an object whose writing failed or got no answer, if it is there after all.
pub(crate) async fn remove_if_there(account: &Account, object: ObjectRef) {
    let removed = match account.objects.head(&object).await {
        Ok(found) => {
            let version = ObjectRef {
                version_id: found.version_id,
                ..object.clone()
            };
            account.probes.delete_probe(&version).await
        }
        Err(error) if error.fault == Fault::NotFound => return,
        Err(error) => Err(error),
    };
    if let Err(error) = removed {
        tracing::warn!(%object, %error, "a throwaway object may be left in the bucket");
    }
}
