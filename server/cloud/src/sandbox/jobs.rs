//! S3 Batch Operations in the simulated account. A job goes through AWS's states by the account's clock; its tasks are
//! updates as anybody's, so that they take part in the account's rates, and are done when somebody looks. Lists and reports
//! are files of a folder for each Region. Kept in one file beside the effects; a task that was done just before the end of
//! the process is done again, which changes nothing.

use super::job_places::{tag, unwritten, write};
use super::kept::Kept;
use super::object::NULL_VERSION;
use super::world::{PUT, UPDATE, World};
use super::{Sandbox, SandboxError, mix};
use crate::encoding::decode;
use crate::error::{CloudError, Fault, Throttler};
use crate::jobs::{JobFacts, JobOrder, Jobs, ManifestText};
use crate::object::ObjectRef;
use async_trait::async_trait;
use model::inventory::{EncryptionStatus, Region};
use model::jobs::{JobStatus, Manifest};
use model::row::ObjectRow;
use model::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "jobs.json";

/// When a job's list is read, when it waits for its turn, and when it works: after it was made.
const PREPARING_MS: i64 = 200;
const READY_MS: i64 = 500;
const ACTIVE_MS: i64 = 600;
/// How long it is about to end, while its report is written.
const ENDING_MS: i64 = 200;
/// Tasks a second, where the account's rates allow them: AWS publishes no figure.
const TASKS_PER_SECOND: i64 = 5_000;
/// Tasks after which a job fails when more than half of them failed (S3 User Guide, `batch-ops-job-status`, 2026-04).
const FAILS_AFTER: usize = 1_000;

const CREATE: &str = "CreateJob";

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    id: String,
    order: JobOrder,
    at: UnixMillis,
    tasks: Vec<Task>,
    done: usize,
    failures: Vec<Failed>,
    /// Its last status, and since when it is on the way there; none while it works.
    ended: Option<(JobStatus, UnixMillis)>,
    reasons: Vec<String>,
}

/// A row of a list. An empty version is none that S3 finds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Task {
    key: String,
    version: Option<String>,
}

impl Task {
    /// As S3 takes it from a bucket.
    fn of(row: ObjectRow) -> Self {
        Self {
            key: row.key,
            version: row.version_id,
        }
    }

    /// As S3 takes it from an inventory, which leaves the version of a null version empty (S3 User Guide, `batch-ops`,
    /// 2026-04).
    fn listed(row: ObjectRow) -> Self {
        let mut task = Self::of(row);
        if task.version.as_deref() == Some(NULL_VERSION) {
            task.version = Some(String::new());
        }
        task
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Failed {
    task: usize,
    code: String,
    status: u16,
    message: String,
}

/// All jobs.
#[derive(Debug)]
pub(super) struct Ordered(Kept<Job>);

impl Ordered {
    /// Reads what is in a folder that exists.
    pub(super) fn open(dir: &Path) -> Result<Self, SandboxError> {
        Kept::open(dir, FILE).map(Self)
    }
}

impl Sandbox {
    /// Changes the jobs and keeps them.
    fn with_jobs<T>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut Vec<Job>) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        let kept = &self.world.jobs.0;
        let mut all = kept.all();
        let changed = change(&mut all)?;
        kept.keep(&all)
            .map_err(|error| unwritten(operation, kept.path(), &error))?;
        Ok(changed)
    }

    fn tasks(&self, order: &JobOrder) -> Result<Vec<Task>, CloudError> {
        match &order.manifest {
            Manifest::Written {
                bucket, key, e_tag, ..
            } => {
                let path = self.job_file(CREATE, bucket, key)?;
                let text = std::fs::read(&path).map_err(|error| unwritten(CREATE, &path, &error))?;
                if tag(&text) != *e_tag {
                    let text = "InvalidManifest: The entity tag of the manifest is another.";
                    return Err(CloudError::new(Fault::Refused, CREATE, key.as_str(), text));
                }
                Ok(listed(&text))
            }
            // What S3 would read, or make, of its own lists: the account as it is now.
            Manifest::Inventory { .. } => Ok(self.inventory(&order.bucket).map(Task::listed).collect()),
            Manifest::Generated => {
                let rows = self.inventory(&order.bucket);
                let plain = |row: &ObjectRow| row.current && row.encryption_status == EncryptionStatus::SseS3;
                Ok(rows.filter(plain).map(Task::of).collect())
            }
        }
    }

    /// Does what was due until now.
    fn advance(&self, job: &mut Job) -> Result<(), CloudError> {
        if job.ended.is_some() {
            return Ok(());
        }
        let now = self.world.now();
        if job.order.role != Self::job_role() && now.0 >= job.at.0 + PREPARING_MS {
            job.ended = Some((JobStatus::Failed, now));
            let text = "AccessDenied: S3 Batch Operations may not work under the role.";
            job.reasons.push(text.to_string());
            return Ok(());
        }
        let due = (now.0 - job.at.0 - ACTIVE_MS)
            .max(0)
            .saturating_mul(TASKS_PER_SECOND)
            / 1000;
        let due = usize::try_from(due).unwrap_or(usize::MAX).min(job.tasks.len());
        while job.done < due {
            if !task(&self.world, job) {
                break;
            }
            if job.done >= FAILS_AFTER && job.failures.len() * 2 > job.done {
                job.ended = Some((JobStatus::Failed, now));
                job.reasons
                    .push("TooManyFailures: More than half of the tasks failed.".to_string());
                return self.report(job);
            }
        }
        if job.done == job.tasks.len() && now.0 >= job.at.0 + ACTIVE_MS {
            job.ended = Some((JobStatus::Complete, now));
            return self.report(job);
        }
        Ok(())
    }

    /// Writes the report of the tasks that failed.
    fn report(&self, job: &Job) -> Result<(), CloudError> {
        if job.done == 0 {
            return Ok(());
        }
        let place = &job.order.place;
        let file = |name: &str| {
            let key = place.key(&format!("job-{}/{name}", job.id));
            self.job_file(PUT, &place.bucket, &key).map(|path| (key, path))
        };
        let mut results = Vec::new();
        if !job.failures.is_empty() {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for failed in &job.failures {
                let task = &job.tasks[failed.task];
                let key = crate::encoding::encode(&task.key, true);
                let version = task.version.as_deref().unwrap_or_default();
                let status = failed.status.to_string();
                let row: [&str; 7] = [
                    &job.order.bucket,
                    &key,
                    version,
                    "failed",
                    &failed.code,
                    &status,
                    &failed.message,
                ];
                // Into memory, which does not fail.
                let _ = writer.write_record(row);
            }
            let text = writer.into_inner().unwrap_or_default();
            let (key, path) = file("results/failed.csv")?;
            write(&path, &text).map_err(|error| unwritten(PUT, &path, &error))?;
            results.push(serde_json::json!({
                "TaskExecutionStatus": "failed", "Bucket": place.bucket, "MD5Checksum": tag(&text), "Key": key,
            }));
        }
        let manifest = serde_json::json!({
            "Format": "Report_CSV_20180820",
            "ReportCreationDate": self.world.now().to_string(),
            "Results": results,
            "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
        });
        let (_, path) = file("manifest.json")?;
        write(&path, manifest.to_string().as_bytes()).map_err(|error| unwritten(PUT, &path, &error))
    }
}

/// Does the next task; false when a rate holds it up, as S3 then tries again by itself.
fn task(world: &World, job: &mut Job) -> bool {
    let Task { key, version } = &job.tasks[job.done];
    let object = ObjectRef {
        bucket: job.order.bucket.clone(),
        key: key.clone(),
        version_id: version.clone(),
    };
    let done = if version.as_deref() == Some("") {
        // That S3 fails such a task is documented, in which words is not.
        let text = "InvalidRequest: The list names an empty version.";
        Err(CloudError::new(Fault::Refused, UPDATE, object.to_string(), text))
    } else {
        world.update(&object, &job.order.target)
    };
    if let Err(error) = done {
        if let Fault::Throttled(Throttler::Kms | Throttler::S3) = error.fault {
            return false;
        }
        let (code, message) = error.message.split_once(": ").unwrap_or(("", &error.message));
        job.failures.push(Failed {
            task: job.done,
            code: code.to_string(),
            status: status(error.fault),
            message: message.to_string(),
        });
    }
    job.done += 1;
    true
}

const fn status(fault: Fault) -> u16 {
    match fault {
        Fault::NotFound => 404,
        Fault::AccessDenied | Fault::Locked => 403,
        Fault::Transient => 500,
        _ => 400,
    }
}

/// What a job is before it comes to its last status.
const fn on_the_way_to(last: JobStatus) -> JobStatus {
    match last {
        JobStatus::Complete => JobStatus::Completing,
        JobStatus::Cancelled => JobStatus::Cancelling,
        JobStatus::Failed => JobStatus::Failing,
        other => other,
    }
}

impl Job {
    fn facts(&self, now: UnixMillis) -> JobFacts {
        let age = now.0 - self.at.0;
        let status = match self.ended {
            Some((last, since)) if now.0 - since.0 < ENDING_MS => on_the_way_to(last),
            Some((last, _)) => last,
            None if age < PREPARING_MS => JobStatus::New,
            None if age < READY_MS => JobStatus::Preparing,
            None if age < ACTIVE_MS => JobStatus::Ready,
            None => JobStatus::Active,
        };
        let count = |count: usize| count as u64;
        JobFacts {
            status,
            total: if age < READY_MS {
                0
            } else {
                count(self.tasks.len())
            },
            succeeded: count(self.done - self.failures.len()),
            failed: count(self.failures.len()),
            reasons: self.reasons.clone(),
        }
    }
}

/// Rows of a list: bucket, key, version.
fn listed(text: &[u8]) -> Vec<Task> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let task = |record: csv::StringRecord| {
        Some(Task {
            key: decode(record.get(1)?),
            version: record.get(2).map(ToString::to_string),
        })
    };
    reader.records().filter_map(Result::ok).filter_map(task).collect()
}

fn unknown(operation: &'static str, id: &str) -> CloudError {
    let text = "NoSuchJob: The specified job does not exist.";
    CloudError::new(Fault::NotFound, operation, id, text)
}

#[async_trait]
impl Jobs for Sandbox {
    async fn put_manifest(
        &self,
        bucket: &str,
        key: &str,
        mut text: ManifestText,
    ) -> Result<String, CloudError> {
        self.pause().await;
        let path = self.job_file(PUT, bucket, key)?;
        let mut whole = Vec::new();
        while let Some(more) = text.recv().await {
            let refused = |reason| CloudError::new(Fault::Refused, PUT, key, reason);
            whole.extend(more.map_err(refused)?);
        }
        write(&path, &whole).map_err(|error| unwritten(PUT, &path, &error))?;
        Ok(tag(&whole))
    }

    async fn create(&self, order: &JobOrder) -> Result<String, CloudError> {
        self.pause().await;
        self.job_file(CREATE, &order.place.bucket, "")?;
        let tasks = self.tasks(order)?;
        self.with_jobs(CREATE, |all| {
            if let Some(job) = all.iter().find(|job| job.order.token == order.token) {
                return Ok(job.id.clone());
            }
            let id = mix::uuid(mix::name(&[&order.token, &order.bucket]));
            all.push(Job {
                id: id.clone(),
                order: order.clone(),
                at: self.world.now(),
                tasks,
                done: 0,
                failures: Vec::new(),
                ended: None,
                reasons: Vec::new(),
            });
            Ok(id)
        })
    }

    async fn describe(&self, _account: &str, region: &Region, id: &str) -> Result<JobFacts, CloudError> {
        const DESCRIBE: &str = "DescribeJob";
        self.pause().await;
        self.with_jobs(DESCRIBE, |all| {
            let job = all
                .iter_mut()
                .find(|job| job.id == id && job.order.region == *region);
            let job = job.ok_or_else(|| unknown(DESCRIBE, id))?;
            self.advance(job)?;
            Ok(job.facts(self.world.now()))
        })
    }

    async fn cancel(&self, _account: &str, _region: &Region, id: &str) -> Result<(), CloudError> {
        const CANCEL: &str = "UpdateJobStatus";
        self.pause().await;
        self.with_jobs(CANCEL, |all| {
            let job = all.iter_mut().find(|job| job.id == id);
            let job = job.ok_or_else(|| unknown(CANCEL, id))?;
            self.advance(job)?;
            if job.ended.is_none() {
                job.ended = Some((JobStatus::Cancelled, self.world.now()));
                self.report(job)?;
            }
            Ok(())
        })
    }
}
