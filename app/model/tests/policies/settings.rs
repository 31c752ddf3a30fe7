//! What the rules about settings and clients find, by what a plan does with the objects.

use crate::evidence::{KEY, Scene, line};
use model::encryption::DefaultEncryption;
use model::inventory::EncryptionStatus;
use model::method::Method;
use model::plan::PlanLine;
use model::preflight::{Lifecycle, Severity};
use model::quantity::Objects;

fn updates() -> [PlanLine; 1] {
    [line(Method::UpdateObjectEncryption, 3)]
}

fn copies() -> [PlanLine; 2] {
    [
        line(Method::UpdateObjectEncryption, 3),
        line(Method::CopyObject, 2),
    ]
}

#[test]
fn versions_matter_where_something_is_copied() {
    use Severity::{Information, Passed, Watch};
    for (versioned, lines, expire, severity, text) in [
        (false, copies().to_vec(), 0, Passed, "off"),
        (true, updates().to_vec(), 0, Passed, "nothing is copied"),
        (true, copies().to_vec(), 0, Watch, "each copy makes a new version"),
        (
            true,
            copies().to_vec(),
            1,
            Information,
            "expires noncurrent versions",
        ),
    ] {
        let mut scene = Scene::plain().with_lines(&lines);
        scene.bucket.versioned = Ok(versioned);
        scene.bucket.lifecycle = Ok(Lifecycle {
            rules: expire,
            by_age: 0,
            expire_noncurrent: expire,
        });
        scene.assert(text, "versions", severity, text);
    }
    let mut unread = Scene::plain();
    unread.bucket.versioned = Err("AccessDenied".to_string());
    assert_eq!(unread.found("versions"), [], "the default encryption tells of it");
}

#[test]
fn lifecycle_rules_and_listeners_matter_where_something_is_copied() {
    use Severity::{Passed, Watch};
    let by_age = |by_age| {
        Ok(Lifecycle {
            rules: 2,
            by_age,
            expire_noncurrent: 0,
        })
    };
    let denied = || "AccessDenied".to_string();
    for (lifecycle, lines, severity, text) in [
        (by_age(0), copies().to_vec(), Passed, "No rule counts days"),
        (by_age(2), updates().to_vec(), Passed, "nothing is copied"),
        (
            by_age(2),
            copies().to_vec(),
            Watch,
            "2 lifecycle rules count days, and begin anew for 2 copied",
        ),
        (Err(denied()), updates().to_vec(), Watch, "AccessDenied"),
    ] {
        let mut scene = Scene::plain().with_lines(&lines);
        scene.bucket.lifecycle = lifecycle;
        scene.assert(text, "lifecycle", severity, text);
    }
    let queue = || Ok(vec!["arn:aws:sqs:eu-west-2:111122223333:intake".to_string()]);
    for (notifications, lines, severity, text) in [
        (Ok(Vec::new()), copies().to_vec(), Passed, "Nobody is told"),
        (queue(), updates().to_vec(), Passed, "nothing is copied"),
        (
            queue(),
            copies().to_vec(),
            Watch,
            "2 copies would be told to arn:aws:sqs",
        ),
        (Err(denied()), updates().to_vec(), Watch, "AccessDenied"),
    ] {
        let mut scene = Scene::plain().with_lines(&lines);
        scene.bucket.notifications = notifications;
        scene.assert(text, "notifications", severity, text);
    }
}

#[test]
fn the_default_that_will_be_replaced_is_told_and_must_be_readable() {
    use Severity::{Information, Stop};
    let default = |status, key: Option<&str>, blocked: &[&str]| {
        Ok(Some(DefaultEncryption {
            status,
            key: key.map(ToString::to_string),
            bucket_key: false,
            blocked: blocked.iter().map(ToString::to_string).collect(),
        }))
    };
    for (setting, severity, text) in [
        (Ok(None), Information, "It is not set"),
        (default(EncryptionStatus::SseS3, None, &[]), Information, "SSE-S3"),
        (
            default(EncryptionStatus::SseKms, Some(KEY), &[]),
            Information,
            KEY,
        ),
        (
            default(EncryptionStatus::SseKms, None, &[]),
            Information,
            "under aws/s3",
        ),
        (
            default(EncryptionStatus::SseS3, None, &["SSE-C"]),
            Information,
            "The blocking of SSE-C is carried over",
        ),
        (Err("AccessDenied".to_string()), Stop, "AccessDenied"),
    ] {
        let mut scene = Scene::plain();
        scene.bucket.default_encryption = setting;
        scene.assert(text, "default-encryption", severity, text);
    }
}

#[test]
fn locks_and_websites_are_told() {
    use Severity::{Information, Passed, Watch};
    for (locked, severity, text) in [(false, Passed, "not enabled"), (true, Information, "left out")] {
        let mut scene = Scene::plain();
        scene.bucket.object_lock = Ok(locked);
        scene.assert(text, "object-lock", severity, text);
    }
    let mut scene = Scene::plain();
    scene.bucket.website = Ok(true);
    scene.assert("a website", "public-access", Watch, "static website");
    scene.bucket.website = Err("AccessDenied".to_string());
    scene.assert("unread", "public-access", Watch, "AccessDenied");
}

/// What copies change for clients, and what they take along.
#[test]
fn entity_tags_annotations_and_data_events_follow_the_methods() {
    use Severity::{Information, Passed, Watch};
    let large = PlanLine {
        over_5_gib: Objects(1),
        ..line(Method::CopyObject, 2)
    };
    let large_update = PlanLine {
        over_5_gib: Objects(1),
        ..line(Method::UpdateObjectEncryption, 2)
    };
    for (rule, lines, severity, text) in [
        ("entity-tags", updates().to_vec(), Passed, "stay as they are"),
        ("entity-tags", copies().to_vec(), Information, "2 objects here"),
        ("annotations", updates().to_vec(), Passed, "stay as they are"),
        (
            "annotations",
            copies().to_vec(),
            Information,
            "2 objects are copied",
        ),
        ("annotations", vec![large], Watch, "1 object above 5 GiB"),
        ("annotations", vec![large_update], Passed, "stay as they are"),
        ("trail-events", copies().to_vec(), Information, "5 data events"),
    ] {
        let scene = Scene::plain().with_lines(&lines);
        scene.assert(text, rule, severity, text);
    }
    assert_eq!(Scene::plain().found("trail-events"), [], "nothing is converted");
}

/// Hazards that no API tells of are said of every plan, and that nothing was looked at for them.
#[test]
fn what_clients_must_be_able_to_is_said() {
    let scene = Scene::plain();
    for (rule, text) in [
        ("multipart-writers", "kms:Decrypt"),
        ("client-requests", "older signatures"),
    ] {
        scene.assert(rule, rule, Severity::Information, text);
        scene.assert(rule, rule, Severity::Information, "not looked at");
    }
}
