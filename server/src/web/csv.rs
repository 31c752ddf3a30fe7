//! Tables as CSV (RFC 4180): for the command line and the links of the pages. Cells that a spreadsheet would take for a
//! formula begin with an apostrophe.

use super::series::per_second;
use crate::service::LaterNamed;
use app::backend::{PriceRow, QuotaTold};
use model::estate::EstateBucket;
use model::forecast::Document;
use model::headroom::{Phase, RegionHeadroom};
use model::method::Method;
use model::migration::Summary;
use model::money::NanoUsd;
use model::plan::Plan;
use model::scenario::Scenario;
use model::time::UnixMillis;

/// A line without its end.
pub(crate) fn line(fields: &[&str]) -> String {
    fields
        .iter()
        .map(|field| cell(field))
        .collect::<Vec<_>>()
        .join(",")
}

fn cell(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    let risky = !number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if risky {
        format!("'{text}")
    } else {
        text.to_string()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Every line of a forecast.
pub(crate) fn forecast(document: &Document) -> Vec<String> {
    let mut lines = vec!["part,line,bucket,region,quantity,unit,unit_price_usd,usd,derivation".to_string()];
    let monthly = &document.monthly;
    let parts = [
        ("monthly before", &monthly.before.lines),
        ("monthly after", &monthly.after.lines),
        (
            "monthly after with bucket key",
            &monthly.after_with_bucket_key.lines,
        ),
    ];
    let parts = parts.into_iter().map(|(part, lines)| (part.to_string(), lines));
    let once = document
        .one_time
        .iter()
        .map(|once| (format!("once, {}", once.method), &once.lines));
    for (part, rows) in parts.chain(once) {
        for row in rows {
            lines.push(line(&[
                &part,
                &row.line,
                row.bucket.as_deref().unwrap_or_default(),
                row.region.as_deref().unwrap_or_default(),
                &row.quantity,
                &row.unit,
                row.unit_price_usd.as_deref().unwrap_or_default(),
                &row.usd.map(NanoUsd::to_decimal).unwrap_or_default(),
                &row.derivation,
            ]));
        }
    }
    for month in &document.months {
        let usd = |part: &str, amount: NanoUsd| {
            line(&[
                part,
                &month.month,
                "",
                "",
                "",
                "month",
                "",
                &amount.to_decimal(),
                "",
            ])
        };
        lines.push(usd("month before", month.before));
        lines.push(usd("month low", month.low));
        lines.push(usd("month", month.usd));
        lines.push(usd("month high", month.high));
        lines.push(usd("month conversion", month.conversion));
        lines.push(usd("cumulative", month.cumulative));
        lines.push(usd("cumulative before", month.cumulative_before));
    }
    lines
}

/// What becomes of each group of objects: a row for those of a method, and one for those of a reason to leave them out.
pub(crate) fn plan(plan: &Plan) -> Vec<String> {
    let mut lines = vec![
        "bucket,region,key,bucket_key,outcome,storage_class,encryption_status,version,objects,bytes,over_5_gib"
            .to_string(),
    ];
    for bucket in &plan.buckets {
        let bucket_key = if bucket.target.bucket_key { "on" } else { "off" };
        let row = |outcome: &str, group: [&str; 3], amounts: [String; 3]| {
            let target = bucket.target.key.as_str();
            let of = [&bucket.bucket, &bucket.region.0, target, bucket_key, outcome];
            let amounts = amounts.each_ref().map(String::as_str);
            line(&[of.as_slice(), &group, &amounts].concat())
        };
        lines.extend(bucket.lines.iter().map(|here| {
            let (class, status) = (here.storage_class.to_string(), here.encryption_status.to_string());
            let version = if here.current { "current" } else { "noncurrent" };
            let amounts = [here.objects.0, here.bytes.0, here.over_5_gib.0].map(|amount| amount.to_string());
            row(here.method.title(), [&class, &status, version], amounts)
        }));
        lines.extend(bucket.left_out.iter().map(|here| {
            let outcome = format!("left out: {}", here.reason.reason());
            // How many of them are large is not counted.
            let amounts = [
                here.objects.0.to_string(),
                here.bytes.0.to_string(),
                String::new(),
            ];
            row(&outcome, ["", "", ""], amounts)
        }));
    }
    lines
}

/// The buckets of the overview.
pub(crate) fn buckets(buckets: &[&EstateBucket]) -> Vec<String> {
    let mut lines = vec![
        "bucket,region,source,as_of,objects,bytes,objects_under_kms,bytes_under_kms,added_usd_per_month,needs_attention"
            .to_string(),
    ];
    for bucket in buckets {
        let kms = bucket.under_kms();
        lines.push(line(&[
            &bucket.name,
            bucket.region.as_ref().map_or("", |region| region.0.as_str()),
            bucket.kind.title(),
            &bucket.as_of.map(UnixMillis::to_iso).unwrap_or_default(),
            &bucket.all.objects.0.to_string(),
            &bucket.all.bytes.0.to_string(),
            &kms.objects.0.to_string(),
            &kms.bytes.0.to_string(),
            &bucket.added.map(NanoUsd::to_decimal).unwrap_or_default(),
            &bucket.attention.join(" "),
        ]));
    }
    lines
}

/// Prices with source and date.
pub(crate) fn prices(rows: &[PriceRow]) -> Vec<String> {
    let mut lines = vec!["region,meter,price,source,date".to_string()];
    lines.extend(
        rows.iter()
            .map(|row| line(&[&row.region, &row.meter, &row.price, &row.source, &row.date])),
    );
    lines
}

/// Headroom per Region and phase.
pub(crate) fn headroom(regions: &[RegionHeadroom], scenario: &Scenario) -> Vec<String> {
    let mut lines =
        vec!["region,phase,quota_per_second,load_per_second,headroom_per_second,upper_bound".to_string()];
    for region in regions {
        for phase in Phase::ALL {
            lines.push(line(&[
                &region.region.0,
                phase.title(),
                &per_second(region.quota.limit),
                &per_second(region.load(phase, scenario.bucket_key)),
                &per_second(region.headroom(phase, scenario.bucket_key)),
                &region.is_bound().to_string(),
            ]));
        }
    }
    lines
}

/// Calls with the keys of each Region in the last day: a row for each operation and hour.
pub(crate) fn keys(told: &[QuotaTold]) -> Vec<String> {
    let mut lines = vec!["region,key,alias,operation,hour_from,calls".to_string()];
    for calls in told.iter().flat_map(|told| &told.keys) {
        for (operation, hours) in &calls.operations {
            lines.extend(hours.iter().map(|(from, sum)| {
                line(&[
                    &calls.key.region().0,
                    calls.key.as_str(),
                    calls.alias.as_deref().unwrap_or_default(),
                    operation,
                    &from.to_iso(),
                    &sum.0.to_string(),
                ])
            }));
        }
    }
    lines
}

/// Exceptions of a migration, with what to do about each; what reading back counted and did not name has a row of its
/// own.
pub(crate) fn exceptions(summary: &Summary) -> Vec<String> {
    let mut lines = vec!["bucket,key,version_id,bytes,found_in,cause,message,what_to_do".to_string()];
    lines.extend(summary.exceptions.iter().map(|one| {
        line(&[
            &one.bucket,
            &one.key,
            one.version_id.as_deref().unwrap_or_default(),
            &one.size.0.to_string(),
            one.found_in.title(),
            one.cause.title(),
            &one.message,
            one.cause.remedy(),
        ])
    }));
    if summary.exceptions_not_named > 0 {
        let more = format!("{} more that are not named", summary.exceptions_not_named);
        lines.push(line(&["", "", "", "", "reading back", &more, "", ""]));
    }
    lines
}

/// Objects of a plan that a later inventory lists under something else than SSE-KMS; a last row says so where more were
/// found.
pub(crate) fn later(found: &LaterNamed) -> Vec<String> {
    let mut lines = vec!["bucket,key,version_id,bytes,encryption,inventory".to_string()];
    lines.extend(found.exceptions.iter().map(|one| {
        line(&[
            &one.bucket,
            &one.key,
            one.version_id.as_deref().unwrap_or_default(),
            &one.size.0.to_string(),
            one.encryption_status.word(),
            &one.snapshot.0,
        ])
    }));
    if found.more {
        lines.push(line(&["", "more, which are not named", "", "", "", ""]));
    }
    lines
}

/// Outcomes of a migration's rows, bucket by bucket; what reading back gave is empty where it was not done.
pub(crate) fn outcomes(summary: &Summary) -> Vec<String> {
    const HEAD: &str = "bucket,region,key,bucket_key,rows,to_convert,updated,copied,already_under_the_key,failed,deleted_meanwhile,left_out,not_tried,by_job_alone,rows_not_reached,read_back,read_back_under_the_key,deleted_since,not_as_asked";
    let mut lines = vec![HEAD.to_string()];
    lines.extend(summary.buckets.iter().map(|bucket| {
        let tally = &bucket.tally;
        let by = |method| {
            let amount = tally.converted.get(&method);
            amount.map_or(0, |amount| amount.objects.0)
        };
        let counts = [
            bucket.rows,
            bucket.planned.0,
            by(Method::UpdateObjectEncryption),
            by(Method::CopyObject),
            tally.already.objects.0,
            tally.failed.objects.0,
            tally.gone.objects.0,
            tally.untouched().objects.0,
            bucket.not_tried(),
            bucket.by_job_alone(),
            bucket.rows_not_reached(),
        ];
        let read = bucket
            .read_back
            .map(|read| [read.checked, read.met, read.gone, read.exceptions]);
        let counts = counts.map(Some).into_iter().chain(match read {
            Some(counts) => counts.map(Some),
            None => [None; 4],
        });
        let counts: Vec<String> = counts
            .map(|count| count.map_or_else(String::new, |count| count.to_string()))
            .collect();
        let on = if bucket.bucket_key { "on" } else { "off" };
        let named = [bucket.bucket.as_str(), &bucket.region.0, &bucket.key, on];
        let cells: Vec<&str> = named
            .into_iter()
            .chain(counts.iter().map(String::as_str))
            .collect();
        line(&cells)
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_defused() {
        assert_eq!(
            line(&["a", "b,c", "d\"e", "-0.06", "=1+1"]),
            "a,\"b,c\",\"d\"\"e\",-0.06,'=1+1"
        );
    }
}
