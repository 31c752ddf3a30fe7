//! The new-migration page: reads a draft out of a query, offers buckets and keys, and makes the plan of a whole draft.

use super::accounts::AccountKey;
use super::draft_settings::settings;
use super::forms::{pairs, unprintable};
use super::jobs::{HERE, is_principal};
use super::{Service, draft_lines, internal};
use app::backend::{
    AppError, BUCKET_FIELD, BucketChoice, Check, DRAFT_FIELDS, Draft, DraftPage, ErrorKind, KEY_FIELD,
    KeyChoice, LINE_FIELD, PlanCost, Severity,
};
use model::basis::Basis;
use model::cost::{Heads, Way, one_time_by_bucket};
use model::encryption::{KeyArn, TargetEncryption};
use model::estate::EstateBucket;
use model::format::{counted, grouped};
use model::inventory::{ObjectGroup, Region, Snapshot, SourceKind};
use model::jobs::{JobSettings, ManifestSource};
use model::plan::{MigrationId, Plan, PlanSettings};
use model::planning::{plan, plan_bucket};
use model::prices::Prices;
use model::scenario::{FieldError, Scenario, ratio_text};
use model::time::UnixMillis;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use store::StoreError;

/// Characters of a plan's name.
const NAME_MAX: usize = 100;

/// A draft in which nothing was said.
fn standard() -> Draft {
    let settings = PlanSettings::default();
    Draft {
        buckets: Vec::new(),
        keys: Vec::new(),
        bucket_key: true,
        method: "automatic".to_string(),
        lines: Vec::new(),
        noncurrent: settings.rules.noncurrent,
        rekey: settings.rules.rekey,
        share: (settings.share.milli() / 10).to_string(),
        calls: ratio_text(settings.kms_calls_per_object),
        in_flight: settings.in_flight.to_string(),
        verify: "every".to_string(),
        name: String::new(),
        canary: settings.canary.objects.to_string(),
        canary_asks: false,
        s3_writes: settings.s3_writes_per_prefix.floor().to_string(),
        looks: settings.looks.word().to_string(),
        hours: String::new(),
        freeze: String::new(),
        readers: String::new(),
        all_readers: false,
        noted: false,
        executor: HERE.to_string(),
        job_role: String::new(),
        job_place: String::new(),
        manifest: ManifestSource::default().word().to_string(),
    }
}

/// A draft out of a query. What is no switch stays as it is and is named.
pub(super) fn read(query: &str, errors: &mut Vec<FieldError>) -> Draft {
    let mut draft = standard();
    let mut switch = |field: &str, value: &str, now: bool| match value {
        "on" | "1" | "yes" | "true" => true,
        "off" | "0" | "no" | "false" => false,
        _ => {
            errors.push(FieldError {
                field: field.to_string(),
                message: format!("`{value}` is neither on nor off"),
            });
            now
        }
    };
    for (field, value) in pairs(query) {
        let value = value.trim().to_string();
        match field.as_str() {
            BUCKET_FIELD if !value.is_empty() && !draft.buckets.contains(&value) => draft.buckets.push(value),
            KEY_FIELD if !value.is_empty() && !draft.keys.contains(&value) => draft.keys.push(value),
            "bk" => draft.bucket_key = switch("bk", &value, draft.bucket_key),
            "method" if !value.is_empty() => draft.method = value,
            LINE_FIELD if !value.is_empty() && !draft.lines.contains(&value) => {
                draft.lines.push(value);
            }
            "noncurrent" => draft.noncurrent = switch("noncurrent", &value, draft.noncurrent),
            "rekey" => draft.rekey = switch("rekey", &value, draft.rekey),
            "share" if !value.is_empty() => draft.share = value,
            "calls" if !value.is_empty() => draft.calls = value,
            "in_flight" if !value.is_empty() => draft.in_flight = value,
            "verify" if !value.is_empty() => draft.verify = value,
            "name" => draft.name = value,
            "canary" if !value.is_empty() => draft.canary = value,
            "canary_asks" => draft.canary_asks = switch("canary_asks", &value, draft.canary_asks),
            "s3_writes" if !value.is_empty() => draft.s3_writes = value,
            "looks" if !value.is_empty() => draft.looks = value,
            "hours" => draft.hours = value,
            "freeze" => draft.freeze = value,
            "readers" => draft.readers = value,
            "all_readers" => draft.all_readers = switch("all_readers", &value, draft.all_readers),
            "noted" => draft.noted = switch("noted", &value, draft.noted),
            "executor" if !value.is_empty() => draft.executor = value,
            "job_role" => draft.job_role = value,
            "job_place" => draft.job_place = value,
            "manifest" if !value.is_empty() => draft.manifest = value,
            _ => {}
        }
    }
    draft.buckets.sort();
    errors.extend(unfit_name(&draft.name));
    errors.extend(said_twice(query));
    draft
}

/// Fields of one value that were given two, of which either may be meant.
fn said_twice(query: &str) -> Vec<FieldError> {
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    for (field, value) in pairs(query) {
        let of_many = [BUCKET_FIELD, KEY_FIELD, LINE_FIELD].contains(&field.as_str());
        let known = DRAFT_FIELDS.contains(&field.as_str());
        if of_many || !known || value.trim().is_empty() {
            continue;
        }
        let before = said.insert(field.clone(), value.clone());
        match before {
            Some(before) if before != value => found.push(FieldError {
                message: format!("is given twice, as `{before}` and as `{value}`: leave one out"),
                field,
            }),
            _ => {}
        }
    }
    found
}

/// What is wrong with a plan's name, which people type to confirm it.
fn unfit_name(name: &str) -> Option<FieldError> {
    let length = name.chars().count();
    let message = match unprintable(name) {
        Some(one) => format!(
            "holds the character U+{:04X}, which cannot be shown: leave it out",
            u32::from(one)
        ),
        None if length > NAME_MAX => {
            format!(
                "has {} characters, and {NAME_MAX} are the most",
                grouped(length as u64)
            )
        }
        None => return None,
    };
    let field = "name".to_string();
    Some(FieldError { field, message })
}

/// Fields of a query that no plan has: a misspelt one would leave a setting as it is without a word.
fn unknown(query: &str) -> Option<String> {
    let mut fields = pairs(query).into_iter().map(|(field, _)| field);
    fields.find(|field| !DRAFT_FIELDS.contains(&field.as_str()))
}

/// ARNs that were typed in.
fn named_readers(draft: &Draft, errors: &mut Vec<FieldError>) -> Vec<String> {
    let names = draft.readers.split([',', ' ', '\n', '\r', '\t']);
    let names: Vec<String> = names
        .filter(|name| !name.is_empty())
        .map(ToString::to_string)
        .collect();
    let is_one = |name: &&String| is_principal(name, &["role/", "user/"]);
    if let Some(other) = names.iter().find(|name| !is_one(name)) {
        errors.push(FieldError {
            field: "readers".to_string(),
            message: format!(
                "`{other}` is not the ARN of one user or role, such as arn:aws:iam::111122223333:role/NAME"
            ),
        });
    }
    names
}

impl Service {
    pub(super) async fn draft_page(&self, query: &str) -> Result<DraftPage, AppError> {
        let mut errors = Vec::new();
        let mut draft = read(query, &mut errors);
        self.offer_jobs(&mut draft);
        let known = self.known();
        if self.has_others() {
            // Whose the buckets are decides which of them can be converted from here.
            self.listed().await;
        }
        let settings = settings(&draft, &mut errors);
        let named = named_readers(&draft, &mut errors);
        let buckets: Vec<BucketChoice> = known
            .estate
            .buckets
            .iter()
            .map(|bucket| choice(bucket, &draft, self.elsewhere(&bucket.name)))
            .collect();
        let chosen: Vec<&EstateBucket> = draft
            .buckets
            .iter()
            .filter_map(|name| known.estate.bucket(name))
            .collect();
        errors.extend(unfit(&draft, &buckets));
        let regions: BTreeSet<Region> = chosen.iter().filter_map(|bucket| bucket.region.clone()).collect();
        let keys = self.keys(&regions, &draft, &mut errors).await;
        let targets = targets(&regions, &draft, &keys, &mut errors);
        let jobs = self.job_settings(&draft, &regions, settings, &mut errors).await;
        if chosen.is_empty() && !draft.keys.is_empty() {
            errors.push(FieldError {
                field: BUCKET_FIELD.to_string(),
                message: "choose at least one bucket".to_string(),
            });
        }
        let whole = errors.is_empty() && !chosen.is_empty() && targets.len() == regions.len();
        let mut page = DraftPage {
            draft,
            buckets,
            keys,
            errors,
            lines: draft_lines::offers(&chosen, &settings, &known.snapshots, &known.estate.basis.prices),
            plan: None,
            cost: None,
            checks: Vec::new(),
            readers: Vec::new(),
            reader_gaps: Vec::new(),
            commands: Vec::new(),
            terraform: String::new(),
            ends_at: None,
            not_allowed: self.not_allowed(),
        };
        if whole {
            let in_store = page.keys.iter().filter(|key| key.chosen && key.in_key_store);
            let in_store: BTreeSet<Region> = in_store.map(|key| key.region.clone()).collect();
            let plan = self
                .make_plan(
                    &page.draft,
                    &chosen,
                    (&targets, &in_store),
                    (settings, jobs),
                    &known.snapshots,
                )
                .await;
            page.cost = Some(cost(&plan, &known.snapshots, &known.estate.basis.prices));
            self.check_plan(&mut page, plan, &named, &known.snapshots).await;
        }
        Ok(page)
    }

    /// What a whole draft amounts to besides its cost: what was looked at, and when it would end.
    async fn check_plan(&self, page: &mut DraftPage, plan: Plan, named: &[String], snapshots: &[Snapshot]) {
        let gathered = self.gather(&plan, snapshots).await;
        let readers = self
            .readers(&plan, &gathered, named, page.draft.all_readers)
            .await;
        page.checks = self.checks(&plan, &gathered, &readers).await;
        (page.readers, page.reader_gaps) = (readers.found, readers.gaps);
        page.commands = super::exports::commands(&plan, &gathered.buckets);
        page.terraform = super::exports::terraform(&plan, &gathered.buckets);
        page.ends_at = ends_at(&plan, self.inner.clock.now());
        page.plan = Some(plan);
    }

    /// Keys of the Regions, and those that were typed in.
    async fn keys(
        &self,
        regions: &BTreeSet<Region>,
        draft: &Draft,
        errors: &mut Vec<FieldError>,
    ) -> Vec<KeyChoice> {
        let mut keys = Vec::new();
        for region in regions {
            match self.inner.account.keys.list(region).await {
                Ok(found) => keys.extend(found.into_iter().map(|key| key_choice(&key, draft))),
                Err(error) => {
                    let message = format!(
                        "the keys of {region} could not be listed ({error}): give the key's full ARN"
                    );
                    tracing::warn!(region = %region, %error, "keys could not be listed");
                    if draft.keys.is_empty() {
                        errors.push(FieldError {
                            field: KEY_FIELD.to_string(),
                            message,
                        });
                    }
                }
            }
        }
        for typed in &draft.keys {
            if keys.iter().any(|key: &KeyChoice| key.arn == *typed) {
                continue;
            }
            let arn = match KeyArn::parse(typed) {
                Ok(arn) => arn,
                Err(error) => {
                    errors.push(FieldError {
                        field: KEY_FIELD.to_string(),
                        message: format!("`{typed}`: {error}"),
                    });
                    continue;
                }
            };
            match self.inner.account.keys.describe(arn.as_str()).await {
                Ok(key) => keys.push(key_choice(&key, draft)),
                Err(error) => {
                    errors.push(FieldError {
                        field: KEY_FIELD.to_string(),
                        message: format!("{typed}: {error}"),
                    });
                }
            }
        }
        keys
    }

    async fn make_plan(
        &self,
        draft: &Draft,
        chosen: &[&EstateBucket],
        (targets, in_key_store): (&BTreeMap<Region, TargetEncryption>, &BTreeSet<Region>),
        (settings, jobs): (PlanSettings, Option<JobSettings>),
        snapshots: &[Snapshot],
    ) -> Plan {
        let mut buckets = Vec::new();
        for bucket in chosen {
            let snapshot = snapshots.iter().find(|snapshot| snapshot.id == bucket.snapshot);
            let target = bucket
                .region
                .as_ref()
                .and_then(|region| targets.get_key_value(region));
            if let (Some(snapshot), Some((region, target))) = (snapshot, target) {
                buckets.push(plan_bucket(snapshot, &bucket.name, region, target, &settings));
            }
        }
        let name = match (draft.name.as_str(), draft.buckets.as_slice()) {
            ("", [one]) => one.clone(),
            ("", several) => counted(several.len() as u64, "bucket"),
            (name, _) => name.to_string(),
        };
        let scenario = Scenario {
            share: settings.share,
            kms_calls: settings.kms_calls_per_object,
            peak: self.known().workload.defaults.peak_to_average,
            ..Scenario::default()
        };
        let headrooms = self.headrooms(&AccountKey::own(), &scenario).await;
        let mut plan = plan(
            MigrationId(String::new()),
            name,
            buckets,
            snapshots,
            &headrooms,
            in_key_store,
            settings,
        );
        plan.jobs = jobs.map(|jobs| self.with_inventories(jobs, &plan, snapshots));
        plan.id = self.name_of(&plan);
        plan
    }

    /// The same plan within the same minute has the same name, so that storing it twice by a double click stores it once.
    fn name_of(&self, plan: &Plan) -> MigrationId {
        let minute = self.inner.clock.now().0.div_euclid(60_000);
        let text = serde_json::to_string(plan).unwrap_or_default();
        let digest = Sha256::digest(format!("{minute} {text}"));
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        MigrationId(format!("m-{hex}"))
    }

    /// Whether a plan of this name was run to its end, or cancelled: the next one is another, however soon it comes.
    fn has_ended(&self, id: &MigrationId) -> bool {
        let ended = self
            .inner
            .engine
            .inspect(id, |progress| progress.state.is_ended());
        ended == Some(true)
    }

    pub(super) async fn store_plan(&self, query: &str) -> Result<String, AppError> {
        self.require_changes()?;
        if let Some(field) = unknown(query) {
            return Err(AppError::new(
                ErrorKind::Input,
                format!("`{field}` is no field of a plan."),
                "Look for a slip in its name; the fields are in /api/v1/openapi.json.",
            ));
        }
        let page = self.draft_page(query).await?;
        let Some(mut plan) = page.plan else {
            let first = page.errors.first();
            let message = first.map_or_else(
                || "The plan is not whole: choose buckets and a key for each of their Regions.".to_string(),
                |error| format!("{}: {}", error.field, error.message),
            );
            return Err(AppError::new(
                ErrorKind::Input,
                message,
                "Go back, mend it, and update the plan.",
            ));
        };
        if let Some(check) = page.checks.iter().find(|check| check.severity == Severity::Stop) {
            return Err(AppError {
                kind: ErrorKind::Conflict,
                message: format!("{}: {}", check.looked_at, check.found),
                hint: Some(check.mend.clone()).filter(|mend| !mend.is_empty()),
            });
        }
        plan.noted = noted(&page.checks, page.draft.noted)?;
        while self.has_ended(&plan.id) {
            plan.id = self.name_of(&plan);
        }
        let (id, at) = (plan.id.0.clone(), self.inner.clock.now());
        let stored = self.inner.store.put_plan(&plan, at, self.who.as_str()).await;
        match stored {
            Ok(_) => {}
            // The name tells all of a plan but the findings, whose words are other ones each time: it is this plan.
            Err(StoreError::OtherPlan { .. }) => return Ok(id),
            Err(error) => return Err(internal(&error)),
        }
        self.inner
            .engine
            .register(plan)
            .await
            .map_err(|error| super::from_engine(&error))?;
        tracing::info!(migration.id = id, "plan stored");
        Ok(id)
    }
}

/// The findings that need a word, which must have been given.
fn noted(checks: &[Check], given: bool) -> Result<Vec<String>, AppError> {
    let noted: Vec<String> = checks
        .iter()
        .filter(|check| check.severity == Severity::Watch)
        .map(|check| format!("{}: {}", check.looked_at, check.found))
        .collect();
    if noted.is_empty() || given {
        return Ok(noted);
    }
    Err(AppError::new(
        ErrorKind::Input,
        format!(
            "{} of the checks must be taken note of before the plan is stored.",
            counted(noted.len() as u64, "finding")
        ),
        "Read the checks and tick that you have; by the API, add noted=on to the query.",
    ))
}

/// What stands against the chosen buckets.
fn unfit(draft: &Draft, buckets: &[BucketChoice]) -> Vec<FieldError> {
    let wrong = |message: String| FieldError {
        field: BUCKET_FIELD.to_string(),
        message,
    };
    let unlisted = |name: &&String| !buckets.iter().any(|choice| choice.name == **name);
    let missing = draft.buckets.iter().filter(unlisted);
    let missing = missing.map(|name| wrong(format!("{name} is not in any imported inventory")));
    let chosen = buckets.iter().filter(|choice| choice.chosen);
    let held =
        chosen.filter_map(|choice| Some(wrong(format!("{}: {}", choice.name, choice.obstacle.as_ref()?))));
    missing.chain(held).collect()
}

fn choice(bucket: &EstateBucket, draft: &Draft, elsewhere: Option<String>) -> BucketChoice {
    let obstacle = if elsewhere.is_some() {
        elsewhere
    } else if bucket.kind != SourceKind::Inventory {
        let known = match bucket.kind {
            SourceKind::Metadata => "only an S3 Metadata table is imported, which migrations do not run from",
            SourceKind::CloudWatch => "only CloudWatch's counts are known",
            SourceKind::Macie | SourceKind::Inventory => "only Macie's counts are known",
        };
        Some(format!("{known}: import its inventory, which lists the objects"))
    } else if bucket.region.is_none() {
        Some("its Region is not known: import its inventory again with a Region".to_string())
    } else {
        None
    };
    BucketChoice {
        name: bucket.name.clone(),
        region: bucket.region.clone(),
        objects: bucket.all.objects,
        bytes: bucket.all.bytes,
        chosen: draft.buckets.contains(&bucket.name),
        obstacle,
    }
}

fn key_choice(key: &cloud::KeyFacts, draft: &Draft) -> KeyChoice {
    KeyChoice {
        arn: key.arn.as_str().to_string(),
        title: key.alias.clone().unwrap_or_else(|| key.description.clone()),
        region: key.arn.region(),
        chosen: draft.keys.iter().any(|chosen| chosen == key.arn.as_str()),
        obstacle: key.obstacle(),
        in_key_store: key.custom_key_store.is_some(),
    }
}

/// One key for each Region.
fn targets(
    regions: &BTreeSet<Region>,
    draft: &Draft,
    keys: &[KeyChoice],
    errors: &mut Vec<FieldError>,
) -> BTreeMap<Region, TargetEncryption> {
    let mut targets = BTreeMap::new();
    let mut wrong = |message: String| {
        errors.push(FieldError {
            field: KEY_FIELD.to_string(),
            message,
        })
    };
    for key in keys.iter().filter(|key| key.chosen) {
        if let Some(obstacle) = &key.obstacle {
            wrong(format!("{}: {obstacle}", key.arn));
        } else if !regions.contains(&key.region) {
            wrong(format!(
                "{} is in {}, where none of the chosen buckets is",
                key.arn, key.region
            ));
        } else if let Ok(arn) = KeyArn::parse(&key.arn) {
            let target = TargetEncryption {
                key: arn,
                bucket_key: draft.bucket_key,
            };
            if targets.insert(key.region.clone(), target).is_some() {
                wrong(format!("two keys are chosen for {}: choose one", key.region));
            }
        }
    }
    if !draft.keys.is_empty() {
        for region in regions.iter().filter(|region| !targets.contains_key(*region)) {
            wrong(format!("choose a key in {region}"));
        }
    }
    targets
}

/// When a plan would end, begun now; none with jobs, since how fast S3 works is not published.
pub(super) fn ends_at(plan: &Plan, now: UnixMillis) -> Option<UnixMillis> {
    let millis = i64::try_from(plan.seconds().saturating_mul(1000)).ok()?;
    let here = plan.jobs.is_none();
    here.then(|| plan.settings.window.ends_at(now, millis)).flatten()
}

/// What the plan's own lines cost once.
pub(super) fn cost(plan: &Plan, snapshots: &[Snapshot], prices: &Prices) -> PlanCost {
    let groups = plan.buckets.iter().flat_map(|bucket| {
        let snapshot = snapshots.iter().find(|snapshot| snapshot.id == bucket.snapshot);
        snapshot
            .into_iter()
            .flat_map(|snapshot| &snapshot.groups)
            .filter(|group| group.bucket == bucket.bucket)
            // An inventory does not say where its bucket is; the plan knows.
            .map(|group| ObjectGroup {
                region: Some(bucket.region.clone()),
                ..group.clone()
            })
    });
    let groups: Vec<ObjectGroup> = groups.collect();
    let scenario = Scenario {
        kms_calls: plan.settings.kms_calls_per_object,
        ..Scenario::default()
    };
    let used = |snapshot: &&Snapshot| plan.buckets.iter().any(|bucket| bucket.snapshot == snapshot.id);
    let as_of = snapshots
        .iter()
        .filter(used)
        .filter_map(|snapshot| snapshot.source.as_of)
        .max();
    let basis = Basis::under(&groups, plan.settings.rules, as_of).priced_by(prices);
    let heads = Heads::from(&plan.settings);
    let mut statement = one_time_by_bucket(&basis, &scenario, Way::Proposed, heads).statement;
    if let Some(jobs) = &plan.jobs {
        let by_jobs = one_time_by_bucket(&basis, &scenario, Way::BatchUpdate, heads).statement;
        statement.take_job_fees(&by_jobs, jobs.manifest == ManifestSource::Generated);
    }
    PlanCost {
        total: statement.total,
        lines: statement.lines.iter().map(|line| line.text(&basis)).collect(),
        missing: statement.missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_one_value_that_is_given_two_is_named() {
        let twice = |query: &str| {
            said_twice(query)
                .into_iter()
                .map(|error| error.field)
                .collect::<Vec<_>>()
        };
        assert_eq!(twice("share=50&bucket=a&share=10&bucket=b"), ["share"]);
        assert_eq!(twice("bk=on&bk=off"), ["bk"]);
        assert_eq!(
            twice("key=a&key=b&as=1&as=2&share=50&share=50&name=&name=x"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_field_of_the_list_is_read_and_no_other_is_known() {
        let standard = standard();
        for field in DRAFT_FIELDS {
            let read_as = |value: &str| read(&format!("{field}={value}"), &mut Vec::new());
            // A switch takes one of these, and any other field takes both.
            let taken = read_as("on") != standard || read_as("off") != standard;
            assert!(taken, "{field} is in the list and changes nothing");
            assert_eq!(unknown(&format!("{field}=on")), None);
        }
        assert_eq!(unknown("bucket=a&canaries=3"), Some("canaries".to_string()));
        assert_eq!(read("canaries=3", &mut Vec::new()), standard);
    }
}
