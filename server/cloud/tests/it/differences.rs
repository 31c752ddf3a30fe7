//! What each server gets wrong, measured 2026-11-23 with moto 5.2.5 and MiniStack 1.5.33: the contract asks each for what
//! it can do, and holds it to the wrong answer otherwise, so that a server that learns better is noticed.

/// How a server differs from AWS. All false is AWS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Differences {
    /// `HeadObject` names no encryption for an object that was put without any (AWS: AES256).
    pub(crate) hides_default_encryption: bool,
    /// No object ever shows that it uses a bucket key.
    pub(crate) forgets_bucket_key: bool,
    /// The bucket's default loses the blocked encryption types.
    pub(crate) forgets_blocked_types: bool,
    /// `UpdateObjectEncryption` replaces the body by the request's XML and says 200.
    pub(crate) update_destroys: bool,
    /// An archived object can be copied without being restored.
    pub(crate) copies_archived: bool,
    /// A key with a line break cannot be written: boto3 gets a 404, too.
    pub(crate) refuses_line_breaks: bool,
    /// A bucket whose default was never set has none (AWS: AES256).
    pub(crate) no_default_until_set: bool,
    /// `GetBucketPolicyStatus` is answered with a list of objects.
    pub(crate) no_policy_status: bool,
    /// A new bucket keeps ACLs (AWS: they are switched off).
    pub(crate) keeps_acls: bool,
    /// `GetBucketNotificationConfiguration` has another root than S3's, which the SDK refuses.
    pub(crate) misnames_notifications: bool,
    /// `ListBucketInventoryConfigurations` is answered in another form than AWS documents.
    pub(crate) misnames_inventories: bool,
}

pub(crate) const SANDBOX: Differences = Differences {
    hides_default_encryption: false,
    forgets_bucket_key: false,
    forgets_blocked_types: false,
    update_destroys: false,
    copies_archived: false,
    refuses_line_breaks: false,
    no_default_until_set: false,
    no_policy_status: false,
    keeps_acls: false,
    misnames_notifications: false,
    misnames_inventories: false,
};

pub(crate) const MOTO: Differences = Differences {
    hides_default_encryption: true,
    forgets_blocked_types: true,
    update_destroys: true,
    refuses_line_breaks: true,
    no_default_until_set: true,
    keeps_acls: true,
    misnames_notifications: true,
    misnames_inventories: true,
    ..SANDBOX
};

pub(crate) const MINISTACK: Differences = Differences {
    hides_default_encryption: true,
    forgets_bucket_key: true,
    update_destroys: true,
    copies_archived: true,
    no_policy_status: true,
    misnames_inventories: true,
    ..SANDBOX
};
