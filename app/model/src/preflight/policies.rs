//! Rules about the bucket policy: what would refuse the runner or the clients, and which services write here.

use super::{Found, Look, Rule, Severity};
use crate::method::Method;
use crate::policy::{Ask, Caller, Context, OUR_STATEMENTS, Policy, Verdict, evaluate};

const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

/// Delivers server access logs (S3 User Guide, enable-server-access-logging).
const ACCESS_LOGS: &str = "logging.s3.amazonaws.com";
/// Delivers logs of load balancers (ELB User Guide, enable-access-logging).
const LOAD_BALANCER_LOGS: [&str; 2] = [
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logdelivery.elb.amazonaws.com",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "policy-runner",
        title: "Bucket policy and the runner",
        why: "A denial in the bucket policy comes before every right: one that demands another encryption refuses the migration itself.",
        source: "S3 User Guide, UsingKMSEncryption",
        look: runner,
    },
    Rule {
        id: "policy-clients",
        title: "Bucket policy and uploads",
        why: "A denial that looks at the upload's headers refuses clients that send none and rely on the default, or those that have always asked for SSE-S3.",
        source: "S3 User Guide, UsingKMSEncryption",
        look: clients,
    },
    Rule {
        id: "log-destination",
        title: "Log destination",
        why: "Server access logs are not delivered to a bucket whose default is SSE-KMS, and Application Load Balancers write under SSE-S3 only.",
        source: "S3 User Guide, troubleshooting-server-access-logging; ELB User Guide, enable-access-logging",
        look: log_destination,
    },
    Rule {
        id: "service-writers",
        title: "Services that write here",
        why: "A service that delivers into the bucket must be allowed to use the key, by the key policy, or its deliveries stop.",
        source: "S3 User Guide, configure-inventory",
        look: service_writers,
    },
];

/// Of a bucket without a policy.
const NONE: &str = "There is none.";

fn looked_at(at: &Look<'_>) -> String {
    format!("Policy of bucket {}", at.plan.bucket)
}

/// The bucket policy, if there is one that can be read.
fn policy(at: &Look<'_>) -> Result<Option<Policy>, Vec<Found>> {
    let unread = |error: &str| Found::unread(looked_at(at), error, "s3:GetBucketPolicy");
    match &at.bucket.policy {
        Ok(None) => Ok(None),
        Ok(Some(text)) => Policy::parse(text)
            .map(Some)
            .map_err(|error| unread(&error.to_string())),
        Err(error) => Err(unread(error)),
    }
}

fn object_arn(at: &Look<'_>) -> String {
    let partition = at.key.arn.split(':').nth(1).unwrap_or("aws");
    format!("arn:{partition}:s3:::{}/any-object", at.plan.bucket)
}

/// What is known of requests that this product makes: TLS, and signed.
fn ours() -> Context {
    Context::default().with("aws:SecureTransport", "true")
}

/// An upload that names the plan's key, as a copy does.
fn named(at: &Look<'_>) -> Context {
    ours().with(ALGORITHM, "aws:kms").with(KEY_ID, at.key.arn.clone())
}

/// An upload without headers; the default of the bucket decides, and S3 fills the key in from it or does not.
fn headerless() -> Context {
    ours().without(ALGORITHM).without(KEY_ID)
}

fn runner(at: &Look<'_>) -> Vec<Found> {
    let policy = match policy(at) {
        Ok(Some(policy)) => policy.denials(),
        Ok(None) => return Found::passed(looked_at(at), NONE),
        Err(unread) => return unread,
    };
    let uses = |method| at.plan.lines.iter().any(|line| line.method == method);
    let mut asks = vec![("s3:GetObject", ours())];
    if uses(Method::CopyObject) {
        asks.push(("s3:PutObject", named(at)));
    }
    if uses(Method::UpdateObjectEncryption) {
        asks.push(("s3:UpdateObjectEncryption", ours()));
        asks.push(("s3:PutObject", headerless()));
    }
    let resource = object_arn(at);
    let mut unclear = Vec::new();
    for (action, context) in &asks {
        let ask = Ask {
            caller: Some(at.runner),
            action,
            resource: &resource,
            context,
        };
        match evaluate(&policy, ask) {
            Verdict::Denied(name) => {
                return vec![Found::new(
                    Severity::Stop,
                    looked_at(at),
                    format!("“{name}” denies the runner {action}."),
                    "Exempt the runner from that statement, or take it out until the bucket is moved.",
                )];
            }
            Verdict::CannotTell(why) => unclear.push(format!("{action} ({why})")),
            Verdict::Allowed(..) | Verdict::AllowedByAccount(_) | Verdict::Silent => {}
        }
    }
    if unclear.is_empty() {
        return Found::passed(looked_at(at), "It denies the runner nothing.");
    }
    vec![Found::new(
        Severity::Watch,
        looked_at(at),
        format!(
            "Whether it denies the runner cannot be told: {}.",
            unclear.join("; ")
        ),
        "Make sure of it; the first object of each bucket shows it before a second is touched.",
    )]
}

fn clients(at: &Look<'_>) -> Vec<Found> {
    let policy = match policy(at) {
        Ok(Some(policy)) => policy.denials(),
        Ok(None) => return Found::passed(looked_at(at), NONE),
        // The rule about the runner tells of it.
        Err(_) => return Vec::new(),
    };
    let (resource, anybody) = (object_arn(at), Caller::default());
    let says = |context: Context| {
        let ask = Ask {
            caller: Some(&anybody),
            action: "s3:PutObject",
            resource: &resource,
            context: &context,
        };
        evaluate(&policy, ask)
    };
    let ours = |name: &str| OUR_STATEMENTS.contains(&name);
    let (by_default, by_name) = (says(headerless()), says(named(at)));
    let mut found = Vec::new();
    match &by_default {
        Verdict::Denied(name) if !ours(name) => found.push(Found::new(
            Severity::Watch,
            looked_at(at),
            format!("“{name}” refuses uploads that send no encryption header, although the bucket's default would encrypt them."),
            "Let the default do it: replace the statement by one that speaks only of headers that are sent, as the last step of this migration does.",
        )),
        _ => {}
    }
    if let Verdict::Denied(name) = &by_name {
        found.push(Found::new(
            Severity::Watch,
            looked_at(at),
            format!("“{name}” refuses uploads that name SSE-KMS with the plan's key."),
            if ours(name) {
                "An earlier migration holds uploads to another key: let them go on that migration's page before the default changes."
            } else {
                "Take the statement out before the default changes."
            },
        ));
    }
    if !found.is_empty() {
        return found;
    }
    match [by_default, by_name]
        .into_iter()
        .find_map(|verdict| match verdict {
            Verdict::CannotTell(why) => Some(why),
            _ => None,
        }) {
        Some(why) => vec![Found::new(
            Severity::Information,
            looked_at(at),
            format!("Whether it refuses some uploads depends on more than their encryption ({why})."),
            "",
        )],
        None => Found::passed(
            looked_at(at),
            "It refuses neither uploads without an encryption header nor those that name the plan's key.",
        ),
    }
}

fn log_destination(at: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let stop = |what: String| {
        Found::new(
            Severity::Stop,
            looked_at(at),
            what,
            "Leave this bucket out of the plan: it stays under SSE-S3.",
        )
    };
    if !at.bucket.logs_from.is_empty() {
        found.push(stop(format!(
            "Server access logs of {} are delivered here.",
            at.bucket.logs_from.join(", ")
        )));
    }
    const CLEAN: &str =
        "Neither a bucket of the plan nor a service that it lets write delivers access logs here.";
    let policy = match policy(at) {
        Ok(Some(policy)) => policy,
        Ok(None) if found.is_empty() => return Found::passed(looked_at(at), CLEAN),
        Ok(None) | Err(_) => return found,
    };
    let services: Vec<&str> = policy.services().collect();
    if services.contains(&ACCESS_LOGS) && found.is_empty() {
        found.push(stop(format!(
            "It lets {ACCESS_LOGS} write: server access logs are delivered here."
        )));
    }
    if let Some(service) = services
        .iter()
        .find(|service| LOAD_BALANCER_LOGS.contains(service))
    {
        found.push(stop(format!(
            "It lets {service} write: access logs of a load balancer are delivered here."
        )));
    }
    if found.is_empty() {
        return Found::passed(looked_at(at), CLEAN);
    }
    found
}

fn service_writers(at: &Look<'_>) -> Vec<Found> {
    let policy = match policy(at) {
        Ok(Some(policy)) => policy,
        Ok(None) => return Found::passed(looked_at(at), NONE),
        Err(_) => return Vec::new(),
    };
    let of_key = at
        .key
        .policy
        .as_ref()
        .ok()
        .and_then(|text| Policy::parse(text).ok());
    let allowed: Vec<String> = of_key
        .map(|policy| policy.services().map(ToString::to_string).collect())
        .unwrap_or_default();
    let missing: Vec<&str> = policy
        .services()
        .filter(|service| *service != ACCESS_LOGS && !LOAD_BALANCER_LOGS.contains(service))
        .filter(|service| !allowed.iter().any(|name| name == service))
        .collect();
    if missing.is_empty() {
        return Found::passed(
            looked_at(at),
            "It lets no service write that the key policy does not name.",
        );
    }
    vec![Found::new(
        Severity::Watch,
        looked_at(at),
        format!(
            "It lets {} write, which the key policy does not name.",
            missing.join(", ")
        ),
        "Allow the service kms:GenerateDataKey (and kms:Decrypt where it reads) in the key policy, held to the account by aws:SourceAccount.",
    )]
}
