//! List prices per Region with their source and date: those that somebody adopted from the Price List API, before those of
//! `data/prices.json` (compiled in by `build.rs`). Read by the cost modules, the prices page and the settings. Prices in
//! another currency than the US dollar are treated as not known, because nothing here converts.

use crate::inventory::{Region, StorageClass};
use crate::money::NanoUsd;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// What is metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Meter {
    /// A GB-month of storage in a class, tiered over the account's whole use in the Region.
    Storage(StorageClass),
    /// A PUT, COPY, POST or LIST request on a class.
    Put(StorageClass),
    /// A GET, SELECT or other request on a class.
    Get(StorageClass),
    /// A GB retrieved from a class; by a standard restore from the archive classes.
    Retrieval(StorageClass),
    /// A standard restore request for an archived object.
    RestoreRequest(StorageClass),
    /// An Intelligent-Tiering object monitored for a month.
    TieringMonitoring,
    /// A customer managed KMS key for a month.
    KmsKey,
    /// A symmetric KMS request.
    KmsRequest,
    /// A Batch Operations job.
    BatchJob,
    /// An object processed by Batch Operations.
    BatchObject,
    /// An object of the source bucket listed for a manifest that S3 makes.
    BatchManifestObject,
    /// An object listed by S3 Inventory.
    InventoryObject,
}

impl Meter {
    /// How many units its price is stated for. Every published price is whole nano-dollars for so many.
    #[must_use]
    pub const fn per(self) -> u64 {
        match self {
            Self::Storage(_) | Self::Retrieval(_) | Self::KmsKey | Self::BatchJob => 1,
            Self::Put(_) | Self::Get(_) | Self::RestoreRequest(_) | Self::TieringMonitoring => 1_000,
            Self::KmsRequest => 10_000,
            Self::BatchObject | Self::BatchManifestObject | Self::InventoryObject => 1_000_000,
        }
    }
}

/// One tier of a price: from `begin_gb` on, up to `end_gb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// First unit of the tier.
    pub begin_gb: u64,
    /// End of the tier, exclusive; open when `None`.
    pub end_gb: Option<u64>,
    /// Nano-dollars for [`PricePoint::per`] units.
    pub nano: i64,
}

/// A published price of the bundled table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BundledPrice {
    meter: Meter,
    per: u64,
    tiers: &'static [Tier],
    /// Key of its [`PriceSource`].
    source: &'static str,
}

/// A price as the Price List API has it, in US dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPrice {
    /// Region it holds in.
    pub region: Region,
    /// What it buys.
    pub meter: Meter,
    /// Its tiers, ascending, each for [`Meter::per`] units.
    pub tiers: Vec<Tier>,
    /// What listed it, as people read it.
    pub source: String,
    /// Date of the list.
    pub date: String,
}

/// The prices in use: what was adopted, before the bundled table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<ListedPrice>", into = "Vec<ListedPrice>")]
pub struct Prices {
    /// By Region and meter.
    adopted: Arc<Vec<Arc<ListedPrice>>>,
}

/// A price in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// How many units the tiers' prices are for.
    pub per: u64,
    held: Held,
}

/// Where a price is held.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    Bundled(&'static [Tier], &'static str),
    Adopted(Arc<ListedPrice>),
}

/// Where prices were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PriceSource {
    /// Key.
    pub key: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Date of the data.
    pub date: &'static str,
}

/// Facts about a Region of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RegionFacts {
    /// Code.
    pub code: &'static str,
    /// Name, or the code when no name was found.
    pub name: &'static str,
    /// Currency of its prices.
    pub currency: &'static str,
    /// Partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'static str,
    /// Its prices.
    #[serde(skip)]
    points: &'static [BundledPrice],
}

include!(concat!(env!("OUT_DIR"), "/prices.rs"));

/// Source key of the figures that the KMS pricing page states without naming a Region.
const KMS_PAGE_SOURCE: &str = "kms-pricing-page";

static KMS_PAGE: PriceSource = PriceSource {
    key: KMS_PAGE_SOURCE,
    what: "AWS KMS pricing page, stated without a Region; this Region's own price-list row was not seen",
    date: "2026-11-23",
};

/// KMS requests a month that cost nothing, over all Regions of an account (awskms price list, `Global-KMS-Requests`,
/// 2026-08 to 2026-09).
#[must_use]
pub const fn kms_free_requests() -> u64 {
    KMS_FREE_REQUESTS
}

/// The date on which the bundled table was put together.
#[must_use]
pub fn table_date() -> &'static str {
    MADE
}

/// Every Region of the table.
#[must_use]
pub fn regions() -> &'static [RegionFacts] {
    REGIONS
}

/// Facts about one Region.
#[must_use]
pub fn region_facts(region: &Region) -> Option<&'static RegionFacts> {
    // The table is made in the order of the codes.
    let index = REGIONS
        .binary_search_by(|facts| facts.code.cmp(region.0.as_str()))
        .ok()?;
    REGIONS.get(index)
}

/// What the bundled table prices in a Region.
pub fn of_region(region: &Region) -> impl Iterator<Item = Meter> {
    let points = region_facts(region).into_iter().flat_map(|facts| facts.points);
    points.map(|point| point.meter)
}

/// The bundled price of a meter in a Region; `None` when no published figure was found.
#[must_use]
pub fn bundled(region: &Region, meter: Meter) -> Option<PricePoint> {
    let point = |per, tiers, source| PricePoint {
        per,
        held: Held::Bundled(tiers, source),
    };
    let facts = region_facts(region)?;
    if facts.currency != "USD" {
        return None;
    }
    if let Some(found) = facts.points.iter().find(|point| point.meter == meter) {
        return Some(point(found.per, found.tiers, found.source));
    }
    // The KMS pricing page names no Region; it is not confirmed for GovCloud and China.
    let commercial = facts.partition == "aws" && !facts.code.starts_with("us-gov-");
    let (per, tiers) = match meter {
        Meter::KmsKey if commercial => (1, KMS_PAGE_KEY),
        Meter::KmsRequest if commercial => (10_000, KMS_PAGE_REQUEST),
        _ => return None,
    };
    Some(point(per, tiers, KMS_PAGE_SOURCE))
}

/// The source that a bundled price names.
fn source(key: &str) -> Option<&'static PriceSource> {
    if key == KMS_PAGE_SOURCE {
        return Some(&KMS_PAGE);
    }
    SOURCES.iter().find(|source| source.key == key)
}

impl From<Vec<ListedPrice>> for Prices {
    fn from(listed: Vec<ListedPrice>) -> Self {
        let mut adopted: Vec<Arc<ListedPrice>> = listed.into_iter().map(Arc::new).collect();
        adopted.sort_by(|one, other| (&one.region, one.meter).cmp(&(&other.region, other.meter)));
        Self {
            adopted: Arc::new(adopted),
        }
    }
}

impl From<Prices> for Vec<ListedPrice> {
    fn from(prices: Prices) -> Self {
        prices
            .adopted
            .iter()
            .map(|price| price.as_ref().clone())
            .collect()
    }
}

impl Prices {
    /// The price of a meter in a Region; `None` when no figure is known.
    #[must_use]
    pub fn price(&self, region: &Region, meter: Meter) -> Option<PricePoint> {
        let place = |price: &Arc<ListedPrice>| (&price.region, price.meter).cmp(&(region, meter));
        match self.adopted.binary_search_by(place) {
            Ok(index) => self.adopted.get(index).map(PricePoint::from),
            Err(_) => bundled(region, meter),
        }
    }

    /// What is priced in a Region, in order.
    #[must_use]
    pub fn meters(&self, region: &Region) -> Vec<Meter> {
        let adopted = self.adopted.iter().filter(|price| price.region == *region);
        let mut meters: Vec<Meter> = of_region(region)
            .chain(adopted.map(|price| price.meter))
            // Of these some Regions have only what the pricing page states.
            .chain([Meter::KmsKey, Meter::KmsRequest])
            .collect();
        meters.sort_unstable();
        meters.dedup();
        meters
    }

    /// What was adopted, by Region and meter.
    pub fn adopted(&self) -> impl Iterator<Item = &ListedPrice> {
        self.adopted.iter().map(AsRef::as_ref)
    }
}

impl From<&Arc<ListedPrice>> for PricePoint {
    fn from(price: &Arc<ListedPrice>) -> Self {
        Self {
            per: price.meter.per(),
            held: Held::Adopted(Arc::clone(price)),
        }
    }
}

impl PricePoint {
    /// Its tiers, ascending.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        match &self.held {
            Held::Bundled(tiers, _) => tiers,
            Held::Adopted(price) => &price.tiers,
        }
    }

    /// What stated it, and its date.
    #[must_use]
    pub fn source(&self) -> (Cow<'static, str>, Cow<'static, str>) {
        match &self.held {
            Held::Bundled(_, key) => source(key).map_or_else(
                || (Cow::from("an unnamed source"), Cow::from("no date")),
                |source| (Cow::from(source.what), Cow::from(source.date)),
            ),
            Held::Adopted(price) => (Cow::from(price.source.clone()), Cow::from(price.date.clone())),
        }
    }

    /// Nano-dollars of the first tier.
    #[must_use]
    pub fn first_nano(&self) -> i64 {
        self.tiers().first().map_or(0, |tier| tier.nano)
    }

    /// The price of `quantity` units in the first tier.
    #[must_use]
    pub fn cost(&self, quantity: u64) -> NanoUsd {
        NanoUsd::of(u128::from(quantity), self.first_nano(), self.per)
    }

    /// `$0.0053 per 1,000`, as the price list states it.
    #[must_use]
    pub fn stated(&self, nano: i64) -> String {
        let amount = NanoUsd(i128::from(nano)).to_decimal();
        if self.per == 1 {
            format!("${amount}")
        } else {
            format!("${amount} per {}", crate::format::grouped(self.per))
        }
    }
}

/// A price per single unit as an exact decimal: `0.0000025` for 2,500,000 nano-dollars per 1,000,000.
#[must_use]
pub fn unit_decimal(nano: i64, per: u64) -> String {
    // `per` is a power of ten in the price list, so the quotient ends.
    let zeros = per.max(1).ilog10() as usize;
    let places = 9 + zeros;
    let digits = format!("{:0>width$}", nano.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let sign = if nano < 0 { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> Region {
        Region(code.to_string())
    }

    #[test]
    fn london_has_the_listed_prices() {
        let london = region("eu-west-2");
        let storage = bundled(&london, Meter::Storage(StorageClass::Standard)).expect("a price");
        let nanos: Vec<i64> = storage.tiers().iter().map(|tier| tier.nano).collect();
        assert_eq!(nanos, [24_000_000, 23_000_000, 22_000_000]);
        assert_eq!(
            bundled(&london, Meter::Get(StorageClass::Standard))
                .expect("a price")
                .first_nano(),
            420_000
        );
        assert_eq!(
            bundled(&london, Meter::KmsRequest)
                .expect("a price")
                .cost(2_010_000),
            NanoUsd(6_030_000_000)
        );
    }

    #[test]
    fn what_was_not_found_is_none_and_never_zero() {
        assert_eq!(bundled(&region("eu-west-2"), Meter::BatchJob), None);
        assert_eq!(
            bundled(&region("ap-east-2"), Meter::Put(StorageClass::Standard)),
            None
        );
        assert_eq!(
            bundled(&region("cn-north-1"), Meter::Storage(StorageClass::Standard)),
            None,
            "priced in CNY"
        );
        assert_eq!(bundled(&region("us-gov-east-1"), Meter::KmsKey), None);
        assert_eq!(bundled(&region("mars-north-1"), Meter::KmsKey), None);
    }

    #[test]
    fn a_default_of_the_pricing_page_says_so() {
        let paris = bundled(&region("eu-west-3"), Meter::KmsKey).expect("a price");
        assert_eq!(paris.first_nano(), 1_000_000_000);
        assert!(paris.source().0.contains("without a Region"));
    }

    #[test]
    fn every_price_names_a_known_source() {
        for point in REGIONS.iter().flat_map(|facts| facts.points) {
            assert!(source(point.source).is_some(), "{point:?}");
            assert!(!point.tiers.is_empty(), "{point:?}");
        }
    }

    #[test]
    fn what_was_adopted_goes_before_the_table_with_its_own_source() {
        let london = region("eu-west-2");
        let listed = |meter, nano| ListedPrice {
            region: london.clone(),
            meter,
            tiers: vec![Tier {
                begin_gb: 0,
                end_gb: None,
                nano,
            }],
            source: "AWS Price List API".to_string(),
            date: "2026-11-20".to_string(),
        };
        let prices = Prices::from(vec![
            listed(Meter::KmsRequest, 31_000_000),
            listed(Meter::BatchJob, 250_000_000),
        ]);
        let kms = prices.price(&london, Meter::KmsRequest).expect("a price");
        assert_eq!((kms.per, kms.first_nano()), (10_000, 31_000_000));
        assert_eq!(kms.source().0, "AWS Price List API");
        assert_eq!(kms.source().1, "2026-11-20");
        assert_eq!(bundled(&london, Meter::BatchJob), None);
        assert!(
            prices.price(&london, Meter::BatchJob).is_some(),
            "the list fills a gap"
        );
        assert!(prices.meters(&london).contains(&Meter::BatchJob));
        assert_eq!(
            prices.price(&region("us-east-1"), Meter::KmsRequest),
            bundled(&region("us-east-1"), Meter::KmsRequest),
            "elsewhere the table holds"
        );
        let text = serde_json::to_string(&prices).expect("JSON");
        assert_eq!(serde_json::from_str::<Prices>(&text).expect("prices"), prices);
    }

    #[test]
    fn bundled_prices_are_stated_for_the_units_of_their_meter() {
        for point in REGIONS.iter().flat_map(|facts| facts.points) {
            assert_eq!(point.per, point.meter.per(), "{point:?}");
        }
    }

    #[test]
    fn unit_prices_are_exact_decimals() {
        assert_eq!(unit_decimal(5_300_000, 1000), "0.0000053");
        assert_eq!(unit_decimal(2_500_000, 1_000_000), "0.0000000025");
        assert_eq!(unit_decimal(1_000_000_000, 1), "1");
    }
}
