//! The buckets of the simulated account, as a table: what each is for, how its keys look, and in which shares its objects
//! are stored and encrypted. `generate` makes the objects from it; nothing here depends on the time of day.

use super::dressing::KeyShape;
use super::kms::KeyRole;
use model::inventory::StorageClass::{
    self, DeepArchive, Glacier, GlacierIr, IntelligentTiering, OneZoneIa, ReducedRedundancy, Standard,
    StandardIa,
};

/// The account's number.
pub(super) const ACCOUNT_ID: &str = "111122223333";

const LONDON: &str = "eu-west-2";
const VIRGINIA: &str = "us-east-1";
const FRANKFURT: &str = "eu-central-1";

/// Encryption of an object that the account starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sealed {
    S3,
    Not,
    Customer,
    Dual,
    Kms { role: KeyRole, bucket_key: bool },
}

const KMS: Sealed = Sealed::Kms {
    role: KeyRole::General,
    bucket_key: false,
};
const KMS_BUCKET_KEY: Sealed = Sealed::Kms {
    role: KeyRole::General,
    bucket_key: true,
};
const KMS_OTHER: Sealed = Sealed::Kms {
    role: KeyRole::Payments,
    bucket_key: false,
};
const KMS_MANAGED: Sealed = Sealed::Kms {
    role: KeyRole::AwsManaged,
    bucket_key: false,
};

/// A bucket of the table. Shares are weights.
#[derive(Debug)]
pub(super) struct BucketPlan {
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) purpose: &'static str,
    pub(super) created: &'static str,
    pub(super) versioned: bool,
    pub(super) object_lock: bool,
    pub(super) shape: KeyShape,
    pub(super) keys: u64,
    pub(super) classes: &'static [(StorageClass, u64)],
    pub(super) sealed: &'static [(Sealed, u64)],
    /// Least and greatest size in bytes.
    pub(super) sizes: &'static [((u64, u64), u64)],
    /// Default encryption.
    pub(super) default: Sealed,
    pub(super) noncurrent_percent: u64,
    pub(super) deleted_percent: u64,
    pub(super) locked_percent: u64,
    /// Numbers of objects that come under a legal hold after the first inventory.
    pub(super) held_later: &'static [u64],
    pub(super) gets_per_month: u64,
    pub(super) puts_per_month: u64,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

const PLAIN: BucketPlan = BucketPlan {
    name: "",
    region: LONDON,
    purpose: "",
    created: "2021-03-04T09:10:11Z",
    versioned: false,
    object_lock: false,
    shape: KeyShape::Demo,
    keys: 0,
    classes: &[(Standard, 1)],
    sealed: &[(Sealed::S3, 1)],
    sizes: &[((KIB, MIB), 1)],
    default: Sealed::S3,
    noncurrent_percent: 0,
    deleted_percent: 0,
    locked_percent: 0,
    held_later: &[],
    gets_per_month: 0,
    puts_per_month: 0,
};

/// A bucket of nothing but objects to convert, as many as somebody asks for: for measuring. Sixteen prefixes, in the Region
/// with the largest KMS quota.
pub(super) const LOAD: BucketPlan = BucketPlan {
    name: "load-test",
    region: VIRGINIA,
    purpose: "As many objects as were asked for, to measure a migration on.",
    shape: KeyShape::Telemetry,
    ..PLAIN
};

/// All buckets, by name.
pub(super) const BUCKETS: &[BucketPlan] = &[
    BucketPlan {
        name: "access-logs-eu",
        purpose: "Server access logs of the other buckets; delivery does not work to a bucket whose default is SSE-KMS.",
        shape: KeyShape::Logs,
        keys: 2_400,
        classes: &[(Standard, 3), (OneZoneIa, 1)],
        sizes: &[((200, 40 * KIB), 1)],
        gets_per_month: 900,
        puts_per_month: 210_000,
        ..PLAIN
    },
    BucketPlan {
        name: "claims-documents-prod",
        purpose: "Scanned insurance claims, read by case handlers all day.",
        versioned: true,
        shape: KeyShape::Claims,
        keys: 5_200,
        classes: &[(Standard, 70), (StandardIa, 20), (GlacierIr, 10)],
        sealed: &[(Sealed::S3, 94), (Sealed::Not, 3), (KMS, 2), (KMS_OTHER, 1)],
        sizes: &[((40 * KIB, 900 * KIB), 80), ((MIB, 30 * MIB), 19), ((0, 0), 1)],
        noncurrent_percent: 12,
        deleted_percent: 4,
        gets_per_month: 41_000_000,
        puts_per_month: 1_900_000,
        ..PLAIN
    },
    BucketPlan {
        name: "clickstream-raw",
        region: VIRGINIA,
        purpose: "Raw web events, written every few seconds and read by nightly jobs.",
        shape: KeyShape::Clickstream,
        keys: 7_400,
        classes: &[(Standard, 60), (IntelligentTiering, 35), (ReducedRedundancy, 5)],
        sealed: &[(Sealed::S3, 99), (Sealed::Not, 1)],
        sizes: &[((8 * KIB, 400 * KIB), 90), ((MIB, 96 * MIB), 10)],
        gets_per_month: 260_000_000,
        puts_per_month: 88_000_000,
        ..PLAIN
    },
    BucketPlan {
        name: "customer-statements",
        purpose: "Monthly statements as PDF, fetched by the customer portal.",
        shape: KeyShape::Statements,
        keys: 3_600,
        classes: &[(Standard, 50), (StandardIa, 50)],
        sealed: &[(Sealed::S3, 97), (Sealed::Not, 2), (KMS_MANAGED, 1)],
        sizes: &[((30 * KIB, 600 * KIB), 1)],
        gets_per_month: 6_400_000,
        puts_per_month: 420_000,
        ..PLAIN
    },
    BucketPlan {
        name: "device-telemetry",
        region: FRANKFURT,
        purpose: "Readings of meters in the field; the Region's KMS quota is small here.",
        shape: KeyShape::Telemetry,
        keys: 4_000,
        classes: &[(Standard, 80), (StandardIa, 20)],
        sizes: &[((300, 12 * KIB), 95), ((128 * KIB, MIB), 5)],
        gets_per_month: 18_000_000,
        puts_per_month: 52_000_000,
        ..PLAIN
    },
    BucketPlan {
        name: "kms-encryption-demo",
        purpose: "A handful of pictures, to try the whole way on.",
        shape: KeyShape::Demo,
        keys: 24,
        sizes: &[((20 * KIB, 4 * MIB), 1)],
        gets_per_month: 2_000_000,
        puts_per_month: 10_000,
        ..PLAIN
    },
    BucketPlan {
        name: "media-masters",
        region: VIRGINIA,
        purpose: "Film and sound masters; many are larger than one CopyObject can copy.",
        versioned: true,
        shape: KeyShape::Media,
        keys: 900,
        classes: &[(IntelligentTiering, 60), (Glacier, 25), (Standard, 15)],
        sealed: &[(Sealed::S3, 90), (Sealed::Not, 8), (Sealed::Customer, 2)],
        sizes: &[((200 * MIB, 4 * GIB), 60), ((6 * GIB, 180 * GIB), 40)],
        noncurrent_percent: 6,
        deleted_percent: 2,
        gets_per_month: 120_000,
        puts_per_month: 2_500,
        ..PLAIN
    },
    BucketPlan {
        name: "ml-features",
        region: VIRGINIA,
        purpose: "Feature tables of the models; moved to SSE-KMS two years ago, in part.",
        shape: KeyShape::Features,
        keys: 2_200,
        classes: &[(Standard, 1)],
        sealed: &[
            (KMS, 40),
            (KMS_BUCKET_KEY, 25),
            (KMS_OTHER, 10),
            (Sealed::S3, 24),
            (Sealed::Dual, 1),
        ],
        sizes: &[((MIB, 400 * MIB), 99), ((6 * GIB, 9 * GIB), 1)],
        default: KMS,
        gets_per_month: 74_000_000,
        puts_per_month: 3_100_000,
        ..PLAIN
    },
    BucketPlan {
        name: "partner-uploads",
        region: FRANKFURT,
        purpose: "Whatever partners send, under whatever names they give it.",
        versioned: true,
        shape: KeyShape::Partners,
        keys: 1_800,
        classes: &[(Standard, 90), (StandardIa, 10)],
        sealed: &[
            (Sealed::S3, 82),
            (Sealed::Not, 8),
            (Sealed::Customer, 6),
            (Sealed::Dual, 2),
            (KMS, 2),
        ],
        sizes: &[((0, 0), 3), ((10, 900 * KIB), 92), ((MIB, 700 * MIB), 5)],
        noncurrent_percent: 15,
        deleted_percent: 6,
        gets_per_month: 340_000,
        puts_per_month: 95_000,
        ..PLAIN
    },
    BucketPlan {
        name: "payments-ledger-prod",
        purpose: "The book of record of all payments, under Object Lock.",
        versioned: true,
        object_lock: true,
        shape: KeyShape::Ledger,
        keys: 2_600,
        sealed: &[(Sealed::S3, 98), (KMS_OTHER, 2)],
        sizes: &[((100 * KIB, 60 * MIB), 1)],
        noncurrent_percent: 3,
        locked_percent: 20,
        held_later: &[800, 1_500, 2_200],
        gets_per_month: 9_800_000,
        puts_per_month: 640_000,
        ..PLAIN
    },
    BucketPlan {
        name: "platform-backups",
        purpose: "Nightly database backups, kept for ten years in the archive classes.",
        shape: KeyShape::Backups,
        keys: 1_300,
        classes: &[(DeepArchive, 70), (Glacier, 20), (StandardIa, 10)],
        sealed: &[(Sealed::S3, 88), (Sealed::Not, 12)],
        sizes: &[
            ((2 * GIB, 5 * GIB), 45),
            ((6 * GIB, 900 * GIB), 50),
            ((KIB, 64 * KIB), 5),
        ],
        gets_per_month: 40,
        puts_per_month: 1_900,
        ..PLAIN
    },
    BucketPlan {
        name: "website-assets",
        region: FRANKFURT,
        purpose: "Style sheets, scripts and pictures of the public website.",
        shape: KeyShape::Website,
        keys: 1_500,
        sizes: &[((400, 300 * KIB), 95), ((MIB, 40 * MIB), 5)],
        gets_per_month: 130_000_000,
        puts_per_month: 6_000,
        ..PLAIN
    },
];
