//! S3 Batch Operations on the pages: what a draft says of jobs, and what is looked at before they are planned. What one
//! did is told by `job_words`.

use super::Service;
use super::checks::check;
use super::gathered::Gathered;
use crate::mirror::S3Location;
use app::backend::{Check, Draft, Severity};
use cloud::sandbox::Sandbox;
use cloud::{AccountKind, IdentityAsk};
use model::format::{counted, rate};
use model::inventory::{Region, Snapshot};
use model::jobs::{InventoryPlace, JobPlace, JobSettings, ManifestSource, has_work};
use model::plan::{Looks, Plan, PlanSettings};
use model::preflight::{JobEvidence, JobFinding, PlaceEvidence, look_at_jobs};
use model::scenario::FieldError;
use model::window::Window;
use std::collections::BTreeSet;

/// The executors of a draft.
pub(super) const HERE: &str = "here";
const JOBS: &str = "jobs";

impl Service {
    /// In the sandbox there is one role and one place for each Region: they are filled in, so that jobs can be tried.
    pub(super) fn offer_jobs(&self, draft: &mut Draft) {
        if draft.executor != JOBS || !self.in_sandbox() {
            return;
        }
        if draft.job_role.is_empty() {
            draft.job_role = Sandbox::job_role();
        }
        if draft.job_place.is_empty() {
            let regions: BTreeSet<Region> = self
                .known()
                .estate
                .buckets
                .iter()
                .filter(|bucket| draft.buckets.contains(&bucket.name))
                .filter_map(|bucket| bucket.region.clone())
                .collect();
            draft.job_place = sandbox_places(&regions);
        }
    }

    fn in_sandbox(&self) -> bool {
        self.inner.account.identity.kind == AccountKind::Sandbox
    }

    /// What a draft says of jobs; none when this server makes the updates.
    pub(super) async fn job_settings(
        &self,
        draft: &Draft,
        regions: &BTreeSet<Region>,
        settings: PlanSettings,
        errors: &mut Vec<FieldError>,
    ) -> Option<JobSettings> {
        let mut wrong = |field: &str, message: &str| {
            errors.push(FieldError {
                field: field.to_string(),
                message: message.to_string(),
            });
        };
        let manifest = ManifestSource::parse(&draft.manifest).unwrap_or_else(|| {
            wrong("manifest", "is not written, inventory or generated");
            ManifestSource::default()
        });
        match draft.executor.as_str() {
            HERE => return None,
            JOBS => {}
            _ => {
                wrong("executor", "is neither here nor jobs");
                return None;
            }
        }
        for (field, message) in against_jobs(draft, &settings) {
            wrong(field, message);
        }
        let mut places: Vec<JobPlace> = Vec::new();
        for text in draft
            .job_place
            .split([',', ' ', '\n', '\r', '\t'])
            .filter(|text| !text.is_empty())
        {
            match self.job_place(text, regions).await {
                Ok(place) => places.push(place),
                Err(message) => wrong("job_place", &message),
            }
        }
        for region in regions {
            if !places.iter().any(|place| place.region == *region) {
                let which = match self.in_sandbox() {
                    true => format!(": {}", sandbox_places([region])),
                    false => String::new(),
                };
                let message = format!("Name a bucket in {region} for lists and reports{which}.");
                wrong("job_place", &message);
            }
        }
        Some(JobSettings {
            role: draft.job_role.trim().to_string(),
            places,
            manifest,
            inventories: Vec::new(),
        })
    }

    /// A place with the Region of its bucket; where the server tells none, that of the only Region of the plan.
    async fn job_place(&self, text: &str, regions: &BTreeSet<Region>) -> Result<JobPlace, String> {
        let unplaced = JobPlace::parse(text, Region(String::new()))?;
        let told = self.inner.account.deliveries.region(&unplaced.bucket).await;
        let is_place = told.is_ok() && unplaced.bucket.starts_with(Sandbox::JOB_REPORTS);
        if self.in_sandbox() && !is_place {
            return Err(no_sandbox_place(text, regions));
        }
        let region = told.map_err(|error| format!("{text}: {error}"))?;
        let region = match (region, regions.len()) {
            (Some(region), _) => Some(region),
            (None, 1) => regions.first().cloned(),
            (None, _) => None,
        };
        let region = region.ok_or_else(|| format!("The Region of {} is not told.", unplaced.bucket))?;
        Ok(JobPlace { region, ..unplaced })
    }

    /// The same with the places of the inventories that are to be the lists.
    pub(super) fn with_inventories(
        &self,
        mut jobs: JobSettings,
        plan: &Plan,
        snapshots: &[Snapshot],
    ) -> JobSettings {
        if jobs.manifest == ManifestSource::Inventory {
            for bucket in &plan.buckets {
                let snapshot = snapshots.iter().find(|snapshot| snapshot.id == bucket.snapshot);
                let location = snapshot.and_then(|snapshot| self.in_s3(snapshot));
                jobs.inventories.extend(location.map(|location| InventoryPlace {
                    bucket: bucket.bucket.clone(),
                    holder: location.bucket,
                    key: location.key,
                }));
            }
        }
        jobs
    }

    /// Where S3 has an inventory that was imported from there.
    fn in_s3(&self, snapshot: &Snapshot) -> Option<S3Location> {
        S3Location::parse(&snapshot.source.location)?.ok()
    }

    /// Checks of a plan that hands its updates to jobs.
    pub(super) async fn job_checks(&self, plan: &Plan, gathered: &Gathered) -> Vec<Check> {
        let Some(jobs) = &plan.jobs else { return Vec::new() };
        let mut checks = self.lists(plan, jobs);
        let evidence = self.job_evidence(plan, jobs).await;
        checks.extend(look_at_jobs(&evidence).into_iter().map(found));
        for rate_here in &plan.rates {
            let works = plan
                .buckets
                .iter()
                .filter(|bucket| bucket.region == rate_here.region);
            if works.clone().any(has_work) {
                checks.push(check(
                    Severity::Watch,
                    format!("Rate of the jobs in {}", rate_here.region),
                    format!(
                        "AWS publishes no rate and no limit of a job: it may use all the KMS headroom that there is, more than the {} of this plan.",
                        rate(rate_here.kms_budget)
                    ),
                    "Ask AWS for a higher quota first, hand buckets over a few at a time, and watch the KMS metrics while a job works. Cancelling is the only brake.",
                ));
            }
        }
        if gathered.buckets.len() > 1 {
            checks.push(check(
                Severity::Information,
                "Jobs",
                format!(
                    "{} follow one another, one for each bucket.",
                    counted(gathered.buckets.len() as u64, "job")
                ),
                "",
            ));
        }
        checks
    }

    /// Whether the lists hold what the plan updates.
    fn lists(&self, plan: &Plan, jobs: &JobSettings) -> Vec<Check> {
        let known = self.known();
        let unfit = plan.buckets.iter().filter_map(|bucket| {
            let snapshot = known
                .snapshots
                .iter()
                .find(|snapshot| snapshot.id == bucket.snapshot)?;
            let in_s3 = self.in_s3(snapshot).is_some();
            let reason = jobs.manifest.fits(bucket, snapshot, in_s3).err()?;
            let looked_at = format!("List of the job of {}", bucket.bucket);
            let mend = "Choose another list for the jobs, or let this server make the updates.";
            Some(check(Severity::Stop, looked_at, reason, mend))
        });
        unfit.collect()
    }

    async fn job_evidence(&self, plan: &Plan, jobs: &JobSettings) -> JobEvidence {
        let account = &self.inner.account;
        let custom = account.identity.kind == AccountKind::CustomEndpoint;
        let trust = account.principals.trust(&jobs.role).await;
        let asks = asks(plan, jobs);
        let rights = if custom {
            // Look-alikes answer without evaluating anything, which would read as a promise.
            Err("this server does not evaluate policies".to_string())
        } else {
            let said = account.principals.simulate(&jobs.role, &asks).await;
            said.map_err(|error| error.to_string()).map(|said| {
                asks.into_iter()
                    .zip(said)
                    .map(|(ask, said)| (ask.action, ask.resource, said))
                    .collect()
            })
        };
        let mut places = Vec::new();
        for place in &jobs.places {
            let region = account.deliveries.region(&place.bucket).await;
            let policy = account.policies.policy(&place.bucket).await;
            places.push(PlaceEvidence {
                place: place.clone(),
                region: region.map_err(|error| error.to_string()),
                policy: policy.map_err(|error| error.to_string()),
            });
        }
        JobEvidence {
            role: jobs.role.clone(),
            trust: trust.map_err(|error| error.to_string()),
            rights,
            places,
        }
    }
}

/// The places that the sandbox has in these Regions, as they are typed.
fn sandbox_places<'a>(regions: impl IntoIterator<Item = &'a Region>) -> String {
    let places = regions.into_iter();
    let places = places.map(|region| format!("s3://{}{region}/rekey", Sandbox::JOB_REPORTS));
    places.collect::<Vec<_>>().join(" ")
}

/// What is wrong with a place in the sandbox, and which would do.
fn no_sandbox_place(text: &str, regions: &BTreeSet<Region>) -> String {
    let which = if regions.is_empty() {
        "Choose the buckets to convert first.".to_string()
    } else {
        format!("Name {} instead.", sandbox_places(regions))
    };
    format!("{text} takes no lists and reports: the sandbox has buckets of its own for them. {which}")
}

/// What a role needs for the jobs of a plan (S3 User Guide, `update-sse-encryption`, 2026-04).
fn asks(plan: &Plan, jobs: &JobSettings) -> Vec<IdentityAsk> {
    let partition = jobs.role.split(':').nth(1).unwrap_or("aws");
    let mut asks = Vec::new();
    let mut ask = |action: &'static str, resource: String| {
        let ask = IdentityAsk {
            action,
            resource,
            context: Vec::new(),
        };
        if !asks.contains(&ask) {
            asks.push(ask);
        }
    };
    for bucket in plan.buckets.iter().filter(|bucket| has_work(bucket)) {
        let objects = format!("arn:{partition}:s3:::{}/*", bucket.bucket);
        for action in ["s3:GetObject", "s3:GetObjectVersion", "s3:UpdateObjectEncryption"] {
            ask(action, objects.clone());
        }
        for action in [
            "kms:GenerateDataKey",
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:ReEncryptTo",
        ] {
            ask(action, bucket.target.key.as_str().to_string());
        }
        if jobs.manifest == ManifestSource::Generated {
            ask(
                "s3:PutInventoryConfiguration",
                format!("arn:{partition}:s3:::{}", bucket.bucket),
            );
        }
    }
    for place in &jobs.places {
        let there = format!("arn:{partition}:s3:::{}/{}", place.bucket, place.key("*"));
        ask("s3:GetObject", there.clone());
        ask("s3:PutObject", there);
    }
    asks
}

pub(super) fn found(finding: JobFinding) -> Check {
    Check {
        rule: finding.id.to_string(),
        title: finding.title.to_string(),
        why: finding.why.to_string(),
        source: finding.source.to_string(),
        ..check(
            finding.found.severity,
            finding.found.looked_at,
            finding.found.found,
            finding.found.mend,
        )
    }
}

/// What a draft says that no job can keep to: fields and messages.
fn against_jobs(draft: &Draft, settings: &PlanSettings) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if !is_principal(&draft.job_role, &["role/"]) {
        found.push((
            "job_role",
            "is not the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME",
        ));
    }
    if settings.window != Window::default() {
        found.push((
            "hours",
            "S3 keeps to no hours: a job works until it is done. Clear hours and days, or let this server make the updates.",
        ));
    }
    if settings.looks == Looks::Each {
        found.push((
            "looks",
            "A job looks at no object before it updates it: choose another way of looking, or let this server make the updates.",
        ));
    }
    if settings.canary.objects == 0 {
        found.push((
            "canary",
            "A job cannot be stopped at its first object: at least one canary must go before it.",
        ));
    }
    found
}

/// `arn:aws:iam::111122223333:role/NAME`, or of another of these kinds; a pattern is no principal.
pub(super) fn is_principal(text: &str, kinds: &[&str]) -> bool {
    let parts: Vec<&str> = text.trim().splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, name] = parts.as_slice() else {
        return false;
    };
    let is_name = |kind: &&str| {
        let name = name.strip_prefix(*kind);
        name.is_some_and(|name| !name.is_empty() && !name.ends_with('/') && !name.contains(['*', '?']))
    };
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|one| one.is_ascii_digit())
        && kinds.iter().any(is_name)
}
