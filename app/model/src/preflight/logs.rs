//! The rule about log destinations: buckets that must stay under SSE-S3, because who delivers logs there cannot write under
//! SSE-KMS. Who delivers shows in the bucket policy, in the ACL, and in the settings of other buckets.

use super::policies::{looked_at, policy};
use super::{Found, Look, Rule, Severity};
use crate::format::counted;
use crate::inventory::Region;

include!(concat!(env!("OUT_DIR"), "/load_balancers.rs"));

/// Delivers server access logs (S3 User Guide, enable-server-access-logging).
const ACCESS_LOGS: &str = "logging.s3.amazonaws.com";
/// Delivers logs of load balancers (ELB User Guide, enable-access-logging).
const LOAD_BALANCER_LOGS: [&str; 2] = [
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logdelivery.elb.amazonaws.com",
];

pub(super) const RULES: &[Rule] = &[Rule {
    id: "log-destination",
    title: "Log destination",
    why: "Server access logs are not delivered to a bucket whose default is SSE-KMS, and Application and Classic Load Balancers write under SSE-S3 only.",
    source: "S3 User Guide, troubleshooting-server-access-logging; ELB User Guide, enable-access-logging",
    look: log_destination,
}];

/// Whether a service delivers logs that need SSE-S3.
pub(super) fn delivers_logs(service: &str) -> bool {
    service == ACCESS_LOGS || LOAD_BALANCER_LOGS.contains(&service)
}

/// The account that load balancers of a Region deliver logs from, in Regions that are older than August 2022; later ones
/// have only the service.
fn load_balancer_account(region: &Region) -> Option<&'static str> {
    let mut accounts = LOAD_BALANCER_ACCOUNTS.iter();
    accounts
        .find(|(code, _)| *code == region.0)
        .map(|(_, account)| *account)
}

fn log_destination(at: &Look<'_>) -> Vec<Found> {
    let stop = |looked_at: String, what: String| {
        let mend = "Leave this bucket out of the plan: it stays under SSE-S3.";
        Found::new(Severity::Stop, looked_at, what, mend)
    };
    let bucket = &at.plan.bucket;
    let mut found = Vec::new();
    let neighbours = &at.bucket.neighbours;
    if !neighbours.logs_from.is_empty() {
        found.push(stop(
            "Server access logging of other buckets".to_string(),
            format!(
                "Server access logs of {} are delivered to {bucket}.",
                neighbours.logs_from.join(", ")
            ),
        ));
    }
    match &at.bucket.log_delivery {
        Ok(true) => found.push(stop(
            format!("ACL of bucket {bucket}"),
            "It lets the group LogDelivery write: server access logs are delivered here.".to_string(),
        )),
        Ok(false) => {}
        Err(error) => {
            let permission = "s3:GetBucketOwnershipControls and s3:GetBucketAcl";
            found.extend(Found::unread(
                format!("ACL of bucket {bucket}"),
                error,
                permission,
            ));
        }
    }
    // One that could not be read is told of by the rule about the runner.
    if let Ok(Some(policy)) = policy(at) {
        let named = policy.named_for("s3:PutObject");
        let services: Vec<&str> = policy.services().collect();
        if services.contains(&ACCESS_LOGS) {
            let text = format!("It lets {ACCESS_LOGS} write: server access logs are delivered here.");
            found.push(stop(looked_at(at), text));
        }
        let mut writers = services
            .iter()
            .filter(|service| LOAD_BALANCER_LOGS.contains(service));
        let account = load_balancer_account(&at.plan.region);
        let account = account.filter(|account| named.accounts.contains(*account));
        if let Some(writer) = writers.next().copied().or(account) {
            let text = format!("It lets {writer} write: access logs of a load balancer are delivered here.");
            found.push(stop(looked_at(at), text));
        }
    }
    if found.is_empty() && at.bucket.policy.is_ok() {
        found.extend(Found::passed(
            format!(
                "Policy and ACL of bucket {bucket}, and the logging of {}",
                counted(neighbours.looked_at, "other bucket")
            ),
            "Neither another bucket nor a service or account that it lets write delivers access logs here.",
        ));
    }
    // Whoever delivers must be let in by the policy or the ACL, so that a bucket that was not looked at hides little.
    found.extend(neighbours.gaps.iter().map(|gap| {
        Found::new(
            Severity::Information,
            "Server access logging of other buckets",
            gap.clone(),
            "",
        )
    }));
    found
}
