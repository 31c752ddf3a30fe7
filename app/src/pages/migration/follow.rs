//! What the page of a migration keeps between two answers of the server: the stream, the points of the rate chart, and
//! when to ask anew. A new answer goes into a signal; what shows the figures lives as long as the page, so that no
//! message of the stream meets a view whose signals are gone.

use crate::api::ask;
use crate::backend::What;
use crate::live::{self, Feed};
use crate::shown::MigrationShown;
use charts::RatePoint;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::quantity::RequestsPerSecond;
use std::time::Duration;

/// Wait before the page is asked for when the state has changed; an answer can still be older than that.
const SOON: Duration = Duration::from_millis(200);
/// Wait before it is asked for when the journal or a count has grown.
const LATER: Duration = Duration::from_secs(3);
/// What the rate chart looks back on.
const KEPT_SECONDS: i64 = 300;

/// One second of the rate chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Point {
    second: i64,
    objects: RequestsPerSecond,
    kms: RequestsPerSecond,
}

/// Points of the rate chart, the oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points(RwSignal<Vec<Point>>);

impl Points {
    /// As the chart takes them.
    pub(super) fn charted(self) -> Vec<RatePoint> {
        self.0.with(|points| {
            let last = points.last().map_or(0, |point| point.second);
            let charted = |point: &Point| RatePoint {
                seconds_ago: u32::try_from(last - point.second).unwrap_or(0),
                objects: point.objects,
                kms: point.kms,
            };
            points.iter().map(charted).collect()
        })
    }

    fn add(self, point: Point) {
        self.0.update(|points| {
            // A clock that is set back would put points out of order.
            points.retain(|kept| kept.second < point.second && kept.second > point.second - KEPT_SECONDS);
            points.push(point);
        });
    }
}

/// The stream and what follows from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Following {
    /// The newest answer.
    pub(super) page: RwSignal<MigrationShown>,
    /// The stream.
    pub(super) feed: Feed,
    /// Points of the rate chart.
    pub(super) points: Points,
}

/// Follows a migration from its first answer on. `changes` counts what a person has done here.
pub(super) fn follow(first: MigrationShown, changes: Signal<usize>) -> Following {
    let id = first.id.clone();
    let page = RwSignal::new(first);
    let wanted = Memo::new(move |_| page.with(|page| !page.live.state.is_ended()));
    let feed = live::follow(Signal::stored(id.clone()), wanted.into());
    let points = Points(RwSignal::new(Vec::new()));
    Effect::new(move |_| {
        let Some(received) = feed.newest.get() else { return };
        points.add(Point {
            second: received.at.0.div_euclid(1000),
            objects: received.live.rate_now,
            kms: received.live.kms_per_second,
        });
    });
    let asking = Asking::new(id, page);
    Effect::new(move |_| {
        let Some(received) = feed.newest.get() else { return };
        let asks = page.with(|page| {
            let (shown, newest) = (&page.live, &received.live);
            let moved = || newest.seq > shown.seq || newest.tally != shown.tally;
            match newest.state != shown.state {
                true => Some(SOON),
                // While a job of S3 works, counts move and the journal does not.
                false => moved().then_some(LATER),
            }
        });
        if let Some(wait) = asks {
            asking.after(wait);
        }
    });
    Effect::new(move |first: Option<()>| {
        changes.track();
        if first.is_some() {
            asking.now();
        }
    });
    Following { page, feed, points }
}

/// Asks for the page, one question at a time.
#[derive(Clone, Copy, Debug)]
struct Asking {
    id: StoredValue<String>,
    page: RwSignal<MigrationShown>,
    waiting: StoredValue<Option<(Duration, TimeoutHandle)>>,
    under_way: StoredValue<bool>,
    again: StoredValue<bool>,
}

impl Asking {
    fn new(id: String, page: RwSignal<MigrationShown>) -> Self {
        let asking = Self {
            id: StoredValue::new(id),
            page,
            waiting: StoredValue::new(None),
            under_way: StoredValue::new(false),
            again: StoredValue::new(false),
        };
        on_cleanup(move || asking.stop_waiting());
        asking
    }

    fn stop_waiting(self) {
        if let Some(Some((_, handle))) = self.waiting.try_get_value() {
            handle.clear();
        }
    }

    /// Asks after a while, unless it is to be asked sooner anyway.
    fn after(self, while_: Duration) {
        let sooner = self
            .waiting
            .with_value(|waiting| waiting.is_some_and(|(waits, _)| waits <= while_));
        if !sooner && !self.under_way.get_value() {
            self.stop_waiting();
            let handle = set_timeout_with_handle(move || self.now(), while_);
            self.waiting.set_value(handle.ok().map(|handle| (while_, handle)));
        }
    }

    /// Asks now, or once more when an answer is on its way that may be too old.
    fn now(self) {
        // `None` when the page is gone.
        let Some(under_way) = self.under_way.try_get_value() else {
            return;
        };
        if under_way {
            self.again.set_value(true);
            return;
        }
        self.stop_waiting();
        self.waiting.set_value(None);
        self.under_way.set_value(true);
        let id = self.id.get_value();
        spawn_local(async move {
            let answer = ask(What::Migration, id).await.and_then(|answer| answer.read());
            if self.under_way.try_get_value().is_none() {
                return;
            }
            self.under_way.set_value(false);
            let again = self.again.get_value();
            self.again.set_value(false);
            match answer {
                Ok(newer) => self.page.set(newer),
                // The page keeps what it shows.
                Err(_) => self.after(LATER),
            }
            if again {
                self.now();
            }
        });
    }
}
