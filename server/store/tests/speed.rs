#![allow(missing_docs)]
use async_trait::async_trait;
use cloud::*;
use engine::{Engine, EngineOptions, MemoryJournal, Journal, RowReader, Rows, RowsError, SystemClock};
use model::encryption::*;
use model::inventory::*;
use model::plan::*;
use model::quantity::*;
use model::quotas::Quota;
use model::row::ObjectRow;
use model::workload::BucketWorkload;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use model::time::UnixMillis;

#[derive(Debug)]
struct Light { done: Vec<std::sync::atomic::AtomicBool>, latency: Duration }
fn target() -> TargetEncryption { TargetEncryption { key: KeyArn::parse("arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666").unwrap(), bucket_key: true } }
fn index(key: &str) -> usize { key.rsplit('/').next().unwrap().parse().unwrap() }
#[async_trait]
impl Objects for Light {
    async fn head(&self, o: &ObjectRef) -> Result<ObjectFacts, CloudError> {
        if self.latency > Duration::ZERO { tokio::time::sleep(self.latency).await; }
        let done = self.done[index(&o.key)].load(std::sync::atomic::Ordering::Relaxed);
        let encryption = if done { ObjectEncryption { status: EncryptionStatus::SseKms, key: Some(target().key.as_str().into()), bucket_key: true } } else { ObjectEncryption { status: EncryptionStatus::SseS3, key: None, bucket_key: false } };
        Ok(ObjectFacts { size: Bytes(100), e_tag: "e".into(), last_modified: None, storage_class: StorageClass::Standard, encryption, version_id: None, metadata: BTreeMap::new(), headers: BTreeMap::new(), locked: false })
    }
    async fn update_encryption(&self, o: &ObjectRef, _: &TargetEncryption) -> Result<(), CloudError> {
        if self.latency > Duration::ZERO { tokio::time::sleep(self.latency).await; }
        self.done[index(&o.key)].store(true, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
    async fn copy_in_place(&self, _: &ObjectRef, _: &CopyOrder) -> Result<(), CloudError> { unimplemented!() }
    async fn list_versions(&self, _: &str, _: Option<&str>) -> Result<VersionPage, CloudError> { unimplemented!() }
    async fn read(&self, _: &ObjectRef, _: usize) -> Result<Vec<u8>, CloudError> { unimplemented!() }
    async fn tags(&self, _: &ObjectRef) -> Result<BTreeMap<String, String>, CloudError> { unimplemented!() }
}
#[async_trait]
impl Probes for Light { async fn put_probe(&self, _: &ObjectRef, _: &[u8]) -> Result<Option<String>, CloudError> { unimplemented!() } async fn delete_probe(&self, _: &ObjectRef) -> Result<(), CloudError> { unimplemented!() } }
#[async_trait]
impl Buckets for Light {
    async fn list(&self) -> Result<Vec<BucketSummary>, CloudError> { unimplemented!() }
    async fn settings(&self, _: &str) -> Result<BucketSettings, CloudError> { Ok(BucketSettings { default_encryption: Some(DefaultEncryption { status: EncryptionStatus::SseKms, key: Some(target().key.as_str().into()), bucket_key: true, blocked: vec![] }), versioned: false, object_lock: false }) }
    async fn put_default_encryption(&self, _: &str, _: &DefaultEncryption) -> Result<(), CloudError> { Ok(()) }
}
#[async_trait]
impl Keys for Light { async fn describe(&self, _: &str) -> Result<KeyFacts, CloudError> { unimplemented!() } async fn list(&self, _: &Region) -> Result<Vec<KeyFacts>, CloudError> { unimplemented!() } }
#[async_trait]
impl Usage for Light { async fn kms_quota(&self, _: &Region) -> Result<Option<Quota>, CloudError> { Ok(None) } async fn kms_baseline(&self, _: &Region) -> Result<Option<RequestsPerSecond>, CloudError> { Ok(None) } async fn workload(&self, _: &str) -> Result<Option<BucketWorkload>, CloudError> { Ok(None) } }
#[derive(Debug)] struct Gen { n: u64 }
#[derive(Debug)] struct GenReader { at: u64, n: u64 }
impl Rows for Gen { fn shards(&self, _: &PlanBucket) -> Result<u32, RowsError> { Ok(1) } fn open(&self, _: &PlanBucket, _: u32) -> Result<Box<dyn RowReader + Send>, RowsError> { Ok(Box::new(GenReader { at: 0, n: self.n })) } }
impl RowReader for GenReader {
    fn next_batch(&mut self, max: usize) -> Result<Vec<ObjectRow>, RowsError> {
        let end = (self.at + max as u64).min(self.n);
        let rows = (self.at..end).map(|n| ObjectRow { key: format!("p{}/{n}", n % 64), version_id: None, current: true, delete_marker: false, size: Bytes(100), last_modified: None, e_tag: String::new(), storage_class: StorageClass::Standard, encryption_status: EncryptionStatus::SseS3, bucket_key_status: BucketKeyStatus::Disabled, locked: false }).collect();
        self.at = end; Ok(rows)
    }
    fn skip(&mut self, rows: u64) -> Result<(), RowsError> { self.at += rows; Ok(()) }
}
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM")).collect::<Vec<_>>().join(" ") }
async fn go(n: u64, in_flight: u32, batch_rows: u32, latency: u64, disk: bool) {
    let dir = tempfile::tempdir_in("/root/.cache/rekey").unwrap();
    let plan = Plan { id: MigrationId("m".into()), name: "n".into(), buckets: vec![PlanBucket { bucket: "b".into(), region: Region("eu-west-2".into()), snapshot: SnapshotId("s".into()), target: target(), rows: n, lines: vec![], left_out: vec![] }],
        settings: PlanSettings { in_flight, batch_rows, verify: VerifyScope::Sample(10), ..PlanSettings::default() }, rates: vec![PlanRate { region: Region("eu-west-2".into()), kms_budget: RequestsPerSecond::whole(1_000_000), objects_per_second: RequestsPerSecond::whole(1), binds: Binding::Workers, seconds: 1 }] };
    let journal: Arc<dyn Journal> = if disk { let s = store::Store::open(dir.path()).unwrap(); s.put_plan(&plan, UnixMillis(0), "x").await.unwrap(); Arc::new(s) } else { Arc::new(MemoryJournal::default()) };
    let light = Arc::new(Light { done: (0..n).map(|_| std::sync::atomic::AtomicBool::new(false)).collect(), latency: Duration::from_millis(latency) });
    let account = Account { identity: Identity { kind: AccountKind::Sandbox, account_id: None, endpoint: None, region: None, changes_allowed: true }, objects: light.clone(), probes: light.clone(), buckets: light.clone(), keys: light.clone(), usage: light };
    let engine = Engine::new(journal.clone(), Arc::new(Gen { n }), account, Arc::new(SystemClock), EngineOptions::default());
    let t = Instant::now();
    engine.confirm(plan.clone(), "a", "n").await.unwrap();
    let mut live = engine.watch(&plan.id).unwrap();
    live.wait_for(|l| l.state != model::migration::State::Running && l.state != model::migration::State::Confirmed).await.unwrap();
    let s = t.elapsed().as_secs_f64();
    live.wait_for(|l| !l.state.is_active()).await.unwrap();
    let p = engine.progress(&plan.id).unwrap();
    println!("n={n} in_flight={in_flight} batch={batch_rows} latency={latency}ms disk={disk}: {:.0}/s in {s:.2}s state={:?} entries={} {}", n as f64 / s, p.state, p.seq, rss());
}
#[tokio::test(flavor = "multi_thread")]
async fn speed() {
    go(400_000, 256, 500, 0, false).await;
    go(400_000, 256, 500, 0, true).await;
    go(400_000, 256, 50, 0, true).await;
    go(40_000, 512, 500, 150, true).await;
    go(100_000, 2048, 500, 150, true).await;
    go(1_000_000, 512, 500, 0, true).await;
}
