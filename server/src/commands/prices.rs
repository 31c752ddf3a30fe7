//! `rekey prices`: the bundled price table with sources and dates; with `--live` the price list's own figures, which are
//! also kept in the data directory for the prices page.

use super::output;
use crate::cli;
use crate::failure::Failure;
use crate::price_list;
use crate::web::documents::prices_of;
use app::backend::PriceRow;
use engine::{Clock as _, SystemClock};
use model::inventory::Region;
use model::prices::{self, Prices};

pub(crate) async fn run(arguments: cli::Prices) -> Result<(), Failure> {
    let known = |region: &Region| prices::region_facts(region).is_some();
    if let Some(region) = arguments.region.as_ref().filter(|region| !known(region)) {
        let known: Vec<&str> = prices::regions().iter().map(|facts| facts.code).collect();
        return Err(Failure::input(format!(
            "no prices are known for {region}; known: {}",
            known.join(", ")
        )));
    }
    let rows = match (&arguments.region, arguments.live) {
        (Some(region), true) => live(region, &arguments).await?,
        (Some(region), false) => prices_of(&Prices::default(), region),
        // `--live` asks for a Region.
        (None, _) => prices::regions()
            .iter()
            .flat_map(|facts| prices_of(&Prices::default(), &Region(facts.code.to_string())))
            .collect(),
    };
    if arguments.json {
        return output::json(&rows);
    }
    let text = |row: &PriceRow| output::csv(&[&row.region, &row.meter, &row.price, &row.source, &row.date]);
    output::lines(std::iter::once("region,what,price,source,date".to_string()).chain(rows.iter().map(text)))
}

/// The price list's figures of a Region; where it has none, the bundled ones under their own date.
async fn live(region: &Region, arguments: &cli::Prices) -> Result<Vec<PriceRow>, Failure> {
    let options = cloud::aws::ConnectOptions {
        region: Some(region.0.clone()),
        ..Default::default()
    };
    let account = cloud::aws::connect(options).await.map_err(Failure::bad_input)?;
    let said = price_list::ask(account.price_list.as_ref(), region, SystemClock.now()).await;
    for trouble in &said.troubles {
        tracing::warn!("{trouble}");
    }
    if said.prices.is_empty() {
        let why = said.troubles.first().map_or("it has none", String::as_str);
        return Err(Failure::plain(format!(
            "the price list gave no price of {region}: {why}"
        )));
    }
    price_list::keep(&arguments.data.directory, &said)
        .map_err(|source| Failure::other("the prices cannot be kept", source))?;
    Ok(prices_of(&Prices::from(said.prices), region))
}
