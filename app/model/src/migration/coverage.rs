//! Which rows of a shard are done: a low-water mark below which every row is, and the stretches done above it. Its size
//! follows the batches in flight, not the rows. Kept by the fold; the runner asks it where to go on.

use serde::{Deserialize, Serialize};

/// Rows done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    through: u64,
    /// Stretches above the mark: first row and the row after the last, sorted, none touching another.
    beyond: Vec<(u64, u64)>,
}

impl Coverage {
    /// Takes `rows` rows from `first` in. Gives false, and changes nothing, when the first of them was done before.
    pub fn cover(&mut self, first: u64, rows: u64) -> bool {
        if self.contains(first) {
            return false;
        }
        if rows == 0 {
            return true;
        }
        let end = first.saturating_add(rows);
        if first == self.through {
            self.through = end;
        } else {
            let position = self.beyond.partition_point(|(begin, _)| *begin < first);
            self.beyond.insert(position, (first, end));
        }
        while self
            .beyond
            .first()
            .is_some_and(|(begin, _)| *begin <= self.through)
        {
            let (_, end) = self.beyond.remove(0);
            self.through = self.through.max(end);
        }
        true
    }

    /// Whether a row is done.
    #[must_use]
    pub fn contains(&self, row: u64) -> bool {
        row < self.through
            || self
                .beyond
                .iter()
                .any(|(begin, end)| (*begin..*end).contains(&row))
    }

    /// The first row at or after `row` that is not done.
    #[must_use]
    pub fn next_open(&self, row: u64) -> u64 {
        let mut row = row.max(self.through);
        for (begin, end) in &self.beyond {
            if (*begin..*end).contains(&row) {
                row = *end;
            }
        }
        row
    }

    /// The first row after `row` that is done; `None` when none is.
    #[must_use]
    pub fn next_done(&self, row: u64) -> Option<u64> {
        self.beyond
            .iter()
            .map(|(begin, _)| *begin)
            .find(|begin| *begin > row)
    }

    /// How many rows are done.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.through + self.beyond.iter().map(|(begin, end)| end - begin).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_the_mark_in_any_order() {
        let mut coverage = Coverage::default();
        assert!(coverage.cover(20, 10));
        assert!(coverage.cover(0, 10));
        assert_eq!(
            (coverage.next_open(0), coverage.next_done(10), coverage.rows()),
            (10, Some(20), 20)
        );
        assert_eq!(coverage.next_open(25), 30);
        assert!(!coverage.cover(20, 10), "a stretch counts once");
        assert!(coverage.cover(10, 10));
        assert_eq!(
            coverage,
            Coverage {
                through: 30,
                beyond: Vec::new()
            }
        );
        assert!(!coverage.cover(29, 1));
        assert!(coverage.cover(30, 0) && coverage.rows() == 30);
    }
}
