//! Finds deliveries in a bucket by their layout, `<prefix>/<source bucket>/<configuration>/<date>/manifest.json`, and takes
//! the newest complete one of each configuration: the one whose `manifest.checksum`, which S3 writes last, is there and
//! right.

use super::{MirrorError, S3Location};
use cloud::{Deliveries, Fault};
use ingest::{CHECKSUM, Checksum, MANIFEST};
use std::collections::VecDeque;
use tokio::io::AsyncReadExt as _;

/// Levels that are looked into below a prefix: prefix, source bucket, configuration, date.
const DEPTH_MAX: usize = 5;
/// Folders that are looked into.
const FOLDERS_MAX: usize = 1_000;
/// Newest deliveries that are looked at until one is complete: one is at most being written, the rest are damaged.
const DELIVERIES_MAX: usize = 5;
/// The largest manifest that is read.
const MANIFEST_MAX: usize = ingest::limits::MANIFEST_BYTES_MAX as usize;
/// The largest checksum file: an MD5 in hex, and white space.
const CHECKSUM_MAX: usize = 256;

/// Manifests of every delivery that a location means: the one that it names, or the newest complete one of each
/// configuration below it.
pub(crate) async fn sources(
    account: &dyn Deliveries,
    location: &S3Location,
) -> Result<Vec<S3Location>, MirrorError> {
    if location.key.rsplit('/').next() == Some(MANIFEST) {
        return Ok(vec![location.clone()]);
    }
    let begin = location.as_folder();
    let mut open = VecDeque::from([(begin, DEPTH_MAX)]);
    let (mut found, mut looked_into) = (Vec::new(), 0);
    while let Some((prefix, depth)) = open.pop_front() {
        looked_into += 1;
        if looked_into > FOLDERS_MAX {
            return Err(MirrorError::TooWide {
                location: location.clone(),
                limit: FOLDERS_MAX,
            });
        }
        let folder = account.folder(&location.bucket, &prefix).await?;
        let manifest = format!("{prefix}{MANIFEST}");
        if folder.keys.contains(&manifest) {
            found.push(location.with_key(manifest));
            continue;
        }
        let dated = dated(&folder.folders);
        if !dated.is_empty() {
            found.push(newest_of(account, &location.with_key(prefix), dated).await?);
        } else if depth > 1 {
            open.extend(folder.folders.into_iter().map(|below| (below, depth - 1)));
        }
    }
    if found.is_empty() {
        return Err(MirrorError::NoDelivery {
            location: location.clone(),
        });
    }
    found.sort();
    Ok(found)
}

/// Manifest of the newest complete delivery of the configuration whose folder this is.
pub(crate) async fn newest_complete(
    account: &dyn Deliveries,
    configuration: &S3Location,
) -> Result<S3Location, MirrorError> {
    let folder = account
        .folder(&configuration.bucket, &configuration.as_folder())
        .await?;
    let dated = dated(&folder.folders);
    if dated.is_empty() {
        return Err(MirrorError::NoDelivery {
            location: configuration.clone(),
        });
    }
    newest_of(account, configuration, dated).await
}

async fn newest_of(
    account: &dyn Deliveries,
    configuration: &S3Location,
    dated: Vec<String>,
) -> Result<S3Location, MirrorError> {
    let looked_at = dated.len().min(DELIVERIES_MAX);
    for folder in dated.into_iter().take(DELIVERIES_MAX) {
        let manifest = configuration.with_key(format!("{folder}{MANIFEST}"));
        match verified_manifest(account, &manifest).await {
            Ok(_) => return Ok(manifest),
            Err(error @ (MirrorError::Incomplete { .. } | MirrorError::Checksum { .. })) => {
                tracing::warn!(%error, "an older delivery is taken instead");
            }
            // The folder is there before its manifest is.
            Err(MirrorError::Account { error }) if error.fault == Fault::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(MirrorError::NoneComplete {
        location: configuration.clone(),
        looked_at,
    })
}

/// Folders that are named by a date, the newest first.
fn dated(folders: &[String]) -> Vec<String> {
    let mut dated: Vec<String> = folders
        .iter()
        .filter(|folder| date_of(folder).is_some())
        .cloned()
        .collect();
    dated.sort_by(|one, other| other.cmp(one));
    dated
}

/// The date that a folder's name gives: `2026-11-20T01-00Z`.
pub(crate) fn date_of(folder: &str) -> Option<&str> {
    const SHAPE: &[u8] = b"0000-00-00T00-00Z";
    let name = folder.trim_end_matches('/').rsplit('/').next()?;
    let fits = name.len() == SHAPE.len()
        && name.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        });
    fits.then_some(name)
}

/// A manifest and the file with its checksum, which is right.
pub(super) async fn verified_manifest(
    account: &dyn Deliveries,
    manifest: &S3Location,
) -> Result<(Vec<u8>, Vec<u8>), MirrorError> {
    let sum_at = manifest.with_key(format!("{}{CHECKSUM}", manifest.folder()));
    let text = read(account, manifest, MANIFEST_MAX).await?;
    let sum = match read(account, &sum_at, CHECKSUM_MAX).await {
        Ok(sum) => sum,
        Err(MirrorError::Account { error }) if error.fault == Fault::NotFound => {
            return Err(MirrorError::Incomplete {
                location: manifest.clone(),
            });
        }
        Err(error) => return Err(error),
    };
    let expected = String::from_utf8_lossy(&sum).trim().to_ascii_lowercase();
    let mut found = Checksum::default();
    found.update(&text);
    let found = found.finish();
    if found != expected {
        return Err(MirrorError::Checksum {
            location: manifest.clone(),
            expected: expected.chars().take(64).collect(),
            found,
        });
    }
    Ok((text, sum))
}

/// A small object, whole.
async fn read(account: &dyn Deliveries, from: &S3Location, limit: usize) -> Result<Vec<u8>, MirrorError> {
    let content = account.open(&from.bucket, &from.key).await?;
    let mut text = Vec::new();
    // One byte more than may be, so that too much is seen.
    let mut body = content.body.take(limit as u64 + 1);
    let read = body.read_to_end(&mut text).await;
    if let Err(source) = read {
        return Err(MirrorError::Truncated {
            location: from.clone(),
            expected: content.size.map_or(0, |size| size.0),
            received: text.len() as u64,
            source,
        });
    }
    if text.len() > limit {
        return Err(MirrorError::TooLarge {
            location: from.clone(),
            limit,
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_folders_are_told_by_their_names() {
        let folders = [
            "a/2026-11-19T01-00Z/",
            "a/hive/",
            "a/data/",
            "a/2026-11-20T01-00Z/",
            "a/2026-11-20/",
        ];
        let folders = folders.map(str::to_string);
        assert_eq!(dated(&folders), ["a/2026-11-20T01-00Z/", "a/2026-11-19T01-00Z/"]);
        assert_eq!(date_of("a/2026-11-20T01-00Z/"), Some("2026-11-20T01-00Z"));
    }
}
