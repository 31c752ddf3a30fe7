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

/// A job looks at nothing, so that what came under another key since is re-keyed.
#[test]
fn jobs_that_may_rekey_what_a_plan_leaves_alone_need_a_word() {
    let default = |status, key: Option<&str>| {
        Ok(Some(DefaultEncryption {
            status,
            key: key.map(ToString::to_string),
            bucket_key: false,
            blocked: Vec::new(),
        }))
    };
    let others = LeftOutLine {
        reason: LeftOut::AlreadyKms,
        objects: Objects(7),
        bytes: Bytes(7),
    };
    let (sse_s3, kms) = (EncryptionStatus::SseS3, EncryptionStatus::SseKms);
    let written = Some(ManifestSource::Written);
    let updates = Method::UpdateObjectEncryption;
    for (what, manifest, rekey, method, left_out, setting, expected) in [
        (
            "nothing under keys",
            written,
            false,
            updates,
            vec![],
            default(sse_s3, None),
            None,
        ),
        (
            "others are listed",
            written,
            false,
            updates,
            vec![others.clone()],
            Ok(None),
            Some("7 objects"),
        ),
        (
            "another default",
            written,
            false,
            updates,
            vec![],
            default(kms, Some("arn:other")),
            Some("arn:other"),
        ),
        (
            "aws/s3 by default",
            written,
            false,
            updates,
            vec![],
            default(kms, None),
            Some("aws/s3"),
        ),
        (
            "the plan's key by default",
            written,
            false,
            updates,
            vec![],
            default(kms, Some(KEY)),
            None,
        ),
        (
            "unread",
            written,
            false,
            updates,
            vec![],
            Err("AccessDenied".to_string()),
            Some("AccessDenied"),
        ),
        (
            "re-keyed as well",
            written,
            true,
            updates,
            vec![others.clone()],
            Ok(None),
            None,
        ),
        (
            "nothing for a job",
            written,
            false,
            Method::CopyObject,
            vec![others.clone()],
            Ok(None),
            None,
        ),
        (
            "no jobs",
            None,
            false,
            updates,
            vec![others.clone()],
            Ok(None),
            None,
        ),
        (
            "S3 lists when the job begins",
            Some(ManifestSource::Generated),
            false,
            updates,
            vec![others],
            Ok(None),
            None,
        ),
    ] {
        let mut scene = Scene::plain().with_lines(&[line(method, 3)]);
        scene.plan.left_out = left_out;
        scene.bucket.default_encryption = setting;
        let mut settings = PlanSettings::default();
        settings.rules.rekey = rekey;
        let plan = Plan {
            id: MigrationId("m-1".to_string()),
            name: "alpha".to_string(),
            buckets: vec![scene.plan],
            settings,
            rates: Vec::new(),
            noted: Vec::new(),
            jobs: manifest.map(|manifest| JobSettings {
                role: "arn:aws:iam::111122223333:role/jobs".to_string(),
                places: Vec::new(),
                manifest,
                inventories: Vec::new(),
            }),
        };
        let evidence = BTreeMap::from([("alpha".to_string(), scene.bucket)]);
        let found = overtaken(&plan, &evidence);
        let texts: Vec<&str> = found.iter().map(|finding| finding.found.found.as_str()).collect();
        match expected {
            None => assert_eq!(texts, Vec::<&str>::new(), "{what}"),
            Some(text) => {
                assert!(texts.len() == 1 && texts[0].contains(text), "{what}: {texts:?}");
                assert_eq!(found[0].found.severity, Severity::Watch, "{what}");
            }
        }
    }
}
