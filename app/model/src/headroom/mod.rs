//! Requests per second against the KMS quota, per Region and phase: now, during the migration, after it. Used by the
//! quotas page, `rekey headroom`, and the plan, whose rate is a share of what is left.

mod conversion;
mod failover;
mod increase;
mod s3;

pub use conversion::Conversion;
pub use failover::Failover;
pub use increase::Increase;
pub use s3::PrefixLoad;

use crate::basis::{Basis, BucketBasis};
use crate::cost::{Configuration, RequestShares, requests};
use crate::inventory::Region;
use crate::measured::MeasuredUse;
use crate::quantity::{Ratio, Requests, RequestsPerSecond};
use crate::quotas::{Quota, custom_key_store, kms_symmetric};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the account tells about a Region's quota; what it does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionUsage {
    /// Quota that holds for the account.
    pub quota: Option<Quota>,
    /// Requests that it makes already, those that S3 makes for it included.
    pub used: Option<MeasuredUse>,
}

impl RegionUsage {
    /// Peak of the requests that it makes already.
    #[must_use]
    pub fn baseline(&self) -> Option<RequestsPerSecond> {
        self.used.as_ref().map(|used| used.peak)
    }
}

/// What the account tells, by Region.
pub type AccountUsage = BTreeMap<Region, RegionUsage>;

/// A load in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Average over a month of what the estate's requests make.
    pub average: RequestsPerSecond,
    /// In the busiest second.
    pub peak: RequestsPerSecond,
}

impl Load {
    fn of(requests: Requests, peak: Ratio) -> Self {
        let average = RequestsPerSecond::from_monthly(requests);
        Self {
            average,
            peak: average.times(peak),
        }
    }
}

/// One Region against its quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionHeadroom {
    /// Region.
    pub region: Region,
    /// Quota with its provenance.
    pub quota: Quota,
    /// Peak that the account makes already; unknown when `None`, and then every headroom is at most what is shown.
    pub baseline: Option<RequestsPerSecond>,
    /// What that peak was measured by; `None` where it was typed in or is not known.
    pub used: Option<MeasuredUse>,
    /// KMS requests of the estate as it is.
    pub now: Load,
    /// After the move, without a bucket key.
    pub after: Load,
    /// After the move, with a bucket key that saves what is expected.
    pub after_bucket_key: Load,
    /// What the migration may use: the chosen share of what is left during it.
    pub migration: RequestsPerSecond,
    /// Buckets whose request counts are not known; then loads are at least what is shown.
    pub unknown_buckets: u64,
    /// KMS requests after the move that count against other accounts, because their principals make them.
    pub elsewhere: Load,
    /// The conversion: how many objects, and what holds its rate.
    pub conversion: Conversion,
    /// The bucket that comes closest to S3's request rates; none where no requests are known.
    pub prefixes: Option<PrefixLoad>,
    /// What its load would meet in the Region that it fails over to.
    pub failover: Option<Failover>,
}

/// A phase of the move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before anything changes.
    Now,
    /// While objects are converted, the moved ones already in use under KMS.
    During,
    /// When all is moved.
    After,
}

impl Phase {
    /// In order.
    pub const ALL: [Self; 3] = [Self::Now, Self::During, Self::After];

    /// As the pages name it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Now => "Now",
            Self::During => "During the migration",
            Self::After => "After it",
        }
    }
}

impl RegionHeadroom {
    /// The planned steady state's peak beyond what is there already.
    #[must_use]
    pub fn added(&self, bucket_key: bool) -> RequestsPerSecond {
        let after = if bucket_key {
            self.after_bucket_key
        } else {
            self.after
        };
        after.peak.saturating_sub(self.now.peak)
    }

    /// What is there already: the measured peak, or at least what the estate's own requests make.
    #[must_use]
    pub fn existing(&self) -> RequestsPerSecond {
        self.baseline.unwrap_or(self.now.peak)
    }

    /// Load in a phase, in the busiest second.
    #[must_use]
    pub fn load(&self, phase: Phase, bucket_key: bool) -> RequestsPerSecond {
        match phase {
            Phase::Now => self.existing(),
            Phase::During => self.existing() + self.added(bucket_key) + self.migration,
            Phase::After => self.existing() + self.added(bucket_key),
        }
    }

    /// What is left of the quota in a phase; zero when it is exceeded.
    #[must_use]
    pub fn headroom(&self, phase: Phase, bucket_key: bool) -> RequestsPerSecond {
        self.quota.limit.saturating_sub(self.load(phase, bucket_key))
    }

    /// What is left of the quota of a custom key store that holds the key, when all is moved: at most, since what else goes to
    /// the store is not known. It counts as well as what is left of the account's.
    #[must_use]
    pub fn left_in_key_store(&self, bucket_key: bool) -> RequestsPerSecond {
        custom_key_store().limit.saturating_sub(self.added(bucket_key))
    }

    /// By how much the quota is exceeded in a phase.
    #[must_use]
    pub fn breach(&self, phase: Phase, bucket_key: bool) -> Option<RequestsPerSecond> {
        let over = self.load(phase, bucket_key).saturating_sub(self.quota.limit);
        (over > RequestsPerSecond::ZERO).then_some(over)
    }

    /// Whether the figures are bounds because something is not known.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.baseline.is_none() || self.unknown_buckets > 0
    }

    /// How the loads were computed, in words.
    #[must_use]
    pub fn derivation(&self) -> String {
        let baseline = match (&self.used, self.baseline) {
            (Some(used), _) => used.derivation(),
            (None, Some(typed)) => format!("{} in use already, typed in", crate::format::rate(typed)),
            (None, None) => "use by others is not known".to_string(),
        };
        format!(
            "Average: KMS requests a month ÷ {} seconds (30 days). Peak: average × peak-to-average. Quota: {} per second, {}, {}, {}. Existing load: {baseline}.",
            crate::format::grouped(RequestsPerSecond::MONTH_SECONDS),
            crate::format::grouped(self.quota.limit.floor()),
            self.quota.origin.title(),
            self.quota.source,
            self.quota.date,
        )
    }
}

/// Headroom of every Region of an estate, by Region; buckets without a known Region are left out.
#[must_use]
pub fn headroom(basis: &Basis, scenario: &Scenario, account: &AccountUsage) -> Vec<RegionHeadroom> {
    let shares = requests(basis, scenario);
    let mut sums: BTreeMap<&Region, Sum<'_>> = BTreeMap::new();
    for (bucket, shares) in basis.buckets.iter().zip(&shares) {
        let Some(region) = counted_in(bucket, scenario) else {
            continue;
        };
        sums.entry(region)
            .or_default()
            .add(bucket, shares.as_ref(), scenario);
    }
    let mut regions: Vec<RegionHeadroom> = sums
        .into_iter()
        .map(|(region, sum)| of_region(region, sum, scenario, account))
        .collect();
    failover::note(&mut regions, scenario, account);
    regions
}

/// What the buckets of a Region come to.
#[derive(Default)]
struct Sum<'a> {
    shares: RequestShares,
    unknown: u64,
    buckets: Vec<&'a BucketBasis>,
    prefixes: Option<PrefixLoad>,
}

impl<'a> Sum<'a> {
    fn add(&mut self, bucket: &'a BucketBasis, shares: Option<&RequestShares>, scenario: &Scenario) {
        self.buckets.push(bucket);
        let Some(shares) = shares else {
            self.unknown += 1;
            return;
        };
        self.shares = self.shares.plus(*shares);
        let load = PrefixLoad::of(bucket, shares, scenario.peak);
        if self
            .prefixes
            .as_ref()
            .is_none_or(|fullest| fullest.fullness() < load.fullness())
        {
            self.prefixes = Some(load);
        }
    }
}

fn counted_in<'a>(bucket: &'a BucketBasis, scenario: &'a Scenario) -> Option<&'a Region> {
    scenario.region.as_ref().or(bucket.region.as_ref())
}

fn of_region(region: &Region, sum: Sum<'_>, scenario: &Scenario, account: &AccountUsage) -> RegionHeadroom {
    let told = account.get(region);
    // Requests by principals of other accounts count against those (AWS KMS Developer Guide, requests-per-second, 2026).
    let foreign = |requests: Requests| {
        Requests(crate::quantity::proportion(
            requests.0,
            scenario.foreign.milli().into(),
            1000,
        ))
    };
    let load = |configuration: Configuration| {
        let requests = configuration.kms(&sum.shares);
        Load::of(requests.saturating_sub(foreign(requests)), scenario.peak)
    };
    let after = configuration_after(scenario).kms(&sum.shares);
    let mut headroom = RegionHeadroom {
        region: region.clone(),
        quota: limiting(told.and_then(|told| told.quota.clone()), region, scenario),
        baseline: scenario.baseline.or_else(|| told.and_then(RegionUsage::baseline)),
        used: told
            .and_then(|told| told.used.clone())
            .filter(|_| scenario.baseline.is_none()),
        now: load(Configuration::AsNow),
        after: load(Configuration::Kms),
        after_bucket_key: load(Configuration::KmsBucketKey),
        migration: RequestsPerSecond::ZERO,
        unknown_buckets: sum.unknown,
        elsewhere: Load::of(foreign(after), scenario.peak),
        conversion: Conversion {
            objects: crate::quantity::Objects::ZERO,
            limits: Vec::new(),
        },
        prefixes: sum.prefixes,
        failover: None,
    };
    headroom.migration = headroom.for_migration(scenario);
    headroom.conversion = Conversion::of(&headroom, &sum.buckets, scenario);
    headroom
}

const fn configuration_after(scenario: &Scenario) -> Configuration {
    if scenario.bucket_key {
        Configuration::KmsBucketKey
    } else {
        Configuration::Kms
    }
}

/// The quota that binds: the account's, or that of the custom key store if the key is in one, which counts as well.
fn limiting(told: Option<Quota>, region: &Region, scenario: &Scenario) -> Quota {
    let shared = told.unwrap_or_else(|| kms_symmetric(region));
    let store = custom_key_store();
    if scenario.custom_key_store && store.limit < shared.limit {
        store
    } else {
        shared
    }
}
