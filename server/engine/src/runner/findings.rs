//! What reading a bucket back finds, and which objects are read: pure counts.

use model::migration::{FailedObject, Tally, VerifiedBucket};
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
    named: Vec<FailedObject>,
}

impl Findings {
    pub(super) fn note(&mut self, checked: Checked) {
        match checked {
            Checked::Met => self.met += 1,
            Checked::Gone => self.gone += 1,
            Checked::Exception(found) => {
                self.exceptions += 1;
                keep(&mut self.named, found);
            }
            Checked::BrokenOff => {}
        }
    }

    /// The result. What the run found gone is counted in its tally already.
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
            exceptions: self.named,
        }
    }
}

fn keep(named: &mut Vec<FailedObject>, found: FailedObject) {
    if named.len() < VerifiedBucket::EXCEPTIONS_KEPT {
        named.push(found);
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
