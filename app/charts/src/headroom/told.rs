//! What the headroom chart says in words: the sentence under it and its table.

use model::format::{rate, rate_number};

use super::HeadroomRow;
use crate::chart::{Column, Table};
use crate::figures::share;

/// Which Region is fullest, and by how much.
pub(super) fn summary(rows: &[HeadroomRow]) -> String {
    let fullness = |row: &HeadroomRow| row.fullness(row.load());
    let known = rows.iter().filter(|row| row.quota.is_some());
    let fullest = known.max_by(|a, b| {
        fullness(a)
            .unwrap_or_default()
            .total_cmp(&fullness(b).unwrap_or_default())
    });
    let unknown = match rows.iter().filter(|row| row.quota.is_none()).count() {
        0 => String::new(),
        1 => " The quota of 1 Region is not known.".to_string(),
        count => format!(" The quotas of {count} Regions are not known."),
    };
    let Some((row, quota)) = fullest.and_then(|row| Some((row, row.quota?))) else {
        return unknown.trim_start().to_string();
    };
    let percent = share(row.load(), quota);
    let breaches = rows.iter().filter(|row| row.over().is_some()).count();
    let told = match row.over() {
        Some(over) => {
            let others = if breaches > 1 {
                format!(" {breaches} Regions go over.")
            } else {
                String::new()
            };
            let region = &row.region;
            format!(
                "KMS requests in {region} go over quota by {} ({percent} of it).{others}",
                rate(over)
            )
        }
        None => format!(
            "KMS requests peak at {percent} of the quota in {}{}; {} are left there.",
            row.region,
            if rows.len() > 1 {
                ", the fullest Region"
            } else {
                ""
            },
            rate(quota.saturating_sub(row.load()))
        ),
    };
    format!("{told}{unknown}")
}

/// Every figure of the drawing.
pub(super) fn table(rows: &[HeadroomRow]) -> Table {
    let row = |row: &HeadroomRow| {
        let parts = [row.baseline, row.planned, row.migration, row.load()].map(rate_number);
        let quota = row.quota.map_or_else(|| "–".to_string(), rate_number);
        let used = row
            .quota
            .map_or_else(|| "–".to_string(), |quota| share(row.load(), quota));
        let verdict = row.verdict().trim_start_matches("▲ ").to_string();
        std::iter::once(row.region.to_string())
            .chain(parts)
            .chain([quota, used, verdict])
            .collect()
    };
    Table {
        caption: "KMS requests per second against the quota".to_string(),
        columns: vec![
            Column::words("Region"),
            Column::figures("Baseline"),
            Column::figures("Planned"),
            Column::figures("Migration"),
            Column::figures("Together"),
            Column::figures("Quota"),
            Column::figures("Used"),
            Column::words("Left"),
        ],
        rows: rows.iter().map(row).collect(),
    }
}
