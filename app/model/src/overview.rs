//! The overview: totals, mixes, and the page of buckets that somebody asked for. Search, filters and order are values
//! with a form in the URL.

use crate::estate::{Estate, EstateBucket, Mix, Share, add_mix, under_kms};
use crate::inventory::{EncryptionStatus, Region, StorageClass};
use crate::money::NanoUsd;
use crate::prices::{Meter, Prices};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Buckets on a page.
pub const PAGE_BUCKETS: usize = 50;

/// What the bucket table is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Name, ascending.
    #[default]
    Name,
    /// Objects, most first.
    Objects,
    /// Bytes, most first.
    Bytes,
    /// Share under KMS, least first.
    Kms,
    /// Added dollars, most first, unknown last.
    Added,
}

impl Order {
    /// Each with its name in a URL and on the page.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Name, "name", "Name"),
        (Self::Objects, "objects", "Objects"),
        (Self::Bytes, "bytes", "Bytes"),
        (Self::Kms, "kms", "Least under KMS"),
        (Self::Added, "added", "Added dollars"),
    ];
}

/// Which buckets somebody wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewQuery {
    /// Part of the name.
    pub search: String,
    /// Only this Region.
    pub region: Option<Region>,
    /// Only buckets with objects of this encryption.
    pub encryption: Option<EncryptionStatus>,
    /// Only buckets that need attention.
    pub attention: bool,
    /// Order.
    pub order: Order,
    /// Page, from 1.
    pub page: usize,
}

impl OverviewQuery {
    /// Reads a URL's fields; what makes no sense is left at its default.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self {
            page: 1,
            ..Self::default()
        };
        for (field, value) in pairs {
            match field {
                "q" => query.search = value.trim().to_string(),
                "in" => query.region = Region::parse(value),
                "encryption" => query.encryption = EncryptionStatus::parse(value),
                "attention" => query.attention = value == "1",
                "order" => {
                    let found = Order::ALL.iter().find(|(_, name, _)| *name == value);
                    query.order = found.map_or(Order::Name, |(order, _, _)| *order);
                }
                "page" => query.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        query
    }

    /// The fields as a URL's query, without the question mark; the search text is percent-encoded.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut fields = Vec::new();
        if !self.search.is_empty() {
            fields.push(format!("q={}", encode(&self.search)));
        }
        if let Some(region) = &self.region {
            fields.push(format!("in={region}"));
        }
        if let Some(encryption) = self.encryption {
            fields.push(format!("encryption={encryption}"));
        }
        if self.attention {
            fields.push("attention=1".to_string());
        }
        if let Some((_, name, _)) = Order::ALL
            .iter()
            .find(|(order, ..)| *order == self.order && self.order != Order::Name)
        {
            fields.push(format!("order={name}"));
        }
        if self.page > 1 {
            fields.push(format!("page={}", self.page));
        }
        fields.join("&")
    }

    fn admits(&self, bucket: &EstateBucket) -> bool {
        (self.search.is_empty() || bucket.name.contains(&self.search.to_lowercase()))
            && self
                .region
                .as_ref()
                .is_none_or(|region| bucket.region.as_ref() == Some(region))
            && self
                .encryption
                .is_none_or(|status| bucket.mix.contains_key(&status))
            && (!self.attention || !bucket.attention.is_empty())
    }
}

/// Percent-encodes everything but unreserved characters.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The overview page's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The query as it was understood.
    pub query: OverviewQuery,
    /// Everything.
    pub all: Share,
    /// Of it, under a KMS key.
    pub kms: Share,
    /// Dollars a month that SSE-KMS would add in KMS requests and keys; `None` when nothing of it is known.
    pub added: Option<NanoUsd>,
    /// Buckets whose part of `added` is not known.
    pub added_unknown: usize,
    /// Mix per Region; buckets whose Region is not known come under `None`.
    pub regions: Vec<(Option<Region>, Mix)>,
    /// By encryption.
    pub mix: Mix,
    /// By storage class.
    pub classes: BTreeMap<StorageClass, Share>,
    /// The page of buckets.
    pub buckets: Vec<EstateBucket>,
    /// Buckets that the query admits.
    pub admitted: usize,
    /// All buckets.
    pub bucket_count: usize,
    /// Buckets that need attention.
    pub attention_count: usize,
    /// Buckets with objects of each encryption, for the filter chips.
    pub encryption_counts: BTreeMap<EncryptionStatus, usize>,
    /// Warnings of the imports in use.
    pub warnings: usize,
    /// The price of a KMS request in each Region, with its source and date.
    pub kms_prices: Vec<String>,
}

fn kms_price(prices: &Prices, region: &Region) -> Option<String> {
    let point = prices.price(region, Meter::KmsRequest)?;
    let (what, date) = point.source();
    Some(format!(
        "{region}: {} requests Price: {what}, {date}.",
        point.stated(point.first_nano())
    ))
}

impl Overview {
    /// Pages that the admitted buckets fill.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.admitted.div_ceil(PAGE_BUCKETS).max(1)
    }

    /// Every bucket that a query admits, in its order.
    #[must_use]
    pub fn admitted<'a>(estate: &'a Estate, query: &OverviewQuery) -> Vec<&'a EstateBucket> {
        let mut admitted: Vec<&EstateBucket> = estate
            .buckets
            .iter()
            .filter(|bucket| query.admits(bucket))
            .collect();
        match query.order {
            Order::Name => {}
            Order::Objects => admitted.sort_by_key(|bucket| std::cmp::Reverse(bucket.all.objects)),
            Order::Bytes => admitted.sort_by_key(|bucket| std::cmp::Reverse(bucket.all.bytes)),
            Order::Kms => admitted.sort_by_key(|bucket| {
                crate::quantity::proportion(1_000_000, bucket.under_kms().objects.0, bucket.all.objects.0)
            }),
            Order::Added => admitted.sort_by_key(|bucket| std::cmp::Reverse(bucket.added)),
        }
        admitted
    }

    /// Answers a query.
    #[must_use]
    pub fn new(estate: &Estate, query: OverviewQuery) -> Self {
        let mut overview = Self::totals(estate, query);
        let admitted = Self::admitted(estate, &overview.query);
        overview.admitted = admitted.len();
        overview.query.page = overview.query.page.clamp(1, overview.pages());
        let first = (overview.query.page - 1) * PAGE_BUCKETS;
        overview.buckets = admitted
            .into_iter()
            .skip(first)
            .take(PAGE_BUCKETS)
            .cloned()
            .collect();
        overview
    }

    fn totals(estate: &Estate, query: OverviewQuery) -> Self {
        let mut regions: BTreeMap<Option<&Region>, Mix> = BTreeMap::new();
        let mut overview = Self {
            query,
            all: Share::default(),
            kms: Share::default(),
            added: None,
            added_unknown: 0,
            regions: Vec::new(),
            mix: Mix::new(),
            classes: BTreeMap::new(),
            buckets: Vec::new(),
            admitted: 0,
            bucket_count: estate.buckets.len(),
            attention_count: 0,
            encryption_counts: BTreeMap::new(),
            warnings: estate.snapshots.iter().map(|(.., warnings)| warnings).sum(),
            kms_prices: Vec::new(),
        };
        for bucket in &estate.buckets {
            add_mix(regions.entry(bucket.region.as_ref()).or_default(), &bucket.mix);
            add_mix(&mut overview.mix, &bucket.mix);
            overview.all.objects += bucket.all.objects;
            overview.all.bytes += bucket.all.bytes;
            for (class, share) in &bucket.classes {
                let sum = overview.classes.entry(*class).or_default();
                sum.objects += share.objects;
                sum.bytes += share.bytes;
            }
            for status in bucket.mix.keys() {
                *overview.encryption_counts.entry(*status).or_default() += 1;
            }
            overview.attention_count += usize::from(!bucket.attention.is_empty());
            match bucket.added {
                Some(added) => overview.added = Some(overview.added.unwrap_or_default() + added),
                None => overview.added_unknown += 1,
            }
        }
        overview.kms = under_kms(&overview.mix);
        let named = regions.keys().copied().flatten();
        overview.kms_prices = named
            .filter_map(|region| kms_price(&estate.basis.prices, region))
            .collect();
        overview.regions = regions
            .into_iter()
            .map(|(region, mix)| (region.cloned(), mix))
            .collect();
        overview
    }
}
