//! S3 Batch Operations in our own words: the list of objects that is written for a job, the job as it is ordered and as it
//! tells of itself, and its completion report. `engine` runs them through [`Jobs`]; rows come from there.

use crate::deliveries::Deliveries;
use crate::encoding::{decode, encode};
use crate::error::{CloudError, Fault};
use async_trait::async_trait;
use model::encryption::TargetEncryption;
use model::inventory::Region;
use model::jobs::{JobPlace, JobStatus, Manifest};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

/// Failures of one job that are read: all of them are held in memory.
pub const FAILURES_MAX: usize = 1_000_000;

/// Bytes of a report's own manifest, which names a few files.
const REPORT_MANIFEST_MAX: u64 = 16 << 20;

const READ: &str = "GetObject";

/// A list on its way: pieces of its text, or in words why there is no more of it. It is whole when the sender is gone
/// without such a word.
pub type ManifestText = mpsc::Receiver<Result<Vec<u8>, String>>;

/// A job as it is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOrder {
    /// Account that owns bucket and job.
    pub account: String,
    /// Region of the bucket, where the job runs.
    pub region: Region,
    /// Bucket whose objects are updated.
    pub bucket: String,
    /// What they become.
    pub target: TargetEncryption,
    /// Its list.
    pub manifest: Manifest,
    /// Where its report goes, and the list that S3 makes.
    pub place: JobPlace,
    /// ARN of the role that S3 works under.
    pub role: String,
    /// A second order with the same token is the same job.
    pub token: String,
    /// A sentence for people who see it in the console.
    pub description: String,
}

/// What a job tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFacts {
    /// Where it stands.
    pub status: JobStatus,
    /// Tasks of its list; zero while it is being read.
    pub total: u64,
    /// Of these, those that succeeded.
    pub succeeded: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// Why it stands there, where S3 says so.
    pub reasons: Vec<String>,
}

/// An object that a job could not update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    /// Key as the report writes it; see [`JobFailure::keys`].
    pub key: String,
    /// Version, where the list named one.
    pub version_id: Option<String>,
    /// What it means.
    pub fault: Fault,
    /// What S3 said: code and message.
    pub message: String,
}

impl JobFailure {
    /// The keys that it may be about: lists hold keys URL-encoded, and nothing published says whether reports do.
    pub fn keys(&self) -> impl Iterator<Item = String> + use<> {
        let decoded = decode(&self.key);
        let other = (decoded != self.key).then(|| self.key.clone());
        std::iter::once(decoded).chain(other)
    }
}

/// Jobs of S3 Batch Operations.
#[async_trait]
pub trait Jobs: Debug + Send + Sync {
    /// Writes a list as an object under SSE-S3, since a list under SSE-KMS is not taken (`PutObject`, or a multipart
    /// upload); gives its entity tag. Nothing is left behind when it fails.
    async fn put_manifest(&self, bucket: &str, key: &str, text: ManifestText) -> Result<String, CloudError>;

    /// Makes a job that begins by itself (`CreateJob`) and gives its id. With the token of one that was made it gives that
    /// one.
    async fn create(&self, order: &JobOrder) -> Result<String, CloudError>;

    /// A job's state (`DescribeJob`).
    async fn describe(&self, account: &str, region: &Region, id: &str) -> Result<JobFacts, CloudError>;

    /// Ends a job (`UpdateJobStatus`); one that has ended stays as it is. S3 finishes what it has begun.
    async fn cancel(&self, account: &str, region: &Region, id: &str) -> Result<(), CloudError>;
}

/// One row of a list: bucket, key and version, as `S3BatchOperations_CSV_20180820` has them. Keys are URL-encoded (S3 User
/// Guide, `batch-ops-create-job`, 2026-04).
pub fn manifest_row(text: &mut Vec<u8>, bucket: &str, key: &str, version_id: Option<&str>) {
    let key = encode(key, true);
    // Names of buckets, encoded keys and version ids hold neither commas nor quotes.
    let row = match version_id {
        Some(version) => format!("{bucket},{key},{version}\n"),
        None => format!("{bucket},{key}\n"),
    };
    text.extend_from_slice(row.as_bytes());
}

/// What the manifest of a report says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReportManifest {
    results: Vec<ReportFile>,
}

/// A file of a report.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReportFile {
    task_execution_status: String,
    bucket: String,
    key: String,
}

/// The objects that a job failed on, by its completion report (S3 User Guide, `batch-ops-examples-reports`, seen
/// 2026-11-24). A job without failures may have no report at all: `failed` is what the job says of their number.
///
/// # Errors
/// When the report cannot be read, is none, or tells of another number of failures than the job.
pub async fn failures(
    deliveries: &dyn Deliveries,
    place: &JobPlace,
    id: &str,
    failed: u64,
) -> Result<Vec<JobFailure>, CloudError> {
    if failed == 0 {
        return Ok(Vec::new());
    }
    let folder = place.key(&format!("job-{id}/"));
    let target = format!("s3://{}/{folder}", place.bucket);
    let wrong = |text: String| CloudError::new(Fault::Refused, READ, target.clone(), text);
    if usize::try_from(failed).unwrap_or(usize::MAX) > FAILURES_MAX {
        return Err(wrong(format!(
            "the job failed on {failed} objects, which are more than can be held: see why in its report, and plan again"
        )));
    }
    let listed = deliveries.folder(&place.bucket, &folder).await?;
    // The user guide calls it manifest.json, the API reference report.json.
    let manifest = listed
        .keys
        .iter()
        .find(|key| key.ends_with("/manifest.json") || key.ends_with("/report.json"))
        .ok_or_else(|| wrong("the report of the job is not there yet".to_string()))?;
    let text = read(deliveries, &place.bucket, manifest, REPORT_MANIFEST_MAX).await?;
    let manifest: ReportManifest = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("the report of the job cannot be read: {error}")))?;
    let mut found = Vec::new();
    for file in manifest.results {
        if file.task_execution_status.eq_ignore_ascii_case("failed") {
            let text = read(deliveries, &file.bucket, &file.key, u64::MAX).await?;
            found.extend(rows(&text).map_err(wrong)?);
        }
    }
    if found.len() as u64 == failed {
        Ok(found)
    } else {
        Err(wrong(format!(
            "the job failed on {failed} objects, and its report names {}",
            found.len()
        )))
    }
}

async fn read(
    deliveries: &dyn Deliveries,
    bucket: &str,
    key: &str,
    most: u64,
) -> Result<Vec<u8>, CloudError> {
    let content = deliveries.open(bucket, key).await?;
    let mut text = Vec::new();
    let read = content.body.take(most).read_to_end(&mut text).await;
    read.map_err(|error| {
        let target = format!("s3://{bucket}/{key}");
        CloudError::new(Fault::Transient, READ, target, error.to_string())
    })?;
    Ok(text)
}

/// Failures of one file of a report: bucket, key, version, status, code, HTTP status, message.
fn rows(text: &[u8]) -> Result<Vec<JobFailure>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("a report of the job cannot be read: {error}"))?;
        // Spaces may be part of a key.
        let whole = |at: usize| record.get(at).unwrap_or_default();
        let field = |at: usize| whole(at).trim();
        if record.len() < 4 {
            return Err(format!(
                "row {} of a report of the job has {} fields instead of 7",
                found.len() + 1,
                record.len()
            ));
        }
        if field(3).eq_ignore_ascii_case("succeeded") {
            continue;
        }
        let (code, status) = (field(4), field(5).parse().unwrap_or(0));
        let message = record.iter().skip(6).collect::<Vec<_>>().join(",");
        found.push(JobFailure {
            key: whole(1).to_string(),
            version_id: Some(whole(2).to_string()).filter(|version| !version.is_empty()),
            fault: crate::aws::meaning(status, code, &message),
            message: format!("{code}: {message}"),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_a_list_as_they_were() {
        for key in ["a/b c+d.txt", "ü&é/\"quoted\",comma\n", "100%", "plain-_.~*"] {
            let mut row = Vec::new();
            manifest_row(&mut row, "b", key, Some("null"));
            let text = String::from_utf8(row).expect("text");
            let fields: Vec<&str> = text.trim_end().split(',').collect();
            assert_eq!(fields.len(), 3, "{text}");
            assert_eq!(decode(fields[1]), key);
        }
    }

    #[test]
    fn a_report_tells_what_each_failure_means() {
        let text = b"b,a%20b,v1,failed,AccessDenied,403,\"Access, denied\"\n\
            b,gone,,failed,NoSuchKey,404,The specified key does not exist.\n\
            b,fine,,succeeded,,200,\n\
            b,slow,,failed,SlowDown,503,Please reduce your request rate for operations involving AWS KMS.\n";
        let found = rows(text).expect("a report");
        let told: Vec<_> = found
            .iter()
            .map(|failure| (failure.keys().next().expect("a key"), failure.fault))
            .collect();
        assert_eq!(
            told,
            [
                ("a b".to_string(), Fault::AccessDenied),
                ("gone".to_string(), Fault::NotFound),
                ("slow".to_string(), Fault::Throttled(crate::error::Throttler::Kms)),
            ]
        );
        assert_eq!(found[0].version_id.as_deref(), Some("v1"));
        assert_eq!(found[0].message, "AccessDenied: Access, denied");
        assert!(rows(b"b,a\n").is_err());
    }

    #[test]
    fn spaces_around_a_key_are_part_of_it_and_around_a_word_of_s3s_none() {
        let found = rows(b"b, a ,v1, failed , AccessDenied , 403 ,no\nb,fine,, succeeded ,,200,\n")
            .expect("a report");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key, " a ");
        assert_eq!(found[0].fault, Fault::AccessDenied);
        assert_eq!(found[0].message, "AccessDenied: no");
    }
}
