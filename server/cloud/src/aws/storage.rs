//! What a bucket holds by CloudWatch's daily storage metrics (Amazon S3 User Guide, metrics-dimensions, 2026): free,
//! unasked, a day or two old. `BucketSizeBytes` is by storage type, `NumberOfObjects` over all; both are averages of a day.
//!
//! Left out are the types that are no objects' bytes: overhead of archived or small objects, and parts of unfinished uploads
//! that are staged apart. Forecasts add overhead by object.

use super::clients::Clients;
use super::metrics::{AVERAGE, Sums, Wanted, sums};
use crate::error::CloudError;
use model::daily::DailyStorage;
use model::inventory::{Region, StorageClass};
use model::quantity::{Bytes, Objects};
use model::time::UnixMillis;
use std::collections::BTreeMap;

const NAMESPACE: &str = "AWS/S3";
const SIZE: &str = "BucketSizeBytes";
const NUMBER: &str = "NumberOfObjects";
const ALL_TYPES: &str = "AllStorageTypes";
const DAY_SECONDS: i32 = 86_400;
const DAY_MS: i64 = 86_400_000;
/// Days that are looked at: a point comes once a day, and not always the day after.
const LOOKED_AT_DAYS: i64 = 7;

/// Storage types of objects' bytes, by class.
const TYPES: [(&str, StorageClass); 12] = [
    ("StandardStorage", StorageClass::Standard),
    ("ReducedRedundancyStorage", StorageClass::ReducedRedundancy),
    ("StandardIAStorage", StorageClass::StandardIa),
    ("OneZoneIAStorage", StorageClass::OneZoneIa),
    ("IntelligentTieringFAStorage", StorageClass::IntelligentTiering),
    ("IntelligentTieringIAStorage", StorageClass::IntelligentTiering),
    ("IntelligentTieringAIAStorage", StorageClass::IntelligentTiering),
    ("IntelligentTieringAAStorage", StorageClass::IntelligentTiering),
    ("IntelligentTieringDAAStorage", StorageClass::IntelligentTiering),
    ("GlacierInstantRetrievalStorage", StorageClass::GlacierIr),
    ("GlacierStorage", StorageClass::Glacier),
    ("DeepArchiveStorage", StorageClass::DeepArchive),
];

impl Clients {
    /// The newest day that CloudWatch has a point of; `None` without any.
    pub(super) async fn daily_storage_of(
        &self,
        bucket: &str,
        region: &Region,
        until: UnixMillis,
    ) -> Result<Option<DailyStorage>, CloudError> {
        let of_type = |word: &str| {
            BTreeMap::from([
                ("BucketName".to_string(), bucket.to_string()),
                ("StorageType".to_string(), word.to_string()),
            ])
        };
        let dimensions: Vec<_> = TYPES.iter().map(|(word, _)| of_type(word)).collect();
        let all_types = of_type(ALL_TYPES);
        let sizes = dimensions.iter().map(|dimensions| (SIZE, dimensions));
        let wanted: Vec<Wanted<'_>> = sizes
            .chain([(NUMBER, &all_types)])
            .map(|(name, dimensions)| Wanted {
                namespace: NAMESPACE,
                name,
                dimensions,
                statistic: AVERAGE,
            })
            .collect();
        // Whole days, as the points are.
        let until = UnixMillis((until.0.div_euclid(DAY_MS) + 1) * DAY_MS);
        let from = UnixMillis(until.0 - (LOOKED_AT_DAYS + 1) * DAY_MS);
        let client = self.metrics_in(&region.0);
        let target = format!("s3://{bucket}");
        let found = sums(&client, &target, &wanted, DAY_SECONDS, from, until).await?;
        Ok(newest_day(bucket, region, &found))
    }
}

/// The figures of the newest day that has the number of objects, or else of the newest that has bytes.
fn newest_day(bucket: &str, region: &Region, found: &[Sums]) -> Option<DailyStorage> {
    let (number, sizes) = found.split_last()?;
    let newest = |sums: &Sums| sums.iter().map(|(at, _)| *at).max();
    let day = newest(number).or_else(|| sizes.iter().filter_map(newest).max())?;
    let on_day = |sums: &Sums| sums.iter().find(|(at, _)| *at == day).map(|(_, value)| value.0);
    let mut bytes: BTreeMap<StorageClass, Bytes> = BTreeMap::new();
    let mut gaps = Vec::new();
    for ((_, class), sums) in TYPES.iter().zip(sizes) {
        match on_day(sums) {
            Some(value) => *bytes.entry(*class).or_default() += Bytes(value),
            None if sums.iter().any(|(at, value)| *at < day && value.0 > 0) => gaps.push(*class),
            None => {}
        }
    }
    gaps.dedup();
    Some(DailyStorage {
        bucket: bucket.to_string(),
        region: region.clone(),
        day,
        bytes,
        gaps,
        objects: on_day(number).map(Objects),
    })
}
