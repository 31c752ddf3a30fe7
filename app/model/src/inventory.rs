//! What is in S3, as object groups: the words of S3 Inventory, the group that rows are counted into, and the snapshot
//! that an import yields. Filled by `ingest`, read by every other module. Keys are left out: groups are small whatever
//! the number of objects.

use crate::quantity::{Bytes, Objects};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An AWS Region code such as `eu-west-2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(pub String);

impl Region {
    /// Whether the text has the shape of a Region code: lower-case words and a number, joined by hyphens.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let (last, words) = parts.split_last()?;
        let words_fit = words.len() >= 2
            && words
                .iter()
                .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        let number_fits = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
        (words_fit && number_fits).then(|| Self(text.to_string()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* } else $other:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that S3 uses.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads the word that S3 uses; `None` for a word that is not known here, which the importer counts as a
            /// warning and keeps as unknown.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// The value that stands for a word that is not known, or for a column that is absent.
            pub const UNKNOWN: Self = Self::$other;
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.word())
            }
        }
    };
}

words! {
    /// Storage class of an object (Amazon S3 User Guide, S3 Inventory, 2026-04).
    StorageClass {
        /// S3 Standard.
        Standard = "STANDARD",
        /// Reduced Redundancy, deprecated; priced nowhere here.
        ReducedRedundancy = "REDUCED_REDUNDANCY",
        /// Standard-Infrequent Access.
        StandardIa = "STANDARD_IA",
        /// One Zone-Infrequent Access.
        OneZoneIa = "ONEZONE_IA",
        /// Intelligent-Tiering, whatever the access tier.
        IntelligentTiering = "INTELLIGENT_TIERING",
        /// Glacier Instant Retrieval.
        GlacierIr = "GLACIER_IR",
        /// Glacier Flexible Retrieval.
        Glacier = "GLACIER",
        /// Glacier Deep Archive.
        DeepArchive = "DEEP_ARCHIVE",
        /// S3 on Outposts.
        Outposts = "OUTPOSTS",
        /// Snow family.
        Snow = "SNOW",
        /// S3 Express One Zone.
        ExpressOneZone = "EXPRESS_ONEZONE",
        /// A class that this version does not know, or none was given.
        Unknown = "UNKNOWN",
    } else Unknown
}

words! {
    /// How an object is encrypted at rest (S3 Inventory's `EncryptionStatus`).
    EncryptionStatus {
        /// Keys managed by S3.
        SseS3 = "SSE-S3",
        /// A KMS key; the inventory does not say which.
        SseKms = "SSE-KMS",
        /// Two layers, one under a KMS key.
        DsseKms = "DSSE-KMS",
        /// A key that the customer sends with each request.
        SseC = "SSE-C",
        /// Not encrypted by S3.
        NotSse = "NOT-SSE",
        /// A status that this version does not know, or none was given.
        Unknown = "UNKNOWN",
    } else Unknown
}

words! {
    /// Whether an object uses an S3 Bucket Key (S3 Inventory's `BucketKeyStatus`).
    BucketKeyStatus {
        /// It does.
        Enabled = "ENABLED",
        /// It does not.
        Disabled = "DISABLED",
        /// The inventory does not say.
        Unknown = "UNKNOWN",
    } else Unknown
}

words! {
    /// Size bands that decide minimum charges and copy methods.
    SizeBand {
        /// Smaller than 128 KiB, the least billable size of the infrequent-access classes.
        Under128Kib = "under-128-kib",
        /// From 128 KiB to 5 GiB, the most that one `CopyObject` copies.
        To5Gib = "to-5-gib",
        /// Larger than 5 GiB.
        Over5Gib = "over-5-gib",
        /// The source gives no sizes per object.
        Unknown = "unknown",
    } else Unknown
}

impl SizeBand {
    /// The band of an object of this size.
    #[must_use]
    pub const fn of(size: Bytes) -> Self {
        if size.0 < 128 << 10 {
            Self::Under128Kib
        } else if size.0 <= Bytes::COPY_LIMIT.0 {
            Self::To5Gib
        } else {
            Self::Over5Gib
        }
    }
}

impl StorageClass {
    /// Whether an object must be restored before it can be read or copied.
    #[must_use]
    pub const fn needs_restore(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }
}

/// Count and bytes of all objects that share a bucket, first prefix segment, storage class, encryption, bucket-key
/// status, being current, and size band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectGroup {
    /// Bucket that holds the objects.
    pub bucket: String,
    /// Region of the bucket; unknown when the source does not say and nobody told.
    pub region: Option<Region>,
    /// First segment of the key with its slash, empty for keys without one; [`ObjectGroup::OTHER_PREFIXES`] for those
    /// beyond the limit of prefixes.
    pub prefix: String,
    /// Storage class.
    pub storage_class: StorageClass,
    /// Encryption at rest.
    pub encryption_status: EncryptionStatus,
    /// Whether a bucket key is used.
    pub bucket_key_status: BucketKeyStatus,
    /// Current versions, or noncurrent ones.
    pub current: bool,
    /// Size band.
    pub size_band: SizeBand,
    /// How many.
    pub objects: Objects,
    /// Sum of their sizes.
    pub bytes: Bytes,
    /// Those larger than 5 GiB.
    pub over_5_gib: Objects,
    /// Those under Object Lock retention or legal hold.
    pub locked: Objects,
    /// Bytes of the locked ones.
    pub locked_bytes: Bytes,
    /// Earliest last-modified date.
    pub oldest: Option<UnixMillis>,
    /// Latest last-modified date.
    pub newest: Option<UnixMillis>,
}

impl ObjectGroup {
    /// Stands for all prefixes beyond the limit of prefixes per bucket.
    pub const OTHER_PREFIXES: &'static str = "(other prefixes)";
}

/// Name of a stored snapshot: the first 16 hex digits of a hash over the delivery's own checksums, so that importing the
/// same delivery twice gives one snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SnapshotId(pub String);

impl fmt::Display for SnapshotId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What kind of source a snapshot was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// An S3 Inventory delivery: every object.
    Inventory,
    /// Files of an S3 Metadata inventory table: every object, with the KMS key that it is under.
    Metadata,
    /// Macie's bucket statistics: counts per bucket, latest versions only, no storage classes.
    Macie,
    /// CloudWatch's daily storage metrics: bytes by storage class, objects in one number, no encryption.
    #[serde(rename = "cloudwatch")]
    CloudWatch,
}

impl SourceKind {
    /// As the pages name it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Inventory => "S3 Inventory",
            Self::Metadata => "S3 Metadata table",
            Self::Macie => "Amazon Macie",
            Self::CloudWatch => "Amazon CloudWatch",
        }
    }

    /// How much it knows: of two sources of a bucket the one that knows more counts, and of two alike the newer.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Inventory => 3,
            Self::Metadata => 2,
            Self::Macie => 1,
            Self::CloudWatch => 0,
        }
    }

    /// What figures from it lack, in a sentence; `None` where it lists every object.
    #[must_use]
    pub const fn lacks(self) -> Option<&'static str> {
        match self {
            Self::Inventory => None,
            Self::Metadata => Some(
                "Counts are of an S3 Metadata table, which does not say which versions are current or locked.",
            ),
            Self::Macie => Some("Counts are Macie's: latest versions only, without storage classes."),
            Self::CloudWatch => Some(
                "Counts are CloudWatch's of one day: bytes by storage class, objects over all classes, encryption not known.",
            ),
        }
    }
}

/// Where a snapshot came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotSource {
    /// Kind of source.
    pub kind: SourceKind,
    /// `CSV`, `ORC`, `Parquet` or `JSON`.
    pub format: String,
    /// When AWS took the list.
    pub as_of: Option<UnixMillis>,
    /// Path or URI it was read from.
    pub location: String,
    /// Data files read.
    pub files: u64,
}

/// Something in the source that was kept but could not be read as meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportWarning {
    /// What was found and what it means for the figures.
    pub message: String,
    /// In how many rows.
    pub rows: u64,
    /// Where it was seen first: file and row.
    pub first_seen: String,
}

/// Objects of a bucket that are under one KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyShare {
    /// Bucket.
    pub bucket: String,
    /// `SSE-KMS` or `DSSE-KMS`.
    pub encryption_status: EncryptionStatus,
    /// ARN of the key; `None` where the source has none for these objects.
    pub key: Option<String>,
    /// How many.
    pub objects: Objects,
    /// Sum of their sizes.
    pub bytes: Bytes,
}

/// Totals that Macie gives of a Region, to hold against the sum of the buckets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTotals {
    /// Region.
    pub region: Region,
    /// Buckets; each figure is `None` where it was not given.
    pub buckets: Option<u64>,
    /// Objects.
    pub objects: Option<Objects>,
    /// Their bytes.
    pub bytes: Option<Bytes>,
    /// When Macie took them.
    pub as_of: Option<UnixMillis>,
}

/// One imported delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name.
    #[serde(rename = "snapshot")]
    pub id: SnapshotId,
    /// Where it came from.
    pub source: SnapshotSource,
    /// All rows of the source, delete markers included.
    pub rows: u64,
    /// Objects, noncurrent versions included, delete markers not.
    pub objects: Objects,
    /// Their bytes.
    pub bytes: Bytes,
    /// Delete markers.
    pub delete_markers: Objects,
    /// The groups, sorted.
    pub groups: Vec<ObjectGroup>,
    /// What is under which KMS key, sorted; empty where the source does not name keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyShare>,
    /// Totals that the source gives besides the buckets, by Region; empty where it gives none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<SourceTotals>,
    /// What could not be read as meant.
    pub warnings: Vec<ImportWarning>,
}

impl Snapshot {
    /// Names of the buckets in it, sorted.
    #[must_use]
    pub fn buckets(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.groups.iter().map(|group| group.bucket.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_codes_have_a_shape() {
        for good in ["eu-west-2", "us-gov-east-1", "ap-southeast-7"] {
            assert!(Region::parse(good).is_some(), "{good}");
        }
        for bad in ["", "London", "eu-west", "eu--2", "EU-west-2", "eu-west-2 "] {
            assert!(Region::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn five_gib_can_still_be_copied() {
        assert_eq!(SizeBand::of(Bytes(5 << 30)), SizeBand::To5Gib);
        assert_eq!(SizeBand::of(Bytes((5 << 30) + 1)), SizeBand::Over5Gib);
        assert_eq!(SizeBand::of(Bytes(131_071)), SizeBand::Under128Kib);
    }
}
