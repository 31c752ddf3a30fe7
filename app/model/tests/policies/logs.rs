//! Buckets that logs are delivered to: by whom the policy lets write, by the ACL, by the settings of other buckets.

use crate::evidence::Scene;
use model::inventory::Region;
use model::preflight::{Neighbours, Severity};

const RULE: &str = "log-destination";

/// Load balancers of older Regions write from an account of their Region.
#[test]
fn the_load_balancers_account_of_the_region_is_a_writer_of_logs() {
    use Severity::{Passed, Stop};
    let allow = |action: &str, name: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{name}"}},"Action":"{action}","Resource":"arn:aws:s3:::alpha/AWSLogs/*"}}]}}"#
        )
    };
    for (region, action, name, severity) in [
        (
            "us-east-1",
            "s3:PutObject",
            "arn:aws:iam::127311923021:root",
            Stop,
        ),
        ("us-east-1", "s3:PutObject", "127311923021", Stop),
        (
            "eu-west-2",
            "s3:PutObject",
            "arn:aws:iam::652711504416:root",
            Stop,
        ),
        (
            "us-gov-west-1",
            "s3:Put*",
            "arn:aws-us-gov:iam::048591011584:root",
            Stop,
        ),
        // That of another Region can deliver nothing here.
        (
            "eu-west-2",
            "s3:PutObject",
            "arn:aws:iam::127311923021:root",
            Passed,
        ),
        // Regions that are newer have none.
        (
            "eu-central-2",
            "s3:PutObject",
            "arn:aws:iam::127311923021:root",
            Passed,
        ),
        (
            "us-east-1",
            "s3:PutObject",
            "arn:aws:iam::444455556666:root",
            Passed,
        ),
        (
            "us-east-1",
            "s3:GetObject",
            "arn:aws:iam::127311923021:root",
            Passed,
        ),
    ] {
        let mut scene = Scene::plain().with_policy(&allow(action, name));
        scene.plan.region = Region(region.to_string());
        let text = if severity == Stop {
            "load balancer"
        } else {
            "Neither another bucket"
        };
        scene.assert(&format!("{region} {action} {name}"), RULE, severity, text);
    }
}

#[test]
fn the_acl_and_other_buckets_tell_of_server_access_logs() {
    use Severity::{Passed, Stop, Watch};
    for (log_delivery, severity, text) in [
        (Ok(true), Stop, "LogDelivery"),
        (Ok(false), Passed, "Neither"),
        (Err("AccessDenied".to_string()), Watch, "AccessDenied"),
    ] {
        let mut scene = Scene::plain();
        scene.bucket.log_delivery = log_delivery;
        scene.assert(text, RULE, severity, text);
    }
    let mut scene = Scene::plain();
    scene.bucket.neighbours.logs_from = vec!["beta".to_string(), "gamma".to_string()];
    scene.assert("other buckets", RULE, Stop, "beta, gamma");
}

/// What was looked at is said, and what was not.
#[test]
fn buckets_that_were_not_looked_at_are_told_of() {
    let mut scene = Scene::plain();
    scene.bucket.neighbours = Neighbours {
        looked_at: 3,
        gaps: vec!["400 buckets were not looked at.".to_string()],
        ..Neighbours::default()
    };
    scene.assert("gaps", RULE, Severity::Information, "400 buckets");
    let clean = scene
        .found(RULE)
        .into_iter()
        .find(|found| found.severity == Severity::Passed);
    let clean = clean.expect("what was looked at");
    assert!(clean.looked_at.contains("3 other buckets"), "{clean:?}");
}
