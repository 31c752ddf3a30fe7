//! What reading a bucket back finds, and which objects are read: pure counts.

use model::migration::{Entry, FailedObject, Tally, VerifiedBucket};
use model::plan::VerifyScope;

/// What one object was found to be.
#[derive(Debug)]
pub(super) enum Checked {
    /// Under the plan's key.
    Met,
    /// Not there any more.
    Gone,
    /// Not as it should be.
    Exception(FailedObject),
    /// Not looked at.
    BrokenOff,
}

/// Chooses objects evenly.
#[derive(Debug)]
pub(super) struct Sampler {
    wanted: u64,
    of: u64,
    at: u64,
}

impl Sampler {
    pub(super) fn new(scope: VerifyScope, of: u64) -> Self {
        let wanted = match scope {
            VerifyScope::Every => u64::MAX,
            VerifyScope::Sample(wanted) => wanted,
        };
        Self { wanted, of, at: 0 }
    }

    /// Whether the next object is read.
    pub(super) fn takes_next(&mut self) -> bool {
        if self.wanted >= self.of {
            return true;
        }
        let share = |at: u64| u128::from(at) * u128::from(self.wanted) / u128::from(self.of);
        let takes = share(self.at) != share(self.at + 1);
        self.at += 1;
        takes
    }
}

/// Counts of one bucket.
#[derive(Debug, Default)]
pub(super) struct Findings {
    met: u64,
    gone: u64,
    exceptions: u64,
    /// Exceptions that the journal does not name yet.
    unnamed: Vec<FailedObject>,
}

impl Findings {
    pub(super) fn note(&mut self, checked: Checked) {
        match checked {
            Checked::Met => self.met += 1,
            Checked::Gone => self.gone += 1,
            Checked::Exception(found) => {
                self.exceptions += 1;
                self.unnamed.push(found);
            }
            Checked::BrokenOff => {}
        }
    }

    /// The entry that names exceptions, once so many of them came together: memory holds no more of them.
    pub(super) fn entry_of(&mut self, bucket: &str, at_once: usize) -> Option<Entry> {
        if self.unnamed.len() < at_once.max(1) {
            return None;
        }
        let objects = std::mem::take(&mut self.unnamed);
        Some(Entry::ExceptionsFound {
            bucket: bucket.to_string(),
            first: self.exceptions - objects.len() as u64,
            objects,
        })
    }

    /// The result, with the exceptions that are not named yet. What the run found gone is counted in its tally already.
    pub(super) fn result(self, tally: &Tally, every: bool) -> VerifiedBucket {
        let gone = if every {
            self.gone.saturating_sub(tally.gone.objects.0)
        } else {
            self.gone
        };
        VerifiedBucket {
            expected: tally.done().objects.0,
            checked: self.met + gone + self.exceptions,
            met: self.met,
            gone,
            exceptions: self.unnamed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_even_and_exact() {
        for (wanted, of) in [(1, 10), (3, 10), (7, 10), (10, 10), (20, 10), (0, 10), (5, 0)] {
            let mut sampler = Sampler::new(VerifyScope::Sample(wanted), of);
            let taken: Vec<bool> = (0..of).map(|_| sampler.takes_next()).collect();
            assert_eq!(
                taken.iter().filter(|takes| **takes).count() as u64,
                wanted.min(of),
                "{wanted} of {of}"
            );
        }
        let mut sampler = Sampler::new(VerifyScope::Sample(2), 10);
        let taken: Vec<bool> = (0..10).map(|_| sampler.takes_next()).collect();
        assert_eq!(taken.iter().position(|takes| *takes), Some(4));
    }
}
