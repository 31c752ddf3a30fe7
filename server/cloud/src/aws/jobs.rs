//! S3 Batch Operations through S3 Control: jobs made, looked at and ended. Shapes: botocore model of S3 Control 2018-08-20.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::error::{CloudError, Fault};
use crate::jobs::{JobFacts, JobOrder, Jobs, ManifestText};
use async_trait::async_trait;
use aws_sdk_s3control::error::{BuildError, ProvideErrorMetadata as _};
use aws_sdk_s3control::types::{
    GeneratedManifestEncryption, GeneratedManifestFormat, JobDescriptor, JobManifest, JobManifestFieldName,
    JobManifestFormat, JobManifestGenerator, JobManifestGeneratorFilter, JobManifestLocation,
    JobManifestSpec, JobOperation, JobReport, JobReportFormat, JobReportScope, ObjectEncryption,
    ObjectEncryptionFilter, RequestedJobStatus, S3JobManifestGenerator, S3ManifestOutputLocation,
    S3UpdateObjectEncryptionOperation, S3UpdateObjectEncryptionSsekms, Sses3Encryption, Sses3Filter,
};
use model::inventory::Region;
use model::jobs::{JobStatus, Manifest};

const CREATE: &str = "CreateJob";
const DESCRIBE: &str = "DescribeJob";
const CANCEL: &str = "UpdateJobStatus";

/// The middle: higher numbers go first, and jobs of others may have theirs.
const PRIORITY: i32 = 10;

/// What S3 says to somebody who ends a job that has ended.
const WRONG_STATUS: &str = "JobStatusException";

#[async_trait]
impl Jobs for Clients {
    async fn put_manifest(&self, bucket: &str, key: &str, text: ManifestText) -> Result<String, CloudError> {
        let s3 = self.s3_of(bucket).await?;
        super::uploads::upload(&s3, bucket, key, text).await
    }

    async fn create(&self, order: &JobOrder) -> Result<String, CloudError> {
        let target = || format!("s3://{}", order.bucket);
        let unfit = |error: BuildError| CloudError::new(Fault::Refused, CREATE, target(), error.to_string());
        let mut request = self
            .s3_control(&order.region.0)
            .create_job()
            .account_id(&order.account)
            .confirmation_required(false)
            .client_request_token(&order.token)
            .description(&order.description)
            .priority(PRIORITY)
            .role_arn(&order.role)
            .operation(operation(order).map_err(unfit)?)
            .report(report(order));
        request = match &order.manifest {
            Manifest::Generated => request.manifest_generator(generator(order).map_err(unfit)?),
            Manifest::Written {
                bucket,
                key,
                e_tag,
                versions,
                ..
            } => request.manifest(listed(order, bucket, key, e_tag, Some(*versions)).map_err(unfit)?),
            Manifest::Inventory { bucket, key, e_tag } => {
                request.manifest(listed(order, bucket, key, e_tag, None).map_err(unfit)?)
            }
        };
        let answer = request.send().await;
        let answer = answer.map_err(|error| cloud_error(CREATE, target(), error))?;
        let missing = || CloudError::new(Fault::Unanswered, CREATE, target(), "the answer names no job");
        answer.job_id().map(ToString::to_string).ok_or_else(missing)
    }

    async fn describe(&self, account: &str, region: &Region, id: &str) -> Result<JobFacts, CloudError> {
        let client = self.s3_control(&region.0);
        let answer = client.describe_job().account_id(account).job_id(id).send().await;
        let answer = answer.map_err(|error| cloud_error(DESCRIBE, id, error))?;
        let missing = |text: &str| CloudError::new(Fault::Unanswered, DESCRIBE, id, text);
        let job = answer.job().ok_or_else(|| missing("the answer holds no job"))?;
        facts(job).ok_or_else(|| missing("the answer names no status that is known"))
    }

    async fn cancel(&self, account: &str, region: &Region, id: &str) -> Result<(), CloudError> {
        let request = self
            .s3_control(&region.0)
            .update_job_status()
            .account_id(account)
            .job_id(id)
            .requested_job_status(RequestedJobStatus::Cancelled)
            .status_update_reason("asked for in Rekey");
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(WRONG_STATUS) => Ok(()),
            Err(error) => Err(cloud_error(CANCEL, id, error)),
        }
    }
}

fn arn(order: &JobOrder, resource: &str) -> String {
    let partition = order.target.key.as_str().split(':').nth(1).unwrap_or("aws");
    format!("arn:{partition}:s3:::{resource}")
}

fn operation(order: &JobOrder) -> Result<JobOperation, BuildError> {
    let target = S3UpdateObjectEncryptionSsekms::builder()
        .kms_key_arn(order.target.key.as_str())
        .bucket_key_enabled(order.target.bucket_key)
        .build()?;
    let update = S3UpdateObjectEncryptionOperation::builder()
        .object_encryption(ObjectEncryption::builder().ssekms(target).build())
        .build();
    Ok(JobOperation::builder()
        .s3_update_object_encryption(update)
        .build())
}

/// Only of the tasks that failed: what is not in it succeeded, once the job is complete.
fn report(order: &JobOrder) -> JobReport {
    let prefix = Some(order.place.prefix.clone()).filter(|prefix| !prefix.is_empty());
    JobReport::builder()
        .enabled(true)
        .bucket(arn(order, &order.place.bucket))
        .set_prefix(prefix)
        .format(JobReportFormat::ReportCsv20180820)
        .report_scope(JobReportScope::FailedTasksOnly)
        .build()
}

/// A list that lies in S3; `versions` is `None` for that of an inventory, which names its own columns.
fn listed(
    order: &JobOrder,
    bucket: &str,
    key: &str,
    e_tag: &str,
    versions: Option<bool>,
) -> Result<JobManifest, BuildError> {
    let location = JobManifestLocation::builder()
        .object_arn(arn(order, &format!("{bucket}/{key}")))
        .e_tag(e_tag)
        .build()?;
    let spec = JobManifestSpec::builder();
    let spec = match versions {
        None => spec.format(JobManifestFormat::S3InventoryReportCsv20161130),
        Some(versions) => {
            let spec = spec
                .format(JobManifestFormat::S3BatchOperationsCsv20180820)
                .fields(JobManifestFieldName::Bucket)
                .fields(JobManifestFieldName::Key);
            if versions {
                spec.fields(JobManifestFieldName::VersionId)
            } else {
                spec
            }
        }
    };
    Ok(JobManifest::builder()
        .spec(spec.build()?)
        .location(location)
        .build())
}

/// A list that S3 makes of the bucket's objects under SSE-S3, and keeps.
fn generator(order: &JobOrder) -> Result<JobManifestGenerator, BuildError> {
    let sse_s3 = ObjectEncryptionFilter::Sses3(Sses3Filter::builder().build());
    let filter = JobManifestGeneratorFilter::builder().match_any_object_encryption(sse_s3);
    let prefix = Some(order.place.prefix.clone()).filter(|prefix| !prefix.is_empty());
    let kept = S3ManifestOutputLocation::builder()
        .bucket(arn(order, &order.place.bucket))
        .set_manifest_prefix(prefix)
        .manifest_encryption(
            GeneratedManifestEncryption::builder()
                .sses3(Sses3Encryption::builder().build())
                .build(),
        )
        .manifest_format(GeneratedManifestFormat::S3InventoryReportCsv20211130)
        .build()?;
    let generator = S3JobManifestGenerator::builder()
        .expected_bucket_owner(&order.account)
        .source_bucket(arn(order, &order.bucket))
        .enable_manifest_output(true)
        .manifest_output_location(kept)
        .filter(filter.build())
        .build()?;
    Ok(JobManifestGenerator::S3JobManifestGenerator(generator))
}

fn facts(job: &JobDescriptor) -> Option<JobFacts> {
    let status = JobStatus::parse(job.status()?.as_str())?;
    let count = |told: Option<i64>| told.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let progress = job.progress_summary();
    let failures = job.failure_reasons().iter().map(|failure| {
        let (code, reason) = (failure.failure_code(), failure.failure_reason());
        format!("{}: {}", code.unwrap_or_default(), reason.unwrap_or_default())
    });
    let said = [job.status_update_reason(), job.suspended_cause()];
    let said = said.into_iter().flatten().filter(|text| !text.is_empty());
    Some(JobFacts {
        status,
        total: count(progress.and_then(|progress| progress.total_number_of_tasks)),
        succeeded: count(progress.and_then(|progress| progress.number_of_tasks_succeeded)),
        failed: count(progress.and_then(|progress| progress.number_of_tasks_failed)),
        reasons: failures.chain(said.map(ToString::to_string)).collect(),
    })
}
