//! A line of a statement: quantity times price, and the words for it. Lines hold no text, so that a what-if over
//! thousands of buckets stays quick; the words are made for the lines that are shown.

use crate::basis::Basis;
use crate::format::grouped;
use crate::inventory::{Region, StorageClass};
use crate::money::NanoUsd;
use crate::prices::{Meter, PricePoint, Prices, unit_decimal};
use crate::quantity::Bytes;
use crate::requests::RequestKind;
use serde::{Deserialize, Serialize};

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostLine {
    /// Storage of a class, in one tier of its price.
    Storage(StorageClass),
    /// Intelligent-Tiering monitoring.
    TieringMonitoring,
    /// Requests of a kind on a class.
    Requests(RequestKind, StorageClass),
    /// A KMS key.
    KmsKey,
    /// What the rotations of a KMS key add to its price.
    KmsRotation,
    /// What DSSE-KMS encrypts a second time.
    DualLayerIn,
    /// What DSSE-KMS decrypts a second time.
    DualLayerOut,
    /// KMS requests.
    KmsRequests,
    /// The KMS requests that cost nothing.
    KmsFreeTier,
    /// `UpdateObjectEncryption` requests, billed at the Standard rate whatever the class.
    UpdateRequests,
    /// `CopyObject` requests, or the parts of large copies.
    CopyRequests(StorageClass),
    /// KMS requests that the conversion makes.
    ConversionKms,
    /// Looks at objects just before they are converted.
    Looks(StorageClass),
    /// Looks at objects after they were converted.
    ReadBack(StorageClass),
    /// Data retrieved by a copy.
    CopyRetrieval(StorageClass),
    /// What overwriting before the minimum duration costs.
    EarlyDelete(StorageClass),
    /// Versions that copies leave behind.
    OldVersions(StorageClass),
    /// Restore requests.
    RestoreRequests(StorageClass),
    /// Data retrieved by a restore.
    RestoreRetrieval(StorageClass),
    /// The restored copies beside the archive.
    RestoredCopy(StorageClass),
    /// Jobs of S3 Batch Operations.
    BatchJob,
    /// Objects that such jobs process.
    BatchObjects,
    /// Objects that are listed for a manifest that S3 makes.
    BatchManifest,
    /// Data events that CloudTrail logs.
    DataEvents,
}

/// A line of a [`Statement`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is for.
    pub what: CostLine,
    /// Position of the bucket in the basis; `None` for what the account or Region shares.
    pub bucket: Option<u32>,
    /// Region.
    pub region: Option<Region>,
    /// Quantity in the unit of the line: bytes, bytes times days, requests, objects, keys.
    pub quantity: u128,
    /// Nano-dollars of the tier for [`PricePoint::per`] units, with its price; `None` when the price is not known.
    pub price: Option<(i64, PricePoint)>,
    /// Amount; `None` when the price is not known.
    pub usd: Option<NanoUsd>,
}

/// Lines, their sum, and what is missing from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The lines.
    pub lines: Vec<Line>,
    /// Sum of the lines whose price is known.
    pub total: NanoUsd,
    /// What could not be counted; then the total is a lower bound.
    pub missing: Vec<String>,
    /// The prices that it is made of.
    pub(super) prices: Prices,
}

/// A line in words and decimals, as files and pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineText {
    /// What it is for.
    pub line: String,
    /// Bucket, where the line belongs to one.
    pub bucket: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Quantity in `unit`.
    pub quantity: String,
    /// Unit.
    pub unit: String,
    /// Price of one unit.
    pub unit_price_usd: Option<String>,
    /// Amount.
    pub usd: Option<NanoUsd>,
    /// How it was computed, from which price, of which date.
    pub derivation: String,
}

impl Statement {
    /// An empty one, by these prices.
    pub(super) fn by(prices: &Prices) -> Self {
        Self {
            prices: prices.clone(),
            ..Self::default()
        }
    }

    /// Adds what S3 Batch Operations bill beside the requests, out of another statement by the same prices; the list of
    /// objects only where S3 makes it.
    pub fn take_job_fees(&mut self, of: &Self, generated: bool) {
        let fee = |line: &&Line| match line.what {
            CostLine::BatchJob | CostLine::BatchObjects => true,
            CostLine::BatchManifest => generated,
            _ => false,
        };
        for line in of.lines.iter().filter(fee) {
            let region = line.region.as_ref();
            self.push_priced(line.what, line.bucket, region, line.quantity, line.price.clone());
        }
    }

    /// Adds a line with a flat price.
    pub(super) fn push(
        &mut self,
        what: CostLine,
        bucket: Option<u32>,
        region: Option<&Region>,
        quantity: impl Into<u128>,
        meter: Meter,
    ) {
        let quantity = quantity.into();
        if quantity == 0 {
            return;
        }
        let price = region.and_then(|region| self.prices.price(region, meter));
        self.push_priced(
            what,
            bucket,
            region,
            quantity,
            price.map(|price| (price.first_nano(), price)),
        );
    }

    /// Adds a line with a given tier of a price.
    pub(super) fn push_priced(
        &mut self,
        what: CostLine,
        bucket: Option<u32>,
        region: Option<&Region>,
        quantity: impl Into<u128>,
        price: Option<(i64, PricePoint)>,
    ) {
        let quantity = quantity.into();
        let usd = price
            .as_ref()
            .map(|(nano, point)| amount(what, quantity, *nano, point.per));
        match usd {
            Some(usd) => self.total += usd,
            None => {
                let place = region.map_or_else(|| "an unknown Region".to_string(), ToString::to_string);
                let text = format!("No price is known for “{}” in {place}.", what.title());
                if !self.missing.contains(&text) {
                    self.missing.push(text);
                }
            }
        }
        self.lines.push(Line {
            what,
            bucket,
            region: region.cloned(),
            quantity,
            price,
            usd,
        });
    }
}

/// Days of a month by which storage of a few days is billed.
const MONTH_DAYS: u64 = 30;

/// Storage is counted in bytes and priced per binary gigabyte and month; the free tier is a credit.
fn amount(what: CostLine, quantity: u128, nano: i64, per: u64) -> NanoUsd {
    match what.measure() {
        Measure::Gigabytes => NanoUsd::of(quantity, nano, per.saturating_mul(Bytes::GIB)),
        Measure::GigabyteDays => NanoUsd::of(
            quantity,
            nano,
            per.saturating_mul(Bytes::GIB).saturating_mul(MONTH_DAYS),
        ),
        Measure::Pieces if what == CostLine::KmsFreeTier => -NanoUsd::of(quantity, nano, per),
        Measure::Pieces => NanoUsd::of(quantity, nano, per),
    }
}

/// What a line's quantity counts.
enum Measure {
    Pieces,
    /// Bytes, priced per gigabyte.
    Gigabytes,
    /// Bytes times days, priced per gigabyte and month.
    GigabyteDays,
}

impl CostLine {
    /// As statements name it.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Storage(class) => format!("Storage, {class}"),
            Self::TieringMonitoring => "Intelligent-Tiering monitoring".to_string(),
            Self::Requests(kind, class) if kind.has_class() => format!("{} requests, {class}", kind.title()),
            Self::Requests(kind, _) => format!("{} requests", kind.title()),
            Self::KmsKey => "KMS key".to_string(),
            Self::KmsRotation => "KMS key rotations".to_string(),
            Self::DualLayerIn => "DSSE-KMS, encrypted".to_string(),
            Self::DualLayerOut => "DSSE-KMS, decrypted".to_string(),
            Self::KmsRequests => "KMS requests".to_string(),
            Self::KmsFreeTier => "KMS free tier".to_string(),
            Self::UpdateRequests => "UpdateObjectEncryption requests".to_string(),
            Self::CopyRequests(class) => format!("CopyObject requests, {class}"),
            Self::ConversionKms => "KMS requests of the conversion".to_string(),
            Self::Looks(class) => format!("HEAD requests before converting, {class}"),
            Self::ReadBack(class) => format!("HEAD requests to read back, {class}"),
            Self::CopyRetrieval(class) | Self::RestoreRetrieval(class) => format!("Retrieval, {class}"),
            Self::EarlyDelete(class) => format!("Early deletion, {class}"),
            Self::OldVersions(class) => format!("Versions left behind, {class}"),
            Self::RestoreRequests(class) => format!("Restore requests, {class}"),
            Self::RestoredCopy(class) => format!("Restored copies, {class}"),
            Self::BatchJob => "Batch Operations jobs".to_string(),
            Self::BatchObjects => "Batch Operations objects".to_string(),
            Self::BatchManifest => "Batch Operations manifest".to_string(),
            Self::DataEvents => "CloudTrail data events".to_string(),
        }
    }

    /// Unit of the quantity, as shown.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Storage(_) => "GB-month",
            Self::CopyRetrieval(_) | Self::RestoreRetrieval(_) | Self::DualLayerIn | Self::DualLayerOut => {
                "GB"
            }
            Self::EarlyDelete(_) | Self::OldVersions(_) | Self::RestoredCopy(_) => "GB-day",
            Self::BatchJob => "job",
            Self::BatchObjects | Self::BatchManifest => "object",
            Self::DataEvents => "event",
            Self::TieringMonitoring => "object-month",
            Self::KmsKey | Self::KmsRotation => "key-month",
            _ => "request",
        }
    }

    const fn measure(self) -> Measure {
        match self {
            Self::Storage(_)
            | Self::CopyRetrieval(_)
            | Self::RestoreRetrieval(_)
            | Self::DualLayerIn
            | Self::DualLayerOut => Measure::Gigabytes,
            Self::EarlyDelete(_) | Self::OldVersions(_) | Self::RestoredCopy(_) => Measure::GigabyteDays,
            _ => Measure::Pieces,
        }
    }
}

impl Line {
    /// The line in words.
    #[must_use]
    pub fn text(&self, basis: &Basis) -> LineText {
        let bucket = self
            .bucket
            .and_then(|index| basis.buckets.get(index as usize))
            .map(|bucket| bucket.name.clone());
        LineText {
            line: self.what.title(),
            bucket,
            region: self.region.as_ref().map(|region| region.0.clone()),
            quantity: self.quantity_text(false),
            unit: self.what.unit().to_string(),
            unit_price_usd: self
                .price
                .as_ref()
                .map(|(nano, point)| unit_decimal(*nano, point.per)),
            usd: self.usd,
            derivation: self.derivation(),
        }
    }

    /// Quantity in the shown unit; gigabytes with three decimals.
    fn quantity_text(&self, group: bool) -> String {
        let written = |whole: u128| match u64::try_from(whole) {
            Ok(whole) if group => grouped(whole),
            _ => whole.to_string(),
        };
        if matches!(self.what.measure(), Measure::Pieces) {
            return written(self.quantity);
        }
        let milli =
            (self.quantity.saturating_mul(1000) + u128::from(Bytes::GIB) / 2) / u128::from(Bytes::GIB);
        let whole = written(milli / 1000);
        if milli.is_multiple_of(1000) {
            whole
        } else {
            format!("{whole}.{:03}", milli % 1000)
        }
    }

    /// How it was computed.
    #[must_use]
    pub fn derivation(&self) -> String {
        let quantity = self.quantity_text(true);
        let unit = self.what.unit();
        let Some((nano, point)) = &self.price else {
            return format!("{quantity} {unit}s × a price that is not known here");
        };
        let (what, date) = point.source();
        let free = if self.what == CostLine::KmsFreeTier {
            "free of charge each month over all Regions: −"
        } else {
            ""
        };
        let note = match self.what {
            CostLine::Storage(_) => "; 1 GB is 1,024³ bytes",
            CostLine::UpdateRequests => "; always at the Standard rate",
            CostLine::ConversionKms => "; the number of calls per object is an assumption",
            CostLine::ReadBack(_) => {
                "; one for each object that the plan reads back, each one unless it says otherwise"
            }
            CostLine::EarlyDelete(_) => {
                "; for the days left of the minimum duration, ages taken to be spread evenly between the oldest and the newest object"
            }
            CostLine::OldVersions(_) | CostLine::RestoredCopy(_) => "; by days, 30 to a month",
            _ => "",
        };
        format!(
            "{free}{quantity} {unit}s × {}{note}. Price: {what}, {date}.",
            point.stated(*nano)
        )
    }
}
