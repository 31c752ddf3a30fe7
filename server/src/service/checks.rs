//! What is looked at before a migration: the rules of `model::preflight` over evidence that the account gives, who reads
//! today and could not afterwards, and what this server knows by itself: quota headroom, the method, the inventory's age.

use super::Service;
use super::gathered::Gathered;
use super::readers::Readers;
use app::backend::{Check, Severity};
use cloud::AccountKind;
use model::format::{counted, duration, grouped, rate, rate_number};
use model::method::Method;
use model::plan::{Plan, PlanBucket, VerifyScope};
use model::preflight::{Finding, Loss, look, overtaken};
use model::time::UnixMillis;
use std::collections::{BTreeMap, HashMap};

/// S3 delivers inventories daily or weekly; an older one has likely missed changes (Amazon S3 User Guide,
/// storage-inventory, 2026-04).
const OLD_INVENTORY_MS: i64 = 8 * 86_400_000;
pub(super) fn check(
    severity: Severity,
    looked_at: impl Into<String>,
    found: impl Into<String>,
    mend: impl Into<String>,
) -> Check {
    let looked_at = looked_at.into();
    Check {
        rule: String::new(),
        title: looked_at.clone(),
        bucket: None,
        looked_at,
        found: found.into(),
        why: String::new(),
        mend: mend.into(),
        source: String::new(),
        severity,
    }
}

fn by_rule(bucket: &str, Finding { rule, found }: Finding) -> Check {
    Check {
        rule: rule.id.to_string(),
        title: rule.title.to_string(),
        bucket: Some(bucket.to_string()),
        looked_at: found.looked_at,
        found: found.found,
        why: rule.why.to_string(),
        mend: found.mend,
        source: rule.source.to_string(),
        severity: found.severity,
    }
}

impl Service {
    /// All checks of a plan, the gravest first.
    pub(super) async fn checks(&self, plan: &Plan, gathered: &Gathered, readers: &Readers) -> Vec<Check> {
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
        checks.extend(by_rules(plan, gathered));
        checks.extend(rates(plan));
        checks.extend(self.method(plan));
        checks.push(reading_back(plan));
        checks.extend(self.age(plan));
        checks.extend(self.taken(plan));
        checks.extend(self.moved_since(plan));
        checks.extend(self.job_checks(plan, gathered).await);
        checks.extend(
            overtaken(plan, &gathered.buckets)
                .into_iter()
                .map(super::jobs::found),
        );
        checks.push(losing(readers));
        checks.sort_by_key(|check| std::cmp::Reverse(check.severity));
        checks
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

    /// Another migration on one of the buckets, which has to end first.
    fn taken(&self, plan: &Plan) -> Option<Check> {
        let (bucket, other) = self.inner.engine.taken_bucket(plan)?;
        Some(check(
            Severity::Watch,
            format!("Migrations on {bucket}"),
            format!(
                "{other} has it and has not ended: until then this plan cannot be confirmed, since two at once would undo each other’s settings."
            ),
            "Wait for its end, or cancel it; then plan with a newer inventory.",
        ))
    }

    /// Buckets of which a migration converted objects since the inventory was taken: it lists them as they were.
    fn moved_since(&self, plan: &Plan) -> Vec<Check> {
        let known = self.known();
        let moved = |bucket: &PlanBucket| {
            let snapshot = known
                .snapshots
                .iter()
                .find(|snapshot| snapshot.id == bucket.snapshot)?;
            let (other, converted) = self
                .inner
                .engine
                .converted_since(&bucket.bucket, snapshot.source.as_of?)?;
            Some(check(
                Severity::Watch,
                format!("Inventory of {}", bucket.bucket),
                format!(
                    "Migration {other} converted {} of it since the inventory was taken, which this plan counts as they were before.",
                    counted(converted, "object")
                ),
                "Import a newer inventory; what is under this plan’s key already is found so and not touched.",
            ))
        };
        plan.buckets.iter().filter_map(moved).collect()
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

/// What the rules find about a plan's buckets. What is found alike about several, as of a key that they share, is found once
/// and about no bucket.
fn by_rules(plan: &Plan, gathered: &Gathered) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    let mut places = HashMap::new();
    for bucket in &plan.buckets {
        let Some(at) = gathered.look(bucket) else { continue };
        for finding in look(&at) {
            let text = (finding.found.looked_at.clone(), finding.found.found.clone());
            let place = *places.entry((finding.rule.id, text)).or_insert(checks.len());
            match checks.get_mut(place) {
                Some(before) => before.bucket = None,
                None => checks.push(by_rule(&bucket.bucket, finding)),
            }
        }
    }
    checks
}

/// What the end proves: without reading back, nothing.
fn reading_back(plan: &Plan) -> Check {
    let looked_at = "Reading back at the end";
    match plan.settings.verify {
        VerifyScope::Every => check(
            Severity::Passed,
            looked_at,
            "Every object that is converted is read back.",
            "",
        ),
        VerifyScope::Sample(0) => check(
            Severity::Watch,
            looked_at,
            "Nothing is read back: at the end the answers to the requests say that objects are under the key, and nothing proves it.",
            "Read every object back, or at least some of each bucket. An inventory that is taken afterwards tells the encryption, and not the key.",
        ),
        VerifyScope::Sample(objects) => check(
            Severity::Passed,
            looked_at,
            format!(
                "At most {} of each bucket are read back; the others are not.",
                counted(objects, "object")
            ),
            "",
        ),
    }
}

/// How many readers would lose access, and what is not known of them.
fn losing(Readers { found: readers, gaps }: &Readers) -> Check {
    // Each of them once, by what is gravest in any of the buckets.
    let mut gravest: BTreeMap<&str, Loss> = BTreeMap::new();
    for reader in readers {
        let loss = gravest.entry(&reader.principal).or_insert(Loss::Keeps);
        *loss = reader.loss().min(*loss);
    }
    let count = |loss| gravest.values().filter(|of| **of == loss).count() as u64;
    let counts = [
        (Loss::Loses, "would lose access"),
        (Loss::LosesIfItReads, "would lose access if they read today"),
        (Loss::CannotTell, "cannot be told of"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(loss, what)| (count(loss), what))
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect();
    let why = "With SSE-S3 a right on the bucket is enough; under SSE-KMS every reader must be allowed kms:Decrypt on the key as well.";
    let of = counted(gravest.len() as u64, "principal");
    let (severity, found, mend) = if readers.is_empty() {
        (
            Severity::Watch,
            "Nobody was looked at: no user, role or account is named here or in a bucket policy.".to_string(),
            "Name those that read these buckets, or look at all users and roles of the account.",
        )
    } else if !counts.is_empty() {
        (
            Severity::Watch,
            format!("Of {of}: {}.", counts.join(", ")),
            "See the list of readers below: allow kms:Decrypt on the key to those that must go on reading.",
        )
    } else if !gaps.is_empty() {
        (
            Severity::Watch,
            format!("None of {of} looked at would lose access; others were not looked at."),
            "See below what was not looked at, and make sure of it by other means.",
        )
    } else {
        (
            Severity::Passed,
            format!(
                "None of {of} looked at would lose access. Rights on a part of a bucket were asked for by its first prefixes; on a part of these they may be more."
            ),
            "",
        )
    };
    let found = std::iter::once(found).chain(gaps.iter().cloned());
    let found: Vec<String> = found.collect();
    Check {
        rule: "readers".to_string(),
        why: why.to_string(),
        source: "S3 User Guide, UsingKMSEncryption".to_string(),
        ..check(severity, "Readers", found.join(" "), mend)
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
            rate_number(rate_here.objects_per_second),
            rate_here.binds.title()
        );
        check(Severity::Passed, looked_at, text, "")
    };
    plan.rates.iter().map(one).collect()
}
