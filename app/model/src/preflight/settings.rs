//! Rules about the settings of a bucket: its default encryption, versions, locks, lifecycle, notifications, and whether the
//! public reads it. Replication has rules of its own.

use super::{AclsIgnoredBy, Found, Look, PublicAcls, Rule, Severity};
use crate::encryption::DefaultEncryption;
use crate::format::counted;
use crate::inventory::EncryptionStatus;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "default-encryption",
        title: "Default encryption",
        why: "PutBucketEncryption replaces the whole rule: what is not carried over is lost, such as the blocking of SSE-C.",
        source: "S3 API Reference, PutBucketEncryption; S3 User Guide, blocking-unblocking-s3-c-encryption-gpb",
        look: default_encryption,
    },
    Rule {
        id: "versions",
        title: "Versions",
        why: "A copy makes a new version, and the one before stays under its old encryption and is billed.",
        source: "S3 User Guide, copy-object and update-sse-encryption",
        look: versions,
    },
    Rule {
        id: "object-lock",
        title: "Object Lock",
        why: "What is under retention or legal hold cannot be converted: S3 refuses the update, and a copy would leave the locked version as it is.",
        source: "S3 User Guide, update-sse-encryption",
        look: object_lock,
    },
    Rule {
        id: "lifecycle",
        title: "Lifecycle",
        why: "A copy is a new object: rules that count days begin anew for it.",
        source: "S3 User Guide, copy-object",
        look: lifecycle,
    },
    Rule {
        id: "notifications",
        title: "Event notifications",
        why: "A copy raises s3:ObjectCreated:Copy, so whatever listens runs once for each copied object. An update raises nothing that is documented.",
        source: "S3 User Guide, copy-object",
        look: notifications,
    },
    Rule {
        id: "public-access",
        title: "Public access",
        why: "Objects under SSE-KMS are read with signed requests over TLS only: anonymous readers and website endpoints are refused.",
        source: "S3 User Guide, UsingKMSEncryption and about-object-ownership",
        look: public_access,
    },
    Rule {
        id: "entity-tags",
        title: "ETags",
        why: "Under SSE-KMS the ETag of a new or copied object is not the MD5 of its body; an update keeps it.",
        source: "S3 API Reference, Object",
        look: entity_tags,
    },
    Rule {
        id: "trail-events",
        title: "CloudTrail data events",
        why: "Where data events are recorded, the migration writes one for each object, and they are billed.",
        source: "S3 User Guide, update-sse-encryption",
        look: trail_events,
    },
];

/// `Versioning of bucket alpha`.
pub(super) fn of(at: &Look<'_>, setting: &str) -> String {
    format!("{setting} of bucket {}", at.plan.bucket)
}

pub(super) fn information(looked_at: impl Into<String>, text: impl Into<String>) -> Vec<Found> {
    vec![Found::new(Severity::Information, looked_at, text, "")]
}

fn default_encryption(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Default encryption");
    match &at.bucket.default_encryption {
        Ok(setting) => {
            let carried = match setting {
                Some(DefaultEncryption { blocked, .. }) if !blocked.is_empty() => {
                    format!(" The blocking of {} is carried over.", blocked.join(", "))
                }
                _ => String::new(),
            };
            let now = match setting {
                None => "not set".to_string(),
                Some(found) => match &found.key {
                    Some(key) => format!("{} under {key}", found.status),
                    None if found.status == EncryptionStatus::SseKms => {
                        format!("{} under aws/s3", found.status)
                    }
                    None => found.status.to_string(),
                },
            };
            information(
                looked_at,
                format!(
                    "It is {now}; it will be replaced, and what is there now is journaled first.{carried}"
                ),
            )
        }
        Err(error) => vec![Found::new(
            Severity::Stop,
            looked_at,
            error.clone(),
            "Allow s3:GetEncryptionConfiguration and s3:GetBucketVersioning on the bucket.",
        )],
    }
}

fn versions(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Versioning");
    let copied = !at.copies().is_zero();
    match &at.bucket.versioned {
        // The rule about the default encryption stops for it: both are read together.
        Err(_) => Vec::new(),
        Ok(false) => Found::passed(looked_at, "It is off: nothing makes versions."),
        Ok(true) if !copied => {
            Found::passed(looked_at, "It is on, and nothing is copied: no version is made.")
        }
        Ok(true) => {
            let expired = matches!(&at.bucket.lifecycle, Ok(rules) if rules.expire_noncurrent > 0);
            let text =
                "Versioning is on: each copy makes a new version, and the old one stays and is billed.";
            if expired {
                let text = format!("{text} A lifecycle rule expires noncurrent versions.");
                return information(looked_at, text);
            }
            let mend = "Expire noncurrent versions by a lifecycle rule afterwards.";
            vec![Found::new(Severity::Watch, looked_at, text, mend)]
        }
    }
}

fn object_lock(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Object Lock");
    match at.bucket.object_lock {
        Err(_) => Vec::new(),
        Ok(false) => Found::passed(looked_at, "It is not enabled: no object can be locked."),
        Ok(true) => information(
            looked_at,
            "Object Lock is enabled: what is under retention or legal hold is left out.",
        ),
    }
}

fn lifecycle(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Lifecycle");
    match &at.bucket.lifecycle {
        Err(error) => Found::unread(looked_at, error, "s3:GetLifecycleConfiguration"),
        Ok(rules) if rules.by_age == 0 => {
            Found::passed(looked_at, "No rule counts days of current versions.")
        }
        Ok(_) if at.copies().is_zero() => {
            Found::passed(looked_at, "Rules count days, and nothing is copied.")
        }
        Ok(rules) => vec![Found::new(
            Severity::Watch,
            looked_at,
            format!(
                "{} lifecycle rules count days, and begin anew for {} copied objects.",
                rules.by_age,
                at.copies().0
            ),
            "Plan UpdateObjectEncryption alone, or accept later transitions and expiry.",
        )],
    }
}

fn notifications(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Event notifications");
    match &at.bucket.notifications {
        Err(error) => Found::unread(looked_at, error, "s3:GetBucketNotification"),
        Ok(to) if to.is_empty() => Found::passed(looked_at, "Nobody is told of new objects."),
        Ok(_) if at.copies().is_zero() => Found::passed(
            looked_at,
            "Somebody is told of new objects, and nothing is copied.",
        ),
        Ok(to) => vec![Found::new(
            Severity::Watch,
            looked_at,
            format!("{} copies would be told to {}.", at.copies().0, to.join(", ")),
            "Tell their owners, or take the notification out while the migration runs.",
        )],
    }
}

fn public_access(at: &Look<'_>) -> Vec<Found> {
    [by_policy(at), by_acl(at), website(at)].concat()
}

fn by_policy(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Policy status");
    match &at.bucket.public {
        Err(error) => Found::unread(looked_at, error, "s3:GetBucketPolicyStatus"),
        Ok(true) => vec![Found::new(
            Severity::Watch,
            looked_at,
            "The bucket is public: anonymous readers would be refused.",
            "Leave it out, or put CloudFront with an origin access control in front of it and allow cloudfront.amazonaws.com in the key policy.",
        )],
        Ok(false) => Found::passed(looked_at, "Its policy does not make it public."),
    }
}

fn by_acl(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Object Ownership and Block Public Access");
    let acls = match &at.bucket.acls {
        Ok(acls) => acls,
        Err(error) => {
            let permissions = "s3:GetBucketOwnershipControls, s3:GetBucketPublicAccessBlock and s3:GetAccountPublicAccessBlock";
            return Found::unread(looked_at, error, permissions);
        }
    };
    let own = match acls {
        PublicAcls::Off => {
            return Found::passed(
                looked_at,
                "Object Ownership has ACLs switched off: none makes an object public.",
            );
        }
        PublicAcls::Ignored(AclsIgnoredBy::Bucket) => {
            return Found::passed(
                looked_at,
                "ACLs are on, and the bucket’s Block Public Access has public ones ignored.",
            );
        }
        PublicAcls::Ignored(AclsIgnoredBy::Account) => {
            return Found::passed(
                looked_at,
                "ACLs are on, and the account’s Block Public Access has public ones ignored.",
            );
        }
        PublicAcls::InForce { bucket_is_public } => match bucket_is_public {
            Ok(true) => " The bucket’s own ACL is public.".to_string(),
            Ok(false) => {
                " The bucket’s own ACL is not public, which says nothing of its objects.".to_string()
            }
            Err(error) => {
                format!(" The bucket’s own ACL could not be read: {error} (allow s3:GetBucketAcl).")
            }
        },
    };
    vec![Found::new(
        Severity::Watch,
        looked_at,
        format!(
            "ACLs are on, and public ones are not ignored: single objects may be public by their own ACL, which no setting of the bucket tells. Anonymous readers of these would be refused.{own}"
        ),
        "See whether objects have public ACLs: an S3 Inventory lists them, with the field ObjectAccessControlList. Where none is meant to be public, switch ACLs off in Object Ownership first.",
    )]
}

fn website(at: &Look<'_>) -> Vec<Found> {
    let looked_at = of(at, "Website");
    match &at.bucket.website {
        Err(error) => Found::unread(looked_at, error, "s3:GetBucketWebsite"),
        Ok(true) => vec![Found::new(
            Severity::Watch,
            looked_at,
            "It serves a static website, whose endpoint cannot read SSE-KMS objects.",
            "Put CloudFront with an origin access control in front of it first.",
        )],
        Ok(false) => Found::passed(looked_at, "It serves no static website."),
    }
}

fn entity_tags(at: &Look<'_>) -> Vec<Found> {
    let (looked_at, copied) = (of(at, "Methods of the plan"), at.copies());
    if copied.is_zero() {
        return Found::passed(looked_at, "Nothing is copied: ETags stay as they are.");
    }
    information(
        looked_at,
        format!(
            "Copies get another ETag, which is {} here; clients that take it for an MD5 must not.",
            counted(copied.0, "object")
        ),
    )
}

fn trail_events(at: &Look<'_>) -> Vec<Found> {
    let objects = at.plan.objects();
    if objects.is_zero() {
        return Vec::new();
    }
    information(
        of(at, "Methods of the plan"),
        format!(
            "{}, if a trail records them for this bucket.",
            counted(objects.0, "data event")
        ),
    )
}
