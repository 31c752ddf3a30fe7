//! Makes the objects that the simulated account starts with from the table of buckets. Everything follows from the
//! bucket's name and the object's number, so that two runs hold the same account.

use super::dressing::KeyShape;
use super::estate::{BucketPlan, Sealed};
use super::kms::{KeyRole, RegionKms};
use super::mix::{Sequence, mix, name, version_id};
use super::object::{Body, Clothes, Encryption, Lock, Version, copy_parts};
use model::inventory::{EncryptionStatus, StorageClass};
use model::time::UnixMillis;
use std::collections::BTreeMap;

/// The time at which the account is as generated: 2026-11-20T01:00:00Z.
pub(super) const START: UnixMillis = UnixMillis(1_795_136_400_000);

/// Since 2023-01-05 S3 encrypts every new object, so unencrypted ones are older (Amazon S3 User Guide,
/// default-encryption-faq, 2026-04).
const ALWAYS_ENCRYPTED_SINCE: UnixMillis = UnixMillis(1_672_876_800_000);

/// When somebody places legal holds on a few objects, after the inventories of [`START`] were taken: they are what a
/// migration then fails on.
const HELD_FROM: UnixMillis = UnixMillis(START.0 + 3_600_000);

const DAY_MS: u64 = 86_400_000;

/// Names as people give them, each with something that a careless encoder loses.
const ODD_NAMES: &[&str] = &[
    "Übersicht März.csv",
    "q3 report (final).pdf",
    "50% rabatt + aktion.txt",
    "R&D plan.pdf",
    "the \"real\" list.csv",
    "berlin, hamburg, köln.csv",
    "line\nbreak.txt",
    "🚚 delivery.json",
    "a//b.txt",
    "100%25.txt",
    "wages=2026?.csv",
    "it's here #7.png",
];

/// Objects by key, newest version first.
pub(super) type Objects = BTreeMap<Box<str>, Vec<Version>>;

/// So many objects of one bucket, with their versions.
pub(super) fn objects(plan: &BucketPlan, keys: u64, kms: &RegionKms) -> Objects {
    let mut objects = Objects::new();
    for number in 0..keys {
        let mut sequence = Sequence::from(name(&[plan.name]) ^ mix(number));
        let key = key(plan.shape, number, &mut sequence);
        let mut versions = versions(plan, kms, number, &mut sequence);
        if plan.held_later.contains(&number)
            && let Some(current) = versions.first_mut()
        {
            current.lock.held_from = Some(HELD_FROM);
        }
        objects.insert(key.into(), versions);
    }
    objects
}

fn versions(plan: &BucketPlan, kms: &RegionKms, number: u64, sequence: &mut Sequence) -> Vec<Version> {
    let first = version(plan, kms, sequence);
    let mut versions = vec![first];
    if plan.noncurrent_percent > 0 && sequence.percent(plan.noncurrent_percent) {
        for _ in 0..=sequence.below(3) {
            let mut older = version(plan, kms, sequence);
            let newest = versions.last().map_or(START, |version| version.modified);
            older.modified =
                UnixMillis(newest.0 - i64::try_from(sequence.below(60 * DAY_MS)).unwrap_or(0) - 1000);
            versions.push(older);
        }
    }
    if plan.deleted_percent > 0 && sequence.percent(plan.deleted_percent) {
        let mut marker = version(plan, kms, sequence);
        marker.delete_marker = true;
        marker.size = 0;
        marker.lock = Lock::default();
        marker.encryption = Encryption::plain(EncryptionStatus::Unknown);
        marker.modified = UnixMillis(versions[0].modified.0 + 1000);
        versions.insert(0, marker);
    }
    // Some objects were there before versioning was switched on.
    if plan.versioned
        && number % 40 == 7
        && let Some(oldest) = versions.last_mut()
        && !oldest.delete_marker
    {
        oldest.id = None;
    }
    versions
}

fn version(plan: &BucketPlan, kms: &RegionKms, sequence: &mut Sequence) -> Version {
    let seed = sequence.next();
    let sealed = sequence.weighted(plan.sealed);
    let encryption = encryption(sealed, kms);
    let (least, greatest) = sequence.weighted(plan.sizes);
    let size = least + sequence.below(greatest - least + 1);
    let newest = if matches!(sealed, Sealed::Not | Sealed::Customer) {
        ALWAYS_ENCRYPTED_SINCE
    } else {
        START
    };
    let age_ms = sequence.below(700 * DAY_MS) / 1000 * 1000 + 1000;
    let locked = sequence.percent(plan.locked_percent);
    let lock = Lock {
        retained_until: (locked && sequence.percent(80)).then(|| UnixMillis::from_date(2033, 1, 1)),
        legal_hold: locked && sequence.percent(30),
        held_from: None,
    };
    Version {
        id: plan.versioned.then(|| version_id(seed).into()),
        delete_marker: false,
        size,
        modified: UnixMillis(newest.0 - i64::try_from(age_ms).unwrap_or(0)),
        class: class(plan, size, sequence),
        encryption,
        tag_seed: seed,
        parts: copy_parts(size),
        body: Body::Seeded(seed),
        clothes: Clothes::Seeded(plan.shape, seed),
        lock,
        restored: false,
    }
}

/// A class of the bucket's; objects under 128 KiB stay out of the archive, as lifecycle rules leave them.
fn class(plan: &BucketPlan, size: u64, sequence: &mut Sequence) -> StorageClass {
    let class = sequence.weighted(plan.classes);
    if class.needs_restore() && size < 128 << 10 {
        StorageClass::Standard
    } else {
        class
    }
}

/// The encryption that the table's word stands for.
pub(super) fn encryption(sealed: Sealed, kms: &RegionKms) -> Encryption {
    match sealed {
        Sealed::S3 => Encryption::plain(EncryptionStatus::SseS3),
        Sealed::Not => Encryption::plain(EncryptionStatus::NotSse),
        Sealed::Customer => Encryption::plain(EncryptionStatus::SseC),
        Sealed::Dual => Encryption {
            status: EncryptionStatus::DsseKms,
            key: kms.with_role(KeyRole::General),
            bucket_key: false,
        },
        Sealed::Kms { role, bucket_key } => Encryption {
            status: EncryptionStatus::SseKms,
            key: kms.with_role(role),
            bucket_key,
        },
    }
}

/// A key of the shape; the number makes it the only one.
fn key(shape: KeyShape, number: u64, sequence: &mut Sequence) -> String {
    let (year, month, day) = (
        2022 + sequence.below(5),
        1 + sequence.below(12),
        1 + sequence.below(28),
    );
    match shape {
        KeyShape::Claims => {
            let line = sequence.one_of(&["motor", "home", "travel", "health"]);
            format!(
                "{line}/{year}/CLM-{:06}/page-{:02}.tiff",
                number / 3,
                number % 3 + 1
            )
        }
        KeyShape::Statements => format!("{year}/{month:02}/account-{number:06}.pdf"),
        KeyShape::Ledger => format!("journal/dt={year}-{month:02}-{day:02}/batch-{number:06}.parquet"),
        KeyShape::Backups => {
            let database = sequence.one_of(&["claims", "ledger", "portal", "identity"]);
            format!("postgresql/{database}/{year}-{month:02}-{day:02}/base-{number:05}.tar.zst")
        }
        KeyShape::Clickstream => {
            let source = sequence.one_of(&["web", "ios", "android", "kiosk"]);
            format!(
                "{source}/dt={year}-{month:02}-{day:02}/hour={:02}/part-{number:05}.json.gz",
                number % 24
            )
        }
        KeyShape::Features => {
            let table = sequence.one_of(&["customer_profile", "transaction_window", "device_graph"]);
            format!("{table}/v{}/part-{number:05}.parquet", 1 + sequence.below(14))
        }
        KeyShape::Media => {
            let ending = sequence.one_of(&["mov", "mp4", "wav"]);
            format!(
                "masters/{year}/production-{:03}/reel-{number:04}.{ending}",
                number / 12
            )
        }
        KeyShape::Partners => {
            let partner = sequence.one_of(&["nordwind", "atlas & co", "müller", "東京支社"]);
            format!("{partner}/{number:05}/{}", sequence.one_of(ODD_NAMES))
        }
        KeyShape::Website => {
            let (folder, ending) =
                sequence.one_of(&[("css", "css"), ("js", "js"), ("img", "png"), ("en", "html")]);
            format!("{folder}/{number:05}.{ending}")
        }
        KeyShape::Telemetry => format!("site-{:02}/meter-{number:06}/{year}-{month:02}.avro", number % 16),
        KeyShape::Logs => format!("AWSLogs/{year}-{month:02}-{day:02}-{number:06}.txt"),
        KeyShape::Demo => format!("pictures/flower-{number:02}.jpg"),
    }
}
