//! The prices page: bundled prices and those of the price list side by side, asked for and adopted by buttons.

use super::forms::pairs;
use super::pages::refused;
use super::{Service, internal};
use crate::price_list::{self, RegionPrices};
use crate::web::documents::{meter_title, price_text};
use app::backend::{AppError, ErrorKind, PriceCompared, PriceText, PricesAsked, PricesPage};
use model::inventory::Region;
use model::prices::{self, ListedPrice, Meter, PricePoint, Prices};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::AdoptedPrices;
use tokio::task::JoinSet;

/// How long the form waits; what comes later is kept and there for the next page.
const PATIENCE: Duration = Duration::from_secs(25);

impl Service {
    /// Asks the price list about every Region of the estate, and keeps the answers.
    pub(crate) async fn ask_prices(&self) -> Result<(), AppError> {
        let regions = self.regions();
        if regions.is_empty() {
            return Err(AppError::new(
                ErrorKind::Input,
                "No Region is known yet, so there is nothing to ask for.",
                "Import an inventory with a Region.",
            ));
        }
        let mut asked = JoinSet::new();
        for region in regions {
            let service = self.clone();
            asked.spawn(async move { service.ask_prices_of(region).await });
        }
        let collected = tokio::time::timeout(PATIENCE, async {
            let mut troubles = Vec::new();
            while let Some(answer) = asked.join_next().await {
                let answer = answer.map_err(|error| internal(&error))??;
                if answer.prices.is_empty() {
                    troubles.extend(answer.troubles.into_iter().next());
                }
            }
            Ok::<_, AppError>(troubles)
        });
        match collected.await {
            Ok(Ok(troubles)) => match troubles.into_iter().next() {
                Some(trouble) => Err(AppError::new(
                    ErrorKind::Internal,
                    format!("The price list did not answer: {trouble}"),
                    "Allow pricing:GetProducts and let this server reach api.pricing in us-east-1; the bundled prices hold meanwhile.",
                )),
                None => Ok(()),
            },
            Ok(Err(error)) => Err(error),
            Err(_) => {
                asked.detach_all();
                Err(AppError::new(
                    ErrorKind::Internal,
                    "The price list takes long.",
                    "Reload the page in a minute: what it says until then is kept.",
                ))
            }
        }
    }

    async fn ask_prices_of(&self, region: Region) -> Result<RegionPrices, AppError> {
        let list = Arc::clone(&self.inner.account.price_list);
        let said = price_list::ask(list.as_ref(), &region, self.inner.clock.now()).await;
        let (data, kept) = (self.inner.data.clone(), said.clone());
        let written = tokio::task::spawn_blocking(move || price_list::keep(&data, &kept)).await;
        written
            .map_err(|error| internal(&error))?
            .map_err(|error| internal(&error))?;
        tracing::info!(region = %said.region, prices = said.prices.len(), missing = said.troubles.len(), "price list read");
        Ok(said)
    }

    /// What is kept of the price list for the Regions of the estate.
    async fn kept_prices(&self) -> Vec<RegionPrices> {
        let (data, regions) = (self.inner.data.clone(), self.regions());
        let read = move || {
            let kept = regions
                .iter()
                .filter_map(|region| price_list::kept(&data, region));
            kept.collect()
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_default()
    }

    /// Computes forecasts with what is kept of the price list.
    pub(crate) async fn adopt_prices(&self) -> Result<(), AppError> {
        let kept = self.kept_prices().await;
        let prices: Vec<ListedPrice> = kept.into_iter().flat_map(|region| region.prices).collect();
        if prices.is_empty() {
            return Err(AppError::new(
                ErrorKind::Input,
                "There are no live prices to use.",
                "Ask the price list first.",
            ));
        }
        self.use_prices(prices).await
    }

    /// Computes forecasts with the bundled prices again.
    pub(crate) async fn drop_prices(&self) -> Result<(), AppError> {
        self.use_prices(Vec::new()).await
    }

    async fn use_prices(&self, prices: Vec<ListedPrice>) -> Result<(), AppError> {
        let adopted = AdoptedPrices {
            at: self.inner.clock.now(),
            by: self.who.to_string(),
            prices,
        };
        let kept = self.inner.store.put_prices(&adopted).await;
        kept.map_err(|error| internal(&error))?;
        self.refresh().await.map_err(|error| internal(&error))
    }

    /// The page.
    pub(crate) async fn prices_page(&self, query: &str) -> Result<PricesPage, AppError> {
        let adopted = self.inner.store.prices().await;
        let adopted = adopted.map_err(|error| internal(&error))?;
        let kept = self.kept_prices().await;
        let known = self.known();
        let in_use = &known.estate.basis.prices;
        let regions = self.regions();
        let rows = regions
            .iter()
            .flat_map(|region| compared(region, kept.iter().find(|one| one.region == *region), in_use));
        let asked = |region: &Region| {
            let kept = kept.iter().find(|one| one.region == *region);
            PricesAsked {
                region: region.clone(),
                at: kept.map(|kept| kept.asked_at),
                found: kept.map_or(0, |kept| kept.prices.len() as u64),
                troubles: kept.map(|kept| kept.troubles.clone()).unwrap_or_default(),
            }
        };
        Ok(PricesPage {
            rows: rows.collect(),
            asked: regions.iter().map(asked).collect(),
            adopted: (!adopted.prices.is_empty()).then(|| (adopted.by.clone(), adopted.at)),
            table_date: prices::table_date().to_string(),
            refused: refused(&pairs(query), "/prices/"),
        })
    }
}

/// Every meter of a Region by both.
fn compared(region: &Region, kept: Option<&RegionPrices>, in_use: &Prices) -> Vec<PriceCompared> {
    let live: BTreeMap<Meter, &ListedPrice> = kept
        .into_iter()
        .flat_map(|kept| &kept.prices)
        .map(|price| (price.meter, price))
        .collect();
    let mut meters = in_use.meters(region);
    meters.extend(live.keys());
    meters.sort_unstable();
    meters.dedup();
    let row = |meter: Meter| {
        let bundled = prices::bundled(region, meter);
        let listed = live
            .get(&meter)
            .map(|price| PricePoint::from(&Arc::new((*price).clone())));
        let used = in_use.price(region, meter);
        PriceCompared {
            region: region.clone(),
            meter: meter_title(meter),
            difference: difference(bundled.as_ref(), listed.as_ref(), kept.is_some()),
            differs: matches!((&bundled, &listed), (Some(one), Some(other)) if one.tiers() != other.tiers()),
            live_in_use: used.is_some() && used != bundled,
            bundled: bundled.as_ref().map(text),
            live: listed.as_ref().map(text),
        }
    };
    meters.into_iter().map(row).collect()
}

fn text(point: &PricePoint) -> PriceText {
    let (source, date) = point.source();
    PriceText {
        price: price_text(point),
        source: source.into_owned(),
        date: date.into_owned(),
    }
}

/// How the live price differs, in a word or as a percentage of the first tier.
fn difference(bundled: Option<&PricePoint>, live: Option<&PricePoint>, asked: bool) -> String {
    match (bundled, live) {
        (_, None) if asked => "not in the list".to_string(),
        (_, None) => "not asked".to_string(),
        (None, Some(_)) => "only in the list".to_string(),
        (Some(one), Some(other)) if one.tiers() == other.tiers() => "same".to_string(),
        (Some(one), Some(other)) => {
            let (before, now) = (i128::from(one.first_nano()), i128::from(other.first_nano()));
            if before == now || before == 0 {
                return "other tiers".to_string();
            }
            let tenths = (now - before) * 1000 / before;
            let sign = if tenths < 0 { "−" } else { "+" };
            format!("{sign}{}.{} %", tenths.abs() / 10, tenths.abs() % 10)
        }
    }
}
