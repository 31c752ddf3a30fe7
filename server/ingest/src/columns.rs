//! The columns of S3 Inventory, and the two more that an S3 Metadata table has: names and types. Which of them a delivery has is [`crate::schema`]'s part; values are
//! read by the three readers.

use std::fmt;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Text,
    Integer,
    Boolean,
    Timestamp,
    /// Columns that the API has and no document describes.
    Undocumented,
}

impl ColumnType {
    /// As messages name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a 64-bit integer",
            Self::Boolean => "boolean",
            Self::Timestamp => "a timestamp",
            Self::Undocumented => "anything",
        }
    }
}

macro_rules! columns {
    ($($variant:ident / $field:literal : $kind:ident,)*) => {
        /// A column of S3 Inventory (Amazon S3 User Guide, "S3 Inventory", 2026-04; the last four are in the API's list
        /// of optional fields only); then those that only S3 Metadata's inventory table has ("metadata-tables-inventory-schema").
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are those of the User Guide's table")]
        pub enum Column { $($variant,)* }

        impl Column {
            /// Every column, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the schema of CSV files.
            #[must_use]
            pub const fn csv_name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }

            /// Its name in ORC and Parquet files.
            #[must_use]
            pub const fn field_name(self) -> &'static str {
                match self { $(Self::$variant => $field,)* }
            }

            pub(crate) const fn column_type(self) -> ColumnType {
                match self { $(Self::$variant => ColumnType::$kind,)* }
            }
        }
    };
}

columns! {
    Bucket / "bucket": Text,
    Key / "key": Text,
    VersionId / "version_id": Text,
    IsLatest / "is_latest": Boolean,
    IsDeleteMarker / "is_delete_marker": Boolean,
    Size / "size": Integer,
    LastModifiedDate / "last_modified_date": Timestamp,
    ETag / "e_tag": Text,
    StorageClass / "storage_class": Text,
    IsMultipartUploaded / "is_multipart_uploaded": Boolean,
    ReplicationStatus / "replication_status": Text,
    EncryptionStatus / "encryption_status": Text,
    ObjectLockRetainUntilDate / "object_lock_retain_until_date": Timestamp,
    ObjectLockMode / "object_lock_mode": Text,
    ObjectLockLegalHoldStatus / "object_lock_legal_hold_status": Text,
    IntelligentTieringAccessTier / "intelligent_tiering_access_tier": Text,
    BucketKeyStatus / "bucket_key_status": Text,
    ChecksumAlgorithm / "checksum_algorithm": Text,
    ObjectAccessControlList / "object_access_control_list": Text,
    ObjectOwner / "object_owner": Text,
    ObjectLockEventHoldStatus / "object_lock_event_hold_status": Undocumented,
    ObjectLockEventHoldDuration / "object_lock_event_hold_duration": Undocumented,
    LifecycleExpirationDate / "lifecycle_expiration_date": Undocumented,
    IntelligentTieringReferenceDate / "intelligent_tiering_reference_date": Undocumented,
    IsBucketKeyEnabled / "is_bucket_key_enabled": Boolean,
    KmsKeyArn / "kms_key_arn": Text,
}

impl Column {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// Those that rows of a migration are read from.
    pub(crate) const OF_ROWS: &'static [Self] = &[
        Self::Bucket,
        Self::Key,
        Self::VersionId,
        Self::IsLatest,
        Self::IsDeleteMarker,
        Self::Size,
        Self::LastModifiedDate,
        Self::ETag,
        Self::StorageClass,
        Self::EncryptionStatus,
        Self::ObjectLockRetainUntilDate,
        Self::ObjectLockMode,
        Self::ObjectLockLegalHoldStatus,
        Self::BucketKeyStatus,
    ];

    /// Those that are counted into groups: without what tells one object from another, which is most of the bytes.
    pub(crate) const OF_GROUPS: &'static [Self] = &[
        Self::Bucket,
        Self::Key,
        Self::IsLatest,
        Self::IsDeleteMarker,
        Self::Size,
        Self::LastModifiedDate,
        Self::StorageClass,
        Self::EncryptionStatus,
        Self::ObjectLockRetainUntilDate,
        Self::ObjectLockMode,
        Self::ObjectLockLegalHoldStatus,
        Self::BucketKeyStatus,
    ];

    /// Those of an S3 Metadata table that are counted.
    pub(crate) const OF_TABLE: &'static [Self] = &[
        Self::Bucket,
        Self::Key,
        Self::IsDeleteMarker,
        Self::Size,
        Self::LastModifiedDate,
        Self::StorageClass,
        Self::EncryptionStatus,
        Self::IsBucketKeyEnabled,
        Self::KmsKeyArn,
    ];

    /// Whether a manifest of S3 Inventory may name it.
    const fn is_of_inventory(self) -> bool {
        !matches!(self, Self::IsBucketKeyEnabled | Self::KmsKeyArn)
    }

    /// The column of this name in the schema of CSV files.
    pub(crate) fn of_csv_name(name: &str) -> Option<Self> {
        let mut of_inventory = Self::ALL
            .iter()
            .copied()
            .filter(|column| column.is_of_inventory());
        of_inventory.find(|column| column.csv_name() == name)
    }

    /// The column of this name in ORC and Parquet files.
    pub(crate) fn of_field_name(name: &str) -> Option<Self> {
        let mut of_inventory = Self::ALL
            .iter()
            .copied()
            .filter(|column| column.is_of_inventory());
        of_inventory.find(|column| column.field_name() == name)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.csv_name())
    }
}
