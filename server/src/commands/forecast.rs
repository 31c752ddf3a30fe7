//! `rekey forecast`: the document of the model, as JSON, CSV or a short table.

use super::inputs::Inputs;
use super::output;
use crate::cli;
use crate::failure::Failure;
use model::forecast::Forecast;

pub(crate) async fn run(arguments: cli::Forecast) -> Result<(), Failure> {
    let inputs = Inputs::read(&arguments).await?;
    let forecast = Forecast::new(&inputs.basis, &inputs.scenario);
    let document = forecast.document(&inputs.basis, &inputs.scenario);
    if arguments.json {
        return output::json(&document);
    }
    if arguments.csv {
        return output::lines(crate::web::csv::forecast(&document));
    }
    let bound = |lower: bool| if lower { "at least " } else { "" };
    let statement = |name: &str, part: &model::forecast::StatementDocument| {
        format!("{name:<28} {}{} a month", bound(part.lower_bound), part.total_usd)
    };
    let mut lines = vec![
        statement("As now", &document.monthly.before),
        statement("SSE-KMS", &document.monthly.after),
        statement(
            "SSE-KMS with a Bucket Key",
            &document.monthly.after_with_bucket_key,
        ),
    ];
    for line in &document.monthly.after.lines {
        let amount = line.usd.map_or_else(|| "–".to_string(), |usd| usd.to_string());
        lines.push(format!("  {:<40} {amount:>14}  {}", line.line, line.derivation));
    }
    for once in &document.one_time {
        let name = format!("Once, {}", once.method);
        lines.push(format!(
            "{name:<28} {}{}",
            bound(once.lower_bound),
            once.total_usd
        ));
    }
    lines.extend([inputs.prices_text(), inputs.counts_text()]);
    lines.extend(document.warnings.iter().map(|warning| format!("Note: {warning}")));
    output::lines(lines)
}
