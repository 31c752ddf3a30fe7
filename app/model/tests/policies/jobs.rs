//! What is found about a plan's jobs: the place of their reports, and what they may re-key by mistake.

use crate::evidence::{KEY, Scene, line};
use model::encryption::DefaultEncryption;
use model::inventory::{EncryptionStatus, Region};
use model::jobs::{JobPlace, JobSettings, ManifestSource};
use model::method::{LeftOut, Method};
use model::plan::{LeftOutLine, MigrationId, Plan, PlanSettings};
use model::preflight::{IdentitySays, JobEvidence, PlaceEvidence, Severity, look_at_jobs, overtaken};
use model::quantity::{Bytes, Objects};
use std::collections::BTreeMap;

/// The report comes over TLS and under SSE-S3, whatever else is refused.
#[test]
fn the_policy_of_the_place_is_asked_about_a_report_as_it_comes() {
    use Severity::{Passed, Stop};
    let deny = |condition: &str| {
        format!(
            r#"{{"Statement":[{{"Sid":"One","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::reports/*","Condition":{condition}}}]}}"#
        )
    };
    let region = Region("eu-west-2".to_string());
    for (condition, expected) in [
        (r#"{"Bool":{"aws:SecureTransport":"false"}}"#, Passed),
        (
            r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}"#,
            Stop,
        ),
        (
            r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}}"#,
            Passed,
        ),
    ] {
        let evidence = JobEvidence {
            role: "arn:aws:iam::111122223333:role/jobs".to_string(),
            trust: Err("unread".to_string()),
            rights: Ok(Vec::<(&str, String, IdentitySays)>::new()),
            places: vec![PlaceEvidence {
                place: JobPlace::parse("s3://reports/rekey", region.clone()).expect("a place"),
                region: Ok(Some(region.clone())),
                policy: Ok(Some(deny(condition))),
            }],
        };
        let found = look_at_jobs(&evidence)
            .into_iter()
            .filter(|finding| finding.id == "job-place");
        let severities: Vec<Severity> = found.map(|finding| finding.found.severity).collect();
        assert_eq!(severities, [expected], "{condition}");
    }
}

/// A plan with its bucket, and what is expected of it.
struct Case {
    what: &'static str,
    /// Without, this server makes the updates.
    manifest: Option<ManifestSource>,
    rekey: bool,
    method: Method,
    left_out: Vec<LeftOutLine>,
    default: Result<Option<DefaultEncryption>, String>,
    /// A part of what is found.
    expected: Option<&'static str>,
}

impl Case {
    /// A job over a bucket with nothing under a key, where nothing is found.
    fn of(what: &'static str) -> Self {
        Self {
            what,
            manifest: Some(ManifestSource::Written),
            rekey: false,
            method: Method::UpdateObjectEncryption,
            left_out: Vec::new(),
            default: Ok(None),
            expected: None,
        }
    }

    /// The same with seven objects under other keys.
    fn with_others(what: &'static str) -> Self {
        let others = LeftOutLine {
            reason: LeftOut::AlreadyKms,
            objects: Objects(7),
            bytes: Bytes(7),
        };
        Self {
            left_out: vec![others],
            ..Self::of(what)
        }
    }

    /// The same with a default under SSE-KMS.
    fn with_default(what: &'static str, key: Option<&str>) -> Self {
        let default = DefaultEncryption {
            status: EncryptionStatus::SseKms,
            key: key.map(ToString::to_string),
            bucket_key: false,
            blocked: Vec::new(),
        };
        Self {
            default: Ok(Some(default)),
            ..Self::of(what)
        }
    }

    fn finds(self, text: &'static str) -> Self {
        Self {
            expected: Some(text),
            ..self
        }
    }

    fn assert(self) {
        let mut scene = Scene::plain().with_lines(&[line(self.method, 3)]);
        scene.plan.left_out = self.left_out;
        scene.bucket.default_encryption = self.default;
        let mut settings = PlanSettings::default();
        settings.rules.rekey = self.rekey;
        let plan = Plan {
            id: MigrationId("m-1".to_string()),
            name: "alpha".to_string(),
            buckets: vec![scene.plan],
            settings,
            rates: Vec::new(),
            noted: Vec::new(),
            jobs: self.manifest.map(|manifest| JobSettings {
                role: "arn:aws:iam::111122223333:role/jobs".to_string(),
                places: Vec::new(),
                manifest,
                inventories: Vec::new(),
            }),
        };
        let evidence = BTreeMap::from([("alpha".to_string(), scene.bucket)]);
        let found = overtaken(&plan, &evidence);
        let found: Vec<(Severity, &str)> = found
            .iter()
            .map(|finding| (finding.found.severity, finding.found.found.as_str()))
            .collect();
        match (self.expected, found.as_slice()) {
            (None, []) => {}
            (Some(text), [(Severity::Watch, told)]) if told.contains(text) => {}
            _ => panic!("{}: {found:?}", self.what),
        }
    }
}

/// A job looks at nothing, so that what came under another key since is re-keyed.
#[test]
fn jobs_that_may_rekey_what_a_plan_leaves_alone_need_a_word() {
    let cases = [
        Case::of("nothing under keys"),
        Case::with_others("others are listed").finds("7 objects"),
        Case::with_default("another default", Some("arn:other")).finds("arn:other"),
        Case::with_default("aws/s3 by default", None).finds("aws/s3"),
        Case::with_default("the plan's key by default", Some(KEY)),
        Case {
            default: Err("AccessDenied".to_string()),
            ..Case::of("unread").finds("AccessDenied")
        },
        Case {
            rekey: true,
            ..Case::with_others("re-keyed as well")
        },
        Case {
            method: Method::CopyObject,
            ..Case::with_others("nothing for a job")
        },
        Case {
            manifest: None,
            ..Case::with_others("no jobs")
        },
        Case {
            manifest: Some(ManifestSource::Generated),
            ..Case::with_others("S3 lists when the job begins")
        },
    ];
    cases.into_iter().for_each(Case::assert);
}
