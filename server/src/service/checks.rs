//! What is looked at before a migration: keys, bucket settings, quota headroom, age of the inventory. Each check says
//! what was looked at, what was found, and how to mend it.

use super::Service;
use super::words::default_encryption;
use app::backend::{Check, Severity};
use cloud::AccountKind;
use model::format::{duration, grouped, rate};
use model::method::Method;
use model::plan::{Plan, PlanBucket};
use model::time::UnixMillis;

/// S3 delivers inventories daily or weekly; an older one has likely missed changes (Amazon S3 User Guide,
/// storage-inventory, 2026-04).
const OLD_INVENTORY_MS: i64 = 8 * 86_400_000;

fn check(
    severity: Severity,
    looked_at: impl Into<String>,
    found: impl Into<String>,
    mend: impl Into<String>,
) -> Check {
    Check {
        looked_at: looked_at.into(),
        found: found.into(),
        mend: mend.into(),
        severity,
    }
}

impl Service {
    /// All checks of a plan, the gravest first.
    pub(super) async fn checks(&self, plan: &Plan) -> Vec<Check> {
        let mut checks = Vec::new();
        if plan.objects().is_zero() {
            let mend = "Choose other buckets, or allow re-keying or noncurrent versions.";
            checks.push(check(
                Severity::Stop,
                "The plan",
                "Nothing would be converted.",
                mend,
            ));
        }
        let mut keys: Vec<&str> = plan
            .buckets
            .iter()
            .map(|bucket| bucket.target.key.as_str())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            checks.push(self.key(key).await);
        }
        for bucket in &plan.buckets {
            checks.extend(self.bucket(bucket).await);
        }
        checks.extend(rates(plan));
        checks.extend(self.method(plan));
        checks.extend(self.age(plan));
        checks.push(check(
            Severity::Watch,
            "Readers",
            "After the move, every reader needs kms:Decrypt on the key as well as its rights on the bucket; who reads today is not looked at here.",
            "Check the key policy against the roles that read these buckets, also in other accounts.",
        ));
        checks.sort_by_key(|check| std::cmp::Reverse(check.severity));
        checks
    }

    async fn key(&self, key: &str) -> Check {
        let looked_at = format!("Key {key}");
        match self.inner.account.keys.describe(key).await {
            Ok(facts) => match facts.obstacle() {
                Some(obstacle) => check(
                    Severity::Stop,
                    looked_at,
                    obstacle,
                    "Choose another key, or mend this one.",
                ),
                None if !facts.customer_managed => check(
                    Severity::Stop,
                    looked_at,
                    "It is the AWS managed key, which no other account can use and whose policy cannot be changed.",
                    "Choose a customer managed key.",
                ),
                None => check(
                    Severity::Passed,
                    looked_at,
                    "Enabled, symmetric, customer managed.",
                    "",
                ),
            },
            Err(error) => check(
                Severity::Stop,
                looked_at,
                error.to_string(),
                "Allow kms:DescribeKey, or choose another key.",
            ),
        }
    }

    async fn bucket(&self, bucket: &PlanBucket) -> Vec<Check> {
        let looked_at = format!("Settings of {}", bucket.bucket);
        let settings = match self.inner.account.buckets.settings(&bucket.bucket).await {
            Ok(settings) => settings,
            Err(error) => {
                let mend = "Allow s3:GetEncryptionConfiguration and s3:GetBucketVersioning on the bucket.";
                return vec![check(Severity::Stop, looked_at, error.to_string(), mend)];
            }
        };
        let now = default_encryption(settings.default_encryption.as_ref());
        let mut found = vec![check(
            Severity::Information,
            &looked_at,
            format!(
                "Default encryption is {now}; it will be replaced, and what is there now is journaled first."
            ),
            "",
        )];
        let copies = bucket.lines.iter().any(|line| line.method == Method::CopyObject);
        if settings.versioned && copies {
            found.push(check(
                Severity::Watch,
                &looked_at,
                "Versioning is on: each copy makes a new version, and the old one stays and is billed.",
                "Expire noncurrent versions by a lifecycle rule afterwards.",
            ));
        }
        if settings.object_lock {
            let text = "Object Lock is enabled: what is under retention or legal hold is left out.";
            found.push(check(Severity::Information, &looked_at, text, ""));
        }
        found
    }

    fn method(&self, plan: &Plan) -> Option<Check> {
        let updates = plan.by_method(Method::UpdateObjectEncryption).0;
        if updates.is_zero() {
            return None;
        }
        let looked_at = "UpdateObjectEncryption";
        Some(match self.inner.account.identity.kind {
            AccountKind::CustomEndpoint => check(
                Severity::Watch,
                looked_at,
                "This is not AWS's own endpoint. Servers that only look like S3 can destroy an object on this call.",
                "A throwaway object is tried first; if it does not come back intact, nothing is touched and CopyObject is offered.",
            ),
            AccountKind::Aws | AccountKind::Sandbox => check(
                Severity::Passed,
                looked_at,
                "The first object of each bucket is read back before the second is touched.",
                "",
            ),
        })
    }

    fn age(&self, plan: &Plan) -> Vec<Check> {
        let known = self.known();
        let now = self.inner.clock.now();
        let old = |bucket: &PlanBucket| {
            let snapshot = known
                .snapshots
                .iter()
                .find(|snapshot| snapshot.id == bucket.snapshot)?;
            let as_of: UnixMillis = snapshot.source.as_of?;
            let age = now.0.saturating_sub(as_of.0);
            let seconds = u64::try_from(age / 1000).unwrap_or(0);
            (age > OLD_INVENTORY_MS).then(|| {
                check(
                    Severity::Watch,
                    format!("Inventory of {}", bucket.bucket),
                    format!("It was taken {} ago, on {as_of}.", duration(seconds)),
                    "Import a newer one: objects that came since then are not in the plan.",
                )
            })
        };
        plan.buckets.iter().filter_map(old).collect()
    }
}

fn rates(plan: &Plan) -> Vec<Check> {
    let one = |rate_here: &model::plan::PlanRate| {
        let looked_at = format!("KMS quota of {}", rate_here.region);
        if rate_here.kms_budget.floor() == 0 {
            let mend = "Ask AWS for a higher quota, use a Bucket Key, or raise the share.";
            return check(
                Severity::Stop,
                looked_at,
                "No headroom is left for a migration.",
                mend,
            );
        }
        let text = format!(
            "The migration may make {}; {} objects/s, held by {}.",
            rate(rate_here.kms_budget),
            grouped(rate_here.objects_per_second.floor()),
            rate_here.binds.title()
        );
        check(Severity::Passed, looked_at, text, "")
    };
    plan.rates.iter().map(one).collect()
}

/// The plan by command line, for one bucket and one object: what Rekey does for each.
pub(super) fn commands(plan: &Plan) -> Vec<String> {
    let mut commands = Vec::new();
    for bucket in &plan.buckets {
        let (name, key, on) = (&bucket.bucket, &bucket.target.key, bucket.target.bucket_key);
        commands.push(format!(
            "aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"aws:kms\",\"KMSMasterKeyID\":\"{key}\"}},\"BucketKeyEnabled\":{on}}}]}}'"
        ));
        let uses = |method| bucket.lines.iter().any(|line| line.method == method);
        if uses(Method::UpdateObjectEncryption) {
            commands.push(format!(
                "aws s3api update-object-encryption --bucket {name} --key KEY --object-encryption '{{\"SSEKMS\":{{\"KMSKeyArn\":\"{key}\",\"BucketKeyEnabled\":{on}}}}}'"
            ));
        }
        if uses(Method::CopyObject) {
            let flag = if on {
                "--bucket-key-enabled"
            } else {
                "--no-bucket-key-enabled"
            };
            commands.push(format!(
                "aws s3api copy-object --bucket {name} --key KEY --copy-source {name}/KEY --copy-source-if-match ETAG --storage-class CLASS --metadata-directive COPY --tagging-directive COPY --server-side-encryption aws:kms --ssekms-key-id {key} {flag}"
            ));
        }
    }
    commands
}
