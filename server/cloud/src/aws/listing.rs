//! Version listings (`ListObjectVersions`): the order, the marks between pages, and the encoding that keeps keys whole
//! which XML cannot carry.

use super::clients::Clients;
use super::errors::cloud_error;
use super::words::{bare_tag, millis};
use crate::encoding::decode;
use crate::error::{CloudError, Fault};
use crate::object::{ListedVersion, VersionPage};
use aws_sdk_s3::types::EncodingType;
use model::quantity::Bytes;
use model::time::UnixMillis;

const OPERATION: &str = "ListObjectVersions";

pub(super) async fn versions(
    clients: &Clients,
    bucket: &str,
    from: Option<&str>,
) -> Result<VersionPage, CloudError> {
    let (key_marker, version_marker) = marks(bucket, from)?;
    let client = clients.s3_of(bucket).await?.retrying;
    let request = client
        .list_object_versions()
        .bucket(bucket)
        .encoding_type(EncodingType::Url)
        .set_key_marker(key_marker)
        .set_version_id_marker(version_marker);
    let answer = request
        .send()
        .await
        .map_err(|error| cloud_error(OPERATION, format!("s3://{bucket}"), error))?;
    let encoded = answer.encoding_type() == Some(&EncodingType::Url);
    let key = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        if encoded { decode(text) } else { text.to_string() }
    };

    let mut dated: Vec<(Option<UnixMillis>, ListedVersion)> = Vec::new();
    for version in answer.versions() {
        let listed = ListedVersion {
            key: key(version.key()),
            version_id: version.version_id().unwrap_or("null").to_string(),
            current: version.is_latest().unwrap_or(false),
            delete_marker: false,
            size: Bytes(
                version
                    .size()
                    .and_then(|size| u64::try_from(size).ok())
                    .unwrap_or(0),
            ),
            e_tag: bare_tag(version.e_tag()),
        };
        dated.push((millis(version.last_modified()), listed));
    }
    for marker in answer.delete_markers() {
        let listed = ListedVersion {
            key: key(marker.key()),
            version_id: marker.version_id().unwrap_or("null").to_string(),
            current: marker.is_latest().unwrap_or(false),
            delete_marker: true,
            size: Bytes::ZERO,
            e_tag: String::new(),
        };
        dated.push((millis(marker.last_modified()), listed));
    }
    // The SDK gives versions and markers apart: back into one order. The sort is stable, so equal dates stay as they came.
    dated.sort_by(|(one_date, one), (other_date, other)| {
        let order = one.key.cmp(&other.key).then(other.current.cmp(&one.current));
        order.then(other_date.cmp(one_date))
    });

    let more = answer.is_truncated().unwrap_or(false);
    let next = more.then(|| {
        let version = answer.next_version_id_marker().unwrap_or_default();
        serde_json::json!([key(answer.next_key_marker()), version]).to_string()
    });
    Ok(VersionPage {
        versions: dated.into_iter().map(|(_, version)| version).collect(),
        next,
    })
}

/// Where the last page ended: key and version.
fn marks(bucket: &str, from: Option<&str>) -> Result<(Option<String>, Option<String>), CloudError> {
    let Some(from) = from else { return Ok((None, None)) };
    let (key, version): (String, String) = serde_json::from_str(from).map_err(|_| {
        let text = "the mark is not one that a page of this bucket gave";
        CloudError::new(Fault::Refused, OPERATION, format!("s3://{bucket}"), text)
    })?;
    Ok((Some(key), (!version.is_empty()).then_some(version)))
}
