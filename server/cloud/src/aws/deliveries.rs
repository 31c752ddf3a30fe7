//! Inventory deliveries in S3: configurations of buckets, folders of the destination, and objects as streams.

use super::clients::Clients;
use super::errors::cloud_error;
use super::words::bare_tag;
use crate::deliveries::{Content, Deliveries, FOLDER_MAX, Folder, InventoryConfiguration};
use crate::encoding::decode;
use crate::error::{CloudError, Fault};
use async_trait::async_trait;
use aws_sdk_s3::types::{EncodingType, InventoryIncludedObjectVersions};
use model::inventory::Region;
use model::quantity::Bytes;

const LIST: &str = "ListObjectsV2";

#[async_trait]
impl Deliveries for Clients {
    async fn region(&self, bucket: &str) -> Result<Option<Region>, CloudError> {
        Ok(self.told_region(bucket).await?.map(Region))
    }

    async fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, CloudError> {
        let client = self.s3_of(bucket).await?.retrying;
        let target = || format!("s3://{bucket}/{prefix}");
        let mut folder = Folder::default();
        let mut token: Option<String> = None;
        loop {
            let request = client
                .list_objects_v2()
                .bucket(bucket)
                .prefix(prefix)
                .delimiter("/")
                .encoding_type(EncodingType::Url)
                .set_continuation_token(token);
            let page = request
                .send()
                .await
                .map_err(|error| cloud_error(LIST, target(), error))?;
            let encoded = page.encoding_type() == Some(&EncodingType::Url);
            let whole = |text: &str| if encoded { decode(text) } else { text.to_string() };
            let folders = page.common_prefixes().iter().filter_map(|below| below.prefix());
            folder.folders.extend(folders.map(whole));
            let keys = page.contents().iter().filter_map(|object| object.key());
            folder.keys.extend(keys.map(whole));
            if folder.folders.len() + folder.keys.len() > FOLDER_MAX {
                let text = format!("it holds more than {FOLDER_MAX} entries: name the manifest.json itself");
                return Err(CloudError::new(Fault::Refused, LIST, target(), text));
            }
            token = page.next_continuation_token().map(ToString::to_string);
            if token.is_none() {
                return Ok(folder);
            }
        }
    }

    async fn open(&self, bucket: &str, key: &str) -> Result<Content, CloudError> {
        let client = self.s3_of(bucket).await?.retrying;
        let answer = client.get_object().bucket(bucket).key(key).send().await;
        let answer =
            answer.map_err(|error| cloud_error("GetObject", format!("s3://{bucket}/{key}"), error))?;
        Ok(Content {
            size: answer
                .content_length()
                .and_then(|size| u64::try_from(size).ok())
                .map(Bytes),
            e_tag: Some(bare_tag(answer.e_tag())).filter(|tag| !tag.is_empty()),
            body: Box::pin(answer.body.into_async_read()),
        })
    }

    async fn configurations(&self, bucket: &str) -> Result<Vec<InventoryConfiguration>, CloudError> {
        const OPERATION: &str = "ListBucketInventoryConfigurations";
        let client = self.s3_of(bucket).await?.retrying;
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let request = client
                .list_bucket_inventory_configurations()
                .bucket(bucket)
                .set_continuation_token(token);
            let page = request
                .send()
                .await
                .map_err(|error| cloud_error(OPERATION, format!("s3://{bucket}"), error))?;
            let listed = page.inventory_configuration_list().iter();
            found.extend(listed.filter_map(configuration));
            token = page.next_continuation_token().map(ToString::to_string);
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}

/// A configuration in our words; nothing of one without a destination, of which no delivery can be found.
fn configuration(told: &aws_sdk_s3::types::InventoryConfiguration) -> Option<InventoryConfiguration> {
    let destination = told.destination()?.s3_bucket_destination()?;
    let name = |arn: &str| arn.rsplit(':').next().unwrap_or(arn).to_string();
    let prefix = destination.prefix().unwrap_or_default();
    Some(InventoryConfiguration {
        id: told.id().to_string(),
        enabled: told.is_enabled(),
        all_versions: told.included_object_versions() == &InventoryIncludedObjectVersions::All,
        filter: told.filter().map(|filter| filter.prefix().to_string()),
        format: destination.format().as_str().to_string(),
        frequency: told
            .schedule()
            .map(|schedule| schedule.frequency().as_str().to_string())
            .unwrap_or_default(),
        fields: told
            .optional_fields()
            .iter()
            .map(|field| field.as_str().to_string())
            .collect(),
        destination: name(destination.bucket()),
        prefix: prefix.trim_end_matches('/').to_string(),
    })
}
