//! Where an ORC file is cut into stripes, so that orc-rust can write it. Called by the ORC writer alone.
//!
//! orc-rust 0.9.0 panics on some runs of integers: when it decides for its "patched base" encoding, it subtracts the width
//! of the 95th percentile, rounded up to a width that ORC knows, from the width of the largest value, which is not
//! rounded. A stripe begins new runs, so a stripe is cut where a run would be one of those. Goes away with that defect.

use std::ops::Range;

/// Values in the longest run of the encoder.
const RUN_MAX: usize = 512;
/// From so many equal values on, the encoder ends a run and begins one of its own kind.
const REPEAT_MIN: usize = 3;

/// Ranges of rows that may each be a stripe, in order and without gaps. Each column is given by its values; rows without
/// a value take part in no run.
pub(super) fn stripes(rows: usize, columns: &[Vec<Option<i64>>]) -> Vec<Range<usize>> {
    let mut stripes = Vec::new();
    let mut open: Vec<Range<usize>> = std::iter::once(0..rows).collect();
    while let Some(range) = open.pop() {
        let good = range.len() <= REPEAT_MIN || columns.iter().all(|column| safe(&column[range.clone()]));
        if good {
            stripes.push(range);
        } else {
            let middle = range.start + range.len().div_ceil(2).min(RUN_MAX);
            open.push(middle..range.end);
            open.push(range.start..middle);
        }
    }
    stripes
}

/// Whether every run that the encoder can make of these values is one that it can write.
fn safe(values: &[Option<i64>]) -> bool {
    let values: Vec<i64> = values.iter().flatten().copied().collect();
    if values.iter().all(|value| (0..1 << 23).contains(value)) {
        // Every width up to 24 bits is one that ORC knows.
        return true;
    }
    let mut start = 0;
    let mut at = 0;
    while at < values.len() {
        let repeats = values[at..]
            .iter()
            .take_while(|value| **value == values[at])
            .count();
        if repeats >= REPEAT_MIN {
            if !writable(&values[start..at]) {
                return false;
            }
            start = at + repeats;
        }
        at += repeats;
        if at - start.min(at) > RUN_MAX {
            return false;
        }
    }
    // Repeats that the encoder counts to the run before or after change it by a few values: those are tried too.
    let rest = values.get(start..).unwrap_or_default();
    writable(rest) && (0..REPEAT_MIN).all(|less| writable(&rest[..rest.len().saturating_sub(less)]))
}

/// The encoder's own decision, step by step.
fn writable(run: &[i64]) -> bool {
    let (Some(min), Some(max)) = (run.iter().min(), run.iter().max()) else {
        return true;
    };
    if run.len() <= REPEAT_MIN {
        return true;
    }
    let zigzag: Vec<u64> = run
        .iter()
        .map(|value| (value.unsigned_abs() << 1) | u64::from(*value < 0))
        .collect();
    if percentile(&zigzag, 0) - percentile(&zigzag, 10) <= 1 {
        return true;
    }
    let reduced: Vec<u64> = run.iter().map(|value| value.abs_diff(*min)).collect();
    bits(max.abs_diff(*min)) >= percentile(&reduced, 5)
}

fn bits(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// The width that all but so many percent of the values fit into, rounded up to a width that ORC knows.
fn percentile(values: &[u64], percent_above: usize) -> u32 {
    let mut widths: Vec<u32> = values.iter().map(|value| known_width(bits(*value))).collect();
    widths.sort_unstable_by(|one, other| other.cmp(one));
    widths
        .get(values.len() * percent_above / 100)
        .copied()
        .unwrap_or(1)
}

fn known_width(bits: u32) -> u32 {
    match bits {
        0 => 1,
        1..=24 => bits,
        25..=32 => bits.next_multiple_of(2),
        _ => bits.next_multiple_of(8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_the_encoder_cannot_write_is_cut() {
        // Small sizes, and one in ten of 33 bits: as a run, the 95th percentile is 40 bits wide and the largest 33.
        let sizes: Vec<Option<i64>> = (0..200)
            .map(|row| Some(if row % 10 == 0 { (5 << 30) + row } else { row }))
            .collect();
        let plain: Vec<i64> = sizes.iter().flatten().copied().collect();
        assert!(!writable(&plain));
        let cut = stripes(sizes.len(), std::slice::from_ref(&sizes));
        assert!(cut.len() > 1);
        assert_eq!(cut.iter().map(Range::len).sum::<usize>(), sizes.len());
        assert!(cut.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn ordinary_values_stay_in_one_stripe() {
        let sizes: Vec<Option<i64>> = (0..5000).map(|row| Some(row * 7 % 1000)).collect();
        let cut = stripes(sizes.len(), &[sizes]);
        assert_eq!((cut.len(), cut.first()), (1, Some(&(0..5000))));
    }
}
