//! How fast requests of one kind may go: a pure decision on points in time, given in nanoseconds since some start. Used
//! by [`crate::throttle`], which does the waiting.

use crate::limits::{CATCH_UP, CUT_EVERY, FLOOR_PARTS, GROWTH_PARTS};
use model::quantity::RequestsPerSecond;
use std::collections::VecDeque;
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

/// A budget. Grants are spread evenly, so that nothing comes in bursts, and those of the last second are remembered, so
/// that no second gets more than the budget, however late some of them were asked for and made up for.
#[derive(Clone, Debug)]
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
    /// Grants of the last second, the oldest first: when, and their cost.
    recent: VecDeque<(u64, u64)>,
    /// What they cost together.
    recent_milli: u64,
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
            recent: VecDeque::new(),
            recent_milli: 0,
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

    /// Whether so many thousandths of a request may go now. It stays so until something is granted.
    pub(crate) fn turn(&mut self, now: u64, cost_milli: u64) -> Turn {
        if self.rate(now) == 0 {
            return Turn::Wait(None);
        }
        self.forget(now);
        let at = self.due.max(self.not_before).max(self.room_for(cost_milli));
        if at > now {
            return Turn::Wait(Some(at));
        }
        Turn::Go
    }

    /// Grants what [`Self::turn`] said may go.
    pub(crate) fn grant(&mut self, now: u64, cost_milli: u64) {
        let due = self.due.max(now.saturating_sub(nanos(CATCH_UP)));
        self.last = (due, cost_milli);
        self.due = due.saturating_add(spacing(cost_milli, self.rate(now)));
        self.recent.push_back((now, cost_milli));
        self.recent_milli = self.recent_milli.saturating_add(cost_milli);
    }

    /// Drops the grants that are a second old.
    fn forget(&mut self, now: u64) {
        while let Some((at, cost_milli)) = self.recent.front()
            && now.saturating_sub(*at) >= SECOND
        {
            self.recent_milli = self.recent_milli.saturating_sub(*cost_milli);
            self.recent.pop_front();
        }
    }

    /// When the last second has room for such a cost. One that is more than the budget has it when nothing else is there.
    fn room_for(&self, cost_milli: u64) -> u64 {
        let (mut taken, mut at) = (self.recent_milli, 0);
        for (granted, cost) in &self.recent {
            if taken.saturating_add(cost_milli) <= self.budget.milli() {
                break;
            }
            taken = taken.saturating_sub(*cost);
            at = granted.saturating_add(SECOND);
        }
        at
    }

    /// Thousandths of a request a second that are granted now.
    pub(crate) fn rate(&self, now: u64) -> u64 {
        let budget = self.budget.milli();
        let Some((at, left)) = self.cut else { return budget };
        let grown =
            u128::from(now.saturating_sub(at)) * u128::from(budget / GROWTH_PARTS) / u128::from(SECOND);
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

    /// Whether nothing is lost when this is forgotten: a new one would grant the same.
    pub(crate) fn is_idle(&mut self, now: u64) -> bool {
        self.forget(now);
        self.recent.is_empty() && self.due <= now && !self.is_cut(now)
    }
}

/// Nanoseconds that a cost takes at a rate, both in thousandths.
fn spacing(cost_milli: u64, rate_milli: u64) -> u64 {
    let spacing = (u128::from(cost_milli) * u128::from(SECOND)).div_ceil(u128::from(rate_milli.max(1)));
    u64::try_from(spacing).unwrap_or(u64::MAX)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn take(pace: &mut Pace, now: u64, cost_milli: u64) -> Turn {
        let turn = pace.turn(now, cost_milli);
        if turn == Turn::Go {
            pace.grant(now, cost_milli);
        }
        turn
    }

    /// Grants until then when asked again exactly when told, or late by what `late` says.
    fn grants(pace: &mut Pace, until: u64, cost_milli: u64, late: impl Fn(u64) -> u64) -> Vec<u64> {
        let (mut now, mut granted) = (0, Vec::new());
        while now < until {
            match take(pace, now, cost_milli) {
                Turn::Go => granted.push(now),
                Turn::Wait(Some(at)) => now = at + late(at),
                Turn::Wait(None) => break,
            }
        }
        granted
    }

    #[test]
    fn no_second_gets_more_than_the_budget_and_nothing_is_lost() {
        // Late by: nothing, a timer's grain, a busy machine, more than is made up for.
        for (late_ms, least_percent) in [(0, 100), (1, 99), (9, 97), (40, 90), (400, 45)] {
            for budget in [1, 7, 100, 3_500, 10_000] {
                let mut pace = Pace::new(RequestsPerSecond::whole(budget));
                let granted = grants(&mut pace, 20_000 * MS, 1000, |at| at % 3 * late_ms * MS / 2);
                for pair in granted.windows(budget as usize + 1) {
                    let span = pair[pair.len() - 1] - pair[0];
                    assert!(span >= 1_000 * MS, "more than {budget} within {span} ns");
                }
                let (all, least) = (granted.len() as u64, budget * 20 * least_percent / 100);
                assert!(all >= least, "{all} of {} when late by {late_ms} ms", budget * 20);
            }
        }
    }

    #[test]
    fn a_second_takes_whole_requests_and_one_that_is_more_than_a_second() {
        for (budget_milli, cost_milli, in_ten_seconds) in [
            (2_500, 1_000, 20),
            (100_000, 2_000, 500),
            (7_000, 2_000, 30),
            (500, 1_000, 5),
        ] {
            let mut pace = Pace::new(RequestsPerSecond::from_milli(budget_milli));
            let granted = grants(&mut pace, 10_000 * MS, cost_milli, |_| 0);
            assert_eq!(granted.len(), in_ten_seconds, "{cost_milli} of {budget_milli}");
        }
    }

    #[test]
    fn a_lag_is_made_up_for_without_a_burst_over_the_budget() {
        let mut pace = Pace::new(RequestsPerSecond::whole(1_000));
        let begun = grants(&mut pace, 500 * MS, 1000, |_| 0).len();
        // Nobody asks for 80 ms, then as many as may.
        let mut at_once = 0;
        while take(&mut pace, 580 * MS, 1000) == Turn::Go {
            at_once += 1;
        }
        assert!((79..=81).contains(&at_once), "{at_once}");
        assert_eq!(begun, 500);
        // After half a minute without a request, no more than a tenth of a second comes at once.
        let mut at_once = 0;
        while take(&mut pace, 30_000 * MS, 1000) == Turn::Go {
            at_once += 1;
        }
        assert_eq!(at_once, 101);
    }

    #[test]
    fn what_was_granted_still_counts_when_the_budget_goes_down_and_up() {
        let mut pace = Pace::new(RequestsPerSecond::whole(100));
        let granted = grants(&mut pace, 500 * MS, 1000, |_| 0);
        assert!(pace.set_budget(500 * MS, RequestsPerSecond::whole(10)));
        let Turn::Wait(Some(at)) = take(&mut pace, 500 * MS, 1000) else {
            panic!("fifty were granted in this second, ten may be");
        };
        assert_eq!(at, granted[granted.len() - 10] + 1_000 * MS);
        assert!(pace.set_budget(510 * MS, RequestsPerSecond::whole(100)));
        assert_eq!(take(&mut pace, 510 * MS, 1000), Turn::Go);
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
        assert_eq!(take(&mut pace, 0, 1000), Turn::Wait(None));
        assert!(pace.set_budget(0, RequestsPerSecond::from_milli(1)));
        assert_eq!(take(&mut pace, 0, 1000), Turn::Go);
        assert!(matches!(take(&mut pace, 1, 1000), Turn::Wait(Some(at)) if at > 900_000 * MS));
        assert!(pace.set_budget(1, RequestsPerSecond::whole(1000)));
        assert_eq!(take(&mut pace, 2 * MS, 1000), Turn::Go);
    }
}
