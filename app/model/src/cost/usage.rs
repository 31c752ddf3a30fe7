//! What an estate uses in a month, Region by Region: quantities, before anything is priced. All that is billed is linear
//! in them but for the storage tiers and the free tier, which Regions and accounts share anyway; so a what-if over
//! thousands of buckets is one pass that adds numbers, and a month ahead is the same numbers grown.

use super::monthly::Configuration;
use super::places::{Places, at};
use super::requests::RequestShares;
use crate::basis::{Basis, BucketBasis};
use crate::inventory::{Region, StorageClass};
use crate::prices::Prices;
use crate::quantity::{Bytes, Objects, Ratio, Requests, proportion};
use crate::requests::{RequestCounts, RequestKind};
use crate::scenario::Scenario;
use std::ops::{Index, IndexMut};

/// A value for each storage class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByClass<T>([T; StorageClass::ALL.len()]);

impl<T> Index<StorageClass> for ByClass<T> {
    type Output = T;

    fn index(&self, class: StorageClass) -> &T {
        &self.0[class as usize]
    }
}

impl<T> ByClass<T> {
    /// The values of all classes.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> IndexMut<StorageClass> for ByClass<T> {
    fn index_mut(&mut self, class: StorageClass) -> &mut T {
        &mut self.0[class as usize]
    }
}

/// Quantities of a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that storage is billed for.
    pub storage: ByClass<Bytes>,
    /// Objects of all classes.
    pub objects: Objects,
    /// Objects that Intelligent-Tiering monitors.
    pub monitored: Objects,
    /// Requests to S3; those without a class are under Standard.
    pub requests: ByClass<RequestCounts>,
    /// KMS requests, by configuration.
    pub kms: [Requests; Configuration::ALL.len()],
}

/// Quantities of a month in one Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionUsage {
    /// The Region; `None` for buckets whose Region is not known.
    pub region: Option<Region>,
    /// Its quantities.
    pub usage: Usage,
    /// Buckets in it.
    pub buckets: u32,
    /// Buckets whose requests are not known.
    pub unknown: u32,
    /// Position in the basis of the only bucket, if there is only one.
    pub only: Option<u32>,
    /// The prices in use.
    pub prices: Prices,
}

impl RegionUsage {
    /// The same some months later.
    #[must_use]
    pub fn grown(&self, growth: Growth) -> Self {
        Self {
            usage: self.usage.grown(growth),
            ..self.clone()
        }
    }
}

/// The Region that a bucket is priced in.
pub(super) fn priced_in<'a>(bucket: &'a BucketBasis, scenario: &'a Scenario) -> Option<&'a Region> {
    scenario.region.as_ref().or(bucket.region.as_ref())
}

/// What an estate uses in a month, by Region, with the [`requests`](super::requests()) of the same basis and scenario.
#[must_use]
pub fn usage(basis: &Basis, scenario: &Scenario, shares: &[Option<RequestShares>]) -> Vec<RegionUsage> {
    let (mut places, mut sums) = (Places::default(), Vec::<RegionUsage>::new());
    for (index, (bucket, shares)) in (0u32..).zip(basis.buckets.iter().zip(shares)) {
        let sum = at(&mut sums, places.place(priced_in(bucket, scenario)));
        sum.only = (sum.buckets == 0).then_some(index);
        sum.buckets += 1;
        sum.usage.store(bucket);
        match shares {
            Some(shares) => sum.usage.request(bucket, shares),
            None => sum.unknown += 1,
        }
    }
    let named = |(place, region): (usize, Option<&Region>)| RegionUsage {
        region: region.cloned(),
        prices: basis.prices.clone(),
        ..std::mem::take(&mut sums[place])
    };
    places.by_name().map(named).collect()
}

impl Usage {
    fn store(&mut self, bucket: &BucketBasis) {
        for (class, part) in bucket.classes.iter() {
            self.objects += part.objects;
            self.storage[class] += part.billed_bytes;
            self.storage[StorageClass::Standard] += part.standard_overhead;
            if class == StorageClass::IntelligentTiering {
                self.monitored += part.monitored;
            }
        }
    }

    /// Adds the requests of a bucket, spread over its classes by their current objects. Archived classes are not read
    /// without a restore, so they get none as long as there is any other class.
    pub(super) fn request(&mut self, bucket: &BucketBasis, shares: &RequestShares) {
        for (configuration, sum) in Configuration::ALL.into_iter().zip(&mut self.kms) {
            *sum += configuration.kms(shares);
        }
        let readable = |class: StorageClass| !class.needs_restore() && class != StorageClass::Unknown;
        let weights = || {
            let classes = bucket.classes.iter();
            let weights = classes.map(|(class, part)| (class, part.current.0));
            weights.filter(move |(class, weight)| readable(*class) && *weight > 0)
        };
        let whole: u64 = weights().map(|(_, weight)| weight).sum();
        for kind in RequestKind::ALL {
            let count = shares.s3[kind];
            if count.is_zero() {
                continue;
            }
            if whole == 0 || !kind.has_class() {
                self.requests[StorageClass::Standard][kind] += count;
                continue;
            }
            let (mut running, mut before) = (0, 0);
            for (class, weight) in weights() {
                running += weight;
                let upto = proportion(count.0, running, whole);
                self.requests[class][kind] += Requests(upto - before);
                before = upto;
            }
        }
    }

    /// Requests to S3 over all classes.
    #[must_use]
    pub fn all_requests(&self) -> RequestCounts {
        let classes = StorageClass::ALL.iter().map(|class| self.requests[*class]);
        classes.fold(RequestCounts::default(), RequestCounts::plus)
    }

    /// Bytes that so many requests carry, at the mean size of the objects.
    #[must_use]
    pub fn carried(&self, requests: Requests) -> Bytes {
        let stored: Bytes = StorageClass::ALL.iter().map(|class| self.storage[*class]).sum();
        let bytes = u128::from(stored.0) * u128::from(requests.0) / u128::from(self.objects.0.max(1));
        Bytes(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// KMS requests in a configuration when so much of the estate is converted.
    #[must_use]
    pub fn kms_when(&self, configuration: Configuration, converted: Ratio) -> Requests {
        let (now, then) = (
            self.kms[Configuration::AsNow as usize].0,
            self.kms[configuration as usize].0,
        );
        let (done, open) = (
            u128::from(converted.milli().min(1000)),
            u128::from(1000 - converted.milli().min(1000)),
        );
        let blend = (u128::from(now) * open + u128::from(then) * done) / 1000;
        Requests(u64::try_from(blend).unwrap_or(u64::MAX))
    }

    /// Changes the stored bytes by so many percent.
    pub fn scale_storage(&mut self, percent: i64) {
        let scaled = |bytes: u64| {
            let scaled = i128::from(bytes) * i128::from(100 + percent) / 100;
            u64::try_from(scaled).unwrap_or(0)
        };
        for class in StorageClass::ALL {
            self.storage[*class] = Bytes(scaled(self.storage[*class].0));
        }
    }

    /// The same some months later.
    #[must_use]
    pub fn grown(&self, growth: Growth) -> Self {
        let mut grown = self.clone();
        for class in StorageClass::ALL {
            let bytes = &mut grown.storage[*class];
            *bytes = Bytes(growth.of(bytes.0));
            for kind in RequestKind::ALL {
                let count = &mut grown.requests[*class][kind];
                *count = Requests(growth.of(count.0));
            }
        }
        grown.objects = Objects(growth.of(grown.objects.0));
        grown.monitored = Objects(growth.of(grown.monitored.0));
        for count in &mut grown.kms {
            *count = Requests(growth.of(count.0));
        }
        grown
    }
}

/// Compound growth as a factor in billionths, so that months of it add no rounding of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth(u128);

impl Growth {
    const ONE: u128 = 1_000_000_000;

    /// None yet.
    pub const NONE: Self = Self(Self::ONE);

    /// After one more month at this rate.
    #[must_use]
    pub fn next(self, monthly: Ratio) -> Self {
        Self(self.0 * (1000 + u128::from(monthly.milli())) / 1000)
    }

    /// A quantity after it.
    #[must_use]
    pub fn of(self, quantity: u64) -> u64 {
        u64::try_from(u128::from(quantity) * self.0 / Self::ONE).unwrap_or(u64::MAX)
    }
}
