//! The second limit: S3's own request rates, which hold for each prefix. The bucket that comes closest stands for its
//! Region.

use crate::basis::BucketBasis;
use crate::cost::RequestShares;
use crate::quantity::{Ratio, Requests, RequestsPerSecond};
use crate::quotas::{s3_get_per_prefix, s3_put_per_prefix};
use crate::requests::RequestKind;
use serde::{Deserialize, Serialize};

/// The bucket of a Region that comes closest to S3's request rates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixLoad {
    /// Bucket.
    pub bucket: String,
    /// Its first prefix segments, over which its requests are taken to fall evenly.
    pub prefixes: u32,
    /// GET and HEAD requests in the busiest second.
    pub reads: RequestsPerSecond,
    /// PUT, multipart and LIST requests in the busiest second.
    pub writes: RequestsPerSecond,
    /// What the prefixes take of the former.
    pub read_limit: RequestsPerSecond,
    /// What they take of the latter.
    pub write_limit: RequestsPerSecond,
}

impl PrefixLoad {
    /// The load of a bucket at a peak over the average.
    pub(super) fn of(bucket: &BucketBasis, shares: &RequestShares, peak: Ratio) -> Self {
        let prefixes = bucket.prefixes.max(1);
        let times = |limit: RequestsPerSecond| {
            RequestsPerSecond::from_milli(limit.milli().saturating_mul(u64::from(prefixes)))
        };
        let load = |kinds: &[RequestKind]| {
            let requests: Requests = kinds.iter().map(|kind| shares.s3[*kind]).sum();
            RequestsPerSecond::from_monthly(requests).times(peak)
        };
        Self {
            bucket: bucket.name.clone(),
            prefixes,
            reads: load(&[RequestKind::Get, RequestKind::Head]),
            writes: load(&[RequestKind::Put, RequestKind::Part, RequestKind::List]),
            read_limit: times(s3_get_per_prefix().limit),
            write_limit: times(s3_put_per_prefix().limit),
        }
    }

    /// How full the fuller of both limits is, in thousandths.
    #[must_use]
    pub fn fullness(&self) -> u64 {
        let share = |load: RequestsPerSecond, limit: RequestsPerSecond| {
            load.milli().saturating_mul(1000) / limit.milli().max(1)
        };
        share(self.reads, self.read_limit).max(share(self.writes, self.write_limit))
    }
}
