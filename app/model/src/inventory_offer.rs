//! The inventory that this product needs, for a bucket that has none: configuration, policy of the bucket that it goes
//! to, and the two commands. Shown on the import page; nothing here is performed.

/// Optional columns that are read, in AWS's words; the others are always there (Amazon S3 User Guide, storage-inventory,
/// 2026-04).
pub const OPTIONAL_FIELDS: [&str; 9] = [
    "Size",
    "LastModifiedDate",
    "ETag",
    "StorageClass",
    "EncryptionStatus",
    "BucketKeyStatus",
    "ObjectLockRetainUntilDate",
    "ObjectLockMode",
    "ObjectLockLegalHoldStatus",
];

/// Id of the configuration that is offered.
pub const CONFIGURATION_ID: &str = "rekey";

/// What stands where a bucket of the reader's own is to be named.
pub const DESTINATION: &str = "YOUR-INVENTORY-BUCKET";

/// What stands for the account number while nobody has told it.
const ACCOUNT: &str = "YOUR-ACCOUNT-ID";

/// An inventory for one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryOffer {
    /// Configuration, as `put-bucket-inventory-configuration` takes it.
    pub configuration: String,
    /// Policy of the destination bucket.
    pub policy: String,
    /// The commands that set both.
    pub commands: String,
}

impl InventoryOffer {
    /// The offer for a bucket; `partition` is that of its ARNs, `aws` in most Regions.
    #[must_use]
    pub fn new(bucket: &str, account: Option<&str>, partition: &str) -> Self {
        let account = account.unwrap_or(ACCOUNT);
        Self {
            configuration: configuration(account, partition),
            policy: policy(bucket, account, partition),
            commands: commands(bucket),
        }
    }
}

fn configuration(account: &str, partition: &str) -> String {
    let fields = OPTIONAL_FIELDS.map(|field| format!("\"{field}\"")).join(", ");
    format!(
        r#"{{
  "Id": "{CONFIGURATION_ID}",
  "IsEnabled": true,
  "IncludedObjectVersions": "All",
  "Schedule": {{ "Frequency": "Daily" }},
  "OptionalFields": [{fields}],
  "Destination": {{
    "S3BucketDestination": {{
      "AccountId": "{account}",
      "Bucket": "arn:{partition}:s3:::{DESTINATION}",
      "Prefix": "inventory",
      "Format": "Parquet"
    }}
  }}
}}"#
    )
}

/// Amazon S3 User Guide, example-bucket-policies, "Granting permissions for S3 Inventory and Amazon S3 analytics" (2026-04).
fn policy(bucket: &str, account: &str, partition: &str) -> String {
    format!(
        r#"{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Sid": "InventoryDelivery",
      "Effect": "Allow",
      "Principal": {{ "Service": "s3.amazonaws.com" }},
      "Action": "s3:PutObject",
      "Resource": "arn:{partition}:s3:::{DESTINATION}/*",
      "Condition": {{
        "ArnLike": {{ "aws:SourceArn": "arn:{partition}:s3:::{bucket}" }},
        "StringEquals": {{
          "aws:SourceAccount": "{account}",
          "s3:x-amz-acl": "bucket-owner-full-control"
        }}
      }}
    }}
  ]
}}"#
    )
}

fn commands(bucket: &str) -> String {
    format!(
        "aws s3api put-bucket-policy --bucket {DESTINATION} --policy file://policy.json\n\
         aws s3api put-bucket-inventory-configuration --bucket {bucket} --id {CONFIGURATION_ID} \
         --inventory-configuration file://inventory.json"
    )
}

/// Columns that are read and that a configuration does not have.
#[must_use]
pub fn missing_fields(fields: &[String]) -> Vec<&'static str> {
    let missing = |wanted: &&str| !fields.iter().any(|field| field == wanted);
    OPTIONAL_FIELDS.into_iter().filter(missing).collect()
}
