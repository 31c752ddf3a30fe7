//! `rekey plan`: what a migration of a source would do. Nothing is stored or changed.

use super::inputs::Inputs;
use super::output;
use crate::cli;
use crate::failure::Failure;
use model::encryption::TargetEncryption;
use model::format::{counted, duration};
use model::headroom::headroom;
use model::plan::{MigrationId, Plan, PlanSettings};
use model::planning::{plan, plan_bucket};
use serde::Serialize;
use std::collections::BTreeSet;

/// `plan --json`.
#[derive(Debug, Serialize)]
struct Document {
    #[serde(flatten)]
    plan: Plan,
    /// Where the quotas that the rates follow from are from, in sentences.
    sources: Vec<String>,
}

pub(crate) async fn run(arguments: cli::Plan) -> Result<(), Failure> {
    let region = arguments.key.region();
    if let Some(other) = arguments.inputs.region.as_ref().filter(|other| **other != region) {
        return Err(Failure::input(format!(
            "--region is {other}, but the key is in {region}: a key must be in the bucket's Region"
        )));
    }
    let inputs = Inputs::read(&arguments.inputs).await?;
    let target = TargetEncryption {
        key: arguments.key.clone(),
        bucket_key: !arguments.no_bucket_key,
    };
    let settings = PlanSettings::default();
    let mut buckets = Vec::new();
    for bucket in &inputs.basis.buckets {
        if let Some(other) = bucket.region.as_ref().filter(|other| **other != region) {
            return Err(Failure::input(format!(
                "bucket {} is in {other}, but the key is in {region}: a key must be in the bucket's Region",
                bucket.name
            )));
        }
        buckets.push(plan_bucket(
            &inputs.snapshot,
            &bucket.name,
            &region,
            &target,
            &settings,
        ));
    }
    let headrooms = headroom(&inputs.basis, &inputs.scenario, &inputs.usage);
    let name = inputs
        .basis
        .buckets
        .first()
        .map(|bucket| bucket.name.clone())
        .unwrap_or_default();
    let plan = plan(
        MigrationId("draft".to_string()),
        name,
        buckets,
        std::slice::from_ref(&inputs.snapshot),
        &headrooms,
        // Only an account tells where a key is kept.
        &BTreeSet::new(),
        settings,
    );
    if arguments.inputs.json {
        let sources = inputs.quotas_text();
        output::json(&Document { plan, sources })
    } else if arguments.inputs.csv {
        output::lines(crate::web::csv::plan(&plan))
    } else {
        output::lines(text(&plan).into_iter().chain(inputs.quotas_text()))
    }
}

fn text(plan: &Plan) -> Vec<String> {
    let mut lines = vec![format!(
        "Re-encrypt {} under {}",
        counted(plan.objects().0, "object"),
        key(plan)
    )];
    for bucket in &plan.buckets {
        lines.push(format!("{}:", bucket.bucket));
        for line in &bucket.lines {
            let which = if line.current { "current" } else { "noncurrent" };
            lines.push(format!(
                "  {:<24} {:>14} {which} in {}, {}",
                line.method.title(),
                model::format::grouped(line.objects.0),
                line.storage_class,
                line.encryption_status
            ));
        }
        for line in &bucket.left_out {
            lines.push(format!(
                "  {:<24} {:>14} {}",
                "left out",
                model::format::grouped(line.objects.0),
                line.reason.reason()
            ));
        }
    }
    for rate in &plan.rates {
        lines.push(format!(
            "{}: {} objects/s, held by {}; {}",
            rate.region,
            model::format::rate_number(rate.objects_per_second),
            rate.binds.title(),
            duration(rate.seconds)
        ));
    }
    lines
}

fn key(plan: &Plan) -> &str {
    plan.buckets
        .first()
        .map_or("", |bucket| bucket.target.key.as_str())
}
