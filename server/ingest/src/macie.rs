//! Macie's answer to `DescribeBuckets`, as the AWS CLI prints it, into object groups. Macie counts the latest versions of
//! a bucket by encryption and knows the bytes of the bucket only: what it does not say is unknown here, and every gap is
//! a warning that names its bucket.

use crate::checksum;
use crate::error::ImportError;
use crate::groups;
use model::inventory::{
    BucketKeyStatus, EncryptionStatus, ImportWarning, ObjectGroup, Region, SizeBand, Snapshot, SnapshotId,
    SnapshotSource, SourceKind, StorageClass,
};
use model::quantity::{Bytes, Objects, proportion};
use model::time::UnixMillis;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    buckets: Vec<Bucket>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bucket {
    bucket_name: String,
    region: Option<String>,
    last_updated: Option<String>,
    object_count: Option<u64>,
    size_in_bytes: Option<u64>,
    object_count_by_encryption_type: Option<Counts>,
    error_code: Option<String>,
}

/// Objects by encryption, in Macie's words.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    /// SSE-C: a key that the customer sends, not a customer managed KMS key.
    #[serde(default)]
    customer_managed: u64,
    /// SSE-KMS and DSSE-KMS, under any KMS key.
    #[serde(default)]
    kms_managed: u64,
    #[serde(default)]
    s3_managed: u64,
    #[serde(default)]
    unencrypted: u64,
    #[serde(default)]
    unknown: u64,
}

impl Counts {
    fn by_status(&self) -> [(EncryptionStatus, u64); 5] {
        [
            (EncryptionStatus::SseS3, self.s3_managed),
            (EncryptionStatus::SseKms, self.kms_managed),
            (EncryptionStatus::SseC, self.customer_managed),
            (EncryptionStatus::NotSse, self.unencrypted),
            (EncryptionStatus::Unknown, self.unknown),
        ]
    }
}

/// Reads the document at `path`. `location` is how the caller named it.
pub(crate) fn read(path: &Path, text: &[u8], location: &Path) -> Result<Snapshot, ImportError> {
    let document: Document = serde_json::from_slice(text).map_err(|source| ImportError::Json {
        path: path.to_path_buf(),
        source,
    })?;
    if document.buckets.is_empty() {
        return Err(ImportError::Empty {
            path: path.to_path_buf(),
        });
    }
    let mut reading = Reading {
        groups: Vec::new(),
        warnings: Vec::new(),
        place: String::new(),
    };
    reading.warn(
        "Macie counts the latest versions only and gives neither storage classes nor sizes of single objects: storage \
         and copy costs cannot be split by them, and noncurrent versions are not counted"
            .to_string(),
        document.buckets.len() as u64,
    );
    if document
        .next_token
        .as_deref()
        .is_some_and(|token| !token.is_empty())
    {
        let message =
            "the list ends with a nextToken: there are more buckets, which are not counted".to_string();
        reading.warn(message, 1);
    }
    for (index, bucket) in document.buckets.iter().enumerate() {
        reading.place = format!("bucket {} of the list", index + 1);
        reading.bucket(bucket);
    }
    let as_of = document
        .buckets
        .iter()
        .filter_map(|bucket| bucket.last_updated.as_deref());
    groups::sort(&mut reading.groups);
    Ok(Snapshot {
        id: SnapshotId(checksum::of_bytes(text)[..16].to_string()),
        source: SnapshotSource {
            kind: SourceKind::Macie,
            format: "JSON".to_string(),
            // The oldest, since the figures are no newer than that.
            as_of: as_of.filter_map(UnixMillis::parse_iso).min(),
            location: location.display().to_string(),
            files: 1,
        },
        rows: document.buckets.len() as u64,
        objects: reading.groups.iter().map(|group| group.objects).sum(),
        bytes: reading.groups.iter().map(|group| group.bytes).sum(),
        delete_markers: Objects::ZERO,
        groups: reading.groups,
        keys: Vec::new(),
        totals: Vec::new(),
        warnings: reading.warnings,
    })
}

/// What to do about an error code of a bucket (AWS SDK for Kotlin reference, `BucketMetadata.errorCode`).
fn remedy(code: &str) -> &'static str {
    match code {
        "ACCESS_DENIED" => {
            "its policy keeps Macie's service-linked role out: allow that role, or import an inventory of the bucket"
        }
        "BUCKET_COUNT_EXCEEDS_QUOTA" => {
            "Macie monitors 10,000 buckets of an account and not this one: import an inventory of it"
        }
        _ => "import an inventory of the bucket",
    }
}

struct Reading {
    groups: Vec<ObjectGroup>,
    warnings: Vec<ImportWarning>,
    /// The bucket being read, for warnings.
    place: String,
}

impl Reading {
    fn warn(&mut self, message: String, rows: u64) {
        self.warnings.push(ImportWarning {
            message,
            rows,
            first_seen: self.place.clone(),
        });
    }

    fn bucket(&mut self, bucket: &Bucket) {
        let name = &bucket.bucket_name;
        if let Some(code) = &bucket.error_code {
            self.warn(
                format!(
                    "bucket {name}: {code}, so its counts are unknown and it is left out of all totals; {}",
                    remedy(code)
                ),
                1,
            );
            return;
        }
        let Some(counts) = self.counts(bucket) else { return };
        let region = bucket.region.as_deref().and_then(Region::parse);
        if region.is_none() {
            self.warn(
                format!("bucket {name}: its Region is unknown, so nothing in it has a price"),
                1,
            );
        }
        let bytes = self.bytes(bucket, &counts);
        for ((status, objects), bytes) in counts.iter().zip(bytes) {
            self.groups.push(ObjectGroup {
                bucket: name.clone(),
                region: region.clone(),
                prefix: String::new(),
                storage_class: StorageClass::UNKNOWN,
                encryption_status: *status,
                bucket_key_status: BucketKeyStatus::UNKNOWN,
                current: true,
                size_band: SizeBand::UNKNOWN,
                objects: Objects(*objects),
                bytes,
                over_5_gib: Objects::ZERO,
                locked: Objects::ZERO,
                locked_bytes: Bytes::ZERO,
                oldest: None,
                newest: None,
            });
        }
    }

    /// Objects by encryption, those without any left out; what the total has beyond them is of unknown encryption.
    fn counts(&mut self, bucket: &Bucket) -> Option<Vec<(EncryptionStatus, u64)>> {
        let name = &bucket.bucket_name;
        let mut counts = match (&bucket.object_count_by_encryption_type, bucket.object_count) {
            (Some(counts), _) => counts.by_status().to_vec(),
            (None, Some(_)) => vec![(EncryptionStatus::Unknown, 0)],
            (None, None) => {
                self.warn(
                    format!("bucket {name}: no counts are given, so it is left out of all totals"),
                    1,
                );
                return None;
            }
        };
        let counted: u64 = counts
            .iter()
            .fold(0, |sum, (_, objects)| sum.saturating_add(*objects));
        let total = bucket.object_count.unwrap_or(counted);
        if total > counted {
            let rest = total - counted;
            let message =
                format!("bucket {name}: the encryption of {rest} of {total} objects is not given: UNKNOWN");
            self.warn(message, 1);
            if let Some((_, objects)) = counts
                .iter_mut()
                .find(|(status, _)| *status == EncryptionStatus::Unknown)
            {
                *objects += rest;
            }
        } else if total < counted {
            let message = format!(
                "bucket {name}: objectCount is {total}, but its counts by encryption sum up to {counted}"
            );
            self.warn(message, 1);
        }
        counts.retain(|(_, objects)| *objects > 0);
        Some(counts)
    }

    /// Bytes of each count. Macie gives one sum for the bucket: it is split by number of objects, to the byte.
    fn bytes(&mut self, bucket: &Bucket, counts: &[(EncryptionStatus, u64)]) -> Vec<Bytes> {
        let name = &bucket.bucket_name;
        let Some(total) = bucket.size_in_bytes else {
            self.warn(
                format!("bucket {name}: sizeInBytes is not given, so its bytes are missing from all totals"),
                1,
            );
            return vec![Bytes::ZERO; counts.len()];
        };
        if counts.len() > 1 {
            let message = format!(
                "bucket {name}: its bytes are split over {} kinds of encryption by number of objects; Macie gives their \
                 sum only",
                counts.len()
            );
            self.warn(message, 1);
        }
        // Shares of a running total: each is rounded, their sum is exact.
        let objects: u64 = counts
            .iter()
            .fold(0, |sum, (_, objects)| sum.saturating_add(*objects));
        let (mut objects_before, mut bytes_before) = (0u64, 0);
        let share = |(_, count): &(EncryptionStatus, u64)| {
            objects_before = objects_before.saturating_add(*count);
            let bytes_until = proportion(total, objects_before, objects);
            let share = bytes_until - bytes_before;
            bytes_before = bytes_until;
            Bytes(share)
        };
        counts.iter().map(share).collect()
    }
}
