//! Patterns of resources and principals, in which `*` stands for any run of characters and `?` for one: whether they match
//! one text, or everything that begins alike. Asked by statements and their conditions.

use super::condition::Truth;

/// Whether an ARN matches a pattern: each of the six parts between colons by itself, so that a `*` never reaches over one;
/// the last part may hold colons. `ArnEquals` is no stricter than `ArnLike` (IAM User Guide, condition operators, 2026-04).
pub(super) fn arn_like(pattern: &str, arn: &str) -> Truth {
    let (patterns, parts) = (parts_of(pattern), parts_of(arn));
    if patterns.len() < PARTS_OF_ARN || parts.len() < PARTS_OF_ARN {
        return no_arn(pattern);
    }
    let mut pairs = patterns.iter().zip(&parts);
    Truth::of(pairs.all(|(pattern, part)| like(pattern, part)))
}

const PARTS_OF_ARN: usize = 6;

fn parts_of(arn: &str) -> Vec<&str> {
    arn.splitn(PARTS_OF_ARN, ':').collect()
}

fn no_arn(pattern: &str) -> Truth {
    Truth::Unknown(format!("{pattern} is no whole ARN"))
}

/// The same for all ARNs that begin so, as those of the objects under a prefix: a pattern may match all of them, none, or a
/// part, of which it cannot be told whether the request is about it.
pub(super) fn arn_like_beginning(pattern: &str, beginning: &str) -> Truth {
    let (patterns, parts) = (parts_of(pattern), parts_of(beginning));
    let (Some((pattern_end, patterns)), Some((end, parts))) = (patterns.split_last(), parts.split_last())
    else {
        return no_arn(pattern);
    };
    if patterns.len() + 1 < PARTS_OF_ARN || parts.len() + 1 < PARTS_OF_ARN {
        return no_arn(pattern);
    }
    let mut pairs = patterns.iter().zip(parts);
    if !pairs.all(|(pattern, part)| like(pattern, part)) {
        return Truth::No;
    }
    match like_beginning(pattern_end, end) {
        Matched::Whole => Truth::Yes,
        Matched::Nothing => Truth::No,
        Matched::Part => Truth::Unknown(format!("it speaks of a part of the objects only, {pattern}")),
    }
}

/// How much of the texts that begin alike a pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matched {
    Whole,
    Part,
    Nothing,
}

/// Follows all places of the pattern that the beginning may lead to: from there, nothing but stars match every end.
fn like_beginning(pattern: &str, beginning: &str) -> Matched {
    let pattern: Vec<char> = pattern.chars().collect();
    let mut places = past_stars(&pattern, vec![0]);
    for letter in beginning.chars() {
        let next = places.iter().filter_map(|place| match pattern.get(*place)? {
            '*' => Some(*place),
            wanted => (*wanted == '?' || *wanted == letter).then_some(place + 1),
        });
        places = past_stars(&pattern, next.collect());
    }
    let all_stars = |place: &usize| {
        let mut left = pattern.iter().skip(*place).peekable();
        left.peek().is_some() && left.all(|letter| *letter == '*')
    };
    if places.iter().any(all_stars) {
        Matched::Whole
    } else if places.is_empty() {
        Matched::Nothing
    } else {
        Matched::Part
    }
}

/// These places and those that are reached when stars stand for nothing, each once.
fn past_stars(pattern: &[char], mut places: Vec<usize>) -> Vec<usize> {
    let mut at = 0;
    while let Some(place) = places.get(at).copied() {
        if pattern.get(place) == Some(&'*') {
            places.push(place + 1);
        }
        at += 1;
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether a text matches a pattern in which `*` stands for any run of characters and `?` for one.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(&letter) if letter == '?' || letter == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((mark, from)) = star else { return false };
                star = Some((mark, from + 1));
                at = mark + 1;
                place = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("s3:*", "s3:PutObject", true),
            ("s3:*Object", "s3:PutObject", true),
            ("s3:*Object", "s3:PutObjectAcl", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("a?c", "aéc", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }

    /// A pattern against everything that begins so.
    #[test]
    fn beginnings_are_matched_whole_in_part_or_not() {
        use Matched::{Nothing, Part, Whole};
        for (pattern, beginning, expected) in [
            ("*", "", Whole),
            ("alpha/*", "alpha/", Whole),
            ("al*", "alpha/", Whole),
            ("*/*", "alpha/reports/", Whole),
            ("alpha/reports/*", "alpha/reports/", Whole),
            ("alpha/reports/*", "alpha/", Part),
            ("alpha/reports/2026/*", "alpha/reports/", Part),
            ("alpha/*.csv", "alpha/reports/", Part),
            ("alpha/*/secret/*", "alpha/secret/", Part),
            ("alpha/any-object", "alpha/", Part),
            ("alpha/reports/*", "alpha/invoices/", Nothing),
            ("alpha", "alpha/", Nothing),
            ("beta/*", "alpha/", Nothing),
            ("alph?/**", "alpha/", Whole),
        ] {
            assert_eq!(
                like_beginning(pattern, beginning),
                expected,
                "{pattern} {beginning}"
            );
        }
    }
}
