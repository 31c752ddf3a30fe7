//! The lines of a draft: what the operator chose for single ones, read and checked, and what else could be chosen.

use app::backend::{Draft, LINE_FIELD};
use model::alternatives::{LineOffer, admissible, line_offers};
use model::estate::EstateBucket;
use model::inventory::{ObjectGroup, Snapshot};
use model::line_choices::LineChoices;
use model::method::MethodRules;
use model::plan::PlanSettings;
use model::prices::Prices;
use model::scenario::{FieldError, Scenario};

/// The choices of a draft; those that the rules do not admit are errors with the reason, and not taken.
pub(super) fn choices(draft: &Draft, rules: MethodRules, errors: &mut Vec<FieldError>) -> LineChoices {
    let mut choices = LineChoices::NONE;
    let mut wrong = |message: String| {
        errors.push(FieldError {
            field: LINE_FIELD.to_string(),
            message,
        });
    };
    for text in &draft.lines {
        match LineChoices::parse_one(text) {
            Err(message) => wrong(message),
            Ok((key, choice)) => match admissible(key, choice, rules) {
                Err(reason) => wrong(format!(
                    "{} is not possible for {key}: {} {}",
                    choice.title(),
                    reason.reason(),
                    reason.remedy()
                )),
                Ok(()) if choices.of(key).is_some_and(|other| other != choice) => {
                    wrong(format!("{key} is chosen twice, and not alike: choose once"));
                }
                Ok(()) => choices = choices.with(key, Some(choice)),
            },
        }
    }
    choices
}

/// What may be chosen for the lines of the chosen buckets.
pub(super) fn offers(
    chosen: &[&EstateBucket],
    settings: &PlanSettings,
    snapshots: &[Snapshot],
    prices: &Prices,
) -> Vec<LineOffer> {
    let (mut groups, mut as_of) = (Vec::<&ObjectGroup>::new(), None);
    for bucket in chosen {
        let Some(snapshot) = snapshots.iter().find(|snapshot| snapshot.id == bucket.snapshot) else {
            continue;
        };
        groups.extend(snapshot.groups.iter().filter(|group| group.bucket == bucket.name));
        as_of = as_of.max(snapshot.source.as_of);
    }
    let scenario = Scenario {
        kms_calls: settings.kms_calls_per_object,
        ..Scenario::default()
    };
    line_offers(groups.iter().copied(), settings, &scenario, prices, as_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::line_choices::LineChoice;

    fn read(lines: &[&str]) -> (LineChoices, Vec<String>) {
        let mut draft = super::super::draft::read("", &mut Vec::new());
        draft.lines = lines.iter().map(ToString::to_string).collect();
        let mut errors = Vec::new();
        let choices = choices(&draft, PlanSettings::default().rules, &mut errors);
        assert!(errors.iter().all(|error| error.field == LINE_FIELD));
        (choices, errors.into_iter().map(|error| error.message).collect())
    }

    #[test]
    fn admissible_choices_are_taken() {
        let (choices, errors) = read(&[
            "STANDARD/SSE-S3/current:copy",
            "STANDARD/SSE-S3/current:copy",
            "GLACIER/SSE-S3/noncurrent:leave",
        ]);
        assert_eq!(errors, Vec::<String>::new());
        let said: Vec<(String, LineChoice)> = choices
            .iter()
            .map(|(key, choice)| (key.to_string(), choice))
            .collect();
        assert_eq!(
            said,
            [
                ("STANDARD/SSE-S3/current".to_string(), LineChoice::Copy),
                ("GLACIER/SSE-S3/noncurrent".to_string(), LineChoice::Leave)
            ]
        );
    }

    #[test]
    fn inadmissible_choices_are_refused_with_the_reason() {
        for (text, reason) in [
            ("GLACIER/SSE-S3/current:copy", "must be restored first"),
            (
                "STANDARD/SSE-S3/noncurrent:copy",
                "would become the current version",
            ),
            (
                "STANDARD/NOT-SSE/current:update",
                "UpdateObjectEncryption refuses",
            ),
            ("STANDARD/SSE-C/current:copy", "only its owner has"),
            ("STANDARD/DSSE-KMS/current:update", "stronger than SSE-KMS"),
            ("STANDARD/SSE-KMS/current:copy", "Allow re-keying"),
            ("UNKNOWN/SSE-S3/current:copy", "does not say"),
            ("STANDARD/SSE-S3/current:move", "such as STANDARD"),
        ] {
            let (choices, errors) = read(&[text]);
            assert!(choices.is_empty(), "{text}");
            assert!(errors[0].contains(reason), "{text}: {errors:?}");
        }
        let (_, errors) = read(&["STANDARD/SSE-S3/current:copy", "STANDARD/SSE-S3/current:leave"]);
        assert!(errors[0].contains("twice"), "{errors:?}");
    }
}
