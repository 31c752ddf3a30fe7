//! A small estate, its plan and its rows, and a bench that runs an engine over them.

use crate::account::FakeAccount;
use cloud::{Account, AccountKind, Fault, ObjectFacts};
use engine::{Clock, Engine, EngineOptions, Journal, MemoryJournal, RowReader, Rows, RowsError};
use model::encryption::{KeyArn, ObjectEncryption, TargetEncryption};
use model::inventory::{BucketKeyStatus, EncryptionStatus, Region, SnapshotId, StorageClass};
use model::method::{Candidate, MethodRules, choose};
use model::migration::{Entry, Live, Progress, State};
use model::plan::{Binding, Canary, MigrationId, Plan, PlanBucket, PlanLine, PlanRate, PlanSettings};
use model::quantity::{Bytes, Objects, Ratio, RequestsPerSecond};
use model::row::ObjectRow;
use model::time::UnixMillis;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const BUCKET: &str = "alpha";

pub(crate) fn target() -> TargetEncryption {
    let key =
        KeyArn::parse("arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666").unwrap();
    TargetEncryption {
        key,
        bucket_key: true,
    }
}

pub(crate) fn row(key: &str, encryption_status: EncryptionStatus) -> ObjectRow {
    ObjectRow {
        key: key.to_string(),
        version_id: None,
        current: true,
        delete_marker: false,
        size: Bytes(100),
        last_modified: Some(UnixMillis(1_000)),
        e_tag: format!("etag-{key}"),
        storage_class: StorageClass::Standard,
        encryption_status,
        bucket_key_status: BucketKeyStatus::Disabled,
        locked: false,
    }
}

/// Key of an object of [`Bench::plain`].
pub(crate) fn plain_key(n: usize) -> String {
    format!("p/{n:05}")
}

pub(crate) fn facts(row: &ObjectRow) -> ObjectFacts {
    ObjectFacts {
        size: row.size,
        e_tag: row.e_tag.clone(),
        last_modified: row.last_modified,
        storage_class: row.storage_class,
        encryption: ObjectEncryption {
            status: row.encryption_status,
            key: None,
            bucket_key: false,
        },
        version_id: row.version_id.clone(),
        metadata: BTreeMap::new(),
        headers: BTreeMap::new(),
        locked: row.locked,
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeRows {
    pub(crate) shards: BTreeMap<String, Vec<Vec<ObjectRow>>>,
}

#[derive(Debug)]
struct Reader {
    rows: std::vec::IntoIter<ObjectRow>,
}

impl Rows for FakeRows {
    fn shards(&self, bucket: &PlanBucket) -> Result<u32, RowsError> {
        Ok(self.shards[&bucket.bucket].len() as u32)
    }

    fn open(&self, bucket: &PlanBucket, shard: u32) -> Result<Box<dyn RowReader + Send>, RowsError> {
        Ok(Box::new(Reader {
            rows: self.shards[&bucket.bucket][shard as usize].clone().into_iter(),
        }))
    }

    /// So that nothing runs beside the one thread of a test, and each run is the same.
    fn in_memory(&self) -> bool {
        true
    }
}

impl RowReader for Reader {
    fn next_batch(&mut self, max: usize) -> Result<Vec<ObjectRow>, RowsError> {
        // Short reads are allowed, so they are common here.
        Ok(self.rows.by_ref().take(max.min(2)).collect())
    }

    fn skip(&mut self, rows: u64) -> Result<(), RowsError> {
        self.rows.by_ref().take(rows as usize).for_each(drop);
        Ok(())
    }
}

#[derive(Debug)]
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(0)
    }
}

/// An estate with its journal; engines come and go over it.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) account: FakeAccount,
    pub(crate) kind: AccountKind,
    pub(crate) rows: FakeRows,
    pub(crate) plan: Plan,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) options: EngineOptions,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Bench {
    /// One bucket in one shard.
    pub(crate) fn of(rows: Vec<ObjectRow>) -> Self {
        Self::with(vec![(BUCKET, vec![rows])])
    }

    /// Objects under SSE-S3 in one bucket, with the keys of [`plain_key`].
    pub(crate) fn plain(objects: usize) -> Self {
        Self::of(
            (0..objects)
                .map(|n| row(&plain_key(n), EncryptionStatus::SseS3))
                .collect(),
        )
    }

    /// Objects in one bucket that only a copy converts: `n/0` and so on.
    pub(crate) fn unencrypted(objects: usize) -> Self {
        Self::of(
            (0..objects)
                .map(|n| row(&format!("n/{n}"), EncryptionStatus::NotSse))
                .collect(),
        )
    }

    /// Has requests about some objects of [`Bench::plain`] refused each time.
    pub(crate) fn refuse(&self, objects: impl IntoIterator<Item = usize>, fault: Fault) {
        let refused = objects.into_iter().map(|n| (plain_key(n), fault));
        self.account.world().refused.extend(refused);
    }

    /// Buckets with their shards, and each row's object in the account.
    pub(crate) fn with(buckets: Vec<(&str, Vec<Vec<ObjectRow>>)>) -> Self {
        let bench = Self::empty(buckets.clone());
        for (name, shards) in buckets {
            for row in shards
                .iter()
                .flatten()
                .filter(|row| !row.delete_marker && !row.key.starts_with("gone/"))
            {
                bench.account.put(name, &row.key, facts(row));
            }
        }
        bench
    }

    /// Buckets with their shards, and no objects yet.
    pub(crate) fn empty(buckets: Vec<(&str, Vec<Vec<ObjectRow>>)>) -> Self {
        let account = FakeAccount::default();
        account.world().latency = Duration::from_millis(20);
        let rules = PlanSettings::default().rules;
        let mut plan = Plan {
            id: MigrationId("m-1".to_string()),
            name: "alpha and beta".to_string(),
            buckets: Vec::new(),
            settings: PlanSettings {
                in_flight: 4,
                batch_rows: 3,
                // The account has no bodies to compare; the sandbox has.
                canary: Canary::default(),
                ..PlanSettings::default()
            },
            rates: vec![PlanRate {
                region: Region("eu-west-2".to_string()),
                kms_budget: RequestsPerSecond::whole(1_000),
                objects_per_second: RequestsPerSecond::whole(1_000),
                binds: Binding::KmsShare,
                seconds: 1,
                limits: Vec::new(),
            }],
            noted: Vec::new(),
            jobs: None,
        };
        let mut rows = FakeRows::default();
        for (name, shards) in buckets {
            plan.buckets.push(plan_bucket(name, &shards, rules));
            rows.shards.insert(name.to_string(), shards);
        }
        Self {
            account,
            kind: AccountKind::Sandbox,
            rows,
            plan,
            journal: Arc::default(),
            options: EngineOptions::default(),
            clock: Arc::new(NoClock),
        }
    }

    /// Every kind of row, over two buckets and three shards.
    pub(crate) fn mixed() -> Self {
        use EncryptionStatus as E;
        let mut first: Vec<ObjectRow> = (0..5).map(|n| row(&format!("a/{n}"), E::SseS3)).collect();
        first.extend((0..4).map(|n| row(&format!("plain/{n}"), E::NotSse)));
        first.push(ObjectRow {
            delete_marker: true,
            ..row("a/marker", E::Unknown)
        });
        first.push(row("customer", E::SseC));
        first.push(row("dual", E::DsseKms));
        first.push(row("gone/1", E::SseS3));
        first.push(row("gone/2", E::NotSse));
        let mut second: Vec<ObjectRow> = vec![ObjectRow {
            locked: true,
            ..row("locked", E::SseS3)
        }];
        second.push(row("kms", E::SseKms));
        second.push(ObjectRow {
            storage_class: StorageClass::Glacier,
            ..row("frozen", E::NotSse)
        });
        second.push(ObjectRow {
            storage_class: StorageClass::DeepArchive,
            ..row("deep", E::SseS3)
        });
        second.push(row("bad", E::SseS3));
        second.extend((0..4).map(|n| row(&format!("b/{n}"), E::SseS3)));
        let third = (0..7)
            .map(|n| row(&format!("c/{n}"), if n % 2 == 0 { E::SseS3 } else { E::NotSse }))
            .collect();
        let bench = Self::with(vec![(BUCKET, vec![first, second]), ("beta", vec![third])]);
        bench
            .account
            .world()
            .refused
            .insert("bad".to_string(), Fault::Refused);
        bench
    }

    pub(crate) fn id(&self) -> MigrationId {
        self.plan.id.clone()
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine_over(Arc::<MemoryJournal>::clone(&self.journal))
    }

    pub(crate) fn engine_over(&self, journal: Arc<dyn Journal>) -> Engine {
        self.engine_of(journal, self.account.account(self.kind, true))
    }

    pub(crate) fn engine_on(&self, account: Account) -> Engine {
        self.engine_of(Arc::<MemoryJournal>::clone(&self.journal), account)
    }

    fn engine_of(&self, journal: Arc<dyn Journal>, account: Account) -> Engine {
        Engine::new(
            journal,
            Arc::new(self.rows.clone()),
            account,
            Arc::clone(&self.clock),
            self.options.clone(),
        )
    }

    pub(crate) async fn confirmed(&self) -> Engine {
        let engine = self.engine();
        engine
            .confirm(self.plan.clone(), "ada", &self.plan.name)
            .await
            .unwrap();
        engine
    }

    /// Confirms and runs to an end, a stop or a pause.
    pub(crate) async fn run(&self) -> Progress {
        let engine = self.confirmed().await;
        self.settled(&engine).await
    }

    /// Waits until no runner is wanted any more.
    pub(crate) async fn settled(&self, engine: &Engine) -> Progress {
        self.until(engine, |state| !state.is_active()).await
    }

    /// Waits until so many objects are done; gives what is shown then.
    pub(crate) async fn until_done(&self, engine: &Engine, objects: u64) -> Live {
        let mut live = engine.watch(&self.id()).unwrap();
        let done = live.wait_for(|live| live.tally.done().objects.0 >= objects);
        done.await.unwrap().clone()
    }

    /// Confirmed with no share of the headroom, and waiting for one.
    pub(crate) async fn without_share(&self) -> Engine {
        let engine = self.engine();
        engine.register(self.plan.clone()).await.unwrap();
        engine.change_share(&self.id(), "ada", Ratio::ZERO).await.unwrap();
        engine
            .confirm(self.plan.clone(), "ada", &self.plan.name)
            .await
            .unwrap();
        let mut live = engine.watch(&self.id()).unwrap();
        let waits = live.wait_for(|live| {
            let why = live.waiting_for.as_deref();
            why.is_some_and(|text| text.contains("zero"))
        });
        waits.await.unwrap();
        engine
    }

    /// Asks for a pause and waits for it.
    pub(crate) async fn pause(&self, engine: &Engine) -> Progress {
        engine.pause(&self.id(), "ada").await.unwrap();
        self.until(engine, |state| state == State::Paused).await
    }

    pub(crate) async fn until(&self, engine: &Engine, holds: impl Fn(State) -> bool) -> Progress {
        let mut live = engine.watch(&self.id()).unwrap();
        let reached = live.wait_for(|live| holds(live.state));
        // Virtual time: it passes at once, and only when nothing else happens any more.
        tokio::time::timeout(Duration::from_secs(1_000_000), reached)
            .await
            .expect("it gets there")
            .unwrap();
        engine.progress(&self.id()).unwrap()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.journal
            .entries(&self.id())
            .into_iter()
            .map(|recorded| recorded.entry)
            .collect()
    }

    /// Whether an object is under the plan's key now.
    pub(crate) fn is_converted(&self, bucket: &str, key: &str) -> bool {
        let world = self.account.world();
        let newest = world.objects[&(bucket.to_string(), key.to_string())]
            .last()
            .unwrap();
        newest.encryption.meets(&target(), true)
    }
}

pub(crate) fn plan_bucket(name: &str, shards: &[Vec<ObjectRow>], rules: MethodRules) -> PlanBucket {
    let mut lines: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for row in shards.iter().flatten() {
        let candidate = Candidate {
            delete_marker: row.delete_marker,
            current: row.current,
            storage_class: row.storage_class,
            encryption_status: row.encryption_status,
            bucket_key_status: row.bucket_key_status,
            locked: row.locked,
        };
        if let Ok(method) = choose(candidate, rules) {
            let kind = (method, row.storage_class, row.encryption_status, row.current);
            let line = lines.entry(kind).or_default();
            *line = (line.0 + 1, line.1 + row.size.0);
        }
    }
    PlanBucket {
        bucket: name.to_string(),
        region: Region("eu-west-2".to_string()),
        snapshot: SnapshotId("s-1".to_string()),
        target: target(),
        rows: shards.iter().map(Vec::len).sum::<usize>() as u64,
        lines: lines
            .into_iter()
            .map(
                |((method, storage_class, encryption_status, current), (objects, bytes))| PlanLine {
                    storage_class,
                    encryption_status,
                    current,
                    method,
                    objects: Objects(objects),
                    bytes: Bytes(bytes),
                    over_5_gib: Objects::ZERO,
                },
            )
            .collect(),
        left_out: Vec::new(),
    }
}
