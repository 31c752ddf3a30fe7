//! What the charts draw and what two scenarios differ in, as CSV: the links under the charts and on the scenarios page.
//! Amounts are decimal dollars, rates requests a second; what is not known is empty.

use super::csv::line;
use app::backend::Compared;
use app::costs_view::CostsView;
use model::comparison::Figure;
use model::headroom::{Phase, RegionHeadroom};
use model::money::NanoUsd;
use model::overview::Overview;
use model::quantity::RequestsPerSecond;
use model::scenario::Scenario;

/// The months ahead.
pub(crate) fn months(view: &CostsView) -> Vec<String> {
    let mut lines = vec!["month,as_now_usd,low_usd,chosen_usd,high_usd,at_least".to_string()];
    let at_least = view.is_bound().to_string();
    lines.extend(view.months.iter().map(|month| {
        let [now, low, chosen, high] =
            [month.before, month.low, month.usd, month.high].map(NanoUsd::to_decimal);
        line(&[&month.month, &now, &low, &chosen, &high, &at_least])
    }));
    lines
}

/// Requests a second as decimal.
pub(crate) fn per_second(rate: RequestsPerSecond) -> String {
    format!("{}.{:03}", rate.milli() / 1000, rate.milli() % 1000)
}

/// The bars of the headroom chart.
pub(crate) fn headroom(regions: &[RegionHeadroom], scenario: &Scenario) -> Vec<String> {
    let heads = "region,existing_per_second,planned_per_second,migration_per_second,quota_per_second";
    let mut lines = vec![heads.to_string()];
    lines.extend(regions.iter().map(|region| {
        line(&[
            &region.region.0,
            &per_second(region.load(Phase::Now, scenario.bucket_key)),
            &per_second(region.added(scenario.bucket_key)),
            &per_second(region.migration),
            &per_second(region.quota.limit),
        ])
    }));
    lines
}

/// The bars of the encryption chart.
pub(crate) fn mix(overview: &Overview) -> Vec<String> {
    let mut lines = vec!["region,encryption,objects,bytes".to_string()];
    for (region, mix) in &overview.regions {
        let region = region.as_ref().map_or("", |region| region.0.as_str());
        lines.extend(mix.iter().map(|(status, share)| {
            let (objects, bytes) = (share.objects.0.to_string(), share.bytes.0.to_string());
            line(&[region, status.word(), &objects, &bytes])
        }));
    }
    lines
}

/// Two scenarios side by side: the sums, then a month line by line.
pub(crate) fn comparison(left: &Compared, right: &Compared) -> Vec<String> {
    let mut lines = vec![line(&[
        "part",
        "line",
        left.title(),
        right.title(),
        "difference",
        "at_least",
    ])];
    let row = |part: &str, what: &str, amounts: [Option<NanoUsd>; 2], at_least: bool| {
        let [left, right] = amounts;
        let text = |amount: Option<NanoUsd>| amount.map(NanoUsd::to_decimal).unwrap_or_default();
        let change = left.zip(right).map(|(left, right)| right - left);
        let at_least = at_least.to_string();
        line(&[part, what, &text(left), &text(right), &text(change), &at_least])
    };
    let bound = left.view.is_bound() || right.view.is_bound();
    for (title, of) in Compared::SUMS {
        lines.push(row(
            "sum",
            title,
            [Some(of(&left.view)), Some(of(&right.view))],
            bound,
        ));
    }
    let amount = |figure: Option<Figure>| figure.map_or(Some(NanoUsd::ZERO), |figure| figure.usd);
    for (title, figures) in left.lines_beside(right) {
        lines.push(row("a month as chosen", &title, figures.map(amount), false));
    }
    lines
}
