//! How fast requests of one kind may go: a pure decision on points in time, given in nanoseconds since some start. Used
//! by [`crate::throttle`], which does the waiting.

use crate::limits::{CATCH_UP, CUT_EVERY, FLOOR_PARTS, GROWTH_PARTS};
use model::quantity::RequestsPerSecond;

const SECOND: u128 = 1_000_000_000;

/// A budget, spread evenly: each grant moves the next one away by its cost. In any second at most the budget is granted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    budget: RequestsPerSecond,
    /// When the last grant was due, and its cost.
    last: (u64, u64),
    /// When the next grant is due.
    due: u64,
    /// Nothing is granted before.
    not_before: u64,
    /// The last cut: when, and the rate it left.
    cut: Option<(u64, u64)>,
}

/// What a request is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Now.
    Go,
    /// Ask again then; never, unless the budget changes, when there is no time.
    Wait(Option<u64>),
}

impl Pace {
    pub(crate) const fn new(budget: RequestsPerSecond) -> Self {
        Self {
            budget,
            last: (0, 0),
            due: 0,
            not_before: 0,
            cut: None,
        }
    }

    /// Grants nothing for so long: somebody else may have used the second up.
    pub(crate) const fn hold_until(&mut self, at: u64) {
        self.not_before = at;
    }

    pub(crate) const fn budget(&self) -> RequestsPerSecond {
        self.budget
    }

    /// Replaces the budget; says whether it is another one.
    pub(crate) fn set_budget(&mut self, now: u64, budget: RequestsPerSecond) -> bool {
        if budget == self.budget {
            return false;
        }
        // A due time that a smaller budget had set far away must not hold the new one up; what was granted still counts.
        if budget > self.budget {
            let (at, cost_milli) = self.last;
            let due = at.saturating_add(spacing(cost_milli, budget.milli().max(1)));
            self.due = self.due.min(due.max(now));
        }
        self.budget = budget;
        true
    }

    /// Asks for a grant of so many thousandths of a request.
    pub(crate) fn take(&mut self, now: u64, cost_milli: u64) -> Turn {
        let rate = self.rate(now);
        if rate == 0 {
            return Turn::Wait(None);
        }
        let due = self
            .due
            .max(now.saturating_sub(nanos(CATCH_UP)))
            .max(self.not_before);
        if due > now {
            return Turn::Wait(Some(due));
        }
        self.last = (due, cost_milli);
        self.due = due.saturating_add(spacing(cost_milli, rate));
        Turn::Go
    }

    /// Thousandths of a request a second that are granted now.
    pub(crate) fn rate(&self, now: u64) -> u64 {
        let budget = self.budget.milli();
        let Some((at, left)) = self.cut else { return budget };
        let grown = u128::from(now.saturating_sub(at)) * u128::from(budget / GROWTH_PARTS) / SECOND;
        u64::try_from(u128::from(left) + grown)
            .unwrap_or(u64::MAX)
            .min(budget)
    }

    /// Halves the rate after a throttled answer; says whether it did, or had just done so.
    pub(crate) fn cut(&mut self, now: u64) -> bool {
        if self
            .cut
            .is_some_and(|(at, _)| now.saturating_sub(at) < nanos(CUT_EVERY))
        {
            return false;
        }
        let floor = (self.budget.milli() / FLOOR_PARTS).max(1);
        self.cut = Some((now, (self.rate(now) / 2).max(floor)));
        true
    }

    /// Whether a cut still shows.
    pub(crate) fn is_cut(&self, now: u64) -> bool {
        self.rate(now) < self.budget.milli()
    }

    /// Whether a grant could be had at once, so that nothing is lost when this is forgotten.
    pub(crate) fn is_idle(&self, now: u64) -> bool {
        self.due <= now && !self.is_cut(now)
    }
}

/// Nanoseconds that a cost takes at a rate, both in thousandths, lengthened by what catching up could add in a second. A
/// second takes whole requests: where the rate is two and a half, a third one would go over it.
fn spacing(cost_milli: u64, rate_milli: u64) -> u64 {
    let second = SECOND + u128::from(nanos(CATCH_UP));
    let spacing = match u128::from(rate_milli / cost_milli.max(1)) {
        0 => (u128::from(cost_milli) * second).div_ceil(u128::from(rate_milli)),
        whole => second.div_ceil(whole),
    };
    u64::try_from(spacing).unwrap_or(u64::MAX)
}

fn nanos(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// Grants within `span` when asked again exactly when told, or late by what `late` says.
    fn grants(pace: &mut Pace, until: u64, late: impl Fn(u64) -> u64) -> Vec<u64> {
        let (mut now, mut granted) = (0, Vec::new());
        while now < until {
            match pace.take(now, 1000) {
                Turn::Go => granted.push(now),
                Turn::Wait(Some(at)) => now = at + late(at),
                Turn::Wait(None) => break,
            }
        }
        granted
    }

    #[test]
    fn no_second_gets_more_than_the_budget_and_little_is_lost() {
        for budget in [1, 7, 100, 3_500, 10_000] {
            for late in [0, 1, 9, 40] {
                let mut pace = Pace::new(RequestsPerSecond::whole(budget));
                let granted = grants(&mut pace, 5_000 * MS, |at| at % 3 * late * MS / 2);
                for pair in granted.windows(budget as usize + 1) {
                    let span = pair[pair.len() - 1] - pair[0];
                    assert!(span >= 1_000 * MS, "more than {budget} within {span} ns");
                }
                if late <= 1 {
                    assert!(
                        granted.len() as u64 >= budget * 5 * 98 / 100,
                        "{} of {}",
                        granted.len(),
                        budget * 5
                    );
                }
            }
        }
    }

    #[test]
    fn a_cut_halves_once_a_second_and_grows_back() {
        let mut pace = Pace::new(RequestsPerSecond::whole(1000));
        assert!(pace.cut(0));
        assert!(!pace.cut(500 * MS), "the same event");
        assert_eq!(pace.rate(0), 500_000);
        assert_eq!(pace.rate(2_000 * MS), 600_000);
        assert!(pace.cut(2_000 * MS));
        assert_eq!(pace.rate(2_000 * MS), 300_000);
        assert_eq!(pace.rate(60_000 * MS), 1_000_000);
        for second in 0..100 {
            pace.cut(100_000 * MS + second * 1_000 * MS);
        }
        assert!(pace.rate(199_000 * MS) >= 10_000, "never to a halt");
    }

    #[test]
    fn no_budget_waits_for_another_one() {
        let mut pace = Pace::new(RequestsPerSecond::ZERO);
        assert_eq!(pace.take(0, 1000), Turn::Wait(None));
        assert!(pace.set_budget(0, RequestsPerSecond::from_milli(1)));
        assert_eq!(pace.take(0, 1000), Turn::Go);
        assert!(matches!(pace.take(1, 1000), Turn::Wait(Some(at)) if at > 900_000 * MS));
        assert!(pace.set_budget(1, RequestsPerSecond::whole(1000)));
        assert_eq!(pace.take(2 * MS, 1000), Turn::Go);
    }
}
