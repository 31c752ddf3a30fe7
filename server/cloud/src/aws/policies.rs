//! Bucket policies.

use super::clients::Clients;
use super::errors::cloud_error;
use crate::error::CloudError;
use crate::traits::Policies;
use async_trait::async_trait;
use aws_sdk_s3::error::ProvideErrorMetadata as _;

#[async_trait]
impl Policies for Clients {
    async fn policy(&self, bucket: &str) -> Result<Option<String>, CloudError> {
        let client = self.s3_of(bucket).await?.retrying;
        match client.get_bucket_policy().bucket(bucket).send().await {
            Ok(answer) => Ok(answer
                .policy()
                .filter(|text| !text.is_empty())
                .map(ToString::to_string)),
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(cloud_error("GetBucketPolicy", format!("s3://{bucket}"), error)),
        }
    }

    async fn put_policy(&self, bucket: &str, policy: Option<&str>) -> Result<(), CloudError> {
        let client = self.s3_of(bucket).await?.once;
        let target = || format!("s3://{bucket}");
        match policy {
            Some(policy) => {
                let answer = client
                    .put_bucket_policy()
                    .bucket(bucket)
                    .policy(policy)
                    .send()
                    .await;
                answer
                    .map(|_| ())
                    .map_err(|error| cloud_error("PutBucketPolicy", target(), error))
            }
            None => {
                let answer = client.delete_bucket_policy().bucket(bucket).send().await;
                answer
                    .map(|_| ())
                    .map_err(|error| cloud_error("DeleteBucketPolicy", target(), error))
            }
        }
    }
}
