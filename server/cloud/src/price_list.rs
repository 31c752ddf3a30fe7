//! What the price list calls our meters, and how its documents are read: exactly by usage type and Region, with every tier,
//! to the last digit. Used by `aws::price_list`, and by nobody who has no document.
//!
//! Names and traps: AWS Price List Query API and offers 20260728131000 (`AmazonS3`) and 2026-08 to 2026-09 (`awskms`).
//! Meters whose usage type was not seen in any document have none here and keep their bundled price.

use model::inventory::{Region, StorageClass};
use model::prices::{ListedPrice, Meter, Tier};
use serde::Deserialize;
use std::collections::BTreeMap;

const S3: &str = "AmazonS3";
/// Deep Archive storage is listed by itself; what `AmazonS3` has under that name is staging.
const DEEP_ARCHIVE: &str = "AmazonS3GlacierDeepArchive";
const KMS: &str = "awskms";

/// Region and the code that S3's usage types begin with; none in us-east-1 (AWS Region billing codes, 2026-11). `GovCloud`
/// and China are not on that page.
const BILLING_CODES: [(&str, &str); 34] = [
    ("us-east-1", ""),
    ("us-east-2", "USE2-"),
    ("us-west-1", "USW1-"),
    ("us-west-2", "USW2-"),
    ("ca-central-1", "CAN1-"),
    ("ca-west-1", "CAN2-"),
    ("mx-central-1", "MXC1-"),
    ("af-south-1", "AFS1-"),
    ("ap-east-1", "APE1-"),
    ("ap-east-2", "APE2-"),
    ("ap-northeast-1", "APN1-"),
    ("ap-northeast-2", "APN2-"),
    ("ap-northeast-3", "APN3-"),
    ("ap-southeast-1", "APS1-"),
    ("ap-southeast-2", "APS2-"),
    ("ap-south-1", "APS3-"),
    ("ap-southeast-3", "APS4-"),
    ("ap-south-2", "APS5-"),
    ("ap-southeast-4", "APS6-"),
    ("ap-southeast-5", "APS7-"),
    ("ap-southeast-6", "APS8-"),
    ("ap-southeast-7", "APS9-"),
    ("eu-west-1", "EU-"),
    ("eu-central-1", "EUC1-"),
    ("eu-central-2", "EUC2-"),
    ("eu-west-2", "EUW2-"),
    ("eu-west-3", "EUW3-"),
    ("eu-north-1", "EUN1-"),
    ("eu-south-1", "EUS1-"),
    ("eu-south-2", "EUS2-"),
    ("il-central-1", "ILC1-"),
    ("me-central-1", "MEC1-"),
    ("me-south-1", "MES1-"),
    ("sa-east-1", "SAE1-"),
];

/// The service and usage type of a meter in a Region; `None` where they are not known.
#[must_use]
pub fn usage_type(region: &Region, meter: Meter) -> Option<(&'static str, String)> {
    let (_, code) = BILLING_CODES.iter().find(|(known, _)| *known == region.0)?;
    let s3 = |name: &str| Some((S3, format!("{code}{name}")));
    // KMS names its usage types after the Region itself, not after the billing code.
    let kms = |name: &str| Some((KMS, format!("{region}-KMS-{name}")));
    match meter {
        Meter::Storage(StorageClass::DeepArchive) => {
            Some((DEEP_ARCHIVE, format!("{code}TimedStorage-GDA-ByteHrs")))
        }
        Meter::Storage(class) => s3(storage(class)?),
        Meter::Put(class) => s3(&format!("Requests-{}Tier1", requests(class)?)),
        Meter::Get(class) => s3(&format!("Requests-{}Tier2", requests(class)?)),
        Meter::Retrieval(class) => s3(retrieval(class)?),
        Meter::RestoreRequest(_) => None,
        Meter::TieringMonitoring => s3("Monitoring-Automation-INT"),
        Meter::KmsKey => kms("Keys"),
        Meter::KmsRequest => kms("Requests"),
        Meter::BatchJob => s3("BatchOperations-Jobs"),
        Meter::BatchObject => s3("BatchOperations-Objects"),
        Meter::BatchManifestObject => s3("BatchOperations-Manifest"),
        Meter::InventoryObject => s3("Inventory-ObjectsListed"),
    }
}

const fn storage(class: StorageClass) -> Option<&'static str> {
    Some(match class {
        StorageClass::Standard => "TimedStorage-ByteHrs",
        StorageClass::StandardIa => "TimedStorage-SIA-ByteHrs",
        StorageClass::OneZoneIa => "TimedStorage-ZIA-ByteHrs",
        StorageClass::GlacierIr => "TimedStorage-GIR-ByteHrs",
        StorageClass::Glacier => "TimedStorage-GlacierByteHrs",
        // The frequent tier, which the bundled price is of as well.
        StorageClass::IntelligentTiering => "TimedStorage-INT-FA-ByteHrs",
        _ => return None,
    })
}

const fn requests(class: StorageClass) -> Option<&'static str> {
    Some(match class {
        StorageClass::Standard => "",
        StorageClass::StandardIa => "SIA-",
        StorageClass::OneZoneIa => "ZIA-",
        StorageClass::GlacierIr => "GIR-",
        StorageClass::IntelligentTiering => "INT-",
        StorageClass::Glacier => "GLACIER-",
        StorageClass::DeepArchive => "GDA-",
        _ => return None,
    })
}

const fn retrieval(class: StorageClass) -> Option<&'static str> {
    Some(match class {
        StorageClass::StandardIa => "Retrieval-SIA",
        StorageClass::OneZoneIa => "Retrieval-ZIA",
        StorageClass::GlacierIr => "Retrieval-GIR",
        StorageClass::Glacier => "Standard-Retrieval-Bytes",
        _ => return None,
    })
}

/// Why a document of the price list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceListError {
    /// It is not of the documented form.
    #[error("a product of the price list cannot be read: {0}")]
    Form(String),
    /// It has no price in US dollars.
    #[error("product {0} has no price in US dollars")]
    Currency(String),
    /// A price is finer than what is kept, or no number.
    #[error("`{0}` is no price of whole nano-dollars")]
    Price(String),
    /// Its tiers do not join.
    #[error("the tiers of product {0} leave a gap or overlap")]
    Tiers(String),
    /// Products of one usage type and Region disagree.
    #[error("products {0} and {1} have the same usage type and different prices")]
    Ambiguous(String, String),
}

#[derive(Deserialize)]
struct Document {
    product: Product,
    terms: Terms,
    #[serde(rename = "publicationDate", default)]
    published: String,
    #[serde(default)]
    version: String,
}

/// `productFamily` is missing in most of S3's products, so nothing asks for it.
#[derive(Deserialize)]
struct Product {
    sku: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Terms {
    #[serde(rename = "OnDemand", default)]
    on_demand: BTreeMap<String, Offer>,
}

#[derive(Deserialize)]
struct Offer {
    #[serde(rename = "priceDimensions")]
    dimensions: BTreeMap<String, Dimension>,
}

#[derive(Deserialize)]
struct Dimension {
    #[serde(rename = "beginRange")]
    begin: String,
    #[serde(rename = "endRange")]
    end: String,
    #[serde(rename = "pricePerUnit")]
    price: BTreeMap<String, String>,
}

/// The price of a meter among the documents of a page, which may hold other usage types: several share a group. `None`
/// without a document of exactly this usage type and Region.
///
/// # Errors
/// When a document of this usage type cannot be read to the last digit, or two disagree.
pub fn read_products(
    documents: &[String],
    region: &Region,
    meter: Meter,
) -> Result<Option<ListedPrice>, PriceListError> {
    let Some((service, name)) = usage_type(region, meter) else {
        return Ok(None);
    };
    let mut found: Option<(String, ListedPrice)> = None;
    for text in documents {
        let document: Document =
            serde_json::from_str(text).map_err(|error| PriceListError::Form(error.to_string()))?;
        let has = |field: &str, value: &str| {
            document
                .product
                .attributes
                .get(field)
                .is_some_and(|found| found == value)
        };
        if !has("usagetype", &name) || !has("regionCode", &region.0) {
            continue;
        }
        let sku = document.product.sku.clone();
        let date = document.published.split('T').next().unwrap_or_default();
        let price = ListedPrice {
            region: region.clone(),
            meter,
            tiers: tiers(&document, meter)?,
            source: format!("AWS Price List API, {service} {name}, offer {}", document.version),
            date: date.to_string(),
        };
        match &found {
            Some((other, earlier)) if earlier.tiers != price.tiers => {
                return Err(PriceListError::Ambiguous(other.clone(), sku));
            }
            Some(_) => {}
            None => found = Some((sku, price)),
        }
    }
    Ok(found.map(|(_, price)| price))
}

fn tiers(document: &Document, meter: Meter) -> Result<Vec<Tier>, PriceListError> {
    let sku = &document.product.sku;
    let offers = document.terms.on_demand.values();
    let mut tiers = Vec::new();
    for dimension in offers.flat_map(|offer| offer.dimensions.values()) {
        let usd = dimension.price.get("USD");
        let usd = usd.ok_or_else(|| PriceListError::Currency(sku.clone()))?;
        let bound = |text: &str| {
            text.parse::<u64>()
                .map_err(|_| PriceListError::Tiers(sku.clone()))
        };
        tiers.push(Tier {
            begin_gb: bound(&dimension.begin)?,
            end_gb: match dimension.end.as_str() {
                "Inf" => None,
                end => Some(bound(end)?),
            },
            nano: nano(usd, meter.per()).ok_or_else(|| PriceListError::Price(usd.clone()))?,
        });
    }
    tiers.sort_by_key(|tier| tier.begin_gb);
    let joined = tiers.windows(2).all(|pair| match pair {
        [one, next] => one.end_gb == Some(next.begin_gb),
        _ => true,
    });
    let whole = tiers.first().is_some_and(|first| first.begin_gb == 0)
        && tiers.last().is_some_and(|last| last.end_gb.is_none());
    if joined && whole {
        Ok(tiers)
    } else {
        Err(PriceListError::Tiers(sku.clone()))
    }
}

/// A decimal price of one unit in nano-dollars for `per` units, exactly; `None` when that is not whole.
fn nano(text: &str, per: u64) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{whole}{fraction}")
        .parse()
        .ok()
        .filter(|digits| *digits >= 0)?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let scaled = digits.checked_mul(1_000_000_000)?.checked_mul(per.into())?;
    if scaled % scale != 0 {
        return None;
    }
    i64::try_from(scaled / scale).ok()
}
