//! CloudWatch's daily storage metrics of a bucket into a coarse snapshot. Bytes are known by storage class, objects over all
//! classes only, and encryption not at all: what is not known is a warning and stays out of figures that need it.

use crate::checksum;
use crate::error::{Cause, ImportError};
use crate::groups;
use model::daily::DailyStorage;
use model::format::counted;
use model::inventory::{
    BucketKeyStatus, EncryptionStatus, ImportWarning, ObjectGroup, SizeBand, Snapshot, SnapshotId,
    SnapshotSource, SourceKind, StorageClass,
};
use model::quantity::{Bytes, Objects};
use std::path::PathBuf;

/// Makes the snapshot; `location` is how it names its source.
///
/// # Errors
/// When the metrics hold nothing.
pub fn import_daily(told: &DailyStorage, location: &str) -> Result<Snapshot, ImportError> {
    let broken = |source: Cause| ImportError::Broken {
        path: PathBuf::from(location),
        rows_read: 0,
        source,
    };
    if told.bytes.is_empty() && told.objects.is_none() {
        return Err(ImportError::Empty {
            path: PathBuf::from(location),
        });
    }
    let text = serde_json::to_vec(told).map_err(|error| broken(error.into()))?;
    let mut groups = groups_of(told);
    groups::sort(&mut groups);
    Ok(Snapshot {
        id: SnapshotId(checksum::of_bytes(&text)[..16].to_string()),
        source: SnapshotSource {
            kind: SourceKind::CloudWatch,
            format: "daily storage metrics".to_string(),
            as_of: Some(told.day),
            location: location.to_string(),
            files: 0,
        },
        rows: 1,
        objects: groups.iter().map(|group| group.objects).sum(),
        bytes: groups.iter().map(|group| group.bytes).sum(),
        delete_markers: Objects::ZERO,
        groups,
        keys: Vec::new(),
        totals: Vec::new(),
        warnings: warnings(told),
    })
}

/// Bytes under their classes. Objects are under the only class there is, or else under the class that stands for not
/// known.
fn groups_of(told: &DailyStorage) -> Vec<ObjectGroup> {
    let objects = told.objects.unwrap_or(Objects::ZERO);
    let filled: Vec<(StorageClass, Bytes)> = told
        .bytes
        .iter()
        .filter(|(_, bytes)| **bytes > Bytes::ZERO)
        .map(|(class, bytes)| (*class, *bytes))
        .collect();
    match filled.as_slice() {
        [(only, bytes)] => vec![group(told, *only, objects, *bytes)],
        several => {
            let mut groups: Vec<ObjectGroup> = several
                .iter()
                .map(|(class, bytes)| group(told, *class, Objects::ZERO, *bytes))
                .collect();
            groups.push(group(told, StorageClass::UNKNOWN, objects, Bytes::ZERO));
            groups
        }
    }
}

fn group(told: &DailyStorage, class: StorageClass, objects: Objects, bytes: Bytes) -> ObjectGroup {
    ObjectGroup {
        bucket: told.bucket.clone(),
        region: Some(told.region.clone()),
        prefix: String::new(),
        storage_class: class,
        encryption_status: EncryptionStatus::UNKNOWN,
        bucket_key_status: BucketKeyStatus::UNKNOWN,
        current: true,
        size_band: SizeBand::UNKNOWN,
        objects,
        bytes,
        over_5_gib: Objects::ZERO,
        locked: Objects::ZERO,
        locked_bytes: Bytes::ZERO,
        oldest: None,
        newest: None,
    }
}

fn warnings(told: &DailyStorage) -> Vec<ImportWarning> {
    let mut messages = vec![
        "CloudWatch does not know how objects are encrypted: what is to be converted, and what that costs, is unknown until \
         an inventory lists them"
            .to_string(),
        "CloudWatch counts noncurrent versions and parts of unfinished uploads with the objects; sizes of single objects, \
         Object Lock and bucket keys are unknown"
            .to_string(),
    ];
    let filled = told.bytes.values().filter(|bytes| **bytes > Bytes::ZERO).count();
    if filled > 1 {
        messages.push(format!(
            "objects are counted over all classes, and {filled} classes hold bytes: which of them holds how many objects is \
             unknown, so what is billed by object (archive overhead, Intelligent-Tiering monitoring) is missing from the costs"
        ));
    }
    if told.objects.is_none() {
        let day = told.day.to_date();
        messages.push(format!(
            "NumberOfObjects has no figure of {day}: the number of objects is unknown"
        ));
    }
    if !told.gaps.is_empty() {
        let names: Vec<&str> = told.gaps.iter().map(|class| class.word()).collect();
        messages.push(format!(
            "{} had bytes in the days before and {} no figure of {}: they are left out, so bytes are a lower bound",
            names.join(", "),
            if names.len() == 1 { "has" } else { "have" },
            told.day.to_date()
        ));
    }
    let first_seen = format!(
        "{}, {}",
        told.bucket,
        counted(told.bytes.len() as u64, "storage type")
    );
    messages
        .into_iter()
        .map(|message| ImportWarning {
            message,
            rows: 1,
            first_seen: first_seen.clone(),
        })
        .collect()
}
