//! Arbitrary figures draw or are refused; they never panic.

use model::inventory::{EncryptionStatus, Region};
use model::money::NanoUsd;
use model::quantity::{Objects, RequestsPerSecond};
use proptest::prelude::*;

use super::{assert_sound, ids_of};
use crate::*;

/// The largest rate of which three can be summed and rounded.
const LARGEST_MILLI: u64 = u64::MAX / 4;

/// Rates from nothing to the largest, the extremes often.
fn any_rate() -> impl Strategy<Value = RequestsPerSecond> {
    prop_oneof![Just(0), Just(LARGEST_MILLI), 0..100_000_000u64, 0..LARGEST_MILLI]
        .prop_map(RequestsPerSecond::from_milli)
}

fn any_money() -> impl Strategy<Value = NanoUsd> {
    prop_oneof![
        Just(0),
        Just(i128::MAX),
        Just(i128::MIN),
        0..10i128.pow(15),
        any::<i128>()
    ]
    .prop_map(NanoUsd)
}

proptest! {
    #[test]
    fn any_months_draw(name in ".{0,40}", money in prop::collection::vec([any_money(), any_money(), any_money(), any_money()], 0..40)) {
        let points = money.iter().enumerate().map(|(index, [a, b, c, d])| MonthPoint {
            month: format!("{:04}-{:02}", 2026 + index / 12, index % 12 + 1),
            low: *a.min(c),
            chosen: *b,
            high: *a.max(c),
            as_now: *d,
        });
        let input = MonthsInput { chosen_name: name, points: points.collect(), at_least: false };
        match months("m", &input) {
            Ok(chart) => assert_sound(&chart),
            Err(empty) => prop_assert_eq!(empty, Empty::NoFigures),
        }
    }

    #[test]
    fn any_headroom_draws(loads in prop::collection::vec((any_rate(), any_rate(), any_rate(), prop::option::of(any_rate())), 1..6), name in ".{0,20}") {
        let rows = loads.into_iter().map(|(baseline, planned, migration, quota)| HeadroomRow {
            region: Region(name.clone()), baseline, planned, migration, quota,
        });
        assert_sound(&headroom("h", &HeadroomInput { rows: rows.collect() }).expect("drawn"));
    }

    #[test]
    fn any_mix_draws(counts in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..8), 0..5)) {
        let rows: Vec<_> = counts.iter().map(|counts| {
            let parts = EncryptionStatus::ALL.iter().cycle().zip(counts).map(|(status, count)| (*status, Objects(*count)));
            MixRow { region: None, parts: parts.collect() }
        }).collect();
        for row in &rows {
            ids_of(&spark_mix(&row.parts));
        }
        if let Ok(chart) = mix("x", &MixInput { rows }) {
            assert_sound(&chart);
        }
    }

    #[test]
    fn any_rate_draws(rates in prop::collection::vec((any::<u32>(), any_rate(), any_rate()), 1..40), budget in prop::option::of(any_rate())) {
        let mut points: Vec<_> =
            rates.into_iter().map(|(seconds_ago, objects, kms)| RatePoint { seconds_ago, objects, kms }).collect();
        points.sort_by_key(|point| std::cmp::Reverse(point.seconds_ago));
        points.dedup_by_key(|point| point.seconds_ago);
        assert_sound(&rate("r", &RateInput { points, budget }).expect("drawn"));
    }
}
