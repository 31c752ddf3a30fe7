//! `rekey headroom`: KMS requests per second against the quota of each Region.

use super::inputs::Inputs;
use super::output;
use crate::cli;
use crate::failure::Failure;
use model::format::{duration, rate, rate_number};
use model::headroom::{Phase, headroom};

pub(crate) async fn run(arguments: cli::Forecast) -> Result<(), Failure> {
    let inputs = Inputs::read(&arguments).await?;
    let regions = headroom(&inputs.basis, &inputs.scenario, &inputs.usage);
    if regions.is_empty() {
        return Err(Failure::input(
            "no bucket has a known Region: give one with --region or in the workload file",
        ));
    }
    if arguments.json {
        return output::json(&crate::web::documents::HeadroomDocument::new(
            &regions,
            &inputs.scenario,
            inputs.basis.dated(),
        ));
    }
    if arguments.csv {
        return output::lines(crate::web::csv::headroom(&regions, &inputs.scenario));
    }
    let bucket_key = inputs.scenario.bucket_key;
    let mut lines = Vec::new();
    for region in &regions {
        lines.push(format!(
            "{}: quota {} ({})",
            region.region,
            rate(region.quota.limit),
            region.quota.origin.title()
        ));
        for phase in Phase::ALL {
            let most = if region.is_bound() { "at most " } else { "" };
            let left = rate(region.headroom(phase, bucket_key));
            lines.push(format!("  {:<22} {most}{left} left", phase.title()));
        }
        if let Some((binding, objects, seconds)) = region.conversion.binds() {
            let takes = match *seconds {
                u64::MAX => "no end".to_string(),
                seconds => duration(seconds),
            };
            lines.push(format!(
                "  Conversion: {} objects/s, held by {}, {takes}",
                rate_number(*objects),
                binding.title()
            ));
        }
        let increase = region.increase(&inputs.scenario, inputs.basis.dated());
        if increase.is_more {
            lines.push(format!(
                "  Ask AWS for {} requests/s: {}",
                increase.value, increase.justification
            ));
        }
        lines.push(format!("  {}", region.derivation()));
    }
    lines.push(inputs.counts_text());
    lines.extend(inputs.quotas_text());
    output::lines(lines)
}
