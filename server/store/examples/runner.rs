//! Measures the runner by itself: a journal on disk, an inventory that is made up row by row, and an account that says
//! yes. So no simulated objects and no import are in the memory that it tells, and ten million objects are no trouble.
//!
//! `cargo run --release -p store --example runner [OBJECTS [DONE [LATENCY_MS [PREFIXES [WRITES]]]]]`, called by
//! `cargo xtask bench runner` and `cargo xtask bench resume`. The first DONE objects are in the journal already, as a
//! killed process would have left them.
#![expect(clippy::print_stdout, reason = "it is a program that prints what it measured")]
#![expect(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use async_trait::async_trait;
use cloud::sandbox::{Sandbox, SandboxOptions};
use cloud::{
    Account, AccountKind, BucketSettings, BucketSummary, Buckets, CloudError, CopyOrder, Identity, Keys,
    ObjectFacts, ObjectRef, Objects, VersionPage,
};
use engine::{Engine, EngineOptions, Fence, Journal, RowReader, Rows, RowsError, SystemClock};
use model::encryption::{DefaultEncryption, ObjectEncryption, TargetEncryption};
use model::inventory::{BucketKeyStatus, EncryptionStatus, Region, SnapshotId, StorageClass};
use model::method::Method;
use model::migration::{Amount, BatchId, Entry, Live, Tally};
use model::plan::{
    Binding, Canary, MigrationId, Plan, PlanBucket, PlanLine, PlanRate, PlanSettings, VerifyScope,
};
use model::quantity::{Bytes, Objects as Count, RequestsPerSecond};
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::Store;
use tokio::sync::watch;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One of the simulated account in us-east-1: a run asks for its Region before it changes it.
const BUCKET: &str = "ml-features";
const SHARD_ROWS: u64 = 250_000;
const OBJECT_BYTES: u64 = 1_000;
const BATCH_ROWS: u64 = 500;

/// An inventory of so many objects, sorted by key as S3's are.
#[derive(Debug)]
struct MadeUp {
    objects: u64,
    prefixes: u64,
}

impl MadeUp {
    fn key(&self, number: u64) -> String {
        let prefix = number * self.prefixes / self.objects.max(1);
        format!("site-{prefix:02}/meter-{number:09}/2026-05.avro")
    }
}

/// The number within a key of [`MadeUp`].
fn number_in(key: &str) -> u64 {
    let digits = key.split_once("meter-").map_or("", |(_, rest)| &rest[..9]);
    digits.parse().unwrap_or(0)
}

#[derive(Debug)]
struct Reader {
    of: Arc<MadeUp>,
    next: u64,
    end: u64,
}

#[derive(Debug)]
struct Shards(Arc<MadeUp>);

impl Rows for Shards {
    fn shards(&self, _: &PlanBucket) -> Result<u32, RowsError> {
        Ok(u32::try_from(self.0.objects.div_ceil(SHARD_ROWS)).unwrap_or(u32::MAX))
    }

    fn shards_in_turn(&self, _: &PlanBucket) -> Result<u32, RowsError> {
        Ok(8)
    }

    fn open(&self, _: &PlanBucket, shard: u32) -> Result<Box<dyn RowReader + Send>, RowsError> {
        let next = u64::from(shard) * SHARD_ROWS;
        Ok(Box::new(Reader {
            of: Arc::clone(&self.0),
            next,
            end: (next + SHARD_ROWS).min(self.0.objects),
        }))
    }
}

impl RowReader for Reader {
    fn next_batch(&mut self, max: usize) -> Result<Vec<ObjectRow>, RowsError> {
        let until = self.end.min(self.next + max as u64);
        let rows = (self.next..until).map(|number| ObjectRow {
            key: self.of.key(number),
            version_id: None,
            current: true,
            delete_marker: false,
            size: Bytes(OBJECT_BYTES),
            last_modified: Some(UnixMillis(1_700_000_000_000)),
            e_tag: format!("{number:032x}"),
            storage_class: StorageClass::Standard,
            encryption_status: EncryptionStatus::SseS3,
            bucket_key_status: BucketKeyStatus::Disabled,
            locked: false,
        });
        let rows = rows.collect();
        self.next = until;
        Ok(rows)
    }

    fn skip(&mut self, rows: u64) -> Result<(), RowsError> {
        self.next = self.end.min(self.next + rows);
        Ok(())
    }
}

/// An account whose every object is there, and remembers with one bit which were updated.
#[derive(Debug)]
struct Willing {
    latency: Duration,
    updated: Vec<AtomicU64>,
    target: TargetEncryption,
    default: Mutex<Option<DefaultEncryption>>,
}

impl Willing {
    async fn takes(&self) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
    }

    fn bit(&self, key: &str) -> (&AtomicU64, u64) {
        let number = number_in(key);
        (&self.updated[(number / 64) as usize], 1 << (number % 64))
    }
}

/// A key that the simulated account has and can use: a run looks at it before it changes a default.
async fn target(keys: &dyn Keys) -> TargetEncryption {
    let all = keys.list(&region()).await.unwrap();
    let key = all.into_iter().find(|key| key.obstacle().is_none()).unwrap();
    TargetEncryption {
        key: key.arn,
        bucket_key: true,
    }
}

fn region() -> Region {
    Region("us-east-1".to_string())
}

#[async_trait]
impl Objects for Willing {
    async fn head(&self, object: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        self.takes().await;
        let (word, bit) = self.bit(&object.key);
        let updated = word.load(Ordering::Relaxed) & bit != 0;
        Ok(ObjectFacts {
            size: Bytes(OBJECT_BYTES),
            e_tag: format!("{:032x}", number_in(&object.key)),
            last_modified: Some(UnixMillis(1_700_000_000_000)),
            storage_class: StorageClass::Standard,
            encryption: ObjectEncryption {
                status: if updated {
                    EncryptionStatus::SseKms
                } else {
                    EncryptionStatus::SseS3
                },
                key: updated.then(|| self.target.key.as_str().to_string()),
                bucket_key: updated,
            },
            version_id: None,
            metadata: BTreeMap::new(),
            headers: BTreeMap::new(),
            locked: false,
        })
    }

    async fn update_encryption(&self, object: &ObjectRef, _: &TargetEncryption) -> Result<(), CloudError> {
        self.takes().await;
        let (word, bit) = self.bit(&object.key);
        word.fetch_or(bit, Ordering::Relaxed);
        Ok(())
    }

    async fn copy_in_place(&self, _: &ObjectRef, _: &CopyOrder) -> Result<(), CloudError> {
        unimplemented!("nothing is copied here")
    }

    async fn free_parts(
        &self,
        _: &ObjectRef,
        _: std::ops::RangeInclusive<UnixMillis>,
    ) -> Result<u64, CloudError> {
        Ok(0)
    }

    async fn list_versions(&self, _: &str, _: Option<&str>) -> Result<VersionPage, CloudError> {
        unimplemented!("the engine lists nothing")
    }

    async fn read(&self, _: &ObjectRef, _: usize) -> Result<Vec<u8>, CloudError> {
        unimplemented!("the engine reads no bodies")
    }

    async fn tags(&self, _: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        unimplemented!("only canaries are read for their tags")
    }

    async fn grants(&self, _: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> {
        unimplemented!("only canaries are read for their grants")
    }
}

#[async_trait]
impl Buckets for Willing {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> {
        Ok(Vec::new())
    }

    async fn settings(&self, _: &str) -> Result<BucketSettings, CloudError> {
        Ok(BucketSettings {
            default_encryption: self.default.lock().unwrap().clone(),
            versioned: false,
            object_lock: false,
        })
    }

    async fn put_default_encryption(&self, _: &str, wanted: &DefaultEncryption) -> Result<(), CloudError> {
        *self.default.lock().unwrap() = Some(wanted.clone());
        Ok(())
    }
}

/// What a run does not ask is the sandbox's.
async fn account(
    directory: &Path,
    objects: u64,
    done: u64,
    latency: Duration,
) -> (Account, TargetEncryption) {
    // What a process did before is there; an update of what is under the key already is one all the same.
    let before = if done > 0 { u64::MAX } else { 0 };
    let sandbox = Sandbox::open(&directory.join("sandbox"), SandboxOptions::default()).unwrap();
    let simulated = sandbox.account();
    let target = target(simulated.keys.as_ref()).await;
    let willing = Arc::new(Willing {
        latency,
        updated: (0..=objects / 64).map(|_| AtomicU64::new(before)).collect(),
        target: target.clone(),
        default: Mutex::default(),
    });
    let account = Account {
        identity: Identity {
            kind: AccountKind::Aws,
            role: None,
            account_id: None,
            endpoint: None,
            region: None,
            changes_allowed: true,
        },
        objects: Arc::clone(&willing) as _,
        buckets: willing,
        ..simulated
    };
    (account, target)
}

fn plan(objects: u64, target: TargetEncryption) -> Plan {
    let region = region();
    let rate = RequestsPerSecond::whole(100_000);
    Plan {
        id: MigrationId("bench".to_string()),
        name: "bench".to_string(),
        buckets: vec![PlanBucket {
            bucket: BUCKET.to_string(),
            region: region.clone(),
            snapshot: SnapshotId("made-up".to_string()),
            target,
            rows: objects,
            lines: vec![PlanLine {
                storage_class: StorageClass::Standard,
                encryption_status: EncryptionStatus::SseS3,
                current: true,
                method: Method::UpdateObjectEncryption,
                objects: Count(objects),
                bytes: Bytes(objects * OBJECT_BYTES),
                over_5_gib: Count::ZERO,
            }],
            left_out: Vec::new(),
        }],
        settings: PlanSettings {
            in_flight: 2_048,
            verify: VerifyScope::Sample(1_000),
            // There are no bodies to compare.
            canary: Canary::default(),
            ..PlanSettings::default()
        },
        rates: vec![PlanRate {
            region,
            kms_budget: rate,
            objects_per_second: rate,
            binds: Binding::KmsShare,
            seconds: 1,
            limits: Vec::new(),
        }],
        noted: Vec::new(),
        jobs: None,
    }
}

/// The batches of the first rows of each shard, `done` rows in all, as a runner would have journaled them.
fn batches(objects: u64, done: u64) -> impl Iterator<Item = [Entry; 2]> {
    let shards = objects.div_ceil(SHARD_ROWS);
    (0..done / BATCH_ROWS).map(move |number| {
        let batch = BatchId {
            bucket: 0,
            pass: 0,
            shard: u32::try_from(number % shards).unwrap_or(0),
            first_row: number / shards * BATCH_ROWS,
        };
        let amount = Amount {
            objects: Count(BATCH_ROWS),
            bytes: Bytes(BATCH_ROWS * OBJECT_BYTES),
        };
        let tally = Tally {
            converted: BTreeMap::from([(Method::UpdateObjectEncryption, amount)]),
            kms_calls: BATCH_ROWS,
            ..Tally::default()
        };
        let intended = Entry::BatchIntended {
            batch,
            rows: BATCH_ROWS,
        };
        let done = Entry::BatchDone {
            batch,
            tally,
            failures: Vec::new(),
            in_doubt: Vec::new(),
        };
        [intended, done]
    })
}

/// Writes the journal of a process that was killed when so much was done.
async fn leave_behind(store: &Store, plan: &Plan, objects: u64, done: u64) {
    let at = UnixMillis(0);
    let begun = vec![Entry::Confirmed {
        by: "bench".to_string(),
        typed: "bench".to_string(),
        order: None,
    }];
    store
        .append(&plan.id, Fence { epoch: 0 }, at, begun)
        .await
        .unwrap();
    let fence = Fence { epoch: 1 };
    let started = vec![Entry::RunnerStarted {
        epoch: 1,
        caller: None,
    }];
    store.append(&plan.id, fence, at, started).await.unwrap();
    let entries: Vec<Entry> = batches(objects, done).flatten().collect();
    for chunk in entries.chunks(1_000) {
        store.append(&plan.id, fence, at, chunk.to_vec()).await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| arguments.next().map_or(otherwise, |text| text.parse().unwrap());
    let (objects, done, latency_ms, prefixes) = (number(2_000_000), number(0), number(0), number(16));
    let writes = RequestsPerSecond::whole(number(3_500));
    let folder = tempfile::tempdir().unwrap();
    let (account, target) = account(folder.path(), objects, done, Duration::from_millis(latency_ms)).await;
    let mut plan = plan(objects, target);
    plan.settings.s3_writes_per_prefix = writes;
    {
        let store = Store::open(folder.path()).unwrap();
        store.put_plan(&plan, UnixMillis(0), "bench").await.unwrap();
        leave_behind(&store, &plan, objects, done).await;
    }
    let rows = Shards(Arc::new(MadeUp { objects, prefixes }));
    let before = Instant::now();
    let store = Arc::new(Store::open(folder.path()).unwrap());
    let engine = Engine::new(
        store,
        Arc::new(rows),
        account,
        Arc::new(SystemClock),
        EngineOptions::default(),
    );
    engine.recover(vec![plan.clone()]).await;
    let mut live = engine.watch(&plan.id).unwrap();
    reaches(&mut live, done + 1).await;
    let resumed = before.elapsed();
    let begun = Instant::now();
    // The middle alone tells the rate that the run keeps, without its start and without reading back.
    let mut at = [(Instant::now(), 0); 2];
    for (mark, tenths) in at.iter_mut().zip([1, 9]) {
        let wanted = done + (objects - done) * tenths / 10;
        let done = reaches(&mut live, wanted).await;
        *mark = (Instant::now(), done);
    }
    let [(from, first), (until, last)] = at;
    let kept = (last - first) as f64 / (until - from).as_secs_f64();
    let ended = live
        .wait_for(|live| !live.state.is_active())
        .await
        .unwrap()
        .clone();
    let took = begun.elapsed();
    println!(
        "{objects} objects, {done} done before, {latency_ms} ms, {prefixes} prefixes: first outcome {:.2} s after the start, {} after {:.1} s, {:.0} objects/s, {kept:.0} without the first and the last tenth; {} MB at most",
        resumed.as_secs_f64(),
        ended.state,
        took.as_secs_f64(),
        (objects - done) as f64 / took.as_secs_f64(),
        peak_kib() / 1024,
    );
    assert_eq!(ended.tally.done().objects.0, objects, "{:?}", ended.waiting_for);
}

/// Waits until so many objects are done, and gives how many are; a run that stops before that measures nothing.
async fn reaches(live: &mut watch::Receiver<Live>, objects: u64) -> u64 {
    let done = |live: &Live| live.tally.done().objects.0;
    let reached = live.wait_for(|live| done(live) >= objects || !live.state.is_active());
    let live = reached.await.unwrap();
    let (state, why) = (live.state, &live.waiting_for);
    assert!(
        done(&live) >= objects,
        "{state} at {} objects: {why:?}",
        done(&live)
    );
    done(&live)
}

/// The most that was resident.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    value
        .and_then(|value| value.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}
