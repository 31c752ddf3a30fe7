//! What the conversion costs once, by method. Formulas: `UpdateObjectEncryption` is billed as one PUT at the Standard
//! rate whatever the class; `CopyObject` as one request at the rate of its class, plus retrieval where the class has it
//! (Amazon S3 User Guide, update-sse-encryption and copy-object, 2026-04). Left out: early-delete charges, which need the
//! age of each object, and Batch Operations fees.

use super::line::{CostLine, Statement};
use super::monthly::priced_in;
use crate::basis::{Basis, BucketBasis, Convertible};
use crate::inventory::StorageClass;
use crate::method::Method;
use crate::prices::Meter;
use crate::quantity::{Bytes, Objects, Ratio};
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Size of the parts in which objects above 5 GiB are copied. S3 allows 5 MiB to 5 GiB and 10,000 parts (Amazon S3 API
/// Reference, `UploadPartCopy`, 2026-04); 1 GiB keeps the largest object under 10,000 parts and a lost part cheap.
pub const MULTIPART_PART: Bytes = Bytes(1 << 30);

/// What one way of converting costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime {
    /// Method; `None` for the proposed mixture of both.
    pub method: Option<Method>,
    /// Objects that it can convert.
    pub objects: Objects,
    /// Of these, the ones converted by copy.
    pub copies: Objects,
    /// Lines and total.
    pub statement: Statement,
}

/// The proposed mixture first (the update wherever it is admissible, a copy for the rest), then each method alone.
#[must_use]
pub fn one_time(basis: &Basis, scenario: &Scenario) -> Vec<OneTime> {
    [
        None,
        Some(Method::UpdateObjectEncryption),
        Some(Method::CopyObject),
    ]
    .into_iter()
    .map(|method| by_method(basis, scenario, method))
    .collect()
}

fn by_method(basis: &Basis, scenario: &Scenario, method: Option<Method>) -> OneTime {
    let mut statement = Statement::default();
    let (mut objects, mut copies) = (Objects::ZERO, Objects::ZERO);
    for (index, bucket) in basis.buckets.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let mut converted = Objects::ZERO;
        if method != Some(Method::CopyObject) {
            converted += updates(bucket, index, scenario, &mut statement);
        }
        let parts = match method {
            None => Some(&bucket.copy_alone),
            Some(Method::CopyObject) => Some(&bucket.by_copy),
            Some(Method::UpdateObjectEncryption) => None,
        };
        if let Some(parts) = parts {
            let copied = copy(parts, bucket, index, scenario, &mut statement);
            converted += copied;
            copies += copied;
        }
        let calls = times(converted, scenario.kms_calls);
        let region = priced_in(bucket, scenario);
        statement.push(
            CostLine::ConversionKms,
            Some(index),
            region,
            calls,
            Meter::KmsRequest,
        );
        objects += converted;
    }
    if copies > Objects::ZERO {
        statement.missing.push(
            "Early-delete charges of copies are not counted: overwriting infrequent-access or archive objects before their minimum duration costs the rest of it.".to_string(),
        );
    }
    OneTime {
        method,
        objects,
        copies,
        statement,
    }
}

fn updates(bucket: &BucketBasis, index: u32, scenario: &Scenario, statement: &mut Statement) -> Objects {
    let objects: Objects = bucket.by_update.values().map(|part| part.objects).sum();
    let region = priced_in(bucket, scenario);
    statement.push(
        CostLine::UpdateRequests,
        Some(index),
        region,
        objects.0,
        Meter::Put(StorageClass::Standard),
    );
    objects
}

fn copy(
    parts: &BTreeMap<StorageClass, Convertible>,
    bucket: &BucketBasis,
    index: u32,
    scenario: &Scenario,
    statement: &mut Statement,
) -> Objects {
    let region = priced_in(bucket, scenario);
    let mut objects = Objects::ZERO;
    for (class, part) in parts {
        // A large object takes one request to begin, one per part and one to complete.
        let large = part.over_5_gib.0;
        let large_parts = part.over_5_gib_bytes.0.div_ceil(MULTIPART_PART.0).max(large);
        let requests = part.objects.0 - large + if large > 0 { 2 * large + large_parts } else { 0 };
        statement.push(
            CostLine::CopyRequests(*class),
            Some(index),
            region,
            requests,
            Meter::Put(*class),
        );
        if *class != StorageClass::Standard {
            statement.push(
                CostLine::CopyRetrieval(*class),
                Some(index),
                region,
                part.bytes.0,
                Meter::Retrieval(*class),
            );
        }
        objects += part.objects;
    }
    objects
}

/// Objects times calls per object, rounded up.
fn times(objects: Objects, calls: Ratio) -> u64 {
    u64::try_from((u128::from(objects.0) * u128::from(calls.milli())).div_ceil(1000)).unwrap_or(u64::MAX)
}
