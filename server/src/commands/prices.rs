//! `rekey prices`: the bundled price table, with sources and dates.

use super::output;
use crate::cli;
use crate::failure::Failure;
use crate::web::documents::prices_of;
use model::inventory::Region;
use model::prices;

pub(crate) fn run(arguments: &cli::Prices) -> Result<(), Failure> {
    let regions: Vec<Region> = match &arguments.region {
        Some(region) if prices::region_facts(region).is_none() => {
            let known: Vec<&str> = prices::regions().iter().map(|facts| facts.code).collect();
            return Err(Failure::input(format!(
                "no prices are known for {region}; known: {}",
                known.join(", ")
            )));
        }
        Some(region) => vec![region.clone()],
        None => prices::regions()
            .iter()
            .map(|facts| Region(facts.code.to_string()))
            .collect(),
    };
    let rows: Vec<app::backend::PriceRow> = regions.iter().flat_map(prices_of).collect();
    if arguments.json {
        return output::json(&rows);
    }
    let text = |row: &app::backend::PriceRow| {
        output::csv(&[&row.region, &row.meter, &row.price, &row.source, &row.date])
    };
    output::lines(std::iter::once("region,what,price,source,date".to_string()).chain(rows.iter().map(text)))
}
