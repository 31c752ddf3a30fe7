//! Tries the place where lists and reports of jobs go, by a throwaway object: what settings and policies say of it before is
//! no more than what they say. `engine` calls this before the first job of a run. S3 writes reports under the role of the
//! jobs, which cannot be tried from here.

use crate::account::Account;
use crate::error::{CloudError, Fault};
use crate::object::{ObjectRef, SentEncryption};
use crate::probe::remove_if_there;
use model::jobs::JobPlace;
use tokio::io::AsyncReadExt as _;

/// Writes a throwaway object under SSE-S3 at a place, as a list is written, lists and reads it, as a report is, and removes
/// it. `name` is its name there: the same for each try of one migration, so that what a crash leaves behind is replaced and
/// removed by the next one. `body` tells this try from others.
///
/// # Errors
/// Of the first operation that failed, or did something else than it should. The object is removed as far as that goes; one
/// that stays is told in the log.
pub async fn try_place(
    account: &Account,
    place: &JobPlace,
    name: &str,
    body: &[u8],
) -> Result<(), CloudError> {
    let mut object = ObjectRef {
        bucket: place.bucket.clone(),
        key: place.key(name),
        version_id: None,
    };
    match account
        .probes
        .put_probe(&object, SentEncryption::SseS3, body)
        .await
    {
        Ok(version_id) => object.version_id = version_id,
        Err(error) => {
            remove_if_there(account, object).await;
            return Err(error);
        }
    }
    let seen = look(account, &object, body).await;
    let removed = account.probes.delete_probe(&object).await;
    // Jobs need no right to remove what is there, so that the place does all the same.
    if let Err(error) = removed {
        tracing::warn!(%object, %error, "a throwaway object is left at the place of jobs");
    }
    seen
}

/// Whether the object is listed and reads back as it was written.
async fn look(account: &Account, object: &ObjectRef, body: &[u8]) -> Result<(), CloudError> {
    let (bucket, key) = (&object.bucket, &object.key);
    let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
    let listed = account.deliveries.folder(bucket, &format!("{folder}/")).await?;
    let wrong = |operation, text: &str| CloudError::new(Fault::Refused, operation, object.to_string(), text);
    if !listed.keys.contains(key) {
        let text = "what was just written there is not in the list";
        return Err(wrong("ListObjectsV2", text));
    }
    let content = account.deliveries.open(bucket, key).await?;
    let mut read = Vec::new();
    let most = body.len() as u64 + 1;
    let reading = content.body.take(most).read_to_end(&mut read).await;
    reading.map_err(|error| {
        CloudError::new(
            Fault::Transient,
            "GetObject",
            object.to_string(),
            error.to_string(),
        )
    })?;
    if read != body {
        let text = "what was just written there reads back as something else";
        return Err(wrong("GetObject", text));
    }
    Ok(())
}
