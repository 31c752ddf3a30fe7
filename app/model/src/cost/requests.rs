//! How many requests each bucket gets, and how many of them reach KMS. One place for both, so that costs and quotas
//! agree.

use crate::basis::{Basis, BucketBasis};
use crate::quantity::{Ratio, Requests, proportion};
use crate::scenario::Scenario;

/// Requests of one bucket in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestShares {
    /// `GetObject` requests.
    pub gets: Requests,
    /// `PutObject` requests.
    pub puts: Requests,
    /// KMS requests as things are now.
    pub kms_now: Requests,
    /// KMS requests after the move, without a bucket key.
    pub kms_after: Requests,
    /// KMS requests after the move, with a bucket key that saves what is expected.
    pub kms_after_bucket_key: Requests,
    /// KMS requests after the move, with a bucket key that saves the most that is published.
    pub kms_after_best: Requests,
}

impl RequestShares {
    /// Both kinds together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            gets: self.gets + other.gets,
            puts: self.puts + other.puts,
            kms_now: self.kms_now + other.kms_now,
            kms_after: self.kms_after + other.kms_after,
            kms_after_bucket_key: self.kms_after_bucket_key + other.kms_after_bucket_key,
            kms_after_best: self.kms_after_best + other.kms_after_best,
        }
    }
}

/// Requests of every bucket, in the order of the basis; `None` where nothing is known of a bucket.
///
/// A total of the scenario is split in proportion to the known counts, or, where none is known, to the current objects.
/// One KMS call is counted per GET and per PUT (Amazon S3 User Guide, bucket-key: S3 calls KMS each time a request is
/// made against a KMS-encrypted object; 2026-04); requests are taken to fall evenly on a bucket's current objects.
#[must_use]
pub fn requests(basis: &Basis, scenario: &Scenario) -> Vec<Option<RequestShares>> {
    let gets = split(basis, scenario.gets, |bucket| bucket.gets);
    let puts = split(basis, scenario.puts, |bucket| bucket.puts);
    basis
        .buckets
        .iter()
        .zip(gets.into_iter().zip(puts))
        .map(|(bucket, counts)| match counts {
            (None, None) => None,
            (gets, puts) => Some(shares(
                bucket,
                gets.unwrap_or_default(),
                puts.unwrap_or_default(),
                scenario,
            )),
        })
        .collect()
}

fn split(
    basis: &Basis,
    total: Option<Requests>,
    known: impl Fn(&BucketBasis) -> Option<Requests>,
) -> Vec<Option<Requests>> {
    let Some(total) = total else {
        return basis.buckets.iter().map(known).collect();
    };
    let known_sum: Requests = basis.buckets.iter().filter_map(&known).sum();
    let weight = |bucket: &BucketBasis| match (known_sum.is_zero(), known(bucket)) {
        (false, count) => count.unwrap_or_default().0,
        (true, _) => bucket.mix.current.0,
    };
    let whole: u64 = basis.buckets.iter().map(weight).sum();
    // Rounding the running sum instead of each part keeps the parts' sum equal to the total.
    let mut before = 0;
    let mut running = 0u64;
    basis
        .buckets
        .iter()
        .map(|bucket| {
            running += weight(bucket);
            let upto = proportion(total.0, running, whole);
            let part = Requests(upto - before);
            before = upto;
            Some(part)
        })
        .collect()
}

fn shares(bucket: &BucketBasis, gets: Requests, puts: Requests, scenario: &Scenario) -> RequestShares {
    let all = (gets + puts).0;
    let mix = bucket.mix;
    let part = |objects: u64| proportion(all, objects, mix.current.0);
    let convertible = if mix.current.is_zero() {
        all
    } else {
        part(mix.current.saturating_sub(mix.customer_key).0)
    };
    RequestShares {
        gets,
        puts,
        kms_now: Requests(part(mix.per_request.0) + unsaved(part(mix.bucket_key.0), scenario.saving)),
        kms_after: Requests(convertible),
        kms_after_bucket_key: Requests(unsaved(convertible, scenario.saving)),
        kms_after_best: Requests(unsaved(convertible, Scenario::BEST_SAVING)),
    }
}

/// What a saving leaves, rounded up.
fn unsaved(requests: u64, saving: Ratio) -> u64 {
    let kept = u128::from(1000u32.saturating_sub(saving.milli()));
    u64::try_from((u128::from(requests) * kept).div_ceil(1000)).unwrap_or(u64::MAX)
}
