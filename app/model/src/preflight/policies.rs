//! Rules about the bucket policy: what would refuse the runner or the clients, and which services write here. Those that
//! deliver logs are in `logs`.

use super::logs::delivers_logs;
use super::{Found, Look, Part, Rule, Severity};
use crate::method::Method;
use crate::policy::{Ask, Caller, Context, OUR_STATEMENTS, Policy, Verdict, evaluate};

const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

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
        id: "service-writers",
        title: "Services that write here",
        why: "A service that delivers into the bucket must be allowed to use the key, by the key policy, or its deliveries stop.",
        source: "S3 User Guide, configure-inventory",
        look: service_writers,
    },
];

/// Of a bucket without a policy.
pub(super) const NONE: &str = "There is none.";

pub(super) fn looked_at(at: &Look<'_>) -> String {
    format!("Policy of bucket {}", at.plan.bucket)
}

/// The bucket policy, if there is one that can be read.
pub(super) fn policy(at: &Look<'_>) -> Result<Option<Policy>, Vec<Found>> {
    let unread = |error: &str| Found::unread(looked_at(at), error, "s3:GetBucketPolicy");
    match &at.bucket.policy {
        Ok(None) => Ok(None),
        Ok(Some(text)) => Policy::parse(text)
            .map(Some)
            .map_err(|error| unread(&error.to_string())),
        Err(error) => Err(unread(error)),
    }
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

/// A request of the runner.
struct Request {
    action: &'static str,
    context: Context,
    /// How grave it is when all of it is denied, and what is to be said of it besides.
    denied: (Severity, &'static str),
}

/// What converting takes, by the methods of the plan.
fn requests(at: &Look<'_>) -> Vec<Request> {
    let needed = |action, context| Request {
        action,
        context,
        denied: (Severity::Stop, ""),
    };
    let mut requests = vec![needed("s3:GetObject", ours())];
    let (copies, updates) = (
        at.plan.converts_by(Method::CopyObject),
        at.plan.converts_by(Method::UpdateObjectEncryption),
    );
    if copies {
        requests.push(needed("s3:PutObject", named(at)));
    }
    if updates {
        requests.push(needed("s3:UpdateObjectEncryption", ours()));
        // Listed for an update by the User Guide of April 2026, and no more by the API model of November: S3 may not ask for it.
        requests.push(Request {
            denied: (
                Severity::Watch,
                " Whether S3 asks for that at an update is not certain: it is listed in one of two documents.",
            ),
            ..needed("s3:PutObject", headerless())
        });
    }
    requests
}

fn runner(at: &Look<'_>) -> Vec<Found> {
    let policy = match policy(at) {
        Ok(Some(policy)) => policy.denials(),
        Ok(None) => return Found::passed(looked_at(at), NONE),
        Err(unread) => return unread,
    };
    let parts = at.parts();
    let mut found: Vec<Found> = requests(at)
        .iter()
        .flat_map(|request| against_request(at, &policy, &parts, request))
        .collect();
    if found.is_empty() {
        return Found::passed(looked_at(at), "It denies the runner nothing.");
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.severity));
    let stops = found
        .iter()
        .filter(|found| found.severity == Severity::Stop)
        .count();
    found.truncate(if stops > 0 { 1 } else { found.len() });
    found
}

/// What stands against one request, in the parts of the bucket.
fn against_request(at: &Look<'_>, policy: &Policy, parts: &[Part], request: &Request) -> Option<Found> {
    let mut denied: Option<String> = None;
    let mut where_denied: Vec<&str> = Vec::new();
    let mut unclear: Option<String> = None;
    for part in parts {
        let ask = Ask {
            caller: Some(at.runner),
            action: request.action,
            resource: &part.all,
            context: &request.context,
        };
        match evaluate(policy, ask) {
            Verdict::Denied(name) => {
                denied.get_or_insert(name);
                where_denied.push(&part.prefix);
            }
            Verdict::CannotTell(why) => {
                unclear.get_or_insert(why);
            }
            Verdict::Allowed(..) | Verdict::AllowedByAccount(_) | Verdict::Silent => {}
        }
    }
    let action = request.action;
    let exempt = "Exempt the runner from that statement, or take it out until the bucket is moved.";
    match (denied, unclear) {
        (Some(name), _) if where_denied.len() == parts.len() => Some(Found::new(
            request.denied.0,
            looked_at(at),
            format!("“{name}” denies the runner {action}.{}", request.denied.1),
            exempt,
        )),
        (Some(name), _) => Some(Found::new(
            Severity::Watch,
            looked_at(at),
            format!(
                "“{name}” denies the runner {action} in {}: the first object there that is refused stops the run.{}",
                where_denied.join(", "),
                request.denied.1
            ),
            exempt,
        )),
        (None, Some(why)) => Some(Found::new(
            Severity::Watch,
            looked_at(at),
            format!("Whether it denies the runner {action} cannot be told ({why})."),
            "Make sure of it; the first object of each bucket shows it before a second is touched.",
        )),
        (None, None) => None,
    }
}

/// What the policy says of uploads by anybody, and where, unless anywhere. They may go where the inventory lists nothing, so
/// the bucket as a whole comes first; where that cannot be told, the first prefix in which they are refused decides.
fn of_uploads(at: &Look<'_>, policy: &Policy, context: &Context) -> (Verdict, String) {
    let anybody = Caller::default();
    let says = |resource: &str| {
        let ask = Ask {
            caller: Some(&anybody),
            action: "s3:PutObject",
            resource,
            context,
        };
        evaluate(policy, ask)
    };
    let anywhere = says(&format!("arn:{}:s3:::{}/*", at.partition(), at.plan.bucket));
    if matches!(anywhere, Verdict::CannotTell(_)) {
        for part in at.parts() {
            let here = says(&part.all);
            if matches!(here, Verdict::Denied(_)) {
                return (here, format!(" to {}", part.prefix));
            }
        }
    }
    (anywhere, String::new())
}

fn clients(at: &Look<'_>) -> Vec<Found> {
    let policy = match policy(at) {
        Ok(Some(policy)) => policy.denials(),
        Ok(None) => return Found::passed(looked_at(at), NONE),
        // The rule about the runner tells of it.
        Err(_) => return Vec::new(),
    };
    let (by_default, by_name) = (
        of_uploads(at, &policy, &headerless()),
        of_uploads(at, &policy, &named(at)),
    );
    let ours = |name: &str| OUR_STATEMENTS.contains(&name);
    let mut found = Vec::new();
    match &by_default {
        (Verdict::Denied(name), place) if !ours(name) => found.push(Found::new(
            Severity::Watch,
            looked_at(at),
            format!("“{name}” refuses uploads{place} that send no encryption header, although the bucket's default would encrypt them."),
            "Let the default do it: replace the statement by one that speaks only of headers that are sent, as the last step of this migration does.",
        )),
        _ => {}
    }
    if let (Verdict::Denied(name), place) = &by_name {
        found.push(Found::new(
            Severity::Watch,
            looked_at(at),
            format!("“{name}” refuses uploads{place} that name SSE-KMS with the plan's key."),
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
        .find_map(|(verdict, _)| match verdict {
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
        .filter(|service| !delivers_logs(service))
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
