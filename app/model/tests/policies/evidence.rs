//! What the tests look at: a bucket, its key and a plan without peculiarities, to vary.

use model::encryption::{KeyArn, TargetEncryption};
use model::inventory::{EncryptionStatus, Region, SnapshotId, StorageClass};
use model::method::Method;
use model::plan::{PlanBucket, PlanLine};
use model::policy::Caller;
use model::preflight::{
    BucketEvidence, Found, KeyEvidence, Lifecycle, Look, Neighbours, Prefixes, PublicAcls, Replication,
    Severity, look,
};
use model::quantity::{Bytes, Objects};

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-2:111122223333:key/0b1c2d3e-1111-4222-8333-444455556666";

/// A key policy that leaves all to IAM.
pub(crate) const ROOT: &str = r#"{"Statement":[{"Sid":"Iam","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

pub(crate) fn line(method: Method, objects: u64) -> PlanLine {
    PlanLine {
        storage_class: StorageClass::Standard,
        encryption_status: EncryptionStatus::SseS3,
        current: true,
        method,
        objects: Objects(objects),
        bytes: Bytes(objects),
        over_5_gib: Objects::ZERO,
    }
}

pub(crate) fn bucket(policy: Option<&str>) -> BucketEvidence {
    BucketEvidence {
        default_encryption: Ok(None),
        versioned: Ok(false),
        object_lock: Ok(false),
        policy: Ok(policy.map(ToString::to_string)),
        logs_to: Ok(None),
        neighbours: Neighbours::default(),
        log_delivery: Ok(false),
        replication: Ok(Replication::default()),
        replicator: None,
        lifecycle: Ok(Lifecycle::default()),
        notifications: Ok(Vec::new()),
        public: Ok(false),
        acls: Ok(PublicAcls::Off),
        website: Ok(false),
    }
}

pub(crate) fn key_evidence(policy: &str) -> KeyEvidence {
    KeyEvidence {
        arn: KEY.to_string(),
        obstacle: Ok(None),
        customer_managed: true,
        policy: Ok(policy.to_string()),
        grants: Ok(Vec::new()),
        more_grants: false,
        custom_key_store: None,
    }
}

/// A policy with one statement about everybody, of this effect and with this condition.
pub(crate) fn statement(effect: &str, action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Sid":"One","Effect":"{effect}","Principal":"*","Action":"{action}","Resource":"{resource}","Condition":{condition}}}]}}"#
    )
}

/// All that rules look at.
pub(crate) struct Scene {
    pub(crate) plan: PlanBucket,
    pub(crate) bucket: BucketEvidence,
    pub(crate) key: KeyEvidence,
    pub(crate) runner: Caller,
    pub(crate) prefixes: Prefixes,
}

impl Scene {
    /// Bucket `alpha` of a plan without objects, with a Bucket Key, its key left to IAM.
    pub(crate) fn plain() -> Self {
        Self {
            plan: PlanBucket {
                bucket: "alpha".to_string(),
                region: Region("eu-west-2".to_string()),
                snapshot: SnapshotId("s-1".to_string()),
                target: TargetEncryption {
                    key: KeyArn::parse(KEY).expect("an ARN"),
                    bucket_key: true,
                },
                rows: 0,
                lines: Vec::new(),
                left_out: Vec::new(),
            },
            bucket: bucket(None),
            key: key_evidence(ROOT),
            runner: Caller::by_arn("arn:aws:iam::111122223333:role/runner"),
            prefixes: Prefixes::default(),
        }
    }

    pub(crate) fn with_lines(mut self, lines: &[PlanLine]) -> Self {
        self.plan.lines = lines.to_vec();
        self
    }

    pub(crate) fn with_policy(mut self, text: &str) -> Self {
        self.bucket.policy = Ok(Some(text.to_string()));
        self
    }

    pub(crate) fn with_prefixes(mut self, names: &[&str], more: bool) -> Self {
        self.prefixes = Prefixes {
            names: names.iter().map(ToString::to_string).collect(),
            more,
        };
        self
    }

    pub(crate) fn at(&self) -> Look<'_> {
        Look {
            plan: &self.plan,
            bucket: &self.bucket,
            key: &self.key,
            runner: &self.runner,
            prefixes: &self.prefixes,
        }
    }

    /// What a rule finds.
    pub(crate) fn found(&self, rule: &str) -> Vec<Found> {
        let found = look(&self.at()).into_iter();
        found
            .filter(|finding| finding.rule.id == rule)
            .map(|finding| finding.found)
            .collect()
    }

    /// Asserts that a rule finds this, and nothing as grave besides.
    pub(crate) fn assert(&self, what: &str, rule: &str, severity: Severity, text: &str) {
        let found = self.found(rule);
        let gravest = found.iter().map(|found| found.severity).max();
        assert_eq!(gravest, Some(severity), "{what}: {found:?}");
        let fits = found.iter().any(|found| {
            found.severity == severity && found.found.contains(text) && !found.looked_at.is_empty()
        });
        assert!(fits, "{what} says “{text}”: {found:?}");
        let mended = severity <= Severity::Information || found.iter().any(|found| !found.mend.is_empty());
        assert!(mended, "{what}: {found:?}");
    }

    /// Rules with what they find that somebody must have read.
    pub(crate) fn grave(&self) -> Vec<(&'static str, Severity)> {
        let found = look(&self.at()).into_iter();
        found
            .map(|finding| (finding.rule.id, finding.found.severity))
            .filter(|(_, severity)| *severity >= Severity::Watch)
            .collect()
    }
}
