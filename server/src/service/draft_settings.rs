//! The settings of a draft: what the fields of the new-migration form say, each with its bounds. A field that cannot be read
//! keeps its standard value and is named.

use super::draft_lines;
use app::backend::Draft;
use model::line_choices::LineChoices;
use model::method::{MethodChoice, MethodRules};
use model::plan::{Canary, Looks, PlanSettings, VerifyScope};
use model::quantity::{Ratio, RequestsPerSecond};
use model::scenario::FieldError;
use model::window::{Freezes, Hours, Window};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Requests in flight that a plan may ask for.
const IN_FLIGHT: RangeInclusive<u32> = 1..=4096;
/// Far beyond what one machine can send.
const S3_WRITES: RangeInclusive<u64> = 1..=100_000;
/// Canaries go one after another, so that many of them would be a slow run.
const CANARIES_MAX: u32 = 100;

/// The settings of a draft.
pub(super) fn settings(draft: &Draft, errors: &mut Vec<FieldError>) -> PlanSettings {
    let standard = PlanSettings::default();
    let mut wrong = |field: &str, message: &str| {
        errors.push(FieldError {
            field: field.to_string(),
            message: message.to_string(),
        });
    };
    let share = number(&draft.share, 1..=100).unwrap_or_else(|| {
        wrong("share", "is not a percentage from 1 to 100");
        standard.share.milli() / 10
    });
    let calls = Ratio::parse(&draft.calls).filter(|calls| (1..=100_000).contains(&calls.milli()));
    let calls = calls.unwrap_or_else(|| {
        wrong("calls", "is not a number of calls from 0.001 to 100");
        standard.kms_calls_per_object
    });
    let in_flight = number(&draft.in_flight, IN_FLIGHT).unwrap_or_else(|| {
        wrong("in_flight", "is not a number from 1 to 4096");
        standard.in_flight
    });
    let s3_writes = number(&draft.s3_writes, S3_WRITES).map(RequestsPerSecond::whole);
    let s3_writes = s3_writes.unwrap_or_else(|| {
        wrong("s3_writes", "is not a number from 1 to 100000");
        standard.s3_writes_per_prefix
    });
    let rules = MethodRules {
        choice: choice(draft, &mut wrong),
        noncurrent: draft.noncurrent,
        rekey: draft.rekey,
        lines: LineChoices::NONE,
    };
    let looks = Looks::parse(&draft.looks).unwrap_or_else(|| {
        wrong("looks", "is not standard, each or fewest");
        standard.looks
    });
    let (verify, canary) = (verify(draft, &mut wrong), canary(draft, &mut wrong));
    let window = window(draft, &mut wrong);
    let lines = draft_lines::choices(draft, rules, errors);
    PlanSettings {
        canary,
        window,
        rules: MethodRules { lines, ..rules },
        share: Ratio::percent(share),
        kms_calls_per_object: calls,
        in_flight,
        batch_rows: standard.batch_rows,
        verify,
        s3_writes_per_prefix: s3_writes,
        looks,
    }
}

/// A whole number within bounds.
fn number<T: FromStr + PartialOrd>(text: &str, bounds: RangeInclusive<T>) -> Option<T> {
    text.parse().ok().filter(|number| bounds.contains(number))
}

fn choice(draft: &Draft, wrong: &mut impl FnMut(&str, &str)) -> MethodChoice {
    match draft.method.as_str() {
        "automatic" => MethodChoice::Automatic,
        "copy-only" => MethodChoice::CopyOnly,
        "update-only" => MethodChoice::UpdateOnly,
        _ => {
            wrong("method", "is not automatic, copy-only or update-only");
            MethodChoice::Automatic
        }
    }
}

/// What is read back at the end.
fn verify(draft: &Draft, wrong: &mut impl FnMut(&str, &str)) -> VerifyScope {
    match draft.verify.as_str() {
        "every" => VerifyScope::Every,
        number => number.parse().map(VerifyScope::Sample).unwrap_or_else(|_| {
            wrong("verify", "is neither `every` nor a number of objects");
            VerifyScope::Every
        }),
    }
}

/// What goes first.
fn canary(draft: &Draft, wrong: &mut impl FnMut(&str, &str)) -> Canary {
    let objects = number(&draft.canary, 0..=CANARIES_MAX).unwrap_or_else(|| {
        wrong("canary", "is not a number from 0 to 100");
        PlanSettings::default().canary.objects
    });
    Canary {
        objects,
        asks: draft.canary_asks,
    }
}

/// When it may convert.
fn window(draft: &Draft, wrong: &mut impl FnMut(&str, &str)) -> Window {
    let hours = Hours::parse(&draft.hours);
    if hours.is_none() && !draft.hours.is_empty() {
        wrong("hours", "is not a pair of hours such as 22-6");
    }
    let freeze = Freezes::parse(&draft.freeze).unwrap_or_else(|part| {
        let text = format!("`{part}` is neither a day nor days such as 2026-12-24..2027-01-02");
        wrong("freeze", &text);
        Freezes::default()
    });
    Window { hours, freeze }
}
