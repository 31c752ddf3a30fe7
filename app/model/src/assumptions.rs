//! What a scenario takes to be so, in words: beside the figures of the costs and quotas pages, so that a printed page can
//! be defended without the controls it was made with.

use crate::format::counted;
use crate::requests::RequestKind;
use crate::scenario::{Scenario, percent_text, ratio_text};

/// An assumption: its name and what is taken for it.
pub type Assumption = (&'static str, String);

/// What costs follow from beside inventories, requests and prices.
#[must_use]
pub fn of_costs(scenario: &Scenario) -> Vec<Assumption> {
    let mut rows = vec![
        ("Prices of", of_region(scenario)),
        ("KMS calls without a Bucket Key", calls(scenario)),
        ("A Bucket Key saves", saving(scenario)),
        ("Growth", growth(scenario)),
        ("Buckets move", ramp(scenario)),
        (
            "KMS calls per converted object",
            format!(
                "{}, an assumption: AWS publishes no figure",
                ratio_text(scenario.kms_calls)
            ),
        ),
        (
            "Replaced versions are kept for",
            counted(scenario.old_version_days.into(), "day"),
        ),
    ];
    if scenario.rotation {
        rows.push((
            "Keys",
            "rotate every year, which adds $1 a month after the first and the second year".to_string(),
        ));
    }
    if scenario.dual_layer {
        rows.push(("Target", "DSSE-KMS, which knows no Bucket Key".to_string()));
    }
    if scenario.data_events {
        rows.push((
            "CloudTrail",
            "logs data events: one for each converted object".to_string(),
        ));
    }
    rows
}

/// What headroom follows from beside buckets, requests and quotas.
#[must_use]
pub fn of_quotas(scenario: &Scenario) -> Vec<Assumption> {
    let baseline = scenario.baseline.map_or_else(
        || "what the account tells".to_string(),
        |rate| {
            format!(
                "{} KMS requests/s in each Region",
                crate::format::grouped(rate.floor())
            )
        },
    );
    let mut rows = vec![
        ("Quotas of", of_region(scenario)),
        ("In use already", baseline),
        (
            "Peak over average",
            format!(
                "{}: the busiest second over the average of a month",
                ratio_text(scenario.peak)
            ),
        ),
        ("KMS calls without a Bucket Key", calls(scenario)),
    ];
    if scenario.bucket_key {
        rows.push(("A Bucket Key saves", saving(scenario)));
    }
    rows.extend([
        (
            "Share for the migration",
            format!("{} % of what is left of the quota", percent_text(scenario.share)),
        ),
        ("Growth", growth(scenario)),
        (
            "Asked for beyond the load",
            format!("{} %", percent_text(scenario.margin)),
        ),
        (
            "Requests that count against other accounts",
            format!("{} %", percent_text(scenario.foreign)),
        ),
    ]);
    if let Some(region) = &scenario.failover {
        rows.push(("The others fail over to", region.to_string()));
    }
    if scenario.custom_key_store {
        rows.push((
            "Key",
            "in a custom key store, whose request quota is fixed".to_string(),
        ));
    }
    rows
}

fn of_region(scenario: &Scenario) -> String {
    let own = || "each bucket’s own Region".to_string();
    scenario.region.as_ref().map_or_else(own, ToString::to_string)
}

fn calls(scenario: &Scenario) -> String {
    let of = |kind: RequestKind| format!("{} per {}", ratio_text(scenario.calls[kind]), kind.title());
    RequestKind::ALL.map(of).join(", ")
}

fn saving(scenario: &Scenario) -> String {
    format!(
        "{} % of KMS requests, an assumption: AWS says up to {} %",
        percent_text(scenario.saving),
        percent_text(Scenario::BEST_SAVING)
    )
}

fn growth(scenario: &Scenario) -> String {
    let months = counted(scenario.months.into(), "month");
    format!("{} % a month over {months}", percent_text(scenario.growth))
}

fn ramp(scenario: &Scenario) -> String {
    if scenario.ramp_weeks == 0 {
        return "at once".to_string();
    }
    let (waves, weeks) = (
        counted(scenario.waves.into(), "wave"),
        counted(scenario.ramp_weeks.into(), "week"),
    );
    format!("in {waves} over {weeks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Scenario {
        Scenario::from_pairs(query.split('&').filter_map(|pair| pair.split_once('='))).0
    }

    /// Every control of a page has its word: a changed field changes what is said.
    #[test]
    fn each_field_is_told_where_it_counts() {
        for field in [
            "region=eu-west-2",
            "calls_gets=2",
            "saving=50",
            "growth=2",
            "months=24",
            "ramp=8",
            "calls=2",
            "old_versions=7",
            "rotation=1",
            "dsse=1",
            "data_events=1",
        ] {
            assert_ne!(of_costs(&read(field)), of_costs(&Scenario::default()), "{field}");
        }
        for field in [
            "region=eu-west-2",
            "calls_puts=2",
            "bk=1",
            "peak=7",
            "baseline=700",
            "share=30",
            "growth=2",
            "margin=50",
            "foreign=10",
            "failover=eu-west-1",
            "store=1",
        ] {
            assert_ne!(
                of_quotas(&read(field)),
                of_quotas(&Scenario::default()),
                "{field}"
            );
        }
        let costs = of_costs(&read("ramp=8&waves=4&growth=2.5"));
        assert!(costs.contains(&("Buckets move", "in 4 waves over 8 weeks".to_string())));
        assert!(costs.contains(&("Growth", "2.5 % a month over 12 months".to_string())));
    }
}
