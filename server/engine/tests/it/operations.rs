//! S3 Batch Operations of the account of these tests: lists that are written, jobs that go on by themselves while time
//! passes, whether or not a process looks at them, and their reports.

use crate::account::FakeAccount;
use crate::world::{Change, Doer, World, bucket_itself};
use async_trait::async_trait;
use cloud::{
    CloudError, Content, Deliveries, Fault, Folder, InventoryConfiguration, JobFacts, JobOrder, Jobs,
    ManifestText, ObjectRef, Probes, SentEncryption,
};
use model::inventory::Region;
use model::jobs::{JobStatus, Manifest};
use model::quantity::Bytes;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// Objects that a job updates a second.
const PER_SECOND: u128 = 15;

/// Jobs and what belongs to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operations {
    jobs: Vec<Job>,
    /// Lists and reports, by bucket and key.
    files: BTreeMap<(String, String), String>,
}

#[derive(Clone, Debug)]
struct Job {
    order: JobOrder,
    tasks: Vec<(String, Option<String>)>,
    done: usize,
    /// Rows of the report.
    failed: Vec<String>,
    begun: Instant,
    cancelled: bool,
}

impl Job {
    fn new(order: JobOrder, list: &str, begun: Instant) -> Self {
        let task = |line: &str| {
            let mut fields = line.split(',').skip(1).map(ToString::to_string);
            (fields.next().unwrap(), fields.next())
        };
        Self {
            order,
            tasks: list.lines().map(task).collect(),
            done: 0,
            failed: Vec::new(),
            begun,
            cancelled: false,
        }
    }

    fn is_ended(&self) -> bool {
        self.cancelled || self.done == self.tasks.len()
    }

    fn facts(&self) -> JobFacts {
        JobFacts {
            status: match (self.cancelled, self.is_ended()) {
                (true, _) => JobStatus::Cancelled,
                (_, true) => JobStatus::Complete,
                _ => JobStatus::Active,
            },
            total: self.tasks.len() as u64,
            succeeded: (self.done - self.failed.len()) as u64,
            failed: self.failed.len() as u64,
            reasons: Vec::new(),
        }
    }
}

impl World {
    /// Lets the jobs do what they had time for.
    pub(crate) fn jobs_go_on(&mut self) {
        let now = self.now();
        for at in 0..self.operations.jobs.len() {
            loop {
                let job = &self.operations.jobs[at];
                let due = now.duration_since(job.begun).as_millis() * PER_SECOND / 1_000;
                if job.is_ended() || job.done as u128 >= due {
                    break;
                }
                self.next_task(at);
            }
        }
    }

    fn next_task(&mut self, at: usize) {
        let job = &self.operations.jobs[at];
        let (key, version_id) = job.tasks[job.done].clone();
        let object = ObjectRef {
            bucket: job.order.bucket.clone(),
            key,
            version_id,
        };
        let change = Change::Update(object.clone(), job.order.target.clone());
        let fault = if self.key_disabled {
            Some(Fault::KeyUnusable)
        } else if let Some(fault) = self.refused.get(&object.key) {
            Some(*fault)
        } else {
            self.carry_out(&change, Doer::Job).err().map(|error| error.fault)
        };
        let job = &mut self.operations.jobs[at];
        job.done += 1;
        if let Some(fault) = fault {
            let version = object.version_id.as_deref().unwrap_or_default();
            let row = format!(
                "{},{},{version},failed,{}",
                object.bucket,
                object.key,
                words(fault)
            );
            job.failed.push(row);
        }
        if job.is_ended() && !job.failed.is_empty() {
            self.report(at);
        }
    }

    /// Writes the report of a job that failed on some objects.
    fn report(&mut self, at: usize) {
        let job = &self.operations.jobs[at];
        let place = &job.order.place;
        let folder = format!("job-{at}");
        let (rows, manifest) = (
            place.key(&format!("{folder}/results/rows.csv")),
            place.key(&format!("{folder}/manifest.json")),
        );
        let result = serde_json::json!({
            "TaskExecutionStatus": "failed", "Bucket": place.bucket.as_str(), "Key": rows.as_str(),
        });
        let text = serde_json::json!({ "Results": [result] }).to_string();
        let (bucket, failed) = (place.bucket.clone(), job.failed.join("\n"));
        self.operations.files.insert((bucket.clone(), rows), failed);
        self.operations.files.insert((bucket, manifest), text);
    }
}

/// Code, HTTP status and message, as a report has them.
fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::NotFound => "NoSuchKey,404,The specified key does not exist.",
        Fault::Locked => "AccessDenied,403,The object is protected by S3 Object Lock.",
        Fault::KeyUnusable => "KMS.DisabledException,400,It is disabled.",
        _ => "InvalidRequest,400,It cannot be updated.",
    }
}

fn number(id: &str) -> usize {
    id.parse().unwrap()
}

#[async_trait]
impl Jobs for FakeAccount {
    async fn put_manifest(
        &self,
        bucket: &str,
        key: &str,
        mut text: ManifestText,
    ) -> Result<String, CloudError> {
        const PUT: &str = "PutObject";
        let mut list = Vec::new();
        while let Some(piece) = text.recv().await {
            list.extend(piece.map_err(|text| CloudError::new(Fault::Refused, PUT, bucket, text))?);
        }
        self.ask(PUT, &bucket_itself(bucket)).await?;
        let list = String::from_utf8(list).unwrap();
        let file = (bucket.to_string(), key.to_string());
        self.world().operations.files.insert(file, list);
        self.way().await;
        Ok("list".to_string())
    }

    async fn create(&self, order: &JobOrder) -> Result<String, CloudError> {
        self.ask("CreateJob", &bucket_itself(&order.bucket)).await?;
        let id = {
            let mut world = self.world();
            let mut made = world.operations.jobs.iter();
            match made.position(|job| job.order.token == order.token) {
                Some(id) => id,
                None => {
                    let Manifest::Written { bucket, key, .. } = &order.manifest else {
                        panic!("these plans write their lists");
                    };
                    let list = world.operations.files[&(bucket.clone(), key.clone())].clone();
                    let job = Job::new(order.clone(), &list, world.now());
                    world.operations.jobs.push(job);
                    world.operations.jobs.len() - 1
                }
            }
        };
        self.event().await;
        self.way().await;
        Ok(id.to_string())
    }

    async fn describe(&self, _: &str, _: &Region, id: &str) -> Result<JobFacts, CloudError> {
        self.ask("DescribeJob", &bucket_itself("jobs")).await?;
        let facts = {
            let mut world = self.world();
            world.jobs_go_on();
            world.operations.jobs[number(id)].facts()
        };
        self.way().await;
        Ok(facts)
    }

    async fn cancel(&self, _: &str, _: &Region, id: &str) -> Result<(), CloudError> {
        self.ask("UpdateJobStatus", &bucket_itself("jobs")).await?;
        {
            let mut world = self.world();
            world.jobs_go_on();
            let job = &mut world.operations.jobs[number(id)];
            job.cancelled |= !job.is_ended();
        }
        self.event().await;
        self.way().await;
        Ok(())
    }
}

#[async_trait]
impl Deliveries for FakeAccount {
    async fn region(&self, _: &str) -> Result<Option<Region>, CloudError> {
        Ok(None)
    }

    async fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, CloudError> {
        self.ask("ListObjectsV2", &bucket_itself(bucket)).await?;
        let world = self.world();
        let below = |(of, key): &&(String, String)| {
            of == bucket && key.strip_prefix(prefix).is_some_and(|rest| !rest.contains('/'))
        };
        let files = world.operations.files.keys().filter(below);
        Ok(Folder {
            folders: Vec::new(),
            keys: files.map(|(_, key)| key.clone()).collect(),
        })
    }

    async fn open(&self, bucket: &str, key: &str) -> Result<Content, CloudError> {
        self.ask("GetObject", &bucket_itself(bucket)).await?;
        let file = (bucket.to_string(), key.to_string());
        let found = self.world().operations.files.get(&file).cloned();
        let text = found.ok_or_else(|| {
            CloudError::new(
                Fault::NotFound,
                "GetObject",
                format!("{bucket}/{key}"),
                "no such key",
            )
        })?;
        Ok(Content {
            size: Some(Bytes(text.len() as u64)),
            e_tag: None,
            body: Box::pin(std::io::Cursor::new(text.into_bytes())),
        })
    }

    async fn configurations(&self, _: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        unimplemented!("an import is before the run")
    }
}

/// Throwaway objects lie where lists and reports do.
#[async_trait]
impl Probes for FakeAccount {
    async fn put_probe(
        &self,
        object: &ObjectRef,
        _: SentEncryption,
        body: &[u8],
    ) -> Result<Option<String>, CloudError> {
        self.ask("PutObject", &bucket_itself(&object.bucket)).await?;
        let text = String::from_utf8(body.to_vec()).unwrap();
        let file = (object.bucket.clone(), object.key.clone());
        self.world().operations.files.insert(file, text);
        self.event().await;
        self.way().await;
        Ok(None)
    }

    async fn delete_probe(&self, object: &ObjectRef) -> Result<(), CloudError> {
        self.ask("DeleteObject", &bucket_itself(&object.bucket)).await?;
        let file = (object.bucket.clone(), object.key.clone());
        self.world().operations.files.remove(&file);
        self.event().await;
        self.way().await;
        Ok(())
    }
}
