//! What ACLs do in a bucket. Whether they can make objects public: Object Ownership, then Block Public Access of the bucket,
//! then that of its account, and where none of these ends the matter the bucket's own ACL. And whether that lets logs be
//! delivered. Called by `evidence`; the grants of single objects are in `acl`.

use super::acl;
use super::clients::{Clients, S3};
use super::errors::cloud_error;
use super::evidence::unless_missing;
use crate::caller::Caller as _;
use aws_sdk_s3control::error::ProvideErrorMetadata as _;
use model::preflight::{AclsIgnoredBy, PublicAcls, Seen};

const PUBLIC_ACCESS_BLOCK: &str = "GetPublicAccessBlock";
/// What S3 and S3 Control say where Block Public Access was never set.
const NEVER_SET: &str = "NoSuchPublicAccessBlockConfiguration";
/// The groups that stand for everybody, and for everybody with an AWS account (Amazon S3 User Guide, acl-overview, 2026-04).
const EVERYBODY: [&str; 2] = [
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
];
/// The group that server access logs are delivered by (the same page).
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// What ACLs do in a bucket.
pub(super) struct Acls {
    /// Whether they can make objects public.
    pub(super) public: Seen<PublicAcls>,
    /// Whether the bucket's own lets server access logs be delivered, which no Block Public Access ends.
    pub(super) log_delivery: Seen<bool>,
}

/// Whom the bucket's own ACL lets do something.
#[derive(Clone, Copy)]
struct Granted {
    everybody: bool,
    log_delivery: bool,
}

/// Of what is public it asks no further than to the first setting that decides; one that could not be read hides none after
/// it. Where Object Ownership has switched ACLs off, nothing else is asked.
pub(super) async fn acls(clients: &Clients, s3: &S3, bucket: &str) -> Acls {
    let in_force = acl::in_force(s3, bucket).await.map_err(|error| error.to_string());
    if in_force == Ok(false) {
        return Acls {
            public: Ok(PublicAcls::Off),
            log_delivery: Ok(false),
        };
    }
    let granted = granted(s3, bucket).await;
    Acls {
        log_delivery: granted.clone().map(|granted| granted.log_delivery),
        public: public_acls(clients, s3, bucket, in_force, granted).await,
    }
}

async fn public_acls(
    clients: &Clients,
    s3: &S3,
    bucket: &str,
    in_force: Seen<bool>,
    granted: Seen<Granted>,
) -> Seen<PublicAcls> {
    let by_bucket = ignored_by_bucket(s3, bucket).await;
    if by_bucket == Ok(true) {
        return Ok(PublicAcls::Ignored(AclsIgnoredBy::Bucket));
    }
    let by_account = ignored_by_account(clients).await;
    if by_account == Ok(true) {
        return Ok(PublicAcls::Ignored(AclsIgnoredBy::Account));
    }
    in_force?;
    by_bucket?;
    by_account?;
    Ok(PublicAcls::InForce {
        bucket_is_public: granted.map(|granted| granted.everybody),
    })
}

async fn ignored_by_bucket(s3: &S3, bucket: &str) -> Seen<bool> {
    let answer = s3.retrying.get_public_access_block().bucket(bucket).send().await;
    let answer = unless_missing(PUBLIC_ACCESS_BLOCK, bucket, answer, &[NEVER_SET])?;
    let setting = answer.and_then(|answer| answer.public_access_block_configuration);
    Ok(setting
        .and_then(|setting| setting.ignore_public_acls)
        .unwrap_or(false))
}

/// Of the account that is asked, which is the one whose buckets are planned.
async fn ignored_by_account(clients: &Clients) -> Seen<bool> {
    let caller = clients.identity().await.map_err(|error| error.to_string())?;
    let account = caller.account_id;
    let client = clients.s3_control_at_home();
    match client.get_public_access_block().account_id(&account).send().await {
        Ok(answer) => {
            let setting = answer.public_access_block_configuration;
            Ok(setting
                .and_then(|setting| setting.ignore_public_acls)
                .unwrap_or(false))
        }
        Err(error) if error.code() == Some(NEVER_SET) => Ok(false),
        Err(error) => {
            let target = format!("account {account}");
            Err(cloud_error(PUBLIC_ACCESS_BLOCK, target, error).to_string())
        }
    }
}

async fn granted(s3: &S3, bucket: &str) -> Seen<Granted> {
    let answer = s3.retrying.get_bucket_acl().bucket(bucket).send().await;
    let answer = unless_missing("GetBucketAcl", bucket, answer, &[])?;
    let grants = answer.and_then(|answer| answer.grants).unwrap_or_default();
    let to = |groups: &[&str]| {
        grants.iter().any(|grant| {
            let group = grant.grantee().and_then(|grantee| grantee.uri());
            group.is_some_and(|group| groups.contains(&group))
        })
    };
    Ok(Granted {
        everybody: to(&EVERYBODY),
        log_delivery: to(&[LOG_DELIVERY]),
    })
}
