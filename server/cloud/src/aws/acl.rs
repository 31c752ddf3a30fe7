//! The grants of an object as the headers that a copy sends: a copy without them is private. Called by `copy`.

use super::clients::{Clients, S3};
use super::errors::cloud_error;
use crate::error::{CloudError, Fault};
use crate::object::{CopyOrder, ObjectRef};
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::get_object_acl::GetObjectAclOutput;
use aws_sdk_s3::types::{ObjectOwnership, Permission};
use std::collections::BTreeMap;

const GET: &str = "GetObjectAcl";

/// Grantees by permission, as headers name them; all `None` for the default, which needs no header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grants {
    pub(super) full_control: Option<String>,
    pub(super) read: Option<String>,
    pub(super) read_acp: Option<String>,
    pub(super) write_acp: Option<String>,
}

/// The grants that a copy must send again, asked for at the pace of its order. None where the bucket keeps no ACLs, or the
/// server knows none.
pub(super) async fn grants(
    clients: &Clients,
    s3: &S3,
    object: &ObjectRef,
    order: Option<&CopyOrder>,
) -> Result<Grants, CloudError> {
    if !acls_kept(clients, s3, &object.bucket).await {
        return Ok(Grants::default());
    }
    if let Some(order) = order {
        order.may_read(GET, object).await?;
    }
    let request = s3
        .retrying
        .get_object_acl()
        .bucket(&object.bucket)
        .key(&object.key);
    match request.set_version_id(object.version_id.clone()).send().await {
        Ok(acl) => Ok(from_acl(&acl)),
        Err(error) if error.code() == Some("AccessControlListNotSupported") => Ok(Grants::default()),
        Err(error) => {
            let error = cloud_error(GET, object.to_string(), error);
            if error.fault == Fault::NotSupported {
                Ok(Grants::default())
            } else {
                Err(error)
            }
        }
    }
}

impl Grants {
    /// Grantees by permission.
    pub(super) fn by_permission(self) -> BTreeMap<String, String> {
        let all = [
            ("FULL_CONTROL", self.full_control),
            ("READ", self.read),
            ("READ_ACP", self.read_acp),
            ("WRITE_ACP", self.write_acp),
        ];
        all.into_iter()
            .filter_map(|(permission, grantees)| Some((permission.to_string(), grantees?)))
            .collect()
    }
}

/// Whether objects of a bucket can have grants; asked now and then. A bucket that does not say may keep them.
async fn acls_kept(clients: &Clients, s3: &S3, bucket: &str) -> bool {
    if let Some(kept) = clients.acl_kept.of(bucket) {
        return kept;
    }
    let kept = in_force(s3, bucket).await.unwrap_or(true);
    clients.acl_kept.note(bucket, kept);
    kept
}

/// Whether Object Ownership leaves ACLs in force; a bucket older than that setting, of which none was ever made, has them
/// (Amazon S3 API Reference, `GetBucketOwnershipControls`, 2026-11).
pub(super) async fn in_force(s3: &S3, bucket: &str) -> Result<bool, CloudError> {
    const OPERATION: &str = "GetBucketOwnershipControls";
    let request = s3.retrying.get_bucket_ownership_controls().bucket(bucket);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("OwnershipControlsNotFoundError") => return Ok(true),
        Err(error) => return Err(cloud_error(OPERATION, format!("s3://{bucket}"), error)),
    };
    let rules = answer
        .ownership_controls()
        .map(|controls| controls.rules())
        .unwrap_or_default();
    Ok(!rules
        .iter()
        .any(|rule| rule.object_ownership() == &ObjectOwnership::BucketOwnerEnforced))
}

fn from_acl(acl: &GetObjectAclOutput) -> Grants {
    let owner = acl.owner().and_then(|owner| owner.id());
    let only_owner = acl.grants().iter().all(|grant| {
        let grantee = grant.grantee().and_then(|grantee| grantee.id());
        grant.permission() == Some(&Permission::FullControl) && grantee.is_some() && grantee == owner
    });
    let mut grants = Grants::default();
    if only_owner {
        return grants;
    }
    for grant in acl.grants() {
        let Some(grantee) = grant.grantee() else { continue };
        let name = match (grantee.id(), grantee.uri(), grantee.email_address()) {
            (Some(id), ..) => format!("id=\"{id}\""),
            (_, Some(uri), _) => format!("uri=\"{uri}\""),
            (_, _, Some(address)) => format!("emailAddress=\"{address}\""),
            _ => continue,
        };
        let list = match grant.permission() {
            Some(Permission::FullControl) => &mut grants.full_control,
            Some(Permission::Read) => &mut grants.read,
            Some(Permission::ReadAcp) => &mut grants.read_acp,
            Some(Permission::WriteAcp) => &mut grants.write_acp,
            _ => continue,
        };
        match list {
            Some(names) => {
                names.push_str(", ");
                names.push_str(&name);
            }
            None => *list = Some(name),
        }
    }
    grants
}
