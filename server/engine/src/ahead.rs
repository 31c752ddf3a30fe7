//! How many objects are looked at ahead of the leave to convert them. A look tells what an object is now, so that it must not
//! be old when the request goes; and leave that came is not given back, so that looking again after it would waste it. So
//! only those look whose leave comes within about half a second. Held by each [`crate::throttle::Lane`] that can make a
//! request wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// For how long a look may wait for leave, as is aimed at.
const WAIT: Duration = Duration::from_millis(500);

/// The last looks count for so many parts in the mean of how long one takes.
const MEAN_PARTS: u32 = 8;

/// Those that look or have looked, and wait for leave.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    inside: Mutex<Inside>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    count: u64,
    /// How long a place was held without waiting for leave: what a look takes, on average.
    look: Duration,
}

/// A place among those that look ahead; free again once it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    ahead: Arc<Ahead>,
    since: Instant,
    looked: bool,
}

impl Ahead {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place; `rate` tells how many thousandths of a request a second have leave now, of which one costs so many.
    pub(crate) async fn place(self: &Arc<Self>, rate: impl Fn() -> u64, cost_milli: u64) -> Place {
        loop {
            let left = self.left.notified();
            if self.enters(rate(), cost_milli) {
                return Place {
                    ahead: Arc::clone(self),
                    since: Instant::now(),
                    looked: false,
                };
            }
            // A rate that grows lets more in, which nobody tells.
            let _ = tokio::time::timeout(WAIT, left).await;
        }
    }

    fn enters(&self, rate_milli: u64, cost_milli: u64) -> bool {
        let mut inside = self.inside();
        let span = u64::try_from((WAIT + inside.look).as_millis()).unwrap_or(u64::MAX);
        let room = u128::from(rate_milli) * u128::from(span) / 1_000 / u128::from(cost_milli.max(1));
        let enters = u128::from(inside.count) < room.max(1);
        inside.count += u64::from(enters);
        enters
    }
}

impl Place {
    /// The look is over; from now on it waits for leave.
    pub(crate) fn looked(&mut self) {
        if std::mem::replace(&mut self.looked, true) {
            return;
        }
        let took = self.since.elapsed();
        let mut inside = self.ahead.inside();
        inside.look = (inside.look * (MEAN_PARTS - 1) + took) / MEAN_PARTS;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.ahead.inside().count -= 1;
        self.ahead.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test(start_paused = true)]
    async fn as_many_look_ahead_as_have_leave_within_half_a_second() {
        for (rate_milli, cost_milli, room) in [(100_000, 1_000, 50), (100_000, 2_000, 25), (100, 1_000, 1)] {
            let ahead = Arc::new(Ahead::default());
            let mut places = Vec::new();
            while let Some(place) = ahead.place(|| rate_milli, cost_milli).now_or_never() {
                places.push(place);
            }
            assert_eq!(places.len(), room, "{rate_milli} {cost_milli}");
            places.pop();
            assert!(
                ahead.place(|| rate_milli, cost_milli).now_or_never().is_some(),
                "one left"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_looks_do_not_slow_the_run_down() {
        let ahead = Arc::new(Ahead::default());
        for _ in 0..100 {
            let mut place = ahead.place(|| 10_000, 1_000).await;
            tokio::time::advance(Duration::from_secs(2)).await;
            place.looked();
            place.looked();
        }
        let mut places = Vec::new();
        while let Some(place) = ahead.place(|| 10_000, 1_000).now_or_never() {
            places.push(place);
        }
        assert!(
            (24..=25).contains(&places.len()),
            "{}: two seconds more",
            places.len()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_comes_in_when_the_rate_grows() {
        let ahead = Arc::new(Ahead::default());
        let _first = ahead.place(|| 0, 1_000).await;
        let begun = Instant::now();
        let rate = || {
            if begun.elapsed() > Duration::from_secs(3) {
                10_000
            } else {
                0
            }
        };
        ahead.place(rate, 1_000).await;
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}
