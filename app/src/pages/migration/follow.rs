//! What the page of a migration keeps between two answers of the server: the stream, the points of the rate chart, and
//! when to ask anew.

use crate::backend::{AppError, MigrationPage};
use crate::live::{self, Feed};
use charts::RatePoint;
use leptos::prelude::*;
use model::migration::State;
use model::quantity::RequestsPerSecond;
use model::time::UnixMillis;
use std::time::Duration;

/// Least time between two questions while the journal grows.
const ASK_MS: i64 = 3000;
/// Wait before a page that is behind the stream is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(1);
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
    /// The stream.
    pub(super) feed: Feed,
    /// Points of the rate chart.
    pub(super) points: Points,
    shown: RwSignal<Option<(State, u64)>>,
}

impl Following {
    /// Notes what the page shows now.
    pub(super) fn show(self, state: State, seq: u64) {
        Effect::new(move |_| self.shown.set(Some((state, seq))));
    }
}

/// Follows a migration, and asks for its page again when the state has changed or the journal has grown.
pub(super) fn follow(id: Memo<String>, page: Resource<Result<MigrationPage, AppError>>) -> Following {
    let shown = RwSignal::new(None::<(State, u64)>);
    let wanted = Memo::new(move |_| shown.get().is_some_and(|(state, _)| !state.is_ended()));
    let feed = live::follow(id.into(), wanted.into());
    let points = Points(RwSignal::new(Vec::new()));
    Effect::new(move |_| {
        id.track();
        points.0.set(Vec::new());
    });
    let asked = StoredValue::new((None::<State>, UnixMillis(0)));
    Effect::new(move |_| {
        let Some(received) = feed.newest.get() else { return };
        let (live, at) = (received.live, received.at);
        points.add(Point {
            second: at.0.div_euclid(1000),
            objects: live.rate_now,
            kms: live.kms_per_second,
        });
        let Some((state, seq)) = shown.get_untracked() else {
            return;
        };
        let (asked_for, asked_at) = asked.get_value();
        let changed = live.state != state && asked_for != Some(live.state);
        let grown = live.seq > seq && at.0.saturating_sub(asked_at.0) >= ASK_MS;
        if changed || grown {
            asked.set_value((Some(live.state), at));
            page.refetch();
        }
    });
    // An answer can be older than the event that asked for it: ask once more, a little later.
    Effect::new(move |_| {
        let Some((state, _)) = shown.get() else { return };
        let newest = feed
            .newest
            .with_untracked(|newest| newest.as_ref().map(|received| received.live.state));
        if newest.is_some_and(|newest| newest != state) {
            set_timeout(
                move || {
                    if shown.try_get_untracked().is_some() {
                        page.refetch()
                    }
                },
                ASK_AGAIN,
            );
        }
    });
    Following { feed, points, shown }
}
