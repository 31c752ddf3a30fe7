//! What reading a bucket back finds, and which objects are read: pure counts.

use model::method::LeftOut;
use model::migration::{FailedObject, Tally, VerifiedBucket};
use model::plan::VerifyScope;
use std::collections::BTreeMap;

/// What one object was found to be.
#[derive(Debug)]
pub(super) enum Checked {
    /// Under the plan's key.
    Met,
    /// Not there any more.
    Gone,
    /// Not under the key, and it could not be converted as it is now: left out by the run, or changed after it.
    LeftOut(LeftOut, FailedObject),
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
    by_inventory: BTreeMap<LeftOut, u64>,
    left_out: BTreeMap<LeftOut, (u64, Vec<FailedObject>)>,
}

impl Findings {
    pub(super) fn left_out_by_inventory(&mut self, reason: LeftOut) {
        *self.by_inventory.entry(reason).or_default() += 1;
    }

    pub(super) fn note(&mut self, checked: Checked) {
        match checked {
            Checked::Met => self.met += 1,
            Checked::Gone => self.gone += 1,
            Checked::Exception(found) => {
                self.exceptions += 1;
                keep(&mut self.named, found);
            }
            Checked::LeftOut(reason, found) => {
                let (count, named) = self.left_out.entry(reason).or_default();
                *count += 1;
                keep(named, found);
            }
            Checked::BrokenOff => {}
        }
    }

    /// The result. What the run itself left out by a look at the object, or found gone, is counted in its tally and is
    /// no exception; more than that changed afterwards and is.
    pub(super) fn result(mut self, tally: &Tally, every: bool) -> VerifiedBucket {
        for (reason, (count, named)) in std::mem::take(&mut self.left_out) {
            let all = tally.left_out.get(&reason).map_or(0, |amount| amount.objects.0);
            let by_run = all.saturating_sub(self.by_inventory.get(&reason).copied().unwrap_or(0));
            let changed = count.saturating_sub(by_run);
            self.exceptions += changed;
            let named = named
                .into_iter()
                .take(usize::try_from(changed).unwrap_or(usize::MAX));
            named.for_each(|found| keep(&mut self.named, found));
        }
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
