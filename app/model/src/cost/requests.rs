//! How many requests each bucket gets, and how many of them reach KMS. One place for both, so that costs and quotas
//! agree.

use crate::basis::{Basis, BucketBasis};
use crate::quantity::{Objects, Ratio, Requests, proportion};
use crate::requests::{RequestCounts, RequestKind};
use crate::scenario::Scenario;

/// Requests of one bucket or Region in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestShares {
    /// Requests to S3.
    pub s3: RequestCounts,
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
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            s3: self.s3.plus(other.s3),
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
/// How many KMS calls a request makes is the scenario's; requests are taken to fall evenly on a bucket's current
/// objects.
#[must_use]
pub fn requests(basis: &Basis, scenario: &Scenario) -> Vec<Option<RequestShares>> {
    let mut counts: Vec<Option<RequestCounts>> = basis.buckets.iter().map(|bucket| bucket.requests).collect();
    for kind in RequestKind::ALL {
        if let Some(total) = scenario.totals[kind] {
            split(basis, kind, total, &mut counts);
        }
    }
    let with_shares = |(bucket, counts): (&BucketBasis, Option<RequestCounts>)| {
        counts.map(|counts| shares(bucket, counts, scenario))
    };
    basis.buckets.iter().zip(counts).map(with_shares).collect()
}

/// Splits a total over the buckets. Rounding the running sum instead of each part keeps the parts' sum equal to it.
fn split(basis: &Basis, kind: RequestKind, total: Requests, counts: &mut [Option<RequestCounts>]) {
    let known = |bucket: &BucketBasis| bucket.requests.map_or(0, |known| known[kind].0);
    let any_known = basis.buckets.iter().any(|bucket| known(bucket) > 0);
    let weight = |bucket: &BucketBasis| {
        if any_known {
            known(bucket)
        } else {
            bucket.mix.current.0
        }
    };
    let whole: u64 = basis.buckets.iter().map(weight).sum();
    let (mut before, mut running) = (0, 0u64);
    for (bucket, counts) in basis.buckets.iter().zip(counts) {
        running += weight(bucket);
        let upto = proportion(total.0, running, whole);
        counts.get_or_insert_default()[kind] = Requests(upto - before);
        before = upto;
    }
}

fn shares(bucket: &BucketBasis, s3: RequestCounts, scenario: &Scenario) -> RequestShares {
    let calls = s3.kms_calls(&scenario.calls).0;
    let mix = bucket.mix;
    let part = |objects: Objects| proportion(calls, objects.0, mix.current.0);
    let convertible = if mix.current.is_zero() {
        calls
    } else {
        part(mix.current.saturating_sub(mix.customer_key))
    };
    // An S3 Bucket Key does nothing for DSSE-KMS (Amazon S3 User Guide, usingdssencryption, 2026-04).
    let dual = if scenario.dual_layer {
        convertible
    } else {
        part(mix.dual_layer).min(convertible)
    };
    let with_bucket_key = |saving| Requests(dual + unsaved(convertible - dual, saving));
    RequestShares {
        s3,
        kms_now: Requests(
            part(mix.per_request) + part(mix.dual_layer) + unsaved(part(mix.bucket_key), scenario.saving),
        ),
        kms_after: Requests(convertible),
        kms_after_bucket_key: with_bucket_key(scenario.saving),
        kms_after_best: with_bucket_key(Scenario::BEST_SAVING),
    }
}

/// What a saving leaves, rounded up.
fn unsaved(requests: u64, saving: Ratio) -> u64 {
    let kept = 1000u64.saturating_sub(u64::from(saving.milli()));
    match requests.checked_mul(kept) {
        Some(product) => product.div_ceil(1000),
        None => requests / 1000 * kept,
    }
}
