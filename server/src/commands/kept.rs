//! What a data directory holds that commands compute with as the pages do: adopted prices, request counts, and what the
//! account told last of its quotas; each with the words that say where it is from and of when. Nothing is asked of AWS,
//! and a directory that is not there is not made.

use crate::failure::Failure;
use model::headroom::AccountUsage;
use model::inventory::Region;
use model::prices::{Prices, table_date};
use model::quotas::kms_symmetric;
use model::time::UnixMillis;
use model::workload::{BucketWorkload, Workload};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use store::{AdoptedPrices, KeptUsage, Store};

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) store: Option<Store>,
    adopted: AdoptedPrices,
    usage: Vec<KeptUsage>,
    counts: Counts,
}

/// Request counts, and how many buckets have theirs from where.
#[derive(Debug, Default)]
struct Counts {
    workload: Workload,
    origin: BTreeMap<String, String>,
}

impl Kept {
    /// Reads a data directory, also while a server uses it.
    pub(super) async fn read(directory: &Path) -> Result<Self, Failure> {
        let Some(store) = Store::open_to_read(directory)? else {
            return Ok(Self::default());
        };
        Ok(Self {
            adopted: store.prices().await?,
            usage: store.usage().await?,
            counts: Counts::read(&store).await?,
            store: Some(store),
        })
    }

    /// Request counts of these buckets.
    pub(super) fn workload(&self, buckets: &[&str]) -> Workload {
        let of_these = |bucket: &&BucketWorkload| buckets.contains(&bucket.name.as_str());
        Workload {
            defaults: self.counts.workload.defaults,
            buckets: self
                .counts
                .workload
                .buckets
                .iter()
                .filter(of_these)
                .cloned()
                .collect(),
        }
    }

    /// Prices to compute with.
    pub(super) fn prices(&self) -> Prices {
        Prices::from(self.adopted.prices.clone())
    }

    /// What the account told last, by Region.
    pub(super) fn usage(&self) -> AccountUsage {
        let told = self.usage.iter();
        told.map(|kept| (kept.region.clone(), kept.usage.clone()))
            .collect()
    }

    /// Where the prices of these Regions are from.
    pub(super) fn prices_text(&self, regions: &BTreeSet<Region>) -> String {
        let table = format!("the bundled table of {}", table_date());
        let adopted = self.adopted.prices.iter();
        let here = adopted.filter(|price| regions.contains(&price.region)).count();
        if here == 0 {
            return format!("Prices: {table}.");
        }
        format!(
            "Prices: {here} live prices, adopted by {} {}; where there is none, {table}.",
            self.adopted.by, self.adopted.at
        )
    }

    /// Where the request counts of these buckets are from.
    pub(super) fn counts_text(&self, buckets: &[&str]) -> String {
        let mut origins: BTreeMap<&str, u64> = BTreeMap::new();
        for bucket in buckets {
            let origin = self.counts.origin.get(*bucket);
            *origins
                .entry(origin.map_or("not known", String::as_str))
                .or_default() += 1;
        }
        let parts = origins.into_iter().map(|(origin, count)| {
            let of = if count == 1 { "bucket" } else { "buckets" };
            format!("{origin} for {count} {of}")
        });
        format!("Request counts: {}.", parts.collect::<Vec<_>>().join("; "))
    }

    /// Where the quotas of these Regions are from.
    pub(super) fn quotas_text(&self, regions: &BTreeSet<Region>) -> Vec<String> {
        let text = |region: &Region| {
            let told = self.usage.iter().find(|kept| kept.region == *region);
            let asked = told.map(|kept| kept.at);
            let quota = told.and_then(|kept| kept.usage.quota.clone());
            let quota = quota.unwrap_or_else(|| kms_symmetric(region));
            let load = match told.and_then(|kept| kept.usage.used.as_ref()) {
                Some(used) => format!("load in use by {}", used.source),
                None => "load in use not known".to_string(),
            };
            format!(
                "Quota of {region}: {}, {}, {}; {load}{}.",
                quota.origin.title(),
                quota.source,
                quota.date,
                asked.map_or_else(String::new, asked_text)
            )
        };
        regions.iter().map(text).collect()
    }
}

fn asked_text(at: UnixMillis) -> String {
    format!("; the account was asked {at}")
}

impl Counts {
    /// Typed counts, then adopted ones, then those that the account reported, as the pages take them.
    async fn read(store: &Store) -> Result<Self, Failure> {
        let mut all = Self {
            workload: store.workload().await?,
            origin: BTreeMap::new(),
        };
        for bucket in &all.workload.buckets {
            all.origin
                .insert(bucket.name.clone(), "typed or read from a file".to_string());
        }
        for counted in store.counted().await? {
            let found = BucketWorkload::new(&counted.bucket, None, &counted.counts);
            all.add(found, format!("CloudWatch, {}", counted.span()));
        }
        for reported in store.reported().await? {
            all.add(reported, "reported by the account".to_string());
        }
        Ok(all)
    }

    fn add(&mut self, bucket: BucketWorkload, origin: String) {
        if !self.origin.contains_key(&bucket.name) {
            self.origin.insert(bucket.name.clone(), origin);
            self.workload.buckets.push(bucket);
        }
    }
}
