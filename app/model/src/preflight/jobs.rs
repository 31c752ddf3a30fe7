//! What is looked at before S3 Batch Operations are asked to work: the role that they work under, and the place of their
//! lists and reports. The server gathers the evidence, as for the other rules.

use super::evidence::{BucketEvidence, Seen};
use super::readers::IdentitySays;
use super::{Found, Severity};
use crate::encryption::DefaultEncryption;
use crate::format::counted;
use crate::inventory::{EncryptionStatus, Region};
use crate::jobs::{JobPlace, ManifestSource, has_work};
use crate::method::LeftOut;
use crate::plan::{Plan, PlanBucket};
use crate::policy::{Ask, Caller, Context, Policy, Verdict, evaluate};
use crate::quantity::Objects;
use std::collections::BTreeMap;

/// Who must be trusted by the role (S3 User Guide, `batch-ops-iam-role-policies`, 2026-04).
pub const SERVICE: &str = "batchoperations.s3.amazonaws.com";

/// What S3 tells a bucket policy of the encryption of an upload.
const ENCRYPTION: &str = "s3:x-amz-server-side-encryption";

/// What was read about jobs.
#[derive(Clone, Debug)]
pub struct JobEvidence {
    /// ARN of the role.
    pub role: String,
    /// Its trust policy.
    pub trust: Seen<String>,
    /// What its own policies say of each action on a resource.
    pub rights: Seen<Vec<(&'static str, String, IdentitySays)>>,
    /// The places with what was read of their buckets.
    pub places: Vec<PlaceEvidence>,
}

/// What was read of a place.
#[derive(Clone, Debug)]
pub struct PlaceEvidence {
    /// The place.
    pub place: JobPlace,
    /// Region of its bucket; `None` where the server does not tell.
    pub region: Seen<Option<Region>>,
    /// Policy of its bucket; `None` where there is none.
    pub policy: Seen<Option<String>>,
}

/// A finding about jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFinding {
    /// Short name of what was looked for.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// Where that is written.
    pub source: &'static str,
    /// What was found.
    pub found: Found,
}

/// What is found about a plan's jobs.
#[must_use]
pub fn look_at_jobs(evidence: &JobEvidence) -> Vec<JobFinding> {
    let of = |id, title, why, source| {
        move |found| JobFinding {
            id,
            title,
            why,
            source,
            found,
        }
    };
    let trust = of(
        "job-role-trust",
        "Trust of the jobs’ role",
        "S3 works under this role: it must be let to take it on.",
        "S3 User Guide, batch-ops-iam-role-policies",
    );
    let rights = of(
        "job-role-rights",
        "Rights of the jobs’ role",
        "Each task needs the role's own rights on the object and on the key; the job's list and report need rights at their place.",
        "S3 User Guide, batch-ops-iam-role-policies and update-sse-encryption",
    );
    let place = of(
        "job-place",
        "Place of lists and reports",
        "The report is always written under SSE-S3: a bucket policy that asks for SSE-KMS would refuse it, and what became of each object would not be known.",
        "S3 User Guide, batch-ops-examples-reports",
    );
    let places = evidence.places.iter().flat_map(|at| at_place(at, &evidence.role));
    std::iter::once(trust(trusted(evidence)))
        .chain(rights_of(evidence).into_iter().map(rights))
        .chain(places.map(place))
        .collect()
}

/// Where a job may re-key what a plan is to leave alone: it looks at nothing before it updates. The runner of this server
/// looks there at each object.
#[must_use]
pub fn overtaken(plan: &Plan, evidence: &BTreeMap<String, BucketEvidence>) -> Vec<JobFinding> {
    // S3 makes a list of its own when the job begins, of what is under SSE-S3 then.
    let listed_before = plan
        .jobs
        .as_ref()
        .is_some_and(|jobs| jobs.manifest != ManifestSource::Generated);
    if !listed_before || plan.settings.rules.rekey {
        return Vec::new();
    }
    let of = |bucket: &PlanBucket| {
        let default = &evidence.get(&bucket.bucket)?.default_encryption;
        let because = under_other_keys(bucket, default)?;
        let found = Found::new(
            Severity::Watch,
            format!("Inventory and default encryption of bucket {}", bucket.bucket),
            format!(
                "{because} A job updates what its list names: what was listed under SSE-S3 and came under another KMS key since would be re-keyed, although the plan leaves such objects alone."
            ),
            "Import a newer inventory right before, let this server make the updates, which looks at each object there, or plan re-keying as well.",
        );
        Some(JobFinding {
            id: "job-overtaken",
            title: "Objects under other keys",
            why: "S3 has no condition for an update, and a job makes no look before it.",
            source: "S3 API Reference, UpdateObjectEncryption; S3 User Guide, batch-ops",
            found,
        })
    };
    let by_jobs = plan.buckets.iter().filter(|bucket| has_work(bucket));
    by_jobs.filter_map(of).collect()
}

/// Why objects of a bucket may have come under another key since the inventory; nothing where that is not to be feared.
fn under_other_keys(bucket: &PlanBucket, default: &Seen<Option<DefaultEncryption>>) -> Option<String> {
    let others = bucket
        .left_out
        .iter()
        .filter(|line| line.reason == LeftOut::AlreadyKms);
    let others: Objects = others.map(|line| line.objects).sum();
    if !others.is_zero() {
        return Some(format!(
            "The inventory lists {} under SSE-KMS already.",
            counted(others.0, "object")
        ));
    }
    match default {
        Ok(default) => {
            let default = default.as_ref()?;
            let key = match &default.key {
                Some(key) => key.as_str(),
                None if default.status == EncryptionStatus::SseKms => "aws/s3",
                None => return None,
            };
            let is_other = key != bucket.target.key.as_str();
            is_other.then(|| format!("The default encryption puts objects under {key}."))
        }
        Err(error) => Some(format!(
            "Which key the default encryption names could not be read ({error})."
        )),
    }
}

fn trusted(evidence: &JobEvidence) -> Found {
    let looked_at = format!("Trust policy of {}", evidence.role);
    let policy = match &evidence.trust {
        Ok(text) => Policy::parse(text).map_err(|error| error.to_string()),
        Err(error) => Err(error.clone()),
    };
    match policy {
        Err(error) => Found::new(
            Severity::Watch,
            looked_at,
            format!("It could not be read: {error}"),
            "Name a role of this account, allow iam:GetRole and look again, or make sure by other means.",
        ),
        Ok(policy) if policy.services().any(|service| service == SERVICE) => {
            Found::new(Severity::Passed, looked_at, format!("It trusts {SERVICE}."), "")
        }
        Ok(_) => Found::new(
            Severity::Stop,
            looked_at,
            format!("It does not trust {SERVICE}."),
            format!("Let {SERVICE} assume the role, or name another one."),
        ),
    }
}

fn rights_of(evidence: &JobEvidence) -> Vec<Found> {
    let looked_at = format!("Policies of {}", evidence.role);
    let rights = match &evidence.rights {
        Ok(rights) => rights,
        Err(error) => return Found::unread(looked_at, error, "iam:SimulatePrincipalPolicy"),
    };
    let lacking = |says: &dyn Fn(&IdentitySays) -> bool| {
        let texts = rights.iter().filter(|(.., said)| says(said));
        let texts: Vec<String> = texts
            .map(|(action, resource, _)| format!("{action} on {resource}"))
            .collect();
        texts.join(", ")
    };
    let refused = lacking(&|said| matches!(said, IdentitySays::Denied | IdentitySays::Silent));
    let unclear = lacking(&|said| matches!(said, IdentitySays::CannotTell(_)));
    let mut found = Vec::new();
    if !refused.is_empty() {
        found.push(Found::new(
            Severity::Stop,
            looked_at.clone(),
            format!("They do not allow {refused}."),
            "Allow that to the role; a bucket policy alone may do for some of it, which is not looked at here.",
        ));
    }
    if !unclear.is_empty() {
        found.push(Found::new(
            Severity::Watch,
            looked_at.clone(),
            format!("It cannot be told whether they allow {unclear}."),
            "Make sure by other means.",
        ));
    }
    if found.is_empty() {
        let text = format!("They allow all {} that a job needs.", rights.len());
        found.push(Found::new(Severity::Passed, looked_at, text, ""));
    }
    found
}

fn at_place(at: &PlaceEvidence, role: &str) -> Vec<Found> {
    let place = &at.place;
    let looked_at = format!("Bucket {}", place.bucket);
    match &at.region {
        Err(error) => {
            let mend = "Name a bucket that is there, in the Region of the jobs.";
            return vec![Found::new(Severity::Stop, looked_at, error.clone(), mend)];
        }
        Ok(Some(region)) if *region != place.region => {
            let text = format!("It is in {region}, and the jobs are in {}.", place.region);
            let mend = "Name a bucket in the Region of the jobs.";
            return vec![Found::new(Severity::Stop, looked_at, text, mend)];
        }
        Ok(_) => {}
    }
    let looked_at = format!("Policy of bucket {}", place.bucket);
    let text = match &at.policy {
        Err(error) => return Found::unread(looked_at, error, "s3:GetBucketPolicy"),
        Ok(None) => {
            return Found::passed(looked_at, "It has none, so that nothing refuses the report.");
        }
        Ok(Some(text)) => text,
    };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy.denials(),
        Err(error) => return Found::unread(looked_at, &error.to_string(), "s3:GetBucketPolicy"),
    };
    let partition = role.split(':').nth(1).unwrap_or("aws");
    let resource = format!(
        "arn:{partition}:s3:::{}/{}",
        place.bucket,
        place.key("job-0/manifest.json")
    );
    let caller = Caller::by_arn(role);
    let context = Context::default()
        .with("aws:SecureTransport", "true")
        .with(ENCRYPTION, "AES256");
    let ask = Ask {
        caller: Some(&caller),
        action: "s3:PutObject",
        resource: &resource,
        context: &context,
    };
    vec![match evaluate(&policy, ask) {
        Verdict::Denied(name) => Found::new(
            Severity::Stop,
            looked_at,
            format!("“{name}” refuses uploads under SSE-S3, and so the report."),
            "Exempt the role, or name another bucket.",
        ),
        Verdict::CannotTell(why) => Found::new(
            Severity::Watch,
            looked_at,
            format!("It cannot be told whether it refuses the report: {why}"),
            "Make sure that the role may write there under SSE-S3.",
        ),
        Verdict::Allowed(..) | Verdict::AllowedByAccount(_) | Verdict::Silent => Found::new(
            Severity::Passed,
            looked_at,
            "Nothing in it refuses the report.",
            "",
        ),
    }]
}
