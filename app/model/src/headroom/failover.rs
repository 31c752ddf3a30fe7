//! What a Region's KMS load meets in the Region that it would fail over to, whose quota may be a fraction.

use super::{AccountUsage, Phase, RegionHeadroom, RegionUsage};
use crate::inventory::Region;
use crate::quantity::RequestsPerSecond;
use crate::quotas::{Quota, kms_symmetric};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// A Region's load in its failover Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failover {
    /// Where it would go.
    pub to: Region,
    /// The quota there.
    pub quota: Quota,
    /// What is there already: in use by others and planned, in the busiest second.
    pub there: RequestsPerSecond,
    /// Whether that is known.
    pub known: bool,
    /// That and what would come.
    pub load: RequestsPerSecond,
}

impl Failover {
    /// By how much the quota there would be exceeded.
    #[must_use]
    pub fn breach(&self) -> Option<RequestsPerSecond> {
        let over = self.load.saturating_sub(self.quota.limit);
        (over > RequestsPerSecond::ZERO).then_some(over)
    }
}

/// Notes the failover of every Region but the one that is failed over to.
pub(super) fn note(regions: &mut [RegionHeadroom], scenario: &Scenario, account: &AccountUsage) {
    let Some(to) = &scenario.failover else { return };
    let planned = regions.iter().find(|region| region.region == *to);
    let told = account.get(to);
    let quota = planned
        .map(|region| region.quota.clone())
        .or_else(|| told.and_then(|told| told.quota.clone()))
        .unwrap_or_else(|| kms_symmetric(to));
    let baseline = scenario.baseline.or_else(|| told.and_then(RegionUsage::baseline));
    let there = planned.map_or_else(
        || baseline.unwrap_or_default(),
        |region| region.load(Phase::After, scenario.bucket_key),
    );
    for region in regions.iter_mut().filter(|region| region.region != *to) {
        // Only what the estate's own requests make moves; others in the account stay where they are.
        let moved = if scenario.bucket_key {
            region.after_bucket_key.peak
        } else {
            region.after.peak
        };
        region.failover = Some(Failover {
            to: to.clone(),
            quota: quota.clone(),
            there,
            known: baseline.is_some(),
            load: there + moved,
        });
    }
}
