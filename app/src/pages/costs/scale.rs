//! What a slider's position stands for. Counts go up like the marks of a slide rule, from a thousand to a trillion;
//! percentages stand for themselves.

use model::format::short_count;

/// Steps within a power of ten, in tenths of it.
const STEPS: [u64; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];
/// Position of the largest count: 10^12.
const LAST: u64 = 91;

/// The scale of a slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Requests a month.
    Counts,
    /// A percentage up to so much, in steps of the given text.
    Percent {
        /// Right end.
        most: &'static str,
        /// Width of a step.
        step: &'static str,
    },
}

impl Scale {
    /// Largest position.
    pub(super) fn most(self) -> String {
        match self {
            Self::Counts => LAST.to_string(),
            Self::Percent { most, .. } => most.to_string(),
        }
    }

    /// Width of a step.
    pub(super) const fn step(self) -> &'static str {
        match self {
            Self::Counts => "1",
            Self::Percent { step, .. } => step,
        }
    }

    /// Where the slider stands for the text of the field.
    pub(super) fn position(self, text: &str) -> String {
        match self {
            Self::Counts => position(digits(text)).to_string(),
            Self::Percent { .. } => text.trim_end_matches('%').trim().to_string(),
        }
    }

    /// What the field says when the slider stands there.
    pub(super) fn text(self, position: &str) -> String {
        match self {
            Self::Counts => count_at(digits(position)).to_string(),
            Self::Percent { .. } => position.to_string(),
        }
    }

    /// The value as it is read out.
    pub(super) fn spoken(self, text: &str) -> String {
        match self {
            Self::Counts => short_count(digits(text)),
            Self::Percent { .. } => format!("{text} %"),
        }
    }
}

/// The number in a text, whatever separates its digits.
fn digits(text: &str) -> u64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn count_at(position: u64) -> u64 {
    let Some(index) = position.min(LAST).checked_sub(1) else {
        return 0;
    };
    let step = STEPS
        .iter()
        .cycle()
        .nth((index % 10) as usize)
        .copied()
        .unwrap_or(10);
    step * 10_u64.pow((index / 10) as u32 + 2)
}

fn position(count: u64) -> u64 {
    if count == 0 {
        return 0;
    }
    (1..=LAST)
        .rev()
        .find(|position| count_at(*position) <= count)
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_positions_agree() {
        for (position_text, count) in [
            ("0", "0"),
            ("1", "1000"),
            ("11", "10000"),
            ("34", "2000000"),
            ("91", "1000000000000"),
        ] {
            assert_eq!(Scale::Counts.text(position_text), count);
            assert_eq!(Scale::Counts.position(count), position_text);
        }
        assert_eq!(Scale::Counts.position("2,010,000"), "34");
        assert_eq!(Scale::Counts.position(""), "0");
        assert!((1..LAST).all(|at| count_at(at) < count_at(at + 1)));
    }
}
