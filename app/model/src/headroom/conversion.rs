//! How fast a Region's objects can be converted, and what holds the rate there: the least of three.

use super::{Phase, RegionHeadroom};
use crate::basis::BucketBasis;
use crate::plan::{Binding, PlanSettings};
use crate::planning::rate;
use crate::quantity::{Objects, RequestsPerSecond};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// The conversion of a Region at the chosen share of its headroom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Objects to convert.
    pub objects: Objects,
    /// Each limit with the rate in objects a second that it allows, and the seconds that this takes; no end where it is
    /// `u64::MAX`.
    pub limits: Vec<(Binding, RequestsPerSecond, u64)>,
}

impl Conversion {
    /// What a plan of all buckets of a Region would come to.
    pub(super) fn of(headroom: &RegionHeadroom, buckets: &[&BucketBasis], scenario: &Scenario) -> Self {
        let converts = |bucket: &&BucketBasis| -> Objects {
            let parts = bucket.by_update.values().chain(bucket.copy_alone.values());
            parts.map(|part| part.objects).sum()
        };
        let busy: Vec<&&BucketBasis> = buckets
            .iter()
            .filter(|bucket| !converts(bucket).is_zero())
            .collect();
        let objects = busy.iter().copied().map(converts).sum();
        let settings = PlanSettings {
            share: scenario.share,
            kms_calls_per_object: scenario.kms_calls,
            ..PlanSettings::default()
        };
        // Buckets are worked through one after another, so the one with the fewest prefixes is the slowest.
        let prefixes = busy
            .iter()
            .map(|bucket| u64::from(bucket.prefixes))
            .min()
            .unwrap_or(1);
        let limits = rate(&headroom.region, objects, prefixes, headroom, false, &settings).limits;
        Self { objects, limits }
    }

    /// The limit that holds it.
    #[must_use]
    pub fn binds(&self) -> Option<&(Binding, RequestsPerSecond, u64)> {
        self.limits.iter().min_by_key(|(_, rate, _)| *rate)
    }
}

impl RegionHeadroom {
    /// What the migration may use: the chosen share of what is left when all is moved.
    pub(super) fn for_migration(&self, scenario: &Scenario) -> RequestsPerSecond {
        self.headroom(Phase::After, scenario.bucket_key)
            .times(scenario.share)
    }
}
